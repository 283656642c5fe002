"""Properties that no event can have a value of, as the events table has no such column, field or key; and similar ones
that it has.

A schema that nobody has tracked yet has no column either, so this is not an error. But a vendor that is misspelt, an
entity that is declared as an event, or another major version look just the same, and their values are all null.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from snowplow_signals.definitions import AtomicProperty, EntityProperty, EventProperty, SourceProperty, every_element
from snowplow_signals.deployment.dbt import Invocation
from snowplow_signals.deployment.deployed import Deployed, Reader, deployed_in
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.dialects.base import JSON_COLUMN
from snowplow_signals.errors import did_you_mean
from snowplow_signals.loader_names import columns_of, entity_column, event_column

FROM_DBT = "No event has the property of attribute "
"""How the project's own macros begin their warning about such a property."""

_SAMPLED = 100
_NAMED = 10


def missing_properties(deployed: Deployed, attributes: Collection[str] | None = None) -> tuple[str, ...]:
    """A message for each property that is missing from every event; for all attributes, or for these.

    Raises SourceError when there is no events table.
    """
    source = SourceColumns.of(deployed)
    read: dict[SourceProperty, tuple[list[str], list[str]]] = {}
    for planned in deployed.plan.attributes:
        for column in planned.slot.columns if attributes is None or planned.name in attributes else ():
            for source_of in column.sources:
                prop = source_of.model_copy(update={"date_part": None})
                names, columns = read.setdefault(prop, ([], []))
                names.append(planned.name)
                columns.append(column.name)
    said = []
    for prop, (names, columns) in read.items():
        what = _not_in_table(source, prop) or _not_in_json(deployed, source, prop, columns)
        if what is not None:
            readers = dict.fromkeys(names)
            several = "s" if len(readers) > 1 else ""
            said.append(f"no event has the property of attribute{several} {', '.join(readers)}: {what}")
    return tuple(said)


def missing_in(
    folder: Path, warehouse: Reader, variables: Mapping[str, object], invocation: Invocation
) -> tuple[str, ...] | None:
    """The same for the project in a folder, whose definition is looked up; None when the folder keeps none."""
    deployed = deployed_in(folder, warehouse, variables, invocation)
    return None if deployed is None else missing_properties(deployed)


def _not_in_table(source: SourceColumns, prop: SourceProperty) -> str | None:
    """By the types of the table's columns."""
    if source.has(prop):
        return None
    access = source.dialect.access(prop)
    columns = columns_of(source.types, access.column)
    if not columns:
        return f"the events table has no column {access.column}{_nearest_column(source, prop, access.column)}"
    what = [_not_in_column(source, column, access.path) for column in columns]
    return min(what, key=len)


def _nearest_column(source: SourceColumns, prop: SourceProperty, column: str) -> str:
    """Another kind or version of the schema, else the column whose name is most alike."""
    if not isinstance(prop, AtomicProperty):
        schema = (prop.vendor, prop.name)
        is_event = isinstance(prop, EventProperty)
        other, kind = (entity_column, "EntityProperty") if is_event else (event_column, "EventProperty")
        turned = other(*schema, prop.major_version)
        if columns_of(source.types, turned):
            return f"; it has {turned}: declare an {kind}"
        for make, how in ((event_column if is_event else entity_column, ""), (other, f" of an {kind}")):
            stem = make(*schema, 0).removesuffix("0")
            majors = {name.removeprefix(stem).partition("_")[0] for name in source.types if name.startswith(stem)}
            if versions := sorted(int(major) for major in majors if major.isdecimal()):
                return f"; it has major version {', '.join(map(str, versions))}{how}"
    return did_you_mean(column, source.types)


def _not_in_column(source: SourceColumns, column: str, path: tuple[str | int, ...]) -> str:
    """Where in the types of a column a path ends, and what is there instead."""
    dialect, kind, there = source.dialect, source.types[column], column
    for step in path:
        element = dialect.element_of(kind)
        if isinstance(step, int):
            if element is None:
                return f"{there} of the events table is not a list, so it has no [{step}]"
            kind, there = element, f"{there}[{step}]"
            continue
        fields = dialect.fields_of(kind)
        found = next((name for name in fields if name.lower() == step.lower()), None)
        if found is None:
            if element is not None:
                return f"{there} of the events table is a list; say which element, as in [0].{step}"
            return f"{there} of the events table has no field {step}{_nearest(step, fields)}"
        kind, there = fields[found], f"{there}.{found}"
    return f"the events table has no {there}"


def _nearest(name: str, names: Iterable[str]) -> str:
    there = sorted(names)
    more = ", ..." if len(there) > _NAMED else ""
    return did_you_mean(name, there) or (f"; it has: {', '.join(there[:_NAMED])}{more}" if there else "")


def _not_in_json(deployed: Deployed, source: SourceColumns, prop: SourceProperty, columns: list[str]) -> str | None:
    """By some values of a column of JSON, whose keys no catalogue knows; None when any event had the value."""
    access = source.dialect.access(prop)
    holding = [
        name
        for name in columns_of(source.types, access.column)
        if source.dialect.leaf(source.types, name, access.path) in ("json", JSON_COLUMN)
        and not source.dialect.fields_of(source.types[name])
        and source.dialect.element_of(source.types[name]) is None
    ]
    if isinstance(prop, AtomicProperty) or not holding or _has_values(deployed, columns):
        return None
    path = (prop.index, *prop.segments) if isinstance(prop, EntityProperty) else prop.segments
    every = every_element(prop)
    for column in holding:
        asked = f"select {column} from {deployed.events} where {column} is not null limit {_SAMPLED}"
        values = [_parsed(value) for (value,) in deployed.warehouse.fetch(asked)]
        if not values:
            continue
        place, reached = 0, values
        if every is not None:
            place, reached = 1, [one for value in values if isinstance(value, list) for one in value]
        while place < len(path) and (inside := [one for value in reached for one in _step(value, path[place])]):
            place, reached = place + 1, inside
        if place == len(path):
            return None
        there = column + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[:place])
        step = path[place]
        looked = f"none of the {len(values)} values examined has it"
        if isinstance(step, int):
            return f"{there} of the events table has no [{step}]: {looked}"
        keys = {key for value in reached if isinstance(value, dict) for key in value}
        return f"{there} of the events table has no key {step}: {looked}{_nearest(step, keys)}"
    return None


def _has_values(deployed: Deployed, columns: list[str]) -> bool:
    """Whether any stored event has the value; true for a project that has stored none."""
    events = deployed.table("filtered_events")
    fetch = deployed.warehouse.fetch
    if not deployed.has("filtered_events") or not fetch(f"select 1 from {events} limit 1"):
        return True
    return any(fetch(f"select 1 from {events} where {column} is not null limit 1") for column in columns)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str | bytes):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _step(value: Any, step: str | int) -> list[Any]:
    """What is at a step into a value: nothing, or one thing."""
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
