"""The state of the views' syncs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from snowplow_signals.definitions import View
from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.definitions import Name, Version
from snowplow_signals.sync.regular import DEFAULT_INTERVAL, Standing, standings


def sync_status(backend: Access, name: Name, version: Version) -> Response:
    """The state of the sync of one version of a view."""
    view = backend.registry.view(name, version)
    return json_answer(_statuses(backend, [view])[0])


def all_sync_statuses(backend: Access) -> Response:
    """The state of the syncs of all published offline views."""
    return json_answer(_statuses(backend, [view for view in backend.registry.views(offline=True) if view.is_published]))


def _statuses(backend: Backend, views: Sequence[View]) -> list[dict[str, Any]]:
    interval = timedelta(seconds=backend.settings.sync_seconds) if backend.settings.sync_seconds else DEFAULT_INTERVAL
    found = standings(views, backend.store(), interval)
    return [_status(view, one) for view, one in zip(views, found, strict=True)]


def _status(view: View, standing: Standing) -> dict[str, Any]:
    state, hindrance = standing.state, _hindrance(view)
    return {
        "name": view.name,
        "version": view.version,
        "full_name": view.full_name,
        "status": hindrance or standing.doing,
        "interval_seconds": standing.interval.total_seconds(),
        "next_sync_at": None if hindrance else _moment(standing.due_at),
        "source_table": state.source,
        "data_fresh_through": _moment(state.watermark),
        "last_started_at": _moment(state.started_at),
        "last_synced_at": _moment(state.finished_at),
        "seconds": state.seconds,
        "rows_changed": state.rows_changed,
        "rows_written": state.rows_written,
        "rows_removed": state.rows_removed,
        "rows_unusable": state.rows_unusable,
        "values_nulled": state.values_nulled,
        "rows_ahead": state.rows_ahead,
        "profiles": state.profiles,
        "failures": state.failures,
        "error": state.error,
        "failed_at": _moment(state.failed_at),
    }


def _hindrance(view: View) -> str | None:
    """Why the view is not synced, or None."""
    if not view.offline:
        return "not computed offline"
    if not view.is_published:
        return "not published"
    return None if view.batch_source else "no batch source"


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.isoformat()}Z" if moment else None
