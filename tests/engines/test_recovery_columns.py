"""Columns of versions of a schema whose types do not fit the column of the others: loaders put their events there."""

from datetime import date, datetime
from pathlib import Path

import pytest
from tests import harness
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import Attribute, Criteria, Criterion, Entity, EntityProperty, EventProperty, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.inspect.verify import verify_project
from snowplow_signals.loader_names import columns_of

PAY, PART = "unstruct_event_com_acme_pay_1", "contexts_com_acme_part_1"
OLDER, NEWER = f"{PAY}_recovered_1_0_9_00ab12ff", f"{PAY}_recovered_1_0_10_737559706"
AS_DOCUMENTED = f"{PAY}_1_0_recovered_9999999"
OTHERS = (f"{PAY}0", f"{PAY}0_recovered_10_0_1_ff", f"{PAY}_recovered", f"{PAY}_recovered_1_0", f"{PAY}_x")


@pytest.mark.parametrize("target_type", TARGET_TYPES)
def test_where_a_schema_is(target_type: str) -> None:
    dialect = dialect_named(target_type)
    json_type = {"snowflake": "VARIANT", "postgres": "jsonb"}.get(target_type, "JSON")
    columns = dict.fromkeys((OLDER, NEWER, AS_DOCUMENTED, *OTHERS), json_type) | {f"{PAY}_0_3": json_type}
    assert columns_of(columns, PAY) == [AS_DOCUMENTED, NEWER, OLDER, f"{PAY}_0_3"]
    assert columns_of({**columns, PAY: json_type}, PAY.upper())[0] == PAY
    if target_type not in ("spark", "databricks"):  # which have no type JSON
        access = dialect.access(EventProperty(vendor="com.acme", name="pay", major_version=1, path="total"))
        found = dialect.found(columns, access)
        assert [sql.replace(access.column, "", 1).count("recovered") for sql, _ in found] == [1, 1, 1, 0]
        assert all(name in sql for name, (sql, _) in zip(columns_of(columns, PAY), found, strict=True))


def test_values_of_every_version_count(tmp_path: Path) -> None:
    view = View(
        name="paid",
        version=1,
        entity=user_entity,
        offline=True,
        owner="ann@acme.com",
        attributes=[
            Attribute(
                name="total",
                type="double",
                aggregation="sum",
                property=EventProperty(vendor="com.acme", name="pay", major_version=1, path="total"),
            ),
            Attribute(
                name="skus",
                type="string_list",
                aggregation="unique_list",
                property=EntityProperty(vendor="com.acme", name="part", major_version=1, path="skuCode"),
            ),
        ],
    )
    types = {name: EVENTS_COLUMNS[name] for name in ("event_id", "load_tstamp", "collector_tstamp", "domain_userid")}
    types |= {
        PAY: "STRUCT(total BIGINT)",
        OLDER: "STRUCT(total VARCHAR, note VARCHAR)",
        NEWER: "STRUCT(total DOUBLE)",
        AS_DOCUMENTED: "STRUCT(note VARCHAR)",
        f"{PAY}0": "STRUCT(total BIGINT)",
        PART: "STRUCT(_schema_version VARCHAR, sku_code BIGINT)[]",
        f"{PART}_recovered_1_0_1_0badcafe": "STRUCT(sku_code VARCHAR)[]",
    }
    bodies = [
        {PAY: {"total": 1}, PART: [{"_schema_version": "1-0-0", "sku_code": 7}]},
        {OLDER: {"total": "20", "note": "x"}, f"{PART}_recovered_1_0_1_0badcafe": [{"sku_code": "seven"}]},
        {NEWER: {"total": 300.5}},
        {AS_DOCUMENTED: {"note": "x"}},
        {f"{PAY}0": {"total": 9000}},
    ]
    at = datetime(2025, 3, 1)
    rows = [
        {"event_id": f"e{number}", "load_tstamp": at, "collector_tstamp": at, "domain_userid": "ann", **body}
        for number, body in enumerate(bodies)
    ]
    harness.make_workspace(tmp_path, rows, types)
    variables = {"snowplow__as_of_date": str(date(2025, 3, 2))}
    found = harness.run_project(tmp_path, view, **variables)
    assert found == {"ann": {"total": 321.5, "skus": ["7", "seven"]}}
    with opened(tmp_path / view.project_name, view, "duckdb", tmp_path, variables=variables) as project:
        assert verify_project(project, sample=None, from_source=True).differences == ()


ID = EntityProperty(vendor="com.acme", name="account", major_version=1, path="id")
ACCOUNT = "contexts_com_acme_account_1"


@pytest.mark.parametrize("warehouse", ["duckdb", "postgres"])
def test_an_identifier_that_is_only_in_a_recovered_column(tmp_path: Path, warehouse: str) -> None:
    """Of a schema whose own column was never made; it is a number, and criteria and values go by it too."""
    recovered = f"{ACCOUNT}_recovered_1_0_1_0badcafe"
    types = {name: EVENTS_COLUMNS[name] for name in ("event_id", "load_tstamp", "collector_tstamp", "domain_userid")}
    columns = WAREHOUSES[warehouse].columns({**types, recovered: "STRUCT(id BIGINT, plan VARCHAR)[]"})
    plan = EntityProperty(vendor="com.acme", name="account", major_version=1, path="plan")
    paid = Criteria(all=[Criterion(property=plan, operator="in", value=["pro", "team"])])
    view = View(
        name="accounts",
        version=1,
        entity=Entity(name="account", key="account_id", property=ID),
        offline=True,
        owner="ann@acme.com",
        attributes=[
            Attribute(name="n", type="int64", aggregation="counter", criteria=paid),
            Attribute(name="last_id", type="string", aggregation="last", property=ID),
            Attribute(name="number", type="int64", aggregation="first", property=ID),
            Attribute(name="is_seven", type="int64", aggregation="counter", criteria=_seven()),
        ],
    )
    rows = [
        {
            "event_id": f"e{number}",
            "load_tstamp": datetime(2025, 3, 1, number),
            "collector_tstamp": datetime(2025, 3, 1, number),
            "domain_userid": "ann",
            **({recovered: [{"id": account, "plan": plan}]} if account else {}),
        }
        for number, (account, plan) in enumerate([(7, "pro"), (2**53 + 1, "free"), (None, None), (7, "team")])
    ]
    harness.make_workspace(tmp_path, rows, columns, warehouse)
    variables = {"snowplow__as_of_date": str(date(2025, 3, 2))}
    found = harness.run_project(tmp_path, view, **variables)
    large = 2**53 + 1
    assert found == {
        "7": {"n": 2, "last_id": "7", "number": 7, "is_seven": 2},
        str(large): {"n": 0, "last_id": str(large), "number": large, "is_seven": 0},
    }
    with opened(tmp_path / view.project_name, view, warehouse, tmp_path, variables=variables) as project:
        assert verify_project(project, sample=None, from_source=True).differences == ()


def _seven() -> Criteria:
    return Criteria(all=[Criterion(property=ID, operator="=", value="7")])
