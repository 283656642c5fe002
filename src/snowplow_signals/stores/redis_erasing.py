"""Erasing people from a profiles store in Redis.

`signals:erased:<scope>` holds what is erased, which is what writers check. `signals:erasures:versions` and
`signals:erasures:positions` hold everything that ever was, to agree on with a ledger; `signals:erasures:unswept` those
whose profiles are yet to be removed.
"""

from __future__ import annotations

import struct
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from snowplow_signals.stores.base import Lease
from snowplow_signals.stores.encoding import erasure_digest, microseconds, moment
from snowplow_signals.stores.erasures import BEGINNING, Agreement, Erasure, Standing
from snowplow_signals.stores.packed import PackedStore, batches, key_scope
from snowplow_signals.stores.redis_scripts import AGAIN, ERASE, IS_WHOLE, LEARN, NAMES, REPAIR, RESTORE

PREFIX = "signals:"
LEARNED_AT_ONCE = 500
IDENTIFIERS_AT_ONCE = 1_000
_HELD_BACK = struct.pack(">qq", 0, 0)
"""A suppressed row, written at no time."""


def key_of(*parts: str) -> str:
    """A key of the store."""
    return PREFIX + ":".join(parts)


_KEYS = (
    key_of("keys"),
    key_of("erased"),  # of no scope: nothing is kept there
    key_of("erasures", "versions"),
    key_of("erasures", "positions"),
    key_of("erasures", "unswept"),
    key_of("erasures", "agreement"),
)
_VERSIONS, _POSITIONS, _UNSWEPT, _AGREEMENT = _KEYS[2:]


class RedisErasing(PackedStore):
    """The erasures of a store in Redis, over its own connections."""

    _client: Any  # its types know nothing of what is asked for as bytes

    @abstractmethod
    def _reported(self, action: str) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _transaction(
        self, work: Callable[[Any], Any], watched: Sequence[str], lease: Lease | None, *, results: bool = False
    ) -> Any: ...

    def _register_erasing(self, client: Any) -> None:
        self._erase_script = client.register_script(ERASE)
        self._restore_script = client.register_script(RESTORE)
        self._learn_script = client.register_script(LEARN)
        self._names_script = client.register_script(NAMES)
        self._is_whole_script = client.register_script(IS_WHOLE)
        self._repair_script = client.register_script(REPAIR)
        self._again_script = client.register_script(AGAIN)

    def _erase(self, scope: str, people: list[tuple[str, Erasure]]) -> int:
        arguments: list[str | bytes | int] = [PREFIX, scope, _HELD_BACK]
        for identifier, one in people:
            arguments += [one.digest, microseconds(one.erased_at), one.version, identifier]
        with self._reported("written"):
            return int(self._erase_script(keys=_KEYS, args=arguments))

    def _restore(self, scope: str, versions: Mapping[bytes, int]) -> list[bytes]:
        arguments = [part for person in versions.items() for part in person]
        with self._reported("written"):
            restored: list[bytes] = self._restore_script(keys=_KEYS, args=[PREFIX, scope, *arguments])
        return restored

    def _learn(self, erasures: list[Erasure]) -> None:
        for some in batches(erasures, LEARNED_AT_ONCE):
            people = [(one.scope, one.digest, one.version, microseconds(one.erased_at)) for one in some]
            with self._reported("written"):
                self._learn_script(keys=_KEYS, args=[PREFIX, *(part for person in people for part in person)])

    def _erase_again(self, scope: str) -> None:
        """Have what is erased from a scope removed once more."""
        with self._reported("written"):
            self._again_script(keys=_KEYS, args=[PREFIX, scope])

    # Those who were learned of

    def remove_erased(self) -> int:
        with self._reported("written"):
            if not self._is_whole():
                self._repair_script(keys=_KEYS, args=[PREFIX])
        return super().remove_erased()

    def _is_whole(self) -> bool:
        """Whether no key about erasures was lost, or put back, without the others."""
        return bool(self._is_whole_script(keys=_KEYS, args=[PREFIX]))

    def erasures(self) -> list[Erasure]:
        found = []
        prefix = key_of("erased", "")
        with self._reported("read"):
            for key in self._client.scan_iter(match=f"{prefix}*", count=1_000):
                scope = key.decode().removeprefix(prefix)
                people = self._client.hgetall(key)
                versions = self._versions([_member(scope, digest) for digest in people])
                for (digest, at), version in zip(people.items(), versions, strict=True):
                    found.append(Erasure(scope, digest, moment(int(at)), version[0] if version else 1))
        return sorted(found, key=lambda one: (one.erased_at, one.scope))

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        if position == BEGINNING:  # those of earlier versions of this program have no position yet
            self._learn([one for one in self.erasures() if one.version == 1])
        with self._reported("read"):
            rows = self._client.zrangebyscore(_POSITIONS, f"({position}", "+inf", 0, limit, withscores=True)
            found = []
            for (member, at_position), version in zip(rows, self._versions([row[0] for row in rows]), strict=True):
                scope, _, digest = member.partition(b"\0")
                if version is not None:
                    found.append((int(at_position), Erasure(scope.decode(), digest, moment(version[1]), version[0])))
        return found

    def _versions(self, members: Sequence[bytes]) -> list[tuple[int, int] | None]:
        """Version and time of each."""
        kept = self._client.hmget(_VERSIONS, members) if members else []
        return [None if one is None else (int(one.split()[0]), int(one.split()[1])) for one in kept]

    def standing(self) -> Standing:
        with self._reported("read"), self._client.pipeline(transaction=True) as pipeline:
            pipeline.zrange(_POSITIONS, -1, -1, withscores=True)
            pipeline.hmget(_AGREEMENT, "store", "token", "ledger_position", "store_position")
            pipeline.exists(_UNSWEPT)
            last, kept, unswept = pipeline.execute()
            is_whole = self._is_whole()
        agreement = None
        if is_whole and all(part is not None for part in kept):
            agreement = Agreement(kept[0].decode(), kept[1].decode(), int(kept[2]), int(kept[3]))
        return Standing(int(last[0][1]) if last else 0, agreement, not unswept)

    def set_agreement(self, agreement: Agreement) -> None:
        kept = {
            "store": agreement.store,
            "token": agreement.token,
            "ledger_position": agreement.ledger_position,
            "store_position": agreement.store_position,
        }
        with self._reported("written"):
            self._client.hset(_AGREEMENT, mapping=kept)

    def _unswept(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = {}
        with self._reported("read"):
            for member in self._client.zrange(_UNSWEPT, 0, -1):
                scope, _, digest = member.partition(b"\0")
                found.setdefault(scope.decode(), set()).add(digest)
        return found

    def _set_swept(self, position: int) -> None:
        with self._reported("written"):
            self._client.zremrangebyscore(_UNSWEPT, "-inf", position)

    def _views_of(self, scope: str) -> list[str]:
        with self._reported("read"):
            kept = {view.decode(): key.decode() for view, key in self._client.hgetall(key_of("keys")).items()}
        return [scope, *(view for view, key in kept.items() if key_scope(key) == scope)]

    def _identifiers(self, view: str) -> Iterator[list[str]]:
        cursor: bytes | int = 0
        while True:
            with self._reported("read"):
                cursor, names = self._names_script(keys=[key_of("profiles", view)], args=[cursor, IDENTIFIERS_AT_ONCE])
            yield [name.decode() for name in names]
            if cursor == b"0":
                return

    def _withdraw(self, view: str, identifiers: list[str]) -> int:
        names = {erasure_digest(one): one for one in identifiers}
        erasures = self._erasures_of(view)

        def withdraw(pipeline: Any) -> None:
            gone = sorted(among(pipeline, erasures, list(names)))
            pipeline.multi()
            if gone:
                pipeline.hdel(key_of("profiles", view), *(names[digest] for digest in gone))
                pipeline.hset(key_of("withheld", view), mapping=dict.fromkeys(gone, _HELD_BACK))

        return int(next(iter(self._transaction(withdraw, erasures, None, results=True)), 0))

    def _erasures_of(self, view: str) -> list[str]:
        """The keys that hold what is erased from a view, for its writers."""
        with self._reported("written"):
            kept = self._client.hget(key_of("keys"), view)
        scopes = [view] if kept is None else [view, key_scope(kept.decode())]
        return [key_of("erased", scope) for scope in scopes]


def among(pipeline: Any, erasures: Iterable[str], digests: list[bytes]) -> set[bytes]:
    """Those of the digests that one of these keys holds as erased."""
    return {
        digest
        for key in erasures
        for digest, at in zip(digests, pipeline.hmget(key, digests), strict=True)
        if at is not None
    }


def _member(scope: str, digest: bytes) -> bytes:
    return scope.encode() + b"\0" + digest
