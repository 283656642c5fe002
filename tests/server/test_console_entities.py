"""One entity on the pages: its values, why it has them, erasing it and taking that back; and definitions to try."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape
from tests.server.console_site import HOSTILE, NOW, MadeUp, Pages, look, pages, token_in, view
from tests.server.service import served

from snowplow_signals import Derived, value
from snowplow_signals.errors import DefinitionError
from snowplow_signals.inspect.explain import ExplainedAttribute, ExplainedDay, ExplainedEvent, Explanation
from snowplow_signals.inspect.looking import ExplainValues, Failure
from snowplow_signals.server.console.reading.changed import changed
from snowplow_signals.server.console.reading.distribution import distribution
from snowplow_signals.stores import open_store
from snowplow_signals.workspace import PROFILES_FILE


def stored(folder: Path, **values: dict[str, Any]) -> None:
    """Profiles of shop_v1 in the folder's store."""
    with open_store(folder / "profiles.sqlite") as store:
        store.declare("shop_v1", "domain_userid", [["clicks"]])
        rows = [(identifier, attributes, NOW) for identifier, attributes in values.items()]
        store.write("shop_v1", rows, NOW)


def look_up(site: Pages, identifier: str) -> str:
    return site.send("/entities", "/entities", key="domain_userid", identifier=identifier)


def explanation(**more: Any) -> Explanation:
    day = ExplainedDay(date(2026, 3, 30), True, 2, 1, {"count": 1})
    lists = ExplainedDay(date(2026, 3, 29), True, 1, 0, ({"value": HOSTILE, "n": 3},))
    event = ExplainedEvent("e-1", NOW, NOW + timedelta(hours=1), date(2026, 3, 30), HOSTILE, True, True)
    item = ExplainedAttribute(
        "clicks", "counter", "int64", 7, None, False, None, date(2026, 3, 30), (day, lists), (event,), 3
    )
    return Explanation("shop_1", "domain_userid", "u1", date(2026, 3, 30), NOW, (item,), ("a property is missing",))


def test_an_entity_is_looked_up(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        assert "Nothing was synced yet" in site.get("/entities")
        site.send("/", "/entities", 200, key="domain_userid", identifier="u1")
    stored(tmp_path, u1={"clicks": 1234567}, u2={"clicks": 1})
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        assert '<button class="quiet" name="identifier" value="u1">' in site.get("/entities")
        html = look_up(site, "u1")
        assert "1,234,567" in html
        assert "no profile" in look_up(site, "nobody")
        assert "<script>" not in look_up(site, HOSTILE)
        assert "is empty" in site.send("/entities", "/entities", 400, key="domain_userid", identifier=" ")
        assert "at most" in site.send("/entities", "/entities", 400, key="domain_userid", identifier="x" * 1_001)
        assert "no view is read" in site.send("/entities", "/entities", 404, key="other", identifier="u1").lower()


def test_an_identifier_is_never_part_of_a_path(tmp_path: Path) -> None:
    stored(tmp_path, u1={"clicks": 1})
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        assert 'href="/entities/' not in look_up(site, "u1")
        assert site.http.get("/entities?identifier=u1").text.count("u1") == site.get("/entities").count("u1")


def test_erasing_is_confirmed_and_taken_back(tmp_path: Path) -> None:
    stored(tmp_path, u1={"clicks": 5})
    given = {"key": "domain_userid", "identifier": "u1"}
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        asked = site.send("/entities", "/entities/erase", **given)
        assert "shop_v1, 1 attributes" in asked
        assert "Erase it" in asked
        with open_store(tmp_path / "profiles.sqlite") as store:
            assert store.read("shop_v1", ["u1"]), "nothing was done before it was confirmed"
        done = site.send("/entities", "/entities/erase", confirmed="yes", **given)
        assert "Erased: 1 profile was removed" in done
        with open_store(tmp_path / "profiles.sqlite") as store:
            assert not store.read("shop_v1", ["u1"])
            store.write("shop_v1", [("u1", {"clicks": 5}, NOW)], NOW)
            assert not store.read("shop_v1", ["u1"]), "no sync brings it back"
        assert "erased" in look_up(site, "u1")
        assert "Restored" in site.send("/entities", "/entities/restore", **given)
        assert "It was not erased" in site.send("/entities", "/entities/restore", **given)


def test_a_value_is_explained_to_its_events(tmp_path: Path) -> None:
    stored(tmp_path, u1={"clicks": 7})
    given = {"key": "domain_userid", "identifier": "u1", "view": "shop_v1"}
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        looker = site.site.looks._looker
        assert isinstance(looker, MadeUp)
        looker.answers["shop_1"] = explanation()
        html = site.send("/entities", "/entities/explain", attribute="clicks", **given)
        assert looker.asked[-1] == ExplainValues(tmp_path / "shop_1", None, "shop_v1", "u1", "clicks")
        for text in ("2026-03-30", "count 1", "e-1", "not in the value yet", "a property is missing"):
            assert text in html
        assert "<script>" not in html
        looker.answers["shop_1"] = Failure("BusyError", "a run holds the database")
        assert "a run holds the database" in site.send("/entities", "/entities/explain", **given)
        given["view"] = "none_v1"
        assert "no view" in site.send("/entities", "/entities/explain", 404, **given)


def test_a_key_that_only_reads_changes_nothing(tmp_path: Path) -> None:
    stored(tmp_path, u1={"clicks": 5})
    with served(tmp_path) as client:
        key, secret = client.backend.registry.keys.create("default", ("read",))
        client.backend.registry.create_view(view(is_published=True))
        client.backend.definitions.refresh()
        form = {"form_token": token_in(client.http.get("/login").text), "org_id": "default"}
        client.http.post("/login", data={**form, "key_id": key.key_id, "secret": secret})
        token = token_in(client.http.get("/entities").text)
        given = {"form_token": token, "key": "domain_userid", "identifier": "u1", "confirmed": "yes", "view": "shop_v1"}
        html = client.http.post("/entities", data=given).text
        assert "Your key may read only" in html
        assert "Erase" not in html.replace("erasing", "")
        for path in ("/entities/erase", "/entities/restore", "/entities/explain", "/try"):
            assert client.http.post(path, data=given).status_code == 403, path
        assert client.backend.store().read("shop_v1", ["u1"])
        assert "a read-only key may not" in client.http.get("/try").text
        html = client.http.get("/service").text
        assert key.key_id in html
        assert secret not in html


def test_a_view_is_changed_by_a_form() -> None:
    criteria = {"all": [{"property": {"type": "atomic", "name": "page_urlpath"}, "operator": "=", "value": "/"}]}
    form = {"use-0": "on", "aggregation-0": "counter", "period-0": "7", "criteria-0": json.dumps(criteria)}
    [attribute] = changed(view(), form)["attributes"]
    assert (attribute["period"], attribute["criteria"]) == ("P7D", criteria)
    assert changed(view(), {})["attributes"] == []
    title = {"type": "atomic", "name": "page_title"}
    of_text = view(attributes=[{"name": "t", "type": "string", "aggregation": "last", "property": title}])
    for aggregation, kind in (("unique_list", "string_list"), ("category_count", "dict"), ("counter", "int64")):
        [attribute] = changed(of_text, {"use-0": "on", "aggregation-0": aggregation})["attributes"]
        assert attribute["type"] == kind
        assert ("property" in attribute) == (aggregation != "counter")
    [attribute] = changed(of_text, {"use-0": "on", "aggregation-0": "time_since_last"})["attributes"]
    assert (attribute["type"], attribute["time_unit"]) == ("double", "d")
    [attribute] = changed(of_text, {"use-0": "on", "aggregation-0": "last_n", "number-0": "3"})["attributes"]
    assert (attribute["type"], attribute["n"]) == ("string_list", 3)
    [attribute] = changed(of_text, {"use-0": "on", "aggregation-0": "percentile"})["attributes"]
    assert (attribute["type"], attribute["q"]) == ("double", 0.5)
    with pytest.raises(DefinitionError, match="its q must be a number, not 'a'"):
        changed(of_text, {"use-0": "on", "aggregation-0": "percentile", "number-0": "a"})
    with pytest.raises(DefinitionError, match=r"a unit of the calendar, not 'x'[\s\S]*not valid JSON"):
        changed(view(), {"use-0": "on", "period-0": "x", "criteria-0": "{"})


def test_what_is_derived_is_shown_and_tried_with_all_that_it_is_computed_from(tmp_path: Path) -> None:
    clicks = {"name": "clicks", "type": "int64", "aggregation": "counter"}
    twice = Derived(name="twice", type="double", expression=value("clicks") / value("clicks"))
    derived = view(attributes=[twice.to_json(), clicks])
    assert [one["name"] for one in changed(derived, {"use-1": "on"})["attributes"]] == ["clicks", "twice"]
    assert changed(derived, {})["attributes"] == []
    with pages(tmp_path, (derived,), {"shop_1": look()}) as site:
        (tmp_path / PROFILES_FILE).write_text("")
        assert f"<code>{escape(twice.expression)}</code>" in site.get("/views/shop_v1")
        for tab in ("/lineage", "/definition", "/versions"):
            site.get(f"/views/shop_v1{tab}")
        html = site.get("/try?view=shop_v1")
        assert 'name="use-1"' in html
        assert 'name="use-0"' not in html


def test_a_definition_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def run(request: Any, deadline: float) -> dict[str, Any]:
        asked.append(request)
        if request.ids == ["fail"]:
            return {"error": "SourceError", "message": f"the events table has no {HOSTILE}"}
        rows = [{"domain_userid": f"u{number}", "clicks": number or None} for number in range(150)]
        return {"rows": rows, "entities": 4_000}

    (tmp_path / PROFILES_FILE).write_text("")
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        monkeypatch.setattr(site.site.previews, "run", run)
        html = site.send(
            "/try?view=shop_v1", "/try", **{"view": "shop_v1", "use-0": "on", "period-0": "3", "window": "P1D"}
        )
        assert (asked[-1].seconds, asked[-1].view["attributes"][0]["period"]) == (86_400, "P3D")
        assert "4,000 entities" in html
        assert "99.3 % have a value" in html
        assert html.count('<tr><th scope="row"><code>u') == 100
        pasted = json.dumps({**view("pasted").to_json(), "entity": {"name": "user"}})
        site.send("/try", "/try", json=pasted, ids="a, b\nc", app_ids="web")
        assert (asked[-1].view["name"], asked[-1].ids, asked[-1].app_ids) == ("pasted", ["a", "b", "c"], ["web"])
        failed = site.send("/try", "/try", 422, view="shop_v1", ids="fail", **{"use-0": "on"})
        assert "the events table has no &lt;script&gt;" in failed
        number = len(asked)
        for fields, reason in (
            ({"view": "shop_v1"}, "the view is empty"),
            ({"json": "{"}, "not valid JSON"),
            ({"json": '{"name": "x", "entity": {"name": "nobody"}, "colour": 1}'}, "colour"),
            ({"view": "shop_v1", "use-0": "on", "criteria-0": '{"all": 3}'}, "criteria"),
            ({"view": "shop_v1", "use-0": "on", "ids": ",".join(map(str, range(51)))}, "at most 50"),
        ):
            assert reason in site.send("/try", "/try", 422, **fields), fields
        assert len(asked) == number, "nothing of these reached the warehouse"


def test_without_a_warehouse_nothing_can_be_tried(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        assert "profiles.yml" in site.get("/try")


def test_distributions_are_of_what_is_there() -> None:
    found = distribution("n", [1, 2, 2, None, 10])
    assert (found.rows, found.nulls, found.distinct, found.low, found.high, found.mean) == (5, 1, 3, 1, 10, 3.75)
    assert [one.count for one in found.bins] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert sum(one.count for one in distribution("n", [0.1 * n for n in range(1000)]).bins) == 1000
    assert distribution("n", [5.0] * 3).bins[0].count == 3
    assert distribution("n", [float("inf"), 1.0]).bins == ()
    assert distribution("t", ["a", "b", "a", None]).top == (("a", 2), ("b", 1))
    assert distribution("l", [["a", "b"], ["a"]]).top == (("a", 2), ("b", 1))
    assert distribution("d", [{"a": 3}, {"b": 1}]).top == (("a", 3), ("b", 1))
    assert distribution("b", [True, False, True]).top == (("true", 2), ("false", 1))
    assert distribution("none", [None, None]).coverage == 0
    assert distribution("none", []).coverage == 0


def test_the_page_of_the_service_says_where_everything_is(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        html = site.get("/service")
        assert "none: this shows a folder alone" in html
        assert str(tmp_path / "profiles.sqlite") in html
        assert "API keys" not in html
    with served(tmp_path, store_url="redis://user:hush@localhost:1/0") as client:
        html = client.http.get("/service").text
        assert "hush" not in html
        assert "unavailable" in html


def test_a_moment_is_written_in_utc(tmp_path: Path) -> None:
    with pages(tmp_path, (view(),), {"shop_1": look()}) as site:
        html = site.get("/views/shop_v1")
    assert '<time datetime="2026-03-31T11:00:00Z">2026-03-31 11:00 UTC</time>' in html
