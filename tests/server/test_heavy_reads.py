"""Requests for profiles that ask for much, or for what is not there: what they cost, and what others notice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.server.service import CLICKS, READ, Client, group, served

from snowplow_signals.errors import did_you_mean
from snowplow_signals.server.profiles import selection
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.wire import read_view

VIEWS = 300
CHANGED = datetime(2025, 3, 1)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Many views; `clicks` is an attribute of all of them, `only_7` of one."""
    with served(tmp_path_factory.mktemp("crowded")) as client:
        registry = client.backend.registry
        for number in range(VIEWS):
            one = group(name=f"view_{number}", attributes=[CLICKS, CLICKS | {"name": f"only_{number}"}])
            registry.create_view(read_view(one, registry.entity))
        client.backend.definitions.refresh()
        yield client


def asked(attributes: list[str], *identifiers: str, **more: Any) -> dict[str, Any]:
    return {"attribute_keys": {"domain_userid": list(identifiers) or ["u1"]}, "attributes": attributes} | more


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The views of which it was looked up by which key they are read."""
    views: list[str] = []
    of = selection._Keys.of
    monkeypatch.setattr(selection._Keys, "of", lambda keys, view: views.append(view.name) or of(keys, view))
    return views


def test_bare_names_are_looked_up_not_searched(crowded: Client, compared: list[str]) -> None:
    answer = crowded.done("POST", READ, asked([f"only_{number}" for number in range(VIEWS)]))
    assert len(answer) == VIEWS + 1
    assert len(compared) <= 2 * VIEWS  # and not one for each name and view


def test_views_that_are_read_by_other_keys_are_not_looked_at(crowded: Client, compared: list[str]) -> None:
    """However many they are, and however many keys and names a request has."""
    registry = crowded.backend.registry
    shared = [CLICKS | {"name": f"shared_{number}"} for number in range(20)]
    for name, key in (("first", "domain_userid"), ("other", "domain_userid"), ("apart", "user_id")):
        one = group(name=name, attributes=[CLICKS, *shared], attribute_key={"name": key, "key": key})
        registry.create_view(read_view(one, registry.entity))
    crowded.backend.definitions.refresh()
    keys = {f"key_{number}": ["u1"] for number in range(99)} | {"user_id": ["u1"]}
    body = {"attribute_keys": keys, "attributes": ["clicks", *(one["name"] for one in shared)]}
    assert crowded.done("POST", READ, body)["clicks"] == [None]
    assert set(compared) == {"apart"}


def test_an_ambiguous_name_is_refused_briefly(crowded: Client) -> None:
    reason = crowded.invalid("POST", READ, asked(["clicks"]))["body.attributes"]
    assert "several views have an attribute 'clicks'" in reason
    assert len(reason) < 500


def test_what_is_refused_is_not_worked_out_twice(crowded: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []
    select = selection.select
    monkeypatch.setattr(selection, "select", lambda *args, **more: worked.append(args) or select(*args, **more))
    reasons = {crowded.refused(404, "POST", READ, asked(["nothing_like_it"])) for _ in range(20)}
    assert len(reasons) == 1
    assert len(worked) <= 2  # once, and once more after the registry was asked


def test_the_registry_is_not_asked_by_each_request_for_what_is_not_there(
    crowded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = crowded.backend.definitions
    refresh, looks = definitions.refresh, []
    monkeypatch.setattr(definitions, "refresh", lambda: looks.append(1) or refresh())

    async def fifty() -> None:
        await asyncio.gather(*(definitions.refresh_soon() for _ in range(50)))

    assert crowded.http.portal is not None
    crowded.http.portal.call(fifty)
    assert 1 <= len(looks) <= 3  # one may be that of the loop that looks every second


def test_what_another_process_published_is_found_at_once(crowded: Client) -> None:
    registry = crowded.backend.registry
    for number in range(3):
        one = group(name=f"later_{number}", attributes=[CLICKS | {"name": f"later_{number}"}])
        registry.create_view(read_view(one, registry.entity))  # as another process does: nothing is refreshed here
        assert crowded.done("POST", READ, asked([f"later_{number}"]))[f"later_{number}"] == [None]


def test_what_is_published_while_a_request_looks_for_it_is_found(
    crowded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the loop that looks every second is the one that finds it, before the request looks again."""
    registry, definitions = crowded.backend.registry, crowded.backend.definitions
    one = group(name="meanwhile", attributes=[CLICKS | {"name": "meanwhile"}])
    of, published = selection.Selections.of, []

    async def slow(self: Any, question: Any, snapshot: Any) -> Any:
        try:
            return await of(self, question, snapshot)
        finally:
            if not published:
                published.append(registry.create_view(read_view(one, registry.entity)))
                definitions.refresh()

    monkeypatch.setattr(selection.Selections, "of", slow)
    assert crowded.done("POST", READ, asked(["meanwhile"]))["meanwhile"] == [None]


@pytest.mark.parametrize("name", ["x" * 1_000_000, "é" * 301, "view_1_v1:" + "a" * 300])
def test_a_name_that_is_none_is_refused_by_its_length(crowded: Client, name: str) -> None:
    found = crowded.refused(422, "POST", READ, asked([name]))
    assert len(str(found)) < 500
    assert crowded.refused(422, "POST", READ, {"attribute_keys": {"user": ["a"]}, "service": name})


def test_suggestions_compare_few_names() -> None:
    names = [f"some_view_{number}_v1" for number in range(5_000)]
    assert did_you_mean("some_view_4711_v1x", names) == "; did you mean 'some_view_4711_v1'?"
    assert did_you_mean("x" * 301, names) == ""
    assert did_you_mean("clikcs", ["clicks", "other"]) == "; did you mean 'clicks'?"


def test_what_is_remembered_of_requests_is_bounded(crowded: Client) -> None:
    known = selection.Selections()
    snapshot = crowded.backend.definitions.snapshot

    async def ask() -> None:
        for number in range(1_500):
            names = (f"view_{number % VIEWS}_v1:clicks", "view_1_v1:only_1")
            keys = {"domain_userid": ["u"], f"k{number}": ["v"]}
            await known.of(selection.Question(keys, None, names, has_full_names=True, has_freshness=False), snapshot)

    asyncio.run(ask())
    assert 0 < len(known._known) <= selection.REMEMBERED


def test_a_publication_is_seen_though_the_question_was_asked_before(crowded: Client) -> None:
    body = asked(["published_later"])
    for _ in range(2):
        crowded.refused(404, "POST", READ, body)
    one = group(name="published", attributes=[CLICKS | {"name": "published_later"}])
    crowded.done("POST", "views", one)
    assert crowded.done("POST", READ, body)["published_later"] == [None]
    crowded.done("DELETE", "views/published/versions/1")
    crowded.refused(404, "POST", READ, body)


def test_a_large_answer_is_the_same_as_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as client:
        attributes = [CLICKS | {"name": name} for name in ("a", "b")]
        client.done("POST", "views", group(attributes=attributes))
        store = client.backend.store()
        store.declare("shop_v1", "domain_userid")
        store.write("shop_v1", [(f"u{n}", {"a": n, "b": n * 2}, CHANGED) for n in range(300)], datetime.now(UTC))
        body = asked(["shop_v1:a", "shop_v1:b"], *(f"u{n}" for n in range(301)), include_freshness=True)
        small = client.done("POST", READ, body)
        monkeypatch.setattr("snowplow_signals.server.profiles.routes.SMALL", 0)
        assert client.done("POST", READ, body) == small
        assert small["b"] == [n * 2 for n in range(300)] + [None]
        assert len(small["$freshness"]) == 301


def test_more_than_can_be_answered_is_refused(tmp_path: Path) -> None:
    limits = Limits(profile_bytes=100_000, profiles=500)
    with served(tmp_path, limits=limits) as client:
        client.done(
            "POST",
            "views",
            group(
                attributes=[
                    CLICKS
                    | {
                        "name": "a",
                        "type": "string",
                        "aggregation": "last",
                        "property": {"type": "atomic", "name": "page_url"},
                    }
                ]
            ),
        )
        store = client.backend.store()
        store.declare("shop_v1", "domain_userid")
        store.write("shop_v1", [(f"u{n}", {"a": "x" * 1_000}, CHANGED) for n in range(300)], datetime.now(UTC))
        some = [f"u{n}" for n in range(300)]
        found = client.invalid("POST", READ, asked(["shop_v1:a"], *some))
        assert "too large together" in found["body.attribute_keys"]
        assert "too large together" in client.invalid("POST", READ, asked(["a"], *["u1"] * 300))["body.attribute_keys"]
        assert (
            "more than 500 profiles" in client.invalid("POST", READ, asked(["a"], *some, *some))["body.attribute_keys"]
        )
        assert client.done("POST", READ, asked(["shop_v1:a"], *some[:50]))["a"] == ["x" * 1_000] * 50
