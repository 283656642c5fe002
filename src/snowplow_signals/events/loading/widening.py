"""Making room in an events table that exists: columns and fields that it lacks, types that hold what comes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snowplow_signals.events.loading import schema, shapes
from snowplow_signals.events.loading.casting import cast_sql
from snowplow_signals.events.loading.numbers import TEXT
from snowplow_signals.events.loading.schema import ATOMIC_NUMBERS, ATOMIC_TYPES, quoted
from snowplow_signals.events.loading.shapes import Numbers, Shape
from snowplow_signals.events.loading.targets import RELATION, existing_columns

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Held:
    """Columns that a table or files hold, by name: of their numbers only the types are known."""

    source: str
    columns: Mapping[str, Shape]


def widened(
    connection: "duckdb.DuckDBPyConnection",
    wanted: Mapping[str, Shape],
    numbers: Mapping[str, Numbers],
    held: Sequence[Held],
) -> tuple[str, dict[str, Shape]]:
    """Make the attached file's events table hold these columns besides the atomic ones; no digit of a value is lost.

    `wanted` are shapes of values that were looked at, `numbers` are those of atomic columns; `held` are columns that
    will come from elsewhere. Returns the table's name and the shapes of its columns, by their names in lower case.
    """
    if not existing_columns(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{schema.SCHEMA_NAME}")
        connection.execute(schema.table_sql(RELATION, ATOMIC_TYPES))
    table = connection.table(RELATION)
    columns = {name.lower(): shapes.shape_of_type(kind) for name, kind in zip(table.columns, table.types, strict=True)}
    others = (name.lower() for one in held for name in one.columns)
    for name in dict.fromkeys((*ATOMIC_TYPES, *wanted, *others)):
        old = columns.get(name)
        if name in ATOMIC_TYPES:
            if old is None:
                connection.execute(f"ALTER TABLE {RELATION} ADD COLUMN {quoted(name)} {ATOMIC_TYPES[name]}")
                old = columns[name] = ATOMIC_TYPES[name]
            if name not in ATOMIC_NUMBERS:
                continue
        stored = [(RELATION, name, old)] if old is not None else []
        coming = list(_of_name(held, name))
        if name in ATOMIC_NUMBERS:
            new = _fitting_number(connection, name, old, numbers.get(name, Numbers()), coming)
        else:
            new = _fitting(connection, wanted.get(name), [*stored, *coming])
        made = shapes.sql_type(new)
        if made is None or new == old:
            continue
        if old is None:
            connection.execute(f"ALTER TABLE {RELATION} ADD COLUMN {quoted(name)} {made}")
        elif made != shapes.sql_type(old):
            cast = cast_sql(quoted(name), old, new)
            connection.execute(f"ALTER TABLE {RELATION} ALTER COLUMN {quoted(name)} TYPE {made} USING {cast}")
        columns[name] = new
    return RELATION, columns


def _of_name(held: Sequence[Held], name: str) -> Iterator[tuple[str, str, Shape]]:
    for one in held:
        yield from ((one.source, column, shape) for column, shape in one.columns.items() if column.lower() == name)


def _fitting_number(
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    old: Shape,
    seen: Numbers,
    held: Sequence[tuple[str, str, Shape]],
) -> Shape:
    """What an atomic column of numbers becomes: as it is when that holds what comes, else a double, a decimal, text."""
    if all(shapes.merge(old, own) == old for own in (seen.digits, *(own for _, _, own in held))):
        return old
    plain = "DOUBLE" if seen.digits is not None and seen.are_doubles else seen.digits
    new = _fitting(connection, plain, [(RELATION, name, old), *held])
    if new != TEXT:
        return new
    has_values = connection.execute(f"SELECT 1 FROM {RELATION} WHERE {quoted(name)} IS NOT NULL LIMIT 1").fetchall()
    return TEXT if has_values else _fitting(connection, seen.digits, held)


def _fitting(connection: "duckdb.DuckDBPyConnection", wanted: Shape, held: Sequence[tuple[str, str, Shape]]) -> Shape:
    """The narrowest shape that all of them fit into.

    A BIGINT that meets a fraction becomes a double if what is stored allows it; else both become text.
    """
    strict = hopeful = wanted
    for _, _, own in held:
        strict = shapes.merge(strict, own)
        hopeful = shapes.merge(hopeful, shapes.if_exact_in_double(own))
    if shapes.sql_type(strict) == shapes.sql_type(hopeful):
        return strict
    for source, column, own in held:
        tried = shapes.with_numbers_of(own, hopeful)
        if tried == own:
            continue
        there = quoted(column)
        back = f"TRY_CAST(TRY_CAST({there} AS {shapes.sql_type(tried)}) AS {shapes.sql_type(own)})"
        if connection.execute(f"SELECT 1 FROM {source} WHERE {there} IS DISTINCT FROM {back} LIMIT 1").fetchall():
            return strict
    return hopeful
