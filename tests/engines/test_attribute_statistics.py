"""Each publication is described in the warehouse as Python describes it, on every engine."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, reference_statistics
from tests.engines.test_regressions import LABEL, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, Derived, Event, View, coalesce, user_entity, value, when
from snowplow_signals.project.kept import plan_of

VALUE = AtomicProperty(name="se_value")
ENGINES = [
    *("duckdb", "postgres", "snowflake"),
    *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "spark", "databricks")),
]


def made(name: str, type: str, aggregation: str, period: int | str | None = None, **more: Any) -> Attribute:
    """A number is one of days."""
    length = timedelta(days=period) if isinstance(period, int) else period
    return Attribute(name=name, type=type, aggregation=aggregation, period=length, **more)


VIEW = View(
    name="described",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        made("chunks", "int64", "counter"),
        made("today", "int32", "counter", 1),
        made("spent", "double", "sum", 7, property=VALUE),
        made("usual", "double", "mean", 7, property=VALUE, default_value=0.5),
        made("last_label", "string", "last", property=LABEL, default_value="none"),
        made("frequent", "string", "most_frequent", 7, property=LABEL),
        made("is_new", "bool", "last", property=AtomicProperty(name="se_property")),
        made("raw", "bytes", "last", 7, property=LABEL),
        made("seen", "double", "time_since_last", time_unit="d"),
        made("first_seen", "timestamp", "min", property=AtomicProperty(name="collector_tstamp")),
        made("first_second", "unix_timestamp", "max", 7, property=AtomicProperty(name="collector_tstamp")),
        made("labels", "string_list", "unique_list", 7, property=LABEL),
        made("label_counts", "dict", "category_count", 7, property=LABEL),
        made("distinct_labels", "int64", "approx_count_distinct", property=LABEL),
        made("was_seen", "bool", "exists", 7),
        made("days", "int64", "days_active"),
        made("spread", "double", "stddev", 7, property=VALUE),
        made("median", "double", "percentile", property=VALUE, q=0.5),
        made("chunks_before", "int64", "counter", 2, offset=timedelta(days=2)),
        made("spent_this_week", "double", "sum", "week", property=VALUE),
        made("spent_last_month", "double", "sum", "month", property=VALUE, offset=1, default_value=-1.0),
        Derived(name="per_event", type="double", expression=value("spent") / value("chunks")),
        Derived(name="Rounded", type="int64", expression=value("per_event").round()),
        Derived(
            name="tier", type="string", expression=when(value("chunks") > 2).then("many").otherwise(value("last_label"))
        ),
        Derived(name="is_spender", type="bool", expression=value("spent") > 10),
        Derived(name="second_or_first", type="double", expression=coalesce(value("first_second"), -1) / 86_400),
        Derived(name="first_of_many", type="timestamp", expression=when(value("chunks") > 1).then(value("first_seen"))),
        Derived(name="is_idle", type="bool", expression=value("seen") > 1),
    ],
)
AT_READ = "is_idle"
"""A column of no table, so that nothing is described."""
FIRST, SECOND = date(2025, 3, 8), date(2025, 3, 10)


def events(seed: int, users: int, first: datetime, days: int) -> list[dict[str, Any]]:
    made_up, rows = random.Random(seed), []
    for user in range(users):
        for number in range(made_up.choice((1, 1, 2, 3, 8))):
            when = first + timedelta(days=made_up.randrange(days), seconds=made_up.randrange(80_000))
            rows.append(
                row(f"{seed}-{user}-{number}")
                | {
                    "domain_userid": f"u{user}",
                    "derived_tstamp": when,
                    "collector_tstamp": when,
                    "load_tstamp": when,
                    "se_label": made_up.choice((None, "a", "b", "c", "äö'{{ x }}", f"only {user}")),
                    "se_value": made_up.choice((None, 0.0, 1.0, 2.5, -3.25, made_up.random() * 100)),
                    "se_property": made_up.choice(("true", "false", None)),
                }
            )
    return rows


def statistics(workspace: Path) -> list[dict[str, Any]]:
    """By publication and attribute."""
    rows = harness.read_table(workspace, f"{harness.DERIVED}.described_1_attribute_statistics")
    return sorted(rows, key=lambda one: (one["planned_at"], one["attribute"]))


def check(found: dict[str, Any], wanted: dict[str, Any], where: str) -> int:
    for name, right in wanted.items():
        assert reference.same(found[name], right, 1e-9), f"{where} {name}: found {found[name]!r}, should be {right!r}"
    return len(wanted)


@pytest.mark.parametrize("engine", ENGINES)
def test_statistics_are_those_of_the_published_values(tmp_path: Path, engine: str) -> None:
    """Two publications: the second is compared with the bins of the first. A third run changes nothing."""
    columns = WAREHOUSES[engine].columns(EVENTS_COLUMNS)
    harness.make_workspace(tmp_path, events(1, 60, datetime(2025, 3, 1), 7), columns, engine)
    published = [harness.run_project(tmp_path, VIEW, "run", snowplow__as_of_date=str(FIRST), **ALL)]
    harness.write_events(tmp_path, events(2, 80, datetime(2025, 3, 8), 2), columns)
    published.append(harness.run_project(tmp_path, VIEW, "run", snowplow__as_of_date=str(SECOND), **ALL))
    rows = statistics(tmp_path)
    harness.run_project(tmp_path, VIEW, "run", snowplow__as_of_date=str(SECOND), **ALL)
    assert statistics(tmp_path) == rows

    described = harness.columns_of(VIEW)
    per_run = len(described)
    assert {one["attribute"] for one in rows} == {one.column for one in VIEW.attributes} - {AT_READ}
    assert len(rows) == 2 * per_run
    assert [one["as_of"] for one in rows] == [FIRST] * per_run + [SECOND] * per_run
    assert all((one["pinned_at"] is None) == (one["as_of"] == SECOND) for one in rows)
    compared = 0
    for attribute in described:
        first, second = (one for one in rows if one["attribute"] == attribute.column)
        for row_, attributes, baseline in ((first, published[0], None), (second, published[1], first)):
            values = [one[attribute.name] for one in attributes.values()]
            wanted = reference_statistics.described(values, attribute, row_["as_of"], baseline)
            brought = {} if isinstance(attribute, Attribute) else {"day_entities": None, "day_amount": None}
            compared += check(row_, wanted | day(row_) | brought, f"{engine} {row_['as_of']} {attribute.name}")
        apart = reference_statistics.psi(second, first, "bin")
        wanted = {"psi_baseline": apart, "psi_before": apart}
        compared += check(second, wanted, attribute.name)
        compared += check(first, dict.fromkeys(wanted), attribute.name)
    assert compared > 2000


ALL = {"snowplow__backfill_limit_days": -1}


def day(found: dict[str, Any]) -> dict[str, Any]:
    return {"day": found["as_of"] - timedelta(days=1)}


def narrow(*attributes: Attribute) -> View:
    return VIEW.model_copy(update={"attributes": attributes})


def test_what_happens_to_statistics(tmp_path: Path) -> None:
    """A build that ends before them is described by the next one; definitions change; a full refresh keeps them."""
    columns = WAREHOUSES["duckdb"].columns(EVENTS_COLUMNS)
    rows = events(1, 40, datetime(2025, 3, 1), 7)
    harness.make_workspace(tmp_path, rows, columns)
    count, spent = VIEW.attributes[0], VIEW.attributes[2]
    first = {"snowplow__as_of_date": str(FIRST), **ALL}
    harness.run_project(tmp_path, narrow(count), "run --exclude described_1_attribute_statistics+", **first)
    assert harness.attributes_of(tmp_path, narrow(count))
    harness.run_project(tmp_path, narrow(count), "run", **first)
    harness.run_project(tmp_path, narrow(count), "build", **first)
    (described,) = statistics(tmp_path)
    assert described["entities"] == len({one["domain_userid"] for one in rows})

    changed = spent.model_copy(update={"type": "float"})
    second = {"snowplow__as_of_date": str(SECOND), "snowplow__accept_changes": True, **ALL}
    harness.run_project(tmp_path, narrow(count, spent), "run", **{**second, "snowplow__as_of_date": "2025-03-09"})
    harness.run_project(tmp_path, narrow(changed), "run", **second)
    harness.run_project(tmp_path, narrow(changed), "run --full-refresh", **second)
    found = [(one["as_of"].day, one["attribute"], one["type"], bool(one["pinned_at"])) for one in statistics(tmp_path)]
    assert sorted(found) == [
        (8, "chunks", "int64", True),
        (9, "chunks", "int64", False),
        (9, "spent", "double", True),
        (10, "spent", "float", True),  # a type of its own has a baseline of its own; the full refresh changed nothing
    ]


def test_each_of_several_views_is_described(tmp_path: Path) -> None:
    """In one table, by the entities that the view has."""
    columns = WAREHOUSES["duckdb"].columns(EVENTS_COLUMNS)
    rows = events(1, 30, datetime(2025, 3, 1), 7)
    for number, one in enumerate(rows):
        one["event_name"] = "click" if number % 3 else "view"
    harness.make_workspace(tmp_path, rows, columns)
    clicks, seen = (
        View(
            name=name,
            entity=user_entity,
            owner="owner@example.com",
            offline=True,
            attributes=[
                made("n", "int64", "counter", events=[Event(name=event)]),
                made("label", "string", "last", property=LABEL, events=[Event(name=event)]),
                Derived(name="twice", type="int64", expression=value("n") * factor),
            ],
        )
        for name, event, factor in (("clicks", "click", 2), ("seen", "view", -2))
    )
    project = plan_of((clicks, seen)).project_name
    harness.write_project(tmp_path / project, (clicks, seen))
    harness.dbt(tmp_path / project, tmp_path, "run", snowplow__as_of_date=str(FIRST), **ALL)
    found = harness.read_table(tmp_path, f"{harness.DERIVED}.{project}_attribute_statistics")
    assert len(found) == 6
    for view in (clicks, seen):
        published = harness.attributes_of(tmp_path, view)
        for attribute in view.attributes:
            (row_,) = (
                one for one in found if (one["view_name"], one["attribute"]) == (view.project_name, attribute.column)
            )
            values = [one[attribute.name] for one in published.values()]
            check(row_, reference_statistics.described(values, attribute, FIRST, None), view.name)
