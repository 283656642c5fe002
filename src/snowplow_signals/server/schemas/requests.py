"""Questions about profiles, and requests that name views or bring one."""

from __future__ import annotations

from snowplow_signals.server.schemas.parts import (
    BOOLEAN,
    Schema,
    open_object,
    or_null,
    reference,
    text_like,
)
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.vocabulary import LATER, OLDER, VOCABULARIES, Vocabulary

_LIMITS = Limits()
_IDENTIFIER: Schema = {
    "anyOf": [
        text_like(r"[^\u0000]*", _LIMITS.identifier_characters),
        {"type": "integer", "minimum": -(2**63), "maximum": 2**64 - 1},
    ]
}
_SPELLINGS = (LATER.entities, OLDER.entities)
PREVIEWED_APP_IDS = 10
PREVIEWED_IDENTIFIERS = 50


def described() -> dict[str, Schema]:
    """By their names."""
    return {
        "Identifiers": _identifiers(),
        "Question": _question(),
        "People": _people(),
        "NamedViews": _named_views(1),
        "ViewsToPublish": _named_views(0),
        **{f"Test_{words.view}": _preview_body(words) for words in VOCABULARIES},
    }


def _texts(most: int) -> Schema:
    return or_null({"type": "array", "items": _IDENTIFIER, "maxItems": most})


def _identifiers() -> Schema:
    return {
        "type": "object",
        "description": "Key to identifiers. The lists of several keys belong together, so they are of one length",
        "additionalProperties": or_null(
            {"type": "array", "items": _IDENTIFIER, "minItems": 1, "maxItems": _LIMITS.identifiers}
        ),
        "minProperties": 1,
        "maxProperties": _LIMITS.keys,
        "propertyNames": {"type": "string", "maxLength": _LIMITS.key_characters},
    }


def _question() -> Schema:
    shared: dict[str, Schema] = {
        "full_attribute_names": or_null(BOOLEAN) | {"description": "Names as `view_v1:attribute`"},
        "include_freshness": or_null(BOOLEAN)
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
            open_object(shared | {keys: reference("Identifiers"), other: nothing} | one, [keys, next(iter(one))])
            for keys, other in (_SPELLINGS, _SPELLINGS[::-1])
            for one in asked
        ]
    }


def _people() -> Schema:
    nothing: Schema = {"type": "null"}
    return {
        "anyOf": [
            open_object({keys: reference("Identifiers"), other: nothing}, [keys])
            for keys, other in (_SPELLINGS, _SPELLINGS[::-1])
        ]
    }


def _named_views(least: int) -> Schema:
    some = {"type": "array", "items": reference("ViewReference")}
    others = {name: or_null({"type": "array", "maxItems": 0}) for name in ("event_logs", "interventions")}
    if not least:
        return open_object({words.views: or_null(some) for words in VOCABULARIES} | others)
    return {
        "anyOf": [
            open_object({one: some | {"minItems": least}, other: or_null(some)} | others, [one])
            for one, other in ((LATER.views, OLDER.views), (OLDER.views, LATER.views))
        ]
    }


def _preview_body(words: Vocabulary) -> Schema:
    window = text_like("P([1-9]D|[12][0-9]D|3[01]D|T[1-9][0-9]?[HMS])")
    fields = {
        words.view: reference("ComputedView"),
        "window": or_null(window) | {"description": "How recent, as ISO 8601; 31 days at most; an hour without it"},
        "app_ids": _texts(PREVIEWED_APP_IDS),
        words.test_identifiers: _texts(PREVIEWED_IDENTIFIERS),
    }
    return open_object(fields, [words.view])
