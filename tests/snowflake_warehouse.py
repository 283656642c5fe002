"""Snowflake's emulator fakesnow, as a server that the tests install and start, reached by Snowflake's own client.

It has an environment of its own, since it needs other versions of DuckDB's and sqlglot's packages than we do.
"""

from __future__ import annotations

import atexit
import fcntl
import functools
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlglot import exp
from tests.warehouses import SCHEMA, Seen, Table, Warehouse, output_of, plain, told

ROOT = Path(__file__).parents[1]
VERSION = "0.12.1"
FUNCTIONS = Path(__file__).with_name("snowflake_functions.txt")

_TYPES = {
    "DOUBLE": "DOUBLE",
    "FLOAT": "DOUBLE",
    "HUGEINT": "DECIMAL(38, 0)",
    "UBIGINT": "BIGINT",
    "UTINYINT": "BIGINT",
    "SMALLINT": "BIGINT",
    "INTEGER": "BIGINT",
    "UUID": "VARCHAR",
    "TIMESTAMP_S": "TIMESTAMP",
    "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP",
}
"""What DuckDB keeps for the emulator in the place of some types."""


def python() -> Path:
    """The Python of the emulator's environment, which is made when it is not there."""
    folder = ROOT / ".cache" / f"fakesnow-{VERSION}"
    folder.parent.mkdir(exist_ok=True)
    with open(folder.parent / "fakesnow.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several processes of tests one installs it
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, f"fakesnow[server]=={VERSION}", "snowflake-connector-python<5"], check=True)
            (folder / "installed").touch()
    return folder / "bin" / "python"


KINDS = ("tables", "views")


class Emulator:
    """The server, running."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [python(), Path(__file__).with_name("snowflake_emulator.py")], stdout=subprocess.PIPE, text=True
        )
        line = self._process.stdout.readline()
        assert line.strip().isdigit(), "the emulator of Snowflake did not start"
        self.port = int(line)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def duckdb(self, sql: str) -> list[list[Any]]:
        """The rows of a statement of the DuckDB behind it."""
        return _asked(self.port, "duckdb", sql)

    def end_sessions(self) -> None:
        """As when their clients are gone for long."""
        _asked(self.port, "end-sessions")


def _asked(port: int, what: str, sql: str = "") -> list[list[Any]]:
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/{what}", sql.encode())) as response:
        answer = json.load(response)
    assert "error" not in answer, answer["error"]
    return answer["rows"]


class Snowflake(Warehouse):
    name = "snowflake"

    @property
    def version(self) -> str:
        return f"fakesnow {VERSION} (an emulator of Snowflake)"

    @property
    def was_used(self) -> bool:
        return "emulator" in vars(self)

    @functools.cached_property
    def emulator(self) -> Emulator:
        """Started when it is first asked for, ended with this process."""
        found = Emulator()
        atexit.register(lambda process: found.close() if os.getpid() == process else None, os.getpid())
        return found

    @functools.cached_property
    def _numbers(self) -> Iterator[int]:
        return itertools.count(1)

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        nested = {name: "JSON" for name, kind in columns.items() if kind.startswith("STRUCT(") or kind.endswith("]")}
        return columns | nested if nested else columns

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        if named_as:
            self.drop(named_as)
        database = output_of(named_as)["database"] if named_as else f"test_{os.getpid()}_{next(self._numbers)}"
        return self._output(database, threads)

    def _output(self, database: str, threads: int) -> dict[str, Any]:
        return {
            "type": "snowflake",
            "account": "emulated",
            "user": "tester",
            "password": "secret",
            "host": "127.0.0.1",
            "port": self.emulator.port,
            "protocol": "http",
            "database": database,
            "schema": SCHEMA,
            "threads": threads,
        }

    @contextmanager
    def connection(self, output: Mapping[str, Any]) -> Iterator[Any]:
        import snowflake.connector

        names = ("account", "user", "password", "host", "port", "protocol", "database")
        connection = snowflake.connector.connect(
            **{name: output[name] for name in names},
            session_parameters={"CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False},
        )
        try:
            yield connection
        finally:
            connection.close()

    def drop(self, folder: Path) -> None:
        self.emulator.duckdb(f"detach database if exists {output_of(folder)['database']}")

    def commits(self, statement: str) -> bool:
        """A statement that makes a table is a transaction of its own."""
        return statement.lower() == "commit" or statement.startswith(("create ", "drop "))

    def let_time_pass(self, folder: Path, project: str) -> None:
        self.emulator.end_sessions()
        super().let_time_pass(folder, project)

    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        kinds = {name: _TYPES.get(kind, kind) for name, kind in columns.items()}
        declared = ", ".join(f'"{name.upper()}" {kind}' for name, kind in kinds.items())
        place = f"{connection.database}.ATOMIC"
        # by the connection's port: the process that asks may not be the one that started the emulator
        _asked(connection.port, "duckdb", f"create schema if not exists {place}")
        _asked(connection.port, "duckdb", f"create table if not exists {place}.EVENTS ({declared})")
        names = ", ".join(f'"{name.upper()}"' for name in columns)
        read = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in kinds.items())
        lines = [json.dumps({name: told(value, columns[name]) for name, value in row.items()}) for row in rows]
        if lines:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder, "rows.json")
                file.write_text("\n".join(lines))
                source = f"read_json({_quoted(str(file))}, format = 'newline_delimited', columns = {{{read}}})"
                chosen = ", ".join(f'"{name}"' for name in columns)
                insert = f"insert into {place}.EVENTS ({names}) select {chosen} from {source}"
                _asked(connection.port, "duckdb", insert)

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        given = json.dumps([str(value) if value is not None and kind != "BOOLEAN" else value for value in values])
        with self.connection(self._output("model", 1)) as connection:
            self.emulator.duckdb("create schema if not exists model.s")
            self.emulator.duckdb(
                "create or replace table model.s.GIVEN as select row_number() over () as I, X from (select "
                f"unnest(from_json({_quoted(given)}, '[\"{_TYPES.get(kind, kind)}\"]')) as X)"
            )
            columns = ", ".join(f"{self.dialect.sql(one)} as c{n}" for n, one in enumerate(expressions))
            rows = self.query(connection, f"select {columns} from model.s.given")
        return [[row[f"c{n}"] for row in rows] for n in range(len(expressions))]

    def query(self, connection: Any, sql: str) -> Table:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name.lower() for column in cursor.description]
            kinds = [column.type_code for column in cursor.description]
            return [
                {name: _read(value, kind) for name, value, kind in zip(names, row, kinds, strict=True)}
                for row in cursor.fetchall()
            ]

    def value(self, value: Any, type_name: str) -> Any:
        """Bytes are text in an array."""
        return [item.encode() for item in value] if type_name == "bytes_list" and value is not None else value

    def tables(self, connection: Any) -> list[tuple[str, str]]:
        # the emulator's information_schema.tables lacks views, which Snowflake's has
        both = " union ".join(f"select table_schema, table_name from information_schema.{kind}" for kind in KINDS)
        found = self.query(connection, both)
        pairs = [(row["table_schema"].lower(), row["table_name"].lower()) for row in found]
        return [(schema, name) for schema, name in pairs if schema.startswith(f"{SCHEMA}_")]

    def functions(self) -> set[str]:
        """Those that Snowflake documents, as the emulator knows no list of them."""
        lines = FUNCTIONS.read_text("utf-8").splitlines()
        return {name for line in lines if not line.startswith("#") for name in line.split()}

    def watch(self, seen: Seen) -> None:
        from snowflake.connector.cursor import SnowflakeCursor

        execute = SnowflakeCursor.execute
        SnowflakeCursor.execute = lambda cursor, sql, *values, **options: seen(
            sql, lambda: execute(cursor, sql, *values, **options)
        )


_JSON = (5, 9, 10)
"""The client's numbers of VARIANT, OBJECT and ARRAY."""


def _read(value: Any, kind: int) -> Any:
    if kind in _JSON and isinstance(value, str):
        return json.loads(value)
    return bytes(value) if isinstance(value, bytearray) else plain(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
