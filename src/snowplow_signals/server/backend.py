"""What handlers use: registry, store, definitions in memory, tokens."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from snowplow_signals.errors import BusyError, RegistryError, StoreError
from snowplow_signals.registry.database import Registry
from snowplow_signals.server.dataset_runs import DatasetRuns
from snowplow_signals.server.definitions_cache import Definitions
from snowplow_signals.server.preview_processes import Previews
from snowplow_signals.server.profiles.reading import BatchedReader
from snowplow_signals.server.settings import Settings
from snowplow_signals.server.tokens import Tokens, read_signing_key
from snowplow_signals.stores import Store, open_store
from snowplow_signals.sync.erasing import agree
from snowplow_signals.sync.forgetting import forget_deleted
from snowplow_signals.sync.process import SyncProcess

RETRY_SECONDS = 1.0
HEALTH_SECONDS = 1.0
HEALTH_ANSWER_SECONDS = 2.0
"""A dependency that does not answer within this time is unavailable."""
CONFIRMATION_SECONDS = 1.0
AGREE_SECONDS = 5.0
"""How often a service that syncs nothing checks whether its store was restored."""
log = logging.getLogger("snowplow_signals.server")


class LateStore:
    """A profiles store that may be unavailable at first: it is opened when it is first needed, and retried if that
    fails.
    """

    def __init__(self, open_: Callable[[], Store]) -> None:
        self._open = open_
        self._store: Store | None = None
        self._failure: StoreError | None = None
        self._tried = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> Store:
        """The store. Raises StoreError while it cannot be opened; it is retried at most once a second."""
        if self._store is not None:
            return self._store
        with self._lock:
            if self._store is None:
                if self._failure is not None and time.monotonic() - self._tried < RETRY_SECONDS:
                    raise StoreError(str(self._failure))
                self._tried = time.monotonic()
                try:
                    self._store = self._open()
                except StoreError as error:
                    self._failure = error
                    raise
            return self._store

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


@dataclass
class Backend:
    """Everything behind the handlers. Made by `Backend.open`, released by `close`."""

    settings: Settings
    registry: Registry
    store: LateStore
    definitions: Definitions
    tokens: Tokens
    reader: BatchedReader
    previews: Previews = field(default_factory=Previews, init=False)
    datasets: DatasetRuns = field(init=False)
    sync: SyncProcess | None = field(default=None, init=False)
    """What keeps the store up to date; None in a service that does not."""
    _health_workers: ThreadPoolExecutor = field(default_factory=lambda: _health_workers(), init=False)
    _looking: dict[str, Future[str]] = field(default_factory=dict, init=False)
    _health: tuple[float, dict[str, str]] = field(default=(-HEALTH_SECONDS, {}), init=False)
    _confirmations: tuple[float, dict[str, datetime]] = field(default=(-CONFIRMATION_SECONDS, {}), init=False)

    def __post_init__(self) -> None:
        self.datasets = DatasetRuns(self.settings.folder)

    @classmethod
    def open(cls, settings: Settings) -> Backend:
        """Raises UsageError for wrong URLs, RegistryError when the registry cannot be opened."""
        registry = Registry.open(settings.registry)
        definitions = Definitions(registry)
        store = LateStore(lambda: open_store(settings.store))
        try:
            store()
        except StoreError as error:
            log.warning("%s; reads are answered with 503 until it is available", error)
        tokens = Tokens(
            definitions,
            static=settings.token,
            metrics=settings.metrics_token,
            signing_key=read_signing_key(settings.signing_key),
            seconds=settings.token_seconds,
            is_loopback=settings.is_loopback,
        )
        reader = BatchedReader(store, is_file=settings.has_store_in_file)
        backend = cls(settings, registry, store, definitions, tokens, reader)
        backend.forget_deleted()  # one that was killed may have left some
        return backend

    def close(self) -> None:
        self._health_workers.shutdown(wait=False, cancel_futures=True)
        self._health_workers, self._looking = _health_workers(), {}  # an application may be started again
        self.store.close()
        self.registry.close()

    def forget_deleted(self) -> None:
        """Remove the values of deleted views; while the store is unavailable, its sync does that later."""
        try:
            forget_deleted(self.store(), self.registry)
        except StoreError as error:
            log.warning("%s; the values of deleted views are removed when it is back", error)

    async def keep_agreed(self) -> None:
        """Check regularly, first at once, whether the store forgot erasures; until cancelled. For a service that syncs
        nothing: a sync checks before it copies.
        """
        is_well = True
        while True:
            try:
                removed = await asyncio.to_thread(self._agree)
                if removed:
                    log.warning("%s profiles of erased identifiers had come back and were removed", f"{removed:,}")
                is_well = True
            except Exception as error:  # what is erased must not come back: no single failure ends this loop
                if is_well:
                    unforeseen = not isinstance(error, RegistryError | StoreError | BusyError)
                    log.warning("looking for erased identifiers failed: %s", error, exc_info=unforeseen)
                is_well = False
            await asyncio.sleep(AGREE_SECONDS)

    def _agree(self) -> int:
        store, ledger = self.store(), self.registry.erasures
        if not store.standing().position and not ledger.standing(None).position:
            return 0  # nothing was ever erased: nothing needs to be written
        return agree(store, ledger)

    def health(self) -> dict[str, str]:
        """Dependency -> "ok" or "unavailable"; checked once a second at most, as anybody may call it."""
        moment, found = self._health
        if time.monotonic() - moment >= HEALTH_SECONDS:
            looks = {"registry": self.registry.revision, "profiles_store": self._touch_store}
            for name, touch in looks.items():  # both at once; one that waits for an answer is not asked again
                if name not in self._looking or self._looking[name].done():
                    self._looking[name] = self._health_workers.submit(_state, touch)
            wait(self._looking.values(), HEALTH_ANSWER_SECONDS)
            found = {name: look.result() if look.done() else "unavailable" for name, look in self._looking.items()}
            self._health = (time.monotonic(), found)
        return found

    def notes(self) -> dict[str, object]:
        """Problems of a service that still serves: definitions set aside by name, loops that are stuck."""
        notes: dict[str, object] = {}
        if self.definitions.snapshot.unreadable:
            notes["set_aside"] = sorted(self.definitions.snapshot.unreadable)
        loops = {} if self.definitions.is_fresh else {"definitions": "not fresh"}
        if self.sync is not None and (trouble := self.sync.trouble) is not None:
            loops["sync"] = trouble
        return {**notes, "loops": loops} if loops else notes

    def confirmations(self) -> dict[str, datetime]:
        """View -> when the last completed sync of it began: what is served was true then. At most a second old."""
        moment, found = self._confirmations
        if time.monotonic() - moment >= CONFIRMATION_SECONDS:
            found = {state.view: state.started_at for state in self.store().states() if state.started_at is not None}
            self._confirmations = (time.monotonic(), found)
        return found

    def _touch_store(self) -> None:
        self.store().read("health_v1", ["health"])


def _health_workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="health")


def _state(touch: Callable[[], object]) -> str:
    try:
        touch()
    except (RegistryError, StoreError) as error:
        log.warning("%s", error)
        return "unavailable"
    return "ok"
