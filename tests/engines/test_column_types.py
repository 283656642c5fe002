"""Events tables whose columns have other types than usual, with the same values."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, View, user_entity


def attribute(name: str, type: str, aggregation: str, column: str, **more: Any) -> Attribute:
    property = AtomicProperty(name=column, **more)
    return Attribute(name=name, type=type, aggregation=aggregation, property=property)


ATTRIBUTES = [
    Attribute(name="n", type="int64", aggregation="counter"),
    attribute("total", "double", "sum", "se_value"),
    attribute("depth", "int32", "max", "pp_yoffset_max"),
    attribute("depths", "int64_list", "unique_list", "pp_yoffset_max"),
    attribute("last_depth", "string", "last", "pp_yoffset_max"),
    attribute("ids", "string_list", "unique_list", "event_id"),
    attribute("created", "timestamp", "max", "dvce_created_tstamp"),
    attribute("last_created", "timestamp", "last", "dvce_created_tstamp"),
    attribute("unix", "unix_timestamp", "last", "dvce_created_tstamp"),
    attribute("hour", "int32", "last", "dvce_created_tstamp", date_part="hour_of_day"),
    attribute("week", "string", "last", "dvce_created_tstamp", date_part="active_week"),
    attribute("loads", "int64", "approx_count_distinct", "load_tstamp"),
    Attribute(name="since", type="double", aggregation="time_since_last", time_unit="h"),
]
FIRST, SECOND = "0b9a6ba2-5e4c-4d0e-9f6f-0123456789ab", "f47ac10b-58cc-4372-a567-0e02b2c3d479"
ROWS = [
    row(FIRST, se_value=0.5, pp_yoffset_max=200, dvce_created_tstamp=datetime(2025, 3, 3, 4, 5, 6)),
    row(SECOND, se_value=2.0, pp_yoffset_max=7, dvce_created_tstamp=datetime(2025, 3, 2, 23, 59, 59)),
    row(SECOND, se_value=9.0, load_tstamp=datetime(2025, 3, 6, 1)),
]


@pytest.mark.parametrize("warehouse", QUICK)
@pytest.mark.parametrize(
    ("time", "number", "integer"),
    [
        ("TIMESTAMP_S", "FLOAT", "UTINYINT"),
        ("TIMESTAMP_MS", "DECIMAL(9, 1)", "HUGEINT"),
        ("TIMESTAMP_NS", "VARCHAR", "UBIGINT"),
        ("TIMESTAMP WITH TIME ZONE", "DOUBLE", "SMALLINT"),
    ],
)
def test_types_of_columns(tmp_path: Path, warehouse: str, time: str, number: str, integer: str) -> None:
    times = ("load_tstamp", "derived_tstamp", "collector_tstamp", "dvce_created_tstamp")
    columns = EVENTS_COLUMNS | dict.fromkeys(times, time)
    columns |= {"event_id": "UUID", "se_value": number, "pp_yoffset_max": integer}
    view = View(name="v", entity=user_entity, attributes=ATTRIBUTES, owner="owner@example.com", offline=True)
    harness.make_workspace(tmp_path, ROWS, WAREHOUSES[warehouse].columns(columns), warehouse)
    found = harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    assert harness.differences(view, found, reference.compute(view, ROWS, **SETTINGS.for_reference())) == []
    assert found["u"]["total"] == 2.5
