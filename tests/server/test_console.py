"""Pages for people: what they show, and that what others wrote is shown as text."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.server.console_site import HOSTILE, NOW, look, pages, run, view

from snowplow_signals.definitions import Service
from snowplow_signals.deployment.costs import ModelCost
from snowplow_signals.inspect.look import DayEvents
from snowplow_signals.inspect.looking import Failure
from snowplow_signals.plan import plan_view
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.server.console.catalogue import Catalogue, KnownView
from snowplow_signals.server.console.looks import Seen
from snowplow_signals.server.console.reading.accounting import OUTCOMES, accounting
from snowplow_signals.server.console.reading.attention import of_project
from snowplow_signals.server.console.reading.calendar import months, years
from snowplow_signals.server.console.reading.origins import origins
from snowplow_signals.server.console.reading.overview import overview
from snowplow_signals.server.console.reading.paging import listed
from snowplow_signals.server.console.reading.versions import changes
from snowplow_signals.server.console.rendering import said
from snowplow_signals.stores import SyncState
from snowplow_signals.workspace.failed_runs import FailedRun, keep


def test_the_overview_has_a_line_for_each_view(tmp_path: Path) -> None:
    service = Service(name="site", views=[view("shop")], owner="c@d.example")
    with pages(
        tmp_path, (view("shop"), view("cart")), {"shop_1": look(), "cart_1": look("cart_1")}, (service,)
    ) as site:
        html = site.get("/")
    assert html.count('<a href="/views/shop_v1">') == 2, "the view, and the service that reads it"
    assert "1,234" in html
    assert "2 late events are deferred" in html
    assert 'http-equiv="refresh"' not in html


def test_a_view_shows_its_attributes_and_definition(tmp_path: Path) -> None:
    with pages(tmp_path, (view(description="Of the shop"), view(version=2)), {"shop_1": look()}) as site:
        assert "clicks" in site.get("/views/shop_v1")
        assert "Of the shop" in site.get("/views/SHOP_v1"), "names are distinguished without regard to case"
        assert "view = View(" in site.get("/views/shop_v1/definition")
        assert "has no models yet" in site.get("/views/shop_v1/sql")
        assert "from v1 to v2" in site.get("/views/shop_v2/versions")
        assert "there is no view" in site.get("/views/other_v1", 404).lower()
        assert "there is no such page" in site.get("/views/shop_v1/other", 404).lower()


def test_what_others_wrote_is_text(tmp_path: Path) -> None:
    title = {"type": "atomic", "name": "page_title"}
    texts = {"default_value": HOSTILE, "description": HOSTILE, "property": title}
    first = {"name": "clicks", "type": "string", "aggregation": "first", **texts}
    hostile = view(description=HOSTILE, attributes=[first])
    service = Service(name="site", views=[hostile], owner="c@d.example", description=HOSTILE)
    broken = Failure("RunError", f"the engine says {HOSTILE}")
    with pages(tmp_path, (hostile,), {"shop_1": broken}, (service,)) as site:
        for path in (
            "/",
            "/views/shop_v1",
            "/views/shop_v1/definition",
            "/views/shop_v1/lineage",
            "/runs",
            f"/?q={HOSTILE}",
        ):
            html = site.get(path)
            assert "<script>" not in html, path
            assert "&lt;script&gt;" in html, path
        assert "<script>" not in site.get(f"/views/{HOSTILE}", 404)


def test_a_look_that_failed_says_why_and_keeps_the_one_before(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        looker = site.site.looks._looker
        looker.answers["shop_1"] = Failure("BusyError", "another run holds the database")  # type: ignore[attr-defined]
        assert site.send("/", "/look-again", 303, project="shop_1", back="/views/shop_v1") == "/views/shop_v1"
        html = site.get("/")
    assert "another run holds the database" in html
    assert "1,234" in html


def test_a_way_back_is_one_of_ours(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        for elsewhere in ("//evil.example/", "https://evil.example/", "/\\evil.example", ""):
            assert site.send("/", "/look-again", 303, project="", back=elsewhere) == "/"


def test_what_needs_attention_comes_worst_first() -> None:
    known = KnownView(view(is_published=True), None, True)
    states = {"shop_v1": SyncState("shop_v1", failures=2, error="the store is full")}
    found = overview(Catalogue((known,), unreadable={"view old": "damaged"}), {"a": Seen(look())}, states, NOW, None)
    assert [one.level for one in found.attention] == ["failing", "failing", "warning", "note"]
    assert found.lines[0].worst == "failing"


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"was_run": False}, "was never run"),
        ({"is_redefined": True}, "its definition changed"),
        ({"runs": (run(9, finished_at=None, seconds=None),)}, "did not finish"),
    ],
)
def test_the_state_of_a_project_is_judged(changed: dict[str, object], text: str) -> None:
    found = [one.text for one in of_project("shop_1", Seen(look(**changed)), NOW)]
    assert any(text in one for one in found), found


def test_a_project_that_runs_daily_is_not_stale() -> None:
    newest = run(0, planned_at=NOW - timedelta(hours=20), finished_at=NOW - timedelta(hours=20))
    assert not list(of_project("shop_1", Seen(look(runs=(newest,), dirty_days=())), NOW))


def test_versions_are_compared_field_by_field() -> None:
    fields = {"name": "clicks", "type": "int64", "aggregation": "counter"}
    after = view(version=2, attributes=[fields | {"period": "P7D"}, {**fields, "name": "more"}], ttl="P1D")
    found = changes(view(), after)
    assert [(one.name, one.what) for one in found.attributes] == [("more", "added"), ("clicks", "changed")]
    assert [(one.field, one.before, one.after) for one in found.attributes[1].fields] == [("period", None, "P7D")]
    assert [one.field for one in found.view] == ["ttl"]
    assert changes(view(), view(version=2)).is_empty


def test_a_long_list_is_searched_and_paged() -> None:
    found = listed([f"view {number}" for number in range(60)], "VIEW 1", 2, 5, str)
    assert (found.total, found.all, found.pages, found.number) == (15, 60, 3, 2)
    assert found.items == ("view 14", "view 15", "view 16", "view 17", "view 18")
    assert listed([], "", 9, 5, str).number == 1


def test_the_rows_of_a_run_add_up(tmp_path: Path) -> None:
    made = run(41)
    assert accounting(made).missing == 0
    assert sum(one.part.value for one in accounting(made).outcomes) == made.rows["rows_read"]
    assert set(ROW_COUNTS) - {"rows_read", "winners_replaced"} == {column for column, *_ in OUTCOMES}
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        html = site.get("/runs/shop_1/run-2")
        assert "adds up" in html
        assert "unaccounted" not in html
        assert 'aria-label="30 rows read: used 15, irrelevant 15"' in html
        assert "no run" in site.get("/runs/shop_1/none", 404)
        assert "no project" in site.get("/runs/none/run-2", 404)
    wrong = run(1, rows=made.rows | {"rows_read": 1_000})
    with pages(tmp_path, (view(),), {"shop_1": look(runs=(wrong,))}) as site:
        assert "580 unaccounted for" in site.get("/runs/shop_1/run-1")


def test_runs_are_listed_by_project_and_searched(tmp_path: Path) -> None:
    many = tuple(run(number) for number in range(60, 0, -1))
    died = run(99, finished_at=None, seconds=None, entities=None)
    looks = {"shop_1": look(runs=(died, *many)), "cart_1": look("cart_1")}
    with pages(tmp_path, (view(), view("cart")), looks) as site:
        html = site.get("/runs")
        assert "64 runs" in html
        assert "Page 1 of 3" in html
        assert "3 runs" in site.get("/runs?project=cart_1")
        found = site.get("/runs?q=not+finished")
        assert "/runs/shop_1/run-99" in found
        assert "/runs/shop_1/run-60" not in found
        assert "No run matches" in site.get("/runs?q=nothing")
        assert "has not finished" in site.get("/runs/shop_1/run-99")


def test_days_are_a_calendar(tmp_path: Path) -> None:
    [march] = months(look())
    assert (march.name, march.events, len(march.weeks)) == ("March 2026", sum(range(50, 80)), 6)
    assert march.weeks[0][:6] == (None,) * 6, "the first is a Sunday"
    days = [day for week in march.weeks for day in week if day is not None]
    assert [day.level for day in days[:3]] == [1, 1, 1]
    assert days[29].level == 4
    assert days[30].level == 0, "the 31st has no events"
    assert days[4].dirty is not None
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        html = site.get("/days?project=shop_1&year=2026")
        assert "2026-03-05: 54 events, 1 of them late; deferred, its late events were loaded too late" in html
        assert "No events are stored" in site.get("/days?project=shop_1&year=1999")


def test_days_of_several_years_are_chosen_by_year() -> None:
    days = (DayEvents(date(2024, 12, 31), 1, 0, True), DayEvents(date(2026, 1, 1), 5, 0, True))
    found = look(days=days, dirty_days=())
    assert years(found) == (2026, 2024)
    assert [month.key for month in months(found)][:2] == ["2026-01", "2025-12"]
    assert [month.key for month in months(found, 2024)] == ["2024-12"]


def test_lineage_is_drawn_and_said(tmp_path: Path) -> None:
    service = Service(name="site", views=[view()], owner="c@d.example")
    title = {"type": "atomic", "name": "page_title"}
    first = {"name": "title", "type": "string", "aggregation": "first", "property": title}
    clicks = {"name": "clicks", "type": "int64", "aggregation": "counter"}
    with_title = view(attributes=[first, clicks])
    found = origins(plan_view(with_title), with_title, [service])
    assert {box.name for box in found.boxes if box.layer == "attribute"} == {"title", "clicks"}
    assert dict(found.table[0].columns)["page_title"] == "value"
    assert "identifier" in dict(found.of_every_row)["domain_userid"]
    assert [title for title, _ in found.titles][-1] == "Read by"
    assert all(0 <= box.x < found.width and 0 < box.y < found.height for box in found.boxes)
    table = {"name": "s", "wh_schema": "x", "table": "t", "timestamp_field": "at", "owner": "a@b.example"}
    given = view("given", attributes=[], fields=[{"name": "f", "type": "string"}], batch_source=table)
    with pages(tmp_path, (with_title, given), {"shop_1": look()}, (service,)) as site:
        assert "page_title" in site.get("/views/shop_v1/lineage")
        assert "read from a table as they are" in site.get("/views/given_v1/lineage")


def test_what_runs_cost_and_why_they_failed_is_shown(tmp_path: Path) -> None:
    keep(tmp_path / "shop_1", FailedRun(NOW, "RunError", f"no column {HOSTILE}"))
    costs = {"attributes": ModelCost(2.5, 1_234, 5_000_000), "run_history": ModelCost(0.5)}
    with pages(tmp_path, (view(),), {"shop_1": look(runs=(run(2, models=costs), run(1)))}) as site:
        html = site.get("/runs/shop_1/run-2")
        for text in ("2.50 s", "1,234", "5.0 MB"):
            assert text in html
        assert "is known where the run was made" in site.get("/runs/shop_1/run-1")
        html = site.get("/runs")
        assert "RunError" in html
        assert "no column &lt;script&gt;" in html


def test_what_is_between_backticks_is_code() -> None:
    assert said(f"type `run` {HOSTILE}").startswith("type <code>run</code> &lt;script&gt;")
    assert said("`<b>`") == "<code>&lt;b&gt;</code>"
    assert said("one ` alone <b>") == "one ` alone &lt;b&gt;"
    assert said("\x1b[31m") == "\\u001b[31m"
