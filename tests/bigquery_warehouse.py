"""BigQuery as far as it can be had without its service: GoogleSQL itself for expressions, an emulator for projects."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlglot import exp
from tests.googlesql import PACKAGE, GoogleSql, GoogleSqlError
from tests.warehouses import ZONE, Seen, Warehouse, plain

_TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "float64",
    "FLOAT": "float64",
    "BOOLEAN": "bool",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "DATE": "date",
}
FUNCTIONS = """
abs array_agg array_length cast coalesce concat count countif current_datetime current_timestamp date_diff date_trunc
datetime datetime_add datetime_sub datetime_trunc dense_rank div extract farm_fingerprint greatest if json_type
json_value least lower max md5 min mod nullif parse_json regexp_contains regexp_extract regexp_replace replace
row_number rpad safe_cast safe_offset safe_subtract sign struct substr sum timestamp to_hex to_json_string trunc
unix_micros unix_seconds
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

    def evaluated(self, expression: exp.Expression, values: Sequence[Any], kind: str = "VARCHAR") -> list[Any]:
        return self.evaluated_each([expression], values, kind)[0]

    def evaluated_each(
        self, expressions: Sequence[exp.Expression], values: Sequence[Any], kind: str = "VARCHAR"
    ) -> list[list[Any]]:
        """By GoogleSQL's reference implementation."""
        type_name = _TYPES.get(kind, "int64")
        cells = ", ".join("null" if value is None else literal(value, type_name) for value in values)
        made = ", ".join(self.dialect.sql(expression) for expression in expressions)
        rows = self.googlesql.rows(f"select {made} from unnest(array<{type_name}>[{cells}]) as x")
        return [[plain(value) for value in column] for column in zip(*rows, strict=True)]

    def functions(self) -> set[str]:
        return set(FUNCTIONS.split())

    def syntax_error(self, sql: str) -> str | None:
        try:
            self.googlesql.parse(sql)
        except GoogleSqlError as error:
            return str(error)
        return None

    def output(self, folder: Path, threads: int, named_as: Path | None) -> dict[str, Any]:
        raise NotImplementedError

    def connection(self, output: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def write_events(self, connection: Any, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
        raise NotImplementedError

    def watch(self, seen: Seen) -> None:
        raise NotImplementedError

    def drop(self, folder: Path) -> None:
        raise NotImplementedError


def literal(value: Any, type_name: str) -> str:
    """A value as GoogleSQL writes it."""
    if type_name == "string":
        return text_literal(str(value))
    if type_name in ("float64", "numeric", "int64"):
        return f"cast('{Decimal(value) if isinstance(value, int) else value!r}' as {type_name})"
    if type_name == "bool":
        return str(value).lower()
    if type_name == "timestamp":
        return f"timestamp '{value}+00'"
    assert isinstance(value, datetime), value
    return f"datetime '{value}'"


def text_literal(text: str) -> str:
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'
