"""The database behind the registry: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from snowplow_signals.distribution import installing
from snowplow_signals.errors import UsageError
from snowplow_signals.stores.places import POSTGRESQL, file_of, make_private, read_url, scheme_of

LOCK_SECONDS = 30
ANSWER_SECONDS = 16.0
"""A little more than a statement may take: then it is the connection that is silent."""
_IMPATIENT = "select set_config('statement_timeout', '15s', false), set_config('lock_timeout', '10s', false)"
"""Statements on the registry take milliseconds: one that takes longer fails, as the registry is then unavailable."""


def engine_of(url: str | Path) -> tuple[Engine, str]:
    """An engine, and the URL as it may be shown, without its password.

    Raises UsageError for another kind of database, and when the driver is not installed.
    """
    file = file_of(url)
    if file is not None:
        return _sqlite(file), str(file)
    if scheme_of(str(url)) in POSTGRESQL:
        return _postgresql(str(url))
    raise UsageError(
        f"a registry of kind {scheme_of(str(url))!r} is not supported; use a path for SQLite, or "
        "postgresql://user@host/database"
    )


def _postgresql(url: str) -> tuple[Engine, str]:
    read = read_url(url, "registry")
    try:
        parsed: URL = make_url(read.url).set(drivername="postgresql+psycopg")
        from snowplow_signals.stores.postgres_connections import SILENCE_SETTINGS, ImpatientConnection

        arguments = {name: value for name, value in SILENCE_SETTINGS.items() if name not in parsed.query}
        engine = create_engine(parsed, pool_pre_ping=True, connect_args=arguments, hide_parameters=True)
    except (ArgumentError, ValueError):  # their messages may repeat the URL
        raise UsageError(f"the URL of the registry {read.shown} is invalid") from None
    except ModuleNotFoundError as error:
        raise UsageError(f"a registry in PostgreSQL needs psycopg: {installing('server')}") from error

    @event.listens_for(engine, "do_connect")
    def _(_dialect: Any, _record: Any, arguments: Any, settings: Any) -> ImpatientConnection:
        connection = ImpatientConnection.connect(*arguments, **settings)
        connection.answer_seconds = ANSWER_SECONDS
        if "options" not in parsed.query:
            # not as options of the connection, which poolers refuse
            connection.execute(_IMPATIENT)
            connection.commit()
        return connection

    return engine, read.shown


def _sqlite(path: Path) -> Engine:
    make_private(path)
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
