"""The models that bring dirty days up to date and publish: choose the days that are due and whose rows may change,
add the states of what is pending, compare with what is published, write what differs, and clear the marks, in this
order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any

from tests.model.meaning import Attribute, Slot, States, final, in_window, merged, state_of
from tests.model.tables import (
    Changes,
    Day,
    DirtyDay,
    History,
    Publication,
    Query,
    StateRow,
    Warehouse,
    Write,
    change,
    create,
    insert,
)
from tests.model.taking import COUNTS

if TYPE_CHECKING:
    from tests.model.run import Run

Steps = Generator[Query | Write, Any, Any]

USUAL_LOOKBACK = 2
"""How late events usually are at most: where all late events are brought in, early days are settled after that."""


def planned(run: Run) -> Steps:
    """As of which day, and when, this run was planned; of a model that is built by itself by the plan that is there."""
    if run.has_lease or run.is_as_built("base_new_event_limits"):
        return run.o.as_of, run.o.now
    limits = yield Query(lambda db: db.base_new_event_limits)
    return limits.as_of, limits.planned_at


# --- days_out_of_date


def days_out_of_date(run: Run) -> Steps:
    """Of each dirty day what is pending, and whether it is due. A day that was not touched since is not counted
    again."""
    lookback, least = run.late_lookback, 1 if run.o.reprocess_late else max(run.o.min_late, 1)

    def is_to_count(day: Day) -> bool:
        is_other = lookback >= 0 and day.counted_lookback != lookback
        return day.counted_chunk is None or day.counted_chunk < day.marked_chunk or is_other

    def dirty(db: Warehouse) -> dict[int, int]:
        days = db.daily_aggregation_manifest.items()
        return {number: day.since_chunk for number, day in days if day.is_dirty and is_to_count(day)}

    to_count = yield Query(dirty)

    def counted(db: Warehouse) -> dict[int, DirtyDay]:
        late: dict[int, Counter[str]] = {}
        manifest = db.daily_aggregation_manifest
        for event, chunk in db.filtered_events:
            day = event.day
            if day in to_count and chunk >= to_count[day] and chunk > (manifest[day].aggregated_chunk or 0):
                counts = late.setdefault(day, Counter())
                counts["pending_late" if event.days_late > 0 else "pending"] += 1
                counts["pending_in_reach"] += 1 <= event.days_late <= lookback
        found = {}
        for number, day in manifest.items():
            if not day.is_dirty:
                continue
            names = ("pending", "pending_late", "pending_in_reach")
            known = late.get(number, Counter()) if is_to_count(day) else Counter({n: getattr(day, n) for n in names})
            aggregated = day.aggregated_chunk
            is_due = (
                aggregated is None
                or (day.left_chunk or 0) > aggregated
                or known["pending"] > 0
                or known["pending_late"] == 0
                or known["pending_in_reach" if lookback >= 0 else "pending_late"] >= least
            )
            is_recomputed = aggregated is not None and (day.replaced_chunk or 0) > aggregated
            counts = [known[name] for name in names]
            found[number] = DirtyDay(day.since_chunk, day.marked_chunk, is_recomputed, *counts, is_due)
        return found

    yield create("days_out_of_date", counted)

    def note(day: Day, given: DirtyDay) -> Day:
        """What was counted; and a day that a run has begun to aggregate is never deferred later."""
        return day._replace(
            pending=given.pending,
            pending_late=given.pending_late,
            pending_in_reach=given.pending_in_reach,
            counted_chunk=given.marked_chunk,
            counted_lookback=lookback,
            left_chunk=given.marked_chunk if given.is_due else day.left_chunk,
        )

    yield update_days("note pending", lambda db: db.days_out_of_date, note)


def update_days(name: str, given: Any, note: Any) -> Write:
    """Changes the days of the manifest that were not marked again since they were chosen."""

    def apply(days: dict[int, Day], rows: dict[int, DirtyDay]) -> dict[int, Day]:
        return days | {
            number: note(days[number], row)
            for number, row in rows.items()
            if number in days and days[number].marked_chunk == row.marked_chunk
        }

    return change(name, "daily_aggregation_manifest", given, apply)


def due(db: Warehouse) -> dict[int, DirtyDay]:
    return {number: day for number, day in (db.days_out_of_date or {}).items() if day.is_due}


def entity_days_to_process(run: Run) -> Steps:
    """The entities of the days that are due whose events changed."""
    yield create(
        "entity_days_to_process",
        lambda db: {(row.day, row.entity, row.is_recomputed) for row in db.entity_day_manifest if row.day in due(db)},
    )


# --- entity_manifest


def before_publishing(run: Run) -> Steps:
    """What the models ask before the states change, in one query."""

    def read(db: Warehouse) -> dict[str, Any]:
        aggregated = [n for n, day in db.daily_aggregation_manifest.items() if day.aggregated_chunk is not None]
        return {
            "published": db.publication_manifest,
            "due": due(db),
            "first_day": min(aggregated, default=None),
            "history": db.entity_history,
        }

    return (yield from run.asked_once("before", "days_out_of_date", read))


def entity_manifest(run: Run) -> Steps:
    """Marks the entities whose row may change, before anything that it is computed from does: those of changed days,
    and those active on days that enter or leave a window because time went on. Nobody: says for which day this was
    done."""
    as_of, _ = yield from planned(run)
    published = (yield from before_publishing(run))["published"]
    periods = {attribute.period for _, attribute in run.definition.attributes} | {None}

    def moves(day: int) -> bool:
        old, new = (published.as_of, published.shift), (as_of, run.o.shift)
        return any(in_window(day, period, *old) != in_window(day, period, *new) for period in periods)

    def dirty(db: Warehouse) -> list[tuple[str | None, int, int]]:
        found = {entity for _, entity, _ in db.entity_days_to_process}
        if published is not None and db.daily_aggregates is not None:
            found |= {row.entity for row in db.daily_aggregates if moves(row.day)}
        return [(entity, db.base_new_event_limits.as_of, run.o.shift) for entity in (*found, None)]

    yield insert("entity_manifest", dirty)


# --- entity_history


def settled_day(run: Run, as_of: int) -> int:
    """The last day that no window needs and no late event changes unless it is asked to."""
    lookback = USUAL_LOOKBACK if run.late_lookback < 0 else run.late_lookback
    return as_of - run.definition.longest - lookback - 1


def entity_history(run: Run) -> Steps:
    """The cache of early days. Whose early days are about to change is marked in it first: their days are read one by
    one. A run that changes no such day makes it anew."""
    as_of, _ = yield from planned(run)
    found = yield from before_publishing(run)
    history, changing, every = found["history"], sorted(found["due"]), run.o.history_every
    before = history.day if history else None
    day = settled_day(run, as_of)
    run.found["history"] = history
    if (yield Query(lambda db: db.daily_aggregates is None)) or (before is None and day < run.o.start_day + every):
        return
    since = found["first_day"] if before is None else before
    is_behind = since is not None and day >= since + every
    changes = before is not None and bool(changing) and changing[0] <= before
    if changing and (is_behind or (history and history.marked and not changes)):
        day = max(day, day if before is None else before)
        yield create("entity_history", lambda db: made(db, before, day))
        run.found["history"] = History(day, {}, frozenset({"?"} if changing[0] <= day else ()))
    elif changes:
        yield change("mark in entity_history", "entity_history", lambda db: changed_until(db, before), marked)
        run.found["history"] = history._replace(marked=frozenset("?"))


def changed_until(db: Warehouse, day: int) -> frozenset[str]:
    return frozenset(entity for number, entity, _ in db.entity_days_to_process if number <= day)


def marked(history: History, entities: frozenset[str]) -> History:
    return history._replace(marked=history.marked | entities)


def made(db: Warehouse, before: int | None, day: int) -> History:
    """All days up to `day` merged, from the cache of before and the days after it."""
    changing, now = changed_until(db, day), db.entity_history or History(None, {}, frozenset())
    rows: dict[str, list[States]] = {}
    is_made = before is not None and before < day == now.day  # the statement is sent a second time
    for row in () if is_made else state_rows(db):
        if row.day <= day and (before is None or row.day > before or row.entity in now.marked):
            rows.setdefault(row.entity, []).append(row.states)
    for entity, states in now.rows.items() if before is not None else ():
        if entity not in now.marked:
            rows.setdefault(entity, []).append(states)
    return History(day, {entity: merged(own) for entity, own in rows.items() if entity not in changing}, changing)


def state_rows(db: Warehouse) -> Iterable[StateRow]:
    yield from db.daily_aggregates or ()
    yield from db.daily_values or ()


# --- daily_values, daily_aggregates

EVENTS = Slot("events", frozenset(), None)
"""The column of daily_aggregates that counts the events of whatever kind."""


def is_computed(run: Run, days: dict[int, DirtyDay], entity_days: set[tuple[int, str, bool]]) -> Any:
    """Whether an event, or a state, is of what this run computes: what was loaded since the day was aggregated; and
    where a stored event gave way all of it, of the entities concerned (with transactions), or of everybody."""

    def decide(entity: str, day: int, chunk: int) -> bool:
        if day not in days:
            return False
        if days[day].is_recomputed and (not run.o.has_transactions or (day, entity, True) in entity_days):
            return True
        return chunk >= days[day].since_chunk

    return decide


def computed_states(run: Run, db: Warehouse, decide: Any, slots: Iterable[Slot]) -> list[StateRow]:
    events: dict[tuple[str, int, int], list[Any]] = {}
    for event, chunk in db.filtered_events:
        if decide(event.entity, event.day, chunk):
            events.setdefault((event.entity, event.day, chunk), []).append(event)
    rows = []
    for place, own in events.items():
        states = {slot: len(own) if slot == EVENTS else state_of(slot, own) for slot in slots}
        rows.append(StateRow(*place, {slot: state for slot, state in states.items() if state is not None}))
    return rows


def replace_states(run: Run, table: str, slots: Iterable[Slot]) -> Steps:
    """Adds the states that are computed now, and takes away those that a run of before added of the same."""
    days = (yield from before_publishing(run))["due"]
    if not days and (yield Query(lambda db: getattr(db, table) is not None)):
        return

    def read(db: Warehouse) -> tuple[Any, list[StateRow]]:
        decide = is_computed(run, days, db.entity_days_to_process)
        return decide, computed_states(run, db, decide, slots)

    def apply(rows: list[StateRow] | None, given: tuple[Any, list[StateRow]]) -> list[StateRow]:
        decide, new = given
        return [row for row in rows or () if not decide(row.entity, row.day, row.chunk)] + new

    yield change(f"replace in {table}", table, read, apply)


def daily_values(run: Run) -> Steps:
    yield from replace_states(run, "daily_values", [slot for slot in run.definition.slots if slot.state == "values"])
    if not run.has_lease:  # for models that are built in another process
        yield update_days("mark values", due, lambda day, given: day._replace(values_chunk=given.marked_chunk))


def daily_aggregates(run: Run) -> Steps:
    """After it the days are clean, up to the chunk that was aggregated: what a later one marked stays dirty."""
    of_days = [slot for slot in run.definition.slots if slot.state != "values"]
    yield from replace_states(run, "daily_aggregates", [EVENTS, *of_days])

    def entities(db: Warehouse) -> set[tuple[int, int]]:
        days = due(db)
        rows = [(row.day, row.chunk) for row in db.entity_day_manifest if row.day in days]
        return {(day, chunk) for day, chunk in rows if chunk <= days[day].marked_chunk}

    yield change(
        "clear entity days",
        "entity_day_manifest",
        entities,
        lambda rows, done: [row for row in rows if (row.day, row.chunk) not in done],
    )
    yield update_days("mark aggregated", due, aggregated)


def aggregated(day: Day, given: DirtyDay) -> Day:
    return day._replace(
        is_dirty=False,
        pending=0,
        pending_late=0,
        pending_in_reach=0,
        counted_chunk=given.marked_chunk,
        aggregated_chunk=given.marked_chunk,
    )


# --- attributes_this_run


def seen(run: Run, db: Warehouse) -> tuple[int, int, int, int]:
    """What a comparison was computed from."""
    days = db.daily_aggregation_manifest.values()
    return (
        len(db.entity_manifest),
        sum(day.aggregated_chunk or 0 for day in days),
        db.base_new_event_limits.chunk,
        run.o.shift,
    )


def attributes_this_run(run: Run) -> Steps:
    """The rows that differ from what is published; of entities that are dirty, if the rest was published by this
    definition."""
    as_of, planned_at = yield from planned(run)
    if (yield Query(lambda db: db.entity_history is None)):
        yield create("entity_history", lambda db: History(None, {}, frozenset()))
    history = yield Query(lambda db: db.entity_history)
    if run.is_as_built("entity_history"):
        known = run.found["history"]
        history = history._replace(day=known.day if known else None)
    if history.day is not None and history.day >= min(as_of + run.o.shift - run.definition.longest, as_of + 1):
        history = history._replace(day=None)  # it covers days that some window asks for, or that have not come
    is_partial = yield Query(lambda db: db.publication_manifest is not None and is_comparable(run, db))

    def compared(db: Warehouse) -> Changes:
        stale = {entity for entity, _, _ in db.entity_manifest}
        published = {entity: row for entity, row in (db.attributes or {}).items() if not is_partial or entity in stale}
        values = attribute_values(run, db, history.day, as_of, stale if is_partial else None)
        times = [time for _, time in (db.attributes or {}).values()] + [time for _, time in db.removed_entities or ()]
        now = max([planned_at, *(time + 1 for time in times)])
        is_alike = is_comparable(run, db)
        rows = {}
        for entity in {*values, *published}:
            new, (old, time) = values.get(entity), published.get(entity, (None, 0))
            how = (
                "new" if old is None else "removed" if new is None else "same" if is_alike and new == old else "changed"
            )
            if how != "same" or not is_partial:
                rows[entity] = (how, new or {}, time if how == "same" else now)
        return Changes(is_partial, rows, now, seen(run, db))

    yield create("attributes_this_run", compared)


def is_comparable(run: Run, db: Warehouse) -> bool:
    """Whether what is published has the columns that it will have."""
    found = {name for values, _ in (db.attributes or {}).values() for name in values}
    redefined = (
        {part[1] for part in db.definition if part[0] == "redefined"} if db.publication_manifest is None else set()
    )
    return db.attributes is not None and (not found or found - redefined == set(run.definition.names))


def attribute_values(
    run: Run, db: Warehouse, covered: int | None, as_of: int, entities: set[str | None] | None
) -> dict[str, dict[str, Any]]:
    """Windows are merged from the days, lifetimes from the cache and the days after it."""
    marked = db.entity_history.marked
    days: dict[str, list[tuple[int | None, States]]] = {}
    for row in state_rows(db):
        if row.day <= as_of and (covered is None or row.day > covered or row.entity in marked):
            days.setdefault(row.entity, []).append((row.day, row.states))
    if covered is not None:
        for entity, states in db.entity_history.rows.items():
            if entity not in marked:
                days.setdefault(entity, []).append((None, states))
    found = {}
    for entity, rows in days.items():
        if entities is not None and entity not in entities:
            continue
        windows = {
            period: merged(
                states
                for day, states in rows
                if (period is None if day is None else in_window(day, period, as_of, run.o.shift))
            )
            for period in {attribute.period for _, attribute in run.definition.attributes} | {None}
        }
        if windows[None].get(EVENTS):
            found[entity] = {name: _value(attribute, windows) for name, attribute in run.definition.attributes}
    return found


def _value(attribute: Attribute, windows: dict[int | None, States]) -> Any:
    return final(attribute, windows[attribute.period].get(attribute.slot))


# --- what users read


def removed_entities(run: Run) -> Steps:
    """Who is about to go is noted before the row goes. A run that died may have noted it already."""

    def gone(db: Warehouse) -> list[tuple[str, int]]:
        return [(entity, time) for entity, (how, _, time) in db.attributes_this_run.rows.items() if how == "removed"]

    added, is_there = yield Query(lambda db: (len(gone(db)), db.removed_entities is not None))
    if is_there and not added:
        return
    if is_there:
        yield change(
            "forget removals",
            "removed_entities",
            lambda db: {entity for entity, _ in gone(db)},
            lambda rows, entities: [row for row in rows if row[0] not in entities],
        )

    def unless_there(db: Warehouse) -> list[tuple[str, int]]:
        noted = {entity for entity, _ in db.removed_entities or ()}
        return [row for row in gone(db) if row[0] not in noted]

    yield insert("removed_entities", gone if run.o.has_transactions else unless_there)


def attributes(run: Run) -> Steps:
    """One statement: replaced as a whole, or the rows that change."""
    is_replaced = yield Query(
        lambda db: db.attributes is None or not has_columns(run, db) or db.publication_manifest is None
    )

    def given(db: Warehouse) -> Changes:
        return db.attributes_this_run

    def rows_of(changes: Changes) -> dict[str, tuple[dict[str, Any], int]]:
        return {one: (values, time) for one, (how, values, time) in changes.rows.items() if how != "removed"}

    if is_replaced:
        yield create("attributes", lambda db: rows_of(given(db)))
        return

    def merge(rows: dict[str, Any], changes: Changes) -> dict[str, Any]:
        kept = {one: row for one, row in rows.items() if changes.rows.get(one, ("",))[0] != "removed"}
        return kept | rows_of(changes)

    yield change("merge into attributes", "attributes", given, merge)


def has_columns(run: Run, db: Warehouse) -> bool:
    return all(set(values) == set(run.definition.names) for values, _ in (db.attributes or {}).values())


def publication_manifest(run: Run) -> Steps:
    """As of which day the attributes were published; with it, entities are no longer dirty."""

    def published(db: Warehouse) -> Publication | None:
        limits = db.base_new_event_limits
        if run.has_lease and limits.run != run.id:
            return None  # another run has begun
        return Publication(limits.run, limits.planned_at, limits.as_of, run.o.shift)

    yield change("write publication", "publication_manifest", published, lambda known, row: row or known)
    yield change(
        "forget returned",
        "removed_entities",
        lambda db: {entity for entity, _ in db.removed_entities if entity in db.attributes},
        lambda rows, returned: [row for row in rows if row[0] not in returned],
    )
    yield change("clear entities", "entity_manifest", lambda db: None, lambda rows, _: [])


def run_history(run: Run) -> Steps:
    """The accounting of each run; one that died keeps the rows of the chunks that it stored."""

    def lines(db: Warehouse) -> dict[int, dict[str, Any]]:
        this, known = db.base_new_event_limits.run, db.run_history or {}
        found = {this: dict.fromkeys(COUNTS, 0)}
        for row in db.chunk_manifest:
            if row.is_stored:
                line = found.setdefault(row.run, dict.fromkeys(COUNTS, 0))
                for name in COUNTS:
                    line[name] += row.counts[name]
        # one that published before it died may have stored more since
        return {one: line for one, line in found.items() if one == this or known.get(one) != line}

    yield change("write history", "run_history", lines, lambda rows, new: {**(rows or {}), **new})


PUBLISH = {
    function.__name__: function
    for function in (
        days_out_of_date,
        entity_days_to_process,
        entity_manifest,
        entity_history,
        daily_values,
        daily_aggregates,
        attributes_this_run,
        removed_entities,
        attributes,
        publication_manifest,
        run_history,
    )
}
