"""What DuckDB packs is byte for byte what is packed here of what its driver gives."""

import struct
from datetime import datetime

import duckdb
import pytest

from snowplow_signals.dialects.duckdb.packing import BULK, bulk_row, packed_row
from snowplow_signals.stores.encoding import encoder, microseconds
from snowplow_signals.stores.redis_packing import bulk_string

HEAD = b"12345678"
WHOLE = [
    0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 2**63 - 1, -1, -32, -33, -128, -129,
    -32_768, -32_769, -(2**31), -(2**31) - 1, -(2**63),
]  # fmt: skip
SMALL = {
    "bigint": [f"({number}::hugeint)" for number in WHOLE],
    "tinyint": ["-128", "-33", "5", "127"],
    "usmallint": ["65535"],
    "uinteger": ["4294967295"],
    "ubigint": ["3", "9223372036854775807"],
    "hugeint": ["7", "-7", "-9223372036854775808"],
    "double": ["0.0", "-0.0", "1.5", "'nan'", "'inf'", "'-inf'", "1e-320"],
    "float": ["1.1", "'nan'"],
    "boolean": ["true", "false"],
    "varchar": [
        "''",
        "'é'",
        *(f"repeat('x', {size})" for size in (31, 32, 255, 256, 512)),
        "repeat('é', 127)",
        "chr(0)",
    ],
    "blob": ["''", r"'\x00\xff'::blob", *(f"repeat('x', {size})::blob" for size in (31, 32, 255, 256, 512))],
    "timestamp": ["'2025-01-01 12:34:56.789012'", "'0001-01-01'", "'1969-12-31 23:59:59.999999'", "'1970-01-01'"],
    "timestamptz": ["'2025-07-01 12:34:56.789012+02'", "'1000-01-01'", "'9999-12-30'"],
    "date": ["'2025-01-01'", "'0001-01-01'", "'9999-12-30'"],
    "decimal(18, 3)": ["0", "1.5", "-1.5", "123456789012345.678", "0.001"],
    "decimal(9, 6)": ["0", "0.000001", "12.5"],
    "decimal(38, 0)": ["5", "12", "123", "1234", "12345678", "1234567890123456", "9" * 38],
    "uuid": ["'5e0b3c2e-5a7b-4f0e-8b54-0e2b0f8c2a11'"],
    "json": ["'[1, 2]'"],
    "enum('a', 'b')": ["'a'"],
    "varchar[]": ["[]", "['a', null, 'b']", "[repeat('y', 255)]", *(f"range({n})::varchar[]" for n in (15, 16, 100))],
    "timestamp[]": ["['2025-01-01']", "[]", "[null]"],
    "bigint[]": [*(f"range({n})" for n in range(7)), "[null, 1000]", "[1, null, 3, null]", "[1, 2, 3, 4, null]"],
    "int[][]": ["[[1, 2], [], null]"],
    "map(varchar, bigint)": [
        "map([], [])",
        "map(['a', 'é'], [1, null])",
        *(f"map(range({n})::varchar[], range({n}))" for n in range(1, 7)),
    ],
    "map(varchar, varchar[])": ["map(['a'], [['x', 'y']])"],
    "map(varchar, map(varchar, int))": ["map(['a'], [map(['k'], [3])])"],
    'struct(a int, "b ""c" varchar, d struct(e double))': ["{'a': 1, 'b \"c': null, 'd': {'e': 1.5}}"],
    "struct(a int)[]": ["[{'a': 1}, null]"],
}
LARGE = {
    "varchar": ["repeat('x', 513)", "repeat('x', 70000)"],
    "blob": ["repeat('x', 70000)::blob"],
    "map(varchar, varchar)": ["map(['a', 'b'], ['c', repeat('y', 256)])", "map([repeat('y', 256)], [null])"],
    "varchar[]": [
        "[repeat('y', 256)]",
        "['a', 'b', repeat('y', 256)]",
        "range(101)::varchar[]",
        "range(70000)::varchar[]",
    ],
    "varchar[][]": ["[['a'], [repeat('x', 300)]]"],
    "ubigint": ["18446744073709551615"],
    "hugeint": ["170141183460469231731687303715884105727", "-9223372036854775809"],
    "timestamp": ["'infinity'", "'-infinity'", "'12000-01-01'"],
    "date": ["'infinity'", "'12000-01-01'"],
}
OTHERS = ("decimal(9, 7)", "time", "interval", "bit", "int[2]", "timestamp_ns", "map(int, int)", "uhugeint", "time[]")


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'Europe/Berlin'")
    return connection


def _packed(connection: duckdb.DuckDBPyConnection, kind: str, value: str) -> tuple[object, tuple]:
    query = f"select ({value})::{kind} as v"
    row = packed_row([("v", connection.sql(query).types[0])], HEAD)
    assert row is not None
    found = connection.execute(f"select {row} from ({query}) as rows").fetchone()
    return found[0], connection.execute(query).fetchone()


@pytest.mark.parametrize("kind", SMALL)
def test_small_values_are_packed_as_here(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    for value in (*SMALL[kind], "null"):
        packed, values = _packed(connection, kind, value)
        assert packed == HEAD + encoder()(values), value


@pytest.mark.parametrize("kind", LARGE)
def test_a_row_with_a_large_value_is_not_packed(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    for value in LARGE[kind]:
        assert _packed(connection, kind, value)[0] is None, value


@pytest.mark.parametrize("kind", OTHERS)
def test_other_types_are_not_packed(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    assert packed_row([("v", connection.sql(f"select null::{kind} as v").types[0])], HEAD) is None


def test_a_row_of_many_columns_is_one_array(connection: duckdb.DuckDBPyConnection) -> None:
    for number in (1, 15, 16, 300):
        query = f"select {', '.join(f'{n} as c{n}' for n in range(number))}"
        relation = connection.sql(query)
        row = packed_row(list(zip(relation.columns, relation.types, strict=True)), HEAD)
        found = connection.execute(f"select {row} from ({query}) as rows").fetchone()
        assert found[0] == HEAD + encoder()(tuple(range(number)))


def test_a_row_of_many_texts_is_not_packed(connection: duckdb.DuckDBPyConnection) -> None:
    query = f"select {', '.join(f'''repeat('x', 500) as c{n}''' for n in range(40))}"
    relation = connection.sql(query)
    row = packed_row(list(zip(relation.columns, relation.types, strict=True)), HEAD)
    assert connection.execute(f"select {row} from ({query}) as rows").fetchone() == (None,)


@pytest.mark.parametrize("key", ["ann", "Zoë", "two\r\nlines", "x" * 3_000, "0", "\0"])
@pytest.mark.parametrize("value", ["x", "x" * 500])
def test_a_row_is_two_bulk_strings(connection: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    moment = datetime(1969, 12, 31, 23, 59, 59, 999_999)
    query = "select ?::varchar as key, ?::timestamp as moment, ?::varchar as v, 7 as n"
    columns = list(
        zip("vn", connection.execute(f"select v, n from ({query})", [key, moment, value]).description, strict=True)
    )
    row = bulk_row([(name, described[1]) for name, described in columns], HEAD, b"start\r\n\0")
    sql = f"select {BULK} from (select key, {row} as packed from ({query}))"
    found = connection.execute(sql, [key, moment, value]).fetchone()[0]
    packed = b"start\r\n\0" + struct.pack(">q", microseconds(moment)) + HEAD + encoder()([value, 7])
    assert found == bulk_string(key.encode()) + bulk_string(packed)


def test_a_row_with_a_large_value_is_no_bulk_string(connection: duckdb.DuckDBPyConnection) -> None:
    query = "select 'ann' as key, timestamp '2025-01-01' as moment, repeat('x', 513) as v"
    row = bulk_row([("v", connection.sql("select ''").types[0])], HEAD, b"")
    assert connection.execute(f"select {BULK} from (select key, {row} as packed from ({query}))").fetchone() == (None,)
