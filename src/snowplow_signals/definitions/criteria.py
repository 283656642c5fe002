"""Which of the matching events count: conditions on their properties."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import PlainValidator

from snowplow_signals.definitions.base import Definition, is_broken, refused
from snowplow_signals.definitions.fields import text_problem
from snowplow_signals.definitions.properties import AtomicProperty, Property

Operator = Literal[
    "=", "!=", "<", ">", "<=", ">=", "like", "not like", "in", "not in", "is null", "is not null"
]  # fmt: skip
OPERATORS: tuple[str, ...] = get_args(Operator)
ORDERING = ("<", ">", "<=", ">=")

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
        return None if finite else "is no finite double"
    return "is neither text, number nor boolean"


def _read_value(value: Any) -> Any:
    if value is None:
        return None
    many = isinstance(value, list | tuple)
    if isinstance(value, set | frozenset | dict):
        raise refused(f"value {value!r} is no list; give the values in a list")
    for item in value if many else (value,):
        problem = scalar_problem(item)
        if problem:
            raise refused(f"value {item!r} {problem}" + (" (use Criterion.is_null)" if item is None else ""))
    return tuple(value) if many else value


Value = Annotated[Scalar | tuple[Scalar, ...] | None, PlainValidator(_read_value)]


class Criterion(Definition):
    """A condition on one property.

    A comparison with a missing property is false, except `!=`, `not in` and `not like`, which are true.
    The literal decides what is compared: text by code point, numbers as doubles, booleans as booleans.
    `like` is plain SQL LIKE: case-sensitive, `%` any text, `_` one character, no escape character.
    """

    noun: ClassVar[str] = "criterion"

    property: Property
    operator: Operator
    value: Value = None

    def _problems(self) -> Iterator[str]:
        return iter(())

    @classmethod
    def eq(cls, property: Property, value: Scalar) -> Self:
        """The property equals the value."""
        return cls(property=property, operator="=", value=value)

    @classmethod
    def neq(cls, property: Property, value: Scalar) -> Self:
        """The property is not the value; true when it is missing."""
        return cls(property=property, operator="!=", value=value)

    @classmethod
    def gt(cls, property: Property, value: str | int | float) -> Self:
        """The property is greater than the value."""
        return cls(property=property, operator=">", value=value)

    @classmethod
    def gte(cls, property: Property, value: str | int | float) -> Self:
        """The property is the value or greater."""
        return cls(property=property, operator=">=", value=value)

    @classmethod
    def lt(cls, property: Property, value: str | int | float) -> Self:
        """The property is less than the value."""
        return cls(property=property, operator="<", value=value)

    @classmethod
    def lte(cls, property: Property, value: str | int | float) -> Self:
        """The property is the value or less."""
        return cls(property=property, operator="<=", value=value)

    @classmethod
    def like(cls, property: Property, value: str) -> Self:
        """The property matches the pattern of SQL LIKE; no wildcards are added to it."""
        return cls(property=property, operator="like", value=value)

    @classmethod
    def not_like(cls, property: Property, value: str) -> Self:
        """The property does not match the pattern of SQL LIKE; true when it is missing."""
        return cls(property=property, operator="not like", value=value)

    @classmethod
    def in_list(cls, property: Property, value: list[Scalar] | tuple[Scalar, ...]) -> Self:
        """The property equals one of the values."""
        return cls(property=property, operator="in", value=value)

    @classmethod
    def not_in_list(cls, property: Property, value: list[Scalar] | tuple[Scalar, ...]) -> Self:
        """The property equals none of the values; true when it is missing."""
        return cls(property=property, operator="not in", value=value)

    @classmethod
    def is_null(cls, property: Property) -> Self:
        """The property is missing."""
        return cls(property=property, operator="is null")

    @classmethod
    def is_not_null(cls, property: Property) -> Self:
        """The property has a value; the empty text is one."""
        return cls(property=property, operator="is not null")


class Criteria(Definition):
    """Conditions on an event: all of `all`, and at least one of `any`, must hold."""

    noun: ClassVar[str] = "criteria"

    all: tuple[Criterion, ...] | None = None
    any: tuple[Criterion, ...] | None = None

    def _problems(self) -> Iterator[str]:
        if self.all is None and self.any is None:
            yield "criteria are empty; give all=[...], any=[...] or both, or leave criteria out"
        for name, criteria in (("all", self.all), ("any", self.any)):
            if criteria == ():
                yield f"{name} is an empty list; leave it out, or give it a Criterion"
