"""Columns of any table as a driver can hand them over: what it cannot would end the reading of the whole table."""

from __future__ import annotations

from datetime import datetime

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect

FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)
"""What stands outside of these, infinity as well, is not a time: Python has no such years."""
_TIMES = ("timestamp", "timestamptz", "date")


def handed_over(dialect: Dialect, column: str, type_name: str) -> str:
    """A column of a type as SQL: a time outside of the years that Python has is null, in a list too, and what has no
    counterpart in Python is text."""
    return _value(dialect, dialect.sql(exp.column(column, quoted=True)), type_name)


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


def _list(dialect: Dialect, sql: str, element: str) -> str:
    name = f"item_{element.count('[') + element.count('<')}"  # lists of lists have several
    item = _value(dialect, name, element)
    changed = dialect.each(sql, name, item) if item != name else None
    return changed or sql
