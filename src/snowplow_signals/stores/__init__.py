"""Profiles stores: where attributes are read from, one profile at a time. The embedded default is SQLite.

The stores of one URL may be opened by several processes at once, and used from several threads.
"""

from __future__ import annotations

from pathlib import Path

from snowplow_signals.distribution import installing
from snowplow_signals.errors import UsageError
from snowplow_signals.stores.base import AsyncReads, Batch, Bulk, Lease, Packed, Row, Store, Stored, Usable
from snowplow_signals.stores.erasures import Erasure
from snowplow_signals.stores.places import POSTGRESQL, REDIS, file_of, scheme_of
from snowplow_signals.stores.states import SyncState

DEFAULT_FILE = "profiles.sqlite"

__all__ = [
    "DEFAULT_FILE",
    "AsyncReads",
    "Batch",
    "Bulk",
    "Erasure",
    "Lease",
    "Packed",
    "Row",
    "Store",
    "Stored",
    "SyncState",
    "Usable",
    "open_store",
]


def open_store(url: str | Path) -> Store:
    """The store at `url`: a path or `sqlite:///path` (a missing file is created), `redis://host:6379/0` (or
    `rediss://`, with TLS), or `postgresql://user@host/database`.

    Raises UsageError for another kind of store, or when its driver is not installed; StoreError when it cannot be
    opened. Passwords in the URL are never shown.
    """
    file = file_of(url)
    if file is not None:
        from snowplow_signals.stores.sqlite import SQLiteStore

        return SQLiteStore(file)
    scheme = scheme_of(str(url))
    if scheme in REDIS:
        return _redis(str(url))
    if scheme in POSTGRESQL:
        return _postgres(str(url))
    raise UsageError(
        f"a profiles store of kind {scheme!r} is not supported; use a path for SQLite, redis://host:6379/0, "
        "or postgresql://user@host/database"
    )


def _redis(url: str) -> Store:
    try:
        from snowplow_signals.stores.redis import RedisStore
    except ModuleNotFoundError as error:
        raise UsageError(f"a profiles store in Redis needs redis-py: {installing('redis')}") from error
    return RedisStore(url)


def _postgres(url: str) -> Store:
    try:
        from snowplow_signals.stores.postgres import PostgresStore
    except ModuleNotFoundError as error:
        raise UsageError(f"a profiles store in PostgreSQL needs psycopg: {installing('postgres-store')}") from error
    return PostgresStore(url)
