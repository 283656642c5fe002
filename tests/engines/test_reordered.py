"""Attributes in another order: what is stored goes by its name, on every engine, and never by its place."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests import harness
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import VIEW, event
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import Attribute

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
MORE = [event(30, "user-1", 6), event(31, "user-9", 3), event(32, "user-0", 2)]
FEWER_DAYS = Attribute(name="events_5_days", type="int64", aggregation="counter", period=timedelta(days=5))


@pytest.fixture(params=[*QUICK, "spark"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield habits.make(tmp_path, request.param, ROWS)
    WAREHOUSES[request.param].drop(tmp_path)


def test_attributes_are_reordered_one_comes_and_one_goes(place: Place) -> None:
    """The columns of states have the same names in another order, and those of attributes others."""
    place.run("dev")
    kept = [one for one in reversed(VIEW.attributes) if one.name != "events_7_days"]
    view = VIEW.model_copy(update={"attributes": [kept[0], FEWER_DAYS, *kept[1:]]})
    harness.write_project(place.folder, view, place.kind)
    later = Place(place.root, view)
    for rows in ([], MORE):
        later.load(*rows)
        later.run("dev")
        assert later.wrong(f"dev_derived.{PROJECT}_attributes") == []
