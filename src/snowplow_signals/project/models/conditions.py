"""Which events feed a slot: their patterns, and the criteria on what is kept of them."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.definitions import Event
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.plan.planned import Comparison, Condition, Filter, Group, Literals

_OPERATORS = {"=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE}


def matches(patterns: tuple[Event, ...], dialect: Dialect) -> exp.Expr | None:
    """Whether an event equals any pattern on every field the pattern sets; None when there are no patterns."""
    if not patterns:
        return None
    return exp.or_(*(exp.and_(*_fields(pattern, dialect)) for pattern in patterns))


def _fields(pattern: Event, dialect: Dialect) -> list[exp.Expr]:
    given = ((field, getattr(pattern, field)) for field in ("vendor", "name", "version"))
    return [exp.column(f"event_{field}").eq(dialect.literal(text)) for field, text in given if text is not None]


def comparison(item: Comparison, dialect: Dialect) -> exp.Expr:
    """One criterion. A missing property compares as false, except with the operators that say "is not this"."""
    column = exp.column(item.column.name)
    if item.column.compared is not None:
        return column
    if item.other is not None:
        found = _OPERATORS[item.operator](this=column, expression=exp.column(item.other.name))
        return dialect.is_missing_or(found) if item.operator == "!=" else found
    return compared(column, item.operator, item.value, dialect)


def compared(column: exp.Expr, operator: str, value: Literals, dialect: Dialect) -> exp.Expr:
    """A value compared with a literal; with null it is false or unknown, and true for "is not this"."""
    if value is None:
        return column.is_(exp.null()) if operator == "is null" else is_not_null(column)
    positive = operator.removeprefix("not ")
    if operator == "between" and isinstance(value, tuple):
        low, high = map(dialect.literal, value)
        return exp.Between(this=column, low=low, high=high)
    if isinstance(value, tuple):
        found: exp.Expr = exp.In(this=column, expressions=[dialect.literal(one) for one in value])
    elif positive == "like":
        found = dialect.like(column, dialect.literal(value))
    elif positive == "ilike":
        found = dialect.ilike(column, dialect.literal(value))
    elif positive == "starts with":
        found = dialect.starts_with(column, dialect.literal(value))
    else:
        found = _OPERATORS[positive](this=column, expression=dialect.literal(value))
    if operator.startswith("not "):
        found = found.not_()
    return dialect.is_missing_or(found) if operator in ("!=", "not in", "not like", "not ilike") else found


def condition(chosen: Filter, dialect: Dialect) -> exp.Expr:
    """Which events feed the slots of a filter."""
    pattern = None if chosen.every_event else matches(chosen.patterns, dialect)
    return exp.and_(*([pattern] if pattern is not None else []), *_parts(chosen, dialect))


def _parts(group: Filter | Group, dialect: Dialect) -> list[exp.Expr]:
    """What must all hold."""
    parts = [_holds(item, dialect) for item in group.all_of]
    return [*parts, exp.or_(*(_holds(item, dialect) for item in group.any_of))] if group.any_of else parts


def _holds(item: Condition, dialect: Dialect) -> exp.Expr:
    return exp.and_(*_parts(item, dialect)) if isinstance(item, Group) else comparison(item, dialect)
