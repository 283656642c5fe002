"""DuckDB's types as it writes them, such as `STRUCT(a VARCHAR, "b c" DOUBLE[])[]`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from snowplow_signals.dialects.base import JSON_COLUMN, Leaf

_TOKEN = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]|[^(),"']+)""")
_MEMBER = re.compile(r"""\s*("(?:[^"]|"")*"|\S+)\s+(.*)""", re.DOTALL)
_INTEGERS = frozenset(
    "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT".split()  # noqa: SIM905
)


def leaf_at(columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
    """The class of what is stored in `column` at `path`; None when there is no such column or field.

    `columns` maps the names of a table's columns, in lower case, to their types.
    """
    reached = columns.get(column.lower())
    if reached == "JSON" and path:
        return JSON_COLUMN
    for step in path:
        if reached is None:
            return None
        reached = element_of(reached) if isinstance(step, int) else _field(reached, step)
    return None if reached is None else _class(reached)


def element_of(type_name: str) -> str | None:
    """The type of a list's elements."""
    return re.sub(r"\[[0-9]*\]$", "", type_name) if type_name.endswith("]") else None


def _field(type_name: str, field: str) -> str | None:
    """The type of a struct's field; names differ by more than case."""
    return next((inner for name, inner in fields_of(type_name).items() if name.lower() == field.lower()), None)


def fields_of(type_name: str) -> dict[str, str]:
    """The names and types of a struct's fields."""
    is_struct = type_name.startswith("STRUCT(") and type_name.endswith(")")
    return dict(_members(type_name[len("STRUCT(") : -1])) if is_struct else {}


def _members(inside: str) -> Iterator[tuple[str, str]]:
    depth, text = 0, ""
    for token in [*_TOKEN.findall(inside), ","]:
        if token == "," and depth == 0:
            found = _MEMBER.fullmatch(text)
            if found:
                name, inner = found.groups()
                yield (name[1:-1].replace('""', '"') if name.startswith('"') else name), inner.strip()
            text = ""
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        text += token


def _class(type_name: str) -> Leaf:
    if type_name.endswith("]") or type_name.startswith(("STRUCT(", "MAP(", "UNION(")) or type_name in ("BLOB", "BIT"):
        return "nested"
    if type_name.startswith("DECIMAL") or type_name in _INTEGERS:
        return "integer"
    if type_name.startswith("TIMESTAMP"):
        return "timestamptz" if type_name == "TIMESTAMP WITH TIME ZONE" else "timestamp"
    classes: dict[str, Leaf] = {
        "FLOAT": "float",
        "DOUBLE": "float",
        "BOOLEAN": "boolean",
        "DATE": "date",
        "JSON": "json",
    }
    return classes.get(type_name, "text")
