"""Several views of one entity, computed by one project: each is as if it were computed alone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, warehouses
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, Event, View, user_entity
from snowplow_signals.plan import plan_views

CLICK, VIEWED = Event(name="click"), Event(name="page_view")
TOTAL, URL = AtomicProperty(name="tr_total"), AtomicProperty(name="page_urlpath")
DAY = datetime(2025, 3, 5)
AS_OF = date(2025, 3, 8)
PROJECT = "domain_userid_views_1"


def a_view(name: str, *attributes: Attribute) -> View:
    return View(name=name, version=2, entity=user_entity, offline=True, owner="ann@shop.com", attributes=attributes)


def clicked(name: str, aggregation: str, kind: str, **more: Any) -> Attribute:
    return Attribute(name=name, type=kind, aggregation=aggregation, events=[CLICK], **more)


def viewed(name: str, aggregation: str, kind: str, **more: Any) -> Attribute:
    return Attribute(name=name, type=kind, aggregation=aggregation, events=[VIEWED], property=URL, **more)


SPENT = clicked("spent", "sum", "double", property=TOTAL, criteria=Criteria(all=[Criterion.gt(TOTAL, 1)]))
CLICKS = a_view("Clicks", clicked("number", "counter", "int64"), SPENT)
PAGES = a_view("pages", viewed("url", "last", "string"), viewed("urls", "unique_list", "string_list"))
EVERYTHING = a_view(
    "everything",
    Attribute(name="number", type="int64", aggregation="counter", period=timedelta(days=2)),
    clicked("clicks", "counter", "int32"),
)


def event(number: int, user: str, name: str, day: int, **more: Any) -> dict[str, Any]:
    """An event of a day after the first, loaded an hour later."""
    when = DAY + timedelta(days=day, minutes=number)
    times = {"derived_tstamp": when, "collector_tstamp": when, "load_tstamp": when + timedelta(hours=1)}
    filled = {"tr_total": None, "page_urlpath": None, **more}
    return {"event_id": f"e{number}", "domain_userid": user, "event_name": name, **times, **filled}


class Together:
    """One project of several views, and all that was ever loaded."""

    def __init__(self, root: Path, warehouse: str, views: Iterable[View], rows: list[dict[str, Any]]) -> None:
        self.root, self.warehouse, self.rows = root, warehouse, rows
        self.columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
        harness.make_workspace(root, rows, self.columns, warehouse)
        self.define(*views)

    def define(self, *views: View) -> None:
        self.views = views
        for file in (self.root / PROJECT / "models").rglob("*.sql"):
            file.unlink()
        harness.write_project(self.root / PROJECT, views, self.warehouse)

    def load(self, *rows: dict[str, Any]) -> None:
        harness.write_events(self.root, rows, self.columns)
        self.rows = [*self.rows, *rows]

    def build(self, command: str = "run", **variables: Any) -> None:
        given = {"snowplow__as_of_date": AS_OF.isoformat(), "snowplow__backfill_limit_days": 30} | variables
        harness.dbt(self.root / PROJECT, self.root, command, snowplow__start_date="2025-03-01", **given)

    def problems(self) -> list[str]:
        """What is not as the rows say, if each view were computed alone."""
        lines = []
        for view in self.views:
            expected = reference.compute(view, self.rows, as_of=AS_OF, start_date=date(2025, 3, 1))
            lines += harness.differences(view, harness.attributes_of(self.root, view), expected)
        return lines

    def times(self, view: View) -> dict[str, datetime]:
        table = harness.read_table(self.root, f"{harness.DERIVED}.{view.project_name}_attributes")
        return {row["domain_userid"]: row["updated_at"] for row in table}

    def removed(self, view: View) -> set[str]:
        table = harness.read_table(self.root, f"{harness.DERIVED}.{view.project_name}_removed_entities")
        return {row["domain_userid"] for row in table}


def execute(root: Path, sql: str) -> None:
    with warehouses.connected(root) as (warehouse, connection):
        warehouse.execute(connection, sql)


ROWS = [
    event(1, "ann", "click", 0, tr_total=5.0),
    event(2, "ann", "page_view", 1, page_urlpath="/a"),
    event(3, "bob", "click", 1, tr_total=0.5),
    event(4, "eve", "page_view", 2, page_urlpath="/b"),
    event(5, "kim", "ping", 2),
]


@pytest.mark.parametrize(
    "warehouse", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "snowflake", "spark"))]
)
def test_each_view_is_as_if_it_were_alone(tmp_path: Path, warehouse: str) -> None:
    project = Together(tmp_path, warehouse, (CLICKS, PAGES), ROWS)
    project.build()
    assert project.problems() == []
    assert project.times(CLICKS).keys() == {"ann", "bob"}
    assert project.times(PAGES).keys() == {"ann", "eve"}

    # what is new to one view leaves the others' times; bob turns out to be eve, whose click was loaded before
    before = project.times(CLICKS), project.times(PAGES)
    project.load(event(6, "ann", "page_view", 2, page_urlpath="/c"))
    moved = event(3, "eve", "click", 1, tr_total=0.5)
    project.load({**moved, "load_tstamp": moved["load_tstamp"] - timedelta(minutes=30)})
    project.build(snowplow__load_lookback_days=-1)
    assert project.problems() == []
    after = project.times(CLICKS), project.times(PAGES)
    assert after[0]["ann"] == before[0]["ann"]
    assert after[1]["ann"] > before[1]["ann"]
    assert after[1]["eve"] == before[1]["eve"]
    assert project.removed(CLICKS) == project.removed(PAGES) == {"bob"}

    # a view comes, one loses an attribute; Spark has to compute anew for that, what others add in place
    project.define(CLICKS.model_copy(update={"attributes": CLICKS.attributes[:1]}), PAGES, EVERYTHING)
    project.build("run --full-refresh" if warehouse == "spark" else "run")
    assert project.problems() == []
    assert project.times(EVERYTHING).keys() == {"ann", "eve", "kim"}


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_who_leaves_one_view_only_is_among_its_removed_until_he_returns(tmp_path: Path, warehouse: str) -> None:
    project = Together(
        tmp_path, warehouse, (CLICKS, PAGES), [*ROWS, event(7, "bob", "page_view", 1, page_urlpath="/d")]
    )
    project.build()
    moved = event(3, "eve", "click", 1, tr_total=0.5)
    project.load({**moved, "load_tstamp": moved["load_tstamp"] - timedelta(minutes=30)})
    project.build(snowplow__load_lookback_days=-1)
    assert project.problems() == []
    assert (project.removed(CLICKS), project.removed(PAGES)) == ({"bob"}, set())
    project.load(event(8, "bob", "click", 3, tr_total=2.0))
    project.build()
    assert project.problems() == []
    assert (project.removed(CLICKS), project.removed(PAGES)) == (set(), set())


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_which_events_are_of_a_view_changes_with_its_attributes(tmp_path: Path, warehouse: str) -> None:
    project = Together(tmp_path, warehouse, (CLICKS, PAGES), ROWS)
    project.build()
    clicks = project.times(CLICKS)
    more = PAGES.model_copy(update={"attributes": (*CLICKS.attributes[:1], *PAGES.attributes)})
    project.define(CLICKS, more, EVERYTHING)
    project.build()
    assert project.problems() == []
    assert project.times(more).keys() == {"ann", "bob", "eve"}
    # what becomes of one view is nothing to the others, nor to those who never had an event of it
    assert project.times(CLICKS) == clicks
    assert [project.removed(view) for view in project.views] == [set(), set(), set()]

    project.define(CLICKS, PAGES, EVERYTHING)
    project.build()
    assert project.problems() == []
    assert project.times(CLICKS) == clicks
    assert [project.removed(view) for view in project.views] == [set(), {"bob"}, set()]
    # another change, while bob is told to have left; kim has no event of any view now, which all of them are told
    project.define(CLICKS, PAGES)
    project.build()
    assert [project.removed(view) for view in project.views] == [{"kim"}, {"bob", "kim"}]


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def test_an_attribute_that_is_redefined_may_have_another_type(tmp_path: Path, warehouse: str) -> None:
    project = Together(tmp_path, warehouse, (CLICKS, PAGES), ROWS)
    project.build()
    clicks, pages = project.times(CLICKS), project.times(PAGES)
    listed = viewed("url", "unique_list", "string_list")
    project.define(CLICKS, PAGES.model_copy(update={"attributes": (listed, PAGES.attributes[1])}))
    project.build(snowplow__accept_changes=True)
    assert project.problems() == []
    assert project.times(CLICKS) == clicks
    assert all(when > pages[user] for user, when in project.times(PAGES).items())
    project.define(CLICKS, PAGES)
    project.build(snowplow__accept_changes=True)
    assert project.problems() == []


def test_a_view_that_a_project_of_its_own_computes_is_not_replaced(tmp_path: Path) -> None:
    project = Together(tmp_path, "duckdb", (CLICKS, PAGES), ROWS)
    harness.run_project(tmp_path, CLICKS, "run", snowplow__start_date="2025-03-01")
    before = harness.attributes_of(tmp_path, CLICKS)
    with pytest.raises(AssertionError, match=r"is a table, which a project of this view alone made.*drop the table"):
        project.build()
    assert harness.attributes_of(tmp_path, CLICKS) == before
    # the publication is not complete without its views: the next run makes them
    execute(tmp_path, f"drop table {harness.DERIVED}.clicks_2_attributes")
    execute(tmp_path, f"drop table {harness.DERIVED}.clicks_2_removed_entities")
    project.build()
    assert project.problems() == []


def test_views_of_a_user_on_views_of_attributes_stay(tmp_path: Path) -> None:
    project = Together(tmp_path, "postgres", (CLICKS, PAGES), ROWS)
    project.build()
    execute(tmp_path, "create schema reports")
    execute(tmp_path, f"create view reports.clicks as select number from {harness.DERIVED}.clicks_2_attributes")
    project.load(event(9, "zoe", "click", 2))
    project.build()
    assert project.problems() == []
    assert len(harness.read_table(tmp_path, "reports.clicks")) == 3
    project.define(CLICKS.model_copy(update={"attributes": CLICKS.attributes[1:]}), PAGES)
    with pytest.raises(AssertionError, match=r"views read: view reports.clicks depends on view \S*clicks_2_attributes"):
        project.build()
    assert len(harness.read_table(tmp_path, "reports.clicks")) == 3
    execute(tmp_path, "drop view reports.clicks")
    project.build()
    assert project.problems() == []


def test_states_are_kept_once() -> None:
    joint, alone = plan_views([CLICKS, PAGES, EVERYTHING]), [plan_views([one]) for one in (CLICKS, PAGES, EVERYTHING)]
    assert len(joint.slots) < sum(len(plan.slots) for plan in alone)
