"""Aggregations of which events match, and when, but of none of their values."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates.base import Named, as_double, flag, share_to
from snowplow_signals.aggregates.daily import Counter
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.dialects.expressions import when
from snowplow_signals.plan import PlannedAttribute, Slot
from snowplow_signals.plan.planned import PARTS_OF


class Exists(Counter):
    """Whether n is greater than 0; false when nothing matched."""

    nothing = False

    def final(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        if attribute.default is None:
            number = exp.column(attribute.merged, table="merged")
            return exp.func("coalesce", number, exp.Literal.number(0)) > 0
        return super().final(attribute, dialect)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return exp.true()  # of what is not null


class Rate(Counter):
    """n of the events that meet the criteria, divided by n of all; null when there were none."""

    nothing = None

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        matching, among = (exp.column(name, table="merged") for _, name in attribute.states)
        number = exp.Nullif(this=as_double(among, dialect), expression=exp.Literal.number(0))
        return exp.Div(this=as_double(matching, dialect), expression=number)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return share_to(raw, attribute.type, dialect)


class DaysActive(Counter):
    """The day, if it had a matching event: several states of one day are one day. Of days that were merged, as in
    entity_history, only their number is known.
    """

    state = "days"

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        number, day = self._columns(slot)
        unknown = exp.cast(exp.null(), "bigint", dialect=dialect.sqlglot_name)
        return [
            Named(number.name, unknown),
            Named(day.name, dialect.filtered(exp.Max(this=exp.column("day")), flag(slot))),
        ]

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        number, day = self._columns(slot)
        before = exp.func("coalesce", dialect.filtered(exp.Sum(this=number), window), exp.Literal.number(0))
        return [Named(merged, exp.Add(this=_different(day, window), expression=before))]

    def merged_state(self, slot: Slot, dialect: Dialect) -> list[Named]:
        _, day = self._columns(slot)
        unknown = exp.cast(exp.null(), "date", dialect=dialect.sqlglot_name)
        return [*self.merge(slot, slot.name, None, dialect), Named(day.name, unknown)]

    def over_events(self, slot: Slot, dialect: Dialect) -> list[Named]:
        return [Named(slot.name, _different(exp.column("day"), flag(slot)))]

    def _columns(self, slot: Slot) -> tuple[exp.Column, exp.Column]:
        (ending,) = PARTS_OF["days"]
        return exp.column(slot.name), exp.column(slot.name + ending)


def _different(day: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
    """The number of different days; a FILTER of a DISTINCT is not said alike on all engines."""
    return exp.Count(this=exp.Distinct(expressions=[day if condition is None else when(condition.copy(), day)]))
