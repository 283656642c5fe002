"""One condition on a property of an event: what it is compared with, and how."""

import builtins
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import model_validator

from snowplow_signals.definitions.base import Definition, concerning, is_broken
from snowplow_signals.definitions.literals import LiteralKind, Scalar, Value, literal_kind
from snowplow_signals.definitions.properties import AtomicProperty, CalculatedProperty, Property, every_element
from snowplow_signals.definitions.property_syntax import PropertyOrText, with_property
from snowplow_signals.errors import either

Operator = Literal[
    "=", "!=", "<", ">", "<=", ">=", "between", "starts with", "like", "not like", "ilike", "not ilike",
    "in", "not in", "is null", "is not null",
]  # fmt: skip
OPERATORS: tuple[str, ...] = get_args(Operator)
_OF_TWO = ("=", "!=", "<", ">", "<=", ">=")
"""These compare a property with a literal or with another property."""

ComparedAs = Literal["text", "number", "boolean", "time"]

# Which literals compare with an atomic column of a kind. A timestamp compares with none: use a date_part.
_COMPARABLE: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "integer": ("number",),
    "number": ("number",),
    "boolean": ("boolean",),
    "timestamp": (),
}


def _described(prop: AtomicProperty) -> str:
    kind = prop.value_kind
    if prop.date_part:
        return f"its date_part {prop.date_part!r} returns {'integers' if kind == 'integer' else 'text'}"
    hint = "; give the property a date_part, such as 'active_day'" if kind == "timestamp" else ""
    return f"the column is of kind {kind}{hint}"


class Criterion(Definition):
    """A condition on one property, which may be text, as an attribute's.

    A comparison with a missing property is false, except `!=`, `not in`, `not like` and `not ilike`, which are true.
    The literal decides what is compared: text by code point, numbers as doubles, booleans as booleans.
    `like` is plain SQL LIKE: case-sensitive, `%` any text, `_` one character, no escape character; `ilike` is the same
    without regard to case. `starts with` knows no wildcards. `between` takes a list of two, and holds for both of them
    and what is between.

    With `other_property` two properties of an event are compared, by `=`, `!=`, `<`, `>`, `<=` or `>=`. What a column
    or a date part is, is known; where neither of the two is, `compare_as` says it: "text", "number", "boolean" or
    "time".
    """

    noun: ClassVar[str] = "criterion"

    property: PropertyOrText
    operator: Operator
    value: Value = None
    other_property: PropertyOrText | None = None
    compare_as: ComparedAs | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, data: Any) -> Any:
        return with_property(data)

    @concerning("operator", "value", "other_property")
    def _value_problems(self) -> Iterator[str]:
        if self.other_property is not None:
            if self.value is not None:
                yield "it is compared with a value or with other_property, not with both; leave one out"
            if self.operator not in _OF_TWO:
                yield f"operator {self.operator!r} does not compare two properties; use {either(_OF_TWO)}"
        elif self.operator in ("is null", "is not null"):
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

    @concerning("property", "operator", "other_property", "compare_as")
    def _kind_problems(self) -> Iterator[str]:
        if self.other_property is None:
            if self.compare_as is not None:
                yield "compare_as belongs to the comparison of two properties; a value says by itself how it compares"
            return
        if is_broken(self.property) or is_broken(self.other_property):
            return
        if every_element(self.property) or every_element(self.other_property):
            yield (
                "two properties are compared once for an event, and index 'any' stands for several values; give the "
                "place of an element, such as index=0, or compare with a value"
            )
        kinds = {kind for kind in map(_known_kind, (self.property, self.other_property)) if kind}
        if len(kinds) > 1:
            yield f"the one property is of kind {' and the other '.join(sorted(kinds))}: they cannot be compared"
        elif not kinds and self.compare_as is None:
            yield (
                "what the two properties hold shows only in the events: say how they compare with compare_as='text', "
                "'number', 'boolean' or 'time'"
            )
        elif kinds and self.compare_as not in (None, *kinds):
            [kind] = kinds
            yield f"compare_as is {self.compare_as!r}, but a property is of kind {kind}; leave compare_as out"
        if self.compared_as == "boolean" and self.operator not in ("=", "!="):
            yield f"operator {self.operator!r} does not compare booleans; use '=' or '!='"

    def remarks(self) -> Iterator[str]:
        if self.property == self.other_property:
            yield "a property is always equal to itself; compare it with another, or use Criterion.is_not_null"

    @builtins.property  # the class has a field named property
    def compared_as(self) -> ComparedAs:
        """As what its property is read: the literal decides, or of two properties what they are. Whether there is a
        value is asked of its text, and of a number that is calculated.
        """
        if self.other_property is None:
            is_made = isinstance(self.property, CalculatedProperty)
            return self._kind() or (_known_kind(self.property) if is_made else None) or "text"
        known = (_known_kind(prop) for prop in (self.property, self.other_property))
        found = next((kind for kind in known if kind), None)
        return self.compare_as or found or "text"

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
        compared = (self.value, self.other_property, self.compare_as, self._kind())
        return hash((self.property, self.operator, *compared))

    def _kind(self) -> LiteralKind | None:
        value = self.value[0] if isinstance(self.value, tuple) and self.value else self.value
        return None if value is None or isinstance(value, tuple) else literal_kind(value)

    @classmethod
    def _comparing(
        cls, property: Property | str, operator: Operator, value: Scalar | Property, compare_as: ComparedAs | None
    ) -> Self:
        if isinstance(value, Definition):
            return cls(property=property, operator=operator, other_property=value, compare_as=compare_as)
        return cls(property=property, operator=operator, value=value, compare_as=compare_as)

    @classmethod
    def eq(cls, property: Property | str, value: Scalar | Property, compare_as: ComparedAs | None = None) -> Self:
        """The property equals the value, or the other property."""
        return cls._comparing(property, "=", value, compare_as)

    @classmethod
    def neq(cls, property: Property | str, value: Scalar | Property, compare_as: ComparedAs | None = None) -> Self:
        """The property is not the value, or not the other property; true when one is missing."""
        return cls._comparing(property, "!=", value, compare_as)

    @classmethod
    def gt(
        cls, property: Property | str, value: str | int | float | Property, compare_as: ComparedAs | None = None
    ) -> Self:
        """The property is greater than the value, or the other property."""
        return cls._comparing(property, ">", value, compare_as)

    @classmethod
    def gte(
        cls, property: Property | str, value: str | int | float | Property, compare_as: ComparedAs | None = None
    ) -> Self:
        """The property is the value, or the other property, or greater."""
        return cls._comparing(property, ">=", value, compare_as)

    @classmethod
    def lt(
        cls, property: Property | str, value: str | int | float | Property, compare_as: ComparedAs | None = None
    ) -> Self:
        """The property is less than the value, or the other property."""
        return cls._comparing(property, "<", value, compare_as)

    @classmethod
    def lte(
        cls, property: Property | str, value: str | int | float | Property, compare_as: ComparedAs | None = None
    ) -> Self:
        """The property is the value, or the other property, or less."""
        return cls._comparing(property, "<=", value, compare_as)

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


_KINDS: dict[str, ComparedAs] = {
    **{"text": "text", "integer": "number", "number": "number", "boolean": "boolean", "timestamp": "time"},
    **{"concat": "text", "sum": "number", "product": "number", "min": "number", "max": "number"},
}


def _known_kind(prop: Property) -> ComparedAs | None:
    """What a property is, where the events need not be looked at."""
    return _KINDS.get(str(prop.operation if isinstance(prop, CalculatedProperty) else prop.value_kind))
