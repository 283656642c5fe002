"""One event of a file, from TSV, JSON or CSV, as a row of the lake layout.

Functions return the row as a dictionary, ready to be written as JSON, or raise `BadLine` with the reason.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, OLDER_NAMES
from snowplow_signals.errors import did_you_mean
from snowplow_signals.events.loading import numbers, self_describing
from snowplow_signals.events.loading.numbers import read_json
from snowplow_signals.events.loading.schema import ATOMIC_TYPES, TSV_FIELDS
from snowplow_signals.loader_names import snake_field

Row = dict[str, Any]

ENTITIES, EVENT = "contexts_", "unstruct_event_"
# Made from others: latitude and longitude once more, by analytics SDKs; the day of load, by the lake loader.
_DERIVED_KEYS = frozenset({"geo_location", "load_tstamp_date"})

_DEEPEST = 60
_ZONE = re.compile(r" ([+-]\d{2}:?\d{2}|Z)$")


class BadLine(ValueError):
    """A line that is not an event; str() is the reason."""


def parse_tsv(line: str) -> Row:
    """An enriched event as the pipeline writes it: 131 fields, tabs between them.

    https://docs.snowplow.io/docs/fundamentals/canonical-event/understanding-the-enriched-tsv-format
    """
    fields = line.split("\t")
    if len(fields) != len(TSV_FIELDS):
        raise BadLine(f"Expected {len(TSV_FIELDS)} fields, received {len(fields)} fields.")
    return row_of({name: value or None for name, value in zip(TSV_FIELDS, fields, strict=True)})


def parse_json(text: str) -> Row:
    """An event as JSON: what an analytics SDK makes, what Snowplow Micro answers, or a row in the lake layout."""
    try:
        event = read_json(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"no JSON: {error}") from error
    if not isinstance(event, dict):
        raise BadLine("a JSON object was expected, with the event's columns as its keys")
    if isinstance(event.get("event"), dict):  # /micro/good has it beside what was sent
        return row_of(event["event"])
    if event.keys() == {"schema", "data"}:
        raise BadLine(f"self-describing JSON of {event['schema']!r}, which is not an enriched event")
    return row_of(event)


def is_column(key: str) -> bool:
    """Whether an event has such a column, in any spelling that a file may have."""
    name = key.lower()
    known = name in ATOMIC_COLUMNS or name in OLDER_NAMES or name in self_describing.COLUMNS or name in _DERIVED_KEYS
    return known or name.startswith((ENTITIES, EVENT))


def unknown_column(key: str) -> str:
    """The message for a column that no event has."""
    return f"unknown column {key!r}{did_you_mean(key, ATOMIC_TYPES)}"


def row_of(event: Mapping[str, Any]) -> Row:
    """The event with names and values as the lake layout has them, without its nulls."""
    row: Row = {}
    for key, value in event.items():
        name = OLDER_NAMES.get(key.lower(), key.lower())
        kind = ATOMIC_COLUMNS.get(name)
        if kind is not None:
            converted = None if value is None else convert(name, value)
            if converted is not None:
                row[name] = converted
        elif name in self_describing.COLUMNS:
            _add_self_describing(row, name, value)
        elif name.startswith((ENTITIES, EVENT)):
            _add(row, name.replace("-", "_").replace(".", "_"), _of_json(value))
        elif name not in _DERIVED_KEYS:
            raise BadLine(unknown_column(key))
    if not row:
        raise BadLine("no column of an event has a value")
    return row


def _add_self_describing(row: Row, name: str, value: Any) -> None:
    body = _of_json(value)
    if body is None:
        return
    try:
        for column, data in self_describing.columns_of(name, body):
            _add(row, column, data)
    except ValueError as error:
        raise BadLine(str(error)) from error


def _of_json(value: Any) -> Any:
    """A value that may be the text of one: in TSV and CSV all are."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value) if value.strip() else None
    except (ValueError, RecursionError):
        return value


def _add(row: Row, name: str, value: Any) -> None:
    """Entities of one schema may come from several fields of an event."""
    nested = _nested(name, value)
    if nested is not None:
        row[name] = row[name] + nested if isinstance(nested, list) and name in row else nested


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
    """The value with fields as loaders name them, without nulls. Of two keys of one field the first with a value stays.

    The shortest fields come first: what becomes text is written as the engine reads it from a typed column.
    """
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
        if "\0" in key:
            raise BadLine(f"the key {key!r} holds a NUL character, which no column can")
        name = snake_field(key) or "_"
        if fields.get(name) is None:
            fields[name] = _snaked(item, depth + 1)
    known = ((name, item) for name, item in fields.items() if item is not None)
    return dict(sorted(known, key=lambda field: (len(field[0]), field[0])))


def convert(name: str, value: Any) -> Any:
    """The value of an atomic column as JSON of its type; null for a number that is not finite. BadLine for others."""
    return _CONVERT[ATOMIC_COLUMNS[name]](name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, dict | list):
        raise BadLine(f"{name} must be text, not {json.dumps(value)[:80]}")
    return value if isinstance(value, str) else json.dumps(value)


def _integer(name: str, value: Any) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if not isinstance(number, int) or isinstance(number, bool) or not -(2**31) <= number < 2**31:
        raise BadLine(f"{name} must be a 32-bit integer, not {str(value)[:80]!r}")
    return number


def _number(name: str, value: Any) -> int | float | str | None:
    """The number; its text when no double stands for it."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        text = repr(value) if isinstance(value, float) else str(value).strip()
        if not Decimal(text).is_finite():
            return None
        return numbers.exact(text)
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise BadLine(f"{name} must be a number, not {str(value)[:80]!r}") from error


_BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


def _boolean(name: str, value: Any) -> bool:
    converted = _BOOLEANS.get(str(value).lower())
    if converted is None:
        raise BadLine(f"{name} must be true or false, not {str(value)[:80]!r}")
    return converted


def _timestamp(name: str, value: Any) -> str:
    """ISO 8601 in UTC without an offset; a time without one is UTC. Warehouses export ` UTC` and ` +0000` too."""
    try:
        moment = datetime.fromisoformat(_ZONE.sub(r"\1", value.removesuffix(" UTC")))
    except (AttributeError, TypeError, ValueError) as error:
        raise BadLine(f"{name} must be a time such as 2025-01-31T12:00:00.000Z, not {str(value)[:80]!r}") from error
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
