"""Which of the matching events count: conditions on their properties."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import PlainSerializer, PlainValidator, model_validator

from snowplow_signals.definitions.base import Definition, concerning, is_broken, refused
from snowplow_signals.definitions.fields import text_problem
from snowplow_signals.definitions.properties import AtomicProperty, Property, every_element
from snowplow_signals.definitions.property_syntax import PropertyOrText, with_property

Operator = Literal[
    "=", "!=", "<", ">", "<=", ">=", "between", "starts with", "like", "not like", "ilike", "not ilike", "in", 
    "not in", "is null", "is not null",
]  # fmt: skip
OPERATORS: tuple[str, ...] = get_args(Operator)

# Which literals compare with an atomic column of a kind. A timestamp compares with none: use a date_part.
_COMPARABLE: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "integer": ("number",),
    "number": ("number",),
    "boolean": ("boolean",),
    "timestamp": (),
}

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


def _described(prop: AtomicProperty) -> str:
    kind = prop.value_kind
    if prop.date_part:
        return f"its date_part {prop.date_part!r} returns {'integers' if kind == 'integer' else 'text'}"
    hint = "; give the property a date_part, such as 'active_day'" if kind == "timestamp" else ""
    return f"the column is of kind {kind}{hint}"


Value = Annotated[
    Scalar | tuple[Scalar, ...] | None,
    PlainValidator(_read_value),
    PlainSerializer(lambda value: list(value) if isinstance(value, tuple) else value, when_used="json"),
]


class Criterion(Definition):
    """A condition on one property, which may be text, as an attribute's.

    A comparison with a missing property is false, except `!=`, `not in`, `not like` and `not ilike`, which are true.
    The literal decides what is compared: text by code point, numbers as doubles, booleans as booleans.
    `like` is plain SQL LIKE: case-sensitive, `%` any text, `_` one character, no escape character; `ilike` is the same
    without regard to case. `starts with` knows no wildcards. `between` takes a list of two, and holds for both of them
    and what is between.
    """

    noun: ClassVar[str] = "criterion"

    property: PropertyOrText
    operator: Operator
    value: Value = None

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, data: Any) -> Any:
        return with_property(data)

    @concerning("operator", "value")
    def _value_problems(self) -> Iterator[str]:
        if self.operator in ("is null", "is not null"):
            if self.value is not None:
                yield f"operator {self.operator!r} takes no value"
        elif self.value is None:
            yield f"operator {self.operator!r} needs a value; to ask whether it is missing use Criterion.is_null"
        elif isinstance(self.value, tuple):
            yield from self._list_problems(self.value)
        elif self.operator == "between":
            yield f"operator 'between' needs a list of the least and the greatest value, not {self.value!r}"
        elif self.operator in ("in", "not in"):
            yield f"operator {self.operator!r} needs a list of values, not {self.value!r}"
        else:
            yield from self._literal_problems(self.value)

    def _list_problems(self, values: tuple[Scalar, ...]) -> Iterator[str]:
        if self.operator not in ("in", "not in", "between"):
            yield f"operator {self.operator!r} takes one value, not a list; use Criterion.in_list"
        elif self.operator == "between" and len(values) != 2:
            yield f"operator 'between' needs a list of two values, the least and the greatest, not {len(values)}"
        elif not values:
            yield f"the list of operator {self.operator!r} is empty: give it a value, or leave the criterion out"
        elif len({literal_kind(value) for value in values}) > 1:
            yield f"the list of operator {self.operator!r} mixes types; text, numbers and booleans cannot be compared"
        else:
            yield from self._literal_problems(values[0])

    def _literal_problems(self, value: Scalar) -> Iterator[str]:
        kind = literal_kind(value)
        if kind != "text" and self.operator in ("like", "not like", "ilike", "not ilike", "starts with"):
            yield f"operator {self.operator!r} needs text, not {value!r}"
        elif value == "" and self.operator == "starts with":
            yield "every text starts with the empty one; to ask whether there is one use Criterion.is_not_null"
        elif kind == "boolean" and self.operator not in ("=", "!=", "in"):
            yield f"operator {self.operator!r} does not compare booleans; use '=', '!=' or 'in'"

    @concerning("property")
    def _element_problems(self) -> Iterator[str]:
        if every_element(self.property) == "all":
            yield (
                "index 'all' of its property is for attributes, which aggregate the values of every element; for a "
                "condition that at least one element meets use index='any'"
            )

    @concerning("property", "operator", "value")
    def _column_problems(self) -> Iterator[str]:
        kind, value = self._kind(), self.value
        if kind is None:
            return
        if not isinstance(self.property, AtomicProperty) or is_broken(self.property):
            return  # what a nested property holds shows only in the events
        if kind not in _COMPARABLE[self.property.value_kind]:
            yield (
                f"a {kind} literal, {value!r}, cannot be compared with {self.property.name!r}: "
                f"{_described(self.property)}"
            )

    def __eq__(self, other: object) -> bool:
        # 1 == True in Python, but as literals they ask for different things.
        return super().__eq__(other) and self._kind() == other._kind()  # type: ignore[attr-defined]

    def __hash__(self) -> int:
        return hash((self.property, self.operator, self.value, self._kind()))

    def _kind(self) -> LiteralKind | None:
        value = self.value[0] if isinstance(self.value, tuple) and self.value else self.value
        return None if value is None or isinstance(value, tuple) else literal_kind(value)

    @classmethod
    def eq(cls, property: Property | str, value: Scalar) -> Self:
        """The property equals the value."""
        return cls(property=property, operator="=", value=value)

    @classmethod
    def neq(cls, property: Property | str, value: Scalar) -> Self:
        """The property is not the value; true when it is missing."""
        return cls(property=property, operator="!=", value=value)

    @classmethod
    def gt(cls, property: Property | str, value: str | int | float) -> Self:
        """The property is greater than the value."""
        return cls(property=property, operator=">", value=value)

    @classmethod
    def gte(cls, property: Property | str, value: str | int | float) -> Self:
        """The property is the value or greater."""
        return cls(property=property, operator=">=", value=value)

    @classmethod
    def lt(cls, property: Property | str, value: str | int | float) -> Self:
        """The property is less than the value."""
        return cls(property=property, operator="<", value=value)

    @classmethod
    def lte(cls, property: Property | str, value: str | int | float) -> Self:
        """The property is the value or less."""
        return cls(property=property, operator="<=", value=value)

    @classmethod
    def between(cls, property: Property | str, least: str | int | float, greatest: str | int | float) -> Self:
        """The property is `least`, `greatest`, or between them; never where the one is after the other."""
        return cls(property=property, operator="between", value=[least, greatest])

    @classmethod
    def starts_with(cls, property: Property | str, value: str) -> Self:
        """The property begins with the text; nothing in it is a wildcard."""
        return cls(property=property, operator="starts with", value=value)

    @classmethod
    def like(cls, property: Property | str, value: str) -> Self:
        """The property matches the pattern of SQL LIKE; no wildcards are added to it."""
        return cls(property=property, operator="like", value=value)

    @classmethod
    def not_like(cls, property: Property | str, value: str) -> Self:
        """The property does not match the pattern of SQL LIKE; true when it is missing."""
        return cls(property=property, operator="not like", value=value)

    @classmethod
    def ilike(cls, property: Property | str, value: str) -> Self:
        """The property matches the pattern of SQL LIKE without regard to case, in any script."""
        return cls(property=property, operator="ilike", value=value)

    @classmethod
    def not_ilike(cls, property: Property | str, value: str) -> Self:
        """The property does not match the pattern without regard to case; true when it is missing."""
        return cls(property=property, operator="not ilike", value=value)

    @classmethod
    def in_list(cls, property: Property | str, value: list[Scalar] | tuple[Scalar, ...]) -> Self:
        """The property equals one of the values."""
        return cls(property=property, operator="in", value=value)

    @classmethod
    def not_in_list(cls, property: Property | str, value: list[Scalar] | tuple[Scalar, ...]) -> Self:
        """The property equals none of the values; true when it is missing."""
        return cls(property=property, operator="not in", value=value)

    @classmethod
    def is_null(cls, property: Property | str) -> Self:
        """The property is missing."""
        return cls(property=property, operator="is null")

    @classmethod
    def is_not_null(cls, property: Property | str) -> Self:
        """The property has a value; the empty text is one."""
        return cls(property=property, operator="is not null")


class Criteria(Definition):
    """Conditions on an event: all of `all`, and at least one of `any`, must hold."""

    noun: ClassVar[str] = "criteria"

    all: tuple[Criterion, ...] | None = None
    any: tuple[Criterion, ...] | None = None

    @concerning("all", "any")
    def _emptiness(self) -> Iterator[str]:
        if self.all is None and self.any is None:
            yield "criteria are empty; give all=[...], any=[...] or both, or leave criteria out"
        for name, criteria in (("all", self.all), ("any", self.any)):
            if criteria == ():
                yield f"{name} is an empty list; leave it out, or give it a Criterion"
