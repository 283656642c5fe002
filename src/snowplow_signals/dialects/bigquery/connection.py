"""BigQuery's connections: clients of Google's, which dbt-bigquery makes from the profile. None holds anything open."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from snowplow_signals.dialects.connection import Fetch, Session

SECONDS_TO_END = 60.0
"""How long a job that was cancelled is waited for."""


class BigQuerySession(Session):
    """What dbt-bigquery returns has no cursor."""

    def lineage_namespace(self, credentials: Any) -> str:
        return "bigquery"

    def cursor(self, handle: Any) -> Any:
        return _Cursor(handle)

    def stream(self, handle: Any) -> Any:
        return _Cursor(handle)

    def columns(self, handle: Any, relation: str) -> list[str]:
        """From the table's description, which is no query: one without a filter would be refused where the table has
        `require_partition_filter` (https://cloud.google.com/bigquery/docs/querying-partitioned-tables).
        """
        return [field.name for field in handle.get_table(relation.replace("`", "")).schema]

    def described(self, handle: Any, database: str | None, schema: str, table: str) -> list[tuple[Any, ...]]:
        """From the table's description too: a query of INFORMATION_SCHEMA is a job, of ten megabytes at the least
        (https://cloud.google.com/bigquery/docs/information-schema-intro#pricing); empty when there is no such table.
        """
        from google.api_core.exceptions import NotFound

        try:
            found = handle.get_table(f"{database or handle.project}.{schema}.{table}")
        except NotFound:
            return []
        return [(field.name, _type_of(field)) for field in found.schema]

    def counts_rows(self, handle: Any, database: str | None, schema: str, table: str) -> bool:
        """`count(*)` of a table is read from its metadata, for 0 bytes; that of a view is not, and a table that
        requires a filter refuses it (https://cloud.google.com/bigquery/docs/querying-partitioned-tables).
        """
        found = handle.get_table(f"{database or handle.project}.{schema}.{table}")
        return found.table_type == "TABLE" and not found.require_partition_filter

    def cancel_left_over(self, handle: Any, tables: Collection[str]) -> int:
        """dbt labels each job with its invocation, and without more rights one sees the jobs of one's own account only
        (https://cloud.google.com/bigquery/docs/managing-jobs#list_jobs). A request to cancel returns at once, and the
        job may end well all the same (https://cloud.google.com/bigquery/docs/managing-jobs#cancel_jobs): so its end is
        waited for. Statements that change a table may be queued for hours before they run
        (https://cloud.google.com/bigquery/docs/data-manipulation-language#update_delete_merge_dml_concurrency).
        """
        from dbt_common.invocation import get_invocation_id

        left = []
        for state in ("pending", "running"):  # in this order, so that none is missed that begins meanwhile
            for job in handle.list_jobs(state_filter=state):
                holder = (job.labels or {}).get("dbt_invocation_id")
                written = _WRITES.match(getattr(job, "query", None) or "")
                if holder not in (None, get_invocation_id()) and written and written["table"] in tables:
                    job.cancel()
                    left.append(job)
        for job in left:
            with suppress(TimeoutError):
                job.exception(timeout=SECONDS_TO_END)
        return len({job.job_id for job in left})

    def lease_end(self, seconds: int) -> str:
        """By the engine's clock."""
        return f"datetime_add(current_datetime('UTC'), interval {seconds} second)"

    def tables(self, handle: Any, fetch: Fetch) -> list[tuple[str, str]]:
        """Those of the region that queries run in, which is the United States unless the profile says another."""
        region = f"`region-{(handle.location or 'us').lower()}`"
        found = fetch(f"select table_schema, table_name from {region}.INFORMATION_SCHEMA.TABLES order by 1, 2")
        return [(row[0], row[1]) for row in found]


_WRITES = re.compile(
    r"\s*(?:/\*.*?\*/\s*)*(?:insert\s+into|merge\s+into|update|delete\s+from|"
    r"create\s+(?:or\s+replace\s+)?table(?:\s+if\s+not\s+exists)?)\s+(?P<table>\S+)",
    re.IGNORECASE | re.DOTALL,
)
"""A statement that writes, after dbt's comment, and the table that it writes to."""


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


_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}
"""Types as the interface calls them, and as SQL does: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables"""


def _type_of(field: Any) -> str:
    """A column's type as INFORMATION_SCHEMA writes it, without the parameters of texts and numbers."""
    name = _NAMES.get(field.field_type, field.field_type)
    if name == "STRUCT":
        name = f"STRUCT<{', '.join(f'{inner.name} {_type_of(inner)}' for inner in field.fields)}>"
    return f"ARRAY<{name}>" if field.mode == "REPEATED" else name


def _is_map(field: Any) -> bool:
    """Whether a column is what stands for a map here: an array of structs of key and value."""
    return field.mode == "REPEATED" and [inner.name for inner in field.fields] == ["key", "value"]


def _map(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in entries}
