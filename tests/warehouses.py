"""The warehouses that tests run on: DuckDB in this process, PostgreSQL as a server that the tests start.

Each says how a workspace gets a database with a profile for it, how rows get in and out, and what it makes of an
expression. Sessions are in a zone with daylight-saving changes, and PostgreSQL's databases order text as people do
where the build can: what is UTC, or by code point, has to be so whatever the session and the database say.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import json
import math
import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlglot import exp
from tests.servers import PostgresServer

from snowplow_signals.dialects import dialect_named
from snowplow_signals.dialects.base import Dialect

ZONE = "America/New_York"
SCHEMA = "signals"
PROFILE = "snowplow_batch_engine"
Table = list[dict[str, Any]]
Seen = Callable[[str, Callable[[], Any]], Any]
"""Called with a statement and what sends it."""


class Warehouse(ABC):
    """One kind of warehouse."""

    name: str

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        """DuckDB's types of an events table as the warehouse has them: structs and lists may have to be JSON, which has
        the keys as they were tracked."""
        return columns

    @property
    def dialect(self) -> Dialect:
        return dialect_named(self.name)

    @property
    @abstractmethod
    def version(self) -> str:
        """What the engine says of itself."""

    @property
    def was_used(self) -> bool:
        """Whether this process has used the engine."""
        return True

    @abstractmethod
    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        """The profile's output for a new database that belongs to `folder`."""

    @abstractmethod
    def connection(self, output: Mapping[str, Any]) -> Any:
        """The engine's own client, connected to the database of a profile's output; use it as a context manager."""

    @abstractmethod
    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        """Adds rows to `atomic.events`, which is made if it is not there; `columns` has DuckDB's names of types."""

    def evaluated(self, expression: exp.Expression, values: Sequence[Any], kind: str = "VARCHAR") -> list[Any]:
        """The expression over column x, for each of the values."""
        return self.evaluated_each([expression], values, kind)[0]

    @abstractmethod
    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        """Each of the expressions, as `evaluated` gives it; by one query where that is quicker."""

    def make(self, folder: Path, threads: int = 2, named_as: Path | None = None) -> None:
        """A profile in `folder`, for a new database; if it is named as another folder's, it takes that one's place."""
        folder.mkdir(parents=True, exist_ok=True)
        profiles = {PROFILE: {"target": "dev", "outputs": {"dev": self.output(folder, threads, named_as)}}}
        (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))

    @abstractmethod
    def functions(self) -> set[str]:
        """The names of the functions that the engine has."""

    @abstractmethod
    def watch(self, seen: Seen) -> None:
        """Have every statement that dbt and our own code send in this process go through `seen`."""

    @abstractmethod
    def drop(self, folder: Path) -> None:
        """Remove the database of a folder."""

    def commits(self, statement: str) -> bool:
        """Whether others see what was done once this statement, without comments, is through."""
        return statement.lower() == "commit"

    def let_time_pass(self, folder: Path, project: str) -> None:
        """What time does after a run of the project was killed: its lease ends, and so does its transaction."""
        if self.dialect.has_lease_table:
            lease = f"{SCHEMA}_snowplow_manifest.{project}_lease"
            with self.connection(output_of(folder)) as connection:
                if tuple(lease.split(".")) in self.tables(connection):
                    past = self.dialect.timestamp_literal("2025-01-01 00:00:00")
                    self.execute(connection, f"update {lease} set until = {past} where true")

    def query(self, connection: Any, sql: str) -> Table:
        """The rows of a query; timestamps naive in UTC, whole numbers as integers."""
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]

    def value(self, value: Any, type_name: str) -> Any:
        """What `query` gives of an attribute, as a value of its type."""
        return value

    def execute(self, connection: Any, sql: str) -> None:
        """A statement that gives nothing."""
        with connection.cursor() as cursor:
            cursor.execute(sql)

    def tables(self, connection: Any) -> list[tuple[str, str]]:
        """Schema and name of each table that a project made."""
        found = self.query(connection, "select table_schema, table_name from information_schema.tables")
        pairs = [(row["table_schema"], row["table_name"]) for row in found]
        return [(schema, name) for schema, name in pairs if schema.startswith(f"{SCHEMA}_")]


def plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, memoryview):
        return bytes(value)
    return [plain(item) for item in value] if isinstance(value, list) else value


def output_of(folder: Path) -> dict[str, Any]:
    """The output of the profile in a workspace."""
    return yaml.safe_load((folder / "profiles.yml").read_text())[PROFILE]["outputs"]["dev"]


def warehouse_of(folder: Path) -> Warehouse:
    """The kind of warehouse of a workspace."""
    return WAREHOUSES[output_of(folder)["type"]]


@contextmanager
def connected(folder: Path) -> Iterator[tuple[Warehouse, Any]]:
    """A workspace's kind of warehouse, and a client connected to its database."""
    warehouse = warehouse_of(folder)
    with warehouse.connection(output_of(folder)) as connection:
        yield warehouse, connection


class DuckDB(Warehouse):
    name = "duckdb"

    @property
    def version(self) -> str:
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        output = {"type": "duckdb", "path": str(folder / "events.duckdb"), "schema": SCHEMA, "threads": threads}
        if threads == 1:  # for the engine too, so that the same statements are sent in the same order
            output["config_options"] = {"threads": 1}
        return output | {"settings": {"TimeZone": ZONE}}

    def functions(self) -> set[str]:
        import duckdb

        with duckdb.connect() as connection:
            return {name for (name,) in connection.execute("select function_name from duckdb_functions()").fetchall()}

    def watch(self, seen: Seen) -> None:
        from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

        execute = DuckDBCursorWrapper.execute
        DuckDBCursorWrapper.execute = lambda cursor, sql, bindings=None: seen(
            sql, lambda: execute(cursor, sql, bindings)
        )

    def drop(self, folder: Path) -> None:
        Path(output_of(folder)["path"]).unlink(missing_ok=True)

    def connection(self, output: Mapping[str, Any]) -> Any:
        import duckdb

        return duckdb.connect(output["path"], config=output.get("config_options", {}))

    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        kinds = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in columns.items())
        names = ", ".join(f'"{name}"' for name in columns)
        connection.execute("CREATE SCHEMA IF NOT EXISTS atomic")
        connection.execute(f"CREATE TABLE IF NOT EXISTS atomic.events ({declared})")
        lines = [json.dumps({name: told(value, columns[name]) for name, value in row.items()}) for row in rows]
        if lines:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "rows.json")
                file.write_text("\n".join(lines))
                source = f"read_json({_text(str(file))}, format = 'newline_delimited', columns = {{{kinds}}})"
                connection.execute(f"INSERT INTO atomic.events ({names}) SELECT {names} FROM {source}")

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        import duckdb

        with duckdb.connect() as connection:
            connection.execute(f"SET TimeZone = '{ZONE}'")
            chosen = ", ".join(map(self.dialect.sql, expressions))
            query = f"SELECT {chosen} FROM (SELECT unnest(CAST(? AS {kind}[])) AS x)"
            rows = connection.execute(query, [list(values)]).fetchall()
            return [list(column) for column in zip(*rows, strict=True)]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def told(value: Any, kind: str = "") -> Any:
    """The value for JSON. Rows are naive and mean UTC, which text for a type with a time zone has to say."""
    if isinstance(value, datetime):
        return f"{value}+00" if kind == "TIMESTAMP WITH TIME ZONE" else str(value)
    if isinstance(value, dict):
        return {name: told(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [told(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


_TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "JSON": "json",
    "HUGEINT": "numeric(38, 0)",
    "UTINYINT": "smallint",
    "UBIGINT": "numeric(20, 0)",
    "TIMESTAMP_S": "timestamp(0)",
    "TIMESTAMP_MS": "timestamp(3)",
    "TIMESTAMP_NS": "timestamp",
}


class Postgres(Warehouse):
    name = "postgres"

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        nested = {name: "JSON" for name, kind in columns.items() if kind.startswith("STRUCT(") or kind.endswith("]")}
        return columns | nested if nested else columns

    @property
    def was_used(self) -> bool:
        return "server" in vars(self)

    @functools.cached_property
    def version(self) -> str:
        with self.connection(self._output("model", 1)) as connection:
            return self.query(connection, "select version()")[0]["version"].split(" on ")[0]

    @functools.cached_property
    def server(self) -> PostgresServer:
        """Started when it is first asked for, ended with this process."""
        server = PostgresServer()
        server.__enter__()
        atexit.register(_end, server, os.getpid())
        from psycopg2 import errors

        made = "create database model template template0"
        try:
            try:
                self._ask(server.url, f"{made} locale_provider icu icu_locale 'en-US'")
            except errors.FeatureNotSupported:  # the wheel has no ICU
                self._ask(server.url, made)
            self._ask(server.url, f"alter database model set timezone = '{ZONE}'")
        except BaseException:
            server.__exit__()  # who asks again starts another
            raise
        return server

    @functools.cached_property
    def _numbers(self) -> Iterator[int]:
        return itertools.count(1)

    def _ask(self, url: str, *statements: str) -> None:
        import psycopg2

        connection = psycopg2.connect(url)
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)
        connection.close()

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        database = output_of(named_as)["dbname"] if named_as else f"test_{os.getpid()}_{next(self._numbers)}"
        self._ask(
            self.server.url,
            f"drop database if exists {database} with (force)",
            f"create database {database} template model",
            f"alter database {database} set timezone = '{ZONE}'",
        )
        return self._output(database, threads)

    def _output(self, database: str, threads: int) -> dict[str, Any]:
        from psycopg2.extensions import parse_dsn

        url = parse_dsn(self.server.url_of(database))
        return {
            "type": "postgres",
            "host": url["host"],
            "port": int(url["port"]),
            "user": url["user"],
            "password": url["password"],
            "dbname": database,
            "schema": SCHEMA,
            "threads": threads,
        }

    def functions(self) -> set[str]:
        with self.connection(self._output("model", 1)) as connection:
            return {row["proname"] for row in self.query(connection, "select proname from pg_proc")}

    def watch(self, seen: Seen) -> None:
        import psycopg2
        from dbt.adapters.postgres import connections

        class Watched(psycopg2.extensions.cursor):
            def execute(self, query: str, vars: Any = None) -> None:
                seen(query, lambda: super(Watched, self).execute(query, vars))

        class Driver:
            """psycopg2, whose connections have watched cursors."""

            def __getattr__(self, name: str) -> Any:
                return getattr(psycopg2, name)

            def connect(self, *arguments: Any, **options: Any) -> Any:
                return psycopg2.connect(*arguments, **options, cursor_factory=Watched)

        connections.psycopg2 = Driver()

    def drop(self, folder: Path) -> None:
        self._ask(self.server.url, f"drop database if exists {output_of(folder)['dbname']} with (force)")

    @contextmanager
    def connection(self, output: Mapping[str, Any]) -> Iterator[Any]:
        import psycopg2

        names = ("host", "port", "user", "password", "dbname")
        connection = psycopg2.connect(**{name: output[name] for name in names})
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        from psycopg2.extras import execute_values

        types = {name: _TYPES.get(kind, kind.lower()) for name, kind in columns.items()}
        declared = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        names = ", ".join(f'"{name}"' for name in columns)
        with connection.cursor() as cursor:
            cursor.execute("create schema if not exists atomic")
            cursor.execute(f"create table if not exists atomic.events ({declared})")
            cells = [tuple(_cell(row.get(name), columns[name]) for name in columns) for row in rows]
            execute_values(cursor, f"insert into atomic.events ({names}) values %s", cells, page_size=500)

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        chosen = ", ".join(map(self.dialect.sql, expressions))
        with self.connection(self._output("model", 1)) as connection, connection.cursor() as cursor:
            typed = f"cast(%s as {_TYPES.get(kind, kind.lower())}[])"
            cursor.execute("create temporary table given as select x from unnest(" + typed + ") as x", [list(values)])
            cursor.execute(f"select {chosen} from given")
            return [[plain(value) for value in column] for column in zip(*cursor.fetchall(), strict=True)]


def _cell(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind in ("JSON", "JSONB"):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    return told(value, kind) if isinstance(value, datetime) else value


def _end(server: PostgresServer, process: int) -> None:
    if os.getpid() == process:  # not in a child that was forked
        server.__exit__()


from tests.bigquery_warehouse import BigQuery  # noqa: E402 - they are Warehouses too
from tests.snowflake_warehouse import Snowflake  # noqa: E402
from tests.spark_warehouse import Databricks, Spark  # noqa: E402

WAREHOUSES: dict[str, Warehouse] = {
    warehouse.name: warehouse for warehouse in (DuckDB(), Postgres(), Spark(), Databricks(), BigQuery(), Snowflake())
}

EXECUTED = {name: warehouse for name, warehouse in WAREHOUSES.items() if name != "databricks"}
"""Those that are there, or whose emulator is; Databricks has the leaves of Spark."""

QUICK = tuple(name for name in WAREHOUSES if name not in ("spark", "databricks", "bigquery", "snowflake"))
"""Those on which a project is built in seconds; for the others see tests/engines."""


def versions() -> list[str]:
    """What the engines that this process has used say of themselves."""
    return [warehouse.version for warehouse in WAREHOUSES.values() if warehouse.was_used]
