"""PostgreSQL's connections, which psycopg 2 makes for dbt-postgres."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC
from typing import Any

from snowplow_signals.dialects.connection import Session
from snowplow_signals.dialects.postgres.columns import CREATE_TO_JSONB

SINGLE = 700
"""The type of `real`, of which the server sends the shortest text that stands for it."""
SINGLES = 1021
"""The type of its arrays."""
TIMES = {"PYDATE": 1182, "PYDATETIME": 1115, "PYDATETIMETZ": 1185}
"""The driver's casts of dates and times, and the types of arrays of them."""
OF_TEXTS = (
    *(143, 651, 775, 791, 1040, 1041, 1183, 1187, 1270, 1561, 1563, 2951, 3221),
    *(3905, 3907, 3909, 3911, 3913, 3927, 6150, 6151, 6152, 6153, 6155, 6157),
)
"""Arrays of XML, network addresses, money, times of day, intervals, bits, UUIDs, and ranges: see `pg_type.dat`, and
https://www.postgresql.org/docs/current/catalog-pg-type.html. The driver knows no cast for some of them, and one for
others whose values no attribute can have."""


class PostgresSession(Session):
    """A query that is through holds nothing: an open transaction would keep dbt from replacing the tables it read."""

    def lineage_namespace(self, credentials: Any) -> str:
        return f"postgres://{credentials.host}:{credentials.port}"

    def begin(self, handle: Any) -> None:
        from psycopg2.errors import InsufficientPrivilege
        from psycopg2.extensions import register_type

        handle.autocommit = True
        for kind in _casts():
            register_type(kind, handle)
        with handle.cursor() as cursor:  # of so many expressions the compilation takes longer than the query
            cursor.execute("set jit = off")
            with suppress(InsufficientPrivilege):  # needed only where JSON is kept as text, or as json
                cursor.execute(CREATE_TO_JSONB)

    def distrust_statistics(self, handle: Any) -> None:
        """Until autovacuum has run, PostgreSQL assumes that a table is small, and joins by nested loops.

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


def _casts() -> Iterator[Any]:
    """How the driver is to read some types, beside those of the server that it reads well."""
    from psycopg2 import extensions
    from psycopg2.extensions import UNICODE, new_array_type, new_type

    single = new_type((SINGLE,), "SINGLE", _single)
    yield single
    yield new_array_type((SINGLES,), "SINGLES", single)
    for name, of_arrays in TIMES.items():
        yield new_array_type((of_arrays,), name, new_type((0,), name, _in_years_of_python(getattr(extensions, name))))
    yield new_array_type(OF_TEXTS, "TEXTS", UNICODE)


def _in_years_of_python(cast: Callable[..., Any]) -> Callable[[str | bytes | None, Any], Any]:
    """The driver's cast of a time, with null for one of another year: it would end the whole query."""
    from psycopg2 import DataError

    def read(text: str | bytes | None, cursor: Any) -> Any:
        if text is None or str(text).endswith(("infinity", "BC")):
            return None
        try:
            value = cast(text, cursor)
            return value.astimezone(UTC) if getattr(value, "tzinfo", None) else value
        except (DataError, ValueError, OverflowError):
            return None

    return read


def _single(text: str | bytes | None, _: Any) -> float | None:
    return None if text is None else struct.unpack("<f", struct.pack("<f", float(text)))[0]
