"""The statement of a training set: the anchors as they were given, and the attributes of one view or several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from snowplow_signals.datasets.query import DAY, MOMENT, TSTAMP, DatasetQuery
from snowplow_signals.definitions import Attribute, Derived
from snowplow_signals.definitions.evaluating import SECONDS
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.dialects.expressions import call
from snowplow_signals.plan import PlannedAttribute
from snowplow_signals.project.models.derived import value_of
from snowplow_signals.project.models.layout import block, comma_lines, fill, without_jinja
from snowplow_signals.project.models.leaves import rendered

HAD_EVENTS = "signals_had_events"
"""How the columns begin that say whether the entity had an event by then, one of each view, numbered from 1. Nulls do
not: BigQuery stores a list that is null as an empty one
(https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls)."""


@dataclass(frozen=True)
class DatasetColumn:
    """One attribute of a training set."""

    name: str
    """As the attribute is served; after its view's name where views share it."""
    column: str
    """As tables have it."""
    value: str
    """SQL of its value."""
    kind: str
    """The type of its values."""
    had_events: str
    """The column that says whether the entity had an event of the view by then; null values need no other reason."""


class Statement:
    """Statements over the same anchors for views of one entity and one warehouse."""

    def __init__(self, queries: Sequence[DatasetQuery]) -> None:
        self._queries = queries
        self._dialect: Dialect = queries[0].dialect
        self.identifier = queries[0].plan.identifier
        names = Counter(attribute.column for query in queries for attribute in query.view.attributes)
        self.columns: list[DatasetColumn] = []
        for number, query in enumerate(queries, start=1):
            for attribute, value in self._values(query, self._table(query)):
                is_shared = names[attribute.column] > 1
                self.columns.append(
                    DatasetColumn(
                        f"{query.view.project_name}__{attribute.name}" if is_shared else attribute.name,
                        f"{query.view.project_name}__{attribute.column}" if is_shared else attribute.column,
                        rendered(value, self._dialect, is_arithmetic=isinstance(attribute, Derived)),
                        "double" if isinstance(attribute, Attribute) and attribute.time_unit else attribute.type,
                        f"{HAD_EVENTS}_{number}",
                    )
                )

    def text(self, given: str, columns: Sequence[str], *, order: Sequence[str] = (), with_flags: bool = False) -> str:
        """The statement over the rows of the query `given`, whose `columns` it returns before the attributes.

        They are quoted where they must be; among them are the identifier and `anchor_tstamp`. `order` is by columns of
        those.
        """
        selected = [f"given.{name}" for name in columns]
        selected += [_named(one.value, one.column) for one in self.columns]
        if with_flags:
            for number, query in enumerate(self._queries, start=1):
                found = self._dialect.sql(is_not_null(self._key_of(self._table(query))))
                selected.append(f"{found} as {HAD_EVENTS}_{number}")
        text = fill(
            STATEMENT,
            given=given,
            identifier=self.identifier,
            tstamp=TSTAMP,
            moment=MOMENT,
            day=DAY,
            ctes=self._ctes(),
            columns=comma_lines(selected),
            joins="\n".join(map(self._join, self._queries)),
            order=f"order by {', '.join(f'given.{name}' for name in order)}" if order else "",
        )
        return without_jinja(text)

    def values_in(self, table: str) -> list[str]:
        """The value of each column out of a table that has the columns of the attributes table, beside `given`."""
        return [rendered(value, self._dialect) for query in self._queries for _, value in self._values(query, table)]

    def _ctes(self) -> str:
        if len(self._queries) == 1:
            return self._queries[0].ctes()
        views = []
        for query in self._queries:
            of_view = fill(OF_VIEW, ctes=query.ctes().rstrip("\n"))
            views.append(f"{self._table(query)} as {block(of_view)}")
        return ",\n\n".join(views) + "\n"

    def _table(self, query: DatasetQuery) -> str:
        """The query that has the view's attributes."""
        return "computed" if len(self._queries) == 1 else query.view.project_name

    def _key_of(self, table: str) -> exp.Column:
        return exp.column(self.identifier, table=table)

    def _join(self, query: DatasetQuery) -> str:
        table = self._table(query)
        lines = [
            f"left join {table}",
            f"    on {table}.{self.identifier} = given.{self.identifier}",
            f"    and {table}.{MOMENT} = given.{TSTAMP}",
        ]
        if query.part is not None:
            lines.append(f"    and {table}.{query.part.first_event.column} is not null")
        return "\n".join(lines)

    def _values(self, query: DatasetQuery, table: str) -> list[tuple[Attribute | Derived, exp.Expr]]:
        """The attributes of a view, in its order, each with its value as an application reads it."""
        found = {planned.column: self._value(attribute, planned, table) for attribute, planned in query.columns}
        types: dict[str, str] = {
            planned.column: "double" if attribute.time_unit else attribute.type for attribute, planned in query.columns
        }
        columns = {attribute.column: planned.column for attribute, planned in query.columns}
        for own, planned in query.derived:
            columns[own] = planned.column
            if planned.is_read:
                value = value_of(planned, types, self._dialect, found.__getitem__)
                found[planned.column] = exp.case().when(is_not_null(self._key_of(table)), value)
            else:
                found[planned.column] = exp.column(planned.column, table=table)
            types[planned.column] = planned.type
        return [(one, found[columns[one.column]]) for one in query.view.attributes]

    def _value(self, attribute: Attribute, planned: PlannedAttribute, table: str) -> exp.Expr:
        """A value as an application reads it."""
        column = exp.column(planned.column, table=table)
        if attribute.time_unit is None:
            return column
        unit = self._dialect.literal(float(SECONDS[attribute.time_unit] * 1_000_000))
        passed = self._dialect.microseconds_between(column, exp.column(TSTAMP, table="given"))
        double = exp.DataType.build(self._dialect.column_type("double"), dialect=self._dialect.sqlglot_name)
        length = exp.Div(this=exp.Cast(this=passed, to=double), expression=unit)
        since = call("greatest", length, self._dialect.literal(0))
        value = exp.case().when(is_not_null(column), since)
        if attribute.default_value is not None:
            default = self._dialect.literal(float(str(attribute.default_value)))
            value = value.when(is_not_null(self._key_of(table)), default)
        return value


def _named(value: str, column: str) -> str:
    return value if value.endswith(f".{column}") else f"{value} as {column}"


STATEMENT = """\
with given as (

    -- whose attributes, and as of when
    $given

),

anchors as (

    select distinct
        $identifier,
        $tstamp as $moment,
        cast($tstamp as date) as $day
    from given

),

$ctes
select
    $columns
from given
$joins
$order
"""

OF_VIEW = """\
with $ctes

select *
from computed"""
