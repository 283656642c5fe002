"""Databricks: Spark's SQL with tables of Delta Lake, in a catalogue, and clustered instead of partitioned.

Liquid clustering (https://docs.databricks.com/en/delta/clustering.html) needs Databricks Runtime 15.4 or later, or an
SQL warehouse; TIMESTAMP_NTZ and `get` are there too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snowplow_signals.dialects.spark.dialect import Spark


class Databricks(Spark):
    """Databricks, through dbt-databricks."""

    name = "databricks"
    title = "Databricks"
    profile_example = """\
type: databricks
host: adb-1234567890123456.7.azuredatabricks.net
http_path: /sql/1.0/warehouses/1234567890abcdef
token: "{{ env_var('DATABRICKS_TOKEN') }}"
catalog: main
schema: signals
threads: 4"""
    events_database = "var('snowplow__databricks_catalog', none) or 'hive_metastore'"
    events_database_variable = "snowplow__databricks_catalog"

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """Clustered by the columns of the keys, the most used first: at most four, which is what Databricks takes."""
        columns = list(dict.fromkeys(column for key in keys for column in key))[:4]
        return f"    liquid_clustered_by=[{', '.join(map(repr, columns))}],\n" if columns else ""

    def database_of(self, output: Mapping[str, Any]) -> str | None:
        named = output.get("catalog") or output.get("database")
        return str(named) if named else None
