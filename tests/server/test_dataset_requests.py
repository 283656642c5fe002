"""Bodies of requests for training sets: as public clients send them, and what is said of others."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from snowplow_signals import AtomicProperty, Criteria, Criterion, Entity, Event
from snowplow_signals.definitions import SessionAnchors, TrainingSpan, WarehouseTable
from snowplow_signals.errors import NotFoundError
from snowplow_signals.server.dataset_requests import DatasetRequest, SuppliedAnchors, read_dataset_request
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.schemas import datasets, described

EXAMPLES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("wire_examples.json").read_text())
SESSION, SUPPLIED = (
    next(one["request_json"] for one in EXAMPLES if one["path"].endswith(path))
    for path in ("/datasets/sql", "/datasets/runs")
)
SCHEMA = {"$ref": "#/components/schemas/DatasetRequest"} | {
    "components": {"schemas": described() | datasets.described()}
}
MISSING = object()


def nobody(name: str) -> Entity:
    raise NotFoundError(name)


def read(body: Any) -> DatasetRequest:
    return read_dataset_request(body, nobody)


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with something else at a path of keys; MISSING takes it away."""
    body = copy.deepcopy(body)
    *outer, last = path.split(".")
    inner = body
    for key in outer:
        inner = inner[key]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return body


def fits_schema(body: Any) -> bool:
    """The schema knows fewer spellings of a duration than are accepted, and not the one of the examples."""
    return Draft202012Validator(SCHEMA).is_valid(json.loads(json.dumps(body).replace('"P1DT12H"', '"P1D"')))


def test_anchors_of_sessions_as_a_client_sends_them() -> None:
    found = read(SESSION)
    assert found.anchors == SessionAnchors(
        goal_criteria=Criteria(any=[Criterion.eq(AtomicProperty(name="se_action"), "purchase")]),
        training_span=TrainingSpan(start_time=datetime(2026, 1, 1), end_time=datetime(2026, 6, 1)),
        excluded_events=[Event(name="page_ping")],
        min_events=1,
        max_negative_ratio=5.0,
    )
    assert [(one.name, len(one.attributes)) for one in found.views] == [("ecom_batch", 6)]
    assert found == DatasetRequest(anchors=found.anchors, views=found.views)
    assert found.table_prefix == "signals_attributes"


def test_supplied_anchors_as_a_client_sends_them() -> None:
    found = read(SUPPLIED)
    assert found.anchors == SuppliedAnchors(WarehouseTable(database="D", schema="S", table="anch"), has_label=True)
    assert found.output is None


def test_everything_that_can_be_said() -> None:
    body = changed(SESSION, "anchors.output", {"schema": "s", "table": "a"})
    body = changed(body, "anchors.max_anchors_per_session", 3)
    body |= {"dataset": {"database": "d-1", "table": "t"}, "max_lookback_days": 30}
    body["attributes"] |= {"database": "d-1", "schema": "s", "table_prefix": "features"}
    found = read(body)
    assert isinstance(found.anchors, SessionAnchors)
    assert found.anchors.max_anchors_per_session == 3
    assert (found.output, found.dataset) == (
        WarehouseTable(schema="s", table="a"),
        WarehouseTable(database="d-1", table="t"),
    )
    assert (found.attributes_database, found.attributes_schema, found.table_prefix) == ("d-1", "s", "features")
    assert found.max_lookback_days == 30
    assert fits_schema(body)


def test_null_is_no_limit_and_left_out_is_the_default() -> None:
    limits = ("excluded_events", "min_events", "max_anchors_per_session", "max_negative_ratio")
    body = SESSION
    for name in limits:
        body = changed(body, f"anchors.{name}", None)
    none = read(body).anchors
    left_out = read(SESSION | {"anchors": {k: v for k, v in SESSION["anchors"].items() if k not in limits}}).anchors
    assert [getattr(none, name) for name in limits] == [(), 0, None, None]
    assert [getattr(left_out, name) for name in limits] == [(Event(name="page_ping"),), 1, None, 5.0]
    nulls = {"output": None, "unknown": None}
    assert read(SESSION | {"anchors": SESSION["anchors"] | nulls, "dataset": None, "x": None}) == read(SESSION)
    assert read(changed(SUPPLIED, "anchors.has_label", None)) == read(SUPPLIED)
    assert read(changed(SUPPLIED, "anchors.has_label", False)).anchors != read(SUPPLIED).anchors


@pytest.mark.parametrize("body", [SESSION, SUPPLIED])
def test_the_schema_takes_the_examples(body: dict[str, Any]) -> None:
    assert fits_schema(body)


GROUP = SESSION["attributes"]["attribute_groups"][0]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "body: must be a JSON object"),
        ({}, "body.anchors: must be a JSON object\nbody.attributes.attribute_groups: must be a list of at least one"),
        (changed(SESSION, "anchors.mode", "users"), "mode: must be 'session' or 'user_supplied', not 'users'"),
        (
            changed(SESSION, "anchors.mode", MISSING),
            "body.anchors.mode: must be 'session' or 'user_supplied', not None",
        ),
        (changed(SESSION, "anchors.goal_criteria", MISSING), "body.anchors.goal_criteria: "),
        (changed(SESSION, "anchors.goal_criteria", {}), "criteria are empty"),
        (changed(SESSION, "anchors.training_span.end_time", MISSING), "body.anchors.training_span.end_time: "),
        (changed(SESSION, "anchors.training_span.end_time", "x"), "body.anchors.training_span.end_time: "),
        (changed(SESSION, "anchors.min_events", -1), "body.anchors.min_events: "),
        (changed(SESSION, "anchors.max_anchors_per_session", 0), "body.anchors.max_anchors_per_session: "),
        (changed(SESSION, "anchors.max_negative_ratio", 0), "body.anchors.max_negative_ratio: "),
        (changed(SESSION, "anchors.excluded_events", [{"name": "a b"}]), "body.anchors.excluded_events.0.name: "),
        (changed(SESSION, "anchors.excluded_events", [{}]), "a pattern that matches every event"),
        (changed(SESSION, "anchors.most", 1), "body.anchors.most: is unknown; known are mode, output, goal_criteria"),
        (changed(SESSION, "anchors.output", {"table": "a b"}), "body.anchors.output.table: "),
        (changed(SUPPLIED, "anchors.source", MISSING), "body.anchors.source: must be a JSON object"),
        (changed(SUPPLIED, "anchors.source", {"schema": "s"}), "body.anchors.source.table: "),
        (changed(SUPPLIED, "anchors.has_label", "yes"), "body.anchors.has_label: must be true or false"),
        (
            changed(SUPPLIED, "anchors.min_events", 1),
            "body.anchors.min_events: is unknown; known are mode, source, has",
        ),
        (changed(SESSION, "attributes.attribute_groups", []), "attribute_groups: must be a list of at least one"),
        (
            changed(SESSION, "attributes.attribute_groups", [GROUP, GROUP | {"owner": "nobody"}]),
            "body.attributes.attribute_groups.1.owner: ",
        ),
        (
            changed(SESSION, "attributes.table_prefix", ""),
            "body.attributes.table_prefix: must be letters, digits and _",
        ),
        (changed(SESSION, "attributes.prefix", "a"), "body.attributes.prefix: is unknown; known are attribute_groups"),
        (SESSION | {"dataset": {"schema": "s"}}, "body.dataset.table: "),
        (SESSION | {"max_lookback_days": 0}, "body.max_lookback_days: must be a whole number from 1 to 2147483647"),
        (SESSION | {"max_lookback_days": True}, "body.max_lookback_days: must be a whole number"),
        (SESSION | {"lookback": 3}, "body.lookback: is unknown; known are anchors, attributes, dataset, max_lookback"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(body: Any, said: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(body)
    assert said in str(caught.value)
    assert not fits_schema(body)


def test_all_problems_are_told_at_once() -> None:
    body = changed(changed(SESSION, "anchors.min_events", -1), "attributes.schema", "a b") | {"max_lookback_days": 0}
    body["attributes"]["attribute_groups"] = [GROUP | {"version": 0}, GROUP | {"attributes": []}]
    with pytest.raises(InvalidError) as caught:
        read(body)
    assert [".".join(map(str, one["loc"])) for one in caught.value.details] == [
        "body.anchors.min_events",
        "body.attributes.schema",
        "body.attributes.attribute_groups.0.version",
        "body.attributes.attribute_groups.1",
        "body.max_lookback_days",
    ]
