"""The plan's parts: what is kept of an event, which events count, the states, the attributes."""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from snowplow_signals.definitions import (
    Attribute,
    CalculatedProperty,
    Event,
    Expression,
    Property,
    SourceProperty,
    View,
)
from snowplow_signals.definitions.properties import normal_path
from snowplow_signals.plan.windows import Window

Kind = Literal["text", "number", "boolean", "time"]
"""How a value is read: as text, as a double, as a boolean or as a UTC timestamp."""

Reduction = Literal["sum", "count", "min", "max", "first", "last", "list", "any"]
"""What is kept of the values of an event's elements: the sum, the number, an extreme or one at an end of those that are
not missing; all of them, as a JSON array of texts; or whether a comparison holds for at least one."""

NUMERIC_TYPES = frozenset({"int32", "int64", "double", "float"})
TIME_TYPES = frozenset({"timestamp", "unix_timestamp"})

State = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "first",
    "last",
    "first_seen",
    "last_seen",
    "days",
    "spread",
    "values",
    "first_values",
    "first_events",
    "last_events",
]
"""The algebra that keeps an aggregation's partial state; several aggregations can share one."""

STATE_OF: dict[str, State] = {
    "counter": "count",
    "sum": "sum",
    "mean": "mean",
    "min": "min",
    "max": "max",
    "first": "first",
    "last": "last",
    "time_since_first": "first_seen",
    "time_since_last": "last_seen",
    "unique_list": "values",
    "most_frequent": "values",
    "least_frequent": "values",
    "category_count": "values",
    "approx_count_distinct": "values",
    "count_distinct": "values",
    "mode_share": "values",
    "exists": "count",
    "rate": "count",
    "days_active": "days",
    "stddev": "spread",
    "variance": "spread",
    "percentile": "values",
}
"""That of `first_n` and `last_n` depends on whether values are distinct."""

OF_ROWS: tuple[State, ...] = ("values", "first_values", "first_events", "last_events")
"""Kept as rows of daily_values: one per value, with the order of its last or first event, or one per event."""

REDUCTION_OF: dict[State, Reduction] = {
    "count": "count",
    "sum": "sum",
    "mean": "sum",
    "min": "min",
    "max": "max",
    "first": "first",
    "last": "last",
    "values": "list",
}
"""What a state needs of an event's elements, if its property is that of all of them."""

Literals = str | float | bool | tuple[str | float | bool, ...] | None

PARTS_OF: dict[State, tuple[str, ...]] = {
    "mean": ("_total", "_count"),
    "first": ("_tstamp", "_event_id"),
    "last": ("_tstamp", "_event_id"),
    "days": ("_on",),
    "spread": ("_count", "_least", "_above", "_squares"),
}
"""The endings of a state's columns, where it has more than one. That of a value has none."""

ENDINGS_OF: dict[State, tuple[str, ...]] = PARTS_OF | {"spread": ("_from", *PARTS_OF["spread"])}
"""The same with those that queries add to the name for themselves."""


@dataclass(frozen=True)
class Column:
    """A property as ``filtered_events`` keeps it: one column per property, kind of value and reduction."""

    name: str
    property: Property
    kind: Kind
    """As what a value is read; of a property of every element, each element's."""
    reduction: Reduction | None = None
    """What is kept where the property is that of every element of a list; None for one value."""
    compared: tuple[str, Literals] | None = None
    """For the reduction "any", the operator and the literal of the comparison."""

    @builtins.property  # the class has a field named property
    def sources(self) -> tuple[SourceProperty, ...]:
        """What is read of the events table: the operands of a calculated property, else the property itself."""
        return self.property.properties if isinstance(self.property, CalculatedProperty) else (self.property,)

    @builtins.property  # the class has a field named property
    def holds_text_of_source(self) -> bool:
        """Whether it depends on how the values of the events table are written as text."""
        if self.kind != "text" or self.reduction == "count" or self.property.date_part:
            return False
        return not isinstance(self.property, CalculatedProperty) or self.property.operation in ("concat", "coalesce")


@dataclass(frozen=True)
class Comparison:
    """One criterion: `column` compared with `value`, or with the column `other`, by `operator`."""

    column: Column
    operator: str
    value: Literals = None
    other: Column | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of filtered_events that it looks at."""
        return (self.column,) if self.other is None else (self.column, self.other)


@dataclass(frozen=True)
class Group:
    """Criteria inside criteria: all of `all_of`, and one of `any_of`."""

    all_of: tuple[Condition, ...]
    any_of: tuple[Condition, ...]


Condition: TypeAlias = "Comparison | Group"


def comparisons(conditions: Iterable[Condition]) -> Iterator[Comparison]:
    """Those of all groups, however deep."""
    for one in conditions:
        if isinstance(one, Group):
            yield from comparisons((*one.all_of, *one.any_of))
        else:
            yield one


@dataclass(frozen=True)
class Filter:
    """Which events feed a slot: any of `patterns` matches, and all of `all_of`, and one of `any_of`."""

    name: str | None
    """The boolean column that says so; None when every event in scope does."""
    patterns: tuple[Event, ...]
    all_of: tuple[Condition, ...]
    any_of: tuple[Condition, ...]
    every_event: bool = False
    """Every event in scope matches the patterns, so only the comparisons are left to check."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of filtered_events that its criteria look at."""
        found = (column for one in comparisons((*self.all_of, *self.any_of)) for column in one.columns)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class Slot:
    """One partial state per entity and day."""

    name: str
    state: State
    filter: Filter
    value: Column | None
    number: Column | None = None
    """Of a mean over elements: how many values of an event `value` is the sum of."""
    length: int | None = None
    """Of rows per event: how many are kept of an entity, day and chunk."""
    element: str | None = None
    """Of these: the type that the values listed fit. Of the others one is kept, which tells that there are some."""

    @property
    def is_rows(self) -> bool:
        """Whether it is kept as rows of daily_values."""
        return self.state in OF_ROWS

    @property
    def is_of_events(self) -> bool:
        """Whether each of the rows is of one event."""
        return self.state in ("first_events", "last_events")

    @property
    def keeps_first(self) -> bool:
        """Whether the rows have the order of the first event of a value, and not of the last."""
        return self.state in ("first_values", "first_events")

    @property
    def of(self) -> Column:
        """The value of a slot that has one: all but those that count events or keep their times."""
        if self.value is None:
            raise ValueError(f"slot {self.name} has no value")
        return self.value

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of filtered_events that the state is computed from."""
        return tuple(
            dict.fromkeys((*self.filter.columns, *(one for one in (self.value, self.number) if one is not None)))
        )


@dataclass(frozen=True)
class PlannedAttribute:
    """One column of the attributes table."""

    name: str
    """As it was declared, and is served."""
    column: str
    """As generated SQL has it."""
    slot: Slot
    window: Window
    aggregation: str
    type: str
    default: object
    time_unit: str | None
    ttl: timedelta | None
    description: str | None
    merged: str
    """The name under which the slot's state, merged over the window, is known."""
    collected: str
    """The query that collects the attribute's values, if its state is kept as rows; attributes may share it."""
    q: float | None = None
    """Of a percentile, which."""
    n: int | None = None
    """Of a list, how many values at most."""
    among: Slot | None = None
    """Of a rate the number of all its events, whether or not they meet its criteria."""
    merged_among: str = ""
    """The name under which that is known, merged over the window."""

    @property
    def states(self) -> tuple[tuple[Slot, str], ...]:
        """What the attribute is made of: slots, each with the name under which it is known when it is merged."""
        beside = () if self.among is None else ((self.among, self.merged_among),)
        return ((self.slot, self.merged), *beside)


@dataclass(frozen=True)
class PlannedDerived:
    """One that is computed from other attributes: a column of the attributes table, unless it is computed when read."""

    name: str
    """As it was declared, and is served."""
    column: str
    """As generated SQL has it."""
    expression: Expression
    """Over attributes by their columns."""
    kind: Kind
    """Of the expression's value."""
    type: str
    level: int
    """How many derived attributes are computed one from the other up to it."""
    is_read: bool
    """It depends on when it is read, so that no table holds it."""
    description: str | None


@dataclass(frozen=True)
class PlannedView:
    """One of the views of a plan that computes several."""

    view: View
    columns: tuple[tuple[str, PlannedAttribute], ...]
    """The view's attributes: each one's own column, and what it is in the plan."""
    first_event: PlannedAttribute
    """When the entity's first event of the view was; null without one: then it has no row."""
    updated_at: str
    """The column that says when one of the view's attributes last changed."""
    derived: tuple[tuple[str, PlannedDerived], ...] = ()
    """Those that are computed from its attributes: each one's own column, and what it is in the plan."""


@dataclass(frozen=True)
class Plan:
    """Everything that is needed to write the project of one view, or of several views of one entity."""

    view: View
    """The view; of several, one that has all of their attributes."""
    identifier: str
    """The name of the entity's column, as generated SQL has it."""
    identifier_property: SourceProperty
    patterns: tuple[Event, ...]
    """An event is relevant when it matches one of these; empty: every event is."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    slots: tuple[Slot, ...]
    windows: tuple[Window, ...]
    attributes: tuple[PlannedAttribute, ...]
    derived: tuple[PlannedDerived, ...] = ()
    """Those that are computed from the attributes, each after the ones that it reads."""
    views: tuple[PlannedView, ...] = ()
    """Empty where the project is that of one view."""

    @property
    def project_name(self) -> str:
        return self.view.project_name

    @property
    def keeps_history(self) -> bool:
        """Whether what is published is kept, with from when until when it was."""
        return self.view.snapshot

    @property
    def declared(self) -> tuple[PlannedAttribute, ...]:
        """The attributes without those that nobody declared: of several views, when the first event of each was."""
        own = {view.first_event.column for view in self.views}
        return tuple(one for one in self.attributes if one.column not in own)

    @property
    def published(self) -> tuple[PlannedDerived, ...]:
        """The derived attributes that are columns of the attributes table."""
        return tuple(one for one in self.derived if not one.is_read)

    @property
    def outputs(self) -> tuple[PlannedAttribute | PlannedDerived, ...]:
        """The attributes that are columns of the attributes table, in their order."""
        return (*self.attributes, *self.published)

    @property
    def served(self) -> tuple[PlannedAttribute | PlannedDerived, ...]:
        """All attributes that somebody declared."""
        return (*self.declared, *self.derived)

    @property
    def types(self) -> dict[str, str]:
        """The type of what each column of the attributes table holds."""
        found = {one.column: "timestamp" if one.time_unit else one.type for one in self.attributes}
        return found | {one.column: one.type for one in self.published}

    @property
    def event_fields(self) -> tuple[str, ...]:
        """The columns that the event patterns look at."""
        used = {field for pattern in self.all_patterns() for field in set_fields(pattern)}
        return tuple(f"event_{field}" for field in ("vendor", "name", "version") if field in used)

    def all_patterns(self) -> Iterable[Event]:
        yield from self.patterns
        for item in self.filters:
            yield from item.patterns

    @property
    def day_slots(self) -> tuple[Slot, ...]:
        """Slots kept as columns of daily_aggregates."""
        return tuple(slot for slot in self.slots if not slot.is_rows)

    @property
    def value_slots(self) -> tuple[Slot, ...]:
        """Slots kept as rows of daily_values."""
        return tuple(slot for slot in self.slots if slot.is_rows)

    @property
    def kept_fields(self) -> tuple[str, ...]:
        """Those of them that ``filtered_events`` keeps: one can be the identifier itself."""
        return tuple(name for name in self.event_fields if name != self.identifier)

    def fingerprints(self) -> dict[str, str]:
        """Per part of the plan a hash of what it means: what the stored tables depend on, and nothing else.

        A part is no larger than what can be brought up to date by itself: which events are kept, each property and
        each state by the name under which it is kept, each attribute. Descriptions, owners and times to live are left
        out: changing them does not change any number.
        """
        parts: dict[str, object] = {"entity": [self.identifier, _as_data(self.identifier_property)]}
        for pattern in self.patterns:
            parts[events_part(pattern)] = _as_data(pattern)
        if not self.patterns:
            parts[events_part(None)] = []
        parts |= {f"property {name}": name for name in self.kept_fields}
        parts |= {f"property {column.name}": _meaning(column) for column in self.columns}
        for slot in self.slots:
            compared = [_compared(items) for items in (slot.filter.all_of, slot.filter.any_of)]
            patterns = sorted((_as_data(pattern) for pattern in slot.filter.patterns), key=_canonical)
            value = None if slot.value is None else _meaning(slot.value)
            number = [] if slot.number is None else [_meaning(slot.number)]
            cut = [slot.length, slot.element] if slot.is_of_events else []
            parts[f"slot {slot.name}"] = [slot.state, patterns, *compared, value, *number, *cut]
        undeclared = {view.first_event.column for view in self.views}
        for definition, planned in zip(self.view.aggregated, self.attributes, strict=True):
            data = _as_data(definition) | {"name": planned.column}
            without = _SILENT + (_APPLIED_WHEN_READ if definition.time_unit else ())
            for silent in without + (() if definition.uses_property else ("property",)):
                data.pop(silent, None)
            # which events are of a view follows from its attributes, which may come and go
            kind = "view" if planned.column in undeclared else "attribute"
            parts[f"{kind} {planned.column}"] = data
        parts |= {f"derived {one.column}": derived_meaning(one) for one in self.published}
        return {name: _hash(part) for name, part in parts.items()}

    def meanings(self) -> dict[str, str]:
        """The same, with the derived attributes that no table holds, since they are computed when they are read."""
        at_read = {f"derived {one.column}": _hash(derived_meaning(one)) for one in self.derived if one.is_read}
        return self.fingerprints() | at_read


def derived_meaning(one: PlannedDerived) -> list[object]:
    return [one.expression.to_json(), one.type]


def events_part(pattern: Event | None) -> str:
    """The part of a plan that says that events of a pattern are kept; None: every event."""
    if pattern is None:
        return "events of every kind"
    return "events with " + ", ".join(f"{field} {getattr(pattern, field)}" for field in set_fields(pattern))


def _compared(items: tuple[Condition, ...]) -> list[object]:
    def compared(item: Condition) -> list[object]:
        if isinstance(item, Group):
            return [_compared(item.all_of), _compared(item.any_of)]
        return [_meaning(item.column), item.operator, item.value if item.other is None else _meaning(item.other)]

    return [compared(item) for item in items]


def _meaning(column: Column) -> list[object]:
    more = (column.reduction, column.compared)
    return [_as_data(column.property), column.kind, *(one for one in more if one is not None)]


_SILENT = ("description", "ttl", "time_unit", "tags", "expect")
_APPLIED_WHEN_READ = ("default_value", "type")
"""Of the aggregations with a time unit: their column is a timestamp, whatever is served."""


def set_fields(pattern: Event) -> tuple[str, ...]:
    """The fields that a pattern asks for."""
    return tuple(field for field in ("vendor", "name", "version") if getattr(pattern, field) is not None)


def _as_data(definition: Property | Event | Attribute) -> dict[str, Any]:
    data: dict[str, Any] = _in_one_spelling(definition.model_dump(mode="json", by_alias=True, exclude_none=True))
    return data


def _in_one_spelling(data: Any) -> Any:
    """The data with paths in their normal form, however they were declared."""
    if isinstance(data, list):
        return [_in_one_spelling(one) for one in data]
    if not isinstance(data, dict):
        return data
    spelled = {name: _in_one_spelling(value) for name, value in data.items()}
    return spelled | ({"path": normal_path(spelled["path"])} if "path" in spelled and "vendor" in spelled else {})


def _canonical(part: object) -> str:
    return json.dumps(part, sort_keys=True)


def _hash(part: object) -> str:
    return hashlib.sha256(_canonical(part).encode()).hexdigest()[:16]
