"""Plays a history on the model: executes statements, ends runs between any two, lands statements late, sends them
twice; and holds what is in the tables to plain brute force over the raw rows, after every run.

A history is a list of steps with everything in it, so that one that fails can be cut down by leaving steps out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from types import ModuleType
from typing import Any, NamedTuple

from tests.model import meaning
from tests.model.meaning import HOURS, Event, Raw


class Faults(NamedTuple):
    """What goes wrong in a run. Indexes are those of its writes."""

    kill_at: int = -1
    kill_name: str = ""
    """With a name: at the first such write from there on."""
    how: str = "before"
    """`before` or `after` the write. Or the process dies while the statement is on its way, and it lands in a later
    run: `early` ones have read at once, `late` ones read then. Or the process `sleeps`, and all the rest of its model
    lands."""
    lands: tuple[int, int] = (1, 0)
    """So many runs later, before that write."""
    resent: tuple[int, ...] = ()
    """Writes that the client sends twice."""
    lagging: tuple[tuple[int, int], ...] = ()
    """Writes whose first try, given up by the client, is executed as well, so many writes later."""
    during: tuple[tuple[int, Raw | None], ...] = ()
    """Rows that are loaded before a write; None: the column `w` appears."""


NONE = Faults()
HARMLESS_LATE = (
    *("lease", "note stored", "mark days", "insert into entity_day_manifest", "note pending"),
    *("insert into entity_manifest", "mark in entity_history", "forget removals", "merge into attributes"),
)
"""Statements that do no harm whenever they land, whether they read at once or then. Others may, once the next run has
begun; a few do, above all of those that replace a table or insert rows. All may be sent
twice."""


class Killed(Exception):
    """The process that sends the statements is gone."""


class Violation(AssertionError):
    """Of what has to hold."""


class Late(NamedTuple):
    """A statement that is on its way."""

    run: int
    index: int
    write: Any
    rows: Any
    """What it has read already; None: it reads when it lands."""
    version: int
    """Of its table, when it read."""


class History:
    """`run` is the module of the model that is played, which may be one with a mistake; `may_land`: the statements of
    killed runs that may land later, None for all."""

    def __init__(
        self, run: ModuleType, *, has_transactions: bool, may_land: tuple[str, ...] | None = HARMLESS_LATE
    ) -> None:
        self.m = run
        self.may_land = may_land
        self.has_transactions = has_transactions
        self.db = run.Warehouse()
        self.definition: Any = None
        self.runs = 0
        self.late: list[Late] = []
        self.counted: dict[int, list[Raw]] = {}
        self.disturbed = False
        """Whether a statement of another run landed in this one, which may then have to stop."""
        self.has_landed = False
        """Whether one ever did: it may leave marks that cost one needless comparison."""
        self.is_redefined = False
        """Whether the definition is another one than that of the last run that ended well."""

    def play(self, steps: Iterable[tuple[Any, ...]]) -> None:
        for name, *arguments in steps:
            getattr(self, name)(*arguments)

    # --- steps

    def load(self, row: Raw) -> None:
        """Copies that are equal in all that ranks them are equal."""
        same = [raw for raw in self.db.raw if row.event_id and raw[:4] == row[:4]]
        self.db.raw.append(same[0] if same else row if self.db.has_w else row._replace(w=None))

    def forget(self, event_id: str) -> None:
        """Somebody deletes the rows of an event."""
        self.db.raw = [raw for raw in self.db.raw if raw.event_id != event_id]

    def column(self, is_there: bool) -> None:
        self.db.has_w = is_there

    def define(self, attributes: Any) -> None:
        self.is_redefined = True
        self.definition = meaning.Definition(tuple((name, meaning.Attribute(*one)) for name, one in attributes))

    def run(self, options: dict[str, Any], faults: Faults = NONE, models: tuple[str, ...] | None = None) -> bool:
        """Our `run`, or a dbt command on some models; returns whether it ended well. What it held is free after it."""
        options = self.m.Options(**options, has_transactions=self.has_transactions)
        before = dict(self.db.attributes or {})
        self.replaced_as_changed = self.db.definition is not None and any(
            p[0] == "redefined" for p in self.db.definition
        )
        self.runs, self.disturbed, self.publishes_each = self.runs + 1, False, options.publish_each
        self.is_loading = bool(faults.during)
        is_through = self._execute(self.m.Run(self.runs, self.definition, options, models), faults)
        self.db.lease = None
        self._check_updates(before)
        if is_through and models is None:
            self.is_redefined = False
            self.check(options)
        return is_through

    def drain(self, options: dict[str, Any]) -> None:
        """Nothing is on its way any more; everything is brought in; and a run after that has nothing to do."""
        self.runs += 10
        self._land(10**6)
        self.db.lease = None
        options = {**options, "full_scan": True, "reprocess_late": True}
        self._expect(self.run(options), "the run after all kills does not end well")
        self.check_end(self.m.Options(**options))
        before = self.db.saved()
        self._expect(self.run(options), "an idle run does not end well")
        found = self.db.saved()
        changed = [t for t in before if t not in SCRATCH and before[t] != found[t]]
        self._expect(not changed, "an idle run changes", changed)

    # --- executing

    def _execute(self, run: Any, faults: Faults) -> bool:
        steps, answer, index, saved = iter(run), None, 0, None
        during = list(faults.during)
        try:
            while True:
                item = steps.send(answer)
                answer = None
                if isinstance(item, self.m.Model):
                    saved = self.db.saved() if self.has_transactions else None
                elif isinstance(item, self.m.Query):
                    answer = item.read(self.db)
                else:
                    self._land(index)
                    for at, row in [one for one in during if one[0] <= index]:
                        during.remove((at, row))
                        self.column(True) if row is None else self.load(row)
                    self._write(item, index, faults, steps)
                    index += 1
                    if item.name == "create days_out_of_date" and not self.has_landed:
                        self._check_due(run)
        except StopIteration:
            self._land(10**6)
            return True
        except Killed:
            if saved is not None:
                self.db.restore(saved)
            self._land(10**6)
        except self.m.Refused as refused:
            allowed = self.disturbed or run.models is not None
            self._expect(allowed, "a run is refused", str(refused))
            self._land(10**6)
        except (TypeError, AttributeError):
            is_missing = any(getattr(self.db, table) is None for table in self.db.TABLES)
            if run.models is None or not is_missing:
                raise  # a fault of the model; else the engine says that a table does not exist
            self._land(10**6)
        return False

    def _write(self, write: Any, index: int, faults: Faults, steps: Any) -> None:
        is_here = (
            index >= faults.kill_at >= 0 and write.name == faults.kill_name
            if faults.kill_name
            else index == faults.kill_at
        )
        if is_here:
            if faults.how == "after":
                write.run(self.db)
            elif not self._may_land(write):
                pass
            elif faults.how in ("early", "late"):
                rows = write.read(self.db) if faults.how == "early" else None
                self._post(write, faults.lands, rows)
            elif faults.how == "sleeps" and self.may_land is None:
                self._post(
                    self.m.Write("rest of a model", "late", write.table, lambda db: steps, _wake(write)),
                    faults.lands,
                    None,
                )
            raise Killed
        rows = write.read(self.db)
        if self._may_land(write):
            for at, later in faults.lagging:
                if at == index:
                    self._post(write, (0, index + later), rows)
        write.land(self.db, rows)
        if not self.has_transactions and index in faults.resent:
            write.run(self.db)

    def _may_land(self, write: Any) -> bool:
        return not self.has_transactions and (self.may_land is None or write.name in self.may_land)

    def _post(self, write: Any, lands: tuple[int, int], rows: Any) -> None:
        self.late.append(Late(self.runs + lands[0], lands[1], write, rows, self.db.versions[write.table]))

    def _land(self, index: int) -> None:
        """What is due by now. An engine refuses a change by a statement that has read its table before somebody else
        changed it, or starts it again; it adds rows all the same, and replaces a table as a whole."""
        due = [one for one in self.late if (one.run, one.index) <= (self.runs, index)]
        self.late = [one for one in self.late if one not in due]
        for _, _, write, rows, version in due:
            self.disturbed = self.has_landed = True
            if rows is not None and write.kind == "change" and self.db.versions[write.table] != version:
                rows = None
            with suppress(TypeError, AttributeError):  # of a table that is not there
                write.run(self.db) if rows is None else write.land(self.db, rows)

    # --- checking

    def _expect(self, is_so: Any, message: str, *details: Any) -> None:
        if not is_so:
            raise Violation(message, *details)

    def winners(self, rows: Iterable[Raw], options: Any) -> list[Event]:
        """Of every event the first copy in scope, with the properties that are kept."""
        first: dict[str, list[Event]] = {}
        for raw in rows:
            event = Event(*raw)
            if raw.event_id and raw.entity and raw.kind in self.definition.kinds and event.day >= options.start_day:
                first.setdefault(raw.event_id, []).append(event)
        found = []
        for copies in first.values():
            copies.sort(key=lambda event: event.day)
            groups = [[copies[0]]]
            for event in copies[1:]:
                is_near = options.duplicate_lookback < 0 or event.day - groups[-1][-1].day <= options.duplicate_lookback
                groups[-1].append(event) if is_near else groups.append([event])
            found += [min(group, key=lambda event: event.rank) for group in groups]
        return [event.keeping(self.definition.props) for event in found]

    def expected(self, events: Iterable[Event], options: Any) -> dict[str, dict[str, Any]]:
        """Every attribute straight from events, without any state."""
        of_entity: dict[str, list[Event]] = {}
        for event in events:
            if event.day <= options.as_of:
                of_entity.setdefault(event.entity, []).append(event)
        return {
            entity: {
                name: meaning.final(
                    one,
                    meaning.state_of(
                        one.slot,
                        [e for e in own if meaning.in_window(e.day, one.period, options.as_of, options.shift)],
                    ),
                )
                for name, one in self.definition.attributes
            }
            for entity, own in of_entity.items()
        }

    def check(self, options: Any) -> None:
        """After a run that ended well."""
        db = self.db
        stored = [row.event for row in db.filtered_events]
        keys = Counter((event.event_id, event.day if options.duplicate_lookback >= 0 else 0) for event in stored)
        self._expect(max(keys.values(), default=1) == 1, "an event is stored twice", keys)
        self._check_accounting()
        self._check_ledger(options)
        pending = self._check_deferred(options)
        # a stored event gave way to another of the same place, which is pending: the states hold the former
        manifest = db.daily_aggregation_manifest
        unsure = {day for day in pending if (manifest[day].replaced_chunk or 0) > (manifest[day].aggregated_chunk or 0)}
        entities = {event.entity for event in stored if event.day in unsure}
        held = [event for event, chunk in db.filtered_events if chunk not in pending.get(event.day, ())]
        self._check_states(pending, unsure)
        self._check_cache(options)
        found = {entity: values for entity, (values, _) in db.attributes.items() if entity not in entities}
        wanted = {one: row for one, row in self.expected(held, options).items() if one not in entities}
        self._expect(found == wanted, "attributes differ from what is aggregated", found, wanted)
        self._expect(not {one for one, _ in db.removed_entities} & set(db.attributes), "removed, and published")
        gone = [entity for entity, _ in db.removed_entities]
        self._expect(len(gone) == len(set(gone)), "an entity is removed twice", gone)
        if not self.has_landed:
            self._expect(not db.entity_manifest, "marks of entities are left", db.entity_manifest)
        dirty = {number for number, day in db.daily_aggregation_manifest.items() if day.is_dirty}
        chunks = {
            row.chunk for row in db.chunk_manifest if row.is_stored
        }  # one that was never stored may have left some
        waiting = (
            set() if self.has_landed else {row.day for row in db.entity_day_manifest if row.chunk in chunks} - dirty
        )
        self._expect(not waiting, "marks of entities on clean days are left", waiting)

    def _check_ledger(self, options: Any) -> None:
        """Hours in reach are as they are now, those of the future are not taken, none is to be taken again."""
        ledger = self.db.incremental_manifest
        self._expect(all(hour <= options.now for hour in ledger), "an hour of the future is taken", ledger)
        self._expect(all(chunk is not None for _, chunk in ledger.values()), "hours are to be taken again", ledger)
        is_whole = options.full_scan or options.lookback < 0
        first = 0 if is_whole else max(ledger, default=0) - options.lookback * HOURS
        counted = Counter(
            raw.load for raw in self.db.raw if max(first, options.start_day * HOURS) <= raw.load <= options.now
        )
        left = {hour for hour, rows in counted.items() if ledger.get(hour, (0, 0))[0] != rows}
        self._expect(not left or self.is_loading, "an hour in reach was not taken", left)

    def _check_accounting(self) -> None:
        chunks = [row.counts for row in self.db.chunk_manifest if row.is_stored]
        for counts in chunks:
            parts = sum(number for name, number in counts.items() if name.startswith("rows_") and name != "rows_read")
            self._expect(counts["rows_read"] == parts, "a chunk's accounting does not add up", counts)
        total = sum(counts["rows_used"] - counts["winners_replaced"] for counts in chunks)
        self._expect(total == len(self.db.filtered_events), "rows used are not those stored", total)
        lines = self.db.run_history.values()
        total = sum(line["rows_used"] - line["winners_replaced"] for line in lines)
        self._expect(total == len(self.db.filtered_events), "the history does not add up", total)

    def _check_due(self, run: Any) -> None:
        """B3, when the days are chosen: what waits and what does not, from the events themselves."""
        manifest = self.db.daily_aggregation_manifest
        lookback = -1 if run.o.reprocess_late else run.o.late_lookback
        least = 1 if run.o.reprocess_late else max(run.o.min_late, 1)
        for number, found in self.db.days_out_of_date.items():
            done = manifest[number].aggregated_chunk
            events = [e for e, chunk in self.db.filtered_events if e.day == number and chunk > (done or 0)]
            in_reach = [event for event in events if lookback < 0 or event.days_late <= lookback]
            is_due = (
                done is None
                or (manifest[number].left_chunk or 0) > done
                or not all(event.days_late for event in events)
                or not events
                or len(in_reach) >= least
            )
            self._expect(found.is_due == is_due, "a day waits that is due, or does not wait", number, found)

    def _check_deferred(self, options: Any) -> dict[int, set[int]]:
        """Day -> chunks that are pending. B3, from the events themselves: nothing else may wait."""
        pending = {}
        for number, day in self.db.daily_aggregation_manifest.items():
            done = day.aggregated_chunk or 0
            events = [e for e, chunk in self.db.filtered_events if e.day == number and chunk > done]
            if events or day.is_dirty:
                in_reach = [e for e in events if options.late_lookback < 0 or e.days_late <= options.late_lookback]
                is_due = (
                    not done
                    or not events
                    or any(not event.days_late for event in events)
                    or options.reprocess_late
                    or len(in_reach) >= max(options.min_late, 1)
                )
                # a mark that lands late costs one needless aggregation, and nothing else
                self._expect(not is_due or (self.has_landed and not events), "a day that is due was left", number, day)
                self._expect(day.is_dirty, "pending events of a clean day", number, day)
                pending[number] = {chunk for e, chunk in self.db.filtered_events if e.day == number and chunk > done}
        return pending

    def _check_states(self, pending: dict[int, set[int]], unsure: set[int]) -> None:
        """A state is of the events that one chunk stored of an entity and day, and of nothing that is pending."""
        wanted: dict[tuple[str, int, int], list[Event]] = {}
        for event, chunk in self.db.filtered_events:
            if chunk not in pending.get(event.day, ()) and event.day not in unsure:
                wanted.setdefault((event.entity, event.day, chunk), []).append(event)
        found: dict[tuple[str, int, int], dict[Any, Any]] = {}
        for row in self.db.daily_aggregates:
            self._expect(row[:3] not in found, "an entity has two rows of one day and chunk", row)
            if row.day not in unsure:
                found[row[:3]] = dict(row.states)
        self._expect(found.keys() == wanted.keys(), "daily_aggregates", found.keys() ^ wanted.keys())
        for row in self.db.daily_values:
            states = {slot: state for slot, state in row.states.items() if slot in self.definition.slots}
            if states and row.day not in unsure:
                self._expect(row[:3] in found, "daily_values of nothing", row)
                found[row[:3]] |= states
        for place, own in wanted.items():
            self._expect(found[place].get(self.m.EVENTS) == len(own), "events of a state", place)
            for slot in self.definition.slots:
                state = meaning.state_of(slot, own)
                self._expect(found[place].get(slot) == state, "a state", place, slot, found[place].get(slot), state)

    def _check_cache(self, options: Any) -> None:
        """Of whom it may be relied on, the cache says what the days say."""
        history = self.db.entity_history
        if history.day is None:
            return
        days: dict[str, list[Any]] = {}
        for row in (*self.db.daily_aggregates, *self.db.daily_values):
            if row.day <= history.day and row.entity not in history.marked:
                days.setdefault(row.entity, []).append(row.states)
        wanted = {entity: kept for entity, rows in days.items() if (kept := self._kept(rows))}
        cached = {one: self._kept([states]) for one, states in history.rows.items() if one not in history.marked}
        found = {one: kept for one, kept in cached.items() if kept}
        self._expect(found == wanted, "entity_history", found, wanted)

    def _kept(self, rows: list[Any]) -> Any:
        known = {*self.definition.slots, self.m.EVENTS}
        return meaning.merged({slot: state for slot, state in row.items() if slot in known} for row in rows)

    def _check_updates(self, before: dict[str, Any]) -> None:
        """`updated_at` moves when, and only when, a value does."""
        for entity, (values, time) in (self.db.attributes or {}).items():
            if entity in before:
                old, old_time = before[entity]
                self._expect(old_time != time or old == values, "values changed, updated_at did not", entity)
                # once an attribute has got another meaning, the next definition, too, replaces all rows as changed
                is_other = self.disturbed or self.is_redefined or self.replaced_as_changed or self.publishes_each
                self._expect(is_other or old_time == time or old != values, "updated_at changed alone", entity)

    def check_end(self, options: Any) -> None:
        """With nothing pending: part A over all rows that were ever taken."""
        stored = sorted((row.event.keeping(self.definition.props) for row in self.db.filtered_events), key=repr)
        rows = [raw for raw in self.db.raw if raw.load <= options.now and raw.load >= options.start_day * HOURS]
        wanted = sorted(self.winners(rows, options), key=repr)
        self._expect(stored == wanted, "filtered_events", stored, wanted)
        dirty = [number for number, day in self.db.daily_aggregation_manifest.items() if day.is_dirty]
        self._expect(not dirty, "days are dirty", dirty)


def _wake(first: Any) -> Any:
    """Lands the rest of the model in which a process fell asleep; the next one sees that the lease is lost."""

    def apply(db: Any, steps: Any) -> None:
        first.run(db)
        answer = None
        try:
            while True:
                item = steps.send(answer)
                answer = None
                if type(item).__name__ == "Model":
                    steps.send(True)
                elif type(item).__name__ == "Query":
                    answer = item.read(db)
                else:
                    item.run(db)
        except StopIteration:
            return
        except Exception as error:
            if type(error).__name__ != "Refused":
                raise

    return apply


SCRATCH = (
    *("base_new_event_limits", "base_events_this_run", "days_out_of_date", "entity_days_to_process"),
    *("attributes_this_run", "run_history", "publication_manifest"),
)
"""Tables that an idle run may write: what they hold tells of the run."""
