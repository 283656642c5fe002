"""Events, properties of them, and conditions on properties."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import get_args

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, OLDER_NAMES, ColumnKind
from snowplow_signals.definitions.criteria import DEEPEST
from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.definitions.properties import (
    DATE_PARTS,
    INTEGER_DATE_PARTS,
    LONGEST_SEPARATOR,
    MAX_LEAVES,
    Operation,
)
from snowplow_signals.server.schemas.parts import (
    BOOLEAN,
    VERSION,
    WORD,
    Schema,
    number,
    object_of,
    one_of,
    reference,
    text_like,
)

INDEX: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_VERSION}
PATH = text_like(r"(\$\.)?[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?(\.[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?){0,20}") | {
    "description": "Where in the JSON the value is; a key with '.' in it is written in quotes: a[\"b.c\"]",
}
NESTED_TEXT = text_like(
    r"(unstruct_event_[a-z]+_[a-z]+_[1-9][0-9]?|contexts_[a-z]+_[a-z]+_[1-9][0-9]?\[[0-9]{1,2}\]):"
    r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,20}"
) | {"description": "A property as one line of text, in the way of `property_syntax`: Snowflake's by default"}
COMPARING = ("=", "!=", "<", ">", "<=", ">=")
SYNTAX = one_of(("snowflake", "bigquery", "databricks"))


def described() -> dict[str, Schema]:
    """By their names."""
    return {
        "Event": _event(),
        "Property": _property(),
        "NestedProperty": _nested(),
        "EveryElement": _every_element("all")
        | {"description": "For attributes: the value of each element of a list of entities"},
        "AnyElement": _every_element("any") | {"description": "For criteria: the value of at least one element"},
        "CalculatedProperty": _calculated(),
        "Criteria": _criteria(),
        "Criterion": _criterion(),
    }


def columns_of(*kinds: ColumnKind) -> list[str]:
    names = (*ATOMIC_COLUMNS, *OLDER_NAMES)
    return [name for name in names if ATOMIC_COLUMNS[OLDER_NAMES.get(name, name)] in kinds]


def atomic(columns: Iterable[str], parts: Iterable[str] = ()) -> Schema:
    part = {"date_part": one_of(parts)} if parts else {}
    return object_of({"type": one_of(["atomic"]), "name": one_of(columns)} | part, ["type", "name", *part])


_SCHEMA = {"vendor": text_like("[A-Za-z0-9_.-]+", 128), "name": WORD, "major_version": VERSION, "path": PATH}


def _in_schema(parts: Iterable[str] = ()) -> Schema:
    part = {"date_part": one_of(parts)} if parts else {}
    needed = ["type", *_SCHEMA, *part]
    return {
        "anyOf": [
            object_of({"type": one_of(["event"])} | _SCHEMA | part, needed),
            object_of({"type": one_of(["entity"])} | _SCHEMA | part | {"index": INDEX}, needed),
        ]
    }


def _every_element(word: str) -> Schema:
    fields = {"type": one_of(["entity"])} | _SCHEMA | {"index": one_of([word]), "date_part": one_of(DATE_PARTS)}
    return object_of(fields, ["type", *_SCHEMA, "index"])


def _calculated() -> Schema:
    operand = {"anyOf": [atomic(ATOMIC_COLUMNS), reference("NestedProperty")]}
    operands: Schema = {"type": "array", "items": operand, "minItems": 1, "maxItems": MAX_LEAVES}
    kind, needed = one_of(["calculated"]), ["type", "operation", "properties"]
    others = [name for name in get_args(Operation) if name != "concat"]
    separator = text_like(r"[^\u0000\ud800-\udfff]*", LONGEST_SEPARATOR)
    concat = {"type": kind, "operation": one_of(["concat"]), "properties": operands, "separator": separator}
    numeric = {"type": kind, "operation": one_of(others), "properties": operands}
    return {"anyOf": [object_of(concat, needed), object_of(numeric, needed)]}


def _nested() -> Schema:
    return _in_schema()


def _property() -> Schema:
    return {
        "anyOf": [
            atomic(ATOMIC_COLUMNS),
            reference("NestedProperty"),
            atomic(columns_of("timestamp", "text"), DATE_PARTS),
            _in_schema(DATE_PARTS),
            one_of(ATOMIC_COLUMNS),
            NESTED_TEXT,
        ]
    }


def _criteria() -> Schema:
    """A group of conditions, and of groups; how deep they may be, a schema does not say."""
    conditions = {"type": "array", "items": {"anyOf": [reference("Criterion"), reference("Criteria")]}, "minItems": 1}
    both = {"all": conditions, "any": conditions}
    return {"anyOf": [object_of(both, ["all"]), object_of(both, ["any"])]} | {
        "description": f"Groups can be {DEEPEST} deep"
    }


def _criterion() -> Schema:
    return {"anyOf": [*_with_values(), *_of_two()]}


def _of_two() -> Iterable[Schema]:
    """Two properties of an event, of a kind that is known or said; that they are two is checked with the criterion."""
    nested = [reference("NestedProperty")]
    integers, texts = INTEGER_DATE_PARTS, set(DATE_PARTS) - set(INTEGER_DATE_PARTS)
    for kind, columns, parts, operators in (
        ("text", columns_of("text"), texts, COMPARING),
        ("number", columns_of("integer", "number"), integers, COMPARING),
        ("time", columns_of("timestamp"), (), COMPARING),
        ("boolean", columns_of("boolean"), (), ("=", "!=")),
    ):
        known = [atomic(columns), *([atomic(columns_of("timestamp"), parts)] if parts else [])]
        yield _two(known, [*known, *nested], operators, kind)
        yield _two(nested, known, operators, kind)
        yield _two(nested, nested, operators, kind, is_needed=True)


def _two(
    ones: list[Schema], others: list[Schema], operators: Iterable[str], kind: str, is_needed: bool = False
) -> Schema:
    fields = {
        "property": {"anyOf": ones},
        "operator": one_of(operators),
        "other_property": {"anyOf": others},
        "compare_as": one_of([kind]),
    }
    needed = ["property", "operator", "other_property", *(["compare_as"] if is_needed else [])]
    return object_of(fields | {"property_syntax": SYNTAX}, needed)


def _with_values() -> Iterable[Schema]:
    made = [reference("AnyElement"), reference("CalculatedProperty")]
    yield _condition({"anyOf": [reference("Property"), *made]}, ("is null", "is not null"))
    any_number = number(sys.float_info.max)
    text = [atomic(columns_of("text")), atomic(columns_of("timestamp"), set(DATE_PARTS) - set(INTEGER_DATE_PARTS))]
    numeric = [atomic(columns_of("integer", "number")), atomic(columns_of("timestamp"), INTEGER_DATE_PARTS)]
    compared = COMPARING
    for properties, literal, operators, of_lists in (
        (text, reference("Text"), (*compared, "like", "not like", "ilike", "not ilike"), ("in", "not in")),
        (numeric, any_number, compared, ("in", "not in")),
        ([atomic(columns_of("boolean"))], BOOLEAN, ("=", "!="), ("in",)),
    ):
        prop = {"anyOf": [*properties, reference("NestedProperty"), NESTED_TEXT, *made]}
        yield _condition(prop, operators, literal)
        yield _condition(prop, of_lists, {"type": "array", "items": literal, "minItems": 1})
        if literal is not BOOLEAN:
            yield _condition(prop, ("between",), {"type": "array", "items": literal, "minItems": 2, "maxItems": 2})
        if "like" in operators:
            yield _condition(prop, ("starts with",), text_like(r"[^\u0000]+"))


def _condition(prop: Schema, operators: Iterable[str], value: Schema | None = None) -> Schema:
    fields = {"property": prop, "operator": one_of(operators), "property_syntax": SYNTAX}
    return object_of(
        fields | ({"value": value} if value else {}), ["property", "operator", *(["value"] if value else [])]
    )


def _event() -> Schema:
    return object_of(
        {
            "name": WORD,
            "vendor": text_like("[A-Za-z0-9_.-]+", 128),
            "version": text_like("[0-9]+-[0-9]+-[0-9]+", 128),
            "event_specification_id": text_like(r"[^\u0000]+", 255),
        }
    )
