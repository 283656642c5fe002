"""Snowflake's types as its catalogue and dbt write them, such as `NUMBER(38,0)`: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from snowplow_signals.dialects.base import JSON_COLUMN, Leaf

JSON_TYPES = ("VARIANT", "OBJECT", "ARRAY", "MAP")
TEXT_TYPES = ("TEXT", "VARCHAR", "STRING", "CHAR", "CHARACTER", "CHARACTER VARYING")

CLASSES: dict[str, Leaf] = {
    **dict.fromkeys(JSON_TYPES, "json"),
    **dict.fromkeys(TEXT_TYPES, "text"),
    "NUMBER": "decimal",
    "FIXED": "decimal",
    "FLOAT": "float",
    "DOUBLE": "float",
    "REAL": "float",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP_NTZ": "timestamp",
    "TIMESTAMP_LTZ": "timestamptz",
    "TIMESTAMP_TZ": "timestamptz",
}
"""What values of a type are read as; the macros of a generated project have the same table."""


def leaf_at(columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
    """The class of what is stored in `column` at `path`; None when there is no such column.

    `columns` maps the names of a table's columns, in lower case, to their types. What is inside JSON is not known
    before it is read, and null when it is not there. Types without a class, as BINARY and TIME, are read as text only.
    """
    type_name = plain_type(columns.get(column.lower()))
    if type_name is None:
        return None
    if path:
        return JSON_COLUMN if type_name in (*JSON_TYPES, *TEXT_TYPES) else None
    if re.search(r",\s*0\)$", columns[column.lower()]):
        return "integer"
    return CLASSES.get(type_name, "nested")


def plain_type(type_name: str | None) -> str | None:
    """The type without its length, precision or structure."""
    return None if type_name is None else re.sub(r"\(.*", "", type_name, flags=re.DOTALL).strip().upper()
