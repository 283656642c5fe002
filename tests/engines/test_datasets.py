"""Training sets: each cell as the interpreter says, on every engine, at moments around the events."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, reference_datasets
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, Event, View, user_entity
from snowplow_signals.datasets import Anchor, Dataset
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import UsageError
from snowplow_signals.run.runner import run_project

LABEL, VALUE = AtomicProperty(name="se_label"), AtomicProperty(name="se_value")
CLICK = Event(name="click")
WEEK, DAY = timedelta(days=7), timedelta(days=1)


def attribute(name: str, aggregation: str, kind: str, **more: Any) -> Attribute:
    return Attribute(name=name, type=kind, aggregation=aggregation, **more)


VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        attribute("n", "counter", "int64"),
        attribute("Clicks_last_day", "counter", "int32", events=[CLICK], period=DAY),
        attribute("spent", "sum", "double", property=VALUE),
        attribute("spent_last_week", "sum", "double", property=VALUE, period=WEEK, default_value=-1.0),
        attribute("mean_value", "mean", "double", property=VALUE, period=WEEK),
        attribute("dearest", "max", "double", property=VALUE, events=[CLICK]),
        attribute("first_label", "first", "string", property=LABEL),
        attribute("last_label", "last", "string", property=LABEL, period=WEEK, default_value="none"),
        attribute("labels", "unique_list", "string_list", property=LABEL),
        attribute("labels_last_day", "unique_list", "string_list", property=LABEL, period=DAY),
        attribute("usual", "most_frequent", "string", property=LABEL, period=WEEK),
        attribute("counts", "category_count", "dict", property=LABEL),
        attribute("kinds", "approx_count_distinct", "int64", property=LABEL, period=WEEK),
        attribute(
            "cheap", "counter", "int64", criteria=Criteria(all=[Criterion.lt(VALUE, 3)]), events=[CLICK], period=WEEK
        ),
        attribute("hours_since_last", "time_since_last", "double", time_unit="h", period=WEEK),
        attribute("days_since_first", "time_since_first", "double", time_unit="d", default_value=99.0),
    ],
)
START = date(2025, 3, 1)
FIRST = datetime(2025, 3, 1)
AS_OF = date(2025, 3, 25)
VARIABLES = {"snowplow__start_date": START.isoformat(), "snowplow__late_event_lookback_days": -1}
USERS = ("ann", "bob", "o'neil\n{{ 1 }}")
ENGINES = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "snowflake", "spark"))]
MODES = [(mode, known) for mode in ("as_served", "exact") for known in (False, True)]


def events(seed: int) -> list[dict[str, Any]]:
    """Events at whole hours, so that many meet an anchor; late ones, copies of which another was loaded first."""
    chance, rows = random.Random(seed), []
    for number in range(120):
        happened = FIRST + timedelta(days=chance.randint(0, 16), hours=chance.choice((0, 8, 12, 23)))
        load = happened + timedelta(hours=chance.choice((0, 1, 1, 30, 200)))
        row = {
            "event_id": f"e{number % 100}",
            "domain_userid": chance.choice(USERS),
            "event_name": chance.choice(("click", "view")),
            "derived_tstamp": happened,
            "collector_tstamp": happened,
            "load_tstamp": load,
            "se_label": chance.choice(("a", "b", "c", None)),
            "se_value": chance.choice((0.5, 2.0, 7.25, None)),
        }
        rows.append(row)
    return rows


def anchors(rows: list[dict[str, Any]], seed: int) -> list[Anchor]:
    """At the times of events, a microsecond beside, at midnight, before all and after all; some twice."""
    chance, found = random.Random(seed), []
    for row in chance.sample(rows, 30):
        moment = row["derived_tstamp"] + chance.choice((-1, 0, 0, 1)) * timedelta(microseconds=1)
        found.append(Anchor(row["domain_userid"], moment + chance.choice((timedelta(), DAY, WEEK)), (row["event_id"],)))
    ends = (FIRST - DAY, FIRST, FIRST + WEEK, datetime(2025, 4, 20))
    return [*found, *found[:2], *(Anchor(user, end, ("end",)) for user in (*USERS, "nobody") for end in ends)]


@pytest.mark.parametrize("warehouse", ENGINES)
def test_values_are_what_the_interpreter_says(tmp_path: Path, warehouse: str) -> None:
    columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
    rows = events(3)
    harness.make_workspace(tmp_path, rows[:70], columns, warehouse)
    folder = tmp_path / VIEW.project_name
    harness.write_project(folder, VIEW, warehouse)
    run_project(folder, profiles_dir=tmp_path, variables=VARIABLES, as_of=AS_OF)
    harness.write_events(tmp_path, rows[70:], columns)
    run_project(folder, profiles_dir=tmp_path, variables=VARIABLES, as_of=AS_OF, full_scan=True)
    asked = anchors(rows, 5)
    compared = 0
    with opened(folder, VIEW, warehouse, tmp_path, variables=VARIABLES) as deployed:
        for mode, known in MODES:
            dataset = Dataset(deployed, mode=mode, known=known)
            pairs = [(one.entity, one.moment) for one in asked]
            expected = reference_datasets.training_set(VIEW, rows, pairs, mode=mode, known=known, start_date=START)
            found = list(dataset.rows(asked))
            assert [anchor for anchor, _ in found] == asked
            for (anchor, values), truth in zip(found, expected, strict=True):
                for one, value in zip(VIEW.attributes, values, strict=True):
                    wanted = None if truth is None else served(one, truth[one.name], anchor.moment)
                    assert reference.same(value, wanted), (mode, known, anchor, one.name, value, wanted)
                    compared += 1
            report = dataset.report
            assert (report.rows, report.rows_without_events) == (len(asked), expected.count(None))
            assert 0 < expected.count(None) < len(asked)
    assert compared == len(MODES) * len(asked) * len(VIEW.attributes)


def served(one: Attribute, value: Any, moment: datetime) -> Any:
    """As an application reads it."""
    if one.time_unit is None:
        return value
    if not isinstance(value, datetime):
        return one.default_value
    return (moment - value) / timedelta(**{{"h": "hours", "d": "days"}[one.time_unit]: 1})


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, events(3), EVENTS_COLUMNS, "duckdb")
    folder = tmp_path / VIEW.project_name
    harness.write_project(folder, VIEW, "duckdb")
    with (
        opened(folder, VIEW, "duckdb", tmp_path, variables=VARIABLES) as deployed,
        pytest.raises(UsageError, match="v_1 has published nothing yet"),
    ):
        Dataset(deployed)
    run_project(folder, profiles_dir=tmp_path, variables=VARIABLES, as_of=AS_OF)
    with (
        opened(folder, VIEW, "duckdb", tmp_path, variables=VARIABLES) as deployed,
        pytest.raises(UsageError, match="as_served or exact, not 'served'"),
    ):
        Dataset(deployed, mode="served")  # type: ignore[arg-type]
