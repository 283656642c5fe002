"""Which model may write now, when it is built by itself: alone, again, or in another process.

Our `run`, and a whole build, take the models in their order and ask nothing. Any other model first asks the tables
whether those before it did their part for this chunk of load or these days; where not, it writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tests.model.defining import OF_ITS_OWN, parts_of
from tests.model.publishing import due, has_columns, seen
from tests.model.tables import Refused, Warehouse

if TYPE_CHECKING:
    from tests.model.run import Run

TAKEN = ("base_new_event_limits", "base_events_this_run", "chunk_manifest")
MARKED = (*TAKEN, "daily_aggregation_manifest", "entity_day_manifest")
CHOSEN = (
    *("base_new_event_limits", "daily_aggregation_manifest", "entity_day_manifest", "filtered_events"),
    *("days_out_of_date", "entity_days_to_process"),
)
COMPARED = ("base_new_event_limits", "daily_aggregation_manifest", "entity_manifest")
NEEDED = {
    "base_events_this_run": TAKEN[:1],
    "chunk_manifest": TAKEN[:2],
    "daily_aggregation_manifest": TAKEN,
    "entity_day_manifest": (*TAKEN, "daily_aggregation_manifest"),
    "filtered_events": MARKED,
    "incremental_manifest": (*MARKED, "filtered_events"),
    "days_out_of_date": ("daily_aggregation_manifest", "filtered_events", "incremental_manifest"),
    "entity_days_to_process": ("days_out_of_date", "entity_day_manifest"),
    "entity_manifest": CHOSEN,
    "entity_history": (*CHOSEN, "entity_manifest"),
    "daily_values": (*CHOSEN, "entity_manifest"),
    "daily_aggregates": (*CHOSEN, "entity_manifest", "daily_values"),
    "attributes_this_run": (*COMPARED, "daily_aggregates", "daily_values"),
    "removed_entities": ("attributes_this_run",),
    "attributes": ("attributes_this_run", "removed_entities"),
    "publication_manifest": (*COMPARED, "attributes_this_run", "removed_entities", "attributes"),
    "run_history": (*COMPARED, "chunk_manifest", "days_out_of_date", "attributes", "publication_manifest"),
}
"""The tables that must exist before a model is built by itself."""
HELD_BACK = ("attributes_this_run", "removed_entities", "attributes", "publication_manifest", "run_history")
"""After the scope has grown, what was published stays until all hours of load were taken again."""


def reason_to_wait(run: Run, db: Warehouse, step: str) -> str | None:
    """Why the model must not write now; raises Refused when the command is wrong."""
    if step == "definition":
        return None
    if not run.is_as_built("definition"):
        if db.definition is None:
            raise Refused("the definition is not there yet")
        known = {part: value for part, value in db.definition.items() if part[0] not in OF_ITS_OWN}
        if known != parts_of(run.definition, db.has_w):
            raise Refused("the definition is not the one that the tables were built from")
    if step in HELD_BACK and db.base_new_event_limits and db.base_new_event_limits.widened_left:
        return "the loads of before are not all taken yet for what is in scope now"
    if is_in_order(run, step):
        return None
    if any(getattr(db, table) is None for table in NEEDED.get(step, ())):
        raise Refused("a table is not there yet")
    return next((reason for reason, is_so in CHECKS[step](run, db) if is_so), None) if step in CHECKS else None


def is_in_order(run: Run, step: str) -> bool:
    """Whether all models of its phase before it were built in this command."""
    from tests.model.run import PHASES

    return all(name in run.built for phase in PHASES if step in phase for name in phase[: phase.index(step)])


Found = Iterator[tuple[str, bool]]


def of_chunk(run: Run, db: Warehouse) -> Found:
    chunks = {row.chunk for row in db.chunk_manifest or ()}
    yield "the events of this chunk are already accounted for", db.base_new_event_limits.chunk in chunks


def accounting(run: Run, db: Warehouse) -> Found:
    yield from of_chunk(run, db)
    yield from events_of_plan(run, db)


def events_of_plan(run: Run, db: Warehouse) -> Found:
    limits = db.base_new_event_limits
    yield "base_events_this_run does not hold the events of this chunk", limits.chunk != db.base_events_this_run.chunk


def not_stored_yet(run: Run, db: Warehouse) -> Found:
    yield from events_of_plan(run, db)
    limits = db.base_new_event_limits
    stored = {row.chunk: row.is_stored for row in db.chunk_manifest}
    yield "the events of this chunk are already stored", stored.get(limits.chunk, False)
    yield "chunk_manifest does not account for this chunk", bool(limits.hours) and limits.chunk not in stored


def marking_entities(run: Run, db: Warehouse) -> Found:
    yield from not_stored_yet(run, db)
    marked = {row.chunk for row in db.entity_day_manifest or ()}
    yield "the entities of this chunk are marked already", db.base_new_event_limits.chunk in marked


def storing(run: Run, db: Warehouse) -> Found:
    yield from not_stored_yet(run, db)
    chunk, winners = db.base_new_event_limits.chunk, db.base_events_this_run.winners
    days = {row.event.day for row in winners} | {row.stored.day for row in winners if row.stored}
    known = [db.daily_aggregation_manifest.get(day) for day in days]
    yield (
        "daily_aggregation_manifest does not mark the days of this chunk",
        any(
            day is None
            or not day.is_dirty
            or day.marked_chunk != chunk
            or (day.counted_chunk or 0) >= chunk
            or (day.aggregated_chunk or 0) >= chunk
            for day in known
        ),
    )
    marked = {row.chunk for row in db.entity_day_manifest}
    yield "entity_day_manifest does not mark the entities of this chunk", bool(winners) and chunk not in marked


def writing_ledger(run: Run, db: Warehouse) -> Found:
    limits = db.base_new_event_limits
    stored = {row.chunk for row in db.chunk_manifest if row.is_stored}
    yield "the events of this chunk are not stored", bool(limits.hours) and limits.chunk not in stored


def of_days(run: Run, db: Warehouse) -> Found:
    days, manifest = due(db), db.daily_aggregation_manifest
    yield (
        "the days of days_out_of_date are aggregated already, or have changed since they were chosen",
        any(
            number not in manifest or not manifest[number].is_dirty or manifest[number].marked_chunk != day.marked_chunk
            for number, day in days.items()
        ),
    )
    known = {(day, entity) for day, entity, _ in db.entity_days_to_process}
    left_out = [row for row in db.entity_day_manifest if row.day in days and (row.day, row.entity) not in known]
    yield "entity_days_to_process is not of the days that are due", bool(left_out)


def of_entities(run: Run, db: Warehouse) -> Found:
    yield from of_days(run, db)
    history = db.entity_history
    if history is not None and history.day is not None:
        early = {entity for day, entity, _ in db.entity_days_to_process if day <= history.day}
        yield "entity_history does not mark the entities whose earlier days change", not early <= history.marked
    yield from marked_entities(run, db)


def caching(run: Run, db: Warehouse) -> Found:
    yield from of_days(run, db)
    yield from marked_entities(run, db)


def marked_entities(run: Run, db: Warehouse) -> Found:
    entities = {entity for entity, _, _ in db.entity_manifest}
    unmarked = {entity for _, entity, _ in db.entity_days_to_process} - entities
    yield "entity_manifest does not mark the entities of these days", bool(unmarked)


def aggregating(run: Run, db: Warehouse) -> Found:
    yield from of_entities(run, db)
    manifest = db.daily_aggregation_manifest
    lists = [
        (manifest[number].values_chunk or 0) != day.marked_chunk
        for number, day in due(db).items()
        if number in manifest
    ]
    yield "daily_values does not hold these days", any(lists)


def comparing(run: Run, db: Warehouse) -> Found:
    if db.publication_manifest is not None:
        wanted = (db.base_new_event_limits.as_of, run.o.shift)
        marked = [row for row in db.entity_manifest if row[1:] == wanted]
        is_published = (db.publication_manifest.as_of, db.publication_manifest.shift) == wanted
        yield "entity_manifest does not mark the entities whose windows moved", not marked and not is_published


def publishing(run: Run, db: Warehouse) -> Found:
    removed = {entity for entity, _ in db.removed_entities}
    changes = db.attributes_this_run
    gone = {one for one, (how, _, _) in changes.rows.items() if how == "removed"}
    yield "removed_entities does not hold those whose rows go", not gone <= removed
    is_replaced = db.attributes is None or not has_columns(run, db) or db.publication_manifest is None
    yield "attributes_this_run holds only the rows that changed", is_replaced and changes.is_partial


def published(run: Run, db: Warehouse) -> Found:
    changes = db.attributes_this_run
    yield "what attributes_this_run was computed from has changed since", changes.seen != seen(run, db)
    rows = {one: row[1] for one, row in db.attributes.items()}
    yield (
        "attributes does not hold the rows of attributes_this_run",
        any(
            (one in rows) if how == "removed" else rows.get(one) != time for one, (how, _, time) in changes.rows.items()
        ),
    )


def closing(run: Run, db: Warehouse) -> Found:
    yield "this run has not published", db.publication_manifest.run != db.base_new_event_limits.run


CHECKS: dict[str, Callable[[Run, Warehouse], Found]] = {
    "base_events_this_run": of_chunk,
    "chunk_manifest": accounting,
    "daily_aggregation_manifest": not_stored_yet,
    "entity_day_manifest": marking_entities,
    "filtered_events": storing,
    "incremental_manifest": writing_ledger,
    "entity_manifest": of_days,
    "entity_history": caching,
    "daily_values": of_entities,
    "daily_aggregates": aggregating,
    "attributes_this_run": comparing,
    "attributes": publishing,
    "publication_manifest": published,
    "run_history": closing,
}
