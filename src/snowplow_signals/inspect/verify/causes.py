"""By which events a recomputed value differs from the stored one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.inspect.verify.query import PlainQuery
from snowplow_signals.inspect.verify.result import CellDifference, EntityDifference, EventDifference

SHOWN_EVENTS = 20
"""How many events are listed per value."""

DEFERRED = "is deferred: it came late, and its day is not aggregated again yet"
UNFINISHED = "was taken and is not aggregated yet: the next run does it"
NOT_TAKEN = "is not taken yet: its hour of load is not in the ledger, or has grown since"
MISSING = "should be in filtered_events and is not"
SURPLUS = "is in filtered_events, and the events table has no such event now"
OTHER_COPY = "has another copy, of another time or entity, in filtered_events"
OTHER_VALUE = "has another value in filtered_events"


@dataclass(frozen=True)
class _Event:
    event_id: str
    load_tstamp: datetime
    event_tstamp: datetime
    values: tuple[str | None, ...]
    """Per attribute, what the event contributes; None when it does not feed it."""
    is_pending: bool = False


def explained(query: PlainQuery, found: list[EntityDifference]) -> list[EntityDifference]:
    """`found`, with the events that make the differences."""
    if not found:
        return []
    entities = [item.entity for item in found]
    rows = query.deployed.warehouse.fetch
    recomputed = _by_entity(rows(query.feeding(entities)), has_pending=False)
    stored = _by_entity(rows(query.stored(entities)), has_pending=True)
    if not query.from_source:
        stored = {one: {k: v for k, v in events.items() if not v.is_pending} for one, events in stored.items()}
    reasons = _reasons(query, _apart(recomputed, stored))
    attributes = [attribute.name for attribute in query.deployed.plan.attributes]
    explain = partial(_explain, reasons=reasons, attributes=attributes)
    return [explain(item, recomputed.get(item.entity, {}), stored.get(item.entity, {})) for item in found]


def _by_entity(rows: Iterable[tuple[Any, ...]], has_pending: bool) -> dict[str, dict[str, _Event]]:
    found: dict[str, dict[str, _Event]] = {}
    for entity, event_id, load_tstamp, event_tstamp, *values in rows:
        is_pending = bool(values.pop()) if has_pending else False
        event = _Event(event_id, load_tstamp, event_tstamp, tuple(values), is_pending)
        found.setdefault(entity, {})[event_id] = event
    return found


def _apart(recomputed: dict[str, dict[str, _Event]], stored: dict[str, dict[str, _Event]]) -> list[_Event]:
    """The events of the recomputation that filtered_events does not know as such, or that are pending there."""
    return [
        event
        for entity, events in recomputed.items()
        for event_id, event in events.items()
        if event_id not in stored.get(entity, {}) or stored[entity][event_id].is_pending
    ]


def _reasons(query: PlainQuery, events: list[_Event]) -> dict[str, str]:
    """Why each of these events is not in the stored value."""
    if not events:
        return {}
    found: dict[str, str] = {}
    settled = _settled_hours(query)
    for start in range(0, len(events), 1000):
        some = events[start : start + 1000]
        elsewhere = _elsewhere(query, [event.event_id for event in some])
        for event in some:
            found[event.event_id] = _reason(event, elsewhere.get(event.event_id), settled)
    return found


def _reason(event: _Event, elsewhere: tuple[bool, bool] | None, settled: dict[datetime, bool]) -> str:
    hour = event.load_tstamp.replace(minute=0, second=0, microsecond=0)
    if elsewhere is None:
        return MISSING if settled.get(hour, False) else NOT_TAKEN
    is_pending, is_late = elsewhere
    if is_pending:
        return DEFERRED if is_late else UNFINISHED
    return OTHER_COPY if settled.get(hour, False) else NOT_TAKEN


def _elsewhere(query: PlainQuery, event_ids: list[str]) -> dict[str, tuple[bool, bool]]:
    """For events in filtered_events, of any entity: whether they are pending, and whether lateness explains it."""
    deployed = query.deployed
    ids = ", ".join(deployed.text(event_id) for event_id in event_ids)
    asked = f"""
        select
            events.event_id,
            coalesce(days.is_out_of_date and events.chunk > coalesce(days.aggregated_chunk, 0), false),
            coalesce(days.aggregated_chunk is not null and cast(events.load_tstamp as date) > events.day, false)
        from {deployed.table("filtered_events")} as events
        left join {deployed.table("daily_aggregation_manifest")} as days on days.day = events.day
        where events.event_id in ({ids})"""
    return {event_id: (is_pending, is_late) for event_id, is_pending, is_late in deployed.warehouse.fetch(asked)}


def _settled_hours(query: PlainQuery) -> dict[datetime, bool]:
    """The hours of load that were taken, and whether they hold the same number of rows now."""
    deployed = query.deployed
    hour = query.hour(query.source.read(AtomicProperty(name="load_tstamp"), "time"))
    asked = f"""
        select ledger.bucket, coalesce(found.bucket_rows = ledger.bucket_rows, false)
        from {deployed.table("incremental_manifest")} as ledger
        left join (
            select {hour} as bucket, count(*) as bucket_rows
            from {deployed.events}
            group by 1
        ) as found on found.bucket = ledger.bucket"""
    return dict(deployed.warehouse.fetch(asked))


def _explain(
    item: EntityDifference,
    recomputed: dict[str, _Event],
    stored: dict[str, _Event],
    reasons: dict[str, str],
    attributes: list[str],
) -> EntityDifference:
    if item.what != "differs":
        return replace(item, events=_differing(recomputed, stored, reasons))
    cells = []
    for cell in item.cells:
        number = attributes.index(cell.attribute)
        here, there = (
            {key: event for key, event in side.items() if event.values[number] is not None}
            for side in (recomputed, stored)
        )
        cells.append(_explained_cell(cell, here, there, reasons, number))
    return replace(item, cells=tuple(cells))


def _explained_cell(
    cell: CellDifference, here: dict[str, _Event], there: dict[str, _Event], reasons: dict[str, str], number: int
) -> CellDifference:
    newest = sorted(here.values(), key=_order, reverse=True)
    return replace(
        cell,
        events=_differing(here, there, reasons, number),
        fed_by=tuple(event.event_id for event in newest[:SHOWN_EVENTS]),
        fed_by_count=len(newest),
    )


def _differing(
    here: dict[str, _Event], there: dict[str, _Event], reasons: dict[str, str], number: int | None = None
) -> tuple[EventDifference, ...]:
    """The newest events that only one side has, or that differ between them (in the value of attribute `number`)."""
    found: list[tuple[_Event, EventDifference]] = []
    for event_id in here.keys() | there.keys():
        mine, theirs = here.get(event_id), there.get(event_id)
        if mine and (theirs is None or theirs.is_pending):
            reason = reasons.get(event_id, OTHER_VALUE)
            found.append((mine, EventDifference(event_id, mine.event_tstamp, "recomputed", reason)))
        elif theirs and not mine and not theirs.is_pending:
            found.append((theirs, EventDifference(event_id, theirs.event_tstamp, "stored", SURPLUS)))
        elif mine and theirs and number is not None:
            if (mine.load_tstamp, mine.event_tstamp) != (theirs.load_tstamp, theirs.event_tstamp):
                found.append((mine, EventDifference(event_id, mine.event_tstamp, "both", OTHER_COPY)))
            elif mine.values[number] != theirs.values[number]:
                found.append((mine, EventDifference(event_id, mine.event_tstamp, "both", OTHER_VALUE)))
    found.sort(key=lambda pair: _order(pair[0]), reverse=True)
    return tuple(difference for _, difference in found[:SHOWN_EVENTS])


def _order(event: _Event) -> tuple[datetime, str]:
    return event.event_tstamp, event.event_id
