"""Who was erased from the profiles store: kept here as well, so that a store that lost its memory can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, select

from snowplow_signals.registry.tables import erasures
from snowplow_signals.stores.base import Erasure

_Transaction = Callable[[], AbstractContextManager[Connection]]


class Erasures:
    """The erasures that a registry knows. All methods raise RegistryError."""

    def __init__(self, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def all(self) -> list[Erasure]:
        """Oldest first."""
        with self._reading() as connection:
            rows = connection.execute(erasures.select().order_by(erasures.c.erased_at, erasures.c.scope))
            return [Erasure(row.scope, bytes.fromhex(row.digest), row.erased_at) for row in rows]

    def add(self, new: Iterable[Erasure]) -> None:
        """Keep erasures; those that are known stay as they are."""
        with self._writing() as connection:
            known = {tuple(row) for row in connection.execute(select(erasures.c.scope, erasures.c.digest))}
            for one in new:
                if (one.scope, one.digest.hex()) not in known:
                    known.add((one.scope, one.digest.hex()))
                    values = {"scope": one.scope, "digest": one.digest.hex(), "erased_at": one.erased_at}
                    connection.execute(erasures.insert().values(**values))

    def remove(self, scope: str, digest: bytes) -> bool:
        """Forget an erasure; whether it was known."""
        is_it = (erasures.c.scope == scope) & (erasures.c.digest == digest.hex())
        with self._writing() as connection:
            return connection.execute(erasures.delete().where(is_it)).rowcount > 0
