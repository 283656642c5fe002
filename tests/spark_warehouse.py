"""Spark with Delta Lake in this process, as dbt-spark's `session` method uses it. One session is shared by all tests.

Spark needs Java 17 or later: that of JAVA_HOME or of the path, else one that the wheel `install-jdk` fetches. Delta's
jars are fetched by their Maven coordinates and kept in the user's cache of ivy.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlglot import exp
from tests.warehouses import SCHEMA, ZONE, Seen, Table, Warehouse, plain

OLDEST_JAVA = 17
DELTA = "io.delta:delta-spark_2.13:4.0.1"

# Small data on few cores: no parallelism to speak of, and no time spent on compiling what runs once.
SETTINGS = {
    "spark.jars.packages": DELTA,
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": ZONE,
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC",
}


class MissingJavaError(RuntimeError):
    """No Java for Spark."""


def java_home() -> str:
    """The folder of a Java that is new enough. Raises MissingJavaError."""
    named, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    homes = [named] if named else []
    homes += [str(Path(found).resolve().parents[1])] if found else []
    for home in homes:
        if _version(Path(home, "bin", "java")) >= OLDEST_JAVA:
            return home
    return _fetched()


def _version(java: Path) -> int:
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    except OSError:
        return 0
    match = re.search(r'version "(\d+)', said)
    return int(match[1]) if match else 0


def _fetched() -> str:
    import jdk

    home = Path.home() / ".jdk"
    there = [folder for folder in home.glob("jdk-*") if _version(folder / "bin" / "java") >= OLDEST_JAVA]
    try:
        return str(there[0]) if there else jdk.install(str(OLDEST_JAVA), path=str(home))
    except (OSError, jdk.JdkError) as error:
        raise MissingJavaError(
            f"Spark needs Java {OLDEST_JAVA} or later, none was found and none could be fetched ({error}). Install "
            "one, for example with `apt-get install openjdk-17-jre-headless`, or name its folder in JAVA_HOME"
        ) from error


@functools.cache
def session(process: int) -> Any:
    """The session of this process, which is a process's own."""
    from pyspark.sql import SparkSession

    os.environ |= {"JAVA_HOME": java_home(), "SPARK_LOCAL_IP": "127.0.0.1"}
    folder = tempfile.mkdtemp(prefix="signals-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    builder = SparkSession.builder.master("local[2]").appName("signals")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    builder = builder.config("spark.sql.catalogImplementation", "in-memory")
    builder = builder.config("spark.sql.warehouse.dir", folder)
    with _alone():
        found = builder.getOrCreate()
    found.sparkContext.setLogLevel("OFF")
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time: two that fetch the same jars into ivy's cache disturb each other."""
    with open(Path(tempfile.gettempdir(), f"signals-spark-{os.getuid()}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


_TYPES = {
    "VARCHAR": "string",
    "UUID": "string",
    "UTINYINT": "smallint",
    "INTEGER": "int",
    "HUGEINT": "decimal(38,0)",
    "UBIGINT": "decimal(20,0)",
    "TIMESTAMP": "timestamp_ntz",
    "TIMESTAMP_S": "timestamp_ntz",
    "TIMESTAMP_MS": "timestamp_ntz",
    "TIMESTAMP_NS": "timestamp_ntz",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "JSON": "string",
}


def spark_type(kind: str) -> str:
    """DuckDB's name of a type as Spark's."""
    if kind.endswith("[]"):
        return f"array<{spark_type(kind[:-2])}>"
    if kind.startswith("STRUCT("):
        return f"struct<{','.join(_members(kind[len('STRUCT(') : -1]))}>"
    return _TYPES.get(kind, kind.lower())


def _members(inside: str) -> Iterator[str]:
    for name, kind in _split(inside):
        yield f"`{name.replace('`', '``')}`:{spark_type(kind)}"


def _split(inside: str) -> Iterator[tuple[str, str]]:
    """Name and type of each member of `a VARCHAR, "b" STRUCT("c" BIGINT)[]`."""
    depth, text = 0, ""
    for token in [*re.findall(r'"(?:[^"]|"")*"|[(),]|[^(),"]+', inside), ","]:
        if token == "," and depth == 0:
            name, kind = re.fullmatch(r'\s*("(?:[^"]|"")*"|\w+)\s+(.*)', text).groups()
            yield name[1:-1].replace('""', '"') if name[0] == '"' else name, kind
            text = ""
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        text += token


class Spark(Warehouse):
    name = "spark"

    @property
    def version(self) -> str:
        import importlib.metadata

        return f"Spark {self.session.version} with Delta Lake {importlib.metadata.version('delta-spark')}"

    @property
    def session(self) -> Any:
        return session(os.getpid())

    @property
    def was_used(self) -> bool:
        return session.cache_info().currsize > 0

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        """By one query: planning it takes longer than computing it."""
        self.session.conf.set("spark.sql.ansi.enabled", "true")  # Spark's default, which dbt-spark turns off
        given = self.session.createDataFrame([(value,) for value in values], f"x {spark_type(kind)}")
        rows = given.selectExpr(*map(self.dialect.sql, expressions)).collect()
        return [[_read(value) for value in column] for column in zip(*rows, strict=True)]

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        """A session has one catalog: a new workspace takes the place of the one before it."""
        self.drop(folder)
        return {
            "type": "spark",
            "method": "session",
            "host": "localhost",
            "schema": SCHEMA,
            "threads": threads,
            "server_side_parameters": {"spark.sql.session.timeZone": ZONE},
        }

    def functions(self) -> set[str]:
        return {row[0] for row in self.session.sql("show functions").collect()}

    def watch(self, seen: Seen) -> None:
        from dbt.adapters.spark.session import Cursor

        execute = Cursor.execute
        Cursor.execute = lambda cursor, sql, *parameters: seen(sql, lambda: execute(cursor, sql, *parameters))

    def drop(self, folder: Path) -> None:
        for (schema,) in self.session.sql("show schemas").collect():
            if schema != "default":
                self.session.sql(f"drop schema {schema} cascade")

    @contextmanager
    def connection(self, output: Mapping[str, Any]) -> Iterator[Any]:
        yield self.session

    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        declared = ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in columns.items())
        connection.sql("create schema if not exists atomic")
        # the names of fields have spaces in them
        mapped = "tblproperties ('delta.columnMapping.mode' = 'name')"
        connection.sql(f"create table if not exists atomic.events ({declared}) using delta {mapped}")
        cells = [tuple(_cell(row.get(name), kind) for name, kind in columns.items()) for row in rows]
        if cells:
            frame = connection.createDataFrame(cells, declared)
            frame.write.format("delta").mode("append").saveAsTable("atomic.events")

    def query(self, connection: Any, sql: str) -> Table:
        rows = connection.sql(sql).collect()
        return [{name: _read(value) for name, value in row.asDict().items()} for row in rows]

    def execute(self, connection: Any, sql: str) -> None:
        connection.sql(sql)

    def tables(self, connection: Any) -> list[tuple[str, str]]:
        schemas = [row[0] for row in connection.sql("show schemas").collect() if row[0].startswith(f"{SCHEMA}_")]
        return [
            (schema, row.tableName)
            for schema in schemas
            for row in connection.sql(f"show tables in {schema}").collect()
        ]


DATABRICKS_FUNCTIONS = """
abs aggregate array array_contains array_max array_min array_size array_sort ceil chr collect_list concat conv count
current_timestamp datediff dense_rank floor from_json get hour left ln lower lpad make_dt_interval map map_entries
map_from_entries max max_by md5 min min_by month named_struct octet_length posexplode power regexp_extract regexp_like
round row_number size sqrt stack startswith struct substring sum to_json transform translate trunc try_element_at
unix_micros weekday xxhash64
"""
"""Those that we call: each is in https://docs.databricks.com/en/sql/language-manual/sql-ref-functions-builtin-alpha.html"""


class Databricks(Spark):
    """Spark in its place, as far as that goes; see tests/engines/test_databricks.py."""

    name = "databricks"

    @property
    def was_used(self) -> bool:
        return False

    def functions(self) -> set[str]:
        """Those that Spark has and Databricks documents."""
        return super().functions() & set(DATABRICKS_FUNCTIONS.split())

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        """Of a workspace that nobody can reach."""
        self.drop(folder)
        return {
            "type": "databricks",
            "host": "databricks.invalid",
            "http_path": "/sql/1.0/warehouses/none",
            "token": "none",
            "schema": SCHEMA,
            "threads": threads,
        }


def _read(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray) else plain(value)


def _cell(value: Any, kind: str) -> Any:
    """A value of an event as the client takes it for a type."""
    if value is None:
        return None
    if kind.endswith("[]"):
        return [_cell(one, kind[:-2]) for one in value]
    if kind.startswith("STRUCT("):
        return {name: _cell(value.get(name), inner) for name, inner in _split(kind[len("STRUCT(") : -1])}
    if kind == "JSON":
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return value.replace(tzinfo=UTC)
    if isinstance(value, datetime):
        return value
    if kind.startswith("DECIMAL") or kind in ("HUGEINT", "UBIGINT"):
        return Decimal(str(value))
    makes = {"VARCHAR": str, "UUID": str, "DOUBLE": float, "FLOAT": float, "BOOLEAN": bool, "DATE": date.fromisoformat}
    return makes.get(kind, int)(value)
