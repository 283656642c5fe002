"""Syncing published views regularly.

Several processes may do this at once for one store: each view is synced by whoever gets its lease, and when it is due
is known from the store, so it is not synced more often for that. A few views are synced at once, longest due first: a
large table, or a source that hangs, does not delay the others. One that fails is retried, after a longer pause each
time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from snowplow_signals.definitions import View
from snowplow_signals.errors import BusyError, LeaseLostError, RegistryError, SignalsError, StoreError, UnexpectedError
from snowplow_signals.stores import Store, SyncState
from snowplow_signals.sync.copying import (
    FIRST_PAUSE,
    StoppedError,
    SyncProgress,
    SyncResult,
    as_failure,
    note_failure,
    now,
)
from snowplow_signals.sync.erasing import Ledger, agree
from snowplow_signals.sync.leases import SyncingError, lease_name

DEFAULT_INTERVAL = timedelta(minutes=5)
LOOK_SECONDS = 5.0
"""How often it looks for views that were published, or are due."""
LONGEST_WAIT = 60.0
AT_ONCE = 4
"""How many views are synced at once, each over a connection of its own."""
LOG_EVERY = 10.0
CLOCKS_DIFFER = timedelta(seconds=10)
"""How much the clocks of machines that share a store may differ."""

SyncOne = Callable[[View, Store, SyncProgress | None], SyncResult]
Doing = Literal["never synced", "syncing", "up to date", "due", "failing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of one published view's sync. `due_at`: when it is synced next, or tried again (UTC)."""

    view: str
    doing: Doing
    interval: timedelta
    due_at: datetime | None
    state: SyncState


def standings(
    views: Sequence[View], store: Store, interval: timedelta = DEFAULT_INTERVAL, at: datetime | None = None
) -> list[Standing]:
    """The states of these views' syncs, as the store has them; whichever process does them. Raises StoreError."""
    moment = at or now()
    states = {state.view: state for state in store.states()}
    return [_standing(view, states.get(view.store_name), store, interval, moment) for view in views]


def _standing(view: View, state: SyncState | None, store: Store, interval: timedelta, at: datetime) -> Standing:
    state = state or SyncState(view.store_name)
    every = view.refresh_rate or interval
    due_at = due(state, every, at)
    doing: Doing = "up to date"
    if store.is_held(lease_name(view.store_name)):
        doing = "syncing"
    elif state.failures:
        doing = "failing"
    elif state.finished_at is None:
        doing = "never synced"
    elif due_at is not None and due_at <= at:
        doing = "due"
    return Standing(view.full_name, doing, every, due_at, state)


def due(state: SyncState, interval: timedelta, at: datetime) -> datetime | None:
    """When the view is to be synced next; None: at once.

    `at` is now. Later times come from a clock that was ahead, and are ignored.
    """
    last = state.failed_at if state.failures else state.started_at
    if last is None or last - at > CLOCKS_DIFFER:
        return None
    return state.retry_at if state.failures else last + interval


class RegularSync:
    """Syncs published views whenever they are due: in a thread of its own (`start`, `stop`), or by `run`.

    `published` returns the views, `store` opens the profiles store, `sync` copies one view; `log` receives a line for
    each sync that did something or failed, and now and then while one is in progress. `ledger` keeps erasures that the
    store may forget. `looked` receives `trouble` each time that it looked for due views.
    """

    def __init__(
        self,
        published: Callable[[], Sequence[View]],
        store: Callable[[], Store],
        sync: SyncOne,
        interval: timedelta = DEFAULT_INTERVAL,
        log: Callable[[str], None] = lambda line: None,
        ledger: Callable[[], Ledger] | None = None,
        at_once: int = AT_ONCE,
        looked: Callable[[str | None], None] = lambda trouble: None,
    ) -> None:
        self._ledger = ledger
        self._looked = looked
        self._published = published
        self._store = store
        self._sync = sync
        self._interval = interval
        self._log = log
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._look = self._wait = min(LOOK_SECONDS, interval.total_seconds())
        self._not_before: dict[str, datetime] = {}
        self._held_up: set[str] = set()
        """Views whose warehouse was held by another process when they were last due."""
        self._going: dict[str, Future[None]] = {}
        self._warned: dict[str, tuple[str, ...]] = {}
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="sync")
        self.trouble: str | None = None
        """Why nothing can be synced at all at the moment: the registry or the store is unavailable. None when
        everything works.
        """

    def start(self) -> None:
        """Sync in a thread from now on. A second call does nothing."""
        if self._thread is None:
            self._stop.clear()
            self._thread = threading.Thread(target=self.run, name="regular-sync", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop after the batch that is being written; what was not finished is done by the next sync."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def ask_to_stop(self) -> None:
        """The same without waiting; for signals."""
        self._stop.set()

    def run(self) -> None:
        """Sync until `stop` is called; it returns when the syncs in progress have stopped as well."""
        while not self._stop.is_set():
            try:
                self._begin_due()
            except Exception as error:  # a single failure must not end all syncs: it is logged and retried
                self._is_away(UnexpectedError("looking for views to sync", error))
            self._looked(self.trouble)
            self._stop.wait(self._wait)
        wait(self._going.values())

    def status(self) -> list[Standing]:
        """The state of each published view's sync. Raises RegistryError or StoreError."""
        return standings(self._published(), self._store(), self._interval)

    def round(self) -> None:
        """Sync what is due now, and wait for it. Failures are logged and retried."""
        self._begin_due()
        wait(self._going.values())
        self._forget_done()

    def _forget_done(self) -> None:
        for view, sync in list(self._going.items()):
            if sync.done():
                del self._going[view]

    def _begin_due(self) -> None:
        """Begin the syncs that are due, the longest due first."""
        try:
            views, store = self._published(), self._store()
            if self._ledger is not None:
                self._agree(store, self._ledger())
            found = standings(views, store, self._interval)
        except (BusyError, RegistryError, StoreError) as error:
            self._is_away(error)
            return
        if self.trouble is not None:
            self._log("the registry and the profiles store are available again: views are synced")
        self.trouble, self._wait = None, self._look
        by_name = {view.full_name: view for view in views}
        self._forget_done()
        for one in sorted(found, key=lambda one: one.due_at or datetime.min):
            if one.view not in self._going and one.doing != "syncing" and self._is_due(one):
                self._going[one.view] = self._workers.submit(self._sync_one, by_name[one.view], store)

    def _agree(self, store: Store, ledger: Ledger) -> None:
        removed = agree(store, ledger)
        if removed:
            self._log(f"{removed:,} profiles of erased identifiers had come back and were removed")

    def _is_due(self, one: Standing) -> bool:
        at = now()
        not_before = self._not_before.get(one.view, datetime.min)
        if not_before - at > FIRST_PAUSE:  # the clock was put back since
            not_before = at
        return max(one.due_at or datetime.min, not_before) <= at

    def _is_away(self, error: SignalsError) -> None:
        if self.trouble is None:
            self._log(f"nothing is synced: {error}")
        self._wait = min(self._wait * 2, LONGEST_WAIT) if self.trouble else self._look
        self.trouble = str(error)

    def _sync_one(self, view: View, store: Store) -> None:
        name = view.full_name
        if self._stop.is_set():
            return
        try:
            result = self._sync(view, store, _Progress(name, self._log, self._stop))
        except StoppedError:
            return
        except SignalsError as error:
            # kept by the store as well, unless it is the store that fails
            self._not_before[name] = now() + FIRST_PAUSE
            # a run may hold the database for long: that is logged once
            if not isinstance(error, LeaseLostError | SyncingError) and name not in self._held_up:
                self._log(f"{name}: {error}")
            (self._held_up.add if isinstance(error, BusyError) else self._held_up.discard)(name)
            return
        except Exception as error:  # what `sync_view` could not record as a failure of the view
            failure = as_failure(view, error)
            note_failure(store, view, failure)
            self._not_before[name] = now() + FIRST_PAUSE
            self._log(f"{name}: {failure}")
            return
        self._not_before.pop(name, None)
        self._held_up.discard(name)
        if result.rows_written or result.rows_removed:
            self._log(summary(name, result))
        for warning in set(result.warnings) - set(self._warned.get(name, ())):
            self._log(f"{name}: {warning}")
        self._warned[name] = result.warnings


class _Progress:
    """A line now and then, and the place where a sync stops when it is asked to."""

    def __init__(self, view: str, log: Callable[[str], None], stop: threading.Event) -> None:
        self.view = view
        self.log = log
        self.stop = stop
        self.logged_at = time.monotonic()

    def step(self, done: int, total: int) -> None:
        if self.stop.is_set():
            raise StoppedError(f"{self.view}: stopped after {done:,} rows; the next sync starts over")
        if time.monotonic() - self.logged_at >= LOG_EVERY:
            self.logged_at = time.monotonic()
            self.log(f"{self.view}: {done:,} of {total:,} rows")


def summary(view: str, result: SyncResult) -> str:
    """What a sync did, as a line."""
    parts = [f"{result.rows_changed:,} changed", f"{result.rows_written:,} written", f"{result.rows_removed:,} removed"]
    parts += [f"{result.rows_unusable:,} without identifier or time"] if result.rows_unusable else []
    parts += [f"{sum(result.values_nulled.values()):,} values set to null"] if result.values_nulled else []
    return f"{view}: {', '.join(parts)}, in {result.seconds:.1f} s"
