"""Copying published views, which a registry knows, through the profile of the folder that the projects are in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from snowplow_signals.definitions import View
from snowplow_signals.errors import SourceError
from snowplow_signals.stores import Store
from snowplow_signals.sync.copying import StoppedError, SyncProgress, SyncResult, sync_view
from snowplow_signals.sync.sources import Source, source_of
from snowplow_signals.warehouse.connection import Warehouse

WAIT_SECONDS = 5.0
"""How long a sync waits for a run that holds the database: it is retried soon, and does not count as a failure of the
view.
"""


class Published:
    """Syncs published views. Each sync opens a connection of its own: between syncs others may have the warehouse to
    themselves.

    `is_current` says whether a view still exists unchanged: it is called when nobody else can sync it.
    """

    def __init__(
        self,
        profiles_dir: Path,
        target: str | None = None,
        is_current: Callable[[View], bool] = lambda view: True,
    ) -> None:
        self._is_current = is_current
        self._profiles_dir = profiles_dir
        self._target = target

    def sync(self, view: View, store: Store, progress: SyncProgress | None = None) -> SyncResult:
        """Copy what changed in a view.

        Raises SourceError when it has no batch source or its table is not there, BusyError while a run holds the
        database or another process syncs the view, UsageError for a wrong profile, RunError when the warehouse fails,
        StoreError when the store does.
        """
        with ExitStack() as opened:
            return sync_view(view, store, lambda: self._source(view, opened), progress)

    def _source(self, view: View, opened: ExitStack) -> Source:
        if not self._is_current(view):
            raise StoppedError(f"view {view.full_name} was changed or deleted meanwhile; nothing was done")
        if view.batch_source is None:
            raise SourceError(f"view {view.full_name} has no batch source: run its project and `sync` it once")
        warehouse = Warehouse.of_profile(self._profiles_dir, self._target, WAIT_SECONDS)
        return source_of(opened.enter_context(warehouse).spare_memory(), view, view.batch_source)
