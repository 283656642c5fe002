"""BigQuery's types as its catalogue writes them, such as `STRUCT<a STRING, b ARRAY<BOOL>>`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from snowplow_signals.dialects.base import Access, Leaf
from snowplow_signals.naming import columns_of

_TOKEN = re.compile(r"[<>(),]|[^<>(),]+")
_CLASSES: dict[str, Leaf] = {
    "INT64": "integer",
    "INTEGER": "integer",
    "NUMERIC": "integer",
    "BIGNUMERIC": "integer",
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
_TYPED_STEP = re.compile(r"\[safe_offset\(\d+\)\]|\.`[^`]*`|\.\w+")
_JSON_STEP = re.compile(r"""\[\d+\]|\['(?:[^'\\]|\\.)*'\]""", re.DOTALL)


def found_at(columns: Mapping[str, str], access: Access) -> list[tuple[str, Leaf]]:
    """SQL that reaches a property, and what is stored there, in each column that has it, the newest first.

    `columns` maps the names of a table's columns, in lower case, to their types. A path into JSON, or into a column of
    text, goes on by the keys that were tracked.
    """
    found = []
    for column in columns_of(columns, access.column):
        typed = _TYPED_STEP.findall(access.typed[len(access.column) :])
        json = _JSON_STEP.findall((access.json or "")[len(access.column) :])
        reached = _reached(columns[column.lower()], access.path)
        if reached is not None:
            leaf, steps = reached
            inside = column + "".join(typed[:steps])
            if leaf == "json" and columns[column.lower()].startswith("STRING"):
                inside = f"safe.parse_json({column}, wide_number_mode => 'round')"
            found.append((inside + "".join(json[steps:]), leaf))
    return found


def _reached(type_name: str, path: tuple[str | int, ...]) -> tuple[Leaf, int] | None:
    """The class of what is at the path, and how many steps of it are into typed data; None when there is no such."""
    if path and type_name.startswith("STRING"):
        return "json", 0
    for number, step in enumerate(path):
        if type_name == "JSON":
            return "json", number
        inner = element_of(type_name) if isinstance(step, int) else _field(type_name, step)
        if inner is None:
            return None
        type_name = inner
    return _CLASSES.get(re.split(r"[<(]", type_name)[0], "text"), len(path)


def element_of(type_name: str) -> str | None:
    """The type of an array's elements."""
    return type_name[len("ARRAY<") : -1] if type_name.startswith("ARRAY<") else None


def fields_of(type_name: str) -> dict[str, str]:
    """The names and types of a struct's fields."""
    if not type_name.startswith("STRUCT<"):
        return {}
    members = (member.strip().partition(" ") for member in _members(type_name[len("STRUCT<") : -1]))
    return {name.strip("`"): inner.strip() for name, _, inner in members}


def _field(type_name: str, field: str) -> str | None:
    return next((inner for name, inner in fields_of(type_name).items() if name.lower() == field.lower()), None)


def _members(inside: str) -> Iterator[str]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            yield text
            text = ""
            continue
        depth += (token in "<(") - (token in ">)")
        text += token
