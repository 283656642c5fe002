"""BigQuery's connections: clients of Google's, which dbt-bigquery makes from the profile. None holds anything open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from snowplow_signals.dialects.connection import Fetch, Session


class BigQuerySession(Session):
    """What dbt-bigquery returns has no cursor."""

    def cursor(self, handle: Any) -> Any:
        return _Cursor(handle)

    def stream(self, handle: Any) -> Any:
        return _Cursor(handle)

    def columns(self, handle: Any, relation: str) -> list[str]:
        """From the table's description, which is no query: one without a filter would be refused where the table has
        `require_partition_filter` (https://cloud.google.com/bigquery/docs/querying-partitioned-tables).
        """
        return [field.name for field in handle.get_table(relation.replace("`", "")).schema]

    def lease_end(self, seconds: int) -> str:
        """By the engine's clock."""
        return f"datetime_add(current_datetime('UTC'), interval {seconds} second)"

    def tables(self, handle: Any, fetch: Fetch) -> list[tuple[str, str]]:
        """Those of the region that queries run in, which is the United States unless the profile says another."""
        region = f"`region-{(handle.location or 'us').lower()}`"
        found = fetch(f"select table_schema, table_name from {region}.INFORMATION_SCHEMA.TABLES order by 1, 2")
        return [(row[0], row[1]) for row in found]


class _Cursor:
    """A cursor of the DB-API, as far as it is used, over a client. Rows come in pages."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._found: Any = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())

    def execute(self, sql: str) -> None:
        self._found = self._client.query(sql).result()
        maps = [_is_map(field) for field in self._found.schema or ()]
        self._rows = (
            tuple(_map(value) if is_map else value for value, is_map in zip(row.values(), maps, strict=True))
            for row in self._found
        )

    @property
    def description(self) -> list[tuple[Any, ...]]:
        return [(field.name, field.field_type) for field in self._found.schema or ()]

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        return list(islice(self._rows, size))


def _is_map(field: Any) -> bool:
    """Whether a column is what stands for a map here: an array of structs of key and value."""
    return field.mode == "REPEATED" and [inner.name for inner in field.fields] == ["key", "value"]


def _map(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in entries}
