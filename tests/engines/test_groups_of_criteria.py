"""Groups of criteria and comparisons of two properties, through dbt on each engine, and again by `verify`."""

from pathlib import Path
from random import Random

import pytest
from tests import harness, random_views, reference
from tests.events_table import EVENTS_COLUMNS, as_tracked
from tests.random_events import rows_of_seed
from tests.strategies import SETTINGS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import Attribute, Criteria, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.inspect.verify import verify_project

ENGINES = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "snowflake", "spark"))]
NUMBER = 24


def counted(number: int, random: Random) -> Attribute:
    """One whose criteria tell events apart in several ways: a group in a group, and two properties."""
    inner = random_views.criteria_of_form(random, random.choice(("all", "any", "both")), 2)
    beside = [random_views.of_two(random), random_views.criterion(random)]
    groups = (
        Criteria(any=[inner, *beside]) if number % 2 else Criteria(all=[Criteria(any=[inner, *beside])], any=beside)
    )
    return Attribute(name=f"n{number}", type="int64", aggregation="counter", criteria=groups)


@pytest.mark.parametrize("warehouse", ENGINES)
def test_groups_and_pairs(tmp_path: Path, warehouse: str, record_property) -> None:
    random = Random(17)
    view = View(
        name="v",
        entity=user_entity,
        owner="owner@example.com",
        offline=True,
        attributes=[counted(number, random) for number in range(NUMBER)],
    )
    columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
    rows = rows_of_seed(17, user_entity, 150)
    rows = rows if columns is EVENTS_COLUMNS else [as_tracked(row) for row in rows]
    harness.make_workspace(tmp_path, rows, columns, warehouse)
    found = harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    expected = reference.compute(view, rows, **SETTINGS.for_reference())
    assert harness.differences(view, found, expected) == []
    counts = [len({cells[f"n{number}"] for cells in expected.values()}) for number in range(NUMBER)]
    assert sum(count > 1 for count in counts) > NUMBER / 2
    record_property("compared", len(expected) * NUMBER)
    with opened(tmp_path / view.project_name, view, warehouse, tmp_path, variables=SETTINGS.for_dbt()) as deployed:
        report = verify_project(deployed, sample=None)
    assert (report.entities, report.cells_differing) == (len(expected), {})
