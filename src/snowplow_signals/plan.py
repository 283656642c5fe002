"""What a view means: the typed plan that every later step reads.

A plan is made from definitions once and never changes. It is the only place where column names are made: the
columns of ``filtered_events`` (one per property and kind of value), the flags that say which events feed an attribute,
the slots in which partial states are kept, and the windows over which they are merged.

Attributes that differ only in window, type or default share one slot, so their state is computed once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from snowplow_signals.definitions import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Event,
    EventProperty,
    Property,
    View,
)
from snowplow_signals.errors import DefinitionError, Problem
from snowplow_signals.naming import snake_field, snake_name

Kind = Literal["text", "number", "boolean", "time"]
"""How a value is read: as text, as a double, as a boolean or as a UTC timestamp."""

NUMERIC_TYPES = frozenset({"int32", "int64", "double", "float"})
TIME_TYPES = frozenset({"timestamp", "unix_timestamp"})

State = Literal["count", "sum", "mean", "min", "max", "first", "last", "first_seen", "last_seen", "values"]
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
}


@dataclass(frozen=True)
class Column:
    """A property as ``filtered_events`` keeps it: one column per property and kind of value."""

    name: str
    property: Property
    kind: Kind


@dataclass(frozen=True)
class Comparison:
    """One criterion: `column` compared with `value` by `operator`."""

    column: Column
    operator: str
    value: str | float | bool | tuple[str | float | bool, ...] | None


@dataclass(frozen=True)
class Filter:
    """Which events feed a slot: any of `patterns` matches, and all of `all_of`, and one of `any_of`."""

    name: str | None
    """The boolean column that says so; None when every event in scope does."""
    patterns: tuple[Event, ...]
    all_of: tuple[Comparison, ...]
    any_of: tuple[Comparison, ...]
    every_event: bool = False
    """The patterns hold for every event in scope, so that only the comparisons are left to ask."""


@dataclass(frozen=True)
class Slot:
    """One partial state per entity and day."""

    name: str
    state: State
    filter: Filter
    value: Column | None


@dataclass(frozen=True)
class Window:
    """The days before `as_of` that count; `days` is None for lifetime."""

    name: str
    days: int | None


@dataclass(frozen=True)
class PlannedAttribute:
    """One column of the attributes table."""

    name: str
    slot: Slot
    window: Window
    aggregation: str
    type: str
    default: object
    time_unit: str | None
    ttl: timedelta | None
    description: str | None

    @property
    def merged(self) -> str:
        """The name under which the slot's state, merged over the window, is known."""
        return self.slot.name if self.window.days is None else f"{self.slot.name}_{self.window.name}"


@dataclass(frozen=True)
class Plan:
    """Everything that is needed to write the project of one view."""

    view: View
    identifier: str
    """The name of the entity's column."""
    identifier_property: Property
    patterns: tuple[Event, ...]
    """An event is relevant when it matches one of these; empty: every event is."""
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    slots: tuple[Slot, ...]
    windows: tuple[Window, ...]
    attributes: tuple[PlannedAttribute, ...]

    @property
    def project_name(self) -> str:
        return self.view.project_name

    @property
    def event_fields(self) -> tuple[str, ...]:
        """The columns that the event patterns look at."""
        used = {field for pattern in self.all_patterns() for field in _set_fields(pattern)}
        return tuple(f"event_{field}" for field in ("vendor", "name", "version") if field in used)

    def all_patterns(self) -> Iterable[Event]:
        yield from self.patterns
        for item in self.filters:
            yield from item.patterns

    @property
    def day_slots(self) -> tuple[Slot, ...]:
        """Slots kept as columns of daily_aggregates."""
        return tuple(slot for slot in self.slots if slot.state != "values")

    @property
    def value_slots(self) -> tuple[Slot, ...]:
        """Slots kept as rows of daily_values."""
        return tuple(slot for slot in self.slots if slot.state == "values")

    def fingerprints(self) -> dict[str, str]:
        """Per part of the plan a hash of what it means: what the stored tables depend on, and nothing else.

        Descriptions, owners and times to live are left out: changing them does not change any number.
        """
        parts: dict[str, object] = {
            "entity": [self.identifier, _as_data(self.identifier_property)],
            "events": [_as_data(pattern) for pattern in self.patterns],
        }
        for attribute in self.view.attributes:
            data = _as_data(attribute)
            for silent in ("description", "ttl", "time_unit"):
                data.pop(silent, None)
            if attribute.aggregation.startswith("time_since"):
                data.pop("default_value", None)  # applied when read
            parts[f"attribute {attribute.name}"] = data
        return {name: _hash(part) for name, part in parts.items()}


def _as_data(definition: Property | Event | Attribute) -> dict:
    return definition.model_dump(mode="json", by_alias=True, exclude_none=True)


def _hash(part: object) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()[:16]


def plan_view(view: View) -> Plan:
    """The plan of an offline view.

    Raises DefinitionError when the view is not offline, or has no attributes of its own to compute.
    """
    _refuse_what_is_not_computed(view)
    return _Planner(view).plan()


def _refuse_what_is_not_computed(view: View) -> None:
    where = f"view {view.name!r} version {view.version}"
    if not view.offline:
        raise DefinitionError(
            [Problem(where, "is not offline: the batch engine computes offline views only; set offline=True")]
        )
    if not view.attributes:
        raise DefinitionError(
            [Problem(where, "has no attributes to compute: its fields come from a table that exists already")]
        )


class _Planner:
    """Collects columns, filters, slots and windows in the order in which attributes first need them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.columns: dict[tuple[Property, Kind], Column] = {}
        self.filters: dict[tuple, Filter] = {}
        self.slots: dict[tuple, Slot] = {}
        self.windows: dict[int | None, Window] = {}
        self.taken = {view.entity.identifier, *_OWN_COLUMNS}

    def plan(self) -> Plan:
        patterns = _relevant(self.view.attributes)
        attributes = tuple(self._attribute(attribute) for attribute in self.view.attributes)
        return Plan(
            view=self.view,
            identifier=self.view.entity.identifier,
            identifier_property=self.view.entity.source_property,
            patterns=patterns,
            columns=tuple(self.columns.values()),
            filters=tuple(item for item in self.filters.values() if item.name),
            slots=tuple(self.slots.values()),
            windows=tuple(sorted(self.windows.values(), key=lambda window: window.days or 0)),
            attributes=attributes,
        )

    def _attribute(self, attribute: Attribute) -> PlannedAttribute:
        return PlannedAttribute(
            name=attribute.name,
            slot=self._slot(attribute),
            window=self._window(attribute.period),
            aggregation=attribute.aggregation,
            type=attribute.type,
            default=attribute.default_value,
            time_unit=attribute.time_unit,
            ttl=attribute.ttl,
            description=attribute.description,
        )

    def _slot(self, attribute: Attribute) -> Slot:
        state = STATE_OF[attribute.aggregation]
        value = None
        if attribute.property is not None:
            value = self._column(attribute.property, _value_kind(attribute))
        chosen = self._filter(attribute)
        key = (state, chosen, value)
        if key not in self.slots:
            stem = f"{state}_{value.name}" if value else f"{state}_{(chosen.name or 'is_events').removeprefix('is_')}"
            self.slots[key] = Slot(self._free(stem), state, chosen, value)
        return self.slots[key]

    def _filter(self, attribute: Attribute) -> Filter:
        criteria = attribute.criteria or _NO_CRITERIA
        all_of = tuple(self._comparison(item) for item in criteria.all or ())
        any_of = tuple(self._comparison(item) for item in criteria.any or ())
        patterns = _distinct(attribute.events)
        if any(not _set_fields(pattern) for pattern in patterns):
            patterns = ()
        every_event = set(patterns) == set(_relevant(self.view.attributes)) or not patterns
        key = (frozenset(patterns), all_of, any_of)
        if key not in self.filters:
            plain = every_event and not all_of and not any_of
            name = None if plain else self._free("_".join(["is", _event_stem(attribute.events), *_told_apart(all_of)]))
            self.filters[key] = Filter(name, patterns, all_of, any_of, every_event)
        return self.filters[key]

    def _comparison(self, criterion: Criterion) -> Comparison:
        value = criterion.value
        return Comparison(self._column(criterion.property, _literal_kind(value)), criterion.operator, value)

    def _column(self, prop: Property, kind: Kind) -> Column:
        key = (prop, kind)
        if key not in self.columns:
            stem = _property_stem(prop) + ("" if kind == "text" else f"_{_KIND_SUFFIX[kind]}")
            self.columns[key] = Column(self._free(stem), prop, kind)
        return self.columns[key]

    def _window(self, period: timedelta | None) -> Window:
        days = None if period is None else period.days
        if days not in self.windows:
            self.windows[days] = Window("lifetime" if days is None else f"last_{days}_days", days)
        return self.windows[days]

    def _free(self, stem: str) -> str:
        """`stem` as a legal name of at most 55 characters that no other column has."""
        stem = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", stem.lower())).strip("_")[:55].rstrip("_") or "value"
        if stem[0].isdigit():
            stem = f"_{stem}"
        name, number = stem, 1
        while name in self.taken:
            number += 1
            name = f"{stem}_{number}"
        self.taken.add(name)
        return name


_NO_CRITERIA = Criteria.model_construct(all=None, any=None)
_KIND_SUFFIX: dict[Kind, str] = {"number": "as_number", "boolean": "as_boolean", "time": "as_time", "text": ""}
_OWN_COLUMNS = frozenset(
    {
        *("event_id", "event_key", "event_tstamp", "load_tstamp", "collector_tstamp", "claimed_tstamp", "day"),
        *("event_vendor", "event_name", "event_version", "app_id", "chunk", "seen_before", "copies"),
        *("copies_seen_before", "copy_number", "is_winner", "stored_day", "stored_identifier", "is_event"),
        *("slot", "value", "n", "last_tstamp", "last_event_id", "events", "updated_at", "removed_at", "change"),
    }
)
"""Names that the models use for themselves."""


def _relevant(attributes: Iterable[Attribute]) -> tuple[Event, ...]:
    """The patterns of all attributes; empty when some attribute takes every event."""
    patterns: list[Event] = []
    for attribute in attributes:
        if not attribute.events or any(not _set_fields(pattern) for pattern in attribute.events):
            return ()
        patterns.extend(attribute.events)
    return _distinct(patterns)


def _distinct(patterns: Iterable[Event]) -> tuple[Event, ...]:
    """The patterns without repeats, kept as plain events in their order."""
    return tuple(dict.fromkeys(patterns))


def _set_fields(pattern: Event) -> tuple[str, ...]:
    return tuple(field for field in ("vendor", "name", "version") if getattr(pattern, field) is not None)


def _event_stem(patterns: tuple[Event, ...]) -> str:
    names = list(dict.fromkeys(snake_name(pattern.name) for pattern in patterns if pattern.name))
    return "_or_".join(names[:2]) if names and len(names) <= 2 else "events"


def _told_apart(criteria: tuple[Comparison, ...]) -> list[str]:
    """What the criteria ask for, for a telling name: the texts that properties must equal, if there are few."""
    texts = [item.value for item in criteria if item.operator == "=" and isinstance(item.value, str)]
    return texts if len(texts) == len(criteria) <= 2 else []


def _property_stem(prop: Property) -> str:
    part = f"_{prop.date_part}" if prop.date_part else ""
    if isinstance(prop, AtomicProperty):
        return prop.name + part
    path = "_".join(snake_field(segment) if isinstance(segment, str) else str(segment) for segment in prop.segments)
    if isinstance(prop, EventProperty):
        return f"{snake_name(prop.name)}_{path}{part}"
    index = f"_{prop.index}" if prop.index else ""
    return f"{snake_name(prop.name)}{index}_{path}{part}"


def _value_kind(attribute: Attribute) -> Kind:
    """How the attribute reads its property. Everything but sums, means and extremes starts from the text form."""
    if attribute.aggregation in ("sum", "mean"):
        return "number"
    if attribute.aggregation in ("min", "max"):
        if attribute.type in NUMERIC_TYPES:
            return "number"
        return "time" if attribute.type in TIME_TYPES else "text"
    return "text"


def _literal_kind(value: object) -> Kind:
    """The literal decides the comparison's type."""
    sample = value[0] if isinstance(value, tuple) else value
    if isinstance(sample, bool):
        return "boolean"
    return "number" if isinstance(sample, int | float) else "text"


__all__ = ["Column", "Comparison", "Filter", "Plan", "PlannedAttribute", "Slot", "Window", "plan_view"]
