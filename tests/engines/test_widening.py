"""The text of a value does not depend on the type of its column: types widen between loads, and fields appear."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, reference, warehouses
from tests.bigquery_warehouse import bigquery_type
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.spark_warehouse import spark_type
from tests.warehouses import EXECUTED, QUICK, WAREHOUSES, Warehouse

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, EventProperty, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.inspect.verify import verify_project

on_every_warehouse = pytest.mark.parametrize("warehouse", EXECUTED.values(), ids=list(EXECUTED))
WHOLE = (12, 0, -7, 2**53, 10**18, -(10**18), 2**31, 10_000_000)
TEXTS = [str(number) for number in WHOLE]
FRACTIONS = (12.5, 0.1, -3.25, 0.001, 123456.75)


def texts(warehouse: Warehouse, values: tuple[Any, ...], leaf: Any, kind: str) -> list[Any]:
    return warehouse.evaluated(warehouse.dialect.convert(exp.column("x"), leaf, "text"), values, kind)


@on_every_warehouse
def test_a_whole_number_is_its_digits_in_every_type(warehouse: Warehouse) -> None:
    assert texts(warehouse, WHOLE, "integer", "BIGINT") == TEXTS
    assert texts(warehouse, tuple(map(float, WHOLE)), "float", "DOUBLE") == TEXTS
    assert texts(warehouse, tuple(map(Decimal, WHOLE)), "decimal", "DECIMAL(30, 2)") == TEXTS
    assert texts(warehouse, (-0.0,), "float", "DOUBLE") == ["0"]


@on_every_warehouse
def test_a_fraction_is_that_of_a_double_in_every_type(warehouse: Warehouse) -> None:
    doubles = texts(warehouse, FRACTIONS, "float", "DOUBLE")
    assert texts(warehouse, tuple(Decimal(str(one)) for one in FRACTIONS), "decimal", "DECIMAL(30, 8)") == doubles
    assert doubles == [str(one) for one in FRACTIONS]


@on_every_warehouse
def test_what_is_too_large_for_digits_is_no_error(warehouse: Warehouse) -> None:
    found = texts(warehouse, (1e20, 1e300, -1e300, 2.0**63, 5e-324), "float", "DOUBLE")
    assert [float(one) for one in found] == [1e20, 1e300, -1e300, 2.0**63, 5e-324]


VALUE = AtomicProperty(name="tr_total")
LISTED = Attribute(name="seen", type="string_list", aggregation="unique_list", property=VALUE)
COUNTS = Attribute(name="counts", type="dict", aggregation="category_count", property=VALUE)
FIRST = Attribute(name="first_one", type="string", aggregation="first", property=VALUE)
LEAST = Attribute(name="least", type="string", aggregation="min", property=VALUE)
DISTINCT = Attribute(name="distinct_ones", type="int64", aggregation="approx_count_distinct", property=VALUE)
TOTAL = Attribute(name="total", type="double", aggregation="sum", property=VALUE)
VIEW = View(
    name="v",
    entity=user_entity,
    attributes=[LISTED, COUNTS, FIRST, LEAST, DISTINCT, TOTAL],
    owner="owner@example.com",
    offline=True,
)


class Widening:
    """A project over a column whose type changes."""

    def __init__(self, folder: Path, warehouse: str) -> None:
        self.folder, self.warehouse, self.loads = folder, warehouse, 0
        self.columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)

    def load(self, kind: str, value: Any) -> dict[str, Any]:
        """Change the column to a type, load one event with a value, and run; the user's attributes."""
        self.columns = self.columns | {"tr_total": kind}
        added = row(f"e{self.loads}", timedelta(minutes=self.loads), tr_total=value)
        if self.loads == 0:
            harness.make_workspace(self.folder, [added], self.columns, self.warehouse)
        else:
            with warehouses.connected(self.folder) as (engine, connection):
                named = {"DOUBLE": "double precision"}.get(kind, kind)
                using = f"using cast(tr_total as {named})" if self.warehouse == "postgres" else ""
                engine.execute(connection, f"alter table atomic.events alter tr_total type {named} {using}")
            harness.write_events(self.folder, [added], self.columns)
        self.loads += 1
        return harness.run_project(self.folder, VIEW, "run", **SETTINGS.for_dbt())["u"]

    def is_verified(self) -> bool:
        folder = self.folder / VIEW.project_name
        with opened(folder, VIEW, self.warehouse, self.folder, variables=SETTINGS.for_dbt()) as deployed:
            return all(
                verify_project(deployed, sample=None, from_source=whole).differences == () for whole in (False, True)
            )


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_an_integer_becomes_a_number_and_a_decimal(tmp_path: Path, warehouse: str) -> None:
    project = Widening(tmp_path, warehouse)
    project.load("BIGINT", 12)
    project.load("DECIMAL(9, 2)", 12)
    found = project.load("DOUBLE", 12.5)
    assert (found["seen"], found["first_one"], found["least"]) == (["12", "12.5"], "12", "12")
    assert (dict(found["counts"]), found["distinct_ones"], found["total"]) == ({"12": 2, "12.5": 1}, 2, 36.5)
    assert project.is_verified()


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_an_integer_becomes_text(tmp_path: Path, warehouse: str) -> None:
    project = Widening(tmp_path, warehouse)
    project.load("BIGINT", 12)
    found = project.load("VARCHAR", "twelve")
    assert found["seen"] == ["12", "twelve"]
    assert project.is_verified()


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_a_number_that_becomes_text_is_a_changed_definition(tmp_path: Path, warehouse: str) -> None:
    project = Widening(tmp_path, warehouse)
    project.load("BIGINT", 12)
    project.load("DOUBLE", 12.5)
    with pytest.raises(AssertionError, match="type of column tr_total has changed from float to text"):
        project.load("VARCHAR", "twelve")
    assert harness.attributes_of(tmp_path, VIEW)["u"]["seen"] == ["12", "12.5"]


@on_every_warehouse
def test_a_boolean_that_becomes_text_keeps_its_text(warehouse: Warehouse) -> None:
    assert texts(warehouse, (True, False), "boolean", "BOOLEAN") == ["true", "false"]
    assert texts(warehouse, ("true", "false"), "text", "VARCHAR") == ["true", "false"]


SHOP = "unstruct_event_com_acme_shop_1"
NESTED = [
    # the type of a field in a struct, and what it becomes with more of the same values
    ("STRUCT(n BIGINT)", "STRUCT(n DOUBLE)", {"n": 12}, {"n": 12.0}, "n", ["12"]),
    ("STRUCT(n BIGINT)", "STRUCT(n DECIMAL(20, 2))", {"n": 12}, {"n": Decimal("12.5")}, "n", ["12", "12.5"]),
    ("STRUCT(n BIGINT)", "STRUCT(n VARCHAR)", {"n": 12}, {"n": "twelve"}, "n", ["12", "twelve"]),
    ("STRUCT(b BOOLEAN)", "STRUCT(b VARCHAR)", {"b": True}, {"b": "true"}, "b", ["true"]),
    ("STRUCT(l BIGINT[])", "STRUCT(l DOUBLE[])", {"l": [1, 2]}, {"l": [1.0, 2.0]}, "l", ["[1,2]"]),
    ("STRUCT(l BIGINT[])", "STRUCT(l DOUBLE[])", {"l": [1, 2]}, {"l": [1.0, 2.5]}, "l", ["[1,2]", "[1,2.5]"]),
    ("STRUCT(o STRUCT(a BIGINT))", "STRUCT(o STRUCT(a DOUBLE))", {"o": {"a": 1}}, {"o": {"a": 1.0}}, "o", ['{"a":1}']),
    (
        "STRUCT(o STRUCT(a BIGINT))", "STRUCT(o STRUCT(a BIGINT, b VARCHAR))", {"o": {"a": 1}},
        {"o": {"a": 1, "b": None}}, "o", ['{"a":1}'],
    ),
]  # fmt: skip


@on_every_warehouse
def test_fields_of_structs_that_widen_keep_their_text(warehouse: Warehouse) -> None:
    """In typed columns; where nested data is JSON there is nothing to widen."""
    kept = [kind for kind, *_ in NESTED if warehouse.columns({SHOP: kind})[SHOP] == kind]
    for before, after, old, new, field, expected in NESTED if kept else []:
        found = [nested_text(warehouse, kind, value, field) for kind, value in ((before, old), (after, new))]
        assert list(dict.fromkeys(found)) == expected, (before, after)


def nested_text(warehouse: Warehouse, kind: str, value: dict[str, Any], field: str) -> Any:
    """The text of a field in a column of a type."""
    prop = EventProperty(vendor="com.acme", name="shop", major_version=1, path=field)
    access = warehouse.dialect.access(prop)
    ((sql, leaf),) = warehouse.dialect.found({access.column: engine_type(warehouse, kind)}, access)
    read = exp.Var(this=sql.replace(access.column, "x"))
    return warehouse.evaluated(warehouse.dialect.convert(read, leaf, "text"), [value], kind)[0]


def engine_type(warehouse: Warehouse, kind: str) -> str:
    """DuckDB's name of a type as the engine says it, with the names of fields as they are."""
    if warehouse.name == "bigquery":
        known = "struct|array|string|int64|float64|bool|numeric"
        return re.sub(rf"\b({known})\b", lambda found: found[0].upper(), bigquery_type(kind))
    return kind if warehouse.name == "duckdb" else spark_type(kind).replace("`", "")


def shop(path: str) -> EventProperty:
    return EventProperty(vendor="com.acme", name="shop", major_version=1, path=path)


def read_as_text(name: str, prop: Any) -> list[Attribute]:
    """All that is made of the text of a value."""
    made = {
        "list": "unique_list",
        "first": "first",
        "last": "last",
        "usual": "most_frequent",
        "counts": "category_count",
    }
    types = {"list": "string_list", "counts": "dict"}
    return [
        Attribute(name=f"{name}_{what}", type=types.get(what, "string"), aggregation=aggregation, property=prop)
        for what, aggregation in made.items()
    ]


def counted(name: str, path: str, text: str) -> Attribute:
    criteria = Criteria(all=[Criterion.eq(shop(path), text)])
    return Attribute(name=name, type="int64", aggregation="counter", criteria=criteria)


DAY, MOMENT = AtomicProperty(name="refr_dvce_tstamp"), AtomicProperty(name="dvce_created_tstamp")
EVERY = View(
    name="every",
    entity=user_entity,
    offline=True,
    owner="owner@example.com",
    attributes=[
        *read_as_text("total", VALUE),
        *read_as_text("cookies", AtomicProperty(name="br_cookies")),
        *(one for path in ("n", "b", "o", "l") for one in read_as_text(path, shop(path))),
        *(counted(f"is_{path}", path, text) for path, text in (("n", "12"), ("b", "true"), ("o", '{"a":1}'))),
        *read_as_text("day", DAY),
        *read_as_text("moment", MOMENT),
    ],
)
TYPES = (
    ("BIGINT", "DOUBLE", "VARCHAR"),
    ("BOOLEAN", "VARCHAR", "VARCHAR"),
    (
        "STRUCT(n BIGINT, b BOOLEAN, o STRUCT(a BIGINT), l BIGINT[])",
        "STRUCT(n DOUBLE, b VARCHAR, o STRUCT(a DOUBLE, c VARCHAR), l DOUBLE[])",
        "STRUCT(n DOUBLE, b VARCHAR, o STRUCT(a DOUBLE, c VARCHAR), l DOUBLE[])",
    ),
    ("DATE", "DATE", "TIMESTAMP"),
    ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "VARCHAR"),
)
COLUMNS = ("tr_total", "br_cookies", SHOP, "refr_dvce_tstamp", "dvce_created_tstamp")
NOON, MIDNIGHT = datetime(2025, 3, 3, 12), datetime(2025, 3, 3)
BODY = {"n": 12, "b": True, "o": {"a": 1}, "l": [1, 2]}
WIDER = {"n": 12.0, "b": "true", "o": {"a": 1.0, "c": None}, "l": [1.0, 2.0]}
"""The same in the wider type."""
NEW = {"n": 12.5, "b": "no", "o": {"a": 1.0, "c": "x"}, "l": [2.5]}
AT_NOON = "2025-03-03 12:00:00"
LOADS: tuple[tuple[tuple[Any, ...], ...], ...] = (
    ((12, True, BODY, "2025-03-03", NOON),),
    (
        (12.0, "true", WIDER, "2025-03-03", NOON),
        (12.0, "true", WIDER, "2025-03-03", NOON), (12.5, "maybe", NEW, "2025-03-03", NOON),
    ),
    (
        ("12.0", "true", WIDER, MIDNIGHT, AT_NOON), ("12.0", "true", WIDER, MIDNIGHT, AT_NOON),
        ("12.5", "maybe", NEW, MIDNIGHT, AT_NOON), ("twelve", "true", WIDER, MIDNIGHT, AT_NOON),
    ),
)  # fmt: skip
"""The events after each load, those that were there as the warehouse has them in the new types."""


def as_tracked(body: dict[str, Any]) -> dict[str, Any]:
    """What became wider in a typed column, before it did."""
    return NEW | {"o": {"a": 1, "c": "x"}} if body is NEW else BODY


class Retyped:
    """A project over an events table whose columns are made anew, in other types, before each load."""

    def __init__(self, folder: Path, warehouse: str) -> None:
        self.folder, self.warehouse = folder, warehouse
        self.rows: list[dict[str, Any]] = []

    def load(self, step: int) -> None:
        """The events of all loads so far, in the types of this one."""
        kinds = {name: types[step] for name, types in zip(COLUMNS, TYPES, strict=True)}
        columns = WAREHOUSES[self.warehouse].columns(EVENTS_COLUMNS | kinds)
        self.rows = [
            row(f"e{number}", timedelta(minutes=number), **dict(zip(COLUMNS, values, strict=True)))
            for number, values in enumerate(LOADS[step])
        ]
        for one in self.rows if columns[SHOP] == "JSON" else ():  # has no types, and stays as it was tracked
            one[SHOP] = as_tracked(one[SHOP])
        if step == 0:
            harness.make_workspace(self.folder, self.rows, columns, self.warehouse)
        else:
            with warehouses.connected(self.folder) as (engine, connection):
                engine.execute(connection, "drop table atomic.events")
            harness.write_events(self.folder, self.rows, columns)

    def run(self, command: str = "run") -> dict[str, Any]:
        """The user's attributes, after all but the text of times was found to be what the interpreter says."""
        found = harness.run_project(self.folder, EVERY, command, **SETTINGS.for_dbt())
        expected = reference.compute(EVERY, self.rows, **SETTINGS.for_reference())
        wrong = harness.differences(EVERY, found, expected)
        assert [one for one in wrong if " moment_" not in one and " day_" not in one] == []
        with opened(
            self.folder / EVERY.project_name, EVERY, self.warehouse, self.folder, variables=SETTINGS.for_dbt()
        ) as deployed:
            for whole in (False, True):
                assert verify_project(deployed, sample=None, from_source=whole).differences == ()
        return found["u"]


@pytest.mark.parametrize(
    "warehouse", [*QUICK, *(pytest.param(one, marks=pytest.mark.long) for one in ("spark", "snowflake", "bigquery"))]
)
def test_types_that_widen_through_a_whole_project(tmp_path: Path, warehouse: str) -> None:
    """What is made of texts goes on while texts stay; a type that has other texts is a changed definition."""
    project = Retyped(tmp_path, warehouse)
    project.load(0)
    first = project.run()
    project.load(1)
    second = project.run()
    for one in ("day", "moment"):
        assert second[f"{one}_list"] == first[f"{one}_list"] == [first[f"{one}_first"]] == [second[f"{one}_last"]]
        assert dict(second[f"{one}_counts"]) == {first[f"{one}_first"]: 3}
    assert (second["total_list"], second["n_list"], second["is_n"]) == (["12", "12.5"], ["12", "12.5"], 2)
    assert (second["day_first"], second["is_o"], second["is_b"]) == ("2025-03-03", 2, 2)
    project.load(2)
    with pytest.raises(AssertionError) as refused:
        project.run()
    for name, change in (
        ("dvce_created_tstamp", "timestamptz to text"),
        ("refr_dvce_tstamp", "date to timestamp"),
        ("tr_total", "float to text"),
    ):
        assert f"type of column {name} has changed from {change}" in str(refused.value)
    assert harness.attributes_of(tmp_path, EVERY)["u"] == second
    third = project.run("run --full-refresh")
    assert (len(third["day_list"]), third["moment_list"]) == (1, ["2025-03-03 12:00:00"])
    assert third["total_list"] == ["12.0", "12.5", "twelve"]
