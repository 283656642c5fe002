"""Where in an event a value lives. A property is all of its fields, never only the last step of its path."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator
from pydantic import Field as field

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, JSON_COLUMNS, OLDER_NAMES, ColumnKind
from snowplow_signals.definitions.base import Definition, concerning, refused
from snowplow_signals.definitions.fields import ElementIndex, MajorVersion, Text, pattern
from snowplow_signals.definitions.paths import parse_path, render_path
from snowplow_signals.errors import DefinitionError, Problem, did_you_mean

DatePart = Literal["hour_of_day", "day_of_week", "month_of_year", "active_day", "active_week", "active_month"]
DATE_PARTS: tuple[str, ...] = get_args(DatePart)
INTEGER_DATE_PARTS = ("hour_of_day", "day_of_week", "month_of_year")

Vendor = Annotated[str, pattern("vendor", r"[a-zA-Z0-9\-_.]+", "letters, digits, '-', '_' and '.'")]
SchemaName = Annotated[str, pattern("name", r"[a-zA-Z0-9\-_]+", "letters, digits, '-' and '_'")]


_SHOWN_CHARACTERS = 100


def normal_path(path: str) -> str:
    """The path in its normal form: without a leading `$.`. ValueError if it is not a path."""
    return render_path(parse_path(path))


def _check_path(path: str) -> str:
    try:
        parse_path(path)
    except ValueError as error:
        shown = path if len(path) <= _SHOWN_CHARACTERS else f"{path[:_SHOWN_CHARACTERS]}..."
        raise refused(f"path {shown!r} is invalid: {error}") from None
    return path


Path = Annotated[str, AfterValidator(_check_path)]
"""Kept as it was given; two spellings of one path are the same property."""


def _known_column(name: str) -> str:
    name = OLDER_NAMES.get(name, name)
    if name in JSON_COLUMNS:
        raise refused(f"name {name!r} is not an atomic column in a warehouse; use {JSON_COLUMNS[name]} with its schema")
    if name not in ATOMIC_COLUMNS:
        raise refused(f"name {name!r} is not an atomic column of a Snowplow event{did_you_mean(name, ATOMIC_COLUMNS)}")
    return name


class AtomicProperty(Definition):
    """One of the columns that every Snowplow event has, such as `page_urlpath` or `mkt_source`.

    `date_part` takes a part of a timestamp column, or of a text column that holds ISO 8601 times.
    """

    noun: ClassVar[str] = "atomic property"

    type: Literal["atomic"] = field("atomic", repr=False)
    name: Annotated[str, AfterValidator(_known_column)]
    date_part: DatePart | None = None

    @concerning("name", "date_part")
    def _date_part_problems(self) -> Iterator[str]:
        if self.date_part and self.column_kind not in ("timestamp", "text"):
            yield (
                f"date_part {self.date_part!r} needs a date-time: column {self.name!r} is of kind {self.column_kind}; "
                "use a timestamp column, or one of text that holds ISO 8601 times"
            )

    @property
    def column_kind(self) -> ColumnKind:
        """What the column itself holds, whatever `date_part` makes of it."""
        return ATOMIC_COLUMNS[self.name]

    @property
    def value_kind(self) -> ColumnKind:
        """What the property's value is: the column's kind, or what `date_part` makes of it."""
        return _part_kind(self.date_part) or self.column_kind


class _SchemaProperty(Definition):
    vendor: Vendor
    name: SchemaName
    major_version: MajorVersion
    path: Path

    @cached_property
    def segments(self) -> tuple[str | int, ...]:
        """The path, parsed: keys as text, list indexes as numbers."""
        return parse_path(self.path)

    @property
    def value_kind(self) -> ColumnKind | None:
        """What the property's value is, which only `date_part` determines; None when any kind is possible."""
        return _part_kind(self.date_part)  # type: ignore[attr-defined]  # each kind has it, as its last field

    def _identity(self) -> tuple[object, ...]:
        return tuple(self.segments if name == "path" else getattr(self, name) for name in type(self).model_fields)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _SchemaProperty) and type(self) is type(other) and self._identity() == other._identity()
        )

    def __hash__(self) -> int:
        return hash(self._identity())


class EventProperty(_SchemaProperty):
    """A value in a self-describing event: the field at `path` of the schema `vendor`/`name`, of one major version.

    `path` is `a.b[0].c`, with or without a leading `$.`, in the spelling of the JSON that was tracked. A key that
    holds a dot or a bracket is written in quotes: `a["b.c"]`.
    """

    noun: ClassVar[str] = "event property"

    type: Literal["event"] = field("event", repr=False)
    date_part: DatePart | None = None


class EntityProperty(_SchemaProperty):
    """A value in an entity attached to an event. `index` says which, when several of one schema are attached: the place
    from 0; "all" for an attribute over the values of every one of them; "any" for a criterion that at least one meets.
    """

    noun: ClassVar[str] = "entity property"

    type: Literal["entity"] = field("entity", repr=False)
    index: ElementIndex = 0
    date_part: DatePart | None = None


def _part_kind(date_part: str | None) -> ColumnKind | None:
    if date_part is None:
        return None
    return "integer" if date_part in INTEGER_DATE_PARTS else "text"


def every_element(prop: object) -> Literal["all", "any"] | None:
    """The word by which a property means every element of its list; None for one value."""
    if isinstance(prop, EntityProperty) and isinstance(prop.index, str):
        return prop.index
    return None


SourceProperty = Annotated[AtomicProperty | EventProperty | EntityProperty, field(discriminator="type")]
"""A property that the events table itself holds."""

Operation = Literal["concat", "sum", "product", "min", "max", "coalesce"]
MAX_LEAVES, LONGEST_SEPARATOR = 50, 16


class CalculatedProperty(Definition):
    """A value made of the values of several properties of one event, as `operation` says: their texts one after the
    other with `separator` between them, their sum, product, minimum or maximum, or the first of them that there is.

    Operands without a value are left out; a `product` has none then.
    """

    noun: ClassVar[str] = "calculated property"
    date_part: ClassVar[None] = None

    type: Literal["calculated"] = field("calculated", repr=False)
    operation: Operation
    properties: tuple[SourceProperty, ...]
    separator: Text | None = None

    @concerning("properties")
    def _leaf_problems(self) -> Iterator[str]:
        for number, prop in enumerate(self.properties):
            word = every_element(prop)
            if word is not None:
                yield (
                    f"properties[{number}]: index {word!r} stands for several values, and an operand is one; give the "
                    "place of an element, such as index=0"
                )

    @concerning("operation", "properties", "separator")
    def _problems(self) -> Iterator[str]:
        if not 1 <= len(self.properties) <= MAX_LEAVES:
            yield f"properties must number from 1 to {MAX_LEAVES}, not {len(self.properties)}"
        if self.separator is not None and self.operation != "concat":
            yield f"separator belongs to 'concat' only, not to {self.operation!r}"
        if self.separator is not None and len(self.separator) > LONGEST_SEPARATOR:
            yield f"separator is longer than {LONGEST_SEPARATOR} characters"

    @property
    def value_kind(self) -> None:
        """What the property's value is: any kind is possible."""


Property = Annotated[AtomicProperty | EventProperty | EntityProperty | CalculatedProperty, field(discriminator="type")]


def source_property(prop: Property) -> SourceProperty:
    """The property, as one that the events table holds. Raises DefinitionError when it is calculated from others."""
    if isinstance(prop, CalculatedProperty):
        raise DefinitionError(Problem(prop.noun, "is published and served, but not computed here"))
    return prop
