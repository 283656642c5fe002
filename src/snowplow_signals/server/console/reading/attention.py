"""What needs somebody's attention, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from snowplow_signals.inspect.flags import Finding
from snowplow_signals.inspect.quality import ViewQuality
from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.server.console.looks import BUSY_KINDS, Seen
from snowplow_signals.stores import SyncState
from snowplow_signals.sync.regular import DEFAULT_INTERVAL

Level = Literal["failing", "warning", "note"]
LEVELS: tuple[Level, ...] = ("failing", "warning", "note")

STALE = timedelta(hours=36)
"""Views are computed daily, if not more often: after a day and a half one is missing."""
INTERVALS_MISSED = 3


@dataclass(frozen=True)
class Attention:
    """One finding about `subject`; `link` leads to where it is shown."""

    level: Level
    subject: str
    text: str
    link: str


def of_project(name: str, seen: Seen, now: datetime) -> Iterator[Attention]:
    """What a look at a project says."""
    link = f"/runs?project={name}"
    if seen.problem is not None:
        is_busy = seen.problem.kind in BUSY_KINDS
        before = ", and what is shown is of before" if seen.look is not None else ""
        yield Attention(
            "note" if is_busy else "failing", name, f"cannot be read now{before}: {seen.problem.message}", link
        )
    look = seen.look
    if look is None:
        return
    if not look.was_run:
        yield Attention("warning", name, "was never run", link)
        return
    newest = look.runs[0] if look.runs else None
    if newest is not None and newest.finished_at is None and now - newest.planned_at > timedelta(hours=1):
        yield Attention("failing", name, "the last run did not finish; what it stored is kept, run it again", link)
    if look.is_redefined:
        yield Attention("warning", name, "its definition changed since it was published; the next run applies it", link)
    finished = next((run.finished_at for run in look.runs if run.finished_at is not None), None)
    if finished is not None and now - finished > STALE:
        days = (now - finished).total_seconds() / 86_400
        yield Attention("warning", name, f"the last run finished {days:.1f} days ago", link)
    if look.published is not None and not look.published.entities:
        yield Attention("warning", name, "what is published has no rows", link)
    due = [day for day in look.dirty_days if day.why != "deferred"]
    deferred = sum(day.late_events for day in look.dirty_days if day.why == "deferred")
    if due:
        days_due = "1 day is" if len(due) == 1 else f"{len(due):,} days are"
        yield Attention("note", name, f"{days_due} due: the next run aggregates them", f"/days?project={name}")
    if deferred:
        events = "1 late event is" if deferred == 1 else f"{deferred:,} late events are"
        text = f"{events} deferred and in no value; `run --reprocess-late` brings them in"
        yield Attention("note", name, text, f"/days?project={name}")


def of_sync(
    known: KnownView, state: SyncState | None, now: datetime, interval: timedelta | None
) -> Iterator[Attention]:
    """What the state of a view's sync says. `interval`: how often it is synced; None when nobody here does that."""
    link = f"/views/{known.name}"
    if state is not None and state.failures:
        times = "once" if state.failures == 1 else f"{state.failures} times"
        yield Attention("failing", known.name, f"its sync failed {times}: {state.error}", link)
        return
    every = known.view.refresh_rate or interval or DEFAULT_INTERVAL
    if state is None or state.finished_at is None:
        if known.is_registered and known.view.is_published and known.view.offline:
            yield Attention("warning", known.name, "is published and was never synced", link)
    elif interval is not None and state.started_at is not None and now - state.started_at > every * INTERVALS_MISSED:
        late = (now - state.started_at).total_seconds() / 60
        yield Attention("warning", known.name, f"was last synced {late:,.0f} minutes ago", link)
    if state is not None and state.rows_unusable:
        yield Attention("note", known.name, f"{state.rows_unusable:,} rows could not be served", link)


def of_quality(known: KnownView, quality: ViewQuality | None) -> Iterator[Attention]:
    """What the last publication of a view says, if that is what is published: one line for all that is not as expected,
    one for all that is unusual."""
    if quality is None or not quality.is_current:
        return
    link = f"/views/{known.name}/quality"
    kinds: tuple[tuple[Level, str, Sequence[tuple[str | None, Finding]]], ...] = (
        ("failing", "not as expected", quality.failures),
        ("warning", "unusual", quality.flags),
    )
    for level, what, found in kinds:
        if found:
            attribute, finding = found[0]
            of = f"`{attribute}`: " if attribute else ""
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            yield Attention(level, known.name, f"{what}: {of}{finding.text}{more}", link)


def worst_first(found: list[Attention]) -> tuple[Attention, ...]:
    """By level, then as they were found."""
    return tuple(sorted(found, key=lambda one: LEVELS.index(one.level)))
