"""What was read of files of events, on disk: rows as JSON, files of Parquet, the shapes of columns, and bad lines."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading import shapes
from snowplow_signals.events.loading.lines import ENTITIES, EVENT, BadLine, Row, convert, parse_json, parse_tsv, row_of
from snowplow_signals.events.loading.reading import lines_of, records_of, values_of
from snowplow_signals.events.loading.schema import ATOMIC_NUMBERS, ATOMIC_TYPES
from snowplow_signals.events.loading.shapes import Numbers, Shape
from snowplow_signals.events.loading.sources import EventFile, Format
from snowplow_signals.events.loading.targets import one_file

LOADED_AT = "load_tstamp"
_LINES_PER_STAGE = 50_000
_NULLS = ("", "\\N")
"""What stands for a null in CSV."""


@dataclass(frozen=True)
class ParquetFiles:
    """Files of Parquet with the same columns, of the same partition."""

    types: tuple[tuple[str, str], ...]
    partition: tuple[tuple[str, str | None], ...]

    def source(self, paths: list[Path]) -> str:
        """SQL that reads such files."""
        return f"read_parquet([{', '.join(map(one_file, paths))}], hive_partitioning = false)"


@dataclass(slots=True)
class Staged:
    """What was read until now; a row without the time of its load was loaded at `loaded_at`."""

    folder: Path
    loaded_at: datetime
    shapes: dict[str, Shape] = field(default_factory=dict)
    """Of columns beyond the atomic ones, as the rows of JSON have them."""
    numbers: dict[str, Numbers] = field(default_factory=dict)
    """Of atomic columns of numbers, likewise."""
    json_files: list[Path] = field(default_factory=list)
    parquet_files: dict[ParquetFiles, list[Path]] = field(default_factory=lambda: defaultdict(list))
    taken: set[EventFile] = field(default_factory=set)
    """Files that have rows."""
    longest: int = 0
    bad_rows: int = 0

    @property
    def bad_file(self) -> Path:
        return self.folder / "bad.jsonl"

    def add(self, file: EventFile) -> None:
        """Read a file. Raises UsageError when it cannot be read as a whole."""
        if file.format is Format.PARQUET:
            self._add_parquet(file)
        else:
            self._add_text(file)

    def _add_text(self, file: EventFile) -> None:
        chunk: IO[str] | None = None
        held = 0
        with self.bad_file.open("a", encoding="utf-8") as bad:
            for number, parse, item, shown in _events_of(file):
                try:
                    row, written = self._row(parse, item, file)
                except BadLine as reason:
                    problem = {"source": str(file.path), "line": number, "reason": str(reason), "text": shown()}
                    bad.write(json.dumps(problem) + "\n")
                    self.bad_rows += 1
                    continue
                for name, value in row.items():
                    if name.startswith((ENTITIES, EVENT)):
                        self.shapes[name] = shapes.merge(self.shapes.get(name), shapes.shape_of(value))
                    elif name in ATOMIC_NUMBERS and value is not None:
                        self.numbers.setdefault(name, Numbers()).add(value)
                if chunk is None or held == _LINES_PER_STAGE:
                    if chunk:
                        chunk.close()
                    self.json_files.append(self.folder / f"rows-{len(self.json_files)}.ndjson")
                    chunk, held = self.json_files[-1].open("w", encoding="utf-8"), 0
                chunk.write(written + "\n")
                self.longest = max(self.longest, len(written))
                held += 1
        if chunk:
            chunk.close()
            self.taken.add(file)

    def _row(self, parse: Callable[[Any], Row], item: Any, file: EventFile) -> tuple[Row, str]:
        """The row and its JSON, or BadLine. Text that is not Unicode cannot be stored, however it is escaped."""
        try:
            row = parse(item)
            for name, value in file.partition:
                if value is not None and name not in row:
                    row[name] = convert(name, value)
            row.setdefault(LOADED_AT, self.loaded_at.isoformat())
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeError as error:
            raise BadLine(f"not valid Unicode text: {error.reason if hasattr(error, 'reason') else error}") from error
        return row, json.dumps(row)

    def _add_parquet(self, file: EventFile) -> None:
        import duckdb

        with duckdb.connect() as connection:
            try:
                relation = connection.sql(f"FROM {ParquetFiles((), ()).source([file.path])}")
                types = dict(zip(relation.columns, relation.types, strict=True))
                has_rows = bool(relation.limit(1).fetchall())
            except duckdb.Error as error:
                raise UsageError(
                    f"{file.path} cannot be read as Parquet: {str(error).partition(chr(10))[0]}"
                ) from error
        if not any(name.lower() in ATOMIC_TYPES for name in types):
            raise UsageError(f"{file.path} has none of the columns of an event; it has {', '.join(list(types)[:5])}.")
        own = {name.lower() for name in types}
        partition = tuple(one for one in file.partition if one[0] not in own)
        described = ParquetFiles(tuple((name, str(kind)) for name, kind in types.items()), partition)
        self.parquet_files[described].append(file.path)
        if has_rows:
            self.taken.add(file)


def _events_of(file: EventFile) -> Iterator[tuple[int, Callable[[Any], Row], Any, Callable[[], str]]]:
    """Each event's line, what makes a row of it and of what, and how it is shown when it is none."""
    match file.format:
        case Format.TSV | Format.JSON_LINES:
            parse = _of_tsv if file.format is Format.TSV else _of_json
            for number, line in enumerate(lines_of(file.path), start=1):
                if line.strip(b" "):
                    yield number, parse, line, partial(line.decode, errors="backslashreplace")
        case Format.JSON_DOCUMENT:
            for number, value in values_of(file.path):
                yield number, parse_json, value, partial(str, value)
        case Format.CSV:
            for number, names, fields in records_of(file.path):
                yield number, _of_csv, (names, fields), partial(json.dumps, fields)


def _of_tsv(line: bytes) -> Row:
    return parse_tsv(line.decode())


def _of_json(line: bytes) -> Row:
    return parse_json(line.decode())


def _of_csv(record: tuple[list[str], list[str]]) -> Row:
    names, fields = record
    if len(fields) != len(names):
        raise BadLine(f"Expected {len(names)} fields, as in the header, received {len(fields)} fields.")
    return row_of({name: None if value in _NULLS else value for name, value in zip(names, fields, strict=True)})
