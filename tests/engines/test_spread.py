"""Numbers that lie close together, far from 0, or are alike: through dbt, over days and loads that are merged."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests import harness, reference
from tests.engines.test_regressions import LABEL, SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import Attribute, View, user_entity

LONG = ("bigquery", "snowflake", "spark")
VALUES = {
    "far": [str(1_000_000_000 + place * 37 % 101 / 100) for place in range(120)],
    "apart": ["1e9", *(str(1 + place % 7 / 1000) for place in range(60))],
    "wide": ["1e140", "-1e140", "0", "1e-140", "3"],
    "alike": ["0.1"] * 7 + ["x"],
    "one": ["0.1"],
    "large": ["1", "2", "1e200"],
    "small": ["1e-200", "3e-200"],
    "none": ["x", None],
}
"""The interpreter computes with fractions; `far` loses all digits where numbers and their squares are added up."""


def made(name: str, aggregation: str, **more: object) -> Attribute:
    return Attribute(name=name, type="double", aggregation=aggregation, property=LABEL, **more)


@pytest.mark.parametrize("warehouse", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in LONG)])
def test_spread(tmp_path: Path, warehouse: str) -> None:
    view = View(
        name="v",
        entity=user_entity,
        owner="owner@example.com",
        offline=True,
        attributes=[
            made("stddev", "stddev"),
            made("variance", "variance"),
            made("recent", "variance", period=timedelta(days=2)),
            made("or_default", "variance", default_value=7.0),
            made("median", "percentile", q=0.5),
            made("upper", "percentile", q=0.9),
        ],
    )
    rows = [
        row(f"{user}{place}", timedelta(days=place % 4, minutes=place), se_label=value, domain_userid=user)
        for user, values in VALUES.items()
        for place, value in enumerate(values)
    ]
    harness.make_workspace(tmp_path, rows, WAREHOUSES[warehouse].columns(EVENTS_COLUMNS), warehouse)
    found = harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    assert harness.differences(view, found, reference.compute(view, rows, **SETTINGS.for_reference())) == []
    assert {user: found[user]["stddev"] for user in ("alike", "one", "small")} == {"alike": 0, "one": 0, "small": 0}
    assert found["large"]["or_default"] is None
    assert found["none"]["or_default"] == 7.0
