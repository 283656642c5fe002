"""Spark's connections: the session of this process, which dbt-spark's `session` method uses too."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from snowplow_signals.dialects.connection import Fetch, Session
from snowplow_signals.distribution import installing
from snowplow_signals.errors import UsageError


class SparkSession(Session):
    """What dbt-spark returns has no way to read a few rows at a time."""

    def lineage_namespace(self, credentials: Any) -> str:
        return f"spark://{credentials.host}:{credentials.port}" if credentials.host else "spark://localhost"

    def connection(self, credentials: Any, name: str) -> Any:
        if str(credentials.method) == "session" and find_spec("pyspark") is None:
            raise UsageError(f"Spark is not installed: {installing('spark')}")
        return super().connection(credentials, name)

    def cursor(self, handle: Any) -> Any:
        return _Cursor(handle)

    def lease_end(self, seconds: int) -> str:
        """By the engine's clock."""
        now = "unix_micros(current_timestamp())"
        return f"timestampadd(microsecond, {now} + {seconds * 1_000_000}, timestamp_ntz '1970-01-01 00:00:00')"

    def tables(self, handle: Any, fetch: Fetch) -> list[tuple[str, str]]:
        schemas = [row[0] for row in fetch("show schemas")]
        return [(row[0], row[1]) for schema in schemas for row in fetch(f"show tables in {_quoted(schema)}")]

    def stream(self, handle: Any) -> Any:
        return _Cursor(handle)


class _Cursor:
    """A cursor of the DB-API, as far as it is used, over a connection of dbt-spark."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle.cursor()
        self._rows: Iterator[tuple[Any, ...]] | None = None

    def execute(self, sql: str) -> None:
        self._handle.execute(sql)
        frame = getattr(getattr(self._handle, "_cursor", None), "_df", None)
        self._rows = frame.toLocalIterator() if frame is not None else iter(self._handle.fetchall())

    @property
    def description(self) -> list[tuple[Any, ...]]:
        return list(self._handle.description)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        assert self._rows is not None
        return [tuple(map(_plain, row)) for _, row in zip(range(size), self._rows, strict=False)]


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def _plain(value: Any) -> Any:
    """A value without Spark's own classes: a row of fields is a dictionary."""
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, tuple) and hasattr(value, "__fields__"):
        return {name: _plain(one) for name, one in zip(value.__fields__, value, strict=True)}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value
