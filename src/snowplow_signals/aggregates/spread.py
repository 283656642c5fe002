"""How far numbers lie apart: variance and standard deviation.

The state of some numbers is their count n, the least of them, and of what each is above it the sum s and the sum of the
squares q. Differences of numbers close to each other are exact, so 1000000000.1 and 1000000000.2 lose nothing. States
are brought to the least of all of them by additions of what is not negative. Only the end subtracts: of n numbers the
variance is (q - s * s / n) / n, and since the least is itself one of them, q is at most n times the difference. Its
relative error is n times that of a double, whatever the numbers and their order; the textbook's sums of numbers and of
squares, or means that are rounded, lose all digits there.
"""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates.base import DailyAggregation, Named, both, flag
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.dialects.expressions import call, over_lines, when
from snowplow_signals.plan import PlannedAttribute, Slot
from snowplow_signals.plan.planned import PARTS_OF

TOO_LARGE = exp.Literal.number("1e150")
"""From here on squares might not fit a double: there is no variance then."""


class Variance(DailyAggregation):
    """The mean square of the differences from the mean: that of a population; null when nothing matched."""

    state = "spread"

    def beside(self, slot: Slot, dialect: Dialect) -> list[Named]:
        value = exp.column(slot.of.name)
        return [Named(f"{slot.name}_from", exp.Min(this=when(_all(flag(slot), _fits(value)), value)))]

    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        value, least = exp.column(slot.of.name), exp.column(f"{slot.name}_from")
        fits = both(flag(slot), _fits(value))
        above = dialect.above(value, least)
        size = dialect.filtered(exp.Max(this=exp.Abs(this=value)), flag(slot))
        squares = dialect.filtered(exp.Sum(this=call("power", above, exp.Literal.number(2))), fits)
        states = (
            dialect.filtered(exp.Count(this=value.copy()), flag(slot)),
            exp.Min(this=least),
            dialect.filtered(exp.Sum(this=above), fits),
            when(size < TOO_LARGE, squares),
        )
        return [Named(slot.name + ending, state) for ending, state in zip(PARTS_OF["spread"], states, strict=True)]

    def beside_states(self, slot: Slot, merged: str, window: exp.Expr | None) -> list[Named]:
        _, least, _, _ = _columns(slot.name)
        return [Named(f"{merged}_from", exp.Min(this=least if window is None else when(window, least)))]

    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        count, least, above, squares = _columns(slot.name)
        of_all = exp.column(f"{merged}_from")
        shift = exp.Paren(this=dialect.above(least, of_all))
        shifted = over_lines(exp.Add(this=above, expression=over_lines(exp.Mul(this=count, expression=shift))))
        twice = exp.Paren(this=over_lines(exp.Add(this=shifted.copy(), expression=above.copy())))
        product = over_lines(exp.Mul(this=shift.copy(), expression=twice))
        moved = over_lines(exp.Add(this=squares, expression=product))
        too_large = exp.and_(count.copy() > 0, squares.copy().is_(exp.null()))
        too_many = exp.Count(this=when(_all(window, too_large), exp.Literal.number(1)))
        states = (
            dialect.filtered(exp.Sum(this=count.copy()), window),
            exp.Min(this=of_all),
            dialect.filtered(exp.Sum(this=shifted), window),
            when(too_many.eq(0), dialect.filtered(exp.Sum(this=moved), window)),
        )
        return [Named(merged + ending, state) for ending, state in zip(PARTS_OF["spread"], states, strict=True)]

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        count, _, _, _ = _columns(attribute.merged, "merged")
        return exp.Nullif(this=count, expression=exp.Literal.number(0))

    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        _, _, above, squares = _columns(attribute.merged, "merged")
        of_squares = exp.Div(this=squares, expression=raw.copy())
        of_mean = call("power", exp.Div(this=above, expression=raw.copy()), exp.Literal.number(2))
        spread = call("greatest", over_lines(exp.Sub(this=of_squares, expression=of_mean)), exp.Literal.number(0))
        return when(is_not_null(squares), self._of_variance(spread))

    def _of_variance(self, variance: exp.Expr) -> exp.Expr:
        return variance


class StandardDeviation(Variance):
    """The square root of the variance."""

    def _of_variance(self, variance: exp.Expr) -> exp.Expr:
        return call("sqrt", variance)


def _columns(name: str, table: str | None = None) -> list[exp.Column]:
    return [exp.column(name + ending, table=table) for ending in PARTS_OF["spread"]]


def _fits(value: exp.Expr) -> exp.Expr:
    return exp.Abs(this=value.copy()) < TOO_LARGE.copy()


def _all(*conditions: exp.Expr | None) -> exp.Expr:
    found = both(*conditions)
    assert found is not None
    return found
