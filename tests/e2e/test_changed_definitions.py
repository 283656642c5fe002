"""A definition that changes in place: the next run brings the tables up to date with the least that it takes, and what
was published stays until then."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.command import typed
from tests.e2e.shop import LABEL, VALUE, Shop
from tests.e2e.test_dbt_commands import Dbt

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, Event, View
from snowplow_signals.errors import DefinitionError, RunError

ROWS = [
    shop.event(1, "ann", 0, platform="a"),
    shop.event(2, "ann", 1, se_value=4.5, platform="b"),
    shop.event(3, "bob", 1),
    shop.event(4, "bob", 2, event_name="view", se_label="x"),
    shop.event(5, "cleo", 2, event_name="view", platform="c"),
    shop.event(1, "bob", 3),  # a copy that came later
]
MORE = shop.event(6, "ann", 4, platform="d")
SOURCE = AtomicProperty(name="platform")


def attribute(name: str, aggregation: str, type_: str, **more: Any) -> Attribute:
    return Attribute(name=name, aggregation=aggregation, type=type_, **more)


LARGEST = attribute("largest", "max", "double", property=VALUE)
TALLIES = attribute(
    "tallies", "category_count", "dict", property=LABEL, criteria=Criteria(any=[Criterion.gt(VALUE, 1)])
)
FIRST_SOURCE = attribute("first_source", "first", "string", property=SOURCE)
VIEWS = attribute("views", "counter", "int64", events=[Event(name="view")])
LAST_WEEK = attribute("spent_last_week", "sum", "double", property=VALUE, period=timedelta(days=7))


def with_attributes(*attributes: Attribute, without: Sequence[str] = ()) -> View:
    kept = [item for item in shop.VIEW.attributes if item.name not in without]
    return shop.VIEW.model_copy(update={"attributes": (*kept, *attributes)})


def is_right(project: Shop) -> None:
    rows = harness.read_table(project.database, "atomic.events")
    expected = reference.compute(project.view, rows, as_of=shop.AS_OF)
    assert harness.differences(project.view, harness.attributes_of(project.database, project.view), expected) == []


def statements(project: Shop, **options: Any) -> list[str]:
    """What dbt logs of a run."""
    said: list[str] = []
    project.run(log=said.append, **options)
    return said


def made_anew(said: Sequence[str]) -> set[str]:
    """The kept tables that were made anew."""
    found = (re.search(r"create or replace table \S*shop_1_(filtered_events|daily_\w+?)\"", text) for text in said)
    return {name[1] for name in found if name}


ADDED = {
    "over a state that is there": ([LAST_WEEK], False),
    "a state over stored properties": ([LARGEST], False),
    "rows of values": ([TALLIES], False),
    "a property": ([FIRST_SOURCE], True),
    "a field of the events": ([VIEWS], True),
    "all at once": ([LAST_WEEK, LARGEST, TALLIES, FIRST_SOURCE, VIEWS], True),
}


IN_SHORT = ("rows of values", "all at once")


@pytest.mark.parametrize(
    "added", [one if one in IN_SHORT else pytest.param(one, marks=pytest.mark.long) for one in ADDED]
)
def test_attributes_come_and_go(tmp_path: Path, added: str) -> None:
    attributes, reads = ADDED[added]
    project = shop.make(tmp_path, ROWS)
    project.run()
    project = project.write(with_attributes(*attributes))
    said = statements(project)
    is_right(project)
    assert ("filtered_events" in made_anew(said)) == reads
    project.load(MORE)
    assert project.run().rows["rows_used"] == 1
    is_right(project)
    project = project.write(shop.VIEW)
    assert made_anew(statements(project)) == set()
    is_right(project)
    project.load(shop.event(7, "dora", 5, platform="e"))
    project.run()
    is_right(project)
    project = project.write(with_attributes(*attributes, without=["labels", "spent"]))
    project.run()
    is_right(project)
    assert project.run().changed_nothing


def altered(project: Shop, *statements: str) -> None:
    with duckdb.connect(str(project.database)) as connection:
        for statement in statements:
            connection.execute(statement)


APPEARS = with_attributes(FIRST_SOURCE)


def test_a_column_that_appears_is_taken_up(tmp_path: Path) -> None:
    """It has no values in rows that were there before: nothing is filled in."""
    rows = [{name: value for name, value in row.items() if name != "platform"} for row in ROWS]
    project = shop.make(tmp_path, rows, APPEARS)
    altered(project, "alter table atomic.events drop column platform")
    project.run()
    altered(project, "alter table atomic.events add column platform varchar")
    project.load(MORE, shop.event(3, "bob", 1, loaded=5, platform="later"))
    said: list[str] = []
    result = project.run(log=said.append)
    assert any("has column platform now, which is taken up" in text for text in result.warnings)
    assert made_anew(said) == set()
    is_right(project)
    assert not any("platform" in text for text in project.run().warnings)


def test_a_column_that_appears_with_values_is_filled_in(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS, APPEARS)
    altered(project, "alter table atomic.events rename column platform to kept")
    project.run()
    altered(project, "alter table atomic.events rename column kept to platform")
    said: list[str] = []
    result = project.run(log=said.append)
    assert any("stored events had values of it, which were filled in" in text for text in result.warnings)
    assert made_anew(said) == {"filtered_events", "daily_aggregates"}
    is_right(project)


def test_a_column_that_decides_stops_the_run(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    altered(project, "alter table atomic.events rename column derived_tstamp to kept")
    project.run()
    altered(project, "alter table atomic.events rename column kept to derived_tstamp")
    before = project.attributes()
    with pytest.raises(DefinitionError, match="column derived_tstamp has appeared"):
        project.run()
    assert project.attributes() == before


def test_another_meaning_of_an_attribute_is_accepted_or_not(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    project.run()
    before = project.attributes()
    spent = attribute("spent", "sum", "double", property=VALUE, period=timedelta(days=8))
    project = project.write(with_attributes(spent, LARGEST, without=["spent"]))
    with pytest.raises(DefinitionError, match=r"(?s)attribute spent has changed.*run --accept-changes"):
        project.run()
    assert project.attributes() == before
    project.run(variables={"snowplow__accept_changes": True})
    is_right(project)
    project.run()


def test_copies_that_nothing_ranks_stay_one_event(tmp_path: Path) -> None:
    """A property that is filled in comes from a copy whose other properties are those that are stored."""
    tied = [shop.event(1, "ann", 0, se_label=label, platform=of) for label, of in (("x", "p"), ("y", "q"), ("z", "r"))]
    project = shop.make(tmp_path, [*tied, *ROWS[1:]])
    project.run()
    project = project.write(with_attributes(FIRST_SOURCE))
    project.run()
    [event] = [row for row in project.table("filtered_events") if row["event_id"] == "event-1"]
    assert (event["se_label"], event["platform"]) in {("x", "p"), ("y", "q"), ("z", "r")}
    assert project.attributes()["ann"]["first_source"] == event["platform"]


def test_who_goes_back_finds_the_tables_right(tmp_path: Path) -> None:
    """A run dies when it has changed some of the tables; the next one has the definition of before."""
    project = shop.make(tmp_path, ROWS)
    project.run()
    changed = project.write(with_attributes(LARGEST, FIRST_SOURCE, without=["spent"]))
    model = changed.folder / "models" / "take" / "shop_1_definition.sql"
    model.write_text(model.read_text() + "\n{{ exceptions.raise_compiler_error('dies') if signals_is_made_anew() }}\n")
    with pytest.raises(RunError, match="dies"):
        changed.run()
    project = changed.write(shop.VIEW)
    project.load(MORE)
    project.run()
    is_right(project)


CLICKS = with_attributes(
    attribute("clicks", "counter", "int64", events=[Event(name="click")]),
    without=[item.name for item in shop.VIEW.attributes],
)
WITH_VIEWS = CLICKS.model_copy(update={"attributes": (*CLICKS.attributes, VIEWS)})
ONLY_VIEWS = CLICKS.model_copy(update={"attributes": (VIEWS,)})


def test_other_events_come_and_go(tmp_path: Path) -> None:
    """Of the loads before only the new kind is read again, and what is out of scope gives nobody a row."""
    project = shop.make(tmp_path, [*ROWS, shop.event(7, "eve", 1, loaded=9, event_name="view")], CLICKS)
    project.run()
    assert set(project.attributes()) == {"ann", "bob"}
    project = project.write(WITH_VIEWS)
    result = project.run()
    assert (result.rows["rows_read"], result.rows["rows_used"]) == (3, 3)
    is_right(project)
    project.load(shop.event(10, "ann", 8))
    assert project.run().rows["rows_read"] == 1
    project = project.write(ONLY_VIEWS)
    result = project.run()
    assert (result.rows["rows_read"], result.rows["winners_replaced"]) == (0, 4)
    is_right(project)
    assert {row["domain_userid"] for row in project.table("removed_entities")} == {"ann"}
    project = project.write(shop.VIEW)
    project.run()
    is_right(project)
    assert project.run().changed_nothing


def test_an_earlier_start_date_takes_what_was_loaded_before(tmp_path: Path) -> None:
    rows = [*ROWS, shop.event(7, "eve", 0, loaded=2), shop.event(8, "ann", -20), shop.event(9, "ann", -20, loaded=3)]
    project = shop.make(tmp_path, rows)
    project.run(variables={"snowplow__start_date": "2025-03-02"})
    assert "eve" not in project.attributes()
    result = project.run(variables={"snowplow__start_date": "2025-02-01"})
    assert (result.rows["rows_used"], result.rows["winners_replaced"]) == (4, 1)
    is_right(project)
    assert project.run(variables={"snowplow__start_date": "2025-02-01"}).changed_nothing
    with pytest.raises(DefinitionError, match="snowplow__start_date has changed"):
        project.run(variables={"snowplow__start_date": "2025-02-02"})


@pytest.mark.long
def test_builds_that_take_a_day_each_publish_when_all_is_there(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS, CLICKS)
    project.run()
    before = project.attributes()
    project = project.write(WITH_VIEWS)
    dbt = Dbt(project)
    for _ in range(3):
        assert dbt("build"), dbt.said
        assert project.attributes() == before
    assert dbt("build")
    is_right(project)


def test_tables_of_before_there_were_parts_are_brought_up_to_date(tmp_path: Path) -> None:
    """Until then an attribute was one part with all that is kept for it, and all events were one."""
    project = shop.make(tmp_path, ROWS, CLICKS)
    project.run()
    altered(
        project,
        f"delete from {STORED_PARTS} where split_part(part, ' ', 1) in ('property', 'slot', 'events')",
        f"update {STORED_PARTS} set fingerprint = 'as it was' where part like 'attribute %'",
        f"insert into {STORED_PARTS} values ('events', 'as it was')",
    )
    project = project.write(WITH_VIEWS)
    project.load(MORE)
    project.run()
    is_right(project)
    project.run()


STORED_PARTS = "signals_snowplow_manifest.shop_1_definition"


def planned(project: Shop) -> dict[str, Any]:
    typed("generate", "--repo-path", project.root, "--force")
    [found] = json.loads(typed("plan", "--repo-path", project.root, "--format", "json").stdout)["projects"]
    return found


def changes_of(plan: dict[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in plan["attributes"]:
        found.setdefault(item["change"], set()).add(item["name"])
    return found


def test_plan_says_what_a_run_does(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    names = {item.name for item in shop.VIEW.attributes}
    first = planned(project)
    assert (first["is_first"], changes_of(first), first["rows"]) == (True, {"new": names}, 6)
    project.run()
    project.load(MORE)
    plan = planned(project)
    assert (changes_of(plan), plan["reads"], plan["publishes_all"]) == ({"untouched": names}, [], False)
    assert (plan["hours"], plan["rows"]) == (1, 1)

    project = project.write(with_attributes(LARGEST, FIRST_SOURCE, without=["spent"]))
    before = Dbt(project).tables()
    plan = planned(project)
    assert Dbt(project).tables() == before
    assert changes_of(plan) == {
        "new": {"largest", "first_source"},
        "dropped": {"spent"},
        "untouched": names - {"spent"},
    }
    assert [item["columns"] for item in plan["reads"]] == [["platform"], ["*"], ["se_value_as_number", "platform"]]
    assert {item["rows"] for item in plan["reads"]} == {6, 5}
    assert all(item["bytes"] is not None for item in plan["reads"])
    said = typed("plan", "--repo-path", project.root).stdout
    assert "new: largest, first_source" in said
    assert "Loads to take: 1 hour, 1 row." in said

    for inspecting in (["verify"], ["explain", "ann"]):
        assert "still by the one of before" in typed(*inspecting, "--repo-path", project.root, exit_code=2).stderr
    assert "still by the one of before" in typed("status", "--repo-path", project.root).stdout
    assert made_anew(statements(project)) == {"filtered_events", "daily_aggregates"}
    is_right(project)
    assert "0 of 3 entities differ" in typed("verify", "--repo-path", project.root, "--all").stdout


def test_plan_says_why_a_run_will_stop(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    project.run()
    spent = attribute("spent", "sum", "double", property=VALUE, period=timedelta(days=8))
    project = project.write(with_attributes(spent, without=["spent"]))
    plan = planned(project)
    assert (plan["refused"], plan["reads"]) == (["attribute spent has changed"], [])
    assert "--accept-changes" in plan["ways"]
    assert "It will stop" in typed("plan", "--repo-path", project.root).stdout
    accepted = typed("plan", "--repo-path", project.root, "--vars", "snowplow__accept_changes: true").stdout
    assert "changed: spent" in accepted
    assert "It will stop" not in accepted


def test_plan_of_a_warehouse_that_is_away(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    typed("generate", "--repo-path", project.root, "--force")
    project.database.rename(tmp_path / "elsewhere.duckdb")
    said = typed("plan", "--repo-path", project.root, exit_code=1).stderr
    assert "The events table" in said
    assert not project.database.exists()
