"""Spark's types as its catalogue writes them, such as `struct<a:string,b:array<double>>`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from snowplow_signals.dialects.base import JSON_COLUMN, Leaf

_TOKEN = re.compile(r"decimal\(\d+,\d+\)|[<>,:]|[^<>,:]+")
_TEXT = re.compile(r"string|(var)?char\(\d+\)")
_CLASSES: dict[str, Leaf] = {
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "float": "float",
    "double": "float",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamptz",
    "timestamp_ntz": "timestamp",
    "variant": "json",
}


def leaf_at(columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
    """The class of what is stored in `column` at `path`; None when there is no such column or field.

    `columns` maps the names of a table's columns, in lower case, to their types. A path into a column of text goes on
    inside of JSON.
    """
    reached = columns.get(column.lower())
    if reached is not None and path and (reached == "variant" or _TEXT.fullmatch(reached)):
        return JSON_COLUMN
    for step in path:
        if reached is None:
            return None
        reached = element_of(reached) if isinstance(step, int) else _field(reached, step)
    return None if reached is None else _class(reached)


def members_of(struct: str) -> dict[str, str]:
    """The names and types of a struct's fields."""
    members = (member.partition(":") for member in _members(struct[len("struct<") : -1]))
    return {name: inner for name, _, inner in members}


def element_of(type_name: str) -> str | None:
    """The type of an array's elements."""
    return type_name[len("array<") : -1] if type_name.startswith("array<") else None


def _field(type_name: str, field: str) -> str | None:
    """The type of a struct's field, or of a map's values; names differ by more than case."""
    if type_name.startswith("map<string,"):
        return type_name[len("map<string,") : -1]
    if not type_name.startswith("struct<"):
        return None
    members = members_of(type_name).items()
    return next((inner for name, inner in members if name.lower() == field.lower()), None)


def _members(inside: str) -> Iterator[str]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            yield text
            text = ""
            continue
        depth += {"<": 1, ">": -1}.get(token, 0)
        text += token


def _class(type_name: str) -> Leaf:
    if type_name.startswith(("struct<", "array<", "map<")):
        return "nested"
    return "integer" if type_name.startswith("decimal") else _CLASSES.get(type_name, "text")
