"""The database behind the registry: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from snowplow_signals.errors import UsageError

LOCK_SECONDS = 30
_POSTGRESQL = ("postgresql", "postgres")
_IMPATIENT = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=15s -c lock_timeout=10s",
}
"""What is done with the registry takes milliseconds: whoever waits for longer is told that it is away."""


def engine_of(url: str | Path) -> tuple[Engine, str]:
    """An engine, and the URL as it may be shown, without its password.

    Raises UsageError for another kind of database, and when the driver is not installed.
    """
    scheme, separator, rest = str(url).partition("://")
    if isinstance(url, Path) or not separator:
        return _sqlite(Path(url)), str(url)
    if scheme == "sqlite":
        return _sqlite(Path(rest.removeprefix("/"))), rest.removeprefix("/")
    if scheme in _POSTGRESQL:
        return _postgresql(str(url))
    raise UsageError(
        f"there is no registry of kind {scheme!r}; give a path for SQLite, or postgresql://user@host/database"
    )


def _postgresql(url: str) -> tuple[Engine, str]:
    try:
        parsed: URL = make_url(url).set(drivername="postgresql+psycopg")
        arguments = {name: value for name, value in _IMPATIENT.items() if name not in parsed.query}
        engine = create_engine(parsed, pool_pre_ping=True, connect_args=arguments)
    except ArgumentError as error:
        raise UsageError(f"the registry's URL is no URL: {error}") from error
    except ModuleNotFoundError as error:
        raise UsageError("a registry in PostgreSQL needs psycopg: pip install 'snowplow-signals[server]'") from error
    return engine, parsed.render_as_string(hide_password=True)


def _sqlite(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": LOCK_SECONDS})

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, _record: Any) -> None:
        # autocommit: the driver would begin transactions late, and two writers could then both have read before
        connection.isolation_level = None
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma foreign_keys = on")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("begin immediate" if writes else "begin")

    return engine
