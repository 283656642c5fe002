"""Where anchors come from: a CSV or Parquet file, a table of the warehouse, or every entity on each day of a span."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlglot import exp

from snowplow_signals.datasets.query import TSTAMP
from snowplow_signals.datasets.scratch import quoted
from snowplow_signals.datasets.sessions import LABEL, session_template
from snowplow_signals.definitions import SessionAnchors
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects import dialect_named
from snowplow_signals.dialects.base import Leaf
from snowplow_signals.distribution import installing
from snowplow_signals.errors import RunError, SourceError, UsageError, did_you_mean
from snowplow_signals.project.models.layout import comma_lines, fill

ROW = "signals_row"
"""The number of an anchor's row, where anchors have an order."""

LONGEST_CELL = 1 << 30
MOST_DAYS = 3_660
"""Of `every_day`: each is a row of every entity, and a wrong year should not be millions of them."""

_PART = r"[^.\s/\\]+"
_TABLE = re.compile(rf"(?:(?P<database>{_PART})\.)?(?P<schema>{_PART})\.(?P<table>{_PART})")
_BYTES = ("BLOB", "BYTEA", "BYTES", "BINARY", "VARBINARY")
_FILES = {"arrow", "avro", "feather", "gz", "json", "jsonl", "orc", "pickle", "pkl", "tsv", "txt", "xls", "xlsx", "zip"}
"""How files end that are neither read nor written, and no table."""


@dataclass(frozen=True)
class Anchor:
    """Who, at which moment (UTC, without a zone), and what else belongs to the row, such as a label."""

    entity: str
    moment: datetime
    others: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Anchors:
    """Anchors as they come, once: `rows` of this process, or a `query` of the warehouse.

    `others` are the names of the columns that are passed through. The query returns the identifier as text, under the
    entity's column, `anchor_tstamp`, and those; `without_jinja` makes SQL of it, once it is where it is to be.
    """

    others: tuple[str, ...]
    rows: Iterator[Anchor] | None
    query: str | None = None
    is_ordered: bool = True
    """Whether the rows of a query have an order: then it returns `signals_row` too, their numbers."""
    where: str = "anchors"
    """What they are called in a message."""


@contextmanager
def anchors_of(given: str, deployed: Deployed) -> Iterator[Anchors]:
    """Those of a file whose name ends in .csv or .parquet, or of a table, `schema.table`.

    They have a column named as the entity's identifier, or `identifier`, and `anchor_tstamp`. Raises UsageError for
    what is neither, has no such columns or a row without one of the two; SourceError for a table that is not there.
    """
    file = Path(given)
    match file.suffix.lower():
        case ".csv":
            csv.field_size_limit(LONGEST_CELL)
            with _opened(file) as opened:
                reader = csv.reader(opened)
                columns = next(reader, [])
                yield _anchors(columns, reader, given, deployed)
        case ".parquet":
            if not file.is_file():
                raise UsageError(f"{file}: No such file")
            by_engine = deployed.dialect.parquet(file)
            if by_engine is not None:
                yield _of_parquet(by_engine, given, deployed)
                return
            with _parquet(file) as (columns, rows):
                yield _anchors(columns, rows, given, deployed)
        case _:
            yield _of_table(given, deployed)


def every_day(deployed: Deployed, first: date, last: date) -> Anchors:
    """Each entity at the start of each day (UTC) of a span, from the day after its first event on."""
    if first > last:
        raise UsageError(f"the first day, {first}, is after the last one, {last}")
    if (last - first).days >= MOST_DAYS:
        raise UsageError(f"{first}..{last} are {(last - first).days + 1:,} days; {MOST_DAYS:,} at most")
    days = [[f"date '{first + timedelta(days=number)}'"] for number in range((last - first).days + 1)]
    query = fill(
        EVERY_DAY,
        identifier=deployed.plan.identifier,
        tstamp=TSTAMP,
        timestamp=deployed.dialect.timestamp_type,
        filtered_events=deployed.table("filtered_events"),
        days=deployed.dialect.inline_rows(["day"], days),
    )
    return Anchors((), None, query, is_ordered=False)


def of_sessions(goal: SessionAnchors, deployed: Deployed) -> Anchors:
    """Those of the sessions of the events table, with the column `label`. Raises what `session_query` does."""
    sessions = session_template(goal, deployed).rstrip("\n")
    query = fill(OF_SESSIONS, identifier=deployed.plan.identifier, tstamp=TSTAMP, label=LABEL, sessions=sessions)
    return Anchors((LABEL,), None, query, is_ordered=False, where="the anchors of sessions")


def anchors_of_pairs(pairs: Iterable[tuple[str, datetime]]) -> Anchors:
    """Those of pairs of an identifier and a moment."""

    def made() -> Iterator[Anchor]:
        for number, pair in enumerate(pairs, start=1):
            try:
                entity, moment = pair
            except (TypeError, ValueError) as error:
                raise UsageError(f"anchor {number} must be an identifier and a time, not {pair!r:.100}") from error
            yield anchor_of(entity, moment, (), f"anchor {number}")

    return Anchors((), made())


def anchor_of(entity: object, moment: object, others: tuple[Any, ...], where: str) -> Anchor:
    """An anchor out of two cells. Raises UsageError that says `where` they are."""
    if moment is None or moment != moment or entity is None or entity != entity:  # pandas' NaT and NaN
        missing = "identifier" if entity is None or entity != entity else TSTAMP
        raise UsageError(f"{where}: the {missing} is missing")
    if isinstance(entity, bytes | list | tuple | dict | bool):
        raise UsageError(f"{where}: the identifier is {entity!r:.100}, not a text or a number")
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise UsageError(
                f"{where}: the anchor_tstamp is {moment!r}, not a time such as 2025-03-10T08:30:00Z"
            ) from None
    if not isinstance(moment, datetime):
        raise UsageError(f"{where}: the anchor_tstamp is {moment!r}, not a timestamp")
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:
            raise UsageError(f"{where}: the anchor_tstamp is {moment}, which is in no year of UTC") from None
    return Anchor(str(entity), moment, others)


def _of_table(given: str, deployed: Deployed) -> Anchors:
    place = place_of(given)
    if place is None:
        raise UsageError(f"{given!r} is neither a file that ends in .csv or .parquet, nor a table as schema.table")
    return of_table(place, given, deployed)


def of_table(place: tuple[str | None, str, str], given: str, deployed: Deployed) -> Anchors:
    """Those of a table of the warehouse, called `given`, which stays there. Raises as `anchors_of`."""
    relation = deployed.warehouse.name_of(*place)
    try:
        columns = deployed.warehouse.columns(relation)
    except RunError as error:
        raise SourceError(f"there is no table {given!r} with anchors: {error}") from error
    types = deployed.dialect.types_in(deployed.warehouse.fetch(deployed.dialect.describe(*place)))
    return _of_relation(relation, columns, types, given, deployed)


def _of_parquet(by_engine: tuple[str, str], given: str, deployed: Deployed) -> Anchors:
    """A file that the engine reads itself."""
    relation, describing = by_engine
    try:
        types = deployed.dialect.types_in(deployed.warehouse.fetch(describing))
    except RunError as error:
        raise UsageError(f"{given}: {error}") from error
    return _of_relation(relation, list(types), types, given, deployed, is_ordered=True)


def _of_relation(
    relation: str,
    columns: Sequence[str],
    types: Mapping[str, str],
    given: str,
    deployed: Deployed,
    *,
    is_ordered: bool = False,
) -> Anchors:
    who, when, others = _columns(columns, given, deployed)
    dialect = deployed.dialect
    types = {name.lower(): kind for name, kind in types.items()}

    def read(number: int, kind: str) -> str:
        name = quoted(columns[number], dialect)
        kind_there = types.get(columns[number].lower(), "")
        leaf = dialect.leaf(types, columns[number].lower(), ())
        if leaf in ("nested", "list", "json") or kind_there.upper().startswith(_BYTES):
            raise UsageError(
                f"{given}: the column {columns[number]!r} is of type {kind_there}; make it a text or a time"
            )
        name = dialect.whole_microseconds(name, kind_there)
        return name if leaf is None else dialect.sql(dialect.convert(exp.Var(this=name), cast(Leaf, leaf), kind))

    selected = [f"{read(who, 'text')} as {deployed.plan.identifier}", f"{read(when, 'time')} as {TSTAMP}"]
    selected += [quoted(columns[number], dialect) for number in others]
    if is_ordered:
        selected.append(f"row_number() over () as {ROW}")
    query = fill(OF_TABLE, columns=comma_lines(selected), table=relation)
    return Anchors(tuple(columns[number] for number in others), None, query, is_ordered, given)


def place_of(given: str) -> tuple[str | None, str, str] | None:
    """Database, schema and name of a table as people write it; None for what is none."""
    found = _TABLE.fullmatch(given)
    if found is None or found["table"].lower() in _FILES:
        return None
    return found["database"], found["schema"], found["table"]


def _columns(columns: Sequence[str], given: str, deployed: Deployed) -> tuple[int, int, list[int]]:
    """Which columns are the identifier and the moment, and which others there are."""
    lower = [name.strip().lower() for name in columns]
    identifier = deployed.plan.identifier.lower()
    who = _place(lower, identifier if identifier in lower else "identifier", given, f"{identifier!r} or 'identifier'")
    when = _place(lower, TSTAMP, given, repr(TSTAMP))
    others = [place for place in range(len(lower)) if place not in (who, when)]
    names = [columns[place].strip() for place in others]
    if "" in names:
        raise UsageError(f"{given}: a column has no name")
    for name in names:
        if name.lower() == identifier or name.lower().startswith("signals_"):
            raise UsageError(f"{given}: the column {name!r} has a name that a training set has itself; rename it")
    if len({name.lower() for name in names}) < len(names):
        raise UsageError(f"{given}: two columns have one name")
    return who, when, others


def _anchors(columns: Sequence[str], rows: Iterator[Sequence[Any]] | Any, given: str, deployed: Deployed) -> Anchors:
    who, when, others = _columns(columns, given, deployed)

    def made() -> Iterator[Anchor]:
        for number, row in enumerate(rows, start=1):
            if not row:
                continue  # an empty line of a CSV file
            where = f"{given}, row {number}"
            if len(row) != len(columns):
                raise UsageError(f"{where}: {len(row)} cells where the header has {len(columns)}")
            cells = [None if cell == "" and place in (who, when) else cell for place, cell in enumerate(row)]
            yield anchor_of(cells[who], cells[when], tuple(row[place] for place in others), where)

    return Anchors(tuple(columns[place].strip() for place in others), made(), where=given)


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
            read, _ = dialect_named("duckdb").parquet(file) or ("", "")
            found = connection.execute(f"select * from {read}")
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


OF_SESSIONS = """\
select
    identifier as $identifier,
    $tstamp,
    $label
from (
    $sessions
) as sessions"""

OF_TABLE = """\
select
    $columns
from $table"""

EVERY_DAY = """\
select
    entities.$identifier,
    cast(days.day as $timestamp) as $tstamp
from (
    select
        $identifier,
        min(day) as first_day
    from $filtered_events
    group by $identifier
) as entities
inner join (
    $days
) as days on days.day > entities.first_day"""
