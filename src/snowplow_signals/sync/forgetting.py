"""Deleting a view removes its values, also those that a sync is just writing. The registry remembers deleted views
until their values are gone: the store may be unavailable at the moment, or the process may be killed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from snowplow_signals.stores import Store
from snowplow_signals.sync.leases import held

_NEVER = datetime(1969, 1, 1)
"""A moment at which nothing was ever written: identifiers erased between two syncs are suppressed as of 1970."""


class Deletions(Protocol):
    """The deleted views; a `Registry` keeps them."""

    def deleted_views(self) -> list[str]: ...

    def forget_deleted(self, view: str) -> None: ...


def forget_deleted(store: Store, deletions: Deletions) -> None:
    """Remove the values of all deleted views. Raises StoreError, RegistryError; the next call tries again."""
    for view in deletions.deleted_views():
        forget(store, view)
        deletions.forget_deleted(view)


def forget(store: Store, view: str) -> None:
    """Remove everything that the store holds of a view, given by its name in the store; erasures stay. A sync of it
    that is in progress has no further effect. Raises StoreError.
    """
    with held(store, view, seize=True) as lease:
        store.keep_only(view, _NEVER, lease)
        store.forget(view, lease)
