"""What a project should have done: an independent model of runs over plain Python values.

It follows the rules of runs as the documentation tells them, not the SQL: which hours of load are taken, which copies
win, which days are aggregated and which wait, what is published, and how every row that was read is accounted for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests import reference
from tests.histories.steps import Limits

from snowplow_signals import View

Row = dict[str, Any]
Events = dict[str, Row]
REASONS = ("incomplete", "before_start", "other_app", "no_entity", "irrelevant")


@dataclass(frozen=True)
class Scenario:
    """What stays the same during a history, and the events table, which only grows."""

    view: View
    start_date: date
    app_ids: tuple[str, ...]
    loads: dict[datetime, list[Row]] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        """Rows appear."""
        for row in rows:
            load = row["load_tstamp"]
            if load is not None and load.date() >= self.start_date:  # what was loaded before is never looked at
                self.loads.setdefault(load.replace(minute=0, second=0, microsecond=0), []).append(row)

    def scope(self, row: Row) -> str | None:
        return reference.scope(self.view, row, start_date=self.start_date, app_ids=self.app_ids)

    def winners(self, rows: Iterable[Row]) -> Events:
        return reference.winners(self.view, rows, start_date=self.start_date, app_ids=self.app_ids)

    def attributes(self, rows: Iterable[Row], as_of: date, include_current_day: bool) -> dict[str, dict[str, Any]]:
        return reference.compute(
            self.view,
            rows,
            as_of=as_of,
            start_date=self.start_date,
            app_ids=self.app_ids,
            include_current_day=include_current_day,
        )


@dataclass(frozen=True)
class Day:
    """The events that the day's aggregates hold, None before the first time; whether one has left it since."""

    aggregated: Events | None = None
    is_left: bool = False


@dataclass(frozen=True)
class Asked:
    """What a run was asked to do."""

    now: datetime
    as_of: date
    limits: Limits
    plain: bool = False
    full_scan: bool = False
    reprocess_late: bool = False
    publish_each: bool = False
    chunk_rows: int = 5_000_000
    counts_rows: bool = False
    """Whether the engine knows how many rows the events table has: if that does not add up, all hours are compared."""
    is_unsure: bool = False
    """Whether that is not known of before, or a build has found that it does not add up."""


@dataclass(frozen=True)
class State:
    """What a project's tables hold."""

    scenario: Scenario
    ledger: dict[datetime, int] = field(default_factory=dict)
    stored: Events = field(default_factory=dict)
    days: dict[date, Day] = field(default_factory=dict)
    published: dict[str, dict[str, Any]] | None = None
    removed: frozenset[str] = frozenset()

    # --- which hours of load

    def differing(self, asked: Asked) -> list[datetime]:
        """The hours of load in sight that differ from the ledger, oldest first."""
        lookback = -1 if asked.full_scan else asked.limits.load_lookback_days
        since = datetime.min
        if self.ledger and lookback >= 0:
            since = max(self.ledger) - timedelta(days=lookback)
        differing = sorted(
            bucket for bucket, rows in self.scenario.loads.items() if self.ledger.get(bucket) != len(rows)
        )
        if asked.counts_rows and (asked.is_unsure or (differing[:1] < [since] and not asked.plain)):
            since = datetime.min
        return [bucket for bucket in differing if since <= bucket <= asked.now]

    def chunk(self, asked: Asked) -> tuple[list[datetime], int]:
        """The hours that are taken next, and how many are left after them."""
        differing = self.differing(asked)
        limit = asked.limits.backfill_limit_days
        if limit < 0 and asked.plain:
            limit = 1
        days = sorted({bucket.date() for bucket in differing})
        in_bound = set(days if limit < 0 else days[:limit])
        taken, rows = [], 0
        for bucket in differing:
            if bucket.date() in in_bound and (asked.plain or rows < asked.chunk_rows or rows == 0):
                taken.append(bucket)
            rows += len(self.scenario.loads[bucket])
        return taken, len(differing) - len(taken)

    # --- events

    def storing(self, buckets: list[datetime]) -> tuple[State, Counter[str]]:
        """The state after those hours' winners are stored, and the accounting."""
        rows = [(row, bucket in self.ledger) for bucket in buckets for row in self.scenario.loads[bucket]]
        reasons = [self.scenario.scope(row) for row, _ in rows]
        counts = Counter({f"rows_{reason}": reasons.count(reason) for reason in REASONS})
        in_scope = [was_seen for (_, was_seen), reason in zip(rows, reasons, strict=True) if reason is None]
        stored, days = dict(self.stored), dict(self.days)
        for event_id, event in self.scenario.winners(row for row, _ in rows).items():
            known = stored.get(event_id)
            if known is not None and reference.precedence(known) <= reference.precedence(event):
                continue
            stored[event_id] = event
            counts["rows_used"] += 1
            hour = event["load_tstamp"].replace(minute=0, second=0, microsecond=0)
            counts["rows_seen_before"] -= hour in self.ledger
            days.setdefault(event["day"], Day())
            if known is not None:
                counts["winners_replaced"] += 1
                if (known["day"], known["identifier"]) != (event["day"], event["identifier"]):
                    days[known["day"]] = replace(days[known["day"]], is_left=True)
        counts["rows_read"] = len(rows)
        counts["rows_seen_before"] += sum(in_scope)
        counts["rows_duplicate"] = len(in_scope) - counts["rows_used"] - counts["rows_seen_before"]
        return replace(self, stored=stored, days=days), counts

    def noting(self, buckets: list[datetime]) -> State:
        """The state after those hours are in the ledger."""
        return replace(self, ledger=self.ledger | {bucket: len(self.scenario.loads[bucket]) for bucket in buckets})

    def redefined(self, scenario: Scenario) -> State:
        """The state from which a run that brings everything in comes where it should be by another definition."""
        rows = [row for bucket in self.ledger for row in scenario.loads.get(bucket, ())]
        stored = scenario.winners(rows)
        return replace(self, scenario=scenario, stored=stored, days={event["day"]: Day() for event in stored.values()})

    # --- days

    def of_day(self, day: date) -> Events:
        return {event_id: event for event_id, event in self.stored.items() if event["day"] == day}

    def pending(self, day: date) -> list[Row]:
        """Events that the day's aggregates do not hold."""
        held = self.days[day].aggregated or {}
        return [event for event_id, event in self.of_day(day).items() if held.get(event_id) is not event]

    def pending_late(self, day: date) -> int:
        return sum(_days_late(event) > 0 for event in self.pending(day))

    def out_of_date(self) -> set[date]:
        return {day for day, known in self.days.items() if known.is_left or self.pending(day)}

    def is_due(self, day: date, asked: Asked) -> bool:
        """Whether a day that is out of date is aggregated now."""
        known, pending = self.days[day], self.pending(day)
        late = [_days_late(event) for event in pending if _days_late(event) > 0]
        if known.aggregated is None or known.is_left or len(pending) > len(late):
            return True
        lookback = -1 if asked.reprocess_late else asked.limits.late_event_lookback_days
        least = 1 if asked.reprocess_late else asked.limits.min_late_events_to_process
        return sum(lookback < 0 or days <= lookback for days in late) >= max(least, 1)

    def aggregating(self, days: Iterable[date]) -> State:
        return replace(self, days=self.days | {day: Day(self.of_day(day)) for day in days})

    def held(self) -> list[Row]:
        """The events of all aggregates; none is in two days."""
        events = [event for day in self.days.values() for event in (day.aggregated or {}).values()]
        assert len({event["event_id"] for event in events}) == len(events), "the model holds an event twice"
        return events

    # --- publication

    def publishing(self, asked: Asked) -> State:
        include = asked.limits.include_current_day_in_windows
        attributes = self.scenario.attributes(self.held(), asked.as_of, include)
        removed = (self.removed | set(self.published or ())) - set(attributes)
        return replace(self, published=attributes, removed=removed)


def _days_late(event: Row) -> int:
    """By how many days it was loaded after its own day."""
    return (event["load_tstamp"].date() - event["day"]).days


@dataclass
class Course:
    """The states that a run goes through, in their order, and what it did when it is through."""

    states: list[tuple[str, State]]
    outcome: Counter[str]
    """The accounting, and the numbers of chunks, publications and days_aggregated."""

    @property
    def last(self) -> State:
        return self.states[-1][1]


def course_of(state: State, asked: Asked, settled: dict[date, bool]) -> Course:
    """`settled` says of days that a killed run marked, and whose events did not change, whether they are aggregated."""
    course = Course([("before", state)], Counter())
    left = 1
    while left:
        buckets, left = course.last.chunk(asked)
        state, counts = course.last.storing(buckets)
        course.states += [("stored", state), ("noted", state.noting(buckets))]
        course.outcome.update(counts)  # counts below zero are kept
        course.outcome["chunks"] += 1
        if asked.plain or asked.publish_each or not left:
            _publish(course, asked, settled)
        if asked.plain:
            break
    return course


def _publish(course: Course, asked: Asked, settled: dict[date, bool]) -> None:
    state = course.last
    due = {day for day in state.out_of_date() if settled.get(day, state.is_due(day, asked))}
    due |= {day for day, is_due in settled.items() if is_due}
    state = state.aggregating(due)
    course.states += [("aggregated", state), ("published", state.publishing(asked))]
    course.outcome["days_aggregated"] += len(due)
    course.outcome["publications"] += 1
