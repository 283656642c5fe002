"""The warehouses. `dialect_named` and `session_named` are the only places that know them by name.

They are loaded when they are asked for: connecting needs nothing of what builds SQL.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from snowplow_signals.dialects.connection import Session
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.dialects.base import Dialect

TARGET_TYPES = ("duckdb", "postgres", "spark", "databricks", "bigquery", "snowflake")
"""What projects can be made for."""


def check_target_type(name: str) -> None:
    """Raises UsageError unless projects can be made for this target type."""
    if name not in TARGET_TYPES:
        near = get_close_matches(name, TARGET_TYPES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"target type {name!r} is not one of {', '.join(TARGET_TYPES)}{hint}")


def dialect_named(name: str) -> Dialect:
    """The dialect of a target type. Raises UsageError for a name that is not one."""
    from snowplow_signals.dialects.bigquery.dialect import BigQuery
    from snowplow_signals.dialects.databricks.dialect import Databricks
    from snowplow_signals.dialects.duckdb.dialect import DuckDB
    from snowplow_signals.dialects.postgres.dialect import Postgres
    from snowplow_signals.dialects.snowflake.dialect import Snowflake
    from snowplow_signals.dialects.spark.dialect import Spark

    dialects: dict[str, type[Dialect]] = {
        "duckdb": DuckDB,
        "postgres": Postgres,
        "spark": Spark,
        "databricks": Databricks,
        "bigquery": BigQuery,
        "snowflake": Snowflake,
    }
    if name not in dialects:
        check_target_type(name)
    return dialects[name]()


def session_named(name: str) -> Session:
    """What connections to a target type need."""
    if name == "duckdb":
        from snowplow_signals.dialects.duckdb.connection import DuckDBSession

        return DuckDBSession()
    if name == "postgres":
        from snowplow_signals.dialects.postgres.connection import PostgresSession

        return PostgresSession()
    if name == "bigquery":
        from snowplow_signals.dialects.bigquery.connection import BigQuerySession

        return BigQuerySession()
    if name == "spark":
        from snowplow_signals.dialects.spark.connection import SparkSession

        return SparkSession()
    if name == "snowflake":
        from snowplow_signals.dialects.snowflake.connection import SnowflakeSession

        return SnowflakeSession()
    if name == "databricks":
        from snowplow_signals.dialects.databricks.connection import DatabricksSession

        return DatabricksSession()
    return Session()


__all__ = ["TARGET_TYPES", "Session", "check_target_type", "dialect_named", "session_named"]
