"""Criteria in groups, and comparisons of two properties, as clients send and read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests import random_views
from tests.server.service import CLICKS, Client, group, served

from snowplow_signals import AtomicProperty, Criteria

GROUPS, ONE = "attribute_groups/", "attribute_groups/shop/versions/1"
PAGE, TIME, SENT = ({"type": "atomic", "name": name} for name in ("page_url", "derived_tstamp", "dvce_sent_tstamp"))
PAID = {"type": "event", "vendor": "com.acme", "name": "order", "major_version": 1, "path": "paid"}
DEEP = {
    "all": [
        {"any": [{"property": PAID, "operator": "ilike", "value": "ÉTÉ%"}, {"all": [{
            "property": TIME, "operator": "<", "other_property": SENT,
        }]}]},
        {"property": PAID, "operator": "!=", "other_property": PAID | {"path": "due"}, "compare_as": "number"},
        {"property": PAID, "operator": "between", "value": [1, 2.5]},
    ]
}  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path) as found:
        yield found


def counted(criteria: Any) -> dict[str, Any]:
    return group(attributes=[CLICKS | {"criteria": criteria}])


def test_groups_are_kept_as_declared(client: Client) -> None:
    client.done("POST", GROUPS, counted(DEEP))
    (found,) = client.done("GET", ONE)["attributes"]
    assert found["criteria"] == DEEP
    assert client.done("PUT", ONE, counted(found["criteria"]))["attributes"] == [found]


def test_properties_in_groups_are_text_for_clients_that_ask_for_it(client: Client) -> None:
    text = {"property": "unstruct_event_com_acme_order_1:paid", "operator": "=", "value": "a"}
    other = {"property": "page_url", "operator": "=", "other_property": "mkt_source"}
    client.done("POST", GROUPS, counted({"any": [{"all": [text, other]}]}))
    (found,) = client.done("GET", f"{GROUPS}?property_syntax=snowflake")[0]["attributes"]
    (first, second) = found["criteria"]["any"][0]["all"]
    assert first["property"] == text["property"]
    assert (second["property"], second["other_property"]) == ("page_url", {"type": "atomic", "name": "mkt_source"})


@pytest.mark.parametrize(
    ("criteria", "place"),
    [
        ({"all": [{"any": [{"property": PAGE, "operator": "between", "value": ["a"]}]}]}, "all.0.any.0"),
        ({"any": [DEEP, {"all": [{"property": PAID, "operator": "=", "other_property": PAID}]}]}, "any.1.all.0"),
        ({"any": [{"all": []}]}, "any.0"),
    ],
)
def test_what_is_wrong_in_a_group_is_found_there(client: Client, criteria: Any, place: str) -> None:
    assert client.invalid("POST", GROUPS, counted(criteria)).keys() == {f"body.attributes.0.criteria.{place}"}


def test_the_description_accepts_what_can_be_declared(client: Client) -> None:
    described = client.http.get("/openapi.json").json()
    valid = Draft202012Validator({"$ref": "#/components/schemas/Criteria", "components": described["components"]})
    assert valid.is_valid(DEEP)
    assert not valid.is_valid({"all": [{"any": [{"property": PAID, "operator": "<", "other_property": PAID}]}]})
    assert not valid.is_valid({"all": [{"property": PAGE, "operator": "<", "other_property": TIME}]})
    random, accepted = Random(5), 0
    for number in range(800):
        one = random_views.of_two(random) if number % 2 else random_views.criterion(random)
        used = [prop for prop in (one.property, one.other_property) if prop is not None]
        if all(isinstance(prop, AtomicProperty) and prop.date_part is None for prop in used):
            valid.validate(Criteria(all=[Criteria(any=[one])]).to_json())
            accepted += 1
    assert accepted > 50
