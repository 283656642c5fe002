"""Small cases in which the generated SQL was once wrong, each found by the random definitions and events."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, strategies
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    DefinitionError,
    Entity,
    Event,
    View,
    user_entity,
)
from snowplow_signals.plan import plan_view

LABEL, OTHER = AtomicProperty(name="se_label"), AtomicProperty(name="se_property")
SETTINGS = strategies.Settings(date(2025, 3, 10), date(2025, 1, 1), (), False)


def row(event_id: str = "e1", after: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    when = datetime(2025, 3, 5, 10) + after
    times = {"derived_tstamp": when, "collector_tstamp": when, "load_tstamp": when}
    return {"event_id": event_id, "domain_userid": "u", **times, **more}


def check(
    workspace: Path,
    attributes: list[Attribute],
    rows: list[dict[str, Any]],
    entity: Entity = user_entity,
    warehouse: str = "duckdb",
) -> dict[str, Any]:
    """The row of the entity u, after it was found to be what the interpreter says."""
    view = View(name="v", entity=entity, attributes=attributes, owner="owner@example.com", offline=True)
    harness.make_workspace(workspace, rows, WAREHOUSES[warehouse].columns(EVENTS_COLUMNS), warehouse)
    found = harness.run_project(workspace, view, "run", **SETTINGS.for_dbt())
    assert harness.differences(view, found, reference.compute(view, rows, **SETTINGS.for_reference())) == []
    return found["u"]


@pytest.mark.parametrize("text", ["a\nb", "a\n  b\r\nc", "\n"])
@pytest.mark.parametrize("warehouse", QUICK)
def test_lines_in_a_text_are_not_indented_with_the_sql(tmp_path: Path, warehouse: str, text: str) -> None:
    criteria = Criteria(all=[Criterion(property=LABEL, operator="=", value=text)])
    found = check(
        tmp_path,
        [
            Attribute(name="n", type="int64", aggregation="counter", criteria=criteria),
            Attribute(
                name="d",
                type="string",
                aggregation="first",
                property=AtomicProperty(name="se_property"),
                default_value=text,
            ),
        ],
        [row(se_label=text), row("e2", se_label="other")],
        warehouse=warehouse,
    )
    assert found == {"n": 1, "d": text}


@pytest.mark.parametrize("name", ["app_id", "event_name"])
def test_identifier_that_is_a_column_of_the_scope(tmp_path: Path, name: str) -> None:
    attributes = [
        Attribute(name="n", type="int64", aggregation="counter", events=[Event(name="u")]),
        Attribute(name="apps", type="string_list", aggregation="unique_list", property=AtomicProperty(name="app_id")),
        Attribute(name="a", type="string", aggregation="last", property=AtomicProperty(name="event_name")),
    ]
    rows = [row(app_id="u", event_name="u"), row("e2", app_id="web", event_name="u"), row("e3", app_id="u")]
    found = check(tmp_path, attributes, rows, Entity(name=name))
    assert (
        found == {"n": 2, "apps": ["u", "web"], "a": "u"} if name == "event_name" else {"n": 1, "apps": ["u"], "a": "u"}
    )


def offline(entity: Entity, name: str) -> View:
    count = Attribute(name=name, type="int64", aggregation="counter")
    return View(name="v", entity=entity, attributes=[count], owner="owner@example.com", offline=True)


@pytest.mark.parametrize(
    "name",
    ["value", "n", "last_tstamp", "last_event_id", "collector_tstamp", "in_last_7_days", "in_lifetime", "copies"],
)
def test_identifier_named_as_a_column_beside_it(name: str) -> None:
    entity = Entity(name="user", key=name, property=AtomicProperty(name="domain_userid"))
    with pytest.raises(DefinitionError, match=f"'{name}' is reserved"):
        plan_view(offline(entity, "clicks"))


def test_identifier_named_as_another_column_of_the_scope() -> None:
    with pytest.raises(DefinitionError, match="another column of the events"):
        Entity(name="user", key="app_id", property=AtomicProperty(name="domain_userid"))


def test_attribute_named_as_the_change_of_its_row() -> None:
    with pytest.raises(DefinitionError, match="'change' is reserved"):
        plan_view(offline(user_entity, "change"))


def test_identifier_named_as_part_of_a_state(tmp_path: Path) -> None:
    mean = Attribute(name="m", type="double", aggregation="mean", property=AtomicProperty(name="se_value"))
    recent = Attribute(name="r", type="int64", aggregation="counter", period=timedelta(days=7))
    rows = [row(se_value=2.0), row("e2", se_value=3.0)]
    for folder, key in enumerate(("mean_se_value_as_number_total", "count_events_last_7_days")):
        entity = Entity(name="user", key=key, property=AtomicProperty(name="domain_userid"))
        assert check(tmp_path / str(folder), [mean, recent], rows, entity) == {"m": 2.5, "r": 2}
