"""What a profiles store can do, whichever database it is.

A store keeps, per view, one profile per identifier: the attributes' values, when they last changed, and when they were
copied. Beside them it keeps how the sync of each view stands, who may write (leases), and which identifiers were
erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self, runtime_checkable

from snowplow_signals.stores.erasures import Agreement, Erasure, Standing
from snowplow_signals.stores.states import SyncState

Row = tuple[str, Mapping[str, Any], datetime]
"""Identifier, values by attribute, and when one of the values last changed (UTC, without a zone)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Profiles with the same attributes. A record is (identifier, when it changed, *the values of `names`)."""

    names: tuple[str, ...]
    records: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Packed:
    """The same, already packed: a record is (identifier, digest of the names and values as bytes, when it changed).

    That time is in microseconds since 1970, and the bytes are those of `encoding`.
    """

    names: tuple[str, ...]
    records: Sequence[tuple[str, bytes, int]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """The same, as it is sent: a record is the identifier, and all bytes of the profile, as bulk strings of Redis.

    Those bytes are what `Store.bulk_start` returned, the time in eight bytes, and the bytes of `encoding`.
    """

    names: tuple[str, ...]
    records: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Usable:
    """The part of a batch that can be stored, how many records were left out, and how many values of each name became
    None.
    """

    batch: Batch | Packed | Bulk
    left_out: int
    nulled: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """One profile. Times are UTC, without a zone; `synced_at` is when it was last written.

    `size` is the number of bytes it takes in the store.
    """

    values: dict[str, Any]
    changed_at: datetime
    synced_at: datetime
    size: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write, for some seconds after it was taken or renewed. Writes that pass it have an effect only while
    nobody else took it.
    """

    name: str
    holder: str
    seconds: float = 30.0


class Store(Protocol):
    """A profiles store. `view` is a view's full name, such as `shop_v1`. All methods raise StoreError.

    Values are None, text, integers of 64 bits, floats, booleans, bytes, datetimes without a zone, lists of these, and
    dictionaries from text to these; each is read as it was written.

    What takes a `lease` has no effect, and raises LeaseLostError, when the lease is no longer held: that is checked in
    the transaction that writes.
    """

    where: str
    """The store's place as it may be shown: without a password."""

    def declare(self, view: str, key: str, layouts: Iterable[Sequence[str]] = (), lease: Lease | None = None) -> None:
        """Record by which entity's key a view's profiles are read, before the first of them is written.

        `layouts`: the names of attributes that its profiles have, should the store have lost them.
        """

    def keys(self) -> dict[str, str]:
        """View -> the entity's key that was declared for it."""

    def write(self, view: str, rows: Iterable[Row], synced_at: datetime, lease: Lease | None = None) -> int:
        """Write profiles over those that are there; returns their number, without erased ones. `rows` may be of any
        size: they are written in batches, each as a whole or not at all.
        """

    def bulk_start(self, synced_at: datetime) -> bytes | None:
        """What all bytes of a profile begin with where batches are best written as `Bulk`, at that moment; else None,
        and they cannot be."""

    def write_batch(
        self, view: str, batch: Batch | Packed | Bulk, synced_at: datetime, lease: Lease | None = None
    ) -> int:
        """The same for profiles that all have the same attributes, faster.

        Raises TypeError, ValueError, OverflowError or RecursionError for what cannot be stored: see `usable`.
        """

    def usable(self, batch: Batch | Packed | Bulk) -> Usable:
        """The part of a batch that can be stored: without records whose identifier or time cannot be, and with None for
        other such values."""

    def remove(self, view: str, identifiers: Iterable[str], lease: Lease | None = None) -> int:
        """Remove profiles; returns the number of those that were there."""

    def keep_only(self, view: str, synced_at: datetime, lease: Lease | None = None) -> int:
        """Remove the profiles of a view that were not last written at this moment; returns their number."""

    def prune(self, view: str, changed_before: datetime, lease: Lease | None = None) -> int:
        """Remove the profiles of a view that last changed before this moment; returns their number."""

    def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        """The profiles that exist; identifiers without one are left out."""

    def count(self, view: str) -> int:
        """The number of profiles of a view."""

    def some(self, view: str, number: int) -> list[str]:
        """Identifiers of at most so many profiles of a view, whichever come first."""

    def suppressed(self, view: str) -> int:
        """The number of rows of the source that are not in the store because their identifier was erased.

        The stores keep them under their older name, `withheld`: stored data keeps its names.
        """

    def state(self, view: str) -> SyncState:
        """The state of a view's sync; the default state for a view that was never synced."""

    def states(self) -> list[SyncState]:
        """The states of all views that were ever synced, by name."""

    def set_state(self, state: SyncState, lease: Lease | None = None) -> None:
        """Store the state of a view's sync."""

    def forget(self, view: str, lease: Lease | None = None) -> None:
        """Forget the state of a view's sync, and its key; its profiles are removed by `keep_only`."""

    def erase(
        self, identifier: str, at: datetime, *, view: str | None = None, key: str | None = None, version: int = 1
    ) -> int:
        """Remove one identifier from a view, or from all views of an entity's key, for good. No sync brings it back
        until `restore`. Returns the number of profiles removed; an identifier without any is remembered as well.
        `version`: the erasure has this version at least.
        """

    def erase_all(
        self, versions: Mapping[str, int], at: datetime, *, view: str | None = None, key: str | None = None
    ) -> int:
        """The same for several identifiers, given with the least version of each; faster."""

    def restore(self, identifier: str, *, view: str | None = None, key: str | None = None, version: int = 0) -> bool:
        """Undo an erasure; whether there was one. The next sync copies the profile again, if its row exists."""

    def restore_all(self, versions: Mapping[str, int], *, view: str | None = None, key: str | None = None) -> set[str]:
        """The same for several identifiers, given with the least version of each; those that were erased."""

    def erasures(self) -> list[Erasure]:
        """All erasures, oldest first."""

    def add_erasures(self, erasures: Iterable[Erasure]) -> int:
        """Take over erasures and restores from elsewhere, and remove the profiles of those that were not known here.
        Returns the number of profiles removed. What is known in the same or a higher version stays as it is.
        """

    def remove_erased(self) -> int:
        """Finish removing what `add_erasures` took over, should it have been killed; returns the number of profiles
        removed.
        """

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        """Erasures and restores that the store learned after a position, each with its own, in their order."""

    def standing(self) -> Standing:
        """The store's position in its erasures."""

    def set_agreement(self, agreement: Agreement) -> None:
        """Store what was agreed on with a ledger."""

    def acquire(self, name: str, seconds: float) -> Lease | None:
        """Take the lease of this name for a time; None while another holds it.

        A holder on the same machine whose process has ended holds nothing.
        """

    def seize(self, name: str, seconds: float) -> Lease:
        """Take the lease of this name, whoever holds it: writes of the former holder have no effect from then on."""

    def renew(self, lease: Lease, seconds: float) -> bool:
        """Renew the lease for `seconds` from now; returns whether it was still held."""

    def release(self, lease: Lease) -> None:
        """Release the lease; does nothing when it is no longer held."""

    def is_held(self, name: str) -> bool:
        """Whether the lease of this name is held."""

    def close(self) -> None:
        """Close connections and files; a second call does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


@runtime_checkable
class AsyncReads(Protocol):
    """A store that can also be read by an event loop, without a thread. All methods raise StoreError."""

    async def read_async(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        """Like `Store.read`; to be called by one event loop only."""

    async def close_async(self) -> None:
        """Close what `read_async` holds; a second call does nothing."""
