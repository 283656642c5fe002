"""What the stores have in common: how profiles become bytes, and how erased ones are suppressed."""

from __future__ import annotations

import json
import logging
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from snowplow_signals.errors import LeaseLostError, UsageError
from snowplow_signals.stores.base import Batch, Bulk, Lease, Packed, Row, Stored, Usable
from snowplow_signals.stores.encoding import (
    DIGEST_BYTES,
    decoded,
    encoder,
    erasure_digest,
    layout_digest,
    microseconds,
    moment,
)
from snowplow_signals.stores.erasures import PAGE, Erasure, Standing, newest
from snowplow_signals.stores.holders import new_holder

T = TypeVar("T")

LOG_EVERY = 60.0
PEOPLE_AT_ONCE = 500
"""How many are erased or restored in one transaction."""
_DAMAGED = (ValueError, TypeError, LookupError, ArithmeticError, struct.error)
"""What reading bytes that are not a profile may raise."""
log = logging.getLogger("snowplow_signals.stores")


Entry = tuple[str, bytes, int]
"""One profile as it is written: identifier, body, and when it changed, in microseconds since 1970."""


class Found(NamedTuple):
    """One profile as it is read."""

    identifier: str
    body: bytes
    changed_at: int
    synced_at: int


class PackedStore(ABC):
    """A store that keeps each profile as bytes. Subclasses say where."""

    where: str
    batch_rows: ClassVar[int]
    """How many profiles are written in one transaction."""
    identifier_bytes: ClassVar[int | None] = None
    """The longest identifier, in bytes of UTF-8; None: no limit."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, tuple[str, ...]] = {}
        self._digests: dict[tuple[str, ...], bytes] = {}
        self._logged_at = -LOG_EVERY

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    # Profiles

    def write(self, view: str, rows: Iterable[Row], synced_at: datetime, lease: Lease | None = None) -> int:
        pack = encoder()
        entries = (
            (identifier, self._digest(tuple(values)) + pack(list(values.values())), microseconds(changed_at))
            for identifier, values, changed_at in rows
        )
        at = microseconds(synced_at)
        return sum(self._put_with_names(view, batch, at, lease) for batch in batches(entries, self.batch_rows))

    def bulk_start(self, synced_at: datetime) -> bytes | None:
        return None

    def write_batch(
        self, view: str, batch: Batch | Packed | Bulk, synced_at: datetime, lease: Lease | None = None
    ) -> int:
        if isinstance(batch, Bulk):
            raise TypeError(f"profiles cannot be written to {self.where} as bulk strings")
        if self.identifier_bytes is not None:
            for record in batch.records:
                if len(record[0]) * 4 > self.identifier_bytes:
                    self._check_identifier(record[0])
        digest, pack, at = self._digest(batch.names), encoder(), microseconds(synced_at)
        if isinstance(batch, Packed):
            layouts = {digest: json.dumps(batch.names)}
            some_at_a_time = batches(batch.records, self.batch_rows)
            return sum(self._put(view, some, layouts, at, lease) for some in some_at_a_time)
        numbers = {changed_at: microseconds(changed_at) for changed_at in {record[1] for record in batch.records}}
        written = 0
        for start in range(0, len(batch.records), self.batch_rows):
            some = batch.records[start : start + self.batch_rows]
            entries = [(record[0], digest + pack(record[2:]), numbers[record[1]]) for record in some]
            written += self._put_with_names(view, entries, at, lease)
        return written

    def usable(self, batch: Batch | Packed | Bulk) -> Usable:
        """The part of a batch that can be stored: without records whose identifier or time cannot be, and with None for
        other such values."""
        if isinstance(batch, Bulk):
            return Usable(batch, 0, {})
        if isinstance(batch, Packed):
            fine = [record for record in batch.records if self._can_be_named(record[0])]
            return Usable(Packed(batch.names, fine), len(batch.records) - len(fine), {})
        pack, kept, nulled = encoder(), [], Counter[str]()
        for record in batch.records:
            if not self._can_be_named(record[0]) or not _can_be_packed(microseconds, record[1]):
                continue
            values = list(record[2:])
            for place, value in enumerate(values):
                if not _can_be_packed(pack, value):
                    values[place] = None
                    nulled[batch.names[place]] += 1
            kept.append((record[0], record[1], *values))
        return Usable(Batch(batch.names, kept), len(batch.records) - len(kept), nulled)

    def _can_be_named(self, identifier: str) -> bool:
        return _can_be_packed(self._check_identifier, identifier)

    def _check_identifier(self, identifier: str) -> None:
        size = len(identifier.encode())
        if self.identifier_bytes is not None and size > self.identifier_bytes:
            raise UnusableError(
                f"an identifier has {size:,} bytes, and at most {self.identifier_bytes:,} can be stored"
            )

    def _put_with_names(self, view: str, entries: list[Entry], synced_at: int, lease: Lease | None) -> int:
        """With each batch go the names of its attributes, so that a store that lost its memory gets them again."""
        digests = {body[:DIGEST_BYTES] for _, body, _ in entries}
        layouts = {digest: json.dumps(self._layouts[digest]) for digest in digests}
        return self._put(view, entries, layouts, synced_at, lease)

    def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        return self._all_stored(self._fetch(view, [one for one in identifiers if _can_be_packed(str.encode, one)]))

    def _all_stored(self, found: Iterable[Found]) -> dict[str, Stored]:
        """The profiles that can be read. One that is damaged, or whose names were lost, counts as missing."""
        stored, damaged = {}, 0
        unknown: set[bytes] = set()
        for one in found:
            try:
                stored[one.identifier] = self._stored(one, unknown)
            except _DAMAGED:
                damaged += 1
        if damaged:
            self._log_damaged(damaged)
        return stored

    def _log_damaged(self, damaged: int) -> None:
        moment = time.monotonic()
        if moment - self._logged_at >= LOG_EVERY:
            self._logged_at = moment
            log.warning(
                "%s of the profiles read from %s are damaged or lack the names of their attributes, and read as "
                "missing; the next sync restores names, and profiles when their rows change",
                f"{damaged:,}",
                self.where,
            )

    @abstractmethod
    def _put(
        self, view: str, entries: list[Entry], layouts: dict[bytes, str], synced_at: int, lease: Lease | None
    ) -> int:
        """Write one batch in one transaction, without erased identifiers; returns the number of profiles written.

        `layouts`: the names of the attributes, as JSON, by their digest.
        """

    @abstractmethod
    def _fetch(self, view: str, identifiers: Sequence[str]) -> Iterable[Found]:
        """The profiles that are there."""

    def _stored(self, found: Found, unknown: set[bytes]) -> Stored:
        names = self._names(found.body[:DIGEST_BYTES], unknown)
        values = dict(zip(names, decoded(found.body[DIGEST_BYTES:]), strict=True))
        return Stored(values, moment(found.changed_at), moment(found.synced_at), len(found.body))

    # The names of attributes

    def _knows_names(self, found: Iterable[Found]) -> bool:
        """Whether the names for these are known without a query."""
        return all(one.body[:DIGEST_BYTES] in self._layouts for one in found)

    def _digest(self, names: tuple[str, ...]) -> bytes:
        digest = self._digests.get(names)
        if digest is None:
            digest = self._digests[names] = layout_digest(names)
            self._layouts[digest] = names
        return digest

    def _names(self, digest: bytes, unknown: set[bytes]) -> tuple[str, ...]:
        """Raises LookupError for unknown ones, which are queried once."""
        names = self._layouts.get(digest)
        if names is None:
            kept = None if digest in unknown else self._kept_layout(digest)
            if kept is None:
                unknown.add(digest)
                raise LookupError(digest)
            names = self._layouts[digest] = tuple(json.loads(kept))
        return names

    def _layouts_of(self, names: Iterable[Sequence[str]]) -> dict[bytes, str]:
        """The names of attributes as they are kept, by their digest."""
        return {self._digest(tuple(some)): json.dumps(list(some)) for some in names}

    @abstractmethod
    def _kept_layout(self, digest: bytes) -> str | None: ...

    # Erasing

    def erase(
        self, identifier: str, at: datetime, *, view: str | None = None, key: str | None = None, version: int = 1
    ) -> int:
        return self.erase_all({identifier: version}, at, view=view, key=key)

    def erase_all(
        self, versions: Mapping[str, int], at: datetime, *, view: str | None = None, key: str | None = None
    ) -> int:
        scope = scope_of(view, key)
        people = [(one, Erasure(scope, erasure_digest(one), at, version)) for one, version in versions.items()]
        return sum(self._erase(scope, some) for some in batches(people, PEOPLE_AT_ONCE))

    def restore(self, identifier: str, *, view: str | None = None, key: str | None = None, version: int = 0) -> bool:
        return bool(self.restore_all({identifier: version}, view=view, key=key))

    def restore_all(self, versions: Mapping[str, int], *, view: str | None = None, key: str | None = None) -> set[str]:
        scope, people = scope_of(view, key), {erasure_digest(one): one for one in versions}
        some_at_a_time = batches(((digest, versions[one]) for digest, one in people.items()), PEOPLE_AT_ONCE)
        return {people[digest] for some in some_at_a_time for digest in self._restore(scope, dict(some))}

    def add_erasures(self, erasures: Iterable[Erasure]) -> int:
        for some in batches(erasures, PAGE):
            self._learn(newest(some))
        return self.remove_erased()

    def remove_erased(self) -> int:
        standing = self.standing()  # what is learned later is left for the next call
        if standing.is_swept:
            return 0
        wanted: dict[str, set[bytes]] = {}
        for scope, digests in self._unswept().items():
            for view in self._views_of(scope):
                wanted.setdefault(view, set()).update(digests)
        removed = 0
        for view, digests in wanted.items():
            for some in self._identifiers(view):
                if found := [one for one in some if self._stands_for(one) in digests]:
                    removed += self._withdraw(view, found)
        self._set_swept(standing.position)
        return removed

    def _stands_for(self, identifier: str) -> bytes:
        """The digest of an identifier that `_identifiers` returned."""
        return erasure_digest(identifier)

    @abstractmethod
    def standing(self) -> Standing: ...

    @abstractmethod
    def _erase(self, scope: str, people: list[tuple[str, Erasure]]) -> int:
        """Store erasures of identifiers from one scope, in their versions at least, and remove the profiles; in one
        transaction. Returns the number of profiles removed.
        """

    @abstractmethod
    def _restore(self, scope: str, versions: Mapping[bytes, int]) -> Iterable[bytes]:
        """Undo erasures, by digest with the least version of each, in one transaction; those who were erased."""

    @abstractmethod
    def _learn(self, erasures: list[Erasure]) -> None:
        """Store those of a higher version than is known; the profiles that they erase are yet to be removed."""

    @abstractmethod
    def _unswept(self) -> dict[str, set[bytes]]:
        """Scope -> digests that were learned and are not removed yet."""

    @abstractmethod
    def _set_swept(self, position: int) -> None:
        """Everything that was learned up to a position has been removed."""

    @abstractmethod
    def _views_of(self, scope: str) -> Iterable[str]:
        """The views that an erasure is about."""

    @abstractmethod
    def _identifiers(self, view: str) -> Iterator[list[str]]:
        """The identifiers of a view's profiles, piece by piece."""

    @abstractmethod
    def _withdraw(self, view: str, identifiers: list[str]) -> int:
        """Remove and suppress profiles of a view, except those that were restored meanwhile."""

    # Leases

    def acquire(self, name: str, seconds: float) -> Lease | None:
        lease = Lease(name, new_holder(), seconds)
        return lease if self._acquire(lease, seconds) else None

    def seize(self, name: str, seconds: float) -> Lease:
        lease = Lease(name, new_holder(), seconds)
        self._seize(lease, seconds)
        return lease

    @abstractmethod
    def _seize(self, lease: Lease, seconds: float) -> None: ...

    @abstractmethod
    def _acquire(self, lease: Lease, seconds: float) -> bool: ...

    def _lost(self, lease: Lease) -> LeaseLostError:
        return LeaseLostError(
            f"the lease {lease.name!r} of the profiles store {self.where} was lost: this process was stopped or cut "
            "off for too long, and another took over; nothing was written"
        )


class UnusableError(ValueError):
    """A value that a store cannot hold."""


UNUSABLE = (TypeError, ValueError, OverflowError, RecursionError)
"""What is raised for values that cannot be stored: of unknown type, too large, too deep, not valid text."""


def _can_be_packed(pack: Callable[[Any], object], value: Any) -> bool:
    try:
        pack(value)
    except UNUSABLE:
        return False
    return True


def scope_of(view: str | None, key: str | None) -> str:
    """The scope of an erasure. Raises UsageError unless exactly one is given, and is not empty."""
    if (view is None) == (key is None):
        raise UsageError("erase from one view, or from all views of an entity's key: name one of the two")
    if not view and not key:
        raise UsageError("the name of the view or of the key is empty; nothing was done")
    return view if view is not None else key_scope(str(key))


def key_scope(key: str) -> str:
    """All views of an entity's key."""
    return f"key:{key}"


def split_erased(entries: list[Entry], erased: Callable[[list[bytes]], set[bytes]]) -> tuple[list[Entry], list[bytes]]:
    """The entries that may be written, and the digests of the others; `erased` says which digests are erased."""
    digests = [erasure_digest(identifier) for identifier, _, _ in entries]
    held_back = erased(digests)
    if not held_back:
        return entries, []
    pairs = list(zip(entries, digests, strict=True))
    return [entry for entry, digest in pairs if digest not in held_back], sorted(held_back)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


class PerThread(threading.local):
    """The state of one thread."""

    connection: Any = None
