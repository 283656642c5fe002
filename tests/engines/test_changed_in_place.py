"""Definitions that change in place, of each kind, on DuckDB and on Spark, whose tables cannot be replaced by others."""

import shutil
from pathlib import Path

import pytest
from tests import harness
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import VALUE, VIEW, event
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, Event

CLICK, SEEN = Event(vendor="com.acme", name="click"), Event(vendor="com.acme", name="seen")
ROWS = [
    *(event(number, f"user-{number % 3}", number % 4, page_urlpath=f"/{number}") for number in range(9)),
    *(event(number, f"user-{number % 4}", number % 4, event_name="seen") for number in range(9, 15)),
]
CLICKS = Attribute(name="clicks", type="int64", aggregation="counter", events=[CLICK])
SPENT = Attribute(name="spent", type="double", aggregation="sum", property=VALUE, events=[CLICK])
MOST = Attribute(name="most", type="double", aggregation="max", property=VALUE, events=[CLICK])
URLS = Attribute(
    name="urls",
    type="string_list",
    aggregation="unique_list",
    property=AtomicProperty(name="page_urlpath"),
    events=[CLICK],
)
SEEN_LAST = Attribute(
    name="seen_last", type="string", aggregation="last", property=AtomicProperty(name="se_label"), events=[SEEN]
)
KINDS = {
    "a state over stored properties": (CLICKS, SPENT, MOST),
    "a property of stored events": (CLICKS, SPENT, MOST, URLS),
    "other events": (CLICKS, SPENT, MOST, URLS, SEEN_LAST),
    "events that leave": (SEEN_LAST,),
    "a state that returns": (SEEN_LAST, SPENT),
    "a list that returns": (SEEN_LAST, SPENT, URLS),
}


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("spark", marks=pytest.mark.long)])
def test_kinds_of_changes(tmp_path: Path, warehouse: str) -> None:
    first = VIEW.model_copy(update={"attributes": (CLICKS, SPENT)})
    habits.make(tmp_path, warehouse, ROWS, first).run("dev")
    for number, (kind, attributes) in enumerate(KINDS.items()):
        place = Place(tmp_path, VIEW.model_copy(update={"attributes": attributes}))
        shutil.rmtree(place.folder / "models")  # `generate` removes models that are none any more
        harness.write_project(place.folder, place.view, warehouse)
        place.load(event(20 + number, "user-1", 4, page_urlpath=f"/more/{number}"))
        place.run("dev")
        assert place.wrong(f"dev_derived.{PROJECT}_attributes") == [], kind
    WAREHOUSES[warehouse].drop(tmp_path)
