"""Connections to PostgreSQL that do not wait forever.

A server, or a proxy before it, may silently stop answering, and a connection that was open then stays so: the
system takes minutes or hours to notice, or never does when it is a proxy that is there and passes nothing on. So it is
this side that stops waiting, closes the connection, and has the next call make a new one.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

T = TypeVar("T")

SILENCE_SETTINGS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What the driver and the system do about a peer that is silent."""
ANSWER_SECONDS = 5.0
"""For reads that a caller waits for."""
WORK_SECONDS = 120.0
"""For writing a batch, and counting."""
SERVER_FIRST = 1.0
"""How much longer this side waits than the server's own timeout, so that the server reports why it ended a statement.
"""
SWEEP_SECONDS = 3_600.0
"""For scanning all profiles of a view."""
_NOTHING_READY = 0


class ImpatientConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that waits this many seconds for an answer, then closes."""

    answer_seconds = ANSWER_SECONDS

    def wait(self, gen: PQGen[T], *rest: Any, **more: Any) -> T:
        return super().wait(self._limited(gen), *rest, **more)

    def _limited(self, gen: PQGen[T]) -> Generator[Any, Any, T]:
        until = time.monotonic() + self.answer_seconds
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready == _NOTHING_READY and time.monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer for {self.answer_seconds:g} seconds")
                wanted = gen.send(ready)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def allow(connection: psycopg.Connection[Any], seconds: float, *, for_one_transaction: bool = True) -> None:
    """Have the server end a statement that takes longer: it would run on although nobody waits for it."""
    milliseconds = str(round(seconds * 1_000))
    connection.execute("select set_config('statement_timeout', %s, %s)", (milliseconds, for_one_transaction))
