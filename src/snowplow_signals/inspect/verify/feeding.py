"""Which events feed an attribute, worked out independently from the definition. Of the code that the models of a
project use, only the dialect's leaves are used here, so that a mistake there is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from sqlglot import exp

from snowplow_signals.definitions import Attribute, Criterion, Event, SourceProperty, View, source_property
from snowplow_signals.dialects.base import Dialect

ColumnOf = Callable[[SourceProperty, str], exp.Expr]
"""The column of a query that holds a property, read as a kind (text, number, boolean or time)."""

_COMPARISONS = {"=": exp.EQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE}
_OPPOSITES = {"!=": "=", "not in": "in", "not like": "like"}
_NUMERIC = ("int32", "int64", "double", "float")
_TIMES = ("timestamp", "unix_timestamp")


def value_kind(attribute: Attribute) -> str | None:
    """As what the attribute reads its property; None when it has none."""
    if attribute.property is None:
        return None
    if attribute.aggregation in ("sum", "mean", "stddev", "variance"):
        return "number"
    if attribute.aggregation in ("min", "max"):
        return "number" if attribute.type in _NUMERIC else "time" if attribute.type in _TIMES else "text"
    return "text"


def literal_kind(criterion: Criterion) -> str:
    """As what a criterion reads its property: its literal decides."""
    value = criterion.value[0] if isinstance(criterion.value, tuple) else criterion.value
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def criteria_of(attribute: Attribute) -> tuple[tuple[Criterion, ...], tuple[Criterion, ...]]:
    """The criteria that must all hold, and those of which one must."""
    if attribute.criteria is None:
        return (), ()
    return tuple(attribute.criteria.all or ()), tuple(attribute.criteria.any or ())


def properties_of(view: View) -> list[tuple[SourceProperty, str]]:
    """Every property that some attribute reads, with the kind, once."""
    wanted: dict[tuple[SourceProperty, str], None] = {}
    for attribute in view.aggregated:
        kind = value_kind(attribute)
        if attribute.property is not None and kind is not None:
            wanted[source_property(attribute.property), kind] = None
        for criterion in (*criteria_of(attribute)[0], *criteria_of(attribute)[1]):
            wanted[source_property(criterion.property), literal_kind(criterion)] = None
    return list(wanted)


def is_relevant(view: View, dialect: Dialect) -> exp.Expr:
    """Whether an event matches the patterns of some attribute."""
    return exp.or_(*(_matches(attribute.events, dialect) for attribute in view.aggregated))


def feeds(attribute: Attribute, column_of: ColumnOf, days: exp.Expr, dialect: Dialect) -> exp.Expr:
    """Whether an event feeds the attribute: pattern, criteria, a day in the window, and a value if one is needed."""
    every, some = criteria_of(attribute)
    parts = [_matches(attribute.events, dialect), days]
    parts += [_holds(item, column_of, dialect) for item in every]
    if some:
        parts.append(exp.or_(*(_holds(item, column_of, dialect) for item in some)))
    kind = value_kind(attribute)
    if attribute.property is not None and kind is not None:
        parts.append(column_of(source_property(attribute.property), kind).is_(exp.null()).not_())
    return exp.and_(*parts)


def in_window(attribute: Attribute, as_of: date, ends_with_as_of: bool) -> exp.Expr:
    """Whether `day` counts."""
    day = exp.column("day")
    if attribute.period is None:
        return day <= date_literal(as_of)
    end = as_of + timedelta(days=1) if ends_with_as_of else as_of
    return exp.and_(day >= date_literal(end - attribute.period), day < date_literal(end))


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


def _holds(criterion: Criterion, column_of: ColumnOf, dialect: Dialect) -> exp.Expr:
    """A missing property makes every comparison false; "is not this" is the opposite of "is this"."""
    column = column_of(source_property(criterion.property), literal_kind(criterion))
    value = criterion.value
    if value is None:
        missing = column.is_(exp.null())
        return missing if criterion.operator == "is null" else missing.not_()
    positive = _OPPOSITES.get(criterion.operator, criterion.operator)
    if isinstance(value, tuple):
        found: exp.Expr = exp.In(this=column, expressions=[dialect.literal(item) for item in value])
    elif positive == "like":
        found = dialect.like(column, dialect.literal(value))
    else:
        found = _COMPARISONS[positive](this=column, expression=dialect.literal(value))
    certain = exp.func("coalesce", found, exp.false())
    return certain.not_() if criterion.operator in _OPPOSITES else certain
