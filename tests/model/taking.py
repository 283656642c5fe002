"""The models that take a chunk of load: choose its hours, read their rows once, mark what will change, store the
winners, and write the ledger, in this order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from tests.model.meaning import HOURS, Event, Raw
from tests.model.tables import (
    Chunk,
    Day,
    DirtyEntity,
    Limits,
    Query,
    Stored,
    Taken,
    TakenEvents,
    Warehouse,
    Write,
    change,
    create,
    insert,
)

if TYPE_CHECKING:
    from tests.model.run import Run

Steps = Generator[Query | Write, Any, Any]

LEFT_OUT = ("rows_incomplete", "rows_before_start", "rows_no_entity", "rows_irrelevant")
COUNTS = ("rows_read", "rows_used", "rows_duplicate", "rows_seen_before", *LEFT_OUT, "winners_replaced")

# --- base_new_event_limits


def plan_chunk(run: Run) -> Steps:
    """Compares the hours of load with the ledger. The chunk's number was never used, not even by a chunk that was
    planned."""

    def numbered(db: Warehouse) -> int:
        numbers = [row.chunk for row in db.chunk_manifest or ()]
        numbers += [db.base_new_event_limits.chunk] if db.base_new_event_limits else []
        return max(numbers, default=0) + 1

    def since(db: Warehouse) -> int:
        """Hours that are taken again because the scope has grown may be older than the lookback."""
        ledger = db.incremental_manifest or {}
        if not ledger or run.o.full_scan or run.o.lookback < 0:
            return run.o.start_day * HOURS
        widened = [hour for hour, (_, chunk) in ledger.items() if chunk is None]
        return max(min([max(ledger) - run.o.lookback * HOURS, *widened]), run.o.start_day * HOURS)

    chunk, first = yield Query(lambda db: (numbered(db), since(db)))

    def limits(db: Warehouse) -> Limits:
        counted = Counter(raw.load for raw in db.raw if raw.load >= first)
        ledger = {hour: found for hour, found in (db.incremental_manifest or {}).items() if hour >= first}
        differing = {}
        for hour in {*counted, *ledger}:
            rows, (known, taken_by) = counted[hour], ledger.get(hour, (None, 0))
            is_widened = known is not None and taken_by is None
            if hour <= run.o.now and (known != rows or is_widened) and (rows or known):
                differing[hour] = rows, known is not None, is_widened and known == rows
        # hours that are taken again for what is in scope now, and only for that, are taken by themselves
        is_rescan = any(found[2] for found in differing.values())
        together = sorted(hour for hour, found in differing.items() if found[2] == is_rescan)
        taken = {hour: differing[hour] for hour in together[: run.o.limit]}
        widened = [hour for hour in differing if ledger.get(hour, (0, 0))[1] is None]
        return Limits(
            run.id,
            run.o.now,
            run.o.as_of,
            chunk,
            taken,
            hours_left=len(differing) - len(taken),
            widened_left=len([hour for hour in widened if hour not in taken]),
        )

    yield create("base_new_event_limits", limits)


# --- base_events_this_run


def reasons(run: Run, raw: Raw) -> str | None:
    """Why a row is not in scope; None if it is."""
    if not raw.event_id:
        return "rows_incomplete"
    if min(raw.claimed, raw.load) // HOURS < run.o.start_day:
        return "rows_before_start"
    if not raw.entity:
        return "rows_no_entity"
    return None if raw.kind in run.definition.kinds else "rows_irrelevant"


def rows_taken(run: Run, db: Warehouse, hours: dict[int, tuple[int, bool, bool]]) -> list[tuple[Raw, bool]]:
    """The rows of these hours, each with whether its hour was taken before. Of hours that are taken again because the
    scope has grown, only rows that were not in scope before."""
    limits = db.base_new_event_limits
    added = {part[1] for part in db.definition if part[0] == "added"} if limits.is_rescan else None
    return [
        (raw, limits.hours[raw.load][1])
        for raw in db.raw
        if raw.load in hours and raw.load in limits.hours and (added is None or raw.kind in added)
    ]


def hours_taken(run: Run) -> Steps:
    """Asked once: they are literals in the statements, so that storage is pruned."""
    return (yield from run.asked_once("hours", "base_new_event_limits", lambda db: db.base_new_event_limits.hours))


def base_events_this_run(run: Run) -> Steps:
    """Of each event the first copy that was loaded; it beats the stored winner, or gives way to it."""
    hours = yield from hours_taken(run)
    has_w = yield Query(lambda db: db.has_w)
    props = [prop for prop in run.definition.props if prop != "w" or has_w]

    def winners(db: Warehouse) -> TakenEvents:
        copies: dict[str, list[tuple[Event, bool]]] = {}
        stored: dict[str, list[Event]] = {}
        for row in db.filtered_events or ():
            stored.setdefault(row.event.event_id, []).append(row.event)
        for raw, is_seen in rows_taken(run, db, hours):
            if reasons(run, raw) is None:
                copies.setdefault(raw.event_id, []).append((Event(*raw).keeping(props), is_seen))
        return TakenEvents(
            db.base_new_event_limits.chunk,
            tuple(
                row
                for event_id, found in copies.items()
                for row in compared(apart(found, run.o.duplicate_lookback), stored.get(event_id, []), run)
            ),
        )

    yield create("base_events_this_run", winners)


def apart(found: list[tuple[Event, bool]], bound: int) -> list[list[tuple[Event, bool]]]:
    """Copies whose days are more than the bound apart are events of their own."""
    groups: list[list[tuple[Event, bool]]] = []
    for item in sorted(found, key=lambda item: item[0].day):
        if groups and (bound < 0 or item[0].day - groups[-1][-1][0].day <= bound):
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def compared(groups: list[list[tuple[Event, bool]]], stored: list[Event], run: Run) -> list[Taken]:
    rows = []
    for found in groups:
        first, is_seen = min(found, key=lambda item: item[0].rank)
        bound = run.o.duplicate_lookback
        near = [event for event in stored if bound < 0 or abs(event.day - first.day) <= bound]
        winner = min(near, key=lambda event: event.rank, default=None)
        is_winner = winner is None or first.rank < winner.rank
        rows.append(Taken(first, winner, len(found), sum(seen for _, seen in found), is_seen, is_winner))
    return rows


# --- chunk_manifest


def chunk_manifest(run: Run) -> Steps:
    """The accounting of the chunk, before its events are stored."""
    hours = yield from hours_taken(run)

    def counted(db: Warehouse) -> list[Chunk]:
        limits = db.base_new_event_limits
        if not limits.hours or any(row.chunk == limits.chunk for row in db.chunk_manifest or ()):
            return []  # the statement is sent a second time
        counts = dict.fromkeys(COUNTS, 0)
        for raw, _ in rows_taken(run, db, hours):
            reason = reasons(run, raw)
            if reason:
                counts[reason] += 1
        rows = db.base_events_this_run.rows
        in_scope = sum(row.copies for row in rows)
        counts["rows_read"] = in_scope + sum(counts[name] for name in LEFT_OUT)
        counts["rows_used"] = sum(row.is_winner for row in rows)
        counts["rows_seen_before"] = sum(row.copies_seen - (row.is_winner and row.is_seen) for row in rows)
        counts["rows_duplicate"] = in_scope - counts["rows_used"] - counts["rows_seen_before"]
        counts["winners_replaced"] = sum(row.replaces for row in rows)
        return [Chunk(limits.chunk, limits.run, counts)]

    yield insert("chunk_manifest", counted)


# --- the marks


def daily_aggregation_manifest(run: Run) -> Steps:
    """Marks a day as dirty before its events change."""

    def touched(db: Warehouse) -> dict[int, Day]:
        taken, manifest = db.base_events_this_run, db.daily_aggregation_manifest or {}
        chunk, is_rescan = taken.chunk, db.base_new_event_limits.is_rescan
        rows: dict[int, Day] = {}
        places = [(row.event.day, is_rescan, False) for row in taken.winners]
        for row in taken.winners:
            if row.stored:
                left = (row.stored.day, row.stored.entity) != (row.event.day, row.event.entity)
                places.append((row.stored.day, left or is_rescan, True))
        for day, is_left, is_replaced in places:
            known = rows.get(day) or manifest.get(day) or Day(is_dirty=False)
            rows[day] = known._replace(
                is_dirty=True,
                since_chunk=known.since_chunk if known.is_dirty else chunk,
                marked_chunk=chunk,
                left_chunk=chunk if is_left else known.left_chunk,
                replaced_chunk=chunk if is_replaced else known.replaced_chunk,
            )
        return rows

    yield change("mark days", "daily_aggregation_manifest", touched, lambda rows, marked: {**(rows or {}), **marked})


def entity_day_manifest(run: Run) -> Steps:
    """Marks, within those days, the entities whose events change: where an event was, and where it will be."""

    def marks(db: Warehouse) -> set[DirtyEntity]:
        taken = db.base_events_this_run
        found = {DirtyEntity(row.event.day, row.event.entity, False, taken.chunk) for row in taken.winners}
        found |= {
            DirtyEntity(row.stored.day, row.stored.entity, True, taken.chunk) for row in taken.winners if row.stored
        }
        return found

    yield insert("entity_day_manifest", marks)


# --- filtered_events, and the ledger


def filtered_events(run: Run) -> Steps:
    """The winners; those that they beat leave in the same statement, or the same transaction."""
    taken = yield Query(lambda db: db.base_events_this_run)
    replaced = any(row.replaces for row in taken.rows)
    first = min((row.event.day for row in taken.winners), default=None)

    def is_stored(row: Stored) -> bool:
        """All winners of a chunk are stored at once, so it is enough to look at the first day."""
        return row.event.day == first and row.chunk == taken.chunk

    def winners(db: Warehouse) -> list[tuple[Stored, Event | None]]:
        if not run.o.has_transactions and any(map(is_stored, db.filtered_events or ())):
            return []  # the statement is sent a second time
        now = db.base_events_this_run
        if not run.o.has_transactions and now.chunk != taken.chunk:
            return []  # another run has begun
        return [(Stored(row.event, now.chunk), row.stored) for row in now.winners]

    def merge(rows: list[Stored] | None, given: list[tuple[Stored, Event | None]]) -> list[Stored]:
        beaten = {(old.event_id, old.day) for _, old in given if old}
        return [row for row in rows or () if (row.event.event_id, row.event.day) not in beaten] + [
            row for row, _ in given
        ]

    if replaced:
        yield change("merge into filtered_events", "filtered_events", winners, merge)
    else:
        yield insert("filtered_events", lambda db: [row for row, _ in winners(db)])
    chunk = yield from run.chunk()
    yield mark_stored(chunk)


def mark_stored(chunk: int, name: str = "mark stored") -> Write:
    def marked(rows: list[Chunk], _: None) -> list[Chunk]:
        return [row._replace(is_stored=True) if row.chunk == chunk else row for row in rows]

    return change(name, "chunk_manifest", lambda db: None, marked)


def incremental_manifest(run: Run) -> Steps:
    """The ledger, after the events: before it, the hours are taken again, and their rows are seen to be stored."""

    def hours(db: Warehouse) -> dict[int, tuple[int, int | None]]:
        limits = db.base_new_event_limits
        if run.has_lease and limits.run != run.id:
            return {}  # another run has begun
        return {hour: (rows, limits.chunk) for hour, (rows, _, _) in limits.hours.items()}

    yield change("write ledger", "incremental_manifest", hours, lambda rows, taken: {**(rows or {}), **taken})


TAKE = {
    function.__name__: function
    for function in (
        base_events_this_run,
        chunk_manifest,
        daily_aggregation_manifest,
        entity_day_manifest,
        filtered_events,
        incremental_manifest,
    )
}
