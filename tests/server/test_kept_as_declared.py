"""What is only declared is kept and served as it is; names are distinguished without regard to case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.server.service import CLICKS, SOURCE, Client, group, served

GROUPS, ONE = "attribute_groups/", "attribute_groups/shop/versions/1"
LEAF = {"type": "event", "vendor": "com.acme", "name": "order", "major_version": 1, "path": "$.total.value[0]"}
URL = {"type": "atomic", "name": "page_url"}
CALCULATED = {"type": "calculated", "operation": "concat", "properties": [URL, LEAF], "separator": "-"}
LAST = {"name": "last", "type": "string", "aggregation": "last", "events": [{"name": "order"}], "property": LEAF}
MOMENT = datetime(2025, 3, 1)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path) as found:
        yield found


def kept(client: Client, attribute: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The attribute as the registry gives it back, wherever one asks."""
    client.done("POST", GROUPS, group(attributes=[attribute], **more))
    (found,) = client.done("GET", ONE)["attributes"]
    (listed,) = client.done("GET", GROUPS)[0]["attributes"]
    (latest,) = client.done("PUT", ONE, group(attributes=[found], **more))["attributes"]
    assert found == listed == latest
    return {name: value for name, value in found.items() if name in attribute}


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize(
    "attribute",
    [
        LAST,
        LAST | {"property": CALCULATED},
        LAST | {"events": [{"event_specification_id": "0f3a"}, {"name": "order", "event_specification_id": "0f3b"}]},
        LAST | {"criteria": {"all": [{"property": CALCULATED, "operator": "=", "value": "a-1"}]}},
        LAST | {"property": LEAF | {"path": "$.a"}, "criteria": {"any": [{"property": LEAF, "operator": "is null"}]}},
        CLICKS | {"property": URL},
        CLICKS | {"name": "CamelCase", "tags": {"team": "Growth"}},
        CLICKS | {"name": "order"},
        CLICKS | {"name": "7days"},
        CLICKS | {"name": "n" * 128},
    ],
)
def test_what_is_declared_is_kept(client: Client, attribute: dict[str, Any], offline: bool) -> None:
    assert kept(client, attribute, offline=offline) == attribute


STREAM = [
    CLICKS | {"period": "PT15M"},
    CLICKS | {"period": "P1DT12H"},
    {"name": "a", "type": "double", "aggregation": "time_since_last", "time_unit": "h", "property": URL},
]


@pytest.mark.parametrize("attribute", STREAM)
def test_what_only_streams_may_declare(client: Client, attribute: dict[str, Any]) -> None:
    assert kept(client, attribute, offline=False) == attribute
    where = "body.attributes.0.period" if "period" in attribute else "body.attributes.0.property"
    assert where in client.invalid("PUT", ONE, group(attributes=[attribute], offline=True))


def test_paths_as_text_for_a_warehouse(client: Client) -> None:
    client.done("POST", GROUPS, group(attributes=[LAST, LAST | {"name": "other", "property": CALCULATED}]))
    first, other = client.done("GET", f"{GROUPS}?property_syntax=snowflake")[0]["attributes"]
    assert first["property"] == "unstruct_event_com_acme_order_1:total.value[0]"
    assert other["property"] == CALCULATED


def test_whether_what_is_published_is_kept(client: Client) -> None:
    """A view of a client that knows no snapshots is answered as before; it can be switched on and off."""
    client.done("POST", GROUPS, group(offline=True))
    for given in ({}, {"snapshot": True}, {"snapshot": False}):
        client.done("PUT", ONE, group(offline=True, **given))
        found = client.done("GET", ONE)
        assert ({"snapshot": found["snapshot"]} if "snapshot" in found else {}) == (
            given if given.get("snapshot") else {}
        )
    assert "body" in client.invalid("PUT", ONE, group(offline=False, snapshot=True))


def test_a_view_is_one_in_any_case(client: Client) -> None:
    client.done("POST", GROUPS, group(name="ShopFloor"))
    client.refused(400, "POST", GROUPS, group(name="shopFloor"))
    for path in ("attribute_groups/SHOPFLOOR", "views/shopfloor/versions/1"):
        assert client.done("GET", path)["full_name"] == "ShopFloor_v1"
    client.done("PUT", "views/shopfloor/versions/1/batch_source", SOURCE)
    client.done("PUT", "attribute_groups/shopfloor/versions/1", group(name="SHOPfloor"))
    (found,) = client.done("GET", GROUPS)
    assert (found["name"], found["full_name"], found["batch_source"]["name"]) == ("SHOPfloor", "SHOPfloor_v1", "shop")
    client.done("POST", "/api/v1/engines/unpublish", {"attribute_groups": [{"name": "shopFLOOR", "version": 1}]})
    assert client.done("GET", "views/ShopFloor")["is_published"] is False
    client.done("DELETE", "attribute_groups/shopFloor/versions/1")
    client.refused(404, "GET", "attribute_groups/SHOPfloor")


def test_entities_and_services_are_one_in_any_case(client: Client) -> None:
    customer = {"name": "Customer", "property": {"type": "atomic", "name": "user_id"}}
    client.done("POST", "attribute_keys/", customer)
    client.refused(400, "POST", "attribute_keys/", customer | {"name": "CUSTOMER"})
    client.refused(400, "POST", "attribute_keys/", {"name": "Domain_UserID"})
    client.done("PUT", "attribute_keys/customer", customer | {"name": "cusTomer"})
    assert client.done("GET", "attribute_keys/CUSTOMER")["name"] == "cusTomer"
    client.done("POST", GROUPS, group(attribute_key={"name": "customer"}))
    assert client.done("GET", ONE)["attribute_key_or_name"] == "cusTomer"

    service = {"name": "Front", "owner": "a@b.example", "attribute_groups": [{"name": "SHOP", "version": 1}]}
    client.done("POST", "services/", service)
    client.refused(400, "POST", "services/", service | {"name": "front"})
    client.refused(409, "DELETE", ONE)
    twice = [{"name": "shop"}, {"name": "SHOP"}]
    collision = client.refused(409, "PUT", "services/FRONT", service | {"attribute_groups": twice})
    assert collision == "2 views of the service are named 'shop'; each needs a name of its own"
    client.done("DELETE", "services/fRONT")
    client.refused(409, "DELETE", "attribute_keys/CUSTOMER")
    client.done("DELETE", ONE)
    client.done("DELETE", "attribute_keys/CUSTOMER")


def test_attributes_of_one_name_in_other_cases_do_not_meet_in_a_service(client: Client) -> None:
    client.done("POST", GROUPS, group())
    client.done("POST", GROUPS, group(name="other", attributes=[CLICKS | {"name": "Clicks"}]))
    service = {"name": "s", "owner": "a@b.example", "views": [{"name": "shop"}, {"name": "other"}]}
    assert "both have an attribute 'Clicks'" in client.refused(409, "POST", "services/", service)
    twice = group(name="x", attributes=[CLICKS, CLICKS | {"name": "CLICKS"}])
    assert "2 attributes of the view are named 'clicks'" in client.refused(409, "POST", GROUPS, twice)


def test_reads_in_any_case_are_answered_as_declared(client: Client) -> None:
    client.done("POST", GROUPS, group(name="Shop", attributes=[CLICKS | {"name": "ClickCount"}]))
    client.done("POST", "services/", {"name": "Front", "owner": "a@b.example", "views": [{"name": "shop"}]})
    store = client.backend.store()
    store.declare("shop_v1", "domain_userid")  # as a sync keeps them: views and computed columns in lower case
    store.write("shop_v1", [("u1", {"clickcount": 7}, MOMENT)], MOMENT)
    for name in ("Shop_v1:ClickCount", "shop_v1:clickcount", "SHOP_v1:CLICKCOUNT", "clickCOUNT"):
        assert client.read([name]) == {"domain_userid": ["u1"], "ClickCount": [7]}
    answer = client.read([], {"USER": ["u1"]}, service="fRONT", include_freshness=True)
    assert (answer["USER"], answer["ClickCount"]) == (["u1"], [7])
    assert answer["$freshness"][0].keys() == {"Shop_v1"}
    client.done(
        "PUT", "attribute_groups/shop/versions/1", group(name="SHOP", attributes=[CLICKS | {"name": "CLICKcount"}])
    )
    assert client.read(["shop_v1:ClickCount"])["CLICKcount"] == [7]  # nothing was lost
