"""Attributes in another order: what is stored goes by its name, on every engine, and never by its place."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests import harness, warehouses
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import LABEL, VALUE, VIEW, event
from tests.warehouses import WAREHOUSES

from snowplow_signals import Attribute, View

ROWS = [event(number, f"user-{number % 3}", number % 5, se_value=number / 4) for number in range(12)]
MORE = [event(30, "user-1", 6), event(31, "user-9", 3), event(32, "user-0", 2, se_value=9.5)]
LATEST = [event(40, "user-1", 7, se_value=0.25), event(41, "user-2", 7)]
WEEK = timedelta(days=7)
BEFORE = (
    *VIEW.attributes,
    Attribute(name="usual", type="double", aggregation="mean", property=VALUE),
    Attribute(name="least", type="double", aggregation="min", property=VALUE),
    Attribute(name="most", type="double", aggregation="max", property=VALUE),
    Attribute(name="first_value", type="string", aggregation="first", property=VALUE),
    Attribute(name="value_counts", type="dict", aggregation="category_count", property=VALUE),
)
KEPT = tuple(one for one in reversed(BEFORE) if one.name not in ("spent", "labels", "least"))
"""Without a state in columns, one of rows, and a part of one that stays."""
AFTER = (
    Attribute(name="first_label", type="string", aggregation="first", property=LABEL),
    *KEPT[:3],
    Attribute(name="recent_values", type="double_list", aggregation="unique_list", property=VALUE, period=WEEK),
    *KEPT[3:],
)
ATTRIBUTES = f"dev_derived.{PROJECT}_attributes"


@pytest.fixture(params=["duckdb", *(pytest.param(name, marks=pytest.mark.long) for name in ("postgres", "spark"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield habits.make(tmp_path, request.param, ROWS, with_attributes(BEFORE))
    WAREHOUSES[request.param].drop(tmp_path)


def with_attributes(attributes: tuple[Attribute, ...]) -> View:
    return VIEW.model_copy(update={"attributes": attributes})


def columns(place: Place, table: str) -> list[str]:
    with warehouses.connected(place.root) as (warehouse, connection):
        return list(warehouse.query(connection, f"select * from dev_derived.{PROJECT}_{table}")[0])


def test_attributes_change_places_and_then_come_and_go(place: Place) -> None:
    """States and attributes have the same columns in another order; then some are new and some are gone."""
    place.run("dev")
    stored = columns(place, "daily_aggregates")
    reordered = Place(place.root, with_attributes(BEFORE[::-1]))
    harness.write_project(place.folder, reordered.view, place.kind)
    reordered.load(*MORE)
    reordered.run("dev")
    assert reordered.wrong(ATTRIBUTES) == []
    assert columns(place, "daily_aggregates") == stored
    later = Place(place.root, with_attributes(AFTER))
    harness.write_project(place.folder, later.view, place.kind)
    later.run("dev")
    assert later.wrong(ATTRIBUTES) == []
    later.run("dev", full_refresh=True)
    assert later.wrong(ATTRIBUTES) == []
    assert set(columns(place, "attributes")) == {"domain_userid", "updated_at", *(one.name for one in AFTER)}
    later.load(*LATEST)
    later.run("dev")
    assert later.wrong(ATTRIBUTES) == []
