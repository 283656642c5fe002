"""Spark's types as its catalogue writes them, such as `struct<a:string,b:array<double>>`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from snowplow_signals.dialects.base import Leaf

_TOKEN = re.compile(r"decimal\(\d+,\d+\)|[<>,:]|[^<>,:]+")
_TEXT = re.compile(r"string|(var)?char\(\d+\)")
CLASSES: dict[str, Leaf] = {
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
"""What values of a type are read as; the macros of a generated project have the same table."""


def reach(type_name: str | None, path: tuple[str | int, ...]) -> tuple[Leaf, int, str] | None:
    """The class of what is at a path, how many steps of it are into typed data, and the type that these reach; None
    when there is no such column or field. A path into text goes on inside JSON."""
    for number, step in enumerate(path):
        if type_name is None:
            return None
        if type_name == "variant" or _TEXT.fullmatch(type_name):
            return "json", number, type_name
        type_name = element_of(type_name) if isinstance(step, int) else _field(type_name, step)
    return None if type_name is None else (leaf_of(type_name), len(path), type_name)


def members_of(struct: str) -> dict[str, str]:
    """The names and types of a struct's fields."""
    members = (member.partition(":") for member in _members(struct[len("struct<") : -1]))
    return {name: inner for name, _, inner in members}


def fields_of(type_name: str) -> list[tuple[str, str]]:
    """The names and types of a struct's fields, the shortest names first; empty when it is not a struct."""
    if not type_name.startswith("struct<"):
        return []
    return sorted(members_of(type_name).items(), key=lambda field: (len(field[0]), field[0]))


def element_of(type_name: str) -> str | None:
    """The type of the elements of a list."""
    return type_name[len("array<") : -1] if type_name.startswith("array<") else None


def _field(type_name: str, field: str) -> str | None:
    """The type of a struct's field, or of a map's values; names differ by more than case."""
    if type_name.startswith("map<string,"):
        return type_name[len("map<string,") : -1]
    return next((inner for name, inner in fields_of(type_name) if name.lower() == field.lower()), None)


def _members(inside: str) -> Iterator[str]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            yield text
            text = ""
            continue
        depth += {"<": 1, ">": -1}.get(token, 0)
        text += token


def leaf_of(type_name: str) -> Leaf:
    """The class of values of a type."""
    if type_name.startswith(("struct<", "array<", "map<")):
        return "nested"
    if type_name.startswith("decimal"):
        return "integer" if type_name.endswith(",0)") else "decimal"
    return CLASSES.get(type_name, "text")
