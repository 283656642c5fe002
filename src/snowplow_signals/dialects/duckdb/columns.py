"""DuckDB's types as it writes them, such as `STRUCT(a VARCHAR, "b c" DOUBLE[])[]`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from snowplow_signals.dialects.base import Leaf

_TOKEN = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]|[^(),"']+)""")
_MEMBER = re.compile(r"""\s*("(?:[^"]|"")*"|\S+)\s+(.*)""", re.DOTALL)
_INTEGERS = "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT"
CLASSES: dict[str, Leaf] = {
    **dict.fromkeys(_INTEGERS.split(), "integer"),
    "FLOAT": "float",
    "DOUBLE": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "JSON": "json",
}
"""What values of a type are read as; the macros of a generated project have the same table."""


@dataclass(frozen=True)
class Reached:
    """What is at a path."""

    leaf: Leaf
    type_name: str
    """The type of what the typed steps reach."""
    steps: int
    """How many steps are into typed data; what is left of the path goes on inside JSON."""

    @property
    def is_made_of_others(self) -> bool:
        """Whether it is a list or a struct."""
        return element_of(self.type_name) is not None or bool(fields_of(self.type_name))


def reach(type_name: str | None, path: tuple[str | int, ...]) -> Reached | None:
    """What is at a path in a column of a type; None when there is no such column or field. Text may hold JSON."""
    for number, step in enumerate(path):
        if type_name is None:
            return None
        if type_name in ("JSON", "VARCHAR"):
            return Reached("json", type_name, number)
        type_name = element_of(type_name) if isinstance(step, int) else _field(type_name, step)
    return None if type_name is None else Reached(leaf_of(type_name), type_name, len(path))


def element_of(type_name: str) -> str | None:
    """The type of the elements of a list."""
    return re.sub(r"\[[0-9]*\]$", "", type_name) if type_name.endswith("]") else None


def fields_of(type_name: str) -> list[tuple[str, str, str]]:
    """Of a struct: the name of each field, as it is and as SQL has it, and its type; the shortest names first."""
    if not (type_name.startswith("STRUCT(") and type_name.endswith(")")):
        return []
    members = _members(type_name[len("STRUCT(") : -1])
    return sorted(members, key=lambda member: (len(member[0]), member[0]))


def _field(type_name: str, field: str) -> str | None:
    """The type of a struct's field; names differ by more than case."""
    return next((inner for name, _, inner in fields_of(type_name) if name.lower() == field.lower()), None)


def _members(inside: str) -> Iterator[tuple[str, str, str]]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            found = _MEMBER.fullmatch(text)
            if found:
                name, inner = found.groups()
                yield (name[1:-1].replace('""', '"') if name.startswith('"') else name), name, inner.strip()
            text = ""
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        text += token


def leaf_of(type_name: str) -> Leaf:
    """The class of values of a type."""
    if type_name.endswith("]") or type_name.startswith(("STRUCT(", "MAP(", "UNION(")) or type_name in ("BLOB", "BIT"):
        return "nested"
    if type_name.startswith("DECIMAL"):
        return "integer" if type_name.endswith(",0)") else "decimal"
    return CLASSES.get(type_name, "timestamp" if type_name.startswith("TIMESTAMP") else "text")
