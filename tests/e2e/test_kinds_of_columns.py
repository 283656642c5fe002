"""Columns of every kind that a warehouse has: each is served as a value or as text, or its view fails alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.crm import SOURCE, view
from tests.warehouses import WAREHOUSES, connected

from snowplow_signals import Field
from snowplow_signals.stores import open_store
from snowplow_signals.sync.published import Published
from snowplow_signals.sync.regular import RegularSync

DAY = datetime(2025, 1, 1)
EPOCH = datetime(2025, 1, 1, 5)
"""Midnight of the first of January in the sessions' zone."""

Columns = list[tuple[str, str, Any]]
"""The type of each, a value in SQL, and what is served of it."""

DUCKDB: Columns = [
    ("interval", "interval 100000000 years", "100000000 years"),
    ("interval[]", "[interval 1 day]", "[1 day]"),
    ("struct(a interval)", "{'a': interval 100000000 years}", "{'a': 100000000 years}"),
    ("time", "'24:00:00'", "24:00:00"),
    ("timetz", "'24:00:00-15:59:59'", "24:00:00-15:59:59"),
    ("timestamp", "'infinity'", None),
    ("timestamptz", "'9999-12-31 23:59:59-12'", None),
    ("timestamp_ns", "'infinity'", None),
    ("date", "'0044-03-15 (BC)'", None),
    ("timestamp[]", "['infinity', null, '2025-01-01', '12000-01-01']", [None, None, DAY, None]),
    ("timestamptz[]", "['infinity', '2025-01-01 00:00:00-05']", [None, EPOCH]),
    ("date[]", "['12000-01-01', '2025-01-01']", [None, DAY.date()]),
    ("timestamp[][]", "[['12000-01-01'::timestamp, '2025-01-01']]", [[None, DAY]]),
    ("struct(a timestamp, b int)", "{'a': '12000-01-01', 'b': 1}", {"a": "12000-01-01 00:00:00", "b": 1}),
    ("map(varchar, timestamp)", "map {'a': '12000-01-01'::timestamp}", {"a": "12000-01-01 00:00:00"}),
    ("uhugeint", "340282366920938463463374607431768211455", 2**128 - 1),
    ("bit", "'101'", "101"),
    ("blob", "'\\xAA'::blob", b"\xaa"),
    ("enum('a', 'b')", "'a'", "a"),
    ("double", "'inf'", math.inf),
]
POSTGRES: Columns = [
    ("interval", "'178000000 years'", "178000000 years"),
    ("time", "'24:00:00'", "24:00:00"),
    ("timetz", "'12:00+02'", "12:00:00+02"),
    ("money", "'$1,234.50'", "$1,234.50"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("daterange", "'[2025-01-01,12000-01-01)'", "[2025-01-01,12000-01-01)"),
    ("tsrange", "'[2025-01-01,infinity)'", '["2025-01-01 00:00:00",infinity)'),
    ("datemultirange", "'{[0044-03-15 BC,2025-01-01)}'", '{["0044-03-15 BC",2025-01-01)}'),
    ("inet", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("bit(3)", "B'101'", "101"),
    ("bytea", "'\\xdeadbeef'", b"\xde\xad\xbe\xef"),
    ("json", "'{\"a\": [1]}'", {"a": [1]}),
    ("numeric", "'Infinity'", Decimal("Infinity")),
    ("timestamp", "'infinity'", None),
    ("timestamptz", "'0001-01-01 00:00:00+14'", None),
    ("date", "'0044-03-15 BC'", None),
    ("timestamp[]", "array['infinity', null, '2025-01-01', '12000-01-01']", [None, None, DAY, None]),
    ("timestamptz[]", "array['-infinity', '9999-12-31 23:59:59-12', '2025-01-01']", [None, None, EPOCH]),
    ("date[]", "array['0044-03-15 BC', '2025-01-01']", [None, DAY.date()]),
    ("interval[]", "array['178000000 years']", ["178000000 years"]),
    ("time[]", "array['24:00']", ["24:00:00"]),
    ("money[]", "array['$1.50']", ["$1.50"]),
    ("int4range[]", "array['[1,2)']", ["[1,2)"]),
    ("bit(3)[]", "array['101']", ["101"]),
    ("uuid[]", "array['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("xml", "null", None),
    ("point", "'(1,2)'", "(1,2)"),
    ("tsvector", "'a'", "'a'"),
]
NESTED = "named_struct('a', 1, 'b', array(named_struct('c', 2)))"
SPARK: Columns = [
    ("binary", "X'deadbeef'", b"\xde\xad\xbe\xef"),
    ("map<string, int>", "map('a', 1)", {"a": 1}),
    ("map<struct<a: int>, int>", "map(named_struct('a', 1), 2)", "{{1} -> 2}"),
    ("struct<a: int, b: array<struct<c: int>>>", NESTED, {"a": 1, "b": [{"c": 2}]}),
    ("timestamp", "timestamp'+12000-01-01'", None),
    ("timestamp_ntz", "timestamp_ntz'-0044-03-15'", None),
    ("date", "date'+12000-01-01'", None),
    ("array<timestamp>", "array(timestamp'+12000-01-01', null, timestamp'2025-01-01')", [None, None, EPOCH]),
    ("array<array<date>>", "array(array(date'+12000-01-01', date'2025-01-01'))", [[None, date(2025, 1, 1)]]),
    ("variant", "parse_json('{\"a\":1}')", '{"a":1}'),
    ("array<variant>", "array(parse_json('1'))", "[1]"),
    ("decimal(38,10)", "1.5", Decimal("1.5000000000")),
]
SNOWFLAKE: Columns = [
    ("time", "'12:00:00.5'", "12:00:00.500000"),
    ("variant", "parse_json('{\"a\":1}')", '{"a":1}'),
    ("array", "parse_json('[1,\"a\"]')", '[1,"a"]'),
    ("timestamp_ntz", "'12000-01-01'", None),
    ("timestamp_ltz", "'2025-01-01'", EPOCH),
    ("date", "'9999-12-31'", date(9999, 12, 31)),
    ("float", "'inf'", math.inf),
]
BIGQUERY: Columns = [
    ("time", "time '12:00:00.5'", "12:00:00.500"),
    ("interval", "interval '10000-0 0 0:0:0' year to second", "10000-0 0 0:0:0"),
    ("range<date>", "range(date '2025-01-01', null)", "[2025-01-01, UNBOUNDED)"),
    ("array<interval>", "[interval 1 day]", ["0-0 1 0:0:0"]),
    ("array<range<date>>", "[range(date '2025-01-01', null)]", ["[2025-01-01, UNBOUNDED)"]),
    ("struct<a interval>", "struct(interval 1 day)", '{"a":"P1D"}'),
    ("array<time>", "[time '12:00:00']", ["12:00:00"]),
    ("bytes", "b'\\xde'", b"\xde"),
    ("json", "json '{\"a\":1}'", {"a": 1}),
    ("datetime", "datetime '9999-12-31 23:59:59'", datetime(9999, 12, 31, 23, 59, 59)),
]


def made(kind: str, name: str, columns: Columns, using: str = "") -> str:
    """A statement that makes a table of two rows: one of these values, one of nulls."""
    text, time = {"bigquery": ("string", "datetime"), "spark": ("string", "timestamp_ntz")}.get(
        kind, ("varchar", "timestamp")
    )

    def row(customer: str, values: Callable[[str, str], str]) -> str:
        cells = (f"{values(type_, sql)} as c{n}" for n, (type_, sql, _) in enumerate(columns))
        changed = f"cast('2025-01-01 00:00:00' as {time}) as changed"
        return f"select cast('{customer}' as {text}) as customer, {changed}, {', '.join(cells)}"

    full = f"`emulated`.`crm`.`{name}`" if kind == "bigquery" else f"crm.{name}"
    some, none = (
        row("ann", lambda type_, sql: f"cast({sql} as {type_})"),
        row("bob", lambda type_, _: f"cast(null as {type_})"),
    )
    return f"create table {full} {using} as {some} union all {none}"


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("duckdb", DUCKDB),
        ("postgres", POSTGRES),
        ("spark", SPARK),
        pytest.param("snowflake", SNOWFLAKE, marks=pytest.mark.long),
        pytest.param("bigquery", BIGQUERY, marks=pytest.mark.long),
    ],
)
def test_each_is_a_value_or_text(tmp_path: Path, kind: str, columns: Columns) -> None:
    folder = tmp_path / "repo"
    WAREHOUSES[kind].make(folder)
    fields = [Field(name=f"c{number}", type="string") for number in range(len(columns))]
    a_view = view(fields=fields, batch_source=SOURCE.model_copy(update={"table": "kinds"}))
    with connected(folder) as (warehouse, connection), open_store(tmp_path / "profiles.sqlite") as store:
        warehouse.execute(connection, "create schema if not exists crm")
        warehouse.execute(connection, made(kind, "kinds", columns, "using delta" if kind == "spark" else ""))
        assert Published(folder).sync(a_view, store).rows_written == 2
        assert Published(folder).sync(a_view, store).rows_written == 0
        stored = store.read(a_view.full_name, ["ann", "bob"])
    expected = {type_: value for type_, _, value in columns}
    assert dict(zip(expected, stored["ann"].values.values(), strict=True)) == expected
    assert not any(stored["bob"].values.values())  # BigQuery has no null for a list


@pytest.mark.spark
def test_one_that_cannot_be_read_is_its_views_failure(tmp_path: Path) -> None:
    """Fields of structs are not looked into; the reason is kept, and the others go on."""
    folder = tmp_path / "repo"
    WAREHOUSES["spark"].make(folder)
    views = [
        view(
            name=name, fields=[Field(name="c0", type="string")], batch_source=SOURCE.model_copy(update={"table": name})
        )
        for name in ("bad", "good")
    ]
    bad = [("struct<a: timestamp>", "named_struct('a', timestamp'+12000-01-01')", None)]
    with connected(folder) as (warehouse, connection), open_store(tmp_path / "profiles.sqlite") as store:
        warehouse.execute(connection, "create schema if not exists crm")
        for name, columns in (("bad", bad), ("good", [("int", "1", 1)])):
            warehouse.execute(connection, f"drop table if exists crm.{name}")
            warehouse.execute(connection, made("spark", name, columns, "using delta"))
        logged: list[str] = []
        regular = RegularSync(lambda: views, lambda: store, Published(folder).sync, log=logged.append)
        regular.round()
        bad_now, good_now = regular.status()
    assert (bad_now.doing, bad_now.state.failures) == ("failing", 1)
    assert "year 12000 is out of range" in str(bad_now.state.error)
    assert bad_now.due_at == bad_now.state.retry_at
    assert (good_now.doing, good_now.state.profiles) == ("up to date", 2)
    assert sum("bad_v1" in line for line in logged) == 1
