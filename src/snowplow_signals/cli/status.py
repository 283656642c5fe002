"""`status`: how far loads are processed, what is published, dirty days and why, the last runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snowplow_signals.cli import bars, inspecting, options, tables
from snowplow_signals.cli.places import existing_store, store_place
from snowplow_signals.cli.reporting import command, console, count, say, seconds
from snowplow_signals.plain_text import one_line
from snowplow_signals.project.accounting import LEFT_OUT_COLUMNS

if TYPE_CHECKING:
    from snowplow_signals.inspect.status import Hours, Run, Status
    from snowplow_signals.stores import SyncState

SHOWN_DAYS = 20


@command
def status(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    runs: Annotated[int, typer.Option("--runs", min=0, help="How many of the last runs to show.")] = 5,
    target: options.Target = None,
    store: options.StoreUrl = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Show the state of each project, and of its profiles.

    Loads that were processed, what is published, days that are not aggregated yet and why, the last runs; and the state
    of each view's sync.
    """
    from snowplow_signals import workspace
    from snowplow_signals.cli.documents import document
    from snowplow_signals.inspect.status import project_status

    now = datetime.now(UTC).replace(tzinfo=None)
    found = []
    for project in workspace.projects(repo_path, project_name):
        with inspecting.opened(project, target, variables) as deployed:
            found.append(project_status(deployed, now, runs=runs))
    syncs = _syncs(repo_path, store)
    if format == "json":
        say(document({"projects": found, "syncs": syncs}))
        return
    for number, item in enumerate(found):
        if number:
            say()
        _show(item)
    if syncs:
        say()
        _show_syncs(syncs, now)


def _syncs(repo_path: Path, url: str | None) -> "list[SyncState]":
    """The states of syncs, as the store has them; empty before the first sync created it."""
    if url is None and not Path(store_place(repo_path, None)).exists():
        return []
    with existing_store(repo_path, url) as store:
        return store.states()


def _show_syncs(states: "list[SyncState]", now: datetime) -> None:
    columns = ("profiles", "written", "removed", "unusable", "ahead", "suppressed", "took")
    shown = inspecting.table("synced view", "last success (UTC)", *columns, "state", right=columns)
    for state in states:
        numbers = (state.profiles, state.rows_written, state.rows_removed, state.rows_unusable, state.rows_ahead)
        shown.add_row(
            state.view,
            f"{state.finished_at:%Y-%m-%d %H:%M:%S}" if state.finished_at else "never",
            *(f"{number:,}" for number in (*numbers, state.suppressed)),
            "-" if state.seconds is None else seconds(state.seconds),
            _state(state, now),
        )
    console().print(shown)
    for state in states:
        for reason, number in sorted(state.values_nulled.items()):
            say(f"  {state.view}: {count(number, 'value')} set to null, {one_line(reason)}")


def _state(state: "SyncState", now: datetime) -> str:
    if not state.failures or state.retry_at is None:
        return "fine"
    again = f"retry in {seconds((state.retry_at - now).total_seconds())}" if state.retry_at > now else "retry due"
    return f"failed {state.failures} times, {again}: {state.error}"


def _show(found: "Status") -> None:
    say(found.project)
    if not found.was_run:
        say("  has never been run")
    else:
        processed = found.loads.processed
        say(f"  loads processed   {_hours(processed)}")
    say(f"  to process        {_hours(found.loads.to_process)}")
    if found.loads.out_of_sight.hours:
        say(f"  out of sight      {_hours(found.loads.out_of_sight)}; `run --full-scan` takes them")
    if found.was_run:
        _show_published(found)
        _show_days(found)
    for warning in found.warnings:
        say(f"  warning           {warning}")
    if found.runs:
        say()
        _show_runs(found.runs)


def _hours(found: "Hours") -> str:
    if not found.hours:
        return "nothing"
    rows = f"{count(found.rows, 'row')} in {count(found.hours, 'hour')} of load"
    return f"{rows}, {found.oldest:%Y-%m-%d %H:%M} to {found.newest:%Y-%m-%d %H:%M}"


def _show_published(found: "Status") -> None:
    published = found.published
    if published is None:
        say("  published         nothing yet")
        return
    at = f", finished {published.finished_at:%Y-%m-%d %H:%M} UTC" if published.finished_at else ""
    say(f"  published         {count(published.entities, 'entity', 'entities')} as of {published.as_of}{at}")
    if found.history is not None and found.history.since is not None:
        say(f"  history           {count(found.history.rows, 'row')}, since {found.history.since:%Y-%m-%d %H:%M} UTC")
    for view in found.views:
        changed = f", last changed {view.last_change:%Y-%m-%d %H:%M} UTC" if view.last_change else ""
        say(f"    {view.view}: {count(view.entities, 'entity', 'entities')}{changed}")


def _show_days(found: "Status") -> None:
    say(f"  days              {found.days_aggregated:,} aggregated, {len(found.dirty_days):,} dirty")
    if not found.dirty_days:
        return
    has_bars, numbers = bars.are_shown(), ("events", "late events")
    shown = inspecting.table("  day", "why", *numbers, *((" ",) if has_bars else ()), "because", right=numbers)
    days = found.dirty_days[-SHOWN_DAYS:]
    most = max(day.events + day.late_events for day in days)
    for day in days:
        drawn = (bars.bar(day.events + day.late_events, most),) if has_bars else ()
        shown.add_row(f"  {day.day}", day.why, f"{day.events:,}", f"{day.late_events:,}", *drawn, day.because)
    say()
    console().print(shown)
    if len(found.dirty_days) > SHOWN_DAYS:
        say(f"  and {count(len(found.dirty_days) - SHOWN_DAYS, 'earlier day')}")


def _show_runs(runs: "tuple[Run, ...]") -> None:
    columns = ("read", "used", "duplicate", "seen before", "out of scope", "days", "deferred", "changed", "took")
    has_bars = bars.are_shown()
    shown = inspecting.table("  run planned (UTC)", "as of", *columns, *((" ",) if has_bars else ()), right=columns)
    most = max(run.rows["rows_read"] for run in runs)
    for run in runs:
        rows = [run.rows["rows_read"], run.rows["rows_used"], run.rows["rows_duplicate"], run.rows["rows_seen_before"]]
        rows.append(sum(run.rows[name] for name in LEFT_OUT_COLUMNS))
        measures = [run.days_aggregated, run.events_deferred, run.entities_changed]
        shown.add_row(
            f"  {run.planned_at:%Y-%m-%d %H:%M:%S}",
            str(run.as_of),
            *(f"{value:,}" for value in rows),
            *("-" if value is None else f"{value:,}" for value in measures),
            "not finished" if run.seconds is None else seconds(run.seconds),
            *((bars.bar(run.rows["rows_read"], most),) if has_bars else ()),
        )
    console().print(shown)
    changed = bars.sparkline([run.entities_changed or 0 for run in reversed(runs)]) if has_bars else ""
    if changed:
        say(f"  changed, from the oldest of these runs to the newest: {changed}")
    newest = runs[0]
    if newest.models and newest.seconds is not None:
        say()
        tables.show_models(newest.models, newest.seconds)
