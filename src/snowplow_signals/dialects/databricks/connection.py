"""Databricks' connections, which its SQL connector makes for dbt-databricks."""

from __future__ import annotations

from typing import Any

from snowplow_signals.dialects.spark.connection import SparkSession


class DatabricksSession(SparkSession):
    """dbt-databricks returns a connection that executes, and has no cursor of its own."""

    def lineage_namespace(self, credentials: Any) -> str:
        return f"databricks://{credentials.host}"

    def connection(self, credentials: Any, name: str) -> Any:
        from dbt.adapters.contracts.connection import ConnectionState
        from dbt.adapters.databricks.connections import (  # type: ignore[import-not-found]  # not in the development environment
            DatabricksDBTConnection,
        )

        connection = DatabricksDBTConnection(
            type=credentials.type, name=name, credentials=credentials, state=ConnectionState.INIT
        )
        connection.http_path = credentials.http_path or ""
        return connection

    def cursor(self, handle: Any) -> Any:
        return _Cursor(handle)

    def stream(self, handle: Any) -> Any:
        return _Cursor(handle)


class _Cursor:
    """A cursor of the DB-API, as far as it is used."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._found: Any = None

    def execute(self, sql: str) -> None:
        self._found = self._handle.execute(sql)

    @property
    def description(self) -> list[tuple[Any, ...]]:
        return list(self._found.description)

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return [tuple(map(_plain, row)) for row in self._found.fetchmany(size)]


def _plain(value: Any) -> Any:
    """Lists come as arrays of NumPy's, maps as lists of pairs."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list) and value and all(isinstance(one, tuple) and len(one) == 2 for one in value):
        return dict(value)
    return bytes(value) if isinstance(value, bytearray) else value
