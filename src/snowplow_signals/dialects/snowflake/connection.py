"""Snowflake's connections, which its own client makes for dbt-snowflake."""

from __future__ import annotations

from typing import Any

from snowplow_signals.dialects.connection import Fetch, Session


class SnowflakeSession(Session):
    """No connection can hold a lock of its own for long: Snowflake ends a transaction that others wait for."""

    def lineage_namespace(self, credentials: Any) -> str:
        return f"snowflake://{credentials.account}"

    def lease_end(self, seconds: int) -> str:
        """By the engine's clock, in UTC."""
        return f"dateadd('second', {seconds}, sysdate())"

    def tables(self, handle: Any, fetch: Fetch) -> list[tuple[str, str]]:
        """In lower case: a name that was not quoted is kept in upper case."""
        return [(schema.lower(), name.lower()) for schema, name in super().tables(handle, fetch)]
