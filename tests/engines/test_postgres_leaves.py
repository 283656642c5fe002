"""What PostgreSQL needs said its way: JSON in any type that holds it, totals that never overflow, text's order."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlglot import exp
from tests import random_events, reference
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, EntityProperty, EventProperty
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.dialects.base import JSON_COLUMN
from snowplow_signals.dialects.postgres.columns import CREATE_TO_JSONB

POSTGRES = WAREHOUSES["postgres"]
DIALECT = POSTGRES.dialect
COLUMN = "unstruct_event_com_acme_shop_1"


@pytest.fixture
def connection() -> Iterator[Any]:
    with POSTGRES.connection(POSTGRES._output("model", 1)) as found:
        found.cursor().execute(CREATE_TO_JSONB)  # as our own sessions do
        yield found


def shop(path: str) -> EventProperty:
    return EventProperty(vendor="com.acme", name="shop", major_version=1, path=path)


DATA = {
    "label": "a",
    "none": None,
    "empty": "",
    "size": 2.5,
    "big": 2**63 - 1,
    "done": True,
    'we\'ird "key"': "w",
    "product": {"unitPrice": "7", "tags": ["x", None, "z"], "parts": [{"id": 1}]},
}
PATHS: dict[str, str | None] = {
    "label": "a",
    "none": None,
    "missing": None,
    "empty": "",
    "size": "2.5",
    "big": str(2**63 - 1),
    "done": "true",
    'we\'ird "key"': "w",
    "product.unitPrice": "7",
    "product.tags[0]": "x",
    "product.tags[1]": None,
    "product.tags[2]": "z",
    "product.tags[3]": None,
    "product.parts[0].id": "1",
    "label[0]": None,
    "label.deeper": None,
    "product[0]": None,
    "product.tags.x": None,
}


@pytest.mark.parametrize("kind", ["json", "jsonb", "text", "varchar(900)"])
def test_json_in_every_type_that_holds_it(connection: Any, kind: str) -> None:
    cursor = connection.cursor()
    cursor.execute(f"create temporary table events ({COLUMN} {kind})")
    cursor.execute("insert into events values (%s), (null), ('null'), ('{}'), ('[1]')", [json.dumps(DATA)])
    source = columns_of(connection)
    for path, expected in PATHS.items():
        cursor.execute(f"select {source.sql(shop(path), 'text')} from events")
        assert [row[0] for row in cursor.fetchall()] == [expected, None, None, None, None], path


def columns_of(connection: Any) -> SourceColumns:
    rows = POSTGRES.query(
        connection, "select column_name, data_type from information_schema.columns where table_name = 'events'"
    )
    return SourceColumns({row["column_name"]: row["data_type"] for row in rows}, DIALECT)


def test_composites(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        f"""
        create type pg_temp.part as (sku_code integer, made_at timestamptz);
        create type pg_temp.shop as (label text, unit_price double precision, parts pg_temp.part[]);
        create type pg_temp.mood as enum ('sad', 'fine');
        create temporary table events (
            {COLUMN} pg_temp.shop, contexts_com_acme_part_1 pg_temp.part[], platform pg_temp.mood
        );
        insert into events values (
            row('a', 2.5, array[row(5, '2025-03-10 08:30:00-04')::pg_temp.part]),
            array[row(7, null)::pg_temp.part], 'fine'
        )"""
    )
    source = columns_of(connection)
    part = EntityProperty(vendor="com.acme", name="part", major_version=1, path="SKU-code")
    asked = [(shop("label"), "text"), (shop("unitPrice"), "number"), (shop("parts[0].SKU-code"), "number")]
    asked += [(shop("parts[0].madeAt"), "time"), (part, "text"), (AtomicProperty(name="platform"), "text")]
    cursor.execute(f"select {', '.join(source.sql(prop, kind) for prop, kind in asked)} from events")
    found = list(cursor.fetchone())
    assert found[:3] == ["a", 2.5, 5.0]
    assert found[3] == reference.moment("2025-03-10T12:30:00")
    assert found[4:] == ["7", "fine"]


def test_what_is_stored() -> None:
    columns = {"a": "jsonb", "b": "integer", "c": "ARRAY", "d": "numeric", "e": "character varying(8)"}
    assert DIALECT.leaf(columns, "A", ("x",)) == JSON_COLUMN
    assert DIALECT.leaf(columns, "e", ("x",)) == JSON_COLUMN
    assert DIALECT.leaf(columns, "b", ("x",)) is None
    assert DIALECT.leaf(columns, "c", (0, "x")) == "json"
    assert [DIALECT.leaf(columns, name, ()) for name in "abcdef"] == [
        "json",
        "integer",
        "nested",
        "decimal",
        "text",
        None,
    ]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e-400", "NaN", "Infinity", "2.50", "0"])
def test_numerics_that_no_double_can_hold(number: str) -> None:
    found = POSTGRES.evaluated(DIALECT.convert(exp.column("x"), "decimal", "number"), [number], "numeric")
    assert found == [reference.double(number)]


def test_totals_never_overflow() -> None:
    large = [1e308, 1e308, -1e308, 1.0]
    total = DIALECT.cast(DIALECT.total(exp.column("x")), "number", "double")
    assert POSTGRES.evaluated(total, large, "DOUBLE") == [None]
    assert POSTGRES.evaluated(total, [1e289] * 100, "DOUBLE") == [pytest.approx(1e291)]
    assert POSTGRES.evaluated(total, [5e-324, -5e-324, 0.5], "DOUBLE") == [0.5]
    assert POSTGRES.evaluated(total, [None], "DOUBLE") == [None]


@pytest.mark.parametrize(
    ("old", "new", "is_other"),
    [
        (1.0, 1.0 + 1e-13, False),
        (1.0, 1.0 + 1e-11, True),
        (1e308, -1e308, True),
        (5e-324, 0.0, True),
        (1e-320, 1e-320, False),
        (None, 0.0, True),
        (None, None, False),
    ],
)
def test_what_differs(old: float | None, new: float | None, is_other: bool) -> None:
    cells = [exp.Cast(this=exp.column("x"), to=exp.DataType.build("double precision", dialect="postgres"))]
    cells.append(exp.null() if new is None else exp.cast(exp.Literal.string(repr(new)), "double precision"))
    assert POSTGRES.evaluated(DIALECT.differs(*cells, "double"), [old], "DOUBLE") == [is_other]


def test_order_of_text_is_that_of_code_points() -> None:
    texts = [
        text for text in (*random_events.TEXTS, "Z", "z", "é", "e\u0301", "\U0001f600", "\ufffd") if text is not None
    ]
    kept = DIALECT.convert(exp.column("x"), "text", "text")
    least, most = (POSTGRES.evaluated(function(this=kept), texts)[0] for function in (exp.Min, exp.Max))
    assert (least, most) == (min(texts), max(texts))
    listed = POSTGRES.evaluated(DIALECT.list_of(kept, [exp.Ordered(this=kept, nulls_first=False)], None), texts)
    assert listed == [sorted(texts)]


def test_first_and_last_with_ties_and_nulls(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "create temporary table given (x text, n integer, id text);"
        "insert into given values ('a', 1, 'Z'), ('b', 1, 'z'), ('c', 1, 'a'), (null, 9, 'a')"
    )
    x, order = (
        exp.column("x"),
        (exp.column("n"), exp.Collate(this=exp.column("id"), expression=exp.to_identifier("C", quoted=True))),
    )
    present = x.is_(exp.null()).not_()
    sql = [DIALECT.sql(pick(x, *order, condition=present)) for pick in (DIALECT.min_by, DIALECT.max_by)]
    cursor.execute(f"select {', '.join(sql)} from given")
    assert cursor.fetchone() == ("a", "b")
    cursor.execute(f"select {sql[0]} from given where false")
    assert cursor.fetchone() == (None,)
