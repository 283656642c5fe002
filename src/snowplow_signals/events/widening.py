"""Making room in an events table that exists: columns and fields that it lacks, types that hold what comes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from snowplow_signals.events import schema, shapes
from snowplow_signals.events.schema import ATOMIC_TYPES, quoted
from snowplow_signals.events.shapes import Shape
from snowplow_signals.events.targets import RELATION, existing_columns

if TYPE_CHECKING:
    import duckdb


def widened(connection: "duckdb.DuckDBPyConnection", wanted: Mapping[str, Shape]) -> tuple[str, dict[str, Shape]]:
    """Make the attached file's events table hold these columns besides the atomic ones; no value is lost.

    Returns the table's name and the shapes of its columns, by their names in lower case.
    """
    if not existing_columns(connection):
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{schema.SCHEMA_NAME}")
        connection.execute(schema.table_sql(RELATION, ATOMIC_TYPES))
    table = connection.table(RELATION)
    columns = {name.lower(): shapes.shape_of_type(kind) for name, kind in zip(table.columns, table.types, strict=True)}
    for name, shape in {**ATOMIC_TYPES, **wanted}.items():
        old = columns.get(name)
        if old is not None and name in ATOMIC_TYPES:
            continue
        new = shapes.merge(old, shape)
        made = shapes.sql_type(new)
        if made is None or new == old:
            continue
        if old is None:
            connection.execute(f"ALTER TABLE {RELATION} ADD COLUMN {quoted(name)} {made}")
        elif made != shapes.sql_type(old):
            cast = shapes.cast_sql(quoted(name), old, new)
            connection.execute(f"ALTER TABLE {RELATION} ALTER COLUMN {quoted(name)} TYPE {made} USING {cast}")
        columns[name] = new
    return RELATION, columns
