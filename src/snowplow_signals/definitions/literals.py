"""Literals: what a property is compared with."""

import math
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator

from snowplow_signals.definitions.base import refused
from snowplow_signals.definitions.fields import text_problem

Scalar = str | bool | int | float
LiteralKind = Literal["text", "number", "boolean"]


def literal_kind(value: Scalar) -> LiteralKind:
    """What a literal compares as: text by code point, numbers as doubles, booleans as booleans."""
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def scalar_problem(value: object) -> str | None:
    """What keeps the value from being a literal, or None."""
    if isinstance(value, str):
        return text_problem(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        return None if finite else "is not a finite double"
    return "is neither text, number nor boolean"


def _read_value(value: Any) -> Any:
    if value is None:
        return None
    many = isinstance(value, list | tuple)
    if isinstance(value, set | frozenset | dict):
        raise refused(f"value {value!r} is not a list; give the values in a list")
    for item in value if many else (value,):
        problem = scalar_problem(item)
        if problem:
            raise refused(f"value {item!r} {problem}" + (" (use Criterion.is_null)" if item is None else ""))
    return tuple(value) if many else value


Value = Annotated[
    Scalar | tuple[Scalar, ...] | None,
    PlainValidator(_read_value),
    PlainSerializer(lambda value: list(value) if isinstance(value, tuple) else value, when_used="json"),
]
