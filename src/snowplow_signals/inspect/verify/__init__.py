"""Whether the attributes are correct: recomputed from the events table by a query of its own.

The query shares nothing with the models that keep the attributes up to date but the dialect's leaves. By default it
covers what a run promises: the rows that runs have processed, without pending events (deferred late events). With
`from_source` it covers whatever the events table holds now, so that what is pending or
not taken yet shows as a difference.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.deployment.deployed import Deployed, Published
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.deployment.unused_rows import why_nothing
from snowplow_signals.errors import UsageError
from snowplow_signals.inspect.verify.causes import explained
from snowplow_signals.inspect.verify.derived import derived_differences, merged
from snowplow_signals.inspect.verify.query import PlainQuery
from snowplow_signals.inspect.verify.result import (
    CellDifference,
    EntityDifference,
    EventDifference,
    Verification,
    same,
)

SHOWN_ENTITIES = 100
"""How many differing entities a result lists; all are counted."""
EXPLAINED_ENTITIES = 20
"""For how many of them the events behind the difference are looked up."""


def verify_project(
    deployed: Deployed,
    *,
    sample: int | None = 1000,
    from_source: bool = False,
    seed: int = 0,
) -> Verification:
    """Compare the attributes of `sample` entities (None: of all) with what the events say.

    The same `seed` looks at the same entities, while the events are the same. Raises UsageError when nothing was
    published yet, SourceError when the events table is missing or lacks a column that every run needs.
    """
    began = time.perf_counter()
    if sample is not None and sample < 1:
        raise UsageError("--sample must be at least 1")
    published = deployed.published()
    if published is None:
        raise UsageError(f"{deployed.project} has published nothing yet, so there is nothing to verify; run it first")
    deployed.require_its_definition()
    source = usable_source(deployed)
    query = PlainQuery(deployed, published, source, from_source)
    entities = None
    if sample is not None:
        entities = [row[0] for row in deployed.warehouse.fetch(query.sample(sample, seed))]
    compared, found = _compare(deployed, deployed.warehouse.rows(query.recomputed(entities)))
    found[:EXPLAINED_ENTITIES] = explained(query, found[:EXPLAINED_ENTITIES])
    found = merged(found, derived_differences(deployed, entities))
    shown = found[:SHOWN_ENTITIES]
    pending, unfinished = _pending(deployed)
    return Verification(
        project=deployed.project,
        as_of=published.as_of,
        from_source=from_source,
        entities=compared,
        is_sample=sample is not None and compared >= sample,
        seed=None if sample is None else seed,
        differing=len(found),
        missing=sum(item.what == "missing" for item in found),
        surplus=sum(item.what == "surplus" for item in found),
        cells_differing=dict(Counter(cell.attribute for item in found for cell in item.cells)),
        differences=tuple(shown),
        rows_without_load=_rows_without_load(deployed, source),
        events_pending=pending,
        events_unfinished=unfinished,
        repeated=_repeated(deployed),
        warnings=() if compared else tuple(why_nothing(deployed)),
        seconds=time.perf_counter() - began,
    )


def usable_source(deployed: Deployed) -> SourceColumns:
    """The columns of the events table. Raises SourceError when it is missing, or lacks one that every query needs."""
    source = SourceColumns.of(deployed)
    source.require(AtomicProperty(name="event_id"), "to tell events apart")
    source.require(AtomicProperty(name="load_tstamp"), "to tell loads apart")
    source.require(deployed.plan.identifier_property, "for the entity's identifier")
    return source


def _compare(deployed: Deployed, rows: Iterable[tuple[Any, ...]]) -> tuple[int, list[EntityDifference]]:
    """How many entities were compared, and those that differ, out of the rows of PlainQuery.recomputed."""
    attributes = deployed.plan.attributes
    compared, found = 0, []
    for row in rows:
        compared, entity, is_expected, is_stored, *values = row
        if entity is None:
            continue
        if not (is_expected and is_stored):
            found.append(EntityDifference(entity, "missing" if is_expected else "surplus"))
            continue
        cells = []
        for attribute, stored, recomputed, scale in zip(
            attributes, values[::3], values[1::3], values[2::3], strict=True
        ):
            if not same(stored, recomputed, attribute.type, scale):
                cells.append(CellDifference(attribute.name, stored, recomputed))
        if cells:
            found.append(EntityDifference(entity, "differs", tuple(cells)))
    return compared, found


def _rows_without_load(deployed: Deployed, source: SourceColumns) -> int:
    asked = f"select count(*) from {deployed.events} where {source.atomic('load_tstamp', 'time')} is null"
    return int(deployed.warehouse.fetch(asked)[0][0])


def _repeated(deployed: Deployed) -> dict[str, int]:
    """Tables that hold a key more than once, with the number of such keys: no run writes that."""
    identifier = deployed.plan.identifier
    keys = {
        "attributes": identifier,
        "removed_entities": identifier,
        "filtered_events": "event_id" if deployed.duplicate_days < 0 else "event_id, day",
        "daily_aggregates": f"{identifier}, day, chunk",
    }
    if deployed.plan.value_slots:
        keys["daily_values"] = f"{identifier}, day, chunk, slot, value, last_event_id"
    if deployed.has("attributes_history"):
        keys["attributes_history"] = f"{identifier}, valid_from"
    counts = ",\n".join(
        f"(select count(*) from (select {key} from {deployed.table(name)} group by {key} having count(*) > 1) as "
        f"repeated) as {name}"
        for name, key in keys.items()
    )
    [found] = deployed.warehouse.fetch(f"select {counts}")
    return {name: number for name, number in zip(keys, found, strict=True) if number}


def _pending(deployed: Deployed) -> tuple[int, int]:
    """Events that are not aggregated yet, and those among them that are not just late for a day that was aggregated."""
    asked = f"""
        select
            count(*),
            count(case when days.aggregated_chunk is null or cast(events.load_tstamp as date) <= events.day then 1 end)
        from {deployed.table("filtered_events")} as events
        inner join {deployed.table("daily_aggregation_manifest")} as days on days.day = events.day
        where days.is_out_of_date and events.chunk > coalesce(days.aggregated_chunk, 0)"""
    return deployed.warehouse.fetch(asked)[0]


__all__ = [
    "CellDifference",
    "EntityDifference",
    "EventDifference",
    "Published",
    "Verification",
    "usable_source",
    "verify_project",
]
