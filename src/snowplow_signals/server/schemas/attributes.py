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
from snowplow_signals.definitions.windows import CALENDAR_UNITS, MOST_UNITS
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
    """By their names. Rules of period and offset as well would be more than tools resolve in one schema, so each
    kind of window has a schema of its own."""
    ago = {"type": "integer", "minimum": 0, "maximum": MOST_UNITS} | {
        "description": "How many such units ago it ended; 1 is the last complete one"
    }
    return {
        "Attribute": _attribute({"period": DAYS}),
        "EarlierAttribute": _attribute({"period": DAYS, "offset": DAYS}, ["period", "offset"]),
        "CalendarAttribute": _attribute({"period": one_of(CALENDAR_UNITS), "offset": ago}, ["period"]),
        "Expect": _expect(),
    }


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


def _attribute(window: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "type": one_of(ATTRIBUTE_TYPES),
        "aggregation": one_of(AGGREGATIONS),
        "property": {
            "anyOf": [reference("Property"), reference("EveryElement"), reference("CalculatedProperty")],
        },
        "events": {"type": "array", "items": reference("Event")},
        "criteria": reference("Criteria"),
        **window,
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
    rules = [_rule_of_aggregations(), _rule_of_types()]
    return object_of(fields, ["name", "type", "aggregation", *required], allOf=rules)


def _rule_of_aggregations() -> Schema:
    """What an aggregation asks for. One alternative for those that ask for the same: few are less to resolve."""
    alike: dict[str, tuple[list[str], Schema, list[str]]] = {}
    for name in AGGREGATIONS:
        asked: dict[str, Schema] = {"type": one_of(TYPES_OF[name])}
        needed = []
        if name in (*TIMING, *OF_EVENTS):
            asked["property"] = NULL
        elif name not in OVER_ELEMENTS:
            asked["property"] = {"anyOf": [reference("Property"), reference("CalculatedProperty")]}
        if name not in WITHOUT_PROPERTY:
            needed.append("property")
            asked.setdefault("property", NOT_NULL)
        asked |= {"time_unit": NOT_NULL if name in TIMING else NULL, "q": NOT_NULL if name == "percentile" else NULL}
        asked |= {"n": NOT_NULL} if name in LISTING else {"n": NULL, "distinct": NULL}
        if name == "rate":
            asked["criteria"] = NOT_NULL
        needed += [field for field, one in asked.items() if one is NOT_NULL and field not in needed]
        alike.setdefault(repr(asked), ([], asked, needed))[0].append(name)
    return {
        "anyOf": [
            {"properties": {"aggregation": one_of(names)} | asked, "required": needed}
            for names, asked, needed in alike.values()
        ]
    }


def _rule_of_types() -> Schema:
    """Which defaults a type has."""
    alike: dict[str, tuple[list[str], Schema]] = {}
    for kind in ATTRIBUTE_TYPES:
        default = _default(kind)
        alike.setdefault(repr(default), ([], default))[0].append(kind)
    return {
        "anyOf": [
            {"properties": {"type": one_of(kinds), "default_value": or_null(default)}}
            for kinds, default in alike.values()
        ]
    }


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
