"""Files of events: which ones a user means by a path, a folder or a pattern, and what each of them holds."""

import glob
import gzip
import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from snowplow_signals.errors import UsageError


class Format(StrEnum):
    """What a file of events holds."""

    TSV = "tsv"
    JSON = "json"
    PARQUET = "parquet"


_SUFFIXES = {
    ".tsv": Format.TSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSON,
    ".ndjson": Format.JSON,
    ".parquet": Format.PARQUET,
}
# An enriched event has 131 fields; anything with about as many tabs was meant to be one.
_TABS_OF_AN_EVENT = 100


def event_files(sources: Iterable[Path | str]) -> list[tuple[Path, Format]]:
    """The files meant, in order, each once. Folders are searched through; hidden, `_` and empty files are skipped.

    Raises UsageError when a path is missing, a pattern or a folder has no file, or a file is of no known format.
    """
    found: dict[Path, None] = {}
    for source in sources:
        found.update(dict.fromkeys(_files(Path(source))))
    if not found:
        raise UsageError("No source was named: a file, a folder or a pattern of TSV, JSON lines or Parquet files.")
    return [(path, format_of(path)) for path in found]


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if source.is_dir():
        within = (path.relative_to(source) for path in sorted(source.rglob("*")) if path.is_file())
        files = [source / path for path in within if not any(part.startswith((".", "_")) for part in path.parts)]
        files = [path for path in files if path.stat().st_size]
        if not files:
            raise UsageError(f"{source} holds no file of events.")
        return files
    matches = [Path(match) for match in sorted(glob.glob(str(source), recursive=True))]
    if not matches:
        raise UsageError(f"{source} does not exist.")
    return [path for match in matches for path in _files(match)]


def format_of(path: Path) -> Format:
    """The format by the file's suffix (before `.gz`), else by its first line."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    if suffixes and suffixes[-1] in _SUFFIXES:
        return _SUFFIXES[suffixes[-1]]
    first = next(lines_of(path), b"")
    if first.startswith(b"PAR1"):
        return Format.PARQUET
    if first.lstrip().startswith(b"{"):
        return Format.JSON
    if first.count(b"\t") >= _TABS_OF_AN_EVENT:
        return Format.TSV
    raise UsageError(f"{path} is neither TSV of enriched events nor JSON lines nor Parquet.")


def lines_of(path: Path) -> Iterator[bytes]:
    """The file's lines without their ends; only a newline ends one, whatever else a value holds.

    Raises UsageError when the file cannot be read to its end.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            for line in stream:
                yield line.rstrip(b"\r\n")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
