"""SQL that makes a value of one shape from a value of another, which fits it.

What becomes text becomes the text that the engine reads from the narrower type, so that nothing changes when a column
widens: whole numbers are their digits, and nested data is JSON without nulls, the shortest keys first.
"""

import json

from snowplow_signals.events.loading import numbers
from snowplow_signals.events.loading.numbers import TEXT
from snowplow_signals.events.loading.schema import quoted
from snowplow_signals.events.loading.shapes import ListOf, Shape, StructOf, sql_type


def cast_sql(expression: str, own: Shape, into: Shape) -> str:
    """SQL that makes a value of shape `into` of one of shape `own`."""
    made = sql_type(into)
    if own == into or made is None:
        return expression
    return f"CAST({_changed(expression, own, into, 0)} AS {made})"


def _changed(value: str, own: Shape, into: Shape, depth: int) -> str:
    if not _becomes_text(own, into):
        return value
    if into == TEXT:
        return _text(value, own) if isinstance(own, str) else _json(value, own, depth)
    if isinstance(own, ListOf) and isinstance(into, ListOf):
        one = f"one{depth}"
        return f"[{_changed(one, own.element, into.element, depth + 1)} for {one} in {value}]"
    assert isinstance(own, StructOf)
    assert isinstance(into, StructOf)
    fields = (
        f"{quoted(name)} := {_changed(f'{value}.{quoted(name)}', field, into.fields.get(name), depth)}"
        for name, field in own.fields.items()
        if sql_type(field) is not None
    )
    return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({', '.join(fields)}) END"


def _becomes_text(own: Shape, into: Shape) -> bool:
    """Whether something in `own` is text in `into` that a plain cast would write another way."""
    if isinstance(own, StructOf) and isinstance(into, StructOf):
        return any(_becomes_text(field, into.fields.get(name)) for name, field in own.fields.items())
    if isinstance(own, ListOf) and isinstance(into, ListOf):
        return _becomes_text(own.element, into.element)
    return into == TEXT and (isinstance(own, StructOf | ListOf) or (own is not None and numbers.has_fractions(own)))


def _text(value: str, kind: str) -> str:
    """The text of a value of a plain type: a whole number is its digits."""
    if not numbers.has_fractions(kind):
        return f"CAST({value} AS VARCHAR)"
    plain = f"CAST({value} AS VARCHAR)" if kind in numbers.FLOATS else f"rtrim(CAST({value} AS VARCHAR), '0')"
    digits = f"CAST(CAST({value} AS HUGEINT) AS VARCHAR)"
    return f"CASE WHEN {value} = trunc({value}) AND abs({value}) < 9223372036854775808 THEN {digits} ELSE {plain} END"


def _json(value: str, shape: Shape, depth: int) -> str:
    """A value as JSON text; null where it is missing."""
    if isinstance(shape, ListOf):
        one = f"one{depth}"
        items = f"[coalesce({_json(one, shape.element, depth + 1)}, 'null') for {one} in {value}]"
        return f"CASE WHEN {value} IS NOT NULL THEN '[' || array_to_string({items}, ',') || ']' END"
    if isinstance(shape, StructOf):
        members = (
            f"{_key(name)} || {_json(f'{value}.{quoted(name)}', field, depth)}"
            for name, field in sorted(shape.fields.items(), key=lambda item: (len(item[0]), item[0]))
            if sql_type(field) is not None
        )
        return f"CASE WHEN {value} IS NOT NULL THEN '{{' || concat_ws(',', {', '.join(members)}) || '}}' END"
    if shape is not None and (numbers.is_number(shape) or shape == "BOOLEAN"):
        return _text(value, shape)
    return f"CAST(to_json({value}) AS VARCHAR)"


def _key(name: str) -> str:
    return "'" + (json.dumps(name, ensure_ascii=False) + ":").replace("'", "''") + "'"
