"""A view that is deleted takes its values with it, also those that a sync is just writing.

The registry keeps which views were deleted until their values are gone: the store may be away at the moment, or the
process be killed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from snowplow_signals.stores import Store
from snowplow_signals.sync.leases import held

_NEVER = datetime(1969, 1, 1)
"""A moment at which nothing was ever written: who was erased between two syncs is held back since 1970."""


class Deletions(Protocol):
    """Which views were deleted; a `Registry` keeps them."""

    def deleted_views(self) -> list[str]: ...

    def forget_deleted(self, view: str) -> None: ...


def forget_deleted(store: Store, deletions: Deletions) -> None:
    """Remove the values of all views that were deleted. Raises StoreError, RegistryError; then it is done later."""
    for view in deletions.deleted_views():
        forget(store, view)
        deletions.forget_deleted(view)


def forget(store: Store, view: str) -> None:
    """Remove everything that the store holds of a view, given by its name in the store; who was erased stays so.

    Whoever syncs it at the moment has no effect any more. Raises StoreError.
    """
    with held(store, view, seize=True) as lease:
        store.keep_only(view, _NEVER, lease)
        store.forget(view, lease)
