"""The shape of JSON values as DuckDB types, and the narrowest type that two shapes fit into without loss.

A shape is None (nothing but nulls and empty values was seen), the name of a scalar type, a `ListOf` or a `StructOf`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union, cast

from snowplow_signals.events.loading import numbers
from snowplow_signals.events.loading.numbers import TEXT
from snowplow_signals.events.loading.schema import quoted

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

Shape = Union[None, str, "ListOf", "StructOf"]

_TIMES = ("DATE", "TIMESTAMP")


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `element` is the shape that all of its elements fit."""

    element: Shape


@dataclass(frozen=True, slots=True)
class StructOf:
    """An object; fields by name, in the order in which they were first seen."""

    fields: Mapping[str, Shape]


def shape_of(value: Any) -> Shape:
    """The shape of a JSON value whose objects have their field names already."""
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return numbers.type_of(value)
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        element: Shape = None
        for item in value:
            element = merge(element, shape_of(item))
        return ListOf(element)
    if isinstance(value, dict):
        return StructOf({name: shape_of(item) for name, item in value.items()})
    return None


def merge(one: Shape, other: Shape) -> Shape:
    """The narrowest shape that values of both fit into. Kinds that do not mix become text (JSON text if nested)."""
    if one is None or one == other:
        return other
    if other is None:
        return one
    if isinstance(one, StructOf) and isinstance(other, StructOf):
        names = {**one.fields, **other.fields}
        return StructOf({name: merge(one.fields.get(name), other.fields.get(name)) for name in names})
    if isinstance(one, ListOf) and isinstance(other, ListOf):
        return ListOf(merge(one.element, other.element))
    if isinstance(one, str) and isinstance(other, str):
        if one in _TIMES and other in _TIMES:
            return _TIMES[max(_TIMES.index(one), _TIMES.index(other))]
        if numbers.is_number(one) and numbers.is_number(other):
            return numbers.wider(one, other)
    return TEXT


@dataclass(slots=True)
class Numbers:
    """The numbers of a column, looked at one by one."""

    are_doubles: bool = True
    """Whether doubles stand for all of them."""
    digits: Shape = None
    """What holds the digits of each: a decimal, or text."""

    def add(self, value: int | float | str) -> None:
        """A number, as text where no double stands for it."""
        self.are_doubles = self.are_doubles and not isinstance(value, str)
        self.digits = merge(self.digits, numbers.decimal_type(value if isinstance(value, str) else repr(value)))


def if_exact_in_double(shape: Shape) -> Shape:
    """The shape, with numbers taken to be such that a double holds them too."""
    return _each_number(shape, shape, lambda own, _: numbers.if_exact_in_double(own))


def with_numbers_of(shape: Shape, other: Shape) -> Shape:
    """The shape, with the types of numbers that another one has in the same places."""
    return _each_number(shape, other, lambda own, there: there if numbers.is_number(there) else own)


def _each_number(shape: Shape, other: Shape, change: Callable[[str, str], str]) -> Shape:
    if isinstance(shape, StructOf) and isinstance(other, StructOf):
        return StructOf(
            {name: _each_number(field, other.fields.get(name), change) for name, field in shape.fields.items()}
        )
    if isinstance(shape, ListOf) and isinstance(other, ListOf):
        return ListOf(_each_number(shape.element, other.element, change))
    if isinstance(shape, str) and isinstance(other, str) and numbers.is_number(shape):
        return change(shape, other)
    return shape


def sql_type(shape: Shape) -> str | None:
    """The DuckDB type; None when there is nothing to make a column of, as a struct needs a field."""
    if shape is None or isinstance(shape, str):
        return "BIGINT" if shape == numbers.EXACT_IN_DOUBLE else shape
    if isinstance(shape, ListOf):
        element = TEXT if shape.element is None else sql_type(shape.element)
        return None if element is None else f"{element}[]"
    known = {name: sql_type(field) for name, field in shape.fields.items()}
    fields = ", ".join(f"{quoted(name)} {field}" for name, field in known.items() if field is not None)
    return f"STRUCT({fields})" if fields else None


def shape_of_type(column_type: "DuckDBPyType") -> Shape:
    """The shape of a column that exists."""
    if column_type.id == "struct":
        return StructOf({name: shape_of_type(child) for name, child in _children(column_type)})
    if column_type.id == "list":
        return ListOf(shape_of_type(_children(column_type)[0][1]))
    return str(column_type)


def _children(column_type: "DuckDBPyType") -> "list[tuple[str, DuckDBPyType]]":
    """Of a struct or a list; the children of other types are of other kinds."""
    return cast("list[tuple[str, DuckDBPyType]]", column_type.children)
