"""`snowplow__duplicate_lookback_days`: rows with one event_id are copies only if their days are near each other."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import SignalsError
from snowplow_signals.inspect.verify import verify_project
from snowplow_signals.run.runner import run_project

LABEL = AtomicProperty(name="se_label")
VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        Attribute(name="n", type="int64", aggregation="counter"),
        Attribute(name="week", type="int64", aggregation="counter", period=timedelta(days=7)),
        Attribute(name="spent", type="double", aggregation="sum", property=AtomicProperty(name="se_value")),
        Attribute(name="first", type="string", aggregation="first", property=LABEL),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
    ],
)
AS_OF, START, BOUND = date(2025, 3, 20), date(2025, 3, 1), 2
VARIABLES = {
    "snowplow__start_date": START.isoformat(),
    "snowplow__duplicate_lookback_days": BOUND,
    "snowplow__late_event_lookback_days": -1,
    "snowplow__load_lookback_days": -1,
}
OTHERS = ("postgres", "bigquery", "snowflake", "spark")
ENGINES = ["duckdb", *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)]


def copy(event_id: str, day: float, loaded: float, user: str = "ann", **more: Any) -> dict[str, Any]:
    """A row of a day, and of a time of load in days after the first one."""
    when = datetime.combine(START, datetime.min.time())
    happened = when + timedelta(days=day)
    times = {"derived_tstamp": happened, "collector_tstamp": happened, "load_tstamp": when + timedelta(days=loaded)}
    return {"event_id": event_id, "domain_userid": user, "se_label": None, "se_value": None, **times, **more}


def made_up(seed: int) -> list[dict[str, Any]]:
    """Events whose ids are used again: within the bound of each other, or farther apart than twice the bound."""
    chance, rows = random.Random(seed), []
    for number in range(25):
        for base in chance.sample((0, 5, 10), chance.choice((1, 1, 2, 3))):
            for _ in range(chance.choice((1, 1, 2, 3))):
                day = base + chance.randint(0, BOUND) + chance.random()
                loaded = day + chance.choice((0, 0.1, 1, 6))
                what = {"se_label": chance.choice("abc"), "se_value": float(chance.randint(0, 9))}
                rows.append(copy(f"e{number}", day, loaded, chance.choice(("ann", "bob", "eve")), **what))
    chance.shuffle(rows)
    return rows


class Project:
    def __init__(self, root: Path, warehouse: str) -> None:
        self.root, self.folder = root, root / VIEW.project_name
        self.columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
        self.rows: list[dict[str, Any]] = []
        harness.make_workspace(root, [], self.columns, warehouse)
        harness.write_project(self.folder, VIEW, warehouse)

    def take(self, rows: Iterable[dict[str, Any]], **more: Any) -> None:
        rows = list(rows)
        harness.write_events(self.root, rows, self.columns)
        self.rows += rows
        run_project(self.folder, profiles_dir=self.root, variables=VARIABLES | more, as_of=AS_OF)

    def differing(self, bound: int = BOUND) -> list[str]:
        expected = reference.compute(VIEW, self.rows, as_of=AS_OF, start_date=START, duplicate_days=bound)
        return harness.differences(VIEW, harness.attributes_of(self.root, VIEW), expected)

    def stored(self) -> list[dict[str, Any]]:
        return harness.read_table(self.root, f"{harness.DERIVED}.{VIEW.project_name}_filtered_events")

    def accounted(self) -> int:
        """Stored events, by what the runs say of themselves."""
        history = harness.read_table(self.root, f"{harness.MANIFEST}.{VIEW.project_name}_run_history")
        return sum(line["rows_used"] - line["winners_replaced"] for line in history)


@pytest.mark.parametrize("warehouse", ENGINES)
def test_attributes_are_what_the_interpreter_says(tmp_path: Path, warehouse: str) -> None:
    project, rows = Project(tmp_path, warehouse), made_up(7)
    third = len(rows) // 3
    for part in (rows[:third], rows[third : 2 * third], rows[2 * third :]):
        project.take(part)
        assert project.differing() == []
    assert project.differing(bound=-1) != []  # the events are such that it matters
    assert len(project.stored()) == project.accounted()
    harness.dbt(project.folder, tmp_path, "test", **VARIABLES)
    with opened(project.folder, VIEW, warehouse, tmp_path, variables=VARIABLES) as deployed:
        for from_source in (False, True):
            assert verify_project(deployed, sample=None, from_source=from_source).differences == ()


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("snowflake", marks=pytest.mark.long)])
def test_chains_of_copies_are_accounted_for(tmp_path: Path, warehouse: str) -> None:
    """Where the middle one of three is near to both others, their order decides which count; none counts twice."""
    project = Project(tmp_path, warehouse)
    project.take([copy("e", 2, 8), copy("e", 6, 9)])
    project.take([copy("e", 4, 7)])
    project.take([copy("e", 3, 6.2), copy("e", 5, 6.1), copy("f", 1, 1), copy("f", 3, 3), copy("f", 5, 5)])
    assert len(project.stored()) == project.accounted()
    harness.dbt(project.folder, tmp_path, "test", **VARIABLES)


@pytest.mark.parametrize(
    ("warehouse", "before", "after"), [("duckdb", -1, 2), ("duckdb", 2, 3), ("duckdb", 2, -1), ("postgres", 2, 3)]
)
def test_another_bound_is_refused(tmp_path: Path, warehouse: str, before: int, after: int) -> None:
    project = Project(tmp_path, warehouse)
    project.take([copy("e", 1, 1), copy("e", 9, 9)], snowplow__duplicate_lookback_days=before)
    stored = project.stored()
    with pytest.raises(
        SignalsError, match=r"(?s)snowplow__duplicate_lookback_days has changed.*--full-refresh"
    ) as refused:
        project.take([copy("f", 1, 1)], snowplow__duplicate_lookback_days=after)
    assert "copies of one event" in str(refused.value)
    assert project.stored() == stored
