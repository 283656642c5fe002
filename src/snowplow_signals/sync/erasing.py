"""Erasing one person, for good.

The store itself suppresses an erased identifier. A ledger keeps the erasure as well: a registry, or a file beside the
projects. So a store that lost its content (a Redis without a disk), or was restored from a copy, learns of it before
anything is copied to it, and profiles that came back with it are removed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from snowplow_signals.definitions import Entity, View
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import BusyError, UsageError, did_you_mean
from snowplow_signals.stores import Erasure, Store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.erasures import BEGINNING, Agreement, Log, Standing, pages
from snowplow_signals.stores.packed import scope_of

AGREEING = "erasures"
"""The lease for exchanging erasures between a store and a ledger."""
AGREE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Scopes:
    """What an identifier can be erased from.

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
        """The column that a key, or the name of its entity, stands for. Raises UsageError for an unknown one."""
        found = self.columns.get(sql_name(key))
        if found is None:
            raise UsageError(f"no view is read by the key {key!r}{did_you_mean(key, self.columns)}; nothing was done")
        return found

    def view(self, name: str) -> str:
        """The name under which a store keeps the view of that full name. Raises UsageError for one nobody knows."""
        if sql_name(name) not in self.views:
            hint = did_you_mean(name, self.views) or "; its full name ends with its version, as in shop_v1"
            raise UsageError(f"there is no view {name!r}{hint}; nothing was done")
        return sql_name(name)


class Ledger(Log, Protocol):
    """Erasures that outlive a store; `Registry.erasures` is one, and `erasure_file` makes one without a service."""

    def erase(self, scope: str, digests: Iterable[bytes], at: datetime) -> dict[bytes, int]: ...

    def restore(self, scope: str, digests: Iterable[bytes]) -> dict[bytes, int]: ...

    def add(self, new: Iterable[Erasure]) -> None: ...

    def standing(self, store: str | None) -> Standing: ...

    def set_agreement(self, agreement: Agreement, instead_of: str | None = None) -> None: ...


def erase(
    store: Store,
    identifier: str,
    at: datetime,
    *,
    view: str | None = None,
    key: str | None = None,
    ledger: Ledger | None = None,
) -> int:
    """Remove one identifier from a view, or from all views of an entity's key, for good. Returns the number of profiles
    removed. Raises UsageError unless one of view and key is given, StoreError,
    RegistryError; repeating it after an error has the same effect.
    """
    return erase_all(store, [identifier], at, view=view, key=key, ledger=ledger)


def erase_all(
    store: Store,
    identifiers: Sequence[str],
    at: datetime,
    *,
    view: str | None = None,
    key: str | None = None,
    ledger: Ledger | None = None,
) -> int:
    """The same for several identifiers, which the ledger remembers together."""
    view, key = view and sql_name(view), key and sql_name(key)
    scope = scope_of(view, key)
    digests = [erasure_digest(one) for one in identifiers]
    # the ledger first: if this ends in between, the store learns of it in `agree`
    versions = ledger.erase(scope, digests, at) if ledger is not None else dict.fromkeys(digests, 1)
    known = {one: versions[digest] for one, digest in zip(identifiers, digests, strict=True)}
    return store.erase_all(known, at, view=view, key=key)


def restore(
    store: Store, identifier: str, *, view: str | None = None, key: str | None = None, ledger: Ledger | None = None
) -> bool:
    """Forget an erasure; whether there was one. The next sync copies the profile again, if its row is there."""
    return restore_all(store, [identifier], view=view, key=key, ledger=ledger) > 0


def restore_all(
    store: Store,
    identifiers: Sequence[str],
    *,
    view: str | None = None,
    key: str | None = None,
    ledger: Ledger | None = None,
) -> int:
    """The same for several identifiers, which the ledger looks up together; how many had been erased."""
    view, key = view and sql_name(view), key and sql_name(key)
    people = {one: erasure_digest(one) for one in identifiers}
    versions = ledger.restore(scope_of(view, key), people.values()) if ledger is not None else {}
    known = {one: versions.get(digest, 0) for one, digest in people.items()}
    restored = store.restore_all(known, view=view, key=key)
    return len(restored | {one for one, digest in people.items() if digest in versions})


def agree(store: Store, ledger: Ledger, seconds: float = AGREE_SECONDS) -> int:
    """Exchange what only store or ledger knows, and remove profiles that the store must not hold. Returns the number of
    profiles removed. When nothing is new it costs one query of each, however many erasures are known. Raises BusyError
    when another process keeps doing the same for the given number of seconds.
    """
    until = time.monotonic() + seconds
    while not _agree_already(store, ledger):
        lease = store.acquire(AGREEING, AGREE_SECONDS)
        if lease is not None:
            try:
                return _agree(store, ledger)
            finally:
                store.release(lease)
        if time.monotonic() > until:
            raise BusyError(f"another process is updating the erasures of the profiles store {store.where}; try again")
        time.sleep(PAUSE_SECONDS)
    return 0


def _agree_already(store: Store, ledger: Ledger) -> bool:
    here = store.standing()
    known = here.agreement
    if known is None or not here.is_swept or known.store_position != here.position:
        return False
    there = ledger.standing(known.store)
    return there.agreement == known and there.position == known.ledger_position


def _agree(store: Store, ledger: Ledger) -> int:
    removed = store.remove_erased()
    here = store.standing()
    before = known = here.agreement
    is_put_back = known is None or here.position < known.store_position
    if known is None or is_put_back or ledger.standing(known.store).agreement != known:
        # never agreed, or one of them was restored: compare everything, as with a store that is new to the ledger
        known = Agreement(secrets.token_hex(16), "", BEGINNING, BEGINNING)
    ledger_position, store_position = known.ledger_position, known.store_position
    for _ in range(ROUNDS):
        reached = ledger_position, store_position
        for position, learned in pages(ledger, reached[0]):
            removed += store.add_erasures(learned)
            ledger_position = position
        for position, learned in pages(store, reached[1]):
            ledger.add(learned)
            store_position = position
        if reached == (ledger_position, store_position):
            break  # what each learned from the other was exchanged as well
    agreed = Agreement(known.store, secrets.token_hex(16), ledger_position, store_position)
    store.set_agreement(agreed)
    ledger.set_agreement(agreed, instead_of=before.store if before is not None else None)
    return removed
