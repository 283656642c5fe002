"""A preview of a view: its attributes over recent events, without a project, a run, or anything that is written.

As a program (`python -m snowplow_signals.inspect.preview`) it reads a `Request` as JSON and writes the outcome as JSON:
a service previews views in a process of its own, so that neither its memory nor its time is spent on them, and an
embedded database is let go of when the process ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from snowplow_signals.definitions import Attribute, View
from snowplow_signals.definitions.fields import DAY
from snowplow_signals.deployment.deployed import Published
from snowplow_signals.deployment.program import answer, as_json
from snowplow_signals.deployment.unrun import opened_without_project
from snowplow_signals.inspect.verify import usable_source
from snowplow_signals.inspect.verify.query import PlainQuery
from snowplow_signals.plan import Plan, plan_view
from snowplow_signals.stores.serving import computed_row
from snowplow_signals.warehouse.connection import lock_seconds

ROWS = 1_000
LOCK_SECONDS = 10.0
"""How long a preview waits for another process that holds the database: somebody waits for the answer."""


@dataclass(frozen=True)
class Preview:
    """What a preview found: the rows as they would be served, by identifier, and how many entities there are."""

    rows: list[dict[str, Any]]
    entities: int


@dataclass(frozen=True)
class Request:
    """What to preview: a view as JSON, the folder with `profiles.yml`, and which events. `seconds` is how recent."""

    view: dict[str, Any]
    folder: str
    target: str | None
    app_ids: list[str]
    seconds: float
    ids: list[str]


def preview_view(
    view: View,
    folder: Path,
    *,
    window: timedelta,
    target: str | None = None,
    app_ids: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    now: datetime | None = None,
    rows: int = ROWS,
) -> Preview:
    """Compute a view over the events that happened in the last `window` before `now` (UTC).

    `app_ids` and `ids` narrow it down; empty means all. Only entities with such an event have a row, and the first
    `rows` of them, by identifier, are given. Periods end with the current day: else a short window would show nothing
    of them; one that is not of whole days, as streams have them, ends now. Which events table, and from when on:
    see `opened_without_project`. Raises UsageError without a profile, SourceError without an events table,
    DefinitionError, BusyError, RunError.
    """
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    wait = min(lock_seconds(), LOCK_SECONDS)
    with opened_without_project([view], folder, _plan, target=target, app_ids=app_ids, wait=wait) as [deployed]:
        published = Published(as_of=moment.date(), run_id="", planned_at=moment, days_shifted=1)
        query = PlainQuery(deployed, published, usable_source(deployed), from_source=True, since=moment - window)
        found = deployed.warehouse.fetch(query.values(ids or None, rows))
    return Preview([_served(view, row, moment) for row in found], found[0][1] if found else 0)


def _plan(view: View) -> Plan:
    """The plan of a view that may be meant for streams, with periods that no run computes; the query handles them."""
    offline = view.model_copy(update={"offline": True})
    whole = [
        one.model_copy(update={"period": None})
        if isinstance(one, Attribute) and isinstance(one.period, timedelta) and one.period % DAY
        else one
        for one in view.attributes
    ]
    return replace(plan_view(offline.model_copy(update={"attributes": tuple(whole)})), view=offline)


def _served(view: View, row: tuple[Any, ...], now: datetime) -> dict[str, Any]:
    entity, _, *values = row
    stored = dict(zip((one.column for one in view.aggregated), values, strict=True))
    return {view.entity.identifier: str(entity), **computed_row(view, stored, now)}


def outcome_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`{"rows": ..., "entities": ...}` for a request. Raises what `preview_view` raises."""
    request = Request(**asked)
    return asdict(
        preview_view(
            View.from_json(request.view),
            Path(request.folder),
            window=timedelta(seconds=request.seconds),
            target=request.target,
            app_ids=tuple(request.app_ids),
            ids=tuple(request.ids),
        )
    )


if __name__ == "__main__":
    answer(outcome_of, as_json)
