"""The bodies of requests as JSON Schema: exactly what is accepted, as far as a schema can express it.

pydantic could make these of the definitions, but not their rules that concern several fields at once (which types an
aggregation may have, which literals an operator takes), nor what is only on the wire: two spellings, properties as
text, nulls for what is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, OLDER_NAMES, ColumnKind
from snowplow_signals.definitions.attributes import (
    AGGREGATIONS,
    ATTRIBUTE_TYPES,
    TIME_UNITS,
    TYPES_OF,
    WITHOUT_PROPERTY,
)
from snowplow_signals.definitions.defaults import LARGEST_FLOAT
from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.definitions.names import MAX_NAME, SCOPE_COLUMNS
from snowplow_signals.definitions.properties import DATE_PARTS, INTEGER_DATE_PARTS
from snowplow_signals.definitions.services import MAX_VIEWS
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.vocabulary import LATER, OLDER, VOCABULARIES, Vocabulary

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    """The schema that the description holds under this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def described() -> dict[str, Schema]:
    """Every schema by its name."""
    return {
        "Name": _NAME,
        "Text": _TEXT,
        "Owner": _OWNER,
        "Duration": _DURATION,
        "Event": _event(),
        "Property": _property(),
        "NestedProperty": _nested(),
        "Criteria": _criteria(),
        "Attribute": _attribute(),
        "Field": _field(),
        "Entity": _entity(),
        "KnownEntity": _known_entity(),
        "BatchSource": _batch_source(),
        "View": _view(),
        "ComputedView": _computed_view(),
        "ViewReference": _reference(),
        "Service": _service(),
        "Identifiers": _identifiers(),
        "Question": _question(),
        "People": _people(),
        "NamedViews": _named_views(1),
        "ViewsToPublish": _named_views(0),
        **{f"Test_{words.view}": _preview_body(words) for words in VOCABULARIES},
    }


def _object(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """An object with these properties and no others. What is null is as if left out, also what nobody knows."""
    needed = list(required)
    shown = {name: one if name in needed else _or_null(one) for name, one in properties.items()}
    schema: Schema = {"type": "object", "properties": shown, "additionalProperties": _NULL}
    return schema | ({"required": needed} if needed else {}) | more


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _enum(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def _pattern(pattern: str, longest: int | None = None) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"} | ({"maxLength": longest} if longest else {})


def _number(largest: float) -> Schema:
    return {"type": "number", "minimum": -largest, "maximum": largest}


_ANY: Schema = {}
_NULL: Schema = {"type": "null"}
_NOT_NULL: Schema = {"not": _NULL}
_BOOLEAN: Schema = {"type": "boolean"}
_VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_VERSION}
_NAME = _pattern("[A-Za-z0-9_]+", MAX_NAME)
_TEXT = _pattern(r"[^\u0000]*")
_WORD = _pattern("[A-Za-z0-9_-]+", 128)
_OWNER: Schema = _pattern(
    r"[A-Za-z0-9_+-]{1,30}(\.[A-Za-z0-9_+-]{1,30})?@([A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,30})?\.){1,3}[A-Za-z]{2,6}"
) | {
    "description": "An e-mail address",
}
_DURATION: Schema = _pattern("P([1-9][0-9]{0,3}D|T[1-9][0-9]{0,4}[HMS])") | {
    "description": "A length of time as ISO 8601, in days and shorter units",
}
_DAYS: Schema = _pattern("P[1-9][0-9]{0,3}D") | {"description": "Whole days as ISO 8601"}
_MOMENT: Schema = _pattern(
    "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
_TAGS: Schema = {"type": "object", "additionalProperties": reference("Text")}


_INDEX: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_VERSION}
_PATH = _pattern(r"(\$\.)?[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?(\.[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?){0,20}") | {
    "description": "Where in the JSON the value is; a key with '.' in it is written in quotes: a[\"b.c\"]",
}
_NESTED_TEXT = _pattern(
    r"(unstruct_event_[a-z]+_[a-z]+_[1-9][0-9]?|contexts_[a-z]+_[a-z]+_[1-9][0-9]?\[[0-9]{1,2}\]):"
    r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,20}"
) | {"description": "A property as one line of text, in the way of `property_syntax`: Snowflake's by default"}
_SYNTAX = _enum(("snowflake", "bigquery", "databricks"))


# Properties, and conditions on them


def _columns(*kinds: ColumnKind) -> list[str]:
    names = (*ATOMIC_COLUMNS, *OLDER_NAMES)
    return [name for name in names if ATOMIC_COLUMNS[OLDER_NAMES.get(name, name)] in kinds]


def _atomic(columns: Iterable[str], parts: Iterable[str] = ()) -> Schema:
    part = {"date_part": _enum(parts)} if parts else {}
    return _object({"type": _enum(["atomic"]), "name": _enum(columns)} | part, ["type", "name", *part])


def _in_schema(parts: Iterable[str] = ()) -> Schema:
    part = {"date_part": _enum(parts)} if parts else {}
    shared = {"vendor": _pattern("[A-Za-z0-9_.-]+", 128), "name": _WORD, "major_version": _VERSION, "path": _PATH}
    needed = ["type", *shared, *part]
    return {
        "anyOf": [
            _object({"type": _enum(["event"])} | shared | part, needed),
            _object({"type": _enum(["entity"])} | shared | part | {"index": _INDEX}, needed),
        ]
    }


def _nested() -> Schema:
    return _in_schema()


def _property() -> Schema:
    return {
        "anyOf": [
            _atomic(ATOMIC_COLUMNS),
            reference("NestedProperty"),
            _atomic(_columns("timestamp", "text"), DATE_PARTS),
            _in_schema(DATE_PARTS),
            _enum(ATOMIC_COLUMNS),
            _NESTED_TEXT,
        ]
    }


def _criteria() -> Schema:
    conditions = {"type": "array", "items": {"anyOf": list(_criterion())}, "minItems": 1}
    both = {"all": conditions, "any": conditions}
    return {"anyOf": [_object(both, ["all"]), _object(both, ["any"])]}


def _criterion() -> Iterable[Schema]:
    yield _condition(reference("Property"), ("is null", "is not null"))
    number = _number(sys.float_info.max)
    text = [_atomic(_columns("text")), _atomic(_columns("timestamp"), set(DATE_PARTS) - set(INTEGER_DATE_PARTS))]
    numeric = [_atomic(_columns("integer", "number")), _atomic(_columns("timestamp"), INTEGER_DATE_PARTS)]
    compared = ("=", "!=", "<", ">", "<=", ">=")
    for properties, literal, operators, of_lists in (
        (text, reference("Text"), (*compared, "like", "not like"), ("in", "not in")),
        (numeric, number, compared, ("in", "not in")),
        ([_atomic(_columns("boolean"))], _BOOLEAN, ("=", "!="), ("in",)),
    ):
        prop = {"anyOf": [*properties, reference("NestedProperty"), _NESTED_TEXT]}
        yield _condition(prop, operators, literal)
        yield _condition(prop, of_lists, {"type": "array", "items": literal, "minItems": 1})


def _condition(prop: Schema, operators: Iterable[str], value: Schema | None = None) -> Schema:
    fields = {"property": prop, "operator": _enum(operators), "property_syntax": _SYNTAX}
    return _object(
        fields | ({"value": value} if value else {}), ["property", "operator", *(["value"] if value else [])]
    )


def _event() -> Schema:
    return _object(
        {
            "name": _WORD,
            "vendor": _pattern("[A-Za-z0-9_.-]+", 128),
            "version": _pattern("[0-9]+-[0-9]+-[0-9]+", 128),
            "event_specification_id": _pattern(r"[^\u0000]+", 255),
        }
    )


# Attributes


def _attribute() -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "type": _enum(ATTRIBUTE_TYPES),
        "aggregation": _enum(AGGREGATIONS),
        "property": reference("Property"),
        "events": {"type": "array", "items": reference("Event")},
        "criteria": reference("Criteria"),
        "period": _DAYS,
        "default_value": _ANY,
        "description": reference("Text"),
        "time_unit": _enum(TIME_UNITS),
        "ttl": reference("Duration"),
        "tags": _TAGS,
        "property_syntax": _SYNTAX,
    }
    rules = [*_rules_of_aggregations(), *_rules_of_types()]
    return _object(fields, ["name", "type", "aggregation"], allOf=rules)


def _rules_of_aggregations() -> Iterable[Schema]:
    for types in sorted(set(TYPES_OF.values())):
        names = [name for name in AGGREGATIONS if TYPES_OF[name] == types]
        yield _if("aggregation", names, {"properties": {"type": _enum(types)}})
    aggregating = [name for name in AGGREGATIONS if name not in WITHOUT_PROPERTY]
    yield _if("aggregation", aggregating, {"required": ["property"], "properties": {"property": _NOT_NULL}})
    timing = ["time_since_first", "time_since_last"]
    yield _if(
        "aggregation", timing, {"required": ["time_unit"], "properties": {"property": _NULL, "time_unit": _NOT_NULL}}
    )
    counting = [name for name in AGGREGATIONS if name not in timing]
    yield _if("aggregation", counting, {"properties": {"time_unit": _NULL}})


def _rules_of_types() -> Iterable[Schema]:
    for kind in ATTRIBUTE_TYPES:
        yield _if("type", [kind], {"properties": {"default_value": _or_null(_default(kind))}})


def _if(name: str, values: Iterable[str], then: Schema) -> Schema:
    return {"if": {"properties": {name: _enum(values)}, "required": [name]}, "then": then}


def _default(kind: str) -> Schema:
    if kind.endswith("_list"):
        return {"type": "array", "items": _default(kind.removesuffix("_list"))}
    bits = {"int32": 31, "int64": 63, "unix_timestamp": 63}.get(kind)
    if bits:
        return {"type": "integer", "minimum": -(2**bits), "maximum": 2**bits - 1}
    if kind in ("float", "double"):
        return _number(LARGEST_FLOAT if kind == "float" else sys.float_info.max)
    whole: Schema = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
    return {
        "bool": _BOOLEAN,
        "timestamp": _MOMENT,
        "dict": {"type": "object", "additionalProperties": whole, "propertyNames": _TEXT},
    }.get(kind, _TEXT)


# What is published


def _entity() -> Schema:
    """An entity by itself. What cannot identify an entity is refused: a time, a fraction."""
    unfit = [name for name, kind in ATOMIC_COLUMNS.items() if kind not in ("text", "integer")]
    unread = {"allOf": [reference("Name"), {"not": {"enum": unfit}}]}
    named = {"allOf": [reference("Name"), {"not": {"enum": list(SCOPE_COLUMNS)}}]}
    identifying = {"anyOf": [_atomic(_columns("text", "integer")), reference("NestedProperty"), _NESTED_TEXT]}
    fields = _entity_fields()
    return {
        "anyOf": [
            _object(fields | {"name": named, "key": named, "property": identifying}, ["property"]),
            _object(fields | {"name": unread, "key": unread, "property": _NULL}, ["name"]),
            _object(fields | {"name": unread, "key": unread, "property": _NULL}, ["external_column"]),
        ]
    }


def _known_entity() -> Schema:
    """An entity of a view whose identifier is in the events: an atomic column, or its property says where."""
    identifying = {"anyOf": [_atomic(_columns("text", "integer")), reference("NestedProperty"), _NESTED_TEXT]}
    columns = _enum(_columns("text", "integer"))
    fields = _entity_fields()
    unnamed = {"name": _NULL, "property": _NULL}
    fit = {"allOf": [reference("Name"), {"not": {"enum": list(SCOPE_COLUMNS)}}]}
    return {
        "anyOf": [
            _object(fields | {"name": columns, "key": _NULL, "property": _NULL}, ["name"]),
            _object(fields | {"name": reference("Name"), "key": columns, "property": _NULL}, ["name", "key"]),
            _object(fields | {"name": fit, "key": fit, "property": identifying}, ["property"]),
            # without a name they have that of the external column
            _object(fields | unnamed | {"key": columns}, ["key", "external_column"]),
            _object(fields | unnamed | {"key": _NULL, "external_column": columns}, ["external_column"]),
        ]
    }


def _entity_fields() -> dict[str, Schema]:
    return {
        "external_column": _pattern("[A-Za-z0-9_]+", 128),
        "property_syntax": _SYNTAX,
        "description": reference("Text"),
        "owner": reference("Owner"),
        "ttl": reference("Duration"),
        "is_published": _BOOLEAN,
        "tags": _TAGS,
        "blobl_path": _ANY,
    }


def _field() -> Schema:
    shown = {"description": reference("Text"), "tags": _TAGS}
    return _object({"name": reference("Name"), "type": _enum(ATTRIBUTE_TYPES)} | shown, ["name", "type"])


def _batch_source() -> Schema:
    name = _pattern("[A-Za-z0-9_]+", 128)
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "database": _pattern("[A-Za-z0-9_-]+", 128),
        "table": _pattern("[A-Za-z0-9_]+", 255),
        "timestamp_field": name,
        "description": reference("Text"),
        "owner": {"anyOf": [reference("Owner"), {"type": "string", "maxLength": 0}]},
        "tags": _TAGS,
        "created_timestamp_column": _ANY,
        "date_partition_column": _ANY,
    }
    needed = ["name", "table", "timestamp_field"]
    return {"anyOf": [_object(fields | {one: name}, [*needed, one]) for one in ("schema", "wh_schema", "schema_")]}


def _view() -> Schema:
    return {"anyOf": [reference("ComputedView"), *(_views(spelling)[1] for spelling in (LATER.entity, OLDER.entity))]}


def _computed_view() -> Schema:
    return {"anyOf": [_views(spelling)[0] for spelling in (LATER.entity, OLDER.entity)]}


def _views(spelling: str) -> tuple[Schema, Schema]:
    """A view that is computed from events, and one that is a table as it is."""
    read_only: tuple[str, ...] = ("full_name", "feast_name", "stream_source_name")
    read_only += tuple(name for words in VOCABULARIES for name in (words.identifier, words.effective_ttl))
    shared: dict[str, Schema] = {
        "name": reference("Name"),
        "version": _VERSION,
        "offline": _BOOLEAN,
        "online": _BOOLEAN,
        "owner": reference("Owner"),
        "description": reference("Text"),
        "ttl": reference("Duration"),
        "is_published": _BOOLEAN,
        "backfill_since_tstamp": _MOMENT,
        "refresh_rate": reference("Duration"),
        "tags": _TAGS,
        **dict.fromkeys(read_only, _ANY),
    }
    empty: Schema = {"type": "array", "maxItems": 0}
    # one attribute or field: a schema cannot say that several have names of their own, yet there may be any number
    several = {"type": "array", "minItems": 1}
    computed = {
        spelling: reference("KnownEntity"),
        "attributes": several | {"items": reference("Attribute")},
        "fields": empty,
        "batch_source": reference("BatchSource"),
    }
    ready = {
        spelling: {"anyOf": [reference("Entity"), reference("KnownEntity")]},
        "attributes": empty,
        "fields": several | {"items": reference("Field")},
        "batch_source": reference("BatchSource"),
    }
    return (
        _object(shared | computed, ["name", "owner", spelling, "attributes"]),
        _object(shared | ready, ["name", "owner", spelling, "fields", "batch_source"]),
    )


def _reference() -> Schema:
    return _object({"name": reference("Name"), "version": _VERSION}, ["name"])


def _service() -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "owner": reference("Owner"),
        "description": reference("Text"),
        "is_published": _BOOLEAN,
        "tags": _TAGS,
    }
    views = {
        "type": "array",
        "items": reference("ViewReference"),
        "minItems": 1,
        "maxItems": MAX_VIEWS,
        "uniqueItems": True,
    }
    return {"anyOf": [_object(fields | {one: views}, ["name", "owner", one]) for one in (LATER.views, OLDER.views)]}


# Requests


def _texts(most: int) -> Schema:
    return _or_null({"type": "array", "items": _IDENTIFIER, "maxItems": most})


def _identifiers() -> Schema:
    return {
        "type": "object",
        "description": "Key to identifiers. The lists of several keys belong together, so they are of one length",
        "additionalProperties": _or_null(
            {"type": "array", "items": _IDENTIFIER, "minItems": 1, "maxItems": _LIMITS.identifiers}
        ),
        "minProperties": 1,
        "maxProperties": _LIMITS.keys,
        "propertyNames": {"type": "string", "maxLength": _LIMITS.key_characters},
    }


def _question() -> Schema:
    shared: dict[str, Schema] = {
        "full_attribute_names": _or_null(_BOOLEAN) | {"description": "Names as `view_v1:attribute`"},
        "include_freshness": _or_null(_BOOLEAN)
        | {"description": "Adds the entry `$freshness`: per identifier, when each view's profile changed"},
    }
    names = {
        "type": "array",
        "items": {"type": "string", "maxLength": _LIMITS.name_characters},
        "minItems": 1,
        "maxItems": _LIMITS.attributes,
        "description": "Attributes by name, `view_v1:attribute`",
    }
    service = {
        "type": "string",
        "maxLength": _LIMITS.name_characters,
        "description": "Everything that the service names",
    }
    nothing: Schema = {"type": "null"}
    asked: tuple[dict[str, Schema], ...] = (
        {"attributes": names, "service": nothing},
        {"service": service, "attributes": {"anyOf": [nothing, {"type": "array", "maxItems": 0}]}},
    )
    return {
        "anyOf": [
            _open(shared | {keys: reference("Identifiers"), other: nothing} | one, [keys, next(iter(one))])
            for keys, other in (_SPELLINGS, _SPELLINGS[::-1])
            for one in asked
        ]
    }


def _people() -> Schema:
    nothing: Schema = {"type": "null"}
    return {
        "anyOf": [
            _open({keys: reference("Identifiers"), other: nothing}, [keys])
            for keys, other in (_SPELLINGS, _SPELLINGS[::-1])
        ]
    }


def _named_views(least: int) -> Schema:
    some = {"type": "array", "items": reference("ViewReference")}
    others = {name: _or_null({"type": "array", "maxItems": 0}) for name in ("event_logs", "interventions")}
    if not least:
        return _open({words.views: _or_null(some) for words in VOCABULARIES} | others)
    return {
        "anyOf": [
            _open({one: some | {"minItems": least}, other: _or_null(some)} | others, [one])
            for one, other in ((LATER.views, OLDER.views), (OLDER.views, LATER.views))
        ]
    }


def _preview_body(words: Vocabulary) -> Schema:
    window = _pattern("P([1-9]D|[12][0-9]D|3[01]D|T[1-9][0-9]?[HMS])")
    fields = {
        words.view: reference("ComputedView"),
        "window": _or_null(window) | {"description": "How recent, as ISO 8601; 31 days at most; an hour without it"},
        "app_ids": _texts(PREVIEWED_APP_IDS),
        words.test_identifiers: _texts(PREVIEWED_IDENTIFIERS),
    }
    return _open(fields, [words.view])


def _open(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """An object that may have other properties beside these."""
    needed = list(required)
    return {"type": "object", "properties": dict(properties)} | ({"required": needed} if needed else {})


_LIMITS = Limits()
_IDENTIFIER: Schema = {
    "anyOf": [
        _pattern(r"[^\u0000]*", _LIMITS.identifier_characters),
        {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1},
    ]
}
_SPELLINGS = (LATER.entities, OLDER.entities)
PREVIEWED_APP_IDS = 10
PREVIEWED_IDENTIFIERS = 50
