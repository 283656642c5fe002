"""Derived attributes that come, change and go: computed from what is published, without a look at events or states."""

import shutil
from pathlib import Path

import pytest
from tests import harness
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import VALUE, VIEW, event
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import Attribute, Derived, coalesce, value, when

on_every_warehouse = pytest.mark.parametrize(
    "warehouse", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("spark", "snowflake", "bigquery"))]
)
ROWS = [
    *(event(number, f"user-{number % 3}", number % 4, se_value=number * 0.75) for number in range(9)),
    event(9, "none", 3, se_value=None),
]
FIRST = Attribute(name="first_value", type="double", aggregation="first", property=VALUE)
LATEST = Attribute(name="Latest", type="string", aggregation="last", property=VIEW.attributes[4].property)
BASE = (*VIEW.attributes[:4], FIRST, LATEST, VIEW.attributes[5])
PER_EVENT = Derived(name="per_event", type="double", expression=value("spent") / value("events"))
TIER = Derived(
    name="Tier",
    type="string",
    expression=when(value(PER_EVENT) > 3).then("high").when(value("Latest") >= "label-7").then("late").otherwise("low"),
)
IS_LOW = Derived(name="is_low", type="bool", expression=(value("tier") == "low") | (value(FIRST) < 1))
ROUNDED = Derived(name="per_event", type="double", expression=(value("spent") / value("events")).round(1))
AS_WHOLE = Derived(name="per_event", type="int32", expression=coalesce(value("spent"), 0) * 4)
IDLE = Derived(name="idle", type="bool", expression=(value("hours_since_last") > 24) & (value("events") > 1))
CHANGES = {
    "the first": (PER_EVENT,),
    "one from another": (TIER, PER_EVENT),
    "a third, before the others": (IS_LOW, TIER, PER_EVENT),
    "another expression": (IS_LOW, TIER, ROUNDED),
    "another type": (AS_WHOLE, IDLE),
    "none": (),
    "all": (IS_LOW, TIER, PER_EVENT, IDLE),
}


def define(place: Place, *derived: Derived, attributes: tuple = BASE) -> Place:
    changed = Place(place.root, place.view.model_copy(update={"attributes": (*derived[:1], *attributes, *derived[1:])}))
    shutil.rmtree(place.folder / "models", ignore_errors=True)
    harness.write_project(place.folder, changed.view, place.kind)
    return changed


def columns(place: Place) -> set[str]:
    [row, *_] = harness.read_table(place.root, f"dev_derived.{PROJECT}_attributes")
    return set(row)


@on_every_warehouse
def test_each_kind_of_change(tmp_path: Path, warehouse: str) -> None:
    place = habits.make(tmp_path, warehouse, ROWS, VIEW.model_copy(update={"attributes": BASE}))
    place.run("dev")
    table = f"dev_derived.{PROJECT}_attributes"
    for number, (kind, derived) in enumerate(CHANGES.items()):
        place = define(place, *derived)
        if number % 2:
            place.load(event(20 + number, "user-1", 4, se_value=0.5))
        place.run("dev", variables={"snowplow__accept_changes": True})
        assert place.wrong(table) == [], kind
        assert columns(place) == {"domain_userid", "updated_at"} | {
            one.column for one in harness.columns_of(place.view)
        }
    WAREHOUSES[warehouse].drop(tmp_path)


@on_every_warehouse
def test_neither_events_nor_states_are_read(tmp_path: Path, warehouse: str) -> None:
    """They are gone, and the values are as they should be: of who was published, from what was."""
    place = define(habits.make(tmp_path, warehouse, ROWS, VIEW), PER_EVENT)
    place.run("dev")
    table = f"dev_derived.{PROJECT}_attributes"
    before = {row["domain_userid"]: row["updated_at"] for row in harness.read_table(tmp_path, table)}
    for name in ("daily_aggregates", "daily_values", "filtered_events"):
        place.execute(f"delete from {located(place, name)} where true")
    for derived in ((PER_EVENT, TIER, IS_LOW), (ROUNDED, IS_LOW, TIER), (AS_WHOLE,), ()):
        place = define(place, *derived)
        place.run("dev", variables={"snowplow__accept_changes": True})
        assert place.wrong(table) == []
        after = {row["domain_userid"]: row["updated_at"] for row in harness.read_table(tmp_path, table)}
        assert all(after[one] > before[one] for one in before)
        before = after
    place.run("dev")
    assert {row["domain_userid"]: row["updated_at"] for row in harness.read_table(tmp_path, table)} == before
    WAREHOUSES[warehouse].drop(tmp_path)


def located(place: Place, name: str) -> str:
    with place.opened("dev") as deployed:
        return deployed.table(name)
