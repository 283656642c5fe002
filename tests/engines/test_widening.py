"""The text of a value does not depend on the type of its column: types widen between loads, and fields appear."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, warehouses
from tests.bigquery_warehouse import bigquery_type
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.spark_warehouse import spark_type
from tests.warehouses import EXECUTED, QUICK, WAREHOUSES, Warehouse

from snowplow_signals import AtomicProperty, Attribute, EventProperty, View, user_entity
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


@pytest.mark.parametrize("warehouse", QUICK)
def test_an_integer_becomes_a_number_and_a_decimal(tmp_path: Path, warehouse: str) -> None:
    project = Widening(tmp_path, warehouse)
    project.load("BIGINT", 12)
    project.load("DECIMAL(9, 2)", 12)
    found = project.load("DOUBLE", 12.5)
    assert (found["seen"], found["first_one"], found["least"]) == (["12", "12.5"], "12", "12")
    assert (dict(found["counts"]), found["distinct_ones"], found["total"]) == ({"12": 2, "12.5": 1}, 2, 36.5)
    assert project.is_verified()


@pytest.mark.parametrize("warehouse", QUICK)
def test_an_integer_becomes_text(tmp_path: Path, warehouse: str) -> None:
    project = Widening(tmp_path, warehouse)
    project.load("BIGINT", 12)
    found = project.load("VARCHAR", "twelve")
    assert found["seen"] == ["12", "twelve"]
    assert project.is_verified()


@pytest.mark.parametrize("warehouse", QUICK)
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
