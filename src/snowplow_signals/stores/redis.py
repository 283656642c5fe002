"""A profiles store in Redis 6.2 or later.

One hash per view holds its profiles, so that reading one or many is one HMGET, and counting them one HLEN. Their time
to live is not Redis's own: reads check it, and syncs remove what has expired, so that both always agree with the
source. A server that evicts keys when memory runs out evicts whole views: use `maxmemory-policy noeviction`.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from snowplow_signals.distribution import NAME
from snowplow_signals.errors import StoreError, UsageError
from snowplow_signals.stores.base import Batch, Bulk, Lease, Packed, Stored
from snowplow_signals.stores.encoding import erasure_digest, microseconds
from snowplow_signals.stores.holders import is_gone
from snowplow_signals.stores.packed import Entry, Found, batches, key_scope, split_erased
from snowplow_signals.stores.places import read_url
from snowplow_signals.stores.redis_erasing import RedisErasing, among, key_of
from snowplow_signals.stores.redis_packing import BulkStrings, Packer, contents
from snowplow_signals.stores.redis_reading import RedisReading
from snowplow_signals.stores.redis_scripts import ACQUIRE, RELEASE, RENEW, SWEEP
from snowplow_signals.stores.states import SyncState

T = TypeVar("T")

LAYOUT = 1
TIMEOUT_SECONDS = 5
ATTEMPTS = 100
SWEPT_AT_ONCE = 500
_TIMES = struct.Struct(">qq")  # synced_at, changed_at: before each body
_TIME = struct.Struct(">q")


class RedisStore(RedisErasing):
    """Profiles in Redis. It may be used from several threads; lost connections are reopened by the next call."""

    batch_rows: ClassVar[int] = 1_000  # Redis does nothing else during a batch: about a millisecond

    def __init__(self, url: str) -> None:
        super().__init__()
        read = read_url(url, "profiles store")
        self.where = read.shown
        layout = self._connect(read.url)
        if layout is None:  # raised here, so that the driver's error, which repeats values, is not chained
            raise UsageError(
                f"the URL of the profiles store {self.where} has an option that Redis does not know, or an invalid "
                "value"
            )
        if layout > LAYOUT:
            raise StoreError(
                f"the profiles store {self.where} was written by a later version of this program (layout {layout}, "
                f"known here: {LAYOUT}); upgrade {NAME}"
            )
        self._register_erasing(self._client)
        self._sweep = self._client.register_script(SWEEP)
        self._take = self._client.register_script(ACQUIRE)
        self._extend = self._client.register_script(RENEW)
        self._give_back = self._client.register_script(RELEASE)

    def _connect(self, url: str) -> int | None:
        """The layout of the stored data; None when the driver cannot read an option of the URL."""
        settings: dict[str, Any] = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "socket_keepalive": True,
        }
        # the kept connection may have been lost: once more, on a new one
        once_more = {"retry_on_error": [redis.ConnectionError], "retry": Retry(NoBackoff(), 1)}
        try:
            self._client = redis.Redis.from_url(url, **settings, **once_more, command_packer=Packer())
            self._reading = RedisReading(url, settings)
            with self._reported("opened"):
                layout = self._client.get(key_of("layout"))
                if layout is None:
                    with suppress(redis.exceptions.ResponseError):  # full, or a replica: what is there can be read
                        self._client.set(key_of("layout"), LAYOUT, nx=True)
                return int(layout or LAYOUT)
        except (ValueError, TypeError):
            return None

    def close(self) -> None:
        self._client.close()

    # Profiles

    async def read_async(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        found = await self._fetch_async(view, identifiers)
        if not self._knows_names(found):  # which are read from the store, by a connection that waits
            return await asyncio.to_thread(self._all_stored, found)
        return self._all_stored(found)

    def declare(self, view: str, key: str, layouts: Iterable[Sequence[str]] = (), lease: Lease | None = None) -> None:
        kept = self._layouts_of(layouts)

        def put(pipeline: Any) -> None:
            pipeline.multi()
            pipeline.hset(key_of("keys"), view, key)
            if kept:
                pipeline.hset(key_of("layouts"), mapping=kept)

        with self._reported("read"):
            former = self._client.hget(key_of("keys"), view)
            is_news = former != key.encode() and self._client.exists(key_of("profiles", view))
        if is_news:  # erasures of this key were not applied here meanwhile
            self._erase_again(key_scope(key))
        self._transaction(put, [], lease)

    def keys(self) -> dict[str, str]:
        with self._reported("read"):
            return {view.decode(): key.decode() for view, key in self._client.hgetall(key_of("keys")).items()}

    def bulk_start(self, synced_at: datetime) -> bytes | None:
        return _TIME.pack(microseconds(synced_at))

    def write_batch(
        self, view: str, batch: Batch | Packed | Bulk, synced_at: datetime, lease: Lease | None = None
    ) -> int:
        if not isinstance(batch, Bulk):
            return super().write_batch(view, batch, synced_at, lease)
        layouts, at = self._layouts_of([batch.names]), microseconds(synced_at)
        some_at_a_time = batches(batch.records, self.batch_rows)
        return sum(self._put(view, [], layouts, at, lease, some) for some in some_at_a_time)

    def _put(
        self,
        view: str,
        entries: list[Entry],
        layouts: dict[bytes, str],
        synced_at: int,
        lease: Lease | None,
        bulk: Sequence[bytes] = (),
    ) -> int:
        """As any store does; and records of `Bulk`."""
        erasures = self._erasures_of(view)

        def put(pipeline: Any) -> int:
            written, as_they_are = entries, bulk
            held_back: list[bytes] = []
            if pipeline.exists(*erasures):
                some = [*entries, *map(_entry, bulk)]
                written, held_back = split_erased(some, lambda digests: among(pipeline, erasures, digests))
                as_they_are = ()
            pipeline.multi()
            pipeline.hset(key_of("layouts"), mapping=layouts)
            if as_they_are:
                pipeline.execute_command("HSET", BulkStrings(key_of("profiles", view), as_they_are))
            if written:
                pipeline.hset(key_of("profiles", view), items=_pairs(written, synced_at))
            if held_back:
                pipeline.hset(key_of("withheld", view), mapping=dict.fromkeys(held_back, _TIMES.pack(synced_at, 0)))
            return len(written) + len(as_they_are)

        return int(self._transaction(put, erasures, lease))

    def remove(self, view: str, identifiers: Iterable[str], lease: Lease | None = None) -> int:
        removed = 0
        for batch in batches(identifiers, self.batch_rows):

            def gone(pipeline: Any, batch: list[str] = batch) -> None:
                pipeline.multi()
                pipeline.hdel(key_of("profiles", view), *batch)
                pipeline.hdel(key_of("withheld", view), *map(erasure_digest, batch))

            removed += self._transaction(gone, [], lease, results=True)[0]
        return removed

    def keep_only(self, view: str, synced_at: datetime, lease: Lease | None = None) -> int:
        at = microseconds(synced_at)
        self._swept("withheld", view, "written at another time", at, lease)
        return self._swept("profiles", view, "written at another time", at, lease)

    def prune(self, view: str, changed_before: datetime, lease: Lease | None = None) -> int:
        return self._swept("profiles", view, "changed before", microseconds(changed_before), lease)

    def _swept(self, kind: str, view: str, condition: str, at: int, lease: Lease | None) -> int:
        """Piece by piece, so that others are served in between; the data stays in the server."""
        removed, cursor = 0, b"0"
        keys = [key_of(kind, view), key_of("lease", lease.name if lease else "")]
        while True:
            with self._reported("written"):
                arguments = [cursor, SWEPT_AT_ONCE, condition, at, lease.holder if lease else ""]
                answer = self._sweep(keys=keys, args=arguments)
            if answer is None:
                raise self._lost(lease) if lease else StoreError(f"the profiles store {self.where} gave no answer")
            cursor, gone = answer
            removed += int(gone)
            if cursor == b"0":
                return removed

    def _fetch(self, view: str, identifiers: Sequence[str]) -> list[Found]:
        if not identifiers:
            return []
        with self._reported("read"):
            try:
                values = self._client.hmget(key_of("profiles", view), identifiers)
            except redis.TimeoutError:  # other connections of the same time are silent as well: once more, on a new one
                self._client.connection_pool.disconnect(inuse_connections=False)
                values = self._client.hmget(key_of("profiles", view), identifiers)
        return _profiles(identifiers, values)

    async def _fetch_async(self, view: str, identifiers: Sequence[str]) -> list[Found]:
        if not identifiers:
            return []
        with self._reported("read"):
            values = await self._reading.hmget(key_of("profiles", view), identifiers)
        return _profiles(identifiers, values)

    async def close_async(self) -> None:
        await self._reading.close()

    def count(self, view: str) -> int:
        with self._reported("read"):
            return int(self._client.hlen(key_of("profiles", view)))

    def some(self, view: str, number: int) -> list[str]:
        with self._reported("read"):
            found = islice(self._client.hscan_iter(key_of("profiles", view), count=number), number)
            return sorted(identifier.decode() for identifier, _ in found)

    def suppressed(self, view: str) -> int:
        with self._reported("read"):
            return int(self._client.hlen(key_of("withheld", view)))

    def _kept_layout(self, digest: bytes) -> str | None:
        with self._reported("read"):
            names = self._client.hget(key_of("layouts"), digest)
        return names.decode() if names is not None else None

    # How syncs stand

    def state(self, view: str) -> SyncState:
        with self._reported("read"):
            text = self._client.hget(key_of("states"), view)
        return SyncState.kept(view, text)

    def states(self) -> list[SyncState]:
        with self._reported("read"):
            found = self._client.hgetall(key_of("states"))
        return [SyncState.kept(view.decode(), found[view]) for view in sorted(found)]

    def set_state(self, state: SyncState, lease: Lease | None = None) -> None:
        def put(pipeline: Any) -> None:
            pipeline.multi()
            pipeline.hset(key_of("states"), state.view, state.to_text())

        self._transaction(put, [], lease)

    def forget(self, view: str, lease: Lease | None = None) -> None:
        def gone(pipeline: Any) -> None:
            pipeline.multi()
            pipeline.hdel(key_of("states"), view)
            pipeline.hdel(key_of("keys"), view)

        self._transaction(gone, [], lease)

    # Leases: by the server's clock

    def _acquire(self, lease: Lease, seconds: float) -> bool:
        key = key_of("lease", lease.name)
        with self._reported("written"):
            holder = self._client.get(key)
            ended = holder if holder is not None and is_gone(holder.decode()) else b""
            return bool(self._take(keys=[key], args=[lease.holder, int(seconds * 1000), ended]))

    def _seize(self, lease: Lease, seconds: float) -> None:
        with self._reported("written"):
            self._client.set(key_of("lease", lease.name), lease.holder, px=int(seconds * 1000))

    def renew(self, lease: Lease, seconds: float) -> bool:
        with self._reported("written"):
            return bool(self._extend(keys=[key_of("lease", lease.name)], args=[lease.holder, int(seconds * 1000)]))

    def release(self, lease: Lease) -> None:
        with self._reported("written"):
            self._give_back(keys=[key_of("lease", lease.name)], args=[lease.holder])

    def is_held(self, name: str) -> bool:
        with self._reported("read"):
            holder = self._client.get(key_of("lease", name))
        return holder is not None and not is_gone(holder.decode())

    # The connection

    def _transaction(
        self, work: Callable[[Any], T], watched: Sequence[str], lease: Lease | None, *, results: bool = False
    ) -> Any:
        """What `work` queues, all at once, unless the lease or what is watched changed since `work` looked at it.

        Returns what `work` returned, or the results of what it queued.
        """
        watched = [*watched, *([key_of("lease", lease.name)] if lease else [])]
        with self._reported("written"), self._client.pipeline() as pipeline:
            for _ in range(ATTEMPTS):
                try:
                    if watched:
                        pipeline.watch(*watched)
                    if lease and pipeline.get(key_of("lease", lease.name)) != lease.holder.encode():
                        raise self._lost(lease)
                    given = work(pipeline)
                    done = pipeline.execute()
                except redis.WatchError:  # renewed, erased, or the connection was lost
                    continue
                return done if results else given
        raise StoreError(f"the profiles store {self.where} is changed by others too often at the moment; try again")

    @contextmanager
    def _reported(self, action: str) -> Iterator[None]:
        try:
            yield
        except redis.RedisError as error:
            raise StoreError(
                f"the profiles store {self.where} could not be {action}: {error}; {_remedy(error)}"
            ) from error


def _pairs(entries: Iterable[Entry], synced_at: int) -> list[str | bytes]:
    """Identifier and value of each, in one list."""
    pairs: list[str | bytes] = []
    add, pack = pairs.append, _TIMES.pack
    times, latest = b"", None
    for identifier, body, changed_at in entries:
        if changed_at != latest:  # many are of one moment
            times, latest = pack(synced_at, changed_at), changed_at
        add(identifier)
        add(times + body)
    return pairs


def _entry(record: bytes) -> Entry:
    """What a record of `Bulk` holds."""
    identifier, value = contents(record)
    profile = found(identifier.decode(), value)
    return profile.identifier, profile.body, profile.changed_at


def _profiles(identifiers: Sequence[str], values: Sequence[bytes | None]) -> list[Found]:
    """The profiles that are there."""
    return [found(name, value) for name, value in zip(identifiers, values, strict=True) if value is not None]


def found(identifier: str, value: bytes) -> Found:
    """A profile as it is stored; without anything in it when that is too short."""
    if len(value) < _TIMES.size:
        return Found(identifier, b"", 0, 0)
    synced_at, changed_at = _TIMES.unpack_from(value)
    return Found(identifier, value[_TIMES.size :], changed_at, synced_at)


def _remedy(error: redis.RedisError) -> str:
    if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
        return "check the user and password in its URL"
    if "OOM" in str(error):
        return "give it more memory; what was written stays, and the next sync continues"
    return "check that it is running and reachable"
