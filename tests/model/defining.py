"""The first model of a run: what the tables were built from, and how they follow when the definition changes.

Every stored part is true of the tables. So the parts that will stop being true go first, then the tables are changed,
each by one statement that can be repeated, and the new parts are stored last."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model.meaning import Definition, Event, Slot
from tests.model.publishing import EVENTS, computed_states
from tests.model.tables import (
    STATE_TABLES,
    Chunk,
    Query,
    StateRow,
    Stored,
    Warehouse,
    Write,
    change,
    create,
    drop,
    insert,
)
from tests.model.taking import COUNTS

if TYPE_CHECKING:
    from tests.model.run import Run

Steps = Generator[Query | Write, Any, Any]
Part = tuple[Any, ...]

OF_ITS_OWN = ("added", "redefined")
"""Parts that are not of the definition, but of what is under way."""
LEAVE = ("leave", None)
"""Events are to leave, until they have left."""


def parts_of(definition: Definition, has_w: bool) -> dict[Part, Any]:
    parts: dict[Part, Any] = {("attribute", name): attribute for name, attribute in definition.attributes}
    parts |= {("events", kind): True for kind in definition.kinds}
    parts |= {("property", prop): True for prop in definition.props}
    parts |= {("slot", slot): True for slot in definition.slots}
    return parts | {("column", prop): prop != "w" or has_w for prop in definition.props}


class Change(NamedTuple):
    """What differs: parts that will not hold, and what is to be computed."""

    gone: frozenset[Part]
    redefined: frozenset[str]
    props: frozenset[str]
    slots: frozenset[Slot]
    added: frozenset[str]
    is_narrowed: bool


def change_of(stored: dict[Part, Any], wanted: dict[Part, Any], has_values: bool) -> Change | None:
    """`has_values`: whether stored events have values of the column that has appeared."""
    known = {part: value for part, value in stored.items() if part[0] not in OF_ITS_OWN}
    new = {part for part in wanted if part not in known}
    gone = {part for part in known if part not in wanted}
    other = {part for part in wanted if part in known and known[part] != wanted[part]}
    if not (new or gone or other):
        return None
    appeared = {part[1] for part in other if part[0] == "column"} if has_values else set()
    props = {part[1] for part in new if part[0] == "property"} | appeared
    is_narrowed = any(part[0] in ("events", "leave") for part in gone)
    slots = {part[1] for part in wanted if part[0] == "slot"}
    return Change(
        gone=frozenset(part for part in gone | other if part[0] not in ("column", "leave")),
        redefined=frozenset(part[1] for part in other if part[0] == "attribute"),
        props=frozenset(props),
        slots=frozenset(s for s in slots if is_narrowed or ("slot", s) in new or s.prop in props),
        added=frozenset(part[1] for part in new if part[0] == "events"),
        is_narrowed=is_narrowed,
    )


def define(run: Run, *, full_refresh: bool) -> Steps:
    """Nothing to do: no write. `full_refresh`: all that was computed is dropped, and the published rows stay."""
    is_half_dropped = yield Query(lambda db: db.definition is None)
    if full_refresh or is_half_dropped:
        for table in STATE_TABLES:
            if (yield Query(lambda db, table=table: getattr(db, table) is not None)):
                yield drop(table)
    stored, has_w = yield Query(lambda db: (db.definition, db.has_w))
    wanted = parts_of(run.definition, has_w)
    if stored is None:
        yield create("definition", lambda db: wanted)
        return
    found = change_of(stored, wanted, (yield Query(has_values)))
    if found is not None:
        parts = yield from apply_change(run, found, has_w)
        yield create("definition", lambda db: wanted | parts)


def has_values(db: Warehouse) -> bool:
    """Whether a stored event has a value in the column that may be new."""
    copies = {(*Event(*raw).rank, raw.event_id) for raw in db.raw if raw.w is not None and raw.entity}
    return any((*row.event.rank, row.event.event_id) in copies for row in db.filtered_events or ())


def apply_change(run: Run, found: Change, has_w: bool) -> Steps:
    """Returns the parts that are remembered beside those of the definition."""

    def remember(part: Part) -> Write:
        return change("remember part", "definition", lambda db: None, lambda parts, _: parts | {part: True})

    if found.is_narrowed:
        yield remember(LEAVE)
    for name in sorted(found.redefined):
        yield remember(("redefined", name))
    if found.gone:
        yield change(
            "forget parts",
            "definition",
            lambda db: None,
            lambda parts, _: {part: value for part, value in parts.items() if part not in found.gone},
        )
    for table in ("base_new_event_limits", "base_events_this_run", "days_out_of_date", "entity_days_to_process"):
        yield drop(table)
    yield drop("attributes_this_run")
    yield drop("entity_history")
    if (yield Query(lambda db: db.filtered_events is not None)) and (found.props or found.is_narrowed):
        yield from remake_events(run, found, has_w)
    if (yield Query(lambda db: db.daily_aggregates is not None)) and (found.slots or found.is_narrowed):
        yield from remake_states(run, found)
    parts = {}
    ledger = yield Query(lambda db: db.incremental_manifest)
    if ledger is not None:
        stored = yield Query(lambda db: db.definition)
        if any(chunk is None for _, chunk in ledger.values()):
            parts |= {part: True for part in stored if part[0] == "added"}
        if found.added:
            parts |= {("added", kind): True for kind in found.added}
            yield change(
                "widen ledger",
                "incremental_manifest",
                lambda db: None,
                lambda hours, _: {hour: (rows, None) for hour, (rows, _) in hours.items()},
            )
    yield drop("publication_manifest")
    redefined = yield Query(lambda db: {part: True for part in db.definition if part[0] == "redefined"})
    return parts | redefined


def remake_events(run: Run, found: Change, has_w: bool) -> Steps:
    """The stored events with the properties that are filled from the very copy that is stored, without those out of
    scope."""
    kept = [prop for prop in run.definition.props if prop != "w" or has_w]

    def filled(db: Warehouse) -> list[Stored]:
        copies = {(raw.event_id, *Event(*raw).rank): raw for raw in db.raw if raw.entity}
        rows = []
        for event, chunk in db.filtered_events:
            copy = copies.get((event.event_id, *event.rank))
            values = {p: getattr(copy, p) if copy and p in kept else None for p in found.props}
            if event.kind in run.definition.kinds:
                rows.append(Stored(event._replace(**values), chunk))
        return rows

    yield create("filtered_events", filled)

    def gone(db: Warehouse) -> int:
        chunks = [row.counts for row in db.chunk_manifest if row.is_stored]
        return sum(row["rows_used"] - row["winners_replaced"] for row in chunks) - len(db.filtered_events)

    number = yield Query(gone)
    if number > 0:
        chunk = yield Query(lambda db: max((row.chunk for row in db.chunk_manifest), default=0) + 1)
        counts = dict.fromkeys(COUNTS, 0) | {"winners_replaced": number}

        def line(db: Warehouse) -> list[Chunk]:
            is_there = any(row.chunk == chunk for row in db.chunk_manifest)  # the statement is sent a second time
            return [] if is_there else [Chunk(chunk, run.id, counts, True)]

        yield insert("chunk_manifest", line, "account for gone")


def remake_states(run: Run, found: Change) -> Steps:
    """Rebuilt from all events of their days, so that what was deferred comes in: these days are aggregated in this
    run."""
    yield change(
        "left days",
        "daily_aggregation_manifest",
        lambda db: None,
        lambda days, _: {n: d._replace(left_chunk=d.marked_chunk) if d.is_dirty else d for n, d in days.items()},
    )

    def remade(table: str, slots: list[Slot], *, keeps: bool) -> Write:
        def read(db: Warehouse) -> list[StateRow]:
            new = computed_states(run, db, lambda *_: True, slots)
            if not keeps:
                return new
            states = {row[:3]: row.states for row in new}
            rows = []
            for row in getattr(db, table):
                old = {slot: state for slot, state in row.states.items() if slot not in slots}
                rows.append(row._replace(states=old | states.pop(row[:3], {})))
            # rows of lists stand by themselves; a state is a column of a row that is there
            return rows if table == "daily_aggregates" else rows + [StateRow(*p, s) for p, s in states.items()]

        return create(table, read)

    values = [slot for slot in found.slots if slot.state == "values"]
    of_days = [slot for slot in found.slots if slot.state != "values"]
    if values:
        yield remade("daily_values", values, keeps=True)
    if of_days or found.is_narrowed:
        yield remade(
            "daily_aggregates", [EVENTS, *of_days] if found.is_narrowed else of_days, keeps=not found.is_narrowed
        )
