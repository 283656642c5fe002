"""What public clients send, and what they need of the answers: as it was recorded from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.server.service import API, Client

EXAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("wire_examples.json").read_text())
OUTSIDE = ("interventions", "event_log", "engines/unpublish")
TOLD_BY_NOBODY_ELSE = (
    "online_store",
    "created_timestamp_column",
    "tags",
    "view_or_entity_ttl",
    "accessToken",
    "detail",
)
"""Fields of the recorded answers that hold what only their server knew, or what is not kept."""


def body_of(method: str, path: str, status: int) -> Any:
    return next(
        one["request_json"]
        for one in EXAMPLES
        if (one["method"], one["path"].rstrip("/"), one["status"]) == (method, f"{API}/registry/{path}", status)
    )


def is_outside(example: dict[str, Any]) -> bool:
    return any(word in example["path"] for word in OUTSIDE)


def needs_warehouse(example: dict[str, Any]) -> bool:
    """Those are answered in tests of their own."""
    return "/testing/" in example["path"] or "/datasets/" in example["path"]


def set_up(client: Client, example: dict[str, Any]) -> None:
    """What was there before the example was recorded, but for what it creates."""
    groups = f"{API}/registry/attribute_groups"
    ecom = body_of("POST", "attribute_groups", 201)
    service = next(one["response_json"] for one in EXAMPLES if one["path"].endswith("services/my_service"))
    there = [
        (f"{API}/registry/attribute_keys", body_of("POST", "attribute_keys", 201)),
        (groups, ecom),
        (groups, body_of("POST", "attribute_groups", 400)),
        (groups, ecom | {"name": "newer"}),
        (f"{API}/registry/views", body_of("POST", "views", 201)),
        (f"{API}/registry/services", body_of("POST", "services", 201)),
        (f"{API}/registry/services", service),
    ]
    for path, body in there:
        if (example["status"], example["path"].rstrip("/"), example["request_json"]) == (201, path, body):
            continue
        if example["method"] == "DELETE" and "views" in example["path"] and path.endswith("services"):
            continue
        client.call("POST", path, body)
    if example["method"] == "GET" or "batch_source" in example["path"]:
        client.done("POST", f"{API}/feature_store/apply")
        source = "attribute_groups/ecom_batch/versions/1/batch_source"
        client.done("PUT", source, body_of("PUT", source, 200))


def missing(expected: Any, given: Any, where: str = "") -> list[str]:
    """Where the answer lacks what the recorded one had."""
    if isinstance(expected, dict):
        if not isinstance(given, dict):
            return [where]
        found = []
        for name, value in expected.items():
            if name in TOLD_BY_NOBODY_ELSE or value in (None, ""):
                continue
            found += missing(value, given[name], f"{where}.{name}") if name in given else [f"{where}.{name}"]
        return found
    if isinstance(expected, list):
        if not isinstance(given, list) or len(given) < len(expected):
            return [where]
        return [one for pair in zip(expected, given, strict=False) for one in missing(*pair, where)]
    return [] if expected == given else [f"{where}: {given!r} is not {expected!r}"]


@pytest.mark.parametrize(
    "example",
    [one for one in EXAMPLES if not is_outside(one) and not needs_warehouse(one)],
    ids=lambda one: f"{one['method']} {one['path']} {one['status']}",
)
def test_recorded_calls_are_answered_as_their_clients_need(client: Client, example: dict[str, Any]) -> None:
    set_up(client, example)
    headers = {name: value for name, value in example["headers"].items() if name != "content-length"}
    if "x-api-key" in headers:
        key, secret = client.backend.registry.keys.create("ORG")
        headers |= {"x-api-key-id": key.key_id, "x-api-key": secret}
    status, answer = client.call(
        example["method"], example["path"], example["request_json"], params=example["query"], headers=headers
    )
    assert status == example["status"], answer
    expected = example["response_json"]
    if "get-online-attributes" in example["path"] and status == 200:
        assert answer.keys() == expected.keys()
        assert all(isinstance(value, list) and len(value) == 1 for value in answer.values())
    elif isinstance(expected, list):
        by_name = {one["name"]: one for one in answer}
        assert [where for one in expected for where in missing(one, by_name[one["name"]])] == []
    else:
        assert missing(expected, answer) == []
    if status == 422:
        assert {one["loc"][-1] for one in answer["detail"]} == {"database", "schema"}


@pytest.mark.parametrize("example", [one for one in EXAMPLES if is_outside(one)], ids=lambda one: one["name"])
def test_what_is_outside_is_said_to_be(client: Client, example: dict[str, Any]) -> None:
    path = example["path"]
    detail = client.refused(404, example["method"], path, example["request_json"], params=example["query"])
    assert "not part of this service" in detail


def test_each_answer_about_a_group_has_what_clients_insist_on(client: Client) -> None:
    set_up(client, EXAMPLES[0])
    answers = client.done("GET", "attribute_groups/")
    answers += [
        client.done("GET", "attribute_groups/ext_tbl"),
        client.done("GET", "attribute_groups/ext_tbl/versions/2"),
    ]
    answers.append(client.done("PUT", "attribute_groups/ext_tbl/versions/2", body_of("POST", "attribute_groups", 400)))
    assert len(answers) == 7
    for answer in answers:
        assert "blobl_path" in answer["attribute_key"]
        assert {"stream_source_name", "attribute_group_or_attribute_key_ttl"} <= answer.keys()
        assert answer["full_name"] == answer["feast_name"] == f"{answer['name']}_v{answer['version']}"
        assert answer["attribute_key_or_name"] == answer["attribute_key"].get("key", answer["attribute_key"]["name"])
        assert answer["owner"]
        assert isinstance(answer["offline"], bool)
