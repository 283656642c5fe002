"""The pieces of schemas: objects, what text may look like, and the texts that have a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.definitions.names import MAX_NAME

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    """The schema that the description holds under this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def object_of(properties: Mapping[str, Schema], required: Iterable[str] = (), **more: Any) -> Schema:
    """An object with these properties and no others. What is null is as if left out, also what nobody knows."""
    needed = list(required)
    shown = {name: one if name in needed else or_null(one) for name, one in properties.items()}
    schema: Schema = {"type": "object", "properties": shown, "additionalProperties": NULL}
    return schema | ({"required": needed} if needed else {}) | more


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


def text_like(pattern: str, longest: int | None = None) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"} | ({"maxLength": longest} if longest else {})


def number(largest: float) -> Schema:
    return {"type": "number", "minimum": -largest, "maximum": largest}


def open_object(properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """An object that may have other properties beside these."""
    needed = list(required)
    return {"type": "object", "properties": dict(properties)} | ({"required": needed} if needed else {})


ANY: Schema = {}
NULL: Schema = {"type": "null"}
NOT_NULL: Schema = {"not": NULL}
BOOLEAN: Schema = {"type": "boolean"}
VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_VERSION}
NAME = text_like("[A-Za-z0-9_]+", MAX_NAME)
TEXT = text_like(r"[^\u0000]*")
WORD = text_like("[A-Za-z0-9_-]+", 128)
OWNER: Schema = text_like(
    r"[A-Za-z0-9_+-]{1,30}(\.[A-Za-z0-9_+-]{1,30})?@([A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,30})?\.){1,3}[A-Za-z]{2,6}"
) | {
    "description": "An e-mail address",
}
DURATION: Schema = text_like("P([1-9][0-9]{0,3}D|T[1-9][0-9]{0,4}[HMS])") | {
    "description": "A length of time as ISO 8601, in days and shorter units",
}
DAYS: Schema = text_like("P[1-9][0-9]{0,3}D") | {"description": "Whole days as ISO 8601"}
MOMENT: Schema = text_like(
    "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"
)
TAGS: Schema = {"type": "object", "additionalProperties": reference("Text")}


def described() -> dict[str, Schema]:
    """By their names."""
    return {"Name": NAME, "Text": TEXT, "Owner": OWNER, "Duration": DURATION}
