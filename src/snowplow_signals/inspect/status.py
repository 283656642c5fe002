"""The state of a project: processed loads, what is published, days not aggregated yet and why, the last runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.deployment.costs import ModelCost
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.deployment.missing_properties import missing_properties
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.deployment.unused_rows import why_nothing
from snowplow_signals.project.accounting import ROW_COUNTS

Why = Literal["never aggregated", "due", "deferred"]
"""What a dirty day is: not aggregated at all yet; aggregated again by the next run; deferred."""


@dataclass(frozen=True)
class Hours:
    """A group of hours of load, and the rows in them that are meant."""

    hours: int
    rows: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True)
class Loads:
    """What was loaded, hour by hour of load_tstamp, against what was processed."""

    processed: Hours
    """Hours that runs have taken; `rows` is what was there when each was last taken."""
    to_process: Hours
    """Hours that hold other rows than were taken, which the next run takes as a whole; `rows` is what is new."""
    out_of_sight: Hours
    """Hours that hold other rows than were taken, too old for a plain run; `run --full-scan` takes them."""
    ahead: Hours
    """Hours later than now: no run takes them before their time comes."""
    rows_without_load: int
    """Rows without load_tstamp: they belong to no load and are never read."""


@dataclass(frozen=True)
class PublishedState:
    """What the attributes table holds."""

    as_of: date
    run_id: str
    planned_at: datetime
    finished_at: datetime | None
    entities: int
    last_change: datetime | None
    """The newest `updated_at`: when values last changed."""


@dataclass(frozen=True)
class ViewState:
    """What the attributes table of one of several views holds."""

    view: str
    """Its full name."""
    entities: int
    last_change: datetime | None


@dataclass(frozen=True)
class HistoryState:
    """What the history of a view with `snapshot` holds."""

    rows: int
    since: datetime | None
    """The first time of which it says what was served."""


@dataclass(frozen=True)
class DirtyDay:
    """A day whose events changed since it was aggregated."""

    day: date
    why: Why
    because: str
    events: int
    """Pending events of the day that are not late."""
    late_events: int
    """Pending events of the day that are late: loaded on a later day than their own."""
    late_events_in_reach: int
    """Those of them that are late by at most `snowplow__late_event_lookback_days`; they make the day due."""


@dataclass(frozen=True)
class Run:
    """One run: its accounting as in run_history."""

    run_id: str
    planned_at: datetime
    finished_at: datetime | None
    """None for a run that did not finish; what it stored is kept."""
    seconds: float | None
    as_of: date
    rows: dict[str, int]
    """`rows_read` is the sum of the other `rows_*`; `winners_replaced` counts stored events that gave way."""
    days_aggregated: int | None
    days_deferred: int | None
    events_deferred: int | None
    entities: int | None
    entities_changed: int | None
    models: dict[str, ModelCost] = field(default_factory=dict)
    """What each model cost; empty for a run of plain dbt, or of another folder."""


@dataclass(frozen=True)
class Status:
    """The state of one project."""

    project: str
    was_run: bool
    loads: Loads
    published: PublishedState | None
    days_aggregated: int
    """Days that hold aggregates."""
    dirty_days: tuple[DirtyDay, ...] = ()
    runs: tuple[Run, ...] = ()
    """Newest first."""
    views: tuple[ViewState, ...] = ()
    """Of a project that computes several views: what each has."""
    history: HistoryState | None = None
    """Of a view whose history is kept, if there is one yet."""
    warnings: tuple[str, ...] = field(default=())


def project_status(deployed: Deployed, now: datetime, *, runs: int = 5) -> Status:
    """The state of the project at `now` (UTC, naive), with its last `runs` runs.

    A project that was never run has `was_run` false. Raises SourceError when the events table is missing or has no
    load_tstamp.
    """
    was_run = deployed.was_run
    loads = loads_of(deployed, now, was_run)
    dirty_days = dirty_days_of(deployed) if was_run else ()
    published = published_state(deployed)
    unused = []
    if not loads.to_process.hours and (published is None or not published.entities):
        unused = why_nothing(deployed)
    return Status(
        project=deployed.project,
        was_run=was_run,
        loads=loads,
        published=published,
        days_aggregated=days_aggregated_of(deployed) if was_run else 0,
        dirty_days=dirty_days,
        runs=runs_of(deployed, runs) if was_run else (),
        views=view_states(deployed) if published is not None else (),
        history=history_state(deployed),
        warnings=(*_redefined(deployed), *_warnings(loads, now), *unused, *missing_properties(deployed)),
    )


def loads_of(deployed: Deployed, now: datetime, was_run: bool) -> Loads:
    """Hours of load by what became of them."""
    source = SourceColumns.of(deployed)
    source.require(AtomicProperty(name="load_tstamp"), "to tell loads apart")
    load_tstamp = source.atomic("load_tstamp", "time")
    fetch = deployed.warehouse.fetch
    dialect = deployed.dialect
    hour = dialect.sql(dialect.hour(source.read(AtomicProperty(name="load_tstamp"), "time")))
    ledger = f"select cast(null as {dialect.timestamp_type}) as bucket, 0 as bucket_rows where 1 = 0"
    if was_run:
        # an hour that is to be taken for the first time, since the start date is an earlier one, has -1
        ledger = f"select bucket, bucket_rows from {deployed.table('incremental_manifest')} where bucket_rows >= 0"
    held = hours_of(fetch(f"select bucket, bucket_rows from ({ledger}) as ledger"))
    differing = fetch(f"""
        select found.bucket, greatest(found.bucket_rows - coalesce(ledger.bucket_rows, 0), 0)
        from (
            select {hour} as bucket, count(*) as bucket_rows
            from {deployed.events}
            where cast({load_tstamp} as date) >= date '{deployed.start_date}'
            group by 1
        ) as found
        left join ({ledger}) as ledger on ledger.bucket = found.bucket
        where ledger.bucket is null or ledger.bucket_rows <> found.bucket_rows
        order by 1""")
    since = _in_sight_since(deployed, held.newest)
    without = fetch(f"select count(*) from {deployed.events} where {load_tstamp} is null")[0][0]
    return Loads(
        processed=held,
        to_process=hours_of([row for row in differing if since <= row[0] <= now]),
        out_of_sight=hours_of([row for row in differing if row[0] < since]),
        ahead=hours_of([row for row in differing if row[0] > now]),
        rows_without_load=without,
    )


def hours_of(rows: list[tuple[Any, ...]]) -> Hours:
    """Hours of load, each with its number of rows, as a group."""
    buckets = [row[0] for row in rows]
    return Hours(len(rows), sum(int(row[1]) for row in rows), min(buckets, default=None), max(buckets, default=None))


def _in_sight_since(deployed: Deployed, newest: datetime | None) -> datetime:
    """The first hour in which `run` finds what is new: of all, where it sees that the events table has other rows."""
    days = deployed.whole_number("snowplow__load_lookback_days")
    start = datetime.combine(deployed.start_date, datetime.min.time())
    if newest is None or days < 0 or deployed.warehouse.counts_rows(deployed.events_table):
        return start
    return max(start, newest - timedelta(days=days))


def published_state(deployed: Deployed) -> PublishedState | None:
    """What the attributes table holds; None before anything was published."""
    published = deployed.published()
    if published is None:
        return None
    fetch = deployed.warehouse.fetch
    entities, last_change = fetch(f"select count(*), max(updated_at) from {deployed.table('attributes')}")[0]
    finished = []
    if deployed.has("run_history"):
        run_id = deployed.text(published.run_id)
        finished = fetch(f"select finished_at from {deployed.table('run_history')} where run_id = {run_id}")
    return PublishedState(
        as_of=published.as_of,
        run_id=published.run_id,
        planned_at=published.planned_at,
        finished_at=finished[0][0] if finished else None,
        entities=entities,
        last_change=last_change,
    )


def view_states(deployed: Deployed) -> tuple[ViewState, ...]:
    """What each of several views has; empty where the project is that of one view."""
    views = [view for view in deployed.plan.views if deployed.has(f"{view.view.project_name}_attributes")]
    if not views:
        return ()
    numbers = (
        f"(select count(*) from {table}), (select max(updated_at) from {table})"
        for table in (deployed.table(f"{view.view.project_name}_attributes") for view in views)
    )
    found = deployed.warehouse.fetch(f"select {', '.join(numbers)}")[0]
    return tuple(
        ViewState(view.view.full_name, int(entities), last_change)
        for view, entities, last_change in zip(views, found[::2], found[1::2], strict=True)
    )


def history_state(deployed: Deployed) -> HistoryState | None:
    """What the history of a view with `snapshot` holds; None where there is none yet."""
    if not deployed.plan.keeps_history or not deployed.has("attributes_history"):
        return None
    asked = f"select count(*), min(valid_from) from {deployed.table('attributes_history')}"
    rows, since = deployed.warehouse.fetch(asked)[0]
    return HistoryState(int(rows), since)


def days_aggregated_of(deployed: Deployed) -> int:
    """How many days hold aggregates."""
    days = deployed.table("daily_aggregation_manifest")
    return int(deployed.warehouse.fetch(f"select count(*) from {days} where aggregated_chunk is not null")[0][0])


def dirty_days_of(deployed: Deployed) -> tuple[DirtyDay, ...]:
    """The dirty days, by date. Counted from the events themselves: after a run that died, the counts in the manifest
    may be older.
    """
    least = max(deployed.whole_number("snowplow__min_late_events_to_process"), 1)
    lookback = deployed.whole_number("snowplow__late_event_lookback_days")
    loaded = exp.cast(exp.column("load_tstamp"), "date")
    days_late = deployed.dialect.sql(deployed.dialect.days_between(exp.column("day"), loaded))
    rows = deployed.warehouse.fetch(f"""
        select
            days.day,
            days.aggregated_chunk is not null,
            coalesce(days.left_chunk > days.aggregated_chunk, false),
            count(case when events.days_late <= 0 then 1 end),
            count(case when events.days_late > 0 then 1 end),
            count(case when events.days_late between 1 and {lookback} then 1 end)
        from {deployed.table("daily_aggregation_manifest")} as days
        left join (
            select day, chunk, {days_late} as days_late from {deployed.table("filtered_events")}
        ) as events on events.day = days.day and events.chunk > coalesce(days.aggregated_chunk, 0)
        where days.is_out_of_date
        group by 1, 2, 3
        order by 1""")
    found = []
    for day, is_aggregated, has_left, events, late_events, in_reach in rows:
        if lookback < 0:
            in_reach = late_events
        why: Why = "due"
        if not is_aggregated:
            why, because = "never aggregated", "a run stored its events and stopped before it aggregated them"
        elif has_left:
            because = "an event left the day: an earlier copy of it is of another day or entity"
        elif events:
            because = "events that are not late were loaded"
        elif not late_events:
            because = "a run that did not finish marked it as dirty"
        elif in_reach >= least:
            because = "enough late events were loaded"
        elif not in_reach:
            why, because = "deferred", f"its late events were loaded more than {_days(lookback)} after the day"
        else:
            why, because = (
                "deferred",
                f"fewer than {least} late events were loaded within {_days(lookback)} of the day",
            )
        found.append(DirtyDay(day, why, because, events, late_events, in_reach))
    return tuple(found)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


_MEASURES = ("days_aggregated", "days_deferred", "events_deferred", "entities", "entities_changed")


def runs_of(deployed: Deployed, limit: int) -> tuple[Run, ...]:
    """The last runs, the newest first; one that died shows the chunks that it stored."""
    found: dict[str, Run] = {}
    counts = ", ".join(f"cast(sum({name}) as bigint)" for name in ROW_COUNTS)
    if deployed.has("run_history"):
        wanted = ", ".join(["run_id", "planned_at", "as_of", *ROW_COUNTS, "finished_at", *_MEASURES])
        history = f"select {wanted} from {deployed.table('run_history')} order by planned_at desc, run_id limit {limit}"
        found = {row[0]: _run(row) for row in deployed.warehouse.fetch(history)}
    # the history of a run that died is written by the next one; until then its chunks show it
    unfinished = f"""
        select run_id, min(planned_at), max(as_of), {counts}
        from {deployed.table("chunk_manifest")}
        where is_stored
        group by run_id
        order by 2 desc, 1
        limit {limit}"""
    for row in deployed.warehouse.fetch(unfinished):
        found.setdefault(row[0], _run((*row, None, *(None for _ in _MEASURES))))
    newest = sorted(found.values(), key=lambda run: (run.planned_at, run.run_id), reverse=True)
    return tuple(replace(run, models=dict(deployed.costs.get(run.run_id, {}))) for run in newest[:limit])


def _run(row: tuple[Any, ...]) -> Run:
    run_id, planned_at, as_of, *rest = row
    rows, (finished_at, *measures) = rest[: len(ROW_COUNTS)], rest[len(ROW_COUNTS) :]
    return Run(
        run_id=run_id,
        planned_at=planned_at,
        finished_at=finished_at,
        seconds=(finished_at - planned_at).total_seconds() if finished_at else None,
        as_of=as_of,
        rows=dict(zip(ROW_COUNTS, map(int, rows), strict=True)),
        **dict(zip(_MEASURES, measures, strict=True)),
    )


def _redefined(deployed: Deployed) -> list[str]:
    if not deployed.is_redefined:
        return []
    return [
        "the definition has changed, and what is published is still by the one of before; the next run brings the "
        "tables up to date (`plan` shows what it takes)"
    ]


def _warnings(loads: Loads, now: datetime) -> list[str]:
    found = []
    if loads.ahead.hours:
        found.append(
            f"rows with a load_tstamp in the future (now: {now:%Y-%m-%d %H:%M} UTC): {loads.ahead.rows:,}, up to "
            f"{loads.ahead.newest}; they are taken when their time comes; check the loader's clock"
        )
    if loads.rows_without_load:
        found.append(
            f"rows without load_tstamp: {loads.rows_without_load:,}; they belong to no load and are never read"
        )
    if loads.out_of_sight.hours:
        found.append(
            f"older hours of load that changed since they were processed: {loads.out_of_sight.hours:,}, rows in them: "
            f"{loads.out_of_sight.rows:,}; a plain run does not look there, `run --full-scan` takes them"
        )
    return found
