"""The percentile of the values that are numbers, out of the rows of all values."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates.base import ValuesAggregation
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.dialects.expressions import call, over_lines
from snowplow_signals.plan import PlannedAttribute


class Percentile(ValuesAggregation):
    """Of n numbers in their order, counted from 0, what is at q * (n - 1): on a straight line between the two beside.
    Null without any.
    """

    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        return [exp.Ordered(this=exp.column("fitting"), nulls_first=False)]

    def fitting(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return dialect.element(exp.column("value"), "double")

    def place(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """Where the result is, over `events`, the number of numbers."""
        double = dialect.kind_type("number")
        of_all, last = (
            exp.cast(one, double, dialect=dialect.sqlglot_name)
            for one in (dialect.literal(attribute.q or 0.0), exp.column("events") - 1)
        )
        return exp.Mul(this=of_all, expression=last)

    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """Over numbers with how many are up to each of them: `upto`."""
        fitting, upto, place = (exp.column(name) for name in ("fitting", "upto", "place"))
        low, high = (
            dialect.filtered(exp.Min(this=fitting.copy()), exp.GT(this=upto.copy(), expression=call(edge, place)))
            for edge in ("floor", "ceil")
        )
        part = exp.Max(this=exp.Sub(this=place, expression=call("floor", place)))
        rest = exp.Paren(this=exp.Sub(this=exp.Literal.number(1), expression=part))
        between = over_lines(exp.Add(this=dialect.share_of(low, rest), expression=dialect.share_of(high, part)))
        return exp.case().when(exp.EQ(this=low.copy(), expression=high.copy()), low.copy()).else_(between)

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return raw if attribute.type == "double" else dialect.cast(raw, "number", attribute.type)
