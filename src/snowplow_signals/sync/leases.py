"""Holding a lease while something is done."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from snowplow_signals.errors import BusyError, StoreError
from snowplow_signals.stores import Lease, Store
from snowplow_signals.stores.holders import give_up

log = logging.getLogger("snowplow_signals.sync")
PAUSE_SECONDS = 0.25
LEASE_SECONDS = 30.0
"""How long a process that was cut off blocks others. One that ended on this machine blocks nobody."""


class SyncingError(BusyError):
    """Another process is syncing the view; this one did nothing."""


def lease_name(view: str) -> str:
    """The name of the lease for syncing a view."""
    return f"sync:{view}"


@contextmanager
def held(
    store: Store, view: str, seconds: float = LEASE_SECONDS, *, seize: bool = False, wait: float = 0
) -> Iterator[Lease]:
    """The right to sync a view, renewed until it is released. A failed renewal needs no action: the store checks the
    lease with each write. Raises SyncingError when another process holds it, unless it is to be seized: then that
    process's sync has no further effect.
    """
    name = lease_name(view)
    until = time.monotonic() + wait
    while (lease := store.seize(name, seconds) if seize else store.acquire(name, seconds)) is None:
        if time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            continue
        raise SyncingError(f"another process is syncing {view}; nothing was done. Try again when it has finished")
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(store, lease, seconds, stop), name=f"lease-{view}", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        stop.set()
        keeper.join()
        _release(store, lease)


def _keep(store: Store, lease: Lease, seconds: float, stop: threading.Event) -> None:
    is_away = False
    while not stop.wait(seconds / 3):
        try:
            is_ours = store.renew(lease, seconds)
        except Exception as error:  # any failure is logged once and retried; the next write reports it too
            if not is_away:
                log.warning("the lease %r could not be renewed; retrying: %s", lease.name, error)
            is_away = True
            continue
        if not is_ours:
            log.warning("the lease %r was lost: another process took over", lease.name)
            return
        if is_away:
            log.warning("the lease %r is renewed again", lease.name)
        is_away = False


def _release(store: Store, lease: Lease) -> None:
    try:
        store.release(lease)
    except StoreError:  # it expires by itself, and this process no longer counts as its holder
        give_up(lease.holder)
