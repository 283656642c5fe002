"""The aggregations over events themselves: no daily states, no merging.

`place` numbers an entity's events by time and id. An event's place decides first, last and recent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from snowplow_signals.definitions import Attribute
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.inspect.verify.skeletons import one_line

CAP = 100
"""The most values that a list or map holds."""
NOTHING: dict[str, object] = {
    "counter": 0,
    "sum": 0,
    "approx_count_distinct": 0,
    "count_distinct": 0,
    "exists": False,
    "days_active": 0,
    "first_n": (),
    "last_n": (),
    "unique_list": (),
    "category_count": {},
}
"""The value where no matching event had one; null for the other aggregations."""
RANKED = ("unique_list", "most_frequent", "least_frequent", "category_count", "mode_share", "first_n", "last_n")
"""Aggregations that rank an entity's values."""


@dataclass(frozen=True)
class Fed:
    """An attribute, the condition that an event feeds it, and the column of its value, if it has one."""

    attribute: Attribute
    feeds: exp.Expr
    read: exp.Expr | None
    reads: str | None
    among: exp.Expr
    """The condition that an event could feed it: whether or not it meets the criteria."""

    @property
    def value(self) -> exp.Expr:
        """The column of its value, for an aggregation that has one."""
        if self.read is None:
            raise ValueError(f"attribute {self.attribute.name} has no value")
        return self.read

    @property
    def kind(self) -> str:
        """The kind of its value, for an aggregation that has one."""
        if self.reads is None:
            raise ValueError(f"attribute {self.attribute.name} has no value")
        return self.reads


def over_events(fed: Fed, dialect: Dialect) -> exp.Expr:
    """The attribute's value, over all events of one entity. Not for ranked aggregations."""
    attribute = fed.attribute
    place, tstamp = exp.column("place"), exp.column("event_tstamp")

    def over(aggregate: exp.Expr) -> exp.Expr:
        return dialect.filtered(aggregate, fed.feeds.copy())

    result: exp.Expr
    events = over(exp.Count(this=exp.Star()))
    match attribute.aggregation:
        case "time_since_first":
            return over(exp.Min(this=tstamp))
        case "time_since_last":
            return over(exp.Max(this=tstamp))
        case "counter":
            result, kind = events.copy(), "count"
        case "exists":
            return _or_nothing(attribute, events.eq(0), events.copy() > 0, dialect)
        case "days_active":
            active = exp.case().when(fed.feeds.copy(), exp.column("day"))
            result, kind = exp.Count(this=exp.Distinct(expressions=[active])), "count"
        case "rate":
            return _rate(fed, dialect)
        case "approx_count_distinct" | "count_distinct":
            result, kind = over(exp.Count(this=exp.Distinct(expressions=[fed.value]))), "count"
        case "first":
            result, kind = dialect.min_by(fed.value, place, condition=fed.feeds.copy()), fed.kind
        case "last":
            result, kind = dialect.max_by(fed.value, place, condition=fed.feeds.copy()), fed.kind
        case "sum":
            result, kind = over(dialect.total(fed.value)), fed.kind
        case "mean":
            result, kind = _mean(fed.value, fed, dialect), fed.kind
        case "min":
            result, kind = over(exp.Min(this=fed.value)), fed.kind
        case "max":
            result, kind = over(exp.Max(this=fed.value)), fed.kind
        case other:
            raise ValueError(f"aggregation {other} ranks values")
    return _or_nothing(attribute, events.eq(0), dialect.cast(result, kind, attribute.type), dialect)


def _rate(fed: Fed, dialect: Dialect) -> exp.Expr:
    """The average of ones, of events that meet the criteria, and zeros."""
    counted = exp.case().when(fed.feeds.copy(), dialect.literal(1)).else_(dialect.literal(0))
    average = dialect.filtered(exp.Avg(this=_double(counted, dialect)), fed.among.copy())
    nothing = dialect.filtered(exp.Count(this=exp.Star()), fed.among.copy()).eq(0)
    return _or_nothing(fed.attribute, nothing, dialect.cast(average, "number", fed.attribute.type), dialect)


def _double(number: exp.Expr, dialect: Dialect) -> exp.Expr:
    return exp.cast(number, dialect.kind_type("number"), dialect=dialect.sqlglot_name)


def scale(fed: Fed, dialect: Dialect) -> exp.Expr:
    """How large the numbers are that a sum or mean is made of: what its rounding is measured by. Null for others."""
    if fed.attribute.aggregation not in ("sum", "mean"):
        return exp.null()
    size = exp.Abs(this=fed.value.copy())
    if fed.attribute.aggregation == "mean":
        return _mean(size, fed, dialect)
    return dialect.filtered(dialect.total(size), fed.feeds.copy())


def _mean(value: exp.Expr, fed: Fed, dialect: Dialect) -> exp.Expr:
    """An engine's own average may overflow where its total does not."""
    total = dialect.filtered(dialect.total(value), fed.feeds.copy())
    number = dialect.filtered(exp.Count(this=value.copy()), fed.feeds.copy())
    return exp.Div(this=total, expression=exp.Nullif(this=number, expression=exp.Literal.number(0)))


RANKED_CTE = """\
$name as (

    select entity, $collect as collected
    from (
        select *, row_number() over (partition by entity, fitting is null order by $order) as ranking
        from (
            select *, $fitting as fitting
            from (
                select entity, $value as value, count(*) as n, $extreme(place) as last_place
                from $events
                where $feeds
                group by entity, $value$each
            ) as counted
        ) as cast_to_type
    ) as ranked
    group by entity

)"""


def ranked_parts(fed: Fed, dialect: Dialect) -> dict[str, str]:
    """What fills RANKED_CTE for the attribute."""
    attribute = fed.attribute
    value, ranking, fitting = exp.column("value"), exp.column("ranking"), exp.column("fitting")
    capped = ranking <= CAP
    order = "n desc, last_place desc"
    cast: exp.Expr = value.copy()
    collect: exp.Expr
    extreme, each = "max", ""
    match attribute.aggregation:
        case "unique_list" | "first_n" | "last_n":
            order = "last_place desc"
            capped = ranking <= (attribute.n or CAP)
            if attribute.aggregation == "first_n":
                order, extreme = "last_place", "min"
            if attribute.aggregation != "unique_list" and not attribute.distinct:
                each = ", place"
            cast = dialect.cast(value, "text", attribute.type.removesuffix("_list"))
            by_place = exp.Ordered(this=exp.column("last_place"), nulls_first=False)
            listed = dialect.list_of(fitting, [by_place], exp.and_(capped, fitting.is_(exp.null()).not_()))
            collect = exp.func("coalesce", listed, dialect.default((), attribute.type))
        case "category_count":
            by_ranking = exp.Ordered(this=ranking.copy(), nulls_first=False)
            collect = dialect.map_of(value, exp.column("n"), by_ranking, capped)
        case "mode_share":
            n = exp.column("n")
            share = exp.Div(this=_double(exp.Max(this=n), dialect), expression=_double(exp.Sum(this=n.copy()), dialect))
            collect = dialect.cast(share, "number", attribute.type)
        case _:
            if attribute.aggregation == "least_frequent":
                order = "n, last_place desc"
            best = dialect.filtered(exp.Max(this=value), ranking.eq(1))
            collect = dialect.cast(best, "text", attribute.type)
    return {
        "extreme": extreme,
        "each": each,
        "collect": one_line(dialect.sql(collect)),
        "order": order,
        "fitting": one_line(dialect.sql(cast)),
        "value": one_line(dialect.sql(fed.value)),
        "feeds": one_line(dialect.sql(fed.feeds)),
    }


def over_joined(fed: Fed, name: str, column: str, dialect: Dialect) -> exp.Expr:
    """The attribute's value, a column of `name`, which has no row for an entity where nothing matched."""
    nothing = exp.column("entity", table=name).is_(exp.null())
    return _or_nothing(fed.attribute, nothing, exp.column(column, table=name), dialect)


def of_elements(fed: Fed) -> Fed:
    """The same over elements, in rows of their own: those count that have a value."""
    value = exp.column("value")
    return replace(fed, feeds=exp.and_(exp.column("is_fed"), value.is_(exp.null()).not_()), read=value)


def _or_nothing(attribute: Attribute, nothing: exp.Expr, value: exp.Expr, dialect: Dialect) -> exp.Expr:
    fallback: object = attribute.default_value
    if fallback is None:
        fallback = NOTHING.get(attribute.aggregation)
    if fallback is None:
        return value
    return exp.case().when(nothing, dialect.default(fallback, attribute.type)).else_(value)
