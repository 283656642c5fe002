"""How values are read from events and written as attributes, as far as engines agree.

An engine provides its tables of types, and how it reads text, numbers and times; which of these a value needs is
decided here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, EntityProperty, EventProperty, SourceProperty
from snowplow_signals.dialects.base import ELEMENT, Access, Dialect, Leaf, utc_text
from snowplow_signals.dialects.expressions import call, castings, when
from snowplow_signals.loader_names import entity_column, event_column, snake_field

INTEGERS = ("int32", "int64", "unix_timestamp")
_DIGITS_END = "9223372036854775808e0"
"""A whole number below this size, in whatever type, is written as its digits."""


def _lines(values: Sequence[str]) -> str:
    """One a line, where some have several."""
    if not any("\n" in value for value in values):
        return ", ".join(values)
    return "\n    " + ",\n    ".join(value.replace("\n", "\n    ") for value in values) + "\n"


class ValuesDialect(Dialect):
    """A dialect with its types in tables."""

    types: ClassVar[Mapping[str, str]]
    """The engine's types by attribute type; of lists see `list_type`."""
    kind_types: ClassVar[Mapping[str, str]]
    """The engine's types of "text", "number", "boolean" and "time"."""
    list_type: ClassVar[str] = "{}[]"
    """The type of a list of values of a type."""

    def cast_to(self, value: exp.Expr, to: str) -> exp.Expr:
        """A cast to one of the engine's types."""
        return castings(self.sqlglot_name)[0](value, to)

    def try_cast_to(self, value: exp.Expr, to: str) -> exp.Expr:
        """The same; null where the value does not fit."""
        return castings(self.sqlglot_name)[1](value, to)

    def kind_type(self, kind: str) -> str:
        return self.kind_types[kind]

    def column_type(self, type_name: str) -> str:
        if type_name.endswith("_list"):
            return self.list_type.format(self.types[type_name.removesuffix("_list")])
        return self.types[type_name]

    # Reading values

    def access(self, prop: SourceProperty) -> Access:
        if isinstance(prop, AtomicProperty):
            return Access(prop.name, (), self.sql(exp.column(prop.name)), None)
        head: tuple[int, ...] = ()
        if isinstance(prop, EventProperty):
            column = event_column(prop.vendor, prop.name, prop.major_version)
        else:
            index = prop.index if isinstance(prop.index, int) else 0  # of all, the first shows what is there
            column, head = entity_column(prop.vendor, prop.name, prop.major_version), (index,)
        column = column[: self.longest_name]  # as the engine cut it when the table was made
        fields = (*head, *(self.field(step) if isinstance(step, str) else step for step in prop.segments))
        return Access(
            column, fields, self.typed_value(column, fields), self.json_value(column, (*head, *prop.segments))
        )

    def element_access(self, prop: EntityProperty) -> Access:
        fields = tuple(self.field(step) if isinstance(step, str) else step for step in prop.segments)
        return Access(ELEMENT, fields, self.typed_value(ELEMENT, fields), self.json_value(ELEMENT, prop.segments))

    def reduced_type(self, reduction: str | None, kind: str) -> str:
        own = {"count": self.types["int64"], "any": self.kind_types["boolean"], "list": self.kind_types["text"]}
        return own.get(reduction or "", self.kind_types[kind])

    not_finite: ClassVar[tuple[str, ...]]
    """Infinities and NaN, as SQL."""

    def listed(self, values: Sequence[str], kind: str) -> str:
        return f"[{_lines(values)}]"

    def multiplied(self, numbers: Sequence[str]) -> str:
        return f"({' * '.join(numbers)})"

    def finite_or_null(self, number: str) -> str:
        for one in self.not_finite:
            number = f"nullif({number}, {one})"
        return number

    def field(self, key: str) -> str:
        """What the loader makes of a tracked key in a typed column."""
        return snake_field(key)

    @abstractmethod
    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        """SQL that reaches what a typed column holds at a path of fields and places in lists."""

    @abstractmethod
    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        """SQL that reaches what is at a path in a column of JSON, whose keys are as they were tracked."""

    def convert(self, value: exp.Expr, leaf: Leaf, kind: str) -> exp.Expr:
        if kind == "text":
            return self.canonical_text(value, leaf)
        if leaf == "json":
            value, leaf = self.text_of_json(value), "text"
        of_text, of_others = {
            "number": (self.number_of_text, self.as_number),
            "boolean": (self.boolean_of_text, self.as_boolean),
            "time": (self.time_of_text, self.as_time),
        }[kind]
        found = of_text(value) if leaf == "text" else of_others(value, leaf)
        return self.cast_to(exp.null(), self.kind_types[kind]) if found is None else found

    def canonical_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        """A value as text, which does not depend on which of several types for such values its column has."""
        if leaf == "json":
            return self.canonical_json(value)
        if leaf == "float":
            return self.text_of_number(self.cast_to(value, self.kind_types["number"]))
        if leaf == "decimal":
            number = self.cast_to(value, self.kind_types["number"])
            return exp.case().when(self.is_whole(value), self.digits(value)).else_(self.text_of_number(number))
        if leaf in ("timestamp", "timestamptz"):
            time = self.as_time(value, leaf)
            assert time is not None
            return self.as_text(time, "timestamp")
        return self.as_text(self.date_in_calendar(value) if leaf == "date" else value, leaf)

    def date_in_calendar(self, date: exp.Expr) -> exp.Expr:
        """A date in the years 1 to 9999, else null. Others may be out of reach of timestamps, and end a cast."""
        first, last = (self.cast_to(exp.Literal.string(edge), "date") for edge in ("0001-01-01", "9999-12-31"))
        return when(exp.Between(this=date.copy(), low=first, high=last), date)

    def text_of_number(self, number: exp.Expr) -> exp.Expr:
        """A double as text: digits if it is whole, as an integer has them; null if it is not finite."""
        is_small = exp.Abs(this=number.copy()) < exp.Literal.number(_DIGITS_END)
        digits = self.cast_to(self.cast_to(number, self.types["int64"]), self.kind_types["text"])
        other = self.cast_to(number, self.kind_types["text"])
        return exp.case().when(exp.and_(is_small, self.is_whole(number)), digits).when(self.is_finite(number), other)

    def is_whole(self, number: exp.Expr) -> exp.Expr:
        """Whether a number has no fraction."""
        return number.copy().eq(call("trunc", number))

    @abstractmethod
    def digits(self, decimal: exp.Expr) -> exp.Expr:
        """The digits of a decimal that is a whole number."""

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        """A value of JSON as text: a number as one of any other type, what is nested without nulls."""
        return self.text_of_json(value)

    @abstractmethod
    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        """A value of any class but JSON, and floats and decimals, as text."""

    def as_number(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        """A value that is not text as a number; None where it is none. Not every float is a number."""
        if leaf not in ("integer", "decimal", "float"):
            return None
        number = self.cast_to(value, self.kind_types["number"])
        return number if leaf != "float" else when(self.is_finite(value), number)

    def as_boolean(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        """A value that is not text as a boolean; None where it is none."""
        return value if leaf == "boolean" else None

    @abstractmethod
    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        """A value that is not text as a timestamp in UTC; None where it is none."""

    @abstractmethod
    def is_finite(self, number: exp.Expr) -> exp.Expr:
        """Whether a float is neither infinite nor NaN."""

    @abstractmethod
    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        """The number that a text stands for, else null."""

    def boolean_of_text(self, text: exp.Expr) -> exp.Expr:
        """True and false in any case, else null."""
        lower = exp.Lower(this=text.copy())
        return exp.case().when(lower.eq("true"), exp.true()).when(lower.copy().eq("false"), exp.false())

    @abstractmethod
    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        """The time in UTC that a text stands for, else null."""

    # Output

    infinity_text: ClassVar[str] = "Infinity"

    def finite(self, number: exp.Expr) -> exp.Expr:
        """What is more than a column is written once: NaN equals itself, on engines where a result can be one."""
        if isinstance(number, exp.Column):
            return when(self.is_finite(number), number)
        for text in (self.infinity_text, f"-{self.infinity_text}", "NaN"):
            number = exp.func("nullif", number, self.cast_to(exp.Literal.string(text), self.types["double"]))
        return number

    def cast(self, value: exp.Expr, kind: str, type_name: str) -> exp.Expr:
        if kind == "count":
            return self.count_to(value, type_name)
        if kind == "number":
            return self.number_to(value, type_name)
        if kind == "time":
            return self.unix_seconds(value) if type_name == "unix_timestamp" else value
        return self._text_to(value, type_name)

    def _text_to(self, text: exp.Expr, type_name: str) -> exp.Expr:
        if type_name in ("int32", "int64"):
            return self.integer_of_text(text, type_name)
        if type_name == "unix_timestamp":
            return self.unix_seconds(self.time_of_text(text))
        reads = {
            "double": self.number_of_text,
            "float": self.single_of_text,
            "bool": self.boolean_of_text,
            "bytes": self.bytes_of_text,
            "timestamp": self.time_of_text,
        }
        return reads[type_name](text) if type_name in reads else text

    def count_to(self, count: exp.Expr, type_name: str) -> exp.Expr:
        """A number of rows as a number type."""
        return self.try_cast_to(count, self.types[type_name])

    @abstractmethod
    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        """A double, which may be infinite, as a number type; null where it does not fit."""

    @abstractmethod
    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        """The integer that a text stands for, with all its digits; null where it is none, or does not fit."""

    @abstractmethod
    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        """The number that a text stands for, as a single; null where it is none, or does not fit."""

    @abstractmethod
    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        """A text in UTF-8."""

    @abstractmethod
    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        """Whole seconds from 1970 to a timestamp, rounded down."""

    def default(self, value: object, type_name: str) -> exp.Expr:
        if isinstance(value, tuple | list):
            return self.default_list([self.default(item, type_name.removesuffix("_list")) for item in value], type_name)
        if isinstance(value, dict):
            return self.default_map(value)
        if type_name == "bytes":
            return self.bytes_of_text(exp.Literal.string(str(value)))
        if type_name == "timestamp":
            text = utc_text(str(value))
            return self.cast_to(exp.null() if text is None else exp.Literal.string(text), self.types[type_name])
        literal = exp.Literal.number(value) if type_name in INTEGERS else self.literal(value)  # type: ignore[arg-type]
        return self.cast_to(literal, self.types[type_name])

    def default_list(self, items: list[exp.Expr], type_name: str) -> exp.Expr:
        """A list that may be empty."""
        return self.cast_to(exp.Array(expressions=items), self.column_type(type_name))

    @abstractmethod
    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        """A map that may be empty."""

    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        distinct = exp.NullSafeNEQ(this=old, expression=new)
        if type_name not in ("double", "float"):
            return distinct
        size = call("greatest", exp.Abs(this=old), exp.Abs(this=new))
        gap = exp.Abs(this=self.difference(old, new))
        least = exp.Mul(this=exp.Literal.number("1e-12"), expression=size)
        return exp.and_(distinct, call("coalesce", exp.GT(this=gap, expression=least), exp.true()))

    def difference(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Of two floats, however large."""
        return exp.Sub(this=left, expression=right)
