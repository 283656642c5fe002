"""Aggregations whose state is a few columns per entity and day."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from sqlglot import exp

from snowplow_signals.aggregates.base import DailyAggregation, Named, both, flag
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.plan import Column, PlannedAttribute, Slot
from snowplow_signals.plan.planned import PARTS_OF

ORDER = ("event_tstamp", "event_id")
"""The order of events: total, so that ties cannot make a result vary."""


def _value(slot: Slot) -> exp.Column:
    return exp.column(slot.of.name)


def _number_of(column: Column, slot: Slot, dialect: Dialect) -> exp.Expr:
    """How many values the events have, by a column of how many each has."""
    total = dialect.filtered(exp.Sum(this=exp.column(column.name)), flag(slot))
    number = exp.func("coalesce", total, exp.Literal.number(0))
    return exp.cast(number, dialect.reduced_type("count", "number"), dialect=dialect.sqlglot_name)


class _OneColumn(DailyAggregation):
    """State in one column named as the slot."""

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return exp.column(attribute.merged, table="merged")

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        kind = attribute.slot.value.kind if attribute.slot.value else "time"
        return dialect.cast(raw, kind, attribute.type)


class Counter(_OneColumn):
    """n; merged by sum; 0 when nothing matched."""

    state = "count"
    nothing: ClassVar[object] = 0

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        if slot.value is not None:  # of an event's elements, how many have a value
            return [Named(slot.name, _number_of(slot.value, slot, dialect))]
        return [Named(slot.name, dialect.filtered(exp.Count(this=exp.Star()), flag(slot)))]

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        return [Named(merged, dialect.filtered(exp.Sum(this=exp.column(slot.name)), window))]

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return exp.Nullif(this=exp.column(attribute.merged, table="merged"), expression=exp.Literal.number(0))

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.cast(exp.column(attribute.merged, table="merged"), "count", attribute.type)


class Sum(_OneColumn):
    """total; merged by sum; 0 when nothing matched."""

    state = "sum"
    nothing: ClassVar[object] = 0

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        return [Named(slot.name, dialect.filtered(dialect.total(_value(slot)), flag(slot)))]

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        return [Named(merged, dialect.filtered(exp.Sum(this=exp.column(slot.name)), window))]


class Mean(DailyAggregation):
    """total and n; both merged by sum; total / n."""

    state = "mean"

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        value = _value(slot)
        return [
            Named(f"{slot.name}_total", dialect.filtered(dialect.total(value), flag(slot))),
            Named(f"{slot.name}_count", self._number(slot, dialect)),
        ]

    def _number(self, slot: Slot, dialect: Dialect) -> exp.Expr:
        if slot.number is not None:
            return _number_of(slot.number, slot, dialect)
        return dialect.filtered(exp.Count(this=_value(slot)), flag(slot))

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        return [
            Named(f"{merged}_{part}", dialect.filtered(exp.Sum(this=exp.column(f"{slot.name}_{part}")), window))
            for part in ("total", "count")
        ]

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        count = exp.Nullif(
            this=exp.column(f"{attribute.merged}_count", table="merged"), expression=exp.Literal.number(0)
        )
        return exp.Div(this=exp.column(f"{attribute.merged}_total", table="merged"), expression=count)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.cast(raw, "number", attribute.type)


class _Extreme(_OneColumn):
    """An extreme of the value; merged by itself; null when nothing matched."""

    function: ClassVar[type[exp.AggFunc]]

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        return [Named(slot.name, dialect.filtered(self.function(this=self._of(slot)), flag(slot)))]

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        return [Named(merged, dialect.filtered(self.function(this=exp.column(slot.name)), window))]

    def _of(self, slot: Slot) -> exp.Expr:
        return _value(slot)


class Min(_Extreme):
    """The smallest value: of numbers, of text by code point, or of times."""

    state = "min"
    function = exp.Min


class Max(_Extreme):
    """The largest value: of numbers, of text by code point, or of times."""

    state = "max"
    function = exp.Max


class _TimeOfEvent(_Extreme):
    """The time of a matching event; the time that has passed since is computed when read."""

    def _of(self, slot: Slot) -> exp.Expr:
        return exp.column("event_tstamp")

    def final(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return self.raw(attribute, dialect)  # default and type apply when read


class TimeSinceFirst(_TimeOfEvent):
    """The time of the first matching event."""

    state = "first_seen"
    function = exp.Min


class TimeSinceLast(_TimeOfEvent):
    """The time of the last matching event."""

    state = "last_seen"
    function = exp.Max


class First(_OneColumn):
    """The value of the earliest event that has one, with that event's time and id, which order the merge."""

    state = "first"
    function: ClassVar[type[exp.AggFunc]] = exp.Min

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        value = _value(slot)
        return self._state(slot, [value, *(exp.column(name) for name in ORDER)], flag(slot), dialect)

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        state, *order = self._columns(slot)
        return [Named(merged, self._pick(dialect)(state, *order, condition=both(window, is_not_null(state))))]

    def merged_state(self, slot: Slot, dialect: Dialect) -> list[Named]:
        return self._state(slot, self._columns(slot), None, dialect)

    def _columns(self, slot: Slot) -> list[exp.Expr]:
        return [exp.column(slot.name + ending) for ending in ("", *PARTS_OF["first"])]

    def _state(self, slot: Slot, of: list[exp.Expr], condition: exp.Expr | None, dialect: Dialect) -> list[Named]:
        """The state out of a value, a time and an id."""
        value, tstamp, event_id = of
        has_value = both(condition, is_not_null(value))
        name, of_tstamp, of_event_id = (slot.name + ending for ending in ("", *PARTS_OF["first"]))
        return [
            Named(name, self._pick(dialect)(value, tstamp, event_id, condition=has_value)),
            Named(of_tstamp, dialect.filtered(self.function(this=tstamp), has_value)),
            Named(of_event_id, self._pick(dialect)(event_id, tstamp, event_id, condition=has_value)),
        ]

    def _pick(self, dialect: Dialect) -> Callable[..., exp.Expr]:
        return dialect.min_by


class Last(First):
    """The value of the latest event that has one, with that event's time and id, which order the merge."""

    state = "last"
    function = exp.Max

    def _pick(self, dialect: Dialect) -> Callable[..., exp.Expr]:
        return dialect.max_by
