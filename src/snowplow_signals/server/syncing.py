"""How the syncs of the views stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from snowplow_signals.definitions import View
from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.definitions import Name, Version
from snowplow_signals.stores import SyncState


def sync_status(backend: Access, name: Name, version: Version) -> Response:
    """How the sync of one version of a view stands."""
    view = backend.registry.view(name, version)
    return json_answer(_status(view, backend.store().state(view.full_name)))


def all_sync_statuses(backend: Access) -> Response:
    """How the syncs of all published offline views stand, and of others that once were synced."""
    states = {state.view: state for state in backend.store().states()}
    views = backend.registry.views(offline=True)
    shown = [view for view in views if view.is_published or view.full_name in states]
    return json_answer([_status(view, states.get(view.full_name, SyncState(view.full_name))) for view in shown])


def _status(view: View, state: SyncState) -> dict[str, Any]:
    return {
        "name": view.name,
        "version": view.version,
        "full_name": view.full_name,
        "is_synced": _is_synced(view),
        "status": "failed" if state.failures else "completed" if state.finished_at else "pending",
        "source_table": state.source,
        "data_fresh_through": _moment(state.watermark),
        "last_started_at": _moment(state.started_at),
        "last_synced_at": _moment(state.finished_at),
        "seconds": state.seconds,
        "rows_changed": state.rows_changed,
        "rows_written": state.rows_written,
        "rows_removed": state.rows_removed,
        "rows_unusable": state.rows_unusable,
        "profiles": state.profiles,
        "withheld": state.withheld,
        "failures": state.failures,
        "error": state.error,
        "failed_at": _moment(state.failed_at),
        "retry_at": _moment(state.retry_at),
    }


def _is_synced(view: View) -> bool:
    return view.offline and view.is_published and view.batch_source is not None


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.isoformat()}Z" if moment else None
