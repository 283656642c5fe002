"""What is published: entities, views, services."""

from __future__ import annotations

from snowplow_signals.definitions.aggregations import (
    ATTRIBUTE_TYPES,
)
from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS
from snowplow_signals.definitions.names import SCOPE_COLUMNS
from snowplow_signals.definitions.services import MAX_VIEWS
from snowplow_signals.server.schemas.parts import (
    ANY,
    BOOLEAN,
    MOMENT,
    NULL,
    TAGS,
    VERSION,
    Schema,
    object_of,
    one_of,
    reference,
    text_like,
)
from snowplow_signals.server.schemas.properties import NESTED_TEXT, SYNTAX, atomic, columns_of
from snowplow_signals.server.vocabulary import LATER, OLDER, VOCABULARIES


def described() -> dict[str, Schema]:
    """By their names."""
    return {
        "Field": _field(),
        "Entity": _entity(),
        "KnownEntity": _known_entity(),
        "BatchSource": _batch_source(),
        "View": _view(),
        "ComputedView": _computed_view(),
        "ViewReference": _reference(),
        "Service": _service(),
    }


def _entity() -> Schema:
    """An entity by itself. What cannot identify an entity is refused: a time, a fraction."""
    unfit = [name for name, kind in ATOMIC_COLUMNS.items() if kind not in ("text", "integer")]
    unread = {"allOf": [reference("Name"), {"not": {"enum": unfit}}]}
    named = {"allOf": [reference("Name"), {"not": {"enum": list(SCOPE_COLUMNS)}}]}
    identifying = {"anyOf": [atomic(columns_of("text", "integer")), reference("NestedProperty"), NESTED_TEXT]}
    fields = _entity_fields()
    return {
        "anyOf": [
            object_of(fields | {"name": named, "key": named, "property": identifying}, ["property"]),
            object_of(fields | {"name": unread, "key": unread, "property": NULL}, ["name"]),
            object_of(fields | {"name": unread, "key": unread, "property": NULL}, ["external_column"]),
        ]
    }


def _known_entity() -> Schema:
    """An entity of a view whose identifier is in the events: an atomic column, or its property says where."""
    identifying = {"anyOf": [atomic(columns_of("text", "integer")), reference("NestedProperty"), NESTED_TEXT]}
    columns = one_of(columns_of("text", "integer"))
    fields = _entity_fields()
    unnamed = {"name": NULL, "property": NULL}
    fit = {"allOf": [reference("Name"), {"not": {"enum": list(SCOPE_COLUMNS)}}]}
    return {
        "anyOf": [
            object_of(fields | {"name": columns, "key": NULL, "property": NULL}, ["name"]),
            object_of(fields | {"name": reference("Name"), "key": columns, "property": NULL}, ["name", "key"]),
            object_of(fields | {"name": fit, "key": fit, "property": identifying}, ["property"]),
            # without a name they have that of the external column
            object_of(fields | unnamed | {"key": columns}, ["key", "external_column"]),
            object_of(fields | unnamed | {"key": NULL, "external_column": columns}, ["external_column"]),
        ]
    }


def _entity_fields() -> dict[str, Schema]:
    return {
        "external_column": text_like("[A-Za-z0-9_]+", 128),
        "property_syntax": SYNTAX,
        "description": reference("Text"),
        "owner": reference("Owner"),
        "ttl": reference("Duration"),
        "is_published": BOOLEAN,
        "tags": TAGS,
        "blobl_path": ANY,
    }


def _field() -> Schema:
    shown = {"description": reference("Text"), "tags": TAGS}
    return object_of({"name": reference("Name"), "type": one_of(ATTRIBUTE_TYPES)} | shown, ["name", "type"])


def _batch_source() -> Schema:
    name = text_like("[A-Za-z0-9_]+", 128)
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "database": text_like("[A-Za-z0-9_-]+", 128),
        "table": text_like("[A-Za-z0-9_]+", 255),
        "timestamp_field": name,
        "description": reference("Text"),
        "owner": {"anyOf": [reference("Owner"), {"type": "string", "maxLength": 0}]},
        "tags": TAGS,
        "created_timestamp_column": ANY,
        "date_partition_column": ANY,
    }
    needed = ["name", "table", "timestamp_field"]
    return {"anyOf": [object_of(fields | {one: name}, [*needed, one]) for one in ("schema", "wh_schema", "schema_")]}


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
        "version": VERSION,
        "offline": BOOLEAN,
        "online": BOOLEAN,
        "owner": reference("Owner"),
        "description": reference("Text"),
        "ttl": reference("Duration"),
        "is_published": BOOLEAN,
        "backfill_since_tstamp": MOMENT,
        "refresh_rate": reference("Duration"),
        "tags": TAGS,
        **dict.fromkeys(read_only, ANY),
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
    kinds = ("Attribute", "EarlierAttribute", "CalendarAttribute", "Derived")
    any_attribute = {"anyOf": [reference(kind) for kind in kinds]}
    none, kept = {"snapshot": {"const": False}}, {"offline": {"const": True}, "snapshot": BOOLEAN}
    needed = ["name", "owner", spelling, "attributes"]
    of_attributes = [
        object_of(shared | none | computed, needed),
        object_of(shared | kept | computed | {"attributes": several | {"items": any_attribute}}, [*needed, "offline"]),
    ]
    return (
        {"anyOf": of_attributes},
        object_of(shared | none | ready, ["name", "owner", spelling, "fields", "batch_source"]),
    )


def _reference() -> Schema:
    return object_of({"name": reference("Name"), "version": VERSION}, ["name"])


def _service() -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "owner": reference("Owner"),
        "description": reference("Text"),
        "is_published": BOOLEAN,
        "tags": TAGS,
    }
    views = {
        "type": "array",
        "items": reference("ViewReference"),
        "minItems": 1,
        "maxItems": MAX_VIEWS,
        "uniqueItems": True,
    }
    return {"anyOf": [object_of(fields | {one: views}, ["name", "owner", one]) for one in (LATER.views, OLDER.views)]}
