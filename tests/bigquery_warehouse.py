"""BigQuery as far as it can be had without its service: GoogleSQL itself for expressions, an emulator for projects."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlglot import exp
from tests.googlesql import PACKAGE, GoogleSql
from tests.spark_warehouse import _split
from tests.warehouses import SCHEMA, ZONE, Seen, Table, Warehouse, plain

_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "float64",
    "FLOAT": "float64",
    "BOOLEAN": "bool",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TIMESTAMP_S": "datetime",
    "TIMESTAMP_MS": "datetime",
    "TIMESTAMP_NS": "datetime",
    "UUID": "string",
    "DATE": "date",
    "JSON": "json",
}
_ODD_NAME = re.compile(r'"[^"]*[^\w"][^"]*"')
_TABLE = re.compile(r"(?<![\w.`])(atomic|signals_\w+)\.(\w+)")
EVENTS = "`emulated`.`atomic`.`events`"
ROWS_OF_A_STATEMENT = 100
FUNCTIONS = """
abs array_agg array_length array_reverse byte_length cast ceil chr coalesce concat count countif current_datetime
current_timestamp date_diff date_trunc datetime datetime_add datetime_diff datetime_sub datetime_trunc dense_rank div
extract farm_fingerprint floor greatest if json_type json_value json_value_array least ln lower lpad max md5 min mod
nullif parse_json power regexp_contains regexp_extract regexp_replace replace round row_number rpad safe_cast
safe_multiply safe_offset safe_subtract sign sqrt starts_with string_agg struct substr substring sum timestamp to_hex
to_json_string translate trunc unix_micros unix_seconds
"""
"""Those that we call: each is in
https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all or is a conditional expression there."""


class BigQuery(Warehouse):
    name = "bigquery"

    @property
    def version(self) -> str:
        return f"GoogleSQL ({PACKAGE.replace('==', ' ')})"

    @property
    def was_used(self) -> bool:
        return "googlesql" in vars(self)

    @functools.cached_property
    def googlesql(self) -> GoogleSql:
        return GoogleSql(ZONE)

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        """By GoogleSQL's reference implementation."""
        type_name = bigquery_type(kind)
        cells = ", ".join(literal(value, type_name) for value in values)
        made = ", ".join(self.dialect.sql(expression) for expression in expressions)
        rows = self.googlesql.rows(f"select {made} from unnest(array<{type_name}>[{cells}]) as x")
        return [[plain(value) for value in column] for column in zip(*(row.values() for row in rows), strict=True)]

    def functions(self) -> set[str]:
        return set(FUNCTIONS.split())

    def columns(self, columns: dict[str, str]) -> dict[str, str]:
        """Fields have names of letters, digits and underscores; where one has another, nested columns are of JSON."""
        if not any(_ODD_NAME.search(kind) for kind in columns.values()):
            return columns
        nested = {name: "JSON" for name, kind in columns.items() if kind.startswith("STRUCT(") or kind.endswith("]")}
        return columns | nested

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        """There is one emulator: a new workspace takes the place of the one before it."""
        self.drop(folder)
        return {
            "type": "bigquery",
            "method": "oauth-secrets",
            "token": "of the tests",
            "project": "emulated",
            "dataset": SCHEMA,
            "api_endpoint": self.googlesql.url,
            "threads": threads,
        }

    @contextmanager
    def connection(self, output: Mapping[str, Any]) -> Iterator[GoogleSql]:
        yield _started(output["api_endpoint"]) if output else self.googlesql

    def write_events(
        self, connection: GoogleSql, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]
    ) -> None:
        types = {name: bigquery_type(kind) for name, kind in columns.items()}
        declared = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in types.items())
        connection.rows("create schema if not exists atomic")
        connection.rows(f"create table if not exists {EVENTS} as select * from (select {declared}) where false")
        cells = [", ".join(literal(row.get(name), kind) for name, kind in types.items()) for row in rows]
        of_row = f"struct<{', '.join(f'{name} {kind}' for name, kind in types.items())}>"
        for start in range(0, len(cells), ROWS_OF_A_STATEMENT):
            listed = ", ".join(f"{of_row}({row})" for row in cells[start : start + ROWS_OF_A_STATEMENT])
            connection.rows(f"insert into {EVENTS} ({', '.join(types)}) select * from unnest([{listed}])")

    def query(self, connection: GoogleSql, sql: str) -> Table:
        rows = connection.rows(_TABLE.sub(r"`emulated`.`\1`.`\2`", sql))
        return [{name: plain(value) for name, value in row.items()} for row in rows]

    def execute(self, connection: GoogleSql, sql: str) -> None:
        self.query(connection, sql)

    def tables(self, connection: GoogleSql) -> list[tuple[str, str]]:
        schemas = [one.dataset_id for one in connection.client.list_datasets()]
        return [(one, table.table_id) for one in schemas for table in connection.client.list_tables(one)]

    def watch(self, seen: Seen) -> None:
        from google.cloud.bigquery import Client

        ask = Client.query
        Client.query = lambda client, query, *given, **named: seen(query, lambda: ask(client, query, *given, **named))

    def commits(self, statement: str) -> bool:
        """Each that changes something."""
        return statement.lower().startswith(("create ", "drop ", "insert ", "merge ", "update ", "delete "))

    def drop(self, folder: Path) -> None:
        for dataset in self.googlesql.client.list_datasets():
            self.googlesql.client.delete_dataset(dataset.dataset_id, delete_contents=True)


@functools.cache
def _started(url: str) -> GoogleSql:
    """The emulator at the address of a profile, whichever process has started it."""
    return GoogleSql(ZONE, url)


def bigquery_type(kind: str) -> str:
    """DuckDB's name of a type as BigQuery's."""
    if kind.endswith("[]"):
        return f"array<{bigquery_type(kind[:-2])}>"
    if kind.startswith("STRUCT("):
        fields = _split(kind[len("STRUCT(") : -1])
        return f"struct<{', '.join(f'`{name}` {bigquery_type(inner)}' for name, inner in fields)}>"
    return _TYPES.get(kind, "numeric" if kind.startswith("DECIMAL") or kind == "HUGEINT" else "int64")


def literal(value: Any, type_name: str) -> str:
    """A value as GoogleSQL writes it."""
    if value is None:
        return "null"
    if type_name.startswith("array<"):
        inner = type_name[len("array<") : -1]
        return f"{type_name}[{', '.join(literal(one, inner) for one in value if one is not None)}]"
    if type_name.startswith("struct<"):
        parts = (literal(value.get(name), kind) for name, kind in _fields(type_name[len("struct<") : -1]))
        return f"{type_name}({', '.join(parts)})"
    if type_name == "string":
        return text_literal(str(value))
    if type_name == "json":
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
        return f"parse_json({text_literal(text)}, wide_number_mode => 'round')"
    if type_name in ("float64", "numeric", "int64"):
        return f"cast('{float(value)!r}' as float64)" if type_name == "float64" else f"cast('{value}' as {type_name})"
    if type_name == "bool":
        return str(value).lower()
    if type_name == "timestamp":
        return f"timestamp '{value}+00'"
    if type_name == "date":
        return f"date '{value}'"
    assert isinstance(value, datetime), value
    return f"datetime '{value}'"


def _fields(inside: str) -> Iterator[tuple[str, str]]:
    """Name and type of each field of ``a` string, `b` array<int64>`."""
    depth, text = 0, ""
    for token in [*re.findall(r"[<>,]|[^<>,]+", inside), ","]:
        if token == "," and depth == 0:
            name, kind = text.strip().split(" ", 1)
            yield name.strip("`"), kind
            text = ""
            continue
        depth += {"<": 1, ">": -1}.get(token, 0)
        text += token


def text_literal(text: str) -> str:
    plain_characters = {c: c for c in map(chr, range(32, 127))} | {'"': '\\"', "\\": "\\\\"}
    return '"' + "".join(plain_characters.get(c) or f"\\U{ord(c):08x}" for c in text) + '"'
