"""Columns of any table as a driver can return them: a value that it cannot return would end the reading of the whole
table.
"""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect

FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
"""Values outside these, infinity included, are not times: Python has no such years."""
_TIMES = ("timestamp", "timestamptz", "date")


def handed_over(dialect: Dialect, column: str, type_name: str) -> str:
    """A column of a type as SQL: a time outside the years that Python has is null, in a list too, and what has no
    counterpart in Python is text."""
    return _value(dialect, dialect.sql(exp.column(column, quoted=True)), type_name)


def nulled(dialect: Dialect, column: str, type_name: str) -> str | None:
    """How many values in a column of a type are null when they are handed over, and not where they are, as SQL.

    None where that does not happen.
    """
    return _nulled(dialect, dialect.sql(exp.column(column, quoted=True)), type_name)


def literal(dialect: Dialect, at: datetime) -> str:
    """A time in UTC as SQL."""
    return f"cast('{at.isoformat(' ', 'microseconds')}' as {dialect.kind_type('time')})"


def _value(dialect: Dialect, sql: str, type_name: str) -> str:
    if dialect.text_only.search(type_name):
        return dialect.handed_as_text(sql, type_name)
    element = dialect.element_of(type_name)
    if element is not None:
        return _list(dialect, sql, element)
    leaf = dialect.leaf({"x": type_name}, "x", ())
    if leaf not in _TIMES:
        return sql
    time = dialect.sql(dialect.convert(exp.Var(this=sql), leaf, "time"))  # type: ignore[arg-type]
    return f"case when {time} >= {literal(dialect, FIRST)} and {time} <= {literal(dialect, LAST)} then {sql} end"


def _nulled(dialect: Dialect, sql: str, type_name: str) -> str | None:
    if dialect.text_only.search(type_name):
        return None
    element = dialect.element_of(type_name)
    if element is not None:
        name = _name(element)
        number = _nulled(dialect, name, element)
        return number and dialect.sum_of_each(sql, name, number)
    read = _value(dialect, sql, type_name)
    return None if read == sql else f"case when {sql} is not null and ({read}) is null then 1 else 0 end"


def _list(dialect: Dialect, sql: str, element: str) -> str:
    name = _name(element)
    item = _value(dialect, name, element)
    changed = dialect.each(sql, name, item) if item != name else None
    return changed or sql


def _name(element: str) -> str:
    """An element's name; lists of lists have several."""
    return f"item_{element.count('[') + element.count('<')}"
