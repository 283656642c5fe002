"""A profiles store in Redis 6.2 or later.

One hash per view holds its profiles, so that reading one or many is one HMGET, and counting them one HLEN. Their time
to live is not Redis's own: reads look at it, and syncs remove what is over, so that both always agree with the source.
A server that throws keys away when memory runs out throws away whole views: use `maxmemory-policy noeviction`.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

from snowplow_signals.distribution import NAME
from snowplow_signals.errors import StoreError, UsageError
from snowplow_signals.stores.base import Erasure, Lease, Stored
from snowplow_signals.stores.encoding import erasure_digest, microseconds, moment
from snowplow_signals.stores.holders import is_gone
from snowplow_signals.stores.packed import Entry, Found, PackedStore, batches, key_scope, split_erased
from snowplow_signals.stores.places import read_url
from snowplow_signals.stores.redis_scripts import ACQUIRE, RELEASE, RENEW, SWEEP
from snowplow_signals.stores.states import SyncState

T = TypeVar("T")

LAYOUT = 1
PREFIX = "signals:"
TIMEOUT_SECONDS = 5
ATTEMPTS = 100
SWEPT_AT_ONCE = 500
_TIMES = struct.Struct(">qq")  # synced_at, changed_at: before each body


class RedisStore(PackedStore):
    """Profiles in Redis. It may be used from several threads; lost connections are made anew by the next call."""

    batch_rows: ClassVar[int] = 1_000  # Redis does nothing else meanwhile: about a millisecond

    def __init__(self, url: str) -> None:
        super().__init__()
        read = read_url(url, "profiles store")
        self.where = read.shown
        layout = self._connect(read.url)
        if layout is None:  # said here, where what the driver said, which repeats values, is no longer at hand
            raise UsageError(
                f"the URL of the profiles store {self.where} has an option that Redis does not know or a value that "
                "it cannot have"
            )
        if layout > LAYOUT:
            raise StoreError(
                f"the profiles store {self.where} was written by a later version of this program (layout {layout}, "
                f"known here: {LAYOUT}); upgrade {NAME}"
            )
        self._sweep = self._client.register_script(SWEEP)
        self._take = self._client.register_script(ACQUIRE)
        self._extend = self._client.register_script(RENEW)
        self._give_back = self._client.register_script(RELEASE)

    def _connect(self, url: str) -> int | None:
        """The layout of what is there; None when the driver cannot read an option of the URL."""
        settings: dict[str, Any] = {
            "socket_timeout": TIMEOUT_SECONDS,
            "socket_connect_timeout": TIMEOUT_SECONDS,
            # what was kept may have been lost meanwhile: once more, on a new connection
            "retry_on_error": [redis.ConnectionError],
        }
        try:
            self._client = redis.Redis.from_url(url, **settings, retry=Retry(NoBackoff(), 1))
            self._async_client = redis.asyncio.Redis.from_url(url, **settings, retry=AsyncRetry(NoBackoff(), 1))
            with self._reported("opened"):
                self._client.set(_key("layout"), LAYOUT, nx=True)
                return int(self._client.get(_key("layout")) or LAYOUT)
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

    def declare(self, view: str, key: str, layouts: Iterable[Sequence[str]] = ()) -> None:
        kept = self._layouts_of(layouts)
        with self._reported("written"):
            self._client.hset(_key("keys"), view, key)
            if kept:
                self._client.hset(_key("layouts"), mapping=kept)

    def keys(self) -> dict[str, str]:
        with self._reported("read"):
            return {view.decode(): key.decode() for view, key in self._client.hgetall(_key("keys")).items()}

    def _put(
        self, view: str, entries: list[Entry], layouts: dict[bytes, str], synced_at: int, lease: Lease | None
    ) -> int:
        with self._reported("written"):
            scopes = [view, *(key_scope(key.decode()) for key in [self._client.hget(_key("keys"), view)] if key)]
        erasures = [_key("erased", scope) for scope in scopes]

        def put(pipeline: Pipeline) -> int:
            written, held_back = entries, []
            if pipeline.exists(*erasures):
                written, held_back = split_erased(entries, lambda digests: _among(pipeline, erasures, digests))
            pipeline.multi()
            pipeline.hset(_key("layouts"), mapping=layouts)
            if written:
                bodies = {one: _TIMES.pack(synced_at, changed_at) + body for one, body, changed_at in written}
                pipeline.hset(_key("profiles", view), mapping=bodies)
            if held_back:
                pipeline.hset(_key("withheld", view), mapping=dict.fromkeys(held_back, _TIMES.pack(synced_at, 0)))
            return len(written)

        return self._transaction(put, erasures, lease)

    def remove(self, view: str, identifiers: Iterable[str], lease: Lease | None = None) -> int:
        removed = 0
        for batch in batches(identifiers, self.batch_rows):

            def gone(pipeline: Pipeline, batch: list[str] = batch) -> None:
                pipeline.multi()
                pipeline.hdel(_key("profiles", view), *batch)
                pipeline.hdel(_key("withheld", view), *map(erasure_digest, batch))

            removed += self._transaction(gone, [], lease, results=True)[0]
        return removed

    def keep_only(self, view: str, synced_at: datetime, lease: Lease | None = None) -> int:
        at = microseconds(synced_at)
        self._swept("withheld", view, "written at another time", at, lease)
        return self._swept("profiles", view, "written at another time", at, lease)

    def prune(self, view: str, changed_before: datetime, lease: Lease | None = None) -> int:
        return self._swept("profiles", view, "changed before", microseconds(changed_before), lease)

    def _swept(self, kind: str, view: str, condition: str, at: int, lease: Lease | None) -> int:
        """Piece by piece, so that others are served in between; what is looked at stays in the server."""
        removed, cursor = 0, b"0"
        keys = [_key(kind, view), _key("lease", lease.name if lease else "")]
        while True:
            with self._reported("written"):
                arguments = [cursor, SWEPT_AT_ONCE, condition, at, lease.holder if lease else ""]
                answer = self._sweep(keys=keys, args=arguments)
            if answer is None:
                raise self._lost(lease) if lease else StoreError(f"the profiles store {self.where} gave no answer")
            cursor, gone = answer
            removed += gone
            if cursor == b"0":
                return removed

    def _fetch(self, view: str, identifiers: Sequence[str]) -> list[Found]:
        if not identifiers:
            return []
        with self._reported("read"):
            values = self._client.hmget(_key("profiles", view), identifiers)
        return _profiles(identifiers, values)

    async def _fetch_async(self, view: str, identifiers: Sequence[str]) -> list[Found]:
        if not identifiers:
            return []
        with self._reported("read"):
            values = await self._async_client.hmget(_key("profiles", view), identifiers)
        return _profiles(identifiers, values)

    async def close_async(self) -> None:
        await self._async_client.aclose()

    def count(self, view: str) -> int:
        with self._reported("read"):
            return self._client.hlen(_key("profiles", view))

    def withheld(self, view: str) -> int:
        with self._reported("read"):
            return self._client.hlen(_key("withheld", view))

    def _kept_layout(self, digest: bytes) -> str | None:
        with self._reported("read"):
            names = self._client.hget(_key("layouts"), digest)
        return names.decode() if names is not None else None

    # How syncs stand

    def state(self, view: str) -> SyncState:
        with self._reported("read"):
            text = self._client.hget(_key("states"), view)
        return SyncState.kept(view, text)

    def states(self) -> list[SyncState]:
        with self._reported("read"):
            found = self._client.hgetall(_key("states"))
        return [SyncState.kept(view.decode(), found[view]) for view in sorted(found)]

    def set_state(self, state: SyncState, lease: Lease | None = None) -> None:
        def put(pipeline: Pipeline) -> None:
            pipeline.multi()
            pipeline.hset(_key("states"), state.view, state.to_text())

        self._transaction(put, [], lease)

    # Erasing

    def _erase(self, erasure: Erasure, identifier: str) -> int:
        affected: list[str] = []

        def erase(pipeline: Pipeline) -> None:
            views = {view.decode(): key_scope(key.decode()) for view, key in pipeline.hgetall(_key("keys")).items()}
            affected[:] = sorted({view for view, scope in views.items() if erasure.scope in (view, scope)})
            if not affected and not erasure.scope.startswith(key_scope("")):
                affected[:] = [erasure.scope]
            pipeline.multi()
            pipeline.hsetnx(_key("erased", erasure.scope), erasure.digest, microseconds(erasure.erased_at))
            for view in affected:
                pipeline.hdel(_key("profiles", view), identifier)

        _, *gone = self._transaction(erase, [_key("keys")], None, results=True)
        times = _TIMES.pack(microseconds(erasure.erased_at), 0)
        with self._reported("written"):
            for view, removed in zip(affected, gone, strict=True):
                if removed:
                    self._client.hset(_key("withheld", view), erasure.digest, times)
        return sum(gone)

    def _restore(self, scope: str, digest: bytes) -> bool:
        with self._reported("written"):
            keys = self._client.hgetall(_key("keys"))
            views = {view.decode() for view, key in keys.items() if scope in (view.decode(), key_scope(key.decode()))}
            with self._client.pipeline() as pipeline:
                pipeline.hdel(_key("erased", scope), digest)
                for view in views | {scope}:
                    pipeline.hdel(_key("withheld", view), digest)
                return pipeline.execute()[0] > 0

    def erasures(self) -> list[Erasure]:
        found = []
        prefix = _key("erased", "")
        with self._reported("read"):
            for key in self._client.scan_iter(match=f"{prefix}*", count=1_000):
                scope = key.decode().removeprefix(prefix)
                found += [Erasure(scope, one, moment(int(at))) for one, at in self._client.hgetall(key).items()]
        return sorted(found, key=lambda one: (one.erased_at, one.scope))

    def add_erasures(self, erasures: Iterable[Erasure]) -> None:
        with self._reported("written"), self._client.pipeline() as pipeline:
            for one in erasures:
                pipeline.hsetnx(_key("erased", one.scope), one.digest, microseconds(one.erased_at))
            pipeline.execute()

    # Leases: by the server's clock

    def _acquire(self, lease: Lease, seconds: float) -> bool:
        key = _key("lease", lease.name)
        with self._reported("written"):
            holder = self._client.get(key)
            ended = holder if holder is not None and is_gone(holder.decode()) else b""
            return bool(self._take(keys=[key], args=[lease.holder, int(seconds * 1000), ended]))

    def renew(self, lease: Lease, seconds: float) -> bool:
        with self._reported("written"):
            return bool(self._extend(keys=[_key("lease", lease.name)], args=[lease.holder, int(seconds * 1000)]))

    def release(self, lease: Lease) -> None:
        with self._reported("written"):
            self._give_back(keys=[_key("lease", lease.name)], args=[lease.holder])

    def is_held(self, name: str) -> bool:
        with self._reported("read"):
            holder = self._client.get(_key("lease", name))
        return holder is not None and not is_gone(holder.decode())

    # The connection

    def _transaction(
        self, work: Callable[[Pipeline], T], watched: Sequence[str], lease: Lease | None, *, results: bool = False
    ) -> Any:
        """What `work` queues, all at once, unless the lease or what is watched changed since `work` looked at it.

        Gives what `work` gave, or the results of what it queued.
        """
        watched = [*watched, *([_key("lease", lease.name)] if lease else [])]
        with self._reported("written"), self._client.pipeline() as pipeline:
            for _ in range(ATTEMPTS):
                try:
                    if watched:
                        pipeline.watch(*watched)
                    if lease and pipeline.get(_key("lease", lease.name)) != lease.holder.encode():
                        raise self._lost(lease)
                    given = work(pipeline)
                    done = pipeline.execute()
                except redis.WatchError:  # renewed, erased, or the connection was lost
                    continue
                return done if results else given
        raise StoreError(f"the profiles store {self.where} is being changed too often by others; try again")

    @contextmanager
    def _reported(self, action: str) -> Iterator[None]:
        try:
            yield
        except redis.RedisError as error:
            raise StoreError(
                f"the profiles store {self.where} could not be {action}: {error}; {_remedy(error)}"
            ) from error


def _profiles(identifiers: Sequence[str], values: Sequence[bytes | None]) -> list[Found]:
    """The profiles that are there."""
    return [found(name, value) for name, value in zip(identifiers, values, strict=True) if value is not None]


def found(identifier: str, value: bytes) -> Found:
    """A profile as it is stored; without anything in it when that is too short."""
    if len(value) < _TIMES.size:
        return Found(identifier, b"", 0, 0)
    synced_at, changed_at = _TIMES.unpack_from(value)
    return Found(identifier, value[_TIMES.size :], changed_at, synced_at)


def _key(*parts: str) -> str:
    return PREFIX + ":".join(parts)


def _among(pipeline: Pipeline, erasures: Sequence[str], digests: list[bytes]) -> set[bytes]:
    return {
        digest
        for key in erasures
        for digest, at in zip(digests, pipeline.hmget(key, digests), strict=True)
        if at is not None
    }


def _remedy(error: redis.RedisError) -> str:
    if isinstance(error, redis.AuthenticationError | redis.exceptions.NoPermissionError):
        return "see the user and password in its URL"
    if "OOM" in str(error):
        return "give it more memory; what was written stays, and a new sync goes on"
    return "see that it runs and may be reached"
