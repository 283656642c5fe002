"""What a console shows of a project: its state, its runs and its days, as far as its own tables say it.

The events table is not read: it may be large, and a look is taken whenever somebody opens a page. What is compared with
it is for `status`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from snowplow_signals.definitions import Attribute
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.inspect.quality import ViewQuality, project_quality
from snowplow_signals.inspect.statistics import TABLE
from snowplow_signals.inspect.status import (
    DirtyDay,
    HistoryState,
    Hours,
    PublishedState,
    Run,
    ViewState,
    dirty_days_of,
    history_state,
    hours_of,
    published_state,
    runs_of,
    view_states,
)

RUNS = 1_000
"""How many of the last runs a look has."""

Signature = tuple[Any, ...]
"""What of a project's tables differs whenever a run has changed them; compared as a whole."""


@dataclass(frozen=True)
class DayEvents:
    """A day with stored events. `late_events` of the `events` were loaded on a later day than their own."""

    day: date
    events: int
    late_events: int
    is_aggregated: bool
    """Whether its states have been computed at all; it may be dirty since."""


@dataclass(frozen=True)
class Look:
    """The state of one project at a moment (UTC)."""

    project: str
    target: str
    """The kind of warehouse, such as `duckdb`."""
    at: datetime
    signature: Signature
    was_run: bool
    is_redefined: bool
    """What is published is by a definition of before; the next run brings it up to date."""
    processed: Hours
    published: PublishedState | None
    views: tuple[ViewState, ...]
    """Of a project that computes several views: what each has."""
    history: HistoryState | None
    runs: tuple[Run, ...]
    """Newest first."""
    days: tuple[DayEvents, ...]
    """By date."""
    dirty_days: tuple[DirtyDay, ...]
    quality: tuple[ViewQuality, ...]
    """Of each view; of its attributes' publications the last is there in full. No view without a publication that was
    described has anything but its attributes' names."""

    @property
    def day_dirt(self) -> dict[date, DirtyDay]:
        """The dirty days by their date."""
        return {day.day: day for day in self.dirty_days}


def look_at(deployed: Deployed, now: datetime, known: Signature | None = None, runs: int = RUNS) -> Look | None:
    """The state of the project at `now` (UTC, naive); None when its signature is still `known`.

    Finding out that nothing changed costs a query of two small tables.
    """
    signature = signature_of(deployed)
    if signature == known:
        return None
    was_run = deployed.was_run
    return Look(
        project=deployed.project,
        target=deployed.dialect.name,
        at=now,
        signature=signature,
        was_run=was_run,
        is_redefined=deployed.is_redefined,
        processed=_processed(deployed) if was_run else Hours(0, 0, None, None),
        published=published_state(deployed),
        views=view_states(deployed),
        history=history_state(deployed),
        runs=runs_of(deployed, runs) if was_run else (),
        days=_days(deployed) if was_run else (),
        dirty_days=dirty_days_of(deployed) if was_run else (),
        quality=tuple(view.shortened for view in project_quality(deployed)) if was_run else (),
    )


def signature_of(deployed: Deployed) -> Signature:
    """Which runs and chunks there are, by which definition, and which publications are compared with."""
    parts: Signature = (deployed.plan.fingerprints(), _expected(deployed))
    wanted = {
        "chunk_manifest": "max(chunk), max(planned_at)",
        "run_history": "max(planned_at), max(finished_at)",
        TABLE: "max(pinned_at)",
    }
    for table, latest in wanted.items():
        if deployed.has(table):
            parts += deployed.warehouse.fetch(f"select count(*), {latest} from {deployed.table(table)}")[0]
    return parts


def _expected(deployed: Deployed) -> tuple[str, ...]:
    """What is expected of attributes: no part of what is computed, but of what is shown."""
    views = [view.view for view in deployed.plan.views] or [deployed.plan.view]
    attributes = (one for view in views for one in view.attributes if isinstance(one, Attribute))
    return tuple(f"{one.column} {one.expect.to_json()}" for one in attributes if one.expect is not None)


def _processed(deployed: Deployed) -> Hours:
    ledger = deployed.table("incremental_manifest")
    return hours_of(deployed.warehouse.fetch(f"select bucket, bucket_rows from {ledger} where bucket_rows >= 0"))


def _days(deployed: Deployed) -> tuple[DayEvents, ...]:
    loaded = exp.cast(exp.column("load_tstamp"), "date")
    days_late = deployed.dialect.sql(deployed.dialect.days_between(exp.column("day"), loaded))
    rows = deployed.warehouse.fetch(f"""
        select events.day, events.events, events.late_events, coalesce(days.aggregated_chunk, 0)
        from (
            select day, count(*) as events, count(case when {days_late} > 0 then 1 end) as late_events
            from {deployed.table("filtered_events")}
            group by day
        ) as events
        left join {deployed.table("daily_aggregation_manifest")} as days on days.day = events.day
        order by events.day""")
    return tuple(DayEvents(day, int(events), int(late), bool(chunk)) for day, events, late, chunk in rows)
