"""Attributes in another order: what is stored goes by its name, on every engine, and never by its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import harness
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import VIEW, event
from tests.warehouses import QUICK, WAREHOUSES

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
MORE = [event(30, "user-1", 6), event(31, "user-9", 3), event(32, "user-0", 2)]


@pytest.fixture(params=[*QUICK, "spark"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield habits.make(tmp_path, request.param, ROWS)
    WAREHOUSES[request.param].drop(tmp_path)


def test_attributes_are_reordered(place: Place) -> None:
    """The columns of states and of attributes have the same names in another order."""
    place.run("dev")
    view = VIEW.model_copy(update={"attributes": tuple(reversed(VIEW.attributes))})
    harness.write_project(place.folder, view, place.kind)
    later = Place(place.root, view)
    for rows in ([], MORE):
        later.load(*rows)
        later.run("dev")
        assert later.wrong(f"dev_derived.{PROJECT}_attributes") == []
