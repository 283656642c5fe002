"""Training sets: the attributes of views, for each anchor as they were at its moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlglot import exp

from snowplow_signals.datasets.anchors import ROW, Anchor, Anchors, place_of
from snowplow_signals.datasets.files import parquet_type, written
from snowplow_signals.datasets.query import TSTAMP, DatasetQuery, Mode, moment_sql
from snowplow_signals.datasets.scratch import Scratch, quoted
from snowplow_signals.datasets.statement import Statement
from snowplow_signals.definitions import View
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import UsageError
from snowplow_signals.plan import PlannedView
from snowplow_signals.project.models.layout import comma_lines, fill, jinja_safe, without_jinja
from snowplow_signals.stores.serving import typed

BATCH_ANCHORS = 250_000
"""So many are computed at a time where their memory is that of this process."""

Progress = Callable[[str], None]
"""Called with what is done now."""


@dataclass(frozen=True)
class Report:
    """What a training set holds."""

    rows: int
    rows_without_events: int
    """Whose entity had no event by then: all of their values are null, as for a read of an unknown identifier."""
    rows_before_start: int
    """Whose moment is before the start date of the project: nothing is known of it."""
    rows_in_future: int
    """Whose moment is still to come: what happens until then is not in them."""
    nulls: dict[str, int]
    """Per attribute, in how many rows it is null."""

    def null_rate(self, name: str) -> float | None:
        """The share of rows in which an attribute is null; None without rows."""
        return self.nulls[name] / self.rows if self.rows else None


@dataclass(frozen=True)
class PartOf:
    """A view, and the project that computes it."""

    deployed: Deployed
    view: View

    @property
    def planned(self) -> PlannedView | None:
        """The view's part of a project that computes several."""
        return next((one for one in self.deployed.plan.views if one.view == self.view), None)


class Dataset:
    """A training set over views of one entity, in one warehouse. Raises UsageError for views of several entities."""

    def __init__(self, queries: Sequence[DatasetQuery]) -> None:
        self._deployed, first = queries[0].deployed, queries[0].view
        for view in (query.view for query in queries):
            if (view.entity.column, view.entity.source_property) != (first.entity.column, first.entity.source_property):
                raise UsageError(
                    f"view {view.full_name} is of entity {view.entity.name!r} and {first.full_name} of "
                    f"{first.entity.name!r}: a training set is of one entity"
                )
        self._statement = Statement(queries)
        self.identifier = first.entity.identifier
        self.columns = tuple(one.name for one in self._statement.columns)
        self._start = min(query.deployed.start_date for query in queries)

    @classmethod
    def of(cls, parts: Sequence[PartOf], *, mode: Mode = "as_served", known: bool = False) -> Dataset:
        """Over what runs of projects keep.

        `mode` is "as_served" (what the attributes table would have held at the start of the moment's day, UTC) or
        "exact" (of the events strictly before the moment, with windows that end at it); with `known` only events count
        that had been loaded by the moment. Raises UsageError for a project that was never run or whose definition has
        changed since, and for views of several entities.
        """
        if mode not in ("as_served", "exact"):
            raise UsageError(f"the mode of a training set is as_served or exact, not {mode!r}")
        return cls([_query(part, mode, known) for part in parts])

    @property
    def _dialect(self) -> Dialect:
        return self._deployed.dialect

    def header(self, others: Sequence[str]) -> list[str]:
        """The names of a whole row: whose, which moment, what is passed through, the attributes."""
        return [self.identifier, TSTAMP, *others, *self.columns]

    def statement(self, anchors: Anchors | Sequence[Anchor]) -> str:
        """The statement of a training set of anchors in the warehouse, or of a few, which it then holds as literals."""
        key = [self._statement.identifier, TSTAMP]
        if isinstance(anchors, Anchors):
            assert anchors.query is not None
            order = [ROW] if anchors.is_ordered else key
            return self._statement.text(anchors.query, [*key, *self._others(anchors)], order=order)
        return self._statement.text(self._literals(anchors), key, order=[ROW])

    def require_free(self, table: str) -> str:
        """How a new table is written in a query. Raises UsageError for what is no table, and where there is one."""
        place = place_of(table)
        if place is None:
            raise UsageError(f"{table!r} must end in .csv or .parquet, or be a table, as schema.table")
        relation = self._deployed.warehouse.name_of(*place)
        if self._deployed.warehouse.exists(relation):
            raise UsageError(f"there is a table {table!r} already; drop it, or choose another name")
        return relation

    @contextmanager
    def built(self, anchors: Anchors, progress: Progress | None = None) -> Iterator[Built]:
        """The training set, computed: it is there as long as this is open. Raises UsageError for anchors that cannot be
        used, RunError with the engine's words."""
        say = progress or (lambda words: None)
        with Scratch.opened(self._deployed) as scratch:
            say("reading the anchors")
            given, order = self.staged(anchors, scratch)
            seen = self.require_usable(given, anchors.where)
            columns = list(dict.fromkeys([*order, self._statement.identifier, TSTAMP, *self._others(anchors)]))
            table = None
            for some, done in self._batches(given, scratch):
                say(f"computing the attributes{done}")
                query = self.computed(some, columns)
                if table is None:
                    table = scratch.create("result", query)
                else:
                    there = self._deployed.warehouse.columns(table)
                    scratch.add(table, query, [without_jinja(quoted(name, self._dialect)) for name in there])
            assert table is not None
            yield Built(self, table, anchors, order, seen)

    def _batches(self, given: str, scratch: Scratch) -> Iterator[tuple[str, str]]:
        """Queries of the anchors, all together; where the engine has the memory of this process, so many at a time."""
        every = f"select *\nfrom {given}"
        rows = int(self._deployed.warehouse.fetch(f"select count(*) from {given}")[0][0]) if scratch.is_here else 0
        if rows <= BATCH_ANCHORS:
            yield every, ""
            return
        for first in range(0, rows, BATCH_ANCHORS):
            last = first + BATCH_ANCHORS
            yield f"{every}\nwhere {ROW} > {first} and {ROW} <= {last}", f", {first:,} of {rows:,}"

    def staged(self, anchors: Anchors, scratch: Scratch) -> tuple[str, list[str]]:
        """A table of the anchors, and the columns that say their order."""
        others = self._others(anchors)
        key = [self._statement.identifier, TSTAMP]
        if anchors.rows is None:
            query = without_jinja(anchors.query or "")
            if scratch.is_here and not anchors.is_ordered:
                query = f"select *, row_number() over () as {ROW}\nfrom (\n{query}\n) as anchors"
            return scratch.create("anchors", query), [ROW] if anchors.is_ordered else key
        rows = ((number, one.entity, one.moment, *one.others) for number, one in enumerate(anchors.rows, start=1))
        kinds = ["integer", "text", "time", *(None for _ in others)]
        return scratch.load("anchors", [ROW, *key, *others], rows, kinds), [ROW]

    def computed(self, given: str, columns: Sequence[str]) -> str:
        """The statement over the anchors of a query, of which it returns these columns, and whether each had events."""
        return self._statement.text(given, columns, with_flags=True)

    @property
    def column_of_identifier(self) -> str:
        """The identifier's column in tables."""
        return self._statement.identifier

    @property
    def columns_of_tables(self) -> list[str]:
        """The attributes' columns in tables."""
        return [one.column for one in self._statement.columns]

    def differing(self, old: str, new: str, values: Sequence[str] | None = None) -> list[str]:
        """Per attribute, in how many rows the value in the table `old` is another than in `new`, where that has a row.
        `values`: SQL of the latter, where they are not the columns of that name."""
        found = []
        columns = self._statement.columns
        for one, value in zip(columns, values or [f"{new}.{one.column}" for one in columns], strict=True):
            differs = self._dialect.differs(exp.column(one.column, table=old), exp.Var(this=value), one.kind)
            is_there = f"{new}.{self._statement.identifier} is not null"
            found.append(f"count(case when {is_there} and ({self._dialect.sql(differs)}) then 1 end) as {one.column}")
        return found

    def values_in(self, table: str) -> list[str]:
        """The value of each attribute out of a table that has the columns of the attributes table, beside `given`."""
        return self._statement.values_in(table)

    def require_usable(self, given: str, where: str) -> tuple[int, int]:
        """How many anchors are before the start date, and in the future. Raises UsageError for those that are none."""
        identifier = self._statement.identifier
        now = moment_sql(self._dialect, datetime.now(UTC).replace(tzinfo=None))
        start = moment_sql(self._dialect, datetime.combine(self._start, datetime.min.time()))
        asked = fill(CHECKED, identifier=identifier, tstamp=TSTAMP, start=start, now=now, given=given)
        no_entity, no_moment, before, ahead = (int(one or 0) for one in self._deployed.warehouse.fetch(asked)[0])
        for number, what in ((no_entity, self.identifier), (no_moment, f"usable {TSTAMP}")):
            if number:
                rows = "1 row has" if number == 1 else f"{number:,} rows have"
                raise UsageError(f"{where}: {rows} no {what}")
        return before, ahead

    def _literals(self, anchors: Sequence[Anchor]) -> str:
        dialect, rows = self._dialect, []
        for number, one in enumerate(anchors, start=1):
            text = jinja_safe(dialect.sql(dialect.literal(one.entity)))
            rows.append([str(number), text, moment_sql(self._dialect, one.moment)])
        return dialect.inline_rows([ROW, self._statement.identifier, TSTAMP], rows)

    def _others(self, anchors: Anchors) -> list[str]:
        """The columns that are passed through. Raises UsageError where one has the name of an attribute."""
        taken = {one.column.lower() for one in self._statement.columns} | {name.lower() for name in self.columns}
        for name in anchors.others:
            if name.lower() in taken:
                raise UsageError(f"{anchors.where}: the column {name!r} has the name of an attribute; rename it")
        return [quoted(name, self._dialect) for name in anchors.others]


@dataclass(frozen=True)
class Built:
    """A training set in the warehouse."""

    dataset: Dataset
    _table: str
    _anchors: Anchors
    _order: Sequence[str]
    _seen: tuple[int, int]

    @property
    def _warehouse(self) -> Any:
        return self.dataset._deployed.warehouse

    @property
    def _columns(self) -> list[str]:
        """Of the whole rows, as the table has them."""
        statement = self.dataset._statement
        others = self.dataset._others(self._anchors)
        return [statement.identifier, TSTAMP, *others, *(one.column for one in statement.columns)]

    def report(self) -> Report:
        """What it holds."""
        columns = self.dataset._statement.columns
        any_events = " or ".join(dict.fromkeys(one.had_events for one in columns))
        counts = [f"count(case when {any_events} then 1 end)"]
        counts += [f"count(case when {one.had_events} and {one.column} is not null then 1 end)" for one in columns]
        asked = f"select count(*), {', '.join(counts)} from {self._table}"
        rows, with_events, *found = map(int, self._warehouse.fetch(asked)[0])
        nulls = {name: rows - number for name, number in zip(self.dataset.columns, found, strict=True)}
        return Report(rows, rows - with_events, *self._seen, nulls)

    def rows(self) -> Iterator[list[Any]]:
        """The whole rows, as `Dataset.header` names them, in the order of the anchors, or by identifier and moment."""
        columns = self.dataset._statement.columns
        flags = list(dict.fromkeys(one.had_events for one in columns))
        kinds = self._kinds()
        first = len(kinds) - len(columns)
        flag_of = [flags.index(one.had_events) for one in columns]
        for row in self._warehouse.rows(self._query([*flags, *self._columns])):
            had_events, (entity, *values) = row[: len(flags)], row[len(flags) :]
            cells = [str(entity), *values]
            for place in range(first, len(kinds)):
                known = had_events[flag_of[place - first]]
                cells[place] = typed(cells[place], kinds[place] or "string") if known else None
            yield cells

    def write(self, file: Path) -> None:
        """Write it to a CSV or Parquet file, which appears when it is complete. Raises UsageError."""
        header = self.dataset.header(self._anchors.others)
        with written(file, header, self._kinds(), self._engine_writes) as writer:
            if writer is not None:
                for row in self.rows():
                    writer.write(row)

    def create(self, table: str) -> None:
        """Keep it as a new table of the warehouse. Raises what `require_free` raises."""
        query = without_jinja(fill(WHOLE, columns=comma_lines(self._columns), table=self._table, order="")).rstrip("\n")
        self._warehouse.execute(self.dataset._dialect.create_table(self.dataset.require_free(table), query))

    def _kinds(self) -> list[str | None]:
        kinds = [one.kind for one in self.dataset._statement.columns]
        return ["string", "timestamp", *(None for _ in self._anchors.others), *kinds]

    def _query(self, columns: Sequence[str]) -> str:
        order = f"order by {', '.join(self._order)}"
        query = fill(WHOLE, columns=comma_lines(list(columns)), table=self._table, order=order)
        return without_jinja(query).rstrip("\n")

    def _engine_writes(self, file: Path) -> bool:
        """Have the engine write a Parquet file, if it can."""
        dialect = self.dataset._dialect
        header = self.dataset.header(self._anchors.others)
        named = [
            f"{column if kind is None else f'cast({column} as {parquet_type(kind)})'} as {quoted(name, dialect)}"
            for column, kind, name in zip(self._columns, self._kinds(), header, strict=True)
        ]
        statement = dialect.parquet_of(self._query(named), file)
        if statement is not None:
            self._warehouse.execute(statement)
        return statement is not None


def _query(part: PartOf, mode: Mode, known: bool) -> DatasetQuery:
    published = part.deployed.published()
    if published is None:
        raise UsageError(
            f"{part.deployed.project} has published nothing yet, so there is nothing to look back at; run it first"
        )
    part.deployed.require_its_definition()
    shifted = int(part.deployed.windows_end_with_as_of(published))
    return DatasetQuery(part.deployed, mode, known, shifted, part.planned)


CHECKED = """\
select
    count(case when $identifier is null or $identifier = '' then 1 end) as no_entity,
    count(case when $tstamp is null then 1 end) as no_moment,
    count(case when $tstamp < $start then 1 end) as before_start,
    count(case when $tstamp > $now then 1 end) as ahead
from $given
"""

WHOLE = """\
select
    $columns
from $table
$order
"""
