"""Self-describing JSON of an enriched event, each schema in it as the column that a warehouse has for it."""

import re
from collections.abc import Iterator
from typing import Any

from snowplow_signals.loader_names import entity_column, event_column

COLUMNS = ("contexts", "derived_contexts", "unstruct_event")
"""The fields of an enriched event that hold it; in a warehouse each schema in them is a column of its own."""

_SCHEMA = re.compile(
    r"iglu:(?P<vendor>[a-zA-Z0-9\-_.]+)/(?P<name>[a-zA-Z0-9\-_]+)/[a-zA-Z0-9\-_]+/(?P<major>[1-9][0-9]*)-[0-9]+-[0-9]+",
    re.ASCII,
)


def columns_of(field: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The columns that a field of an enriched event becomes, with their values; a list of one for each entity.

    Raises ValueError, with the reason, for what is not self-describing JSON. An empty object holds nothing.
    """
    if value == {}:
        return
    data = _data(field, value)
    if field == "unstruct_event":
        yield event_column(*_schema(field, data)), _data(field, data)
        return
    if not isinstance(data, list):
        raise ValueError(f"{field} must hold a list of entities")
    for entity in data:
        yield entity_column(*_schema(field, entity)), [_data(field, entity)]


def _data(field: str, value: Any) -> Any:
    _schema(field, value)
    return value["data"]


def _schema(field: str, value: Any) -> tuple[str, str, int]:
    if not isinstance(value, dict) or not isinstance(value.get("schema"), str) or "data" not in value:
        raise ValueError(f"{field} is not self-describing JSON, which has a schema and its data")
    found = _SCHEMA.fullmatch(value["schema"])
    if found is None:
        raise ValueError(f"schema {value['schema']!r} in {field} does not conform to iglu:vendor/name/format/1-0-0")
    return found["vendor"], found["name"], int(found["major"])
