"""Properties that are calculated from others of one event: what a row of the events table gives, as a kind of value."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from snowplow_signals.definitions import CalculatedProperty, SourceProperty
from snowplow_signals.dialects.base import Dialect, is_not_null

Operand = Callable[[SourceProperty, str], str]
"""SQL of a property, read as text, number, boolean or time."""


def calculated(
    prop: CalculatedProperty, kind: str, operand: Operand, literal: Callable[[str], str], dialect: Dialect
) -> str:
    """The result as `kind`, null where it is missing. `literal` writes a text that the user chose."""
    if prop.operation == "coalesce":
        return _first(prop, kind, operand, dialect)
    if prop.operation == "concat":
        texts = dialect.listed([operand(one, "text") for one in prop.properties], "text")
        text = dialect.concatenated(texts, literal(prop.separator or ""))
        return text if kind == "text" else dialect.sql(dialect.convert(exp.Var(this=text), "text", kind))
    numbers = [operand(one, "number") for one in prop.properties]
    if prop.operation == "product":
        number = dialect.multiplied(numbers)
    else:
        number = dialect.reduced(dialect.listed(numbers, "number"), prop.operation, "number")
    number = dialect.finite_or_null(number)
    return number if kind == "number" else dialect.sql(dialect.convert(exp.Var(this=number), "float", kind))


def _first(prop: CalculatedProperty, kind: str, operand: Operand, dialect: Dialect) -> str:
    """The value of the first operand that has one, whichever its kind: it may be none as `kind`."""
    if kind == "text":
        texts = [exp.Var(this=operand(one, "text")) for one in prop.properties]
        return dialect.sql(exp.func("coalesce", *texts) if len(texts) > 1 else texts[0])
    chosen = exp.case()
    for one in prop.properties:
        chosen = chosen.when(is_not_null(exp.Var(this=operand(one, "text"))), exp.Var(this=operand(one, kind)))
    return dialect.sql(chosen)
