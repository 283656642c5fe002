"""What applications are served of one entity, view by view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.stores import Erasure, Store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import key_scope
from snowplow_signals.stores.serving import served_attributes, values_of


@dataclass(frozen=True)
class ServedValue:
    """One attribute as it is served now."""

    name: str
    type: str
    description: str | None
    value: Any


@dataclass(frozen=True)
class ViewProfile:
    """One view's profile of the entity. Times are UTC; both None where there is no profile."""

    known: KnownView
    values: tuple[ServedValue, ...]
    changed_at: datetime | None
    synced_at: datetime | None
    bytes: int
    erased_at: datetime | None
    """When the identifier was erased from this view, by itself or by its key; None if it was not."""

    @property
    def is_there(self) -> bool:
        return self.synced_at is not None


def profiles(store: Store, views: Sequence[KnownView], identifier: str, now: datetime) -> tuple[ViewProfile, ...]:
    """The profiles that a store has of an identifier in these views. Raises StoreError."""
    erased: list[Erasure] | None = None
    found = []
    for known in views:
        view = known.view
        stored = store.read(view.store_name, [identifier]).get(identifier)
        if stored is None and erased is None:
            digest = erasure_digest(identifier)
            erased = [one for one in store.erasures() if one.is_erased and one.digest == digest]
        scopes = (view.store_name, key_scope(view.entity.column))
        erasures = [one.erased_at for one in erased or () if one.scope in scopes] if stored is None else []
        values = values_of(served_attributes(view), stored, now)
        shown = (
            ServedValue(part.name, part.type, part.description, value)
            for part, value in zip(view.served, values, strict=True)
        )
        found.append(
            ViewProfile(
                known=known,
                values=tuple(shown),
                changed_at=stored.changed_at if stored is not None else None,
                synced_at=stored.synced_at if stored is not None else None,
                bytes=stored.size if stored is not None else 0,
                erased_at=max(erasures, default=None),
            )
        )
    return tuple(found)
