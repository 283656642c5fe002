"""Views that somebody has on a project's tables in PostgreSQL, which would drop them with a table that is made anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import harness, warehouses
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import event
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, RunError

pytestmark = pytest.mark.postgres
ATTRIBUTES = f"dev_derived.{PROJECT}_attributes"
ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
LATEST = Attribute(
    name="latest_url",
    type="string",
    aggregation="last",
    property=AtomicProperty(name="page_url"),
    default_value="{{ x }}",
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A project that was built, and a view on its attributes."""
    made = habits.make(tmp_path, "postgres", ROWS)
    made.dbt("build")
    made.execute("create schema reports")
    made.execute(f"create view reports.spending as select domain_userid, spent from {ATTRIBUTES}")
    yield made
    WAREHOUSES["postgres"].drop(tmp_path)


def spending(place: Place) -> dict[str, object]:
    with warehouses.connected(place.root) as (warehouse, connection):
        rows = warehouse.query(connection, "select * from reports.spending")
    return {row["domain_userid"]: row["spent"] for row in rows}


def published(place: Place) -> dict[str, object]:
    return {row["domain_userid"]: row["spent"] for row in harness.read_table(place.root, ATTRIBUTES)}


def with_attributes(place: Place, *attributes: Attribute) -> Place:
    view = place.view.model_copy(update={"attributes": attributes})
    harness.write_project(place.folder, view, "postgres")
    return Place(place.root, view)


def test_the_table_is_made_anew_in_its_place(place: Place) -> None:
    place.load(event(30, "user-9", 2))
    place.dbt("build", "--full-refresh")
    assert place.wrong(ATTRIBUTES) == []
    assert spending(place) == published(place)
    place.load(event(31, "user-10", 3))
    place.dbt("build")
    assert place.wrong(ATTRIBUTES) == []
    assert spending(place) == published(place)


def test_a_column_that_comes_leaves_the_views(place: Place) -> None:
    wider = with_attributes(place, *place.view.attributes, LATEST)
    wider.dbt("build", "--full-refresh")
    assert wider.wrong(ATTRIBUTES) == []
    assert spending(wider) == published(wider)
    wider.load(event(32, "user-11", 1))
    wider.run("dev")
    assert wider.wrong(ATTRIBUTES) == []
    with warehouses.connected(wider.root) as (warehouse, connection):
        indexes = warehouse.query(
            connection, f"select indexdef from pg_indexes where schemaname || '.' || tablename = '{ATTRIBUTES}'"
        )
    assert len(indexes) == 2  # by entity and by time, and not two more each time


def test_a_column_that_a_view_reads_is_not_taken_away(place: Place) -> None:
    before = published(place)
    rest = [one for one in place.view.attributes if one.name != "spent"]
    narrower = with_attributes(place, *rest)
    said = narrower.dbt("build", "--full-refresh", succeeds=False)
    assert "reports.spending" in said
    assert "Drop these views" in said
    assert spending(place) == before
    narrower.execute("drop view reports.spending")
    narrower.dbt("build", "--full-refresh")
    assert narrower.wrong(ATTRIBUTES) == []


def test_a_view_on_a_table_of_states_is_not_dropped_with_it(place: Place) -> None:
    place.execute(f"create view reports.events as select event_id from dev_derived.{PROJECT}_filtered_events")
    before = place.stored("dev")
    said = place.dbt("build", "--full-refresh", succeeds=False)
    assert "reports.events reads" in said
    assert "Nothing was dropped" in said
    assert place.stored("dev") == before
    place.dbt("build")
    assert place.wrong(ATTRIBUTES) == []


def test_the_message_is_that_of_run_too(place: Place) -> None:
    place.execute(f"create view reports.events as select event_id from dev_derived.{PROJECT}_filtered_events")
    with pytest.raises(RunError, match=r"reports\.events reads"):
        place.run("dev", full_refresh=True)
    assert spending(place) == published(place)
