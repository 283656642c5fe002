"""BigQuery's types as its catalogue writes them, such as `STRUCT<a STRING, b ARRAY<BOOL>>`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from snowplow_signals.dialects.base import Access, Leaf

_TOKEN = re.compile(r"[<>(),]|[^<>(),]+")
CLASSES: dict[str, Leaf] = {
    "INT64": "integer",
    "INTEGER": "integer",
    "NUMERIC": "decimal",
    "BIGNUMERIC": "decimal",
    "FLOAT64": "float",
    "FLOAT": "float",
    "BOOL": "boolean",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DATETIME": "timestamp",
    "TIMESTAMP": "timestamptz",
    "JSON": "json",
    "STRUCT": "nested",
    "ARRAY": "list",
    "RANGE": "nested",
    "BYTES": "nested",
    "GEOGRAPHY": "nested",
    "INTERVAL": "nested",
}
"""What values of a type are read as; the macros of a generated project have the same table."""
_TYPED_STEP = re.compile(r"\[safe_offset\(\d+\)\]|\.`[^`]*`|\.\w+")
_JSON_STEP = re.compile(r"""\[\d+\]|\['(?:[^'\\]|\\.)*'\]""", re.DOTALL)


@dataclass(frozen=True)
class Found:
    """SQL that reaches a property in one column, the class of what is there, and its type."""

    sql: str
    leaf: Leaf
    type_name: str


def found_at(columns: Mapping[str, str], access: Access) -> Found | None:
    """Where a property is in a column; None when it does not have it.

    `columns` maps the names of a table's columns, in lower case, to their types. A path into JSON, or into text that
    holds JSON, goes on by the keys that were tracked.
    """
    reached = _reached(columns.get(access.column.lower()), access.path)
    if reached is None:
        return None
    leaf, steps, type_name = reached
    inside = access.column + "".join(_TYPED_STEP.findall(access.typed[len(access.column) :])[:steps])
    if leaf == "json" and type_name.startswith("STRING"):
        inside = f"safe.parse_json({inside}, wide_number_mode => 'round')"
    json = _JSON_STEP.findall((access.json or "")[len(access.column) :])
    return Found(inside + "".join(json[steps:]), leaf, type_name)


def _reached(type_name: str | None, path: tuple[str | int, ...]) -> tuple[Leaf, int, str] | None:
    """The class of what is at a path, how many steps of it are into typed data, and the type that these reach; None
    when there is no such."""
    for number, step in enumerate(path):
        if type_name is None:
            return None
        if type_name == "JSON" or type_name.startswith("STRING"):
            return "json", number, type_name
        type_name = element_of(type_name) if isinstance(step, int) else _field(type_name, step)
    return None if type_name is None else (leaf_of(type_name), len(path), type_name)


def leaf_of(type_name: str) -> Leaf:
    """The class of values of a type."""
    return CLASSES.get(re.split(r"[<(]", type_name)[0], "text")


def element_of(type_name: str) -> str | None:
    """The type of the elements of a list."""
    return type_name[len("ARRAY<") : -1] if type_name.startswith("ARRAY<") else None


def fields_of(type_name: str) -> list[tuple[str, str]]:
    """The names and types of a struct's fields, the shortest names first."""
    if not type_name.startswith("STRUCT<"):
        return []
    members = (member.strip().partition(" ") for member in _members(type_name[len("STRUCT<") : -1]))
    fields = [(name.strip("`"), inner.strip()) for name, _, inner in members]
    return sorted(fields, key=lambda field: (len(field[0]), field[0]))


def _field(type_name: str, field: str) -> str | None:
    return next((inner for name, inner in fields_of(type_name) if name.lower() == field.lower()), None)


def _members(inside: str) -> Iterator[str]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            yield text
            text = ""
            continue
        depth += (token in "<(") - (token in ">)")
        text += token
