"""One line of an events file, TSV or JSON, as a row of the lake layout.

`parse` functions return the row as a dictionary, ready to be written as JSON, or raise `BadLine` with the reason.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, OLDER_NAMES
from snowplow_signals.errors import UsageError, did_you_mean
from snowplow_signals.events.schema import ATOMIC_TYPES
from snowplow_signals.naming import snake_field

Row = dict[str, Any]
Parse = Callable[[str], Row]

ENTITIES, EVENT = "contexts_", "unstruct_event_"
# Added by analytics SDKs to what the event has: latitude and longitude once more.
_DERIVED_KEYS = frozenset({"geo_location"})

_DEEPEST = 60


class BadLine(ValueError):
    """A line that is no event; str() is the reason."""


def tsv_parser() -> Parse:
    """A parser of enriched events as the pipeline writes them: 131 fields, tabs between them.

    Snowplow's analytics SDK reads the fields; what it does not do is to keep both when the tracker and an enrichment
    attached entities of one schema, so lists are joined here. Raises UsageError when the SDK is not installed.
    """
    try:
        from snowplow_analytics_sdk import event_transformer, json_shredder
        from snowplow_analytics_sdk.snowplow_event_transformation_exception import SnowplowEventTransformationException
    except ModuleNotFoundError as error:
        raise UsageError(
            'Reading TSV needs Snowplow\'s analytics SDK: pip install "snowplow-signals[events]".'
        ) from error

    def entities(key: str, value: str) -> list[tuple[str, Any]]:
        return [(key, json_shredder.parse_contexts(value))]

    lists = ("contexts", "derived_contexts")
    known = tuple(
        (name, entities if name in lists else convert) for name, convert in event_transformer.ENRICHED_EVENT_FIELD_TYPES
    )

    def parse(line: str) -> Row:
        try:
            event = event_transformer.transform(line, known, add_geolocation_data=False)
        except SnowplowEventTransformationException as error:
            raise BadLine("; ".join(error.error_messages)) from error
        for name in lists:
            for key, values in event.pop(name, ()):
                event[key] = event.get(key, []) + values
        return row_of(event)

    return parse


def parse_json(line: str) -> Row:
    """A parser of events as JSON: what an analytics SDK makes, or rows in the lake layout."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"no JSON: {error}") from error
    if not isinstance(event, dict):
        raise BadLine("a JSON object was expected, with the event's columns as its keys")
    return row_of(event)


def row_of(event: Mapping[str, Any]) -> Row:
    """The event with names and values as the lake layout has them, without its nulls."""
    row: Row = {}
    for key, value in event.items():
        name = OLDER_NAMES.get(key, key)
        kind = ATOMIC_COLUMNS.get(name)
        if kind is not None:
            converted = None if value is None else _CONVERT[kind](name, value)
        elif key.startswith((ENTITIES, EVENT)):
            name = key.replace("-", "_").replace(".", "_").lower()
            converted = _nested(name, value)
        elif key in _DERIVED_KEYS:
            continue
        else:
            raise BadLine(f"unknown column {key!r}{did_you_mean(key, ATOMIC_TYPES)}")
        if converted is not None:
            row[name] = converted
    if not row:
        raise BadLine("no column of an event has a value")
    return row


def _nested(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.startswith(ENTITIES):
        values = [value] if isinstance(value, dict) else value
        if not isinstance(values, list) or not all(isinstance(item, dict) for item in values):
            raise BadLine(f"{name} must be a list of objects")
        return [_snaked(item) for item in values]
    if not isinstance(value, dict):
        raise BadLine(f"{name} must be an object")
    return _snaked(value)


def _snaked(value: Any, depth: int = 0) -> Any:
    """The value with snake_case fields. Of two keys that become one field, the first that has a value stays."""
    if depth > _DEEPEST:
        raise BadLine(f"nested deeper than {_DEEPEST} levels")
    if isinstance(value, list):
        return [_snaked(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, dict):
        return value
    fields: Row = {}
    for key, item in value.items():
        name = snake_field(key) or "_"
        if "\0" in name:
            raise BadLine(f"the key {key!r} holds a NUL character, which no column can")
        if fields.get(name) is None:
            fields[name] = _snaked(item, depth + 1)
    return fields


def _text(name: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise BadLine(f"{name} is text, not {json.dumps(value)[:80]}")
    return value if isinstance(value, str) else json.dumps(value)


def _integer(name: str, value: Any) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not -(2**31) <= number < 2**31:
        raise BadLine(f"{name} is an integer of 32 bits, not {str(value)[:80]!r}")
    return number


def _number(name: str, value: Any) -> float | None:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise BadLine(f"{name} is a number, not {str(value)[:80]!r}") from error
    return number if math.isfinite(number) else None


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _boolean(name: str, value: Any) -> bool:
    converted = _BOOLEANS.get(str(value).lower())
    if converted is None:
        raise BadLine(f"{name} is true or false, not {str(value)[:80]!r}")
    return converted


def _timestamp(name: str, value: Any) -> str:
    """ISO 8601 in UTC without an offset; a time without one is UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadLine(f"{name} is a time such as 2025-01-31T12:00:00.000Z, not {str(value)[:80]!r}") from error
    try:
        return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat()
    except OverflowError as error:
        raise BadLine(f"{name} is out of range: {value!r}") from error


_CONVERT: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
