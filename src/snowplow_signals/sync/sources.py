"""What a sync reads: the attributes table of a project, or any table that the warehouse has.

Both are read in spans of the time at which rows changed. A project also lists the entities that are gone; another table
shows it only in the number of its entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, cast

from sqlglot import exp

from snowplow_signals.definitions import BatchSource, View
from snowplow_signals.deployment.source_columns import column_types
from snowplow_signals.dialects import dialect_named
from snowplow_signals.dialects.base import Dialect, Leaf
from snowplow_signals.dialects.handing_over import FIRST, LAST, handed_over, literal, nulled
from snowplow_signals.errors import BusyError, EngineMemoryError, RunError, SourceError, UsageError, did_you_mean
from snowplow_signals.stores import Batch, Bulk, Packed
from snowplow_signals.sync.reading import read_batches
from snowplow_signals.warehouse.connection import Warehouse

SNAPSHOT_KEY = "attribute_key_or_name"
"""The identifier's column in the snapshots that the public command line of earlier years registers."""
_TIMES = ("timestamp", "timestamptz", "date", "text")
_TEXT = re.compile(r"(n?(var)?char|character|text|string|enum|citext|bpchar)\b(?!.*\[\])", re.IGNORECASE)
"""A time of a day, an interval and a UUID are read as text elsewhere, and do not say when a row changed."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that changed later than `after` and not before `since`, up to and with `up_to`. None: no bound.

    `again`: those that changed just at `after` are read as well.
    """

    up_to: datetime
    after: datetime | None = None
    again: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a source holds, from `since` on.

    `furthest`: its last change; None when it holds nothing, and never did. `newest`: the last that is not ahead of the
    moment that was asked for. `entities`: how many have a row; `rows`: how many rows they have; `unusable`: rows
    without identifier or time; `ahead`: rows that changed after that moment.
    """

    newest: datetime | None
    entities: int
    rows: int
    unusable: int = 0
    ahead: int = 0
    furthest: datetime | None = None


class Source(Protocol):
    """Where the profiles of a view come from."""

    @property
    def name(self) -> str:
        """The table as it is written in a query."""

    @property
    def has_one_time_per_run(self) -> bool:
        """Whether all rows of one time come into the table at once, so that one that was seen has no others to come."""

    def look(self, since: datetime | None, until: datetime) -> Look: ...

    def rows_between(self, start: datetime, end: datetime) -> int:
        """How many rows changed then, both moments included."""

    def count(self, span: Span) -> int:
        """How many rows `batches` returns."""

    def batches(
        self, span: Span, *, packed: bool = False, bulk_start: bytes | None = None
    ) -> Iterator[Batch | Packed | Bulk]:
        """The newest row of each entity that has one in the span; `packed`, if the engine can do that, and with
        `bulk_start` as bulk strings."""

    def unreadable(self, span: Span) -> Mapping[str, int]:
        """Attribute -> how many of its values in the span are times that no driver can hand over, and are null."""

    def gone(self, span: Span) -> Iterator[str] | None:
        """The entities that left in the span; None when the source does not list them."""

    def take_memory(self) -> bool:
        """Read with as much memory as the profile allows from now on; whether that is more than before."""


@dataclass(frozen=True)
class Computed:
    """The attributes table of a project, and its table of entities that left."""

    warehouse: Warehouse
    name: str
    removed: str
    key: str
    columns: tuple[str, ...]
    """The columns of attributes, in the table's order; without the identifier and the time of change."""
    dialect: Dialect
    has_one_time_per_run: bool = True

    @classmethod
    def of(cls, warehouse: Warehouse, view: View, attributes: str, removed: str) -> Computed:
        """The tables of a view's project, as they are written in a query.

        Raises UsageError when they are not there, SourceError when somebody changed them.
        """
        project = view.project_name
        try:
            found = warehouse.columns(attributes)
        except RunError as error:
            if any(name == f"{project}_{ATTRIBUTES}" for _, name in warehouse.tables()):
                raise
            raise UsageError(
                f"{project}: there is no table {attributes} yet: run the project first (`run`), then sync"
            ) from error
        own = {view.entity.column, "updated_at"}
        missing = sorted(own - {name.lower() for name in found})
        if missing:
            raise SourceError(
                f"{project}: table {attributes} has no column {', '.join(map(repr, missing))}: somebody changed it, "
                "and nothing was copied; rebuild it with `run --full-refresh`"
            )
        columns = tuple(name.lower() for name in found if name.lower() not in own)
        return cls(warehouse, attributes, removed, view.entity.column, columns, dialect_named(warehouse.kind))

    def look(self, since: datetime | None, until: datetime) -> Look:
        where = f" where updated_at >= {literal(self.dialect, since)}" if since else ""
        first, now, last = (literal(self.dialect, one) for one in (FIRST, until, LAST))

        def changes(column: str, table: str) -> str:
            usable = f"{column} >= {first} and {column} <= {last}"
            return (
                f"select max(case when {usable} and {column} <= {now} then {column} end) as newest_{column},"
                f" max(case when {usable} then {column} end) as furthest_{column}, count(*) as rows_{column},"
                f" count(case when {usable} then 1 end) as usable_{column},"
                f" count(case when {column} > {now} then 1 end) as ahead_{column} from {table}"
            )

        attributes, removed = changes("updated_at", self.name) + where, changes("removed_at", self.removed)
        try:
            found = self.warehouse.fetch(f"select * from ({attributes}) as present cross join ({removed}) as gone")[0]
        except RunError as error:
            clearer = None if isinstance(error, BusyError | EngineMemoryError) else self._other_types()
            if clearer is None:
                raise
            raise clearer from error
        (newest, furthest, entities, usable, ahead), gone = found[:5], found[5:]
        for table, times, without in (
            (self.name, furthest, entities - usable),
            (self.removed, gone[1], gone[2] - gone[3]),
        ):
            if without or not isinstance(times, datetime | None):
                reason = "without a time of change" if without else f"that changed at {times!r}, which is no time"
                raise _changed(table, f"rows {reason}")
        newest = max(filter(None, (newest, gone[0])), default=None)
        furthest = max(filter(None, (furthest, gone[1])), default=None)
        return Look(newest, int(entities), int(entities), ahead=int(ahead), furthest=furthest)

    def _other_types(self) -> SourceError | None:
        """The error for times kept in a type that the engine cannot compare with times; None if that is not so."""
        for table, column in ((self.name, "updated_at"), (self.removed, "removed_at")):
            kept = self.warehouse.fetch(f"select {column} from {table} where {column} is not null limit 1")
            if kept and not isinstance(kept[0][0], date):
                return _changed(table, f"a column {column} of another type, with {str(kept[0][0])[:40]!r} for a time")
        return None

    def rows_between(self, start: datetime, end: datetime) -> int:
        within = self._within("updated_at", Span(end, start, again=True))
        return int(self.warehouse.fetch(f"select count(*) from {self.name} where {within}")[0][0])

    def count(self, span: Span) -> int:
        return int(
            self.warehouse.fetch(f"select count(*) from {self.name} where {self._within('updated_at', span)}")[0][0]
        )

    def batches(
        self, span: Span, *, packed: bool = False, bulk_start: bytes | None = None
    ) -> Iterator[Batch | Packed | Bulk]:
        names = ", ".join((self.key, "updated_at", *self.columns))
        sql = f"select {names} from {self.name} where {self._within('updated_at', span)}"
        yield from read_batches(self.warehouse, sql, self.columns, packed, bulk_start)

    def unreadable(self, span: Span) -> Mapping[str, int]:
        return {}

    def gone(self, span: Span) -> Iterator[str]:
        """Entities that were removed and are not there: one whose row was being removed when a run died still is."""
        within = self._within("removed_at", replace(span, since=None))
        for row in self.warehouse.rows(
            f"select gone.{self.key} from {self.removed} as gone left join {self.name} as present"
            f" on present.{self.key} = gone.{self.key} where present.{self.key} is null and {within}"
        ):
            yield str(row[0])

    def take_memory(self) -> bool:
        return self.warehouse.take_memory()

    def _within(self, column: str, span: Span) -> str:
        return _within(self.dialect, column, span)


def _changed(table: str, what: str) -> SourceError:
    # a full refresh keeps the time of change of rows that stay as they were
    return SourceError(
        f"table {table} has {what}: somebody changed it, and nothing was copied; drop it, and make it anew with "
        "`run --full-refresh`"
    )


ATTRIBUTES, REMOVED = "attributes", "removed_entities"
"""How the names of a project's tables end."""


@dataclass(frozen=True)
class Table:
    """Any table of the warehouse, with a column that says when each row last changed.

    It may hold several rows of an entity (a history): the newest counts. `columns` are the table's own names, by the
    names under which they are served.
    """

    warehouse: Warehouse
    name: str
    key: str
    time: str
    columns: dict[str, str]
    dialect: Dialect
    unreadable_values: Mapping[str, str] = field(default_factory=dict)
    """How many values of a row cannot be read, in SQL, of the columns of times and of lists of them."""
    has_one_time_per_run: bool = False

    @classmethod
    def of(cls, warehouse: Warehouse, view: View, source: BatchSource) -> Table:
        """The table that a batch source names. Raises SourceError when it, or a column of it, is not there."""
        dialect = dialect_named(warehouse.kind)
        name = warehouse.name_of(source.database or warehouse.database, source.schema_, source.table)
        types = _types(warehouse, dialect, source)
        if not types:
            raise SourceError(f"view {view.full_name}: its batch source names a table that does not exist: {name}")
        by_name = {column.lower(): column for column in types}
        key = view.entity.external_column or view.entity.identifier
        if key.lower() not in by_name and SNAPSHOT_KEY in by_name:
            key = SNAPSHOT_KEY
        at_read = view.computed_at_read
        columns = [one.column for one in view.attributes if one.column not in at_read]
        served = [*columns, *(one.name for one in view.fields)]
        missing = [one for one in (key, source.timestamp_field, *served) if one.lower() not in by_name]
        if missing:
            listed = ", ".join(f"{one!r}{did_you_mean(one, by_name)}" for one in missing)
            raise SourceError(f"view {view.full_name}: table {name} has no column {listed}")
        time = by_name[source.timestamp_field.lower()]
        found = {one: by_name[one.lower()] for one in served}
        unreadable = {one: nulled(dialect, column, types[column]) for one, column in found.items()}
        return cls(
            warehouse,
            name,
            _quoted(dialect, by_name[key.lower()]),
            _time(dialect, view, time, types),
            {one: _readable(dialect, column, types) for one, column in found.items()},
            dialect,
            {one: number for one, number in unreadable.items() if number is not None},
        )

    def look(self, since: datetime | None, until: datetime) -> Look:
        # rows before `since` are not looked at, those without a time are
        where = f" where {self.time} is null or {self.time} >= {literal(self.dialect, since)}" if since else ""
        now = literal(self.dialect, until)
        newest, furthest, entities, rows, total, ahead = self.warehouse.fetch(
            f"select max(case when moment <= {now} then moment end), max(moment), count(distinct entity),"
            f" count(entity), count(*), count(case when moment > {now} then 1 end) from (select"
            f" case when {self._usable} then {self.time} end as moment,"
            f" case when {self._usable} then {self.key} end as entity from {self.name}{where}) as looked_at"
        )[0]
        return Look(newest, entities, rows, total - rows, ahead, furthest)

    def rows_between(self, start: datetime, end: datetime) -> int:
        inside = self._in(Span(end, start, again=True))
        return int(self.warehouse.fetch(f"select count(*) from {self.name} where {inside}")[0][0])

    @property
    def _usable(self) -> str:
        text = f"cast({self.key} as {self.dialect.kind_type('text')})"
        first, last = (literal(self.dialect, one) for one in (FIRST, LAST))
        return f"({self.key} is not null and {text} <> '' and {self.time} >= {first} and {self.time} <= {last})"

    def count(self, span: Span) -> int:
        return self._numbers(span)[0]

    def _numbers(self, span: Span) -> tuple[int, int]:
        """How many entities have rows in the span, and how many rows they have."""
        counted = f"select count(distinct {self.key}), count(*) from {self.name} where {self._in(span)}"
        entities, rows = self.warehouse.fetch(counted)[0]
        return entities, rows

    def _in(self, span: Span) -> str:
        return f"{self._usable} and {_within(self.dialect, self.time, span)}"

    def batches(
        self, span: Span, *, packed: bool = False, bulk_start: bytes | None = None
    ) -> Iterator[Batch | Packed | Bulk]:
        entities, rows = self._numbers(span)
        sql = self._newest(span, has_one_row_each=entities == rows)
        yield from read_batches(self.warehouse, sql, tuple(self.columns), packed, bulk_start)

    def unreadable(self, span: Span) -> Mapping[str, int]:
        if not self.unreadable_values:
            return {}
        numbers = (f"sum({number})" for number in self.unreadable_values.values())
        counted = self.warehouse.fetch(f"select {', '.join(numbers)} from {self.name} where {self._in(span)}")[0]
        return {name: int(number) for name, number in zip(self.unreadable_values, counted, strict=True) if number}

    def _newest(self, span: Span, *, has_one_row_each: bool) -> str:
        columns = ", ".join((f"{self.key} as signals_key", f"{self.time} as signals_time", *self._selected()))
        changed = f"select {columns} from {self.name} where {self._in(span)}"
        if has_one_row_each:
            return changed
        # keys and times are few bytes, whole rows are not: only the former are kept by the engine, the latter pass by
        newest = (
            f"select {self.key} as newest_key, max({self.time}) as newest_time from {self.name}"
            f" where {self._in(span)} group by 1"
        )
        # several rows of one time come one after the other, where it matters, and there are few
        order = " order by 1" if span.again else ""
        return (
            f"select changed.* from ({changed}) as changed join ({newest}) as newest"
            f" on changed.signals_key = newest.newest_key and changed.signals_time = newest.newest_time{order}"
        )

    def _selected(self) -> Iterator[str]:
        return (f"{column} as {_quoted(self.dialect, f'field_{n}')}" for n, column in enumerate(self.columns.values()))

    def gone(self, span: Span) -> None:
        return None

    def take_memory(self) -> bool:
        return self.warehouse.take_memory()


def source_of(warehouse: Warehouse, view: View, source: BatchSource) -> Computed | Table:
    """Where a published view's profiles come from. Raises UsageError or SourceError when that is not there."""
    own = f"{view.project_name}_{ATTRIBUTES}"
    if view.attributes and source.table.lower().endswith(own) and _is_ours(source):
        # a project may prefix the names of all of its tables
        name = own if source.table.lower() == own else source.table
        removed = _place(warehouse, source, name[: -len(ATTRIBUTES)] + REMOVED)
        if name == own or warehouse.exists(removed):
            return Computed.of(warehouse, view, _place(warehouse, source, name), removed)
    return Table.of(warehouse, view, source)


def _is_ours(source: BatchSource) -> bool:
    return source.timestamp_field.lower() == "updated_at"


def _place(warehouse: Warehouse, source: BatchSource, table: str) -> str:
    return warehouse.name_of(source.database or warehouse.database, source.schema_, table)


def _types(warehouse: Warehouse, dialect: Dialect, source: BatchSource) -> dict[str, str]:
    return column_types(warehouse, dialect, source.database or warehouse.database, source.schema_, source.table)


def _time(dialect: Dialect, view: View, column: str, types: dict[str, str]) -> str:
    """The column as a timestamp in UTC. Raises SourceError when it is not a time."""
    leaf = dialect.leaf({name.lower(): kind for name, kind in types.items()}, column.lower(), ())
    if leaf not in _TIMES or (leaf == "text" and not _TEXT.match(types[column])):
        raise SourceError(
            f"view {view.full_name}: timestamp_field {column!r} is of type {types[column]}, which is not a time; "
            "name a column that says when a row last changed, or a view of the table that makes it a time"
        )
    return dialect.sql(dialect.convert(exp.column(column, quoted=True), cast(Leaf, leaf), "time"))


def _readable(dialect: Dialect, column: str, types: dict[str, str]) -> str:
    return handed_over(dialect, column, types[column])


def _within(dialect: Dialect, column: str, span: Span) -> str:
    conditions = [f"{column} <= {literal(dialect, span.up_to)}"]
    if span.after is not None:
        conditions.append(f"{column} {'>=' if span.again else '>'} {literal(dialect, span.after)}")
    if span.since is not None:
        conditions.append(f"{column} >= {literal(dialect, span.since)}")
    return " and ".join(conditions)


def _quoted(dialect: Dialect, column: str) -> str:
    return dialect.sql(exp.column(column, quoted=True))
