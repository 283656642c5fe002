"""A training set as a file, CSV or Parquet, which appears when it is complete."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from snowplow_signals.datasets.anchors import reading_parquet
from snowplow_signals.datasets.scratch import quoted, renamed
from snowplow_signals.datasets.spool import Spool, type_of
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError
from snowplow_signals.project.models.layout import without_jinja

ENDINGS = (".csv", ".parquet")

_OF_ATTRIBUTES = {
    "string": "varchar",
    "boolean": "boolean",
    "int32": "integer",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "timestamp": "timestamp",
    "unix_timestamp": "bigint",
    "dict": "map(varchar, bigint)",
}


class Writer(Protocol):
    """Takes rows, a list of cells each."""

    def write(self, row: Sequence[Any]) -> None: ...


@contextmanager
def written(
    file: Path, columns: Sequence[str], types: Sequence[str | None], by_engine: Callable[[Path], bool]
) -> Iterator[Writer | None]:
    """A file that ends in .csv or .parquet, and replaces one that is there when all rows are written.

    `types` are those of attributes; None for a column of the anchors', whose values tell. `by_engine` may write a
    Parquet file itself, and then returns true; then there is no writer. Raises UsageError as `check_file` does.
    """
    check_file(file)
    with TemporaryDirectory(dir=file.parent, prefix=".dataset-") as folder:
        beside = Path(folder) / file.name
        if file.suffix.lower() == ".csv":
            with beside.open("w", encoding="utf-8", newline="") as opened:
                yield _Csv(opened, columns)
        elif by_engine(beside):
            yield None
        else:
            parquet = _Parquet(Path(folder) / "rows.json", columns, types)
            with parquet.spool.file:
                yield parquet.spool
            parquet.convert(beside)
        beside.replace(file)


def check_file(file: Path) -> None:
    """Raises UsageError for a file that cannot be written: another ending, or a folder that is not there."""
    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"{file}: the name must end in .csv or .parquet")
    if not file.parent.is_dir():
        raise UsageError(f"{file}: there is no folder {file.parent}")
    if file.is_dir():
        raise UsageError(f"{file} is a folder; name the file to write")
    if not os.access(file.parent, os.W_OK):
        raise UsageError(f"{file}: the folder {file.parent} cannot be written to")


class _Csv:
    """Lists and maps are JSON; what is missing is empty."""

    def __init__(self, opened: Any, columns: Sequence[str]) -> None:
        self._rows = csv.writer(opened, lineterminator="\n")
        self._rows.writerow(columns)

    def write(self, row: Sequence[Any]) -> None:
        self._rows.writerow([_text(cell) for cell in row])


def _text(cell: Any) -> Any:
    if isinstance(cell, list | tuple | dict):
        return json.dumps(cell, ensure_ascii=False, default=str)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "microseconds")
    return cell


class _Parquet:
    """Rows are kept as JSON until their types are known; DuckDB writes the file, whichever engine they are from."""

    def __init__(self, file: Path, columns: Sequence[str], types: Sequence[str | None]) -> None:
        self._duckdb, self._dialect = reading_parquet(), dialect_named("duckdb")
        self._columns, self._types = columns, types
        # the kind of a column of attributes is not asked for: its type is known
        self.spool = Spool(file, [kind and "text" for kind in types])

    def convert(self, file: Path) -> None:
        types = {
            name: type_of(kind, self._dialect) if given is None else parquet_type(given)
            for name, kind, given in zip(self.spool.names, self.spool.kinds, self._types, strict=True)
        }
        rows = self._dialect.rows_of_file(self.spool.path, types) or ""
        named = renamed(rows, self.spool.names, [quoted(name, self._dialect) for name in self._columns])
        with self._duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(self._dialect.parquet_of(without_jinja(named), file))


def parquet_type(kind: str) -> str:
    """The type of an attribute's column in a Parquet file, as DuckDB names it."""
    if kind.endswith("_list"):
        return f"{_OF_ATTRIBUTES[kind.removesuffix('_list')]}[]"
    return _OF_ATTRIBUTES[kind]
