"""Erasing one person, for good.

The store holds an erased identifier back by itself. A registry, where there is one, knows of it as well, so that a
store that lost its memory (a Redis without a disk) is told again before anything is copied to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from snowplow_signals.definitions import Entity, View
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import UsageError, did_you_mean
from snowplow_signals.stores import Erasure, Store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import scope_of


@dataclass(frozen=True, slots=True)
class Scopes:
    """What somebody can be erased from.

    `columns`: the keys by which profiles are read, each by its own name and by the names of its entities. `views`:
    full names. All in lower case.
    """

    columns: Mapping[str, str]
    views: frozenset[str]

    @classmethod
    def of(cls, entities: Iterable[Entity], views: Iterable[View], stored: Mapping[str, str]) -> Scopes:
        """What these entities and views, and a store's `keys`, can be erased from. Built-in entities are known."""
        views = list(views)
        known = [*BUILT_IN.values(), *(view.entity for view in views), *entities]
        columns = {key: key for key in stored.values()} | {one.column: one.column for one in known}
        columns |= {sql_name(one.name): one.column for one in known}
        return cls(columns, frozenset({view.store_name for view in views} | stored.keys()))

    def column(self, key: str) -> str:
        """The column that a key, or the name of its entity, stands for. Raises UsageError for one nobody knows."""
        found = self.columns.get(sql_name(key))
        if found is None:
            raise UsageError(f"nothing is read by the key {key!r}{did_you_mean(key, self.columns)}; nothing was done")
        return found

    def view(self, name: str) -> str:
        """How a view of that full name is kept. Raises UsageError for one nobody knows."""
        if sql_name(name) not in self.views:
            hint = did_you_mean(name, self.views) or "; its full name ends with its version, as in shop_v1"
            raise UsageError(f"there is no view {name!r}{hint}; nothing was done")
        return sql_name(name)


class Ledger(Protocol):
    """Erasures that outlive a store; `Registry.erasures` is one."""

    def all(self) -> list[Erasure]: ...

    def add(self, new: Iterable[Erasure]) -> None: ...

    def remove(self, scope: str, digest: bytes) -> bool: ...


def erase(
    store: Store,
    identifier: str,
    at: datetime,
    *,
    view: str | None = None,
    key: str | None = None,
    ledger: Ledger | None = None,
) -> int:
    """Remove one identifier from a view, or from all views of an entity's key, for good.

    Gives the number of profiles removed. Raises UsageError unless one of view and key is given, StoreError,
    RegistryError; done again after an error it has the same effect.
    """
    view, key = view and sql_name(view), key and sql_name(key)
    if ledger is not None:
        ledger.add([Erasure(scope_of(view, key), erasure_digest(identifier), at)])
    return store.erase(identifier, at, view=view, key=key)


def restore(
    store: Store, identifier: str, *, view: str | None = None, key: str | None = None, ledger: Ledger | None = None
) -> bool:
    """Forget an erasure; whether there was one. The next sync copies the profile again, if its row is there."""
    view, key = view and sql_name(view), key and sql_name(key)
    was_known = ledger is not None and ledger.remove(scope_of(view, key), erasure_digest(identifier))
    return store.restore(identifier, view=view, key=key) or was_known


def agree(store: Store, ledger: Ledger) -> None:
    """Tell store and ledger what only the other knows."""
    here, there = ({(one.scope, one.digest): one for one in some} for some in (store.erasures(), ledger.all()))
    if lost := [one for known, one in there.items() if known not in here]:
        store.add_erasures(lost)
    if new := [one for known, one in here.items() if known not in there]:
        ledger.add(new)
