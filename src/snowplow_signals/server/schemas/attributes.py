"""Attributes: which type holds which aggregation, and which defaults fit a type."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from snowplow_signals.definitions.aggregations import (
    AGGREGATIONS,
    ATTRIBUTE_TYPES,
    LISTING,
    OF_EVENTS,
    OVER_ELEMENTS,
    TIME_UNITS,
    TIMING,
    TYPES_OF,
    WITHOUT_PROPERTY,
)
from snowplow_signals.definitions.defaults import LARGEST_FLOAT
from snowplow_signals.definitions.fields import LONGEST_LIST
from snowplow_signals.server.schemas.parts import (
    ANY,
    BOOLEAN,
    DAYS,
    MOMENT,
    NOT_NULL,
    NULL,
    TAGS,
    TEXT,
    Schema,
    number,
    object_of,
    one_of,
    or_null,
    reference,
)
from snowplow_signals.server.schemas.properties import SYNTAX


def described() -> dict[str, Schema]:
    """By their names."""
    return {"Attribute": _attribute(), "Expect": _expect()}


def _expect() -> Schema:
    any_number, distance = number(sys.float_info.max), {"type": "number", "minimum": 0, "maximum": sys.float_info.max}
    fields: dict[str, Schema] = {
        "max_null_rate": {"type": "number", "minimum": 0, "maximum": 1},
        "min": any_number,
        "max": any_number,
        "max_psi": distance,
        "max_change": distance,
    }
    something: list[Schema] = [{"required": [name], "properties": {name: NOT_NULL}} for name in fields]
    return object_of(fields, anyOf=something)


def _attribute() -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "type": one_of(ATTRIBUTE_TYPES),
        "aggregation": one_of(AGGREGATIONS),
        "property": {
            "anyOf": [reference("Property"), reference("EveryElement"), reference("CalculatedProperty")],
        },
        "events": {"type": "array", "items": reference("Event")},
        "criteria": reference("Criteria"),
        "period": DAYS,
        "default_value": ANY,
        "description": reference("Text"),
        "time_unit": one_of(TIME_UNITS),
        "n": {"type": "integer", "minimum": 1, "maximum": LONGEST_LIST},
        "distinct": BOOLEAN,
        "q": {"type": "number", "minimum": 0, "maximum": 1},
        "ttl": reference("Duration"),
        "tags": TAGS,
        "expect": reference("Expect"),
        "property_syntax": SYNTAX,
    }
    rules = [*_rules_of_aggregations(), *_rules_of_types()]
    return object_of(fields, ["name", "type", "aggregation"], allOf=rules)


def _rules_of_aggregations() -> Iterable[Schema]:
    for types in sorted(set(TYPES_OF.values())):
        names = [name for name in AGGREGATIONS if TYPES_OF[name] == types]
        yield _if("aggregation", names, {"properties": {"type": one_of(types)}})
    aggregating = [name for name in AGGREGATIONS if name not in WITHOUT_PROPERTY]
    yield _if("aggregation", aggregating, {"required": ["property"], "properties": {"property": NOT_NULL}})
    of_one = [name for name in AGGREGATIONS if name not in OVER_ELEMENTS]
    yield _if(
        "aggregation",
        of_one,
        {"properties": {"property": {"anyOf": [reference("Property"), reference("CalculatedProperty"), NULL]}}},
    )
    yield _if(
        "aggregation", TIMING, {"required": ["time_unit"], "properties": {"property": NULL, "time_unit": NOT_NULL}}
    )
    counting = [name for name in AGGREGATIONS if name not in TIMING]
    yield _if("aggregation", counting, {"properties": {"time_unit": NULL}})
    yield _if("aggregation", ["percentile"], {"required": ["q"], "properties": {"q": NOT_NULL}})
    yield _if("aggregation", LISTING, {"required": ["n"], "properties": {"n": NOT_NULL}})
    others = [name for name in AGGREGATIONS if name not in LISTING]
    yield _if("aggregation", others, {"properties": {"n": NULL, "distinct": NULL}})
    others = [name for name in AGGREGATIONS if name != "percentile"]
    yield _if("aggregation", others, {"properties": {"q": NULL}})
    yield _if("aggregation", OF_EVENTS, {"properties": {"property": NULL}})
    yield _if("aggregation", ["rate"], {"required": ["criteria"], "properties": {"criteria": NOT_NULL}})


def _rules_of_types() -> Iterable[Schema]:
    for kind in ATTRIBUTE_TYPES:
        yield _if("type", [kind], {"properties": {"default_value": or_null(_default(kind))}})


def _if(name: str, values: Iterable[str], then: Schema) -> Schema:
    return {"if": {"properties": {name: one_of(values)}, "required": [name]}, "then": then}


def _default(kind: str) -> Schema:
    if kind.endswith("_list"):
        return {"type": "array", "items": _default(kind.removesuffix("_list"))}
    bits = {"int32": 31, "int64": 63, "unix_timestamp": 63}.get(kind)
    if bits:
        return {"type": "integer", "minimum": -(2**bits), "maximum": 2**bits - 1}
    if kind in ("float", "double"):
        return number(LARGEST_FLOAT if kind == "float" else sys.float_info.max)
    whole: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
    return {
        "bool": BOOLEAN,
        "timestamp": MOMENT,
        "dict": {"type": "object", "additionalProperties": whole, "propertyNames": TEXT},
    }.get(kind, TEXT)
