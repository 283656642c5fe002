"""A user's own enriched events into the lake layout: `load_events` reads TSV, JSON lines and Parquet.

    files -> lines -> staged rows + their shapes -> columns widened -> inserted
                \\-> lines that are no events, with their reasons

Lines are read one at a time and staged on disk, so memory does not grow with the files. The table is changed in one
transaction at the end.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from snowplow_signals.errors import UsageError
from snowplow_signals.events import shapes
from snowplow_signals.events.lines import ENTITIES, EVENT, BadLine, Parse, Row, parse_json, tsv_parser
from snowplow_signals.events.schema import ATOMIC_TYPES, quoted
from snowplow_signals.events.shapes import Shape
from snowplow_signals.events.sources import Format, event_files, lines_of
from snowplow_signals.events.targets import Progress, attach, text
from snowplow_signals.events.widening import widened

if TYPE_CHECKING:
    pass

_LINES_PER_STAGE = 50_000
_LOADED_AT = "load_tstamp"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What was loaded: rows, lines that could not be read and the file they are in, files read, and how long it took.

    `bad_path` is None when every line could be read.
    """

    rows: int
    bad_rows: int
    files: int
    bad_path: Path | None
    seconds: float


@dataclass(slots=True)
class _Staged:
    """What was read: files of rows as JSON, files of Parquet by the types of their columns, and the columns' shapes."""

    folder: Path
    shapes: dict[str, Shape] = field(default_factory=dict)
    json_files: list[Path] = field(default_factory=list)
    parquet_files: dict[tuple[tuple[str, str], ...], list[Path]] = field(default_factory=lambda: defaultdict(list))
    longest: int = 0
    bad_rows: int = 0

    @property
    def bad_file(self) -> Path:
        return self.folder / "bad.jsonl"


def load_events(
    sources: Sequence[Path | str],
    into: Path,
    *,
    bad: Path | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Append events to the table `atomic.events` of the DuckDB file `into`, making either when it is missing.

    `sources` are files, folders (searched through) or patterns such as `archive/*.tsv.gz`: enriched events as TSV
    (131 fields), as JSON lines (what an analytics SDK makes of them), each also gzipped, or Parquet in the lake layout.
    Rows without a `load_tstamp` get the time of this call, one for all. Self-describing events and entities become
    struct columns with snake_case fields; columns and fields that the table lacks are added, and types that do not
    fit what comes are widened (numbers to wider numbers, anything else that does not mix to text).

    A line that cannot be read is not loaded; it is appended to `bad` (by default `<into>.bad.jsonl`) as JSON with its
    source, line number, reason and text, and is counted.

    Either every readable line of every file is loaded, or nothing is changed: raises UsageError when a source is
    missing, of an unknown format or broken (a gzip or Parquet file cut short), or `into` is no DuckDB file.
    """
    began = time.perf_counter()
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    files = event_files(sources)
    report = progress or (lambda _step, _done, _total: None)
    with tempfile.TemporaryDirectory(prefix="events-") as folder:
        staged = _Staged(Path(folder))
        for number, (path, form) in enumerate(files):
            report("read", number, len(files))
            _stage(path, form, staged, loaded_at)
        report("read", len(files), len(files))
        rows = _write(staged, into, loaded_at) if staged.json_files or staged.parquet_files else 0
        report("write", 1, 1)
        bad_path = _keep_bad(staged, bad or into.with_name(f"{into.name}.bad.jsonl"))
    return LoadResult(rows, staged.bad_rows, len(files), bad_path, time.perf_counter() - began)


def _keep_bad(staged: _Staged, path: Path) -> Path | None:
    if not staged.bad_rows:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as kept, staged.bad_file.open(encoding="utf-8") as lines:
        kept.writelines(lines)
    return path


def _stage(path: Path, form: Format, staged: _Staged, loaded_at: datetime) -> None:
    if form is Format.PARQUET:
        _stage_parquet(path, staged)
    else:
        _stage_lines(path, tsv_parser() if form is Format.TSV else parse_json, staged, loaded_at)


def _stage_lines(path: Path, parse: Parse, staged: _Staged, loaded_at: datetime) -> None:
    chunk: IO[str] | None = None
    held = 0
    with staged.bad_file.open("a", encoding="utf-8") as bad:
        for number, line in enumerate(lines_of(path), start=1):
            if not line:
                continue
            try:
                row, written = _row(line, parse, loaded_at)
            except BadLine as reason:
                shown = line.decode(errors="backslashreplace")
                problem = {"source": str(path), "line": number, "reason": str(reason), "text": shown}
                bad.write(json.dumps(problem) + "\n")
                staged.bad_rows += 1
                continue
            for name, value in row.items():
                if name.startswith((ENTITIES, EVENT)):
                    staged.shapes[name] = shapes.merge(staged.shapes.get(name), shapes.shape_of(value))
            if chunk is None or held == _LINES_PER_STAGE:
                if chunk:
                    chunk.close()
                staged.json_files.append(staged.folder / f"rows-{len(staged.json_files)}.ndjson")
                chunk, held = staged.json_files[-1].open("w", encoding="utf-8"), 0
            chunk.write(written + "\n")
            staged.longest = max(staged.longest, len(written))
            held += 1
    if chunk:
        chunk.close()


def _row(line: bytes, parse: Parse, loaded_at: datetime) -> tuple[Row, str]:
    """The row and its JSON, or BadLine. Text that is no Unicode cannot be stored, however it is escaped."""
    try:
        row = parse(line.decode())
        row.setdefault(_LOADED_AT, loaded_at.isoformat())
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise BadLine(f"no Unicode text: {error.reason if hasattr(error, 'reason') else error}") from error
    return row, json.dumps(row)


def _stage_parquet(path: Path, staged: _Staged) -> None:
    import duckdb

    with duckdb.connect() as connection:
        try:
            relation = connection.sql(f"FROM {_parquet([path])}")
        except duckdb.Error as error:
            raise UsageError(f"{path} cannot be read as Parquet: {str(error).partition(chr(10))[0]}") from error
        types = dict(zip(relation.columns, relation.types, strict=True))
    if not any(name.lower() in ATOMIC_TYPES for name in types):
        raise UsageError(f"{path} has none of the columns of an event; it has {', '.join(list(types)[:5])}.")
    for name, column_type in types.items():
        if name.lower() not in ATOMIC_TYPES:
            known = staged.shapes.get(name.lower())
            staged.shapes[name.lower()] = shapes.merge(known, shapes.shape_of_type(column_type))
    staged.parquet_files[tuple((name, str(kind)) for name, kind in types.items())].append(path)


def _parquet(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(text(path) for path in paths)}], hive_partitioning = false)"


def _write(staged: _Staged, into: Path, loaded_at: datetime) -> int:
    """Widen the table and insert everything, in one transaction; returns the number of rows."""
    import duckdb

    into.parent.mkdir(parents=True, exist_ok=True)
    is_new = not into.exists()
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        attach(connection, into)
        connection.execute("BEGIN")
        relation, columns = widened(connection, staged.shapes)
        rows = 0
        for query in _queries(staged, columns, loaded_at):
            counted = connection.execute(f"INSERT INTO {relation} BY NAME {query}").fetchone()
            rows += counted[0] if counted else 0
        connection.execute("COMMIT")
    except BaseException as error:
        connection.close()
        if is_new:
            into.unlink(missing_ok=True)
            into.with_name(f"{into.name}.wal").unlink(missing_ok=True)
        if isinstance(error, duckdb.Error):
            raise UsageError(f"{into} cannot take these events: {' '.join(str(error).split())}") from error
        raise
    connection.close()
    return rows


def _queries(staged: _Staged, columns: dict[str, Shape], loaded_at: datetime) -> Iterator[str]:
    """A SELECT for each set of staged files, with the columns as the table has them."""
    types = dict(ATOMIC_TYPES)
    for name in staged.shapes:
        if (made := shapes.sql_type(columns.get(name))) is not None:
            types[name] = made
    described = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
    # Four bytes a character is the most that UTF-8 takes; the reader wants to know before.
    size = max(16_777_216, 4 * staged.longest)
    for path in staged.json_files:
        yield (
            f"SELECT * FROM read_json({text(path)}, format = 'newline_delimited', columns = {{{described}}}, "
            f"maximum_object_size = {size})"
        )
    for kinds, paths in staged.parquet_files.items():
        source = _parquet(paths)
        yield f"SELECT {', '.join(_from_parquet(dict(kinds), source, columns, loaded_at))} FROM {source}"


def _from_parquet(kinds: dict[str, str], source: str, columns: dict[str, Shape], loaded_at: datetime) -> Iterator[str]:
    import duckdb

    own = {name: shapes.shape_of_type(duckdb.sqltype(kind)) for name, kind in kinds.items()}
    for name in kinds:
        target = name.lower()
        wanted = columns[target]
        taken = shapes.cast_sql(quoted(name), own[name], wanted)
        if target == _LOADED_AT:
            taken = f"coalesce({taken}, TIMESTAMP {text(loaded_at)})"
        yield f"{taken} AS {quoted(target)}"
    if not any(name.lower() == _LOADED_AT for name in kinds):
        yield f"TIMESTAMP {text(loaded_at)} AS {_LOADED_AT}"
