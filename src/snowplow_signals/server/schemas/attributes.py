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
        "property": ANY,
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
    needed = ["name", "type", "aggregation", *required]
    return {"anyOf": [object_of(fields | asked, [*needed, *more]) for asked, more in _alternatives()]}


def _alternatives() -> list[tuple[dict[str, Schema], list[str]]]:
    """What aggregations and types ask for: fields, and those that are required. One alternative for those that ask for
    the same, each to be an object as a whole: tools would resolve rules beside each other into their product."""
    defaults: dict[str, tuple[list[str], Schema]] = {}
    for kind in ATTRIBUTE_TYPES:
        default = _default(kind)
        defaults.setdefault(repr(default), ([], default))[0].append(kind)
    alike: dict[str, tuple[list[str], Schema, list[str]]] = {}
    for name in AGGREGATIONS:
        asked, needed = _asked(name)
        for kinds, default in defaults.values():
            if types := [kind for kind in kinds if kind in TYPES_OF[name]]:
                every = {"type": one_of(types), "default_value": default} | asked
                alike.setdefault(repr(every), ([], every, needed))[0].append(name)
    return [({"aggregation": one_of(names)} | every, needed) for names, every, needed in alike.values()]


def _asked(aggregation: str) -> tuple[dict[str, Schema], list[str]]:
    """What an aggregation asks of other fields, and which it needs."""
    asked: dict[str, Schema] = {}
    if aggregation in (*TIMING, *OF_EVENTS):
        asked["property"] = NULL
    else:
        kinds = ("Property", *(("EveryElement",) if aggregation in OVER_ELEMENTS else ()), "CalculatedProperty")
        asked["property"] = {"anyOf": [reference(kind) for kind in kinds]}
    without = [
        *([] if aggregation in TIMING else ["time_unit"]),
        *([] if aggregation == "percentile" else ["q"]),
        *([] if aggregation in LISTING else ["n", "distinct"]),
    ]
    needed = {
        "property": aggregation not in WITHOUT_PROPERTY,
        "time_unit": aggregation in TIMING,
        "q": aggregation == "percentile",
        "n": aggregation in LISTING,
        "criteria": aggregation == "rate",
    }
    return asked | dict.fromkeys(without, NULL), [field for field, is_needed in needed.items() if is_needed]


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
