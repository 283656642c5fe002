"""Aggregations over the set of an entity's values, whose state is rows: (value, n, order of the last event).

Rows merge by a plain GROUP BY on every engine. The cap of 100 applies to the final value only.
"""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates.base import ValuesAggregation, as_double, share_to
from snowplow_signals.definitions.frozen import FrozenDict
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.plan import PlannedAttribute

CAP = 100
"""The most values a list or map holds."""


def _by(name: str, descending: bool = False) -> exp.Ordered:
    return exp.Ordered(this=exp.column(name), desc=descending, nulls_first=False)


_LATEST_FIRST = ("last_tstamp", "last_event_id")


def _most_recent_first() -> list[exp.Ordered]:
    return [_by(name, descending=True) for name in _LATEST_FIRST]


class UniqueList(ValuesAggregation):
    """Distinct values, least recently seen first; the 100 last seen at most; [] if nothing matched."""

    nothing = ()

    def fitting(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.element(exp.column("value"), attribute.type.removesuffix("_list"))

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return _most_recent_first()

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        kept = exp.and_(is_not_null(exp.column("fitting")), exp.column("place") <= CAP)
        listed = dialect.list_of(exp.column("fitting"), [_by(name) for name in _LATEST_FIRST], kept)
        return exp.func("coalesce", listed, dialect.default((), attribute.type))

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return raw


class LastN(UniqueList):
    """The last n values, or the n that were last seen, in the order of their events; [] if nothing matched."""

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        kept = exp.and_(is_not_null(exp.column("fitting")), exp.column("place") <= (attribute.n or CAP))
        listed = dialect.list_of(exp.column("fitting"), [_by(name) for name in _LATEST_FIRST], kept)
        return exp.func("coalesce", listed, dialect.default((), attribute.type))


class FirstN(LastN):
    """The first n values, or the n that were first seen, in the order of their events; [] if nothing matched."""

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return [_by(name) for name in _LATEST_FIRST]


class MostFrequent(ValuesAggregation):
    """The value with most events; ties go to the most recently seen; null if nothing matched."""

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return [_by("n", descending=True), *_most_recent_first()]

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.filtered(exp.Max(this=exp.column("fitting")), exp.column("place").eq(1))

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.cast(raw, "text", attribute.type)


class LeastFrequent(MostFrequent):
    """The value with fewest events; ties go to the most recently seen; null if nothing matched."""

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return [_by("n"), *_most_recent_first()]


class CategoryCount(ValuesAggregation):
    """Map from value to number of events, the 100 highest, ties to the most recently seen; {} if nothing matched."""

    nothing = FrozenDict()

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return [_by("n", descending=True), *_most_recent_first()]

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.map_of(exp.column("fitting"), exp.column("n"), _by("place"), exp.column("place") <= CAP)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return raw


class CountDistinct(ValuesAggregation):
    """The number of distinct values, which is exact; 0 if nothing matched."""

    nothing = 0

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return []

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return exp.Count(this=exp.Star())

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.cast(raw, "count", attribute.type)


class ModeShare(ValuesAggregation):
    """The share of the events with a value that have the most frequent one; null if nothing matched."""

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return []

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        of_mode, of_all = (as_double(of(this=exp.column("n")), dialect) for of in (exp.Max, exp.Sum))
        return exp.Div(this=of_mode, expression=of_all)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return share_to(raw, attribute.type, dialect)
