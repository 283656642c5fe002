"""A training set as a file, CSV or Parquet, which appears when it is complete."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from sqlglot import exp

from snowplow_signals.datasets.anchors import reading_parquet
from snowplow_signals.errors import UsageError

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
            with parquet.opened:
                yield parquet
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
    """Rows are kept as JSON until their types are known."""

    def __init__(self, file: Path, columns: Sequence[str], types: Sequence[str | None]) -> None:
        self._duckdb = reading_parquet()
        self._file, self._columns = file, columns
        self._types: list[str | None] = [None if kind is None else parquet_type(kind) for kind in types]
        self._is_open = [kind is None for kind in types]
        self.opened = file.open("w", encoding="utf-8")

    def write(self, row: Sequence[Any]) -> None:
        for place, cell in enumerate(row):
            if self._is_open[place] and cell is not None:
                self._types[place] = _wider(self._types[place], _type_of(cell))
        cells = {f"c{place}": _json(cell) for place, cell in enumerate(row)}
        self.opened.write(json.dumps(cells, ensure_ascii=False) + "\n")

    def convert(self, file: Path) -> None:
        types = {f"c{place}": kind or "varchar" for place, kind in enumerate(self._types)}
        given = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
        named = ", ".join(f"c{place} as {_name(name)}" for place, name in enumerate(self._columns))
        rows = f"read_json({_text_of(self._file)}, format = 'newline_delimited', columns = {{{given}}})"
        with self._duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"copy (select {named} from {rows}) to {_text_of(file)} (format parquet)")


def parquet_type(kind: str) -> str:
    """The type of an attribute's column in a Parquet file, as DuckDB names it."""
    if kind.endswith("_list"):
        return f"{_OF_ATTRIBUTES[kind.removesuffix('_list')]}[]"
    return _OF_ATTRIBUTES[kind]


def _type_of(cell: Any) -> str:
    match cell:
        case bool():
            return "boolean"
        case int():
            return "bigint" if -(2**63) <= cell < 2**63 else "double"
        case float() | Decimal():
            return "double"
        case datetime():
            return "timestamp"
        case date():
            return "date"
    return "varchar"


def _wider(one: str | None, other: str) -> str:
    if one is None or one == other:
        return other
    return "double" if {one, other} == {"bigint", "double"} else "varchar"


def _json(cell: Any) -> Any:
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "microseconds")
    if isinstance(cell, list | tuple):
        return [_json(item) for item in cell]
    return cell if isinstance(cell, str | int | float | dict) or cell is None else str(cell)


def _name(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def _text_of(file: Path) -> str:
    return exp.Literal.string(str(file)).sql(dialect="duckdb")
