"""PostgreSQL's connections, which psycopg 2 makes for dbt-postgres."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

from snowplow_signals.dialects.postgres_types import CREATE_TO_JSONB
from snowplow_signals.dialects.session import Session

SINGLE = 700
"""The type of `real`, of which the server sends the shortest text that stands for it."""
SINGLES = 1021
"""The type of its arrays."""


class PostgresSession(Session):
    """A query that is through holds nothing: an open transaction would keep dbt from replacing the tables it read."""

    def begin(self, handle: Any) -> None:
        from psycopg2.errors import InsufficientPrivilege
        from psycopg2.extensions import new_array_type, new_type, register_type

        handle.autocommit = True
        single = new_type((SINGLE,), "SINGLE", _single)
        for kind in (single, new_array_type((SINGLES,), "SINGLES", single)):
            register_type(kind, handle)
        with handle.cursor() as cursor:  # of so many expressions the compilation takes longer than the query
            cursor.execute("set jit = off")
            with suppress(InsufficientPrivilege):  # only who keeps JSON as text, or as json, needs it
                cursor.execute(CREATE_TO_JSONB)

    def distrust_statistics(self, handle: Any) -> None:
        """Before autovacuum has been there, PostgreSQL takes a table for small, and compares each row with each.

        https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-ENABLE-NESTLOOP
        """
        with handle.cursor() as cursor:
            cursor.execute("set enable_nestloop = off")

    def stream(self, handle: Any) -> Any:
        handle.autocommit = False  # a cursor of the server lives in a transaction
        return handle.cursor(name="signals")

    def take_lease(self, handle: Any, name: str) -> bool:
        """By an advisory lock, which the server frees when the connection ends, whatever the reason.

        The macro `signals_claim` of the generated project asks for the same lock.
        """
        with handle.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
            return bool(cursor.fetchone()[0])


def _single(text: str | bytes | None, _: Any) -> float | None:
    return None if text is None else struct.unpack("<f", struct.pack("<f", float(text)))[0]
