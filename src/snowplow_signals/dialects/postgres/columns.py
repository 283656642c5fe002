"""PostgreSQL's types as the catalogue writes them: what is stored at a path.

The macros of a generated project decide the same where dbt runs; this is for queries that no dbt renders.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from snowplow_signals.dialects.base import JSON_COLUMN, Leaf

JSON_TYPES = ("json", "jsonb")
TEXT_TYPES = ("text", "character varying", "character")
OTHER_TYPES = ("ARRAY", "USER-DEFINED")
"""What the catalogue says of arrays, and of composites, enumerations and the types of extensions."""

TO_JSONB = "pg_temp.text_to_jsonb"
CREATE_TO_JSONB = r"""create or replace function pg_temp.text_to_jsonb(given text) returns jsonb
language plpgsql immutable as $$
begin
    return cast(given as jsonb);
exception when others then
    begin
        return cast(regexp_replace(regexp_replace(regexp_replace(
            given,
            '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g'),
            '(?<!\\)((?:\\\\)*)\\u[dD][89abAB][[:xdigit:]]{2}(?!\\u[dD][c-fC-F][[:xdigit:]]{2})', '\1\\ufffd', 'g'),
            '(?<!\\)((?:\\\\)*)(?<!\\u[dD][89abAB][[:xdigit:]]{2})\\u[dD][c-fC-F][[:xdigit:]]{2}', '\1\\ufffd', 'g'
        ) as jsonb);
    exception when others then
        return null;
    end;
end
$$"""
"""Text as JSONB; null where it is not JSON, or none that JSONB can hold. A character that its text cannot hold (zero,
and halves of pairs) is U+FFFD. Before version 16, only a cast shows whether text is JSON."""

CLASSES: dict[str, Leaf] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "decimal",
    "real": "float",
    "double precision": "float",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "json": "json",
    "jsonb": "json",
    "bytea": "nested",
    "ARRAY": "nested",
    "USER-DEFINED": "nested",
}
"""What values of a type are read as; the macros of a generated project have the same table."""


def leaf_at(columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
    """The class of what is stored in `column` at `path`; None when there is no such column.

    `columns` maps the names of a table's columns, in lower case, to their types. What is inside JSON or of a
    composite is not known before it is read, and null when it is not there.
    """
    type_name = plain_type(columns.get(column.lower()))
    if type_name is None:
        return None
    if not path:
        return CLASSES.get(type_name, "text")
    if type_name in (*JSON_TYPES, *TEXT_TYPES):
        return JSON_COLUMN
    return "json" if type_name in OTHER_TYPES else None


def plain_type(type_name: str | None) -> str | None:
    """The type without its length or precision."""
    return None if type_name is None else re.sub(r"\(.*?\)", "", type_name)
