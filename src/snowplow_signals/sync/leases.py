"""Holding a lease while something is done."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from snowplow_signals.errors import BusyError, StoreError
from snowplow_signals.stores import Lease, Store
from snowplow_signals.stores.holders import give_up

log = logging.getLogger("snowplow_signals.sync")
LEASE_SECONDS = 30.0
"""How long a process that was cut off keeps others waiting. One that ended on this machine keeps nobody waiting."""


class SyncingError(BusyError):
    """Another process syncs the view; this one did nothing."""


def lease_name(view: str) -> str:
    """The name of the lease that who syncs a view holds."""
    return f"sync:{view}"


@contextmanager
def held(store: Store, view: str, seconds: float = LEASE_SECONDS, *, seize: bool = False) -> Iterator[Lease]:
    """The right to sync a view, renewed until it is given back.

    Nothing is done when it cannot be renewed: the store looks at it with each write. Raises SyncingError when
    another process holds it, unless it is to be seized: then that one's sync has no effect any more.
    """
    name = lease_name(view)
    lease = store.seize(name, seconds) if seize else store.acquire(name, seconds)
    if lease is None:
        raise SyncingError(
            f"another process syncs {view} at the moment; nothing was done. Try again when it has finished"
        )
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
        except Exception as error:  # whatever it is: it is logged once, and tried again; the next write says so too
            if not is_away:
                log.warning("the lease %r cannot be renewed, which is tried again: %s", lease.name, error)
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
    except StoreError:  # it ends by itself, and this process knows
        give_up(lease.holder)
