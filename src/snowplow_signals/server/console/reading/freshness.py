"""How new what a view serves is, step by step: events loaded, run, published, synced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from snowplow_signals.inspect.look import Look
from snowplow_signals.stores import SyncState


@dataclass(frozen=True)
class Freshness:
    """Times are UTC; None: not yet, or not known here."""

    events_until: datetime | None
    """The beginning of the newest hour of load that runs have taken."""
    run_at: datetime | None
    """When the last run that finished did so."""
    as_of: date | None
    """The day for which what is published was computed."""
    synced_at: datetime | None


def freshness(look: Look | None, sync: SyncState | None) -> Freshness:
    """Of one view: the last look at its project, and the state of its sync."""
    finished = next((run.finished_at for run in look.runs if run.finished_at is not None), None) if look else None
    return Freshness(
        events_until=look.processed.newest if look is not None else None,
        run_at=finished,
        as_of=look.published.as_of if look is not None and look.published is not None else None,
        synced_at=sync.finished_at if sync is not None else None,
    )
