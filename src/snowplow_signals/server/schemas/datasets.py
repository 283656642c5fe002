"""Requests for training sets."""

from __future__ import annotations

import sys

from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.server.schemas.parts import (
    BOOLEAN,
    MOMENT,
    NULL,
    Schema,
    object_of,
    one_of,
    or_null,
    reference,
    text_like,
)

_DATABASE = text_like("[A-Za-z0-9_-]+", 128)
_NAME = text_like("[A-Za-z0-9_]+", 128)


def described() -> dict[str, Schema]:
    """By their names."""
    return {
        "WarehouseTable": _table(),
        "SessionAnchors": _session_anchors(),
        "SuppliedAnchors": _supplied_anchors(),
        "DatasetRequest": _request(),
    }


def _whole_number(least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": MAX_VERSION}


def _table() -> Schema:
    fields = {"database": _DATABASE, "schema": _NAME, "table": text_like("[A-Za-z0-9_]+", 255)}
    return object_of(fields, ["table"])


def _session_anchors() -> Schema:
    ratio: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": sys.float_info.max}
    some = [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("name", "vendor", "version")]
    named = {"allOf": [reference("Event"), {"properties": {"event_specification_id": NULL}, "anyOf": some}]}
    fields: dict[str, Schema] = {
        "mode": one_of(["session"]),
        "goal_criteria": reference("Criteria"),
        "training_span": object_of({"start_time": MOMENT, "end_time": MOMENT}, ["start_time", "end_time"]),
        "output": reference("WarehouseTable"),
        "excluded_events": {"type": "array", "items": named, "default": [{"name": "page_ping"}]},
        "min_events": _whole_number(0) | {"default": 1},
        "max_anchors_per_session": _whole_number(1),
        "max_negative_ratio": ratio | {"default": 5.0, "description": "Null: no limit"},
    }
    return object_of(fields, ["mode", "goal_criteria", "training_span"])


def _supplied_anchors() -> Schema:
    fields = {"mode": one_of(["user_supplied"]), "source": reference("WarehouseTable"), "has_label": BOOLEAN}
    return object_of(fields, ["mode", "source"])


def _request() -> Schema:
    several = {"type": "array", "minItems": 1, "items": reference("ComputedView")}
    attributes = {"attribute_groups": several, "database": _DATABASE, "schema": _NAME, "table_prefix": _NAME}
    fields: dict[str, Schema] = {
        "anchors": {"anyOf": [reference("SessionAnchors"), reference("SuppliedAnchors")]},
        "attributes": object_of(attributes, ["attribute_groups"]),
        "dataset": or_null(reference("WarehouseTable")),
        "max_lookback_days": _whole_number(1)
        | {"description": "How many days before an anchor an event may be to count for any attribute"},
    }
    return object_of(fields, ["anchors", "attributes"])
