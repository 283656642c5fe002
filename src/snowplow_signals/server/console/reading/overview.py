"""The overview: a line for each view, and what needs attention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from snowplow_signals.inspect.look import Look
from snowplow_signals.inspect.quality import ViewQuality
from snowplow_signals.server.console.catalogue import Catalogue, KnownView
from snowplow_signals.server.console.looks import Seen
from snowplow_signals.server.console.reading.attention import Attention, of_project, of_quality, of_sync, worst_first
from snowplow_signals.server.console.reading.freshness import Freshness, freshness
from snowplow_signals.server.console.reading.quality import quality_of
from snowplow_signals.stores import SyncState

POINTS = 30
"""How many of the last runs a sparkline shows."""


@dataclass(frozen=True)
class ViewLine:
    """One view. `entities_before` and `changed_before` are of its project's last runs, the oldest first."""

    known: KnownView
    entities: int | None
    freshness: Freshness
    is_pending: bool
    """Nothing is known of its project yet."""
    entities_before: tuple[int | None, ...]
    changed_before: tuple[int | None, ...]
    worst: str | None
    """The level of the worst finding about it."""
    quality: ViewQuality | None
    """Of what is published now; None where that was not described."""


@dataclass(frozen=True)
class Overview:
    """Everything that the overview shows."""

    lines: tuple[ViewLine, ...]
    attention: tuple[Attention, ...]
    looked_at: datetime | None
    """The oldest of the looks that are shown (UTC)."""
    is_pending: bool


def overview(
    catalogue: Catalogue,
    seen: Mapping[str, Seen],
    syncs: Mapping[str, SyncState],
    now: datetime,
    interval: timedelta | None,
) -> Overview:
    """`seen` by project, `syncs` by the name that the store has for a view."""
    findings: dict[str, list[Attention]] = {name: list(of_project(name, one, now)) for name, one in seen.items()}
    lines, attention = [], [one for some in findings.values() for one in some]
    for name, reason in catalogue.unreadable.items():
        attention.append(Attention("failing", name, reason, "/service"))
    for known in catalogue.views:
        project = known.project.name if known.project is not None else None
        one = seen.get(project, Seen()) if project is not None else None
        state = syncs.get(known.view.store_name)
        quality = quality_of(known, one.look if one is not None else None)
        own = [*of_sync(known, state, now, interval), *of_quality(known, quality)]
        attention += own
        lines.append(_line(known, one, state, worst_first([*findings.get(project or "", ()), *own]), quality))
    looked = [one.confirmed_at for one in seen.values() if one.confirmed_at is not None]
    return Overview(
        tuple(lines), worst_first(attention), min(looked, default=None), any(one.is_pending for one in seen.values())
    )


def _line(
    known: KnownView,
    seen: Seen | None,
    sync: SyncState | None,
    about: tuple[Attention, ...],
    quality: ViewQuality | None,
) -> ViewLine:
    look = seen.look if seen is not None else None
    runs = [run for run in look.runs[:POINTS] if run.finished_at is not None][::-1] if look is not None else []
    return ViewLine(
        known=known,
        entities=entities_of(known, look),
        freshness=freshness(look, sync),
        is_pending=seen is not None and seen.is_pending,
        entities_before=tuple(run.entities for run in runs),
        changed_before=tuple(run.entities_changed for run in runs),
        worst=about[0].level if about else None,
        quality=quality if quality is not None and quality.is_current else None,
    )


def entities_of(known: KnownView, look: Look | None) -> int | None:
    """How many entities the view has a row of; None when that is not known."""
    if look is None or look.published is None:
        return None
    own = {state.view: state.entities for state in look.views}
    return own.get(known.name, look.published.entities)
