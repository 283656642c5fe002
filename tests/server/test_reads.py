"""The Profiles API: typed values, aligned with the identifiers, of views and services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.server.service import CLICKS, READ, SOURCE, Client, group, served

from snowplow_signals.errors import StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.server.wire import read_view

CHANGED = datetime(2025, 3, 1, 12)
URL = {"type": "atomic", "name": "page_url"}
TYPES: dict[str, tuple[Any, Any]] = {
    # type: (as it is stored, as it is served)
    "string": ("Zoë 'x' \"y\" {{ z }}", "Zoë 'x' \"y\" {{ z }}"),
    "int64": (2**53 + 1, 2**53 + 1),
    "double": (0.1, 0.1),
    "bool": (False, False),
    "bytes": ("ü".encode(), "ü"),
    "timestamp": (datetime(2025, 1, 2, 3, 4, 5, 600_000), "2025-01-02T03:04:05.600000Z"),
    "unix_timestamp": (1_700_000_000, 1_700_000_000),
    "string_list": (["a", "b"], ["a", "b"]),
    "int32_list": ([], []),
    "dict": ({"a": 2, "b": 1}, {"a": 2, "b": 1}),
}


def external(name: str = "typed", **changes: Any) -> dict[str, Any]:
    fields = [{"name": f"is_{kind}", "type": kind} for kind in TYPES]
    return group(name=name, attributes=None, fields=fields, batch_source=SOURCE, **changes)


def store(client: Client, view: str, key: str = "domain_userid", **profiles: dict[str, Any]) -> None:
    opened = client.backend.store()
    opened.declare(view, key)
    opened.write(view, [(one, values, CHANGED) for one, values in profiles.items()], CHANGED)


@pytest.fixture
def shop(client: Client) -> Client:
    """A view with clicks of u1 and u2."""
    client.done("POST", "attribute_groups/", group())
    store(client, "shop_v1", u1={"clicks": 7}, u2={"clicks": 0})
    return client


def test_values_are_typed_and_in_lists(client: Client) -> None:
    client.done("POST", "attribute_groups/", external())
    store(client, "typed_v1", u1={f"is_{kind}": stored for kind, (stored, _) in TYPES.items()})
    answer = client.read([f"typed_v1:is_{kind}" for kind in TYPES])
    assert answer == {"domain_userid": ["u1"]} | {f"is_{kind}": [shown] for kind, (_, shown) in TYPES.items()}
    assert {type(answer["is_double"][0]), type(answer["is_int64"][0])} == {float, int}


def test_lists_are_in_the_order_of_the_identifiers(shop: Client) -> None:
    many = ["u2", "nobody", "u1", "u2"]
    assert shop.read(["shop_v1:clicks"], {"domain_userid": many}) == {
        "domain_userid": many,
        "clicks": [0, None, 7, 0],
    }
    thousand = [f"x{number}" for number in range(999)] + ["u1"]
    assert shop.read(["shop_v1:clicks"], {"domain_userid": thousand})["clicks"] == [None] * 999 + [7]


def test_an_unknown_identifier_is_no_error(shop: Client) -> None:
    assert shop.read(["shop_v1:clicks"], {"domain_userid": ["nobody"]}) == {
        "domain_userid": ["nobody"],
        "clicks": [None],
    }


@pytest.mark.parametrize("odd", ["", " ", "'; drop table profiles; --", "{{ x }}", "%", "ü", "😀", "a/b", "u1\n", "*"])
def test_identifiers_are_only_values(shop: Client, odd: str) -> None:
    store(shop, "shop_v1", **{odd: {"clicks": 5}})
    assert shop.read(["shop_v1:clicks"], {"domain_userid": [odd, "u1"]})["clicks"] == [5, 7]


def test_whole_numbers_are_identifiers(shop: Client) -> None:
    store(shop, "shop_v1", **{"42": {"clicks": 5}})
    assert shop.read(["shop_v1:clicks"], {"domain_userid": [42]}) == {"domain_userid": [42], "clicks": [5]}


@pytest.mark.parametrize(
    "number", ["18446744073709551616", "-9223372036854775809", "1e300", "9007199254740994.0", "0.5"]
)
def test_numbers_that_are_not_read_as_they_are_sent(shop: Client, number: str) -> None:
    body = f'{{"attribute_keys": {{"domain_userid": [{number}]}}, "attributes": ["shop_v1:clicks"]}}'
    answer = shop.http.post(READ, content=body)
    assert (answer.status_code, answer.json()["detail"][0]["msg"]) == (422, "identifiers are text, or whole numbers")


def test_values_of_more_than_64_bits(shop: Client) -> None:
    store(shop, "shop_v1", u9={"clicks": 2**128}, u8={"clicks": [1, 2**70]}, u7={"clicks": {"a": -(2**64)}})
    answer = shop.read(["shop_v1:clicks"], {"domain_userid": ["u9", "u8", "u7", "u1"]})
    assert answer["clicks"][3] == 7


def test_the_spelling_of_the_key_is_echoed(shop: Client) -> None:
    assert shop.read(["shop_v1:clicks"], {"user": ["u1"]}) == {"user": ["u1"], "clicks": [7]}
    older = {"entities": {"session": None, "user": ["u1"]}, "service": None, "attributes": ["shop_v1:clicks"]}
    assert shop.done("POST", READ, older | {"full_attribute_names": False}) == {"user": ["u1"], "clicks": [7]}


def test_names_in_full(shop: Client) -> None:
    answer = shop.read(["shop_v1:clicks"], full_attribute_names=True)
    assert answer == {"domain_userid": ["u1"], "shop_v1:clicks": [7]}


def test_names_alone_when_only_one_view_has_them(shop: Client) -> None:
    assert shop.read(["clicks"])["clicks"] == [7]
    shop.done("POST", "attribute_groups/", group(name="other"))
    detail = shop.invalid("POST", READ, {"attribute_keys": {"user": ["u1"]}, "attributes": ["clicks"]})
    assert "other_v1:clicks, shop_v1:clicks" in detail["body.attributes"]


def test_a_new_version_is_read_by_its_name(shop: Client) -> None:
    shop.done("POST", "attribute_groups/", group(version=2))
    store(shop, "shop_v2", u1={"clicks": 70})
    assert shop.read(["shop_v2:clicks"])["clicks"] == [70]
    assert shop.read(["shop_v1:clicks"])["clicks"] == [7]
    assert shop.read(["clicks"])["clicks"] == [70]


def test_a_service_gives_all_of_its_views(shop: Client) -> None:
    shop.done("POST", "attribute_groups/", group(name="visits", attributes=[CLICKS | {"name": "visits"}]))
    store(shop, "visits_v1", u1={"visits": 2})
    views = [{"name": "shop"}, {"name": "visits"}]
    shop.done("POST", "services/", {"name": "home", "owner": "a@b.example", "views": views})
    asked = {"service": "home", "attribute_keys": {"domain_userid": ["u1", "u2"]}}
    assert shop.done("POST", READ, asked) == {
        "domain_userid": ["u1", "u2"],
        "clicks": [7, 0],
        "visits": [2, None],
    }


def test_a_service_about_two_entities(shop: Client) -> None:
    session = {"name": "domain_sessionid"}
    shop.done(
        "POST",
        "views/",
        group(name="visit", attribute_key=None, entity=session, attributes=[CLICKS | {"name": "pages"}]),
    )
    store(shop, "visit_v1", "domain_sessionid", s1={"pages": 3})
    views = [{"name": "shop"}, {"name": "visit"}]
    shop.done("POST", "services/", {"name": "home", "owner": "a@b.example", "views": views})
    both = {"domain_userid": ["u1", "u2"], "domain_sessionid": ["s1", "s1"]}
    answer = shop.done("POST", READ, {"service": "home", "attribute_keys": both})
    assert (answer["clicks"], answer["pages"]) == ([7, 0], [3, 3])
    answer = shop.done("POST", READ, {"service": "home", "attribute_keys": {"session": ["s1"]}})
    assert (answer["clicks"], answer["pages"]) == ([None], [3])
    other = shop.refused(404, "POST", READ, {"service": "home", "attribute_keys": {"network_userid": ["n"]}})
    assert "'domain_sessionid', 'domain_userid'" in other
    uneven = {"domain_userid": ["u1", "u2"], "domain_sessionid": ["s1"]}
    assert "the same length" in shop.refused(409, "POST", READ, {"service": "home", "attribute_keys": uneven})


def test_attributes_of_one_name_are_asked_for_in_full(shop: Client) -> None:
    shop.done("POST", "attribute_groups/", group(name="other"))
    store(shop, "other_v1", u1={"clicks": 70})
    both = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks", "other_v1:clicks"]}
    reason = shop.invalid("POST", READ, both)["body.attributes"]
    assert "shop_v1:clicks and other_v1:clicks" in reason
    answer = shop.done("POST", READ, both | {"full_attribute_names": True})
    assert (answer["shop_v1:clicks"], answer["other_v1:clicks"]) == ([7], [70])


def test_time_since_is_counted_when_it_is_read(client: Client) -> None:
    since = {
        "name": "idle",
        "type": "double",
        "aggregation": "time_since_last",
        "time_unit": "h",
        "default_value": -1.0,
    }
    client.done("POST", "attribute_groups/", group(attributes=[since]))
    hours = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=3)
    store(client, "shop_v1", u1={"idle": hours}, u2={"idle": None})
    known, default = client.read(["shop_v1:idle"], {"domain_userid": ["u1", "u2"]})["idle"]
    assert known == pytest.approx(3, abs=0.05)
    assert default == -1.0


def test_what_has_expired_is_null(client: Client) -> None:
    client.done("POST", "attribute_groups/", group(ttl="P1D"))
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [("old", {"clicks": 1}, now - timedelta(days=2)), ("new", {"clicks": 2}, now - timedelta(hours=2))]
    client.backend.store().write("shop_v1", rows, now)
    assert client.read(["shop_v1:clicks"], {"domain_userid": ["old", "new"]})["clicks"] == [None, 2]


def test_how_fresh_an_answer_is(shop: Client) -> None:
    answer = shop.read(["shop_v1:clicks"], {"domain_userid": ["u1", "nobody"]}, include_freshness=True)
    moment = "2025-03-01T12:00:00Z"
    assert answer["$freshness"] == [
        {"shop_v1": {"changed_at": moment, "confirmed_at": moment}},
        {"shop_v1": None},
    ]
    opened = shop.backend.store()
    synced = CHANGED + timedelta(days=1)
    opened.set_state(type(opened.state("shop_v1"))("shop_v1", started_at=synced, finished_at=synced))
    shop.backend._confirmations = (-10.0, {})
    answer = shop.read(["shop_v1:clicks"], include_freshness=True)
    assert answer["$freshness"][0]["shop_v1"]["confirmed_at"] == "2025-03-02T12:00:00Z"


KEYS = {"domain_userid": ["u1"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"attribute_keys": KEYS}, "body"),
        ({"attribute_keys": KEYS, "attributes": []}, "body"),
        ({"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"], "service": "home"}, "body"),
        ({"attributes": ["shop_v1:clicks"]}, "body.attribute_keys"),
        ({"attribute_keys": KEYS, "entities": KEYS, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys"),
        ({"attribute_keys": [], "attributes": ["shop_v1:clicks"]}, "body.attribute_keys"),
        ({"entities": {}, "attributes": ["shop_v1:clicks"]}, "body.entities"),
        ({"attribute_keys": {"user": []}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": "u1"}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": [None]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": [True]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": [1.5]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": ["a\0b"]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": ["x" * 1001]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"user": ["x"] * 1001}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys.user"),
        ({"attribute_keys": {"x" * 129: ["x"]}, "attributes": ["shop_v1:clicks"]}, "body.attribute_keys"),
        ({"attribute_keys": {f"k{n}": ["x"] for n in range(101)}, "service": "home"}, "body.attribute_keys"),
        ({"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"] * 1001}, "body.attributes"),
        ({"attribute_keys": KEYS, "attributes": "shop_v1:clicks"}, "body.attributes"),
        ({"attribute_keys": KEYS, "attributes": [1]}, "body.attributes"),
        ({"attribute_keys": KEYS, "service": 7}, "body.service"),
        ({"attribute_keys": KEYS, "service": "x", "full_attribute_names": "yes"}, "body.full_attribute_names"),
    ],
)  # fmt: skip
def test_wrong_questions_are_refused_with_the_field(shop: Client, body: dict[str, Any], field: str) -> None:
    assert shop.invalid("POST", READ, body).keys() == {field}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"attribute_keys": KEYS, "attributes": ["shop_v1:cliks"]}, "did you mean 'clicks'"),
        ({"attribute_keys": KEYS, "attributes": ["no such"]}, "has an attribute 'no such'"),
        ({"attribute_keys": {"session": ["s"]}, "attributes": ["shop_v1:clicks"]}, "is read by 'domain_userid'"),
        ({"attribute_keys": KEYS, "attributes": ["shpo_v1:clicks"]}, "did you mean 'shop_v1'"),
        ({"attribute_keys": KEYS, "service": "hme"}, "there is no service 'hme'"),
        ({"entities": {"user": None}, "attributes": ["shop_v1:clicks"]}, "is read by 'domain_userid'"),
    ],
)
def test_what_is_not_there_is_not_found(shop: Client, body: dict[str, Any], reason: str) -> None:
    assert reason in shop.refused(404, "POST", READ, body)


def test_what_is_not_there(shop: Client) -> None:
    assert "did you mean 'shop_v1'" in shop.refused(
        404, "POST", READ, {"attribute_keys": KEYS, "attributes": ["shop_v2:clicks"]}
    )
    assert "no service 'nope'" in shop.refused(404, "POST", READ, {"attribute_keys": KEYS, "service": "nope"})
    shop.done("DELETE", "attribute_groups/shop/versions/1")
    shop.refused(404, "POST", READ, {"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"]})


def test_an_unpublished_view_is_still_read(shop: Client) -> None:
    shop.done("PUT", "attribute_groups/shop/versions/1", group(is_published=False))
    assert shop.read(["shop_v1:clicks"])["clicks"] == [7]


def test_what_another_process_publishes_can_be_read_at_once(shop: Client, tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.sqlite") as other:
        other.create_view(read_view(group(name="later"), other.entity))
        store(shop, "later_v1", u1={"clicks": 3})
        assert shop.read(["later_v1:clicks"])["clicks"] == [3]


def test_text_that_is_none_does_not_break_an_answer(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.done("POST", "attribute_groups/", external())
    store(shop, "typed_v1", u1={"is_string": "x"})
    found = shop.backend.store().read("typed_v1", ["u1"])
    found["u1"].values["is_string"] = "half \ud800 of it"
    monkeypatch.setattr(shop.backend.store(), "read", lambda *_: found)
    assert shop.read(["typed_v1:is_string"])["is_string"] == ["half ? of it"]


def test_erasing_and_restoring(shop: Client) -> None:
    people = {"attribute_keys": {"user": ["u1", "nobody"]}}
    assert shop.done("POST", "/api/v1/profiles/erase", people) == {"profiles_removed": 1}
    assert shop.read(["shop_v1:clicks"])["clicks"] == [None]
    store(shop, "shop_v1", u1={"clicks": 8})
    assert shop.read(["shop_v1:clicks"])["clicks"] == [None]
    assert shop.done("POST", "/api/v1/profiles/restore", people) == {"restored": 2}
    store(shop, "shop_v1", u1={"clicks": 8})
    assert shop.read(["shop_v1:clicks"])["clicks"] == [8]
    wrong = shop.refused(404, "POST", "/api/v1/profiles/erase", {"attribute_keys": {"nobody": ["x"]}})
    assert wrong == "no view is read by the key 'nobody'"


def test_many_are_erased_and_restored_in_one_transaction(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, begun = shop.backend.registry.erasures, []
    begin = ledger._transactions
    monkeypatch.setattr(ledger, "_transactions", lambda *, writes: begun.append(writes) or begin(writes=writes))
    people = {"attribute_keys": {"user": [f"u{number}" for number in range(300)]}}
    shop.done("POST", "/api/v1/profiles/erase", people)
    assert shop.done("POST", "/api/v1/profiles/restore", people) == {"restored": 300}
    assert shop.done("POST", "/api/v1/profiles/restore", people) == {"restored": 0}
    assert begun.count(True) == 3


def test_how_syncs_stand(shop: Client) -> None:
    path = "attribute_groups/shop/versions/1/sync_status"
    assert shop.done("GET", path)["status"] == "no batch source"
    shop.done("PUT", "attribute_groups/shop/versions/1/batch_source", SOURCE)
    assert shop.done("GET", path)["status"] == "never synced"
    state = type(shop.backend.store().state("shop_v1"))
    failed = state("shop_v1", failures=2, error="no such table", failed_at=CHANGED, retry_at=CHANGED)
    shop.backend.store().set_state(failed)
    status = shop.done("GET", "views/shop/versions/1/sync_status")
    assert (status["status"], status["error"], status["interval_seconds"]) == ("failing", "no such table", 300)
    assert shop.done("GET", "/api/v1/sync_status") == [status]
    shop.done("POST", "/api/v1/engines/unpublish", {"views": [{"name": "shop"}]})
    assert shop.done("GET", path)["status"] == "not published"
    shop.refused(404, "GET", "views/shop/versions/2/sync_status")


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Client]:
    """A service whose store is a folder that is not there."""
    with served(tmp_path, store_url=str(tmp_path / "later" / "profiles.sqlite")) as client:
        client.done("POST", "attribute_groups/", group())
        yield client


def test_a_store_that_is_gone_gives_503_and_comes_back_by_itself(broken: Client, tmp_path: Path) -> None:
    asked = {"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"]}
    assert "profiles store cannot be reached" in broken.refused(503, "POST", READ, asked)
    assert str(tmp_path) not in broken.refused(503, "POST", READ, asked)
    status, health = broken.call("GET", "/health-all")
    assert (status, health["dependencies"]) == (503, {"registry": "ok", "profiles_store": "unavailable"})
    broken.refused(503, "GET", "/api/v1/sync_status")
    (tmp_path / "later").mkdir()
    broken.backend.store._tried = -10.0
    assert broken.done("POST", READ, asked)["clicks"] == [None]


def test_a_failing_read_answers_all_that_waited(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.backend.reader, "_is_file", False)
    assert shop.read(["shop_v1:clicks"])["clicks"] == [7]

    def fail(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(shop.backend.store(), "read", fail)
    asked = {"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"]}
    for _ in range(3):
        shop.refused(503, "POST", READ, asked)
    monkeypatch.undo()
    assert shop.read(["shop_v1:clicks"])["clicks"] == [7]


def test_a_bug_is_said_to_be_one(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.backend.store(), "read", lambda *_: 1 / 0)
    asked = {"attribute_keys": KEYS, "attributes": ["shop_v1:clicks"]}
    assert "see the service's log" in shop.refused(500, "POST", READ, asked)
    monkeypatch.setattr(shop.backend.reader, "_is_file", False)
    assert "see the service's log" in shop.refused(500, "POST", READ, asked)
