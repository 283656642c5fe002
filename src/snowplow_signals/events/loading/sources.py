"""Files of events: which ones a user means by a path, a folder or a pattern, and what each of them holds."""

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading import delta
from snowplow_signals.events.loading.lines import is_column
from snowplow_signals.events.loading.reading import header_of, lines_of
from snowplow_signals.events.loading.schema import ATOMIC_TYPES


class Format(StrEnum):
    """What a file of events holds."""

    TSV = "tsv"
    CSV = "csv"
    JSON_LINES = "json lines"
    JSON_DOCUMENT = "json document"
    PARQUET = "parquet"


@dataclass(frozen=True)
class EventFile:
    """A file of events. `partition` holds columns that the file's folder or the log of its table has instead of it."""

    path: Path
    format: Format
    partition: tuple[tuple[str, str | None], ...] = ()

    def digest(self) -> str:
        """Of the file's content, and of what its folder adds to it."""
        with self.path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256")
        found.update(repr(self.partition).encode())
        return found.hexdigest()


_SUFFIXES = {".tsv", ".csv", ".json", ".jsonl", ".ndjson", ".parquet"}
# An enriched event has 131 fields; anything with about as many tabs was meant to be one.
_TABS_OF_AN_EVENT = 100
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_KINDS = "TSV, CSV, JSON or Parquet"


def event_files(sources: Iterable[Path | str]) -> list[EventFile]:
    """The files meant, in order, each once. Folders are searched through; hidden, `_` and empty files are skipped.

    Of a Delta table, the files that its log has now. Raises UsageError when a path is missing, a pattern or a folder
    has no file, or a file is of no known format.
    """
    found: dict[Path, EventFile] = {}
    tables = delta.Tables()
    for source in sources:
        for path in _files(Path(source)):
            if path not in found and (file := _event_file(path, tables, is_named=path == Path(source))) is not None:
                found[path] = file
    if not found:
        raise UsageError(f"No source was named; name a file, a folder or a pattern of {_KINDS} files.")
    return list(found.values())


def _event_file(path: Path, tables: delta.Tables, *, is_named: bool) -> EventFile | None:
    """The file with its format; None for one that the log of its Delta table does not have."""
    table = tables.of(path)
    if table is None:
        return EventFile(path, format_of(path), tuple(_hive_partition(path).items()))
    values = table.files.get(path.resolve())
    if values is not None:
        names = ((name.lower(), value) for name, value in values.items())
        return EventFile(path, Format.PARQUET, tuple(one for one in names if one[0] in ATOMIC_TYPES))
    if is_named:
        raise UsageError(f"{path} is not, or is no longer, a file of the Delta table {table.root}; load the folder.")
    return None


def _hive_partition(path: Path) -> dict[str, str | None]:
    """Columns of an event that are in the names of the folders, as in `event_name=page_view/`."""
    found: dict[str, str | None] = {}
    for part in path.parent.parts:
        name, equals, value = part.partition("=")
        if equals and name.lower() in ATOMIC_TYPES:
            found[name.lower()] = None if value == _NO_PARTITION else unquote(value)
    return found


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if source.is_dir():
        _refuse_other_tables(source)
        files = [path for path in _within(source) if path.stat().st_size]
        if not files:
            raise UsageError(f"{source} holds no file of events.")
        return files
    matches = [Path(match) for match in sorted(glob.glob(str(source), recursive=True))]
    if not matches:
        raise UsageError(f"{source} does not exist.")
    return [path for match in matches for path in _files(match)]


def _within(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts):
            yield path


def _refuse_other_tables(folder: Path) -> None:
    """Folders of which only a catalogue or another log says which files count."""
    signs = {"Iceberg": "metadata/*.metadata.json", "Hudi": ".hoodie"}
    for kind, sign in signs.items():
        for found in (*folder.glob(sign), *folder.glob(f"**/{sign}")):
            root = found.parent.parent if kind == "Iceberg" else found.parent
            raise UsageError(
                f"{root} is a table of {kind}, which cannot be read: some of its files may have been replaced. "
                "Export it as Parquet with the engine that wrote it, and load that."
            )


def format_of(path: Path) -> Format:
    """The format by the file's content, and by its suffix (before `.gz`) where a line of it does not tell."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    suffix = suffixes[-1] if suffixes and suffixes[-1] in _SUFFIXES else None
    lines = (line for line in lines_of(path) if line.strip())
    first = next(lines, b"")
    if first.startswith(b"PAR1") or suffix == ".parquet":
        return Format.PARQUET
    if suffix in (".json", ".jsonl", ".ndjson") or (suffix is None and first.lstrip().startswith((b"{", b"["))):
        return _json_format(first, next(lines, b""))
    if suffix == ".csv" or _is_header(first):
        return Format.CSV
    if suffix == ".tsv" or first.count(b"\t") >= _TABS_OF_AN_EVENT:
        return Format.TSV
    raise UsageError(f"{path} is not a {_KINDS} file of events.")


def _json_format(first: bytes, second: bytes) -> Format:
    """JSON lines, or one document: an array of events, or events that take several lines each."""
    if first.lstrip().startswith(b"["):
        return Format.JSON_DOCUMENT
    opens = first.lstrip().startswith(b"{")
    return Format.JSON_DOCUMENT if opens and not (_is_json(first) or _is_json(second)) else Format.JSON_LINES


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return line.strip() == b""


def _is_header(line: bytes) -> bool:
    _, names = header_of(line)
    return sum(map(is_column, names)) > max(1, len(names) // 2)
