"""Where anchors come from: a CSV or Parquet file, a table of the warehouse, or every entity on each day of a span."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from snowplow_signals.datasets.dataset import TSTAMP, Anchor, anchor_of
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.distribution import installing
from snowplow_signals.errors import RunError, SourceError, UsageError, did_you_mean

_TABLE = re.compile(r"(?:(?P<database>[^.\s]+)\.)?(?P<schema>[^.\s]+)\.(?P<table>[^.\s]+)")


@dataclass(frozen=True)
class Anchors:
    """Anchors as they come, once; `others` are the names of the columns that are passed through."""

    others: tuple[str, ...]
    rows: Iterator[Anchor]


@contextmanager
def anchors_of(given: str, deployed: Deployed) -> Iterator[Anchors]:
    """Those of a file whose name ends in .csv or .parquet, or of a table, `schema.table`.

    They have a column named as the entity's identifier, or `identifier`, and `anchor_tstamp`. Raises UsageError for
    what is neither, has no such columns or a row without one of the two; SourceError for a table that is not there.
    """
    file = Path(given)
    match file.suffix.lower():
        case ".csv":
            with _opened(file) as opened:
                reader = csv.reader(opened)
                columns = next(reader, [])
                yield _anchors(columns, reader, given, deployed)
        case ".parquet":
            with _parquet(file) as (columns, rows):
                yield _anchors(columns, rows, given, deployed)
        case _:
            yield _of_table(given, deployed)


def every_day(deployed: Deployed, first: date, last: date) -> Anchors:
    """Each entity at the start of each day (UTC) of a span, from the day after its first event on."""
    if first > last:
        raise UsageError(f"the first day, {first}, is after the last one, {last}")
    identifier, events = deployed.plan.identifier, deployed.table("filtered_events")

    def rows() -> Iterator[Anchor]:
        asked = f"select {identifier}, min(day) from {events} group by {identifier} order by {identifier}"
        for entity, seen in deployed.warehouse.rows(asked):
            day = max(first, seen + timedelta(days=1))
            while day <= last:
                yield Anchor(str(entity), datetime.combine(day, time()))
                day += timedelta(days=1)

    return Anchors((), rows())


def _of_table(given: str, deployed: Deployed) -> Anchors:
    found = _TABLE.fullmatch(given)
    if found is None:
        raise UsageError(f"{given!r} is neither a file that ends in .csv or .parquet, nor a table as schema.table")
    relation = deployed.warehouse.name_of(found["database"], found["schema"], found["table"])
    try:
        columns = deployed.warehouse.columns(relation)
    except RunError as error:
        raise SourceError(f"there is no table {given!r} with anchors: {error}") from error
    return _anchors(columns, deployed.warehouse.rows(f"select * from {relation}"), given, deployed)


def _anchors(columns: Sequence[str], rows: Iterator[Sequence[Any]] | Any, given: str, deployed: Deployed) -> Anchors:
    lower = [name.strip().lower() for name in columns]
    identifier = deployed.plan.identifier.lower()
    who = _place(lower, identifier if identifier in lower else "identifier", given, f"{identifier!r} or 'identifier'")
    when = _place(lower, TSTAMP, given, repr(TSTAMP))
    others = [place for place in range(len(lower)) if place not in (who, when)]
    names = tuple(columns[place].strip() for place in others)
    taken = {one.name.lower() for one in deployed.plan.view.served}
    for name in names:
        if name.lower() in taken:
            raise UsageError(f"{given}: the column {name!r} has the name of an attribute; rename it")
    if len({name.lower() for name in names}) < len(names):
        raise UsageError(f"{given}: two columns have one name")

    def made() -> Iterator[Anchor]:
        for number, row in enumerate(rows, start=1):
            if not row:
                continue  # an empty line of a CSV file
            where = f"{given}, row {number}"
            if len(row) != len(lower):
                raise UsageError(f"{where}: {len(row)} cells where the header has {len(lower)}")
            cells = [None if cell == "" and place in (who, when) else cell for place, cell in enumerate(row)]
            yield anchor_of(cells[who], cells[when], tuple(row[place] for place in others), where)

    return Anchors(names, made())


def _place(columns: list[str], wanted: str, given: str, words: str) -> int:
    if columns.count(wanted) == 1:
        return columns.index(wanted)
    if wanted in columns:
        raise UsageError(f"{given}: two columns are named {wanted!r}")
    raise UsageError(
        f"{given}: there is no column {words}{did_you_mean(wanted, columns)}. It has: {', '.join(columns) or 'nothing'}"
    )


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    try:
        opened = file.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    with opened:
        try:
            yield opened
        except UnicodeDecodeError as error:
            raise UsageError(f"{file} is not UTF-8 text: {error}") from error
        except csv.Error as error:
            raise UsageError(f"{file} is not CSV: {error}") from error


@contextmanager
def _parquet(file: Path) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    duckdb = reading_parquet()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            found = connection.execute("select * from read_parquet(?)", [str(file)])
        except duckdb.Error as error:
            raise UsageError(f"{file}: {error}") from error
        yield [column[0] for column in found.description], iter(found.fetchone, None)


def reading_parquet() -> Any:
    """DuckDB, which reads and writes Parquet. Raises UsageError where it is not installed."""
    try:
        import duckdb
    except ImportError as error:
        raise UsageError(f"Parquet files need DuckDB: {installing('duckdb')}") from error
    return duckdb
