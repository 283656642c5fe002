"""Which events feed an attribute, worked out independently from the definition. Of the code that the models of a
project use, only the dialect's leaves are used here, so that a mistake there is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from snowplow_signals.definitions import (
    Attribute,
    Criteria,
    Criterion,
    Event,
    Property,
    View,
    every_element,
)
from snowplow_signals.dialects.base import Dialect


@dataclass(frozen=True)
class Read:
    """What is read of an event: a property as a kind (text, number, boolean or time). Of a property of every element,
    what `reduction` says of their values, or whether one of them meets the criterion."""

    property: Property
    kind: str
    reduction: str | None = None
    criterion: Criterion | None = None


ColumnOf = Callable[[Read], exp.Expr]
"""The column of a query that holds what is read."""

_REDUCTIONS = {"counter": "count", "mean": "sum"} | {name: name for name in ("sum", "min", "max", "first", "last")}

_COMPARISONS = {"=": exp.EQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE}
_OPPOSITES = {"!=": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}
_NUMERIC = ("int32", "int64", "double", "float")
_TIMES = ("timestamp", "unix_timestamp")


def value_kind(attribute: Attribute) -> str | None:
    """As what the attribute reads its property; None when it has none, or does not look at it."""
    if attribute.property is None or not attribute.uses_property:
        return None
    if attribute.aggregation in ("sum", "mean", "stddev", "variance"):
        return "number"
    if attribute.aggregation in ("min", "max"):
        return "number" if attribute.type in _NUMERIC else "time" if attribute.type in _TIMES else "text"
    return "text"


def value_of(attribute: Attribute) -> Read | None:
    """What the attribute aggregates of an event; of every element, what is stored of their values."""
    kind = value_kind(attribute)
    if attribute.property is None or kind is None:
        return None
    every = every_element(attribute.property) is not None
    reduction = _REDUCTIONS.get(attribute.aggregation, "list") if every else None
    return Read(attribute.property, kind, reduction)


def elements_of(attribute: Attribute) -> Read | None:
    """All values of an event's elements, as texts; None for an attribute that aggregates one value of an event."""
    read = value_of(attribute)
    return None if read is None or read.reduction is None else Read(read.property, "text", "list")


def asked_by(criterion: Criterion) -> Read:
    """What the criterion compares; of any element, what it comes to."""
    is_any = every_element(criterion.property) is not None
    asked = criterion if is_any else None
    return Read(criterion.property, criterion.compared_as, "any" if is_any else None, asked)


def compared_with(criterion: Criterion) -> Read | None:
    """The other property of the event that it is compared with."""
    other = criterion.other_property
    return None if other is None else Read(other, criterion.compared_as)


def reads_of(view: View) -> list[Read]:
    """Everything that some attribute reads, once."""
    wanted: dict[Read, None] = {}
    for attribute in view.aggregated:
        for read in (value_of(attribute), elements_of(attribute)):
            if read is not None:
                wanted[read] = None
        for criterion in attribute.criteria.criteria if attribute.criteria else ():
            reads = (asked_by(criterion), compared_with(criterion))
            wanted |= dict.fromkeys(read for read in reads if read is not None)
    return list(wanted)


def is_relevant(view: View, dialect: Dialect) -> exp.Expr:
    """Whether an event matches the patterns of some attribute."""
    return exp.or_(*(_matches(attribute.events, dialect) for attribute in view.aggregated))


def feeds(attribute: Attribute, column_of: ColumnOf, days: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Whether an event feeds the attribute: pattern, criteria, a day in the window, and a value if one is needed."""
    parts = [_matches(attribute.events, dialect), days]
    if attribute.criteria is not None:
        parts.append(_holds(attribute.criteria, column_of, dialect))
    value = value_of(attribute)
    if value is not None:
        parts.append(column_of(value).is_(exp.null()).not_())
    return exp.and_(*parts)


def in_window(attribute: Attribute, as_of: date, ends_with_as_of: bool) -> exp.Expr:
    """Whether `day` counts."""
    day = exp.column("day")
    if attribute.period is None:
        return day <= date_literal(as_of)
    end = as_of + timedelta(days=1) if ends_with_as_of else as_of
    if isinstance(attribute.period, timedelta):
        end -= attribute.offset if isinstance(attribute.offset, timedelta) else timedelta(0)
        first = end - attribute.period
    else:
        first = _begin(attribute.period, as_of)
        for _ in range(attribute.offset if isinstance(attribute.offset, int) else 0):
            end = first
            first = _begin(attribute.period, end - timedelta(days=1))
    return exp.and_(day >= date_literal(first), day < date_literal(end))


def _begin(unit: str, day: date) -> date:
    """The first day of the week, month, quarter or year that `day` is in."""
    if unit == "week":
        return date.fromisocalendar(*day.isocalendar()[:2], 1)
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return day.replace(month=month, day=1)


def date_literal(day: date) -> exp.Expr:
    """A day as a literal."""
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("date"))


def _matches(patterns: Iterable[Event], dialect: Dialect) -> exp.Expr:
    alternatives = []
    for pattern in patterns:
        given = [(field, getattr(pattern, field)) for field in ("vendor", "name", "version")]
        equal = [exp.column(f"event_{field}").eq(dialect.literal(text)) for field, text in given if text is not None]
        alternatives.append(exp.and_(*equal) if equal else exp.true())
    return exp.or_(*alternatives) if alternatives else exp.true()


def _holds(item: Criterion | Criteria, column_of: ColumnOf, dialect: Dialect) -> exp.Expr:
    if isinstance(item, Criterion):
        return _meets_one(item, column_of, dialect)
    every = [_holds(one, column_of, dialect) for one in item.all or ()]
    some = [_holds(one, column_of, dialect) for one in item.any or ()]
    return exp.and_(*every, *([exp.or_(*some)] if some else []))


def _meets_one(criterion: Criterion, column_of: ColumnOf, dialect: Dialect) -> exp.Expr:
    column, other = column_of(asked_by(criterion)), compared_with(criterion)
    if other is not None:
        positive = _OPPOSITES.get(criterion.operator, criterion.operator)
        certain = exp.func("coalesce", _COMPARISONS[positive](this=column, expression=column_of(other)), exp.false())
        return certain if positive == criterion.operator else exp.not_(certain)
    return column if every_element(criterion.property) else meets(column, criterion, dialect)


def meets(column: exp.Expr, criterion: Criterion, dialect: Dialect) -> exp.Expr:
    """A missing property makes every comparison false; "is not this" is the opposite of "is this"."""
    value = criterion.value
    if value is None:
        missing = column.is_(exp.null())
        return missing if criterion.operator == "is null" else missing.not_()
    positive = _OPPOSITES.get(criterion.operator, criterion.operator)
    if isinstance(value, tuple) and positive == "between":
        least, greatest = map(dialect.literal, value)
        found: exp.Expr = exp.and_(column.copy() >= least, column.copy() <= greatest)
    elif isinstance(value, tuple):
        found = exp.In(this=column, expressions=[dialect.literal(item) for item in value])
    elif positive == "like":
        found = dialect.like(column, dialect.literal(value))
    elif positive == "ilike":
        found = dialect.ilike(column, dialect.literal(value))
    elif positive == "starts with":
        found = dialect.starts_with(column, dialect.literal(value))
    else:
        found = _COMPARISONS[positive](this=column, expression=dialect.literal(value))
    certain = exp.func("coalesce", found, exp.false())
    return certain.not_() if criterion.operator in _OPPOSITES else certain
