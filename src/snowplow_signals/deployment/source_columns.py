"""Reading properties of an events table whose columns are known, in queries that dbt does not render."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, SourceProperty
from snowplow_signals.deployment.deployed import Deployed, Reader
from snowplow_signals.deployment.preflight import missing_table
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import SourceError, did_you_mean


def column_types(warehouse: Reader, dialect: Dialect, database: str | None, schema: str, table: str) -> dict[str, str]:
    """The names of a table's columns and their types, as the engine says them; empty when there is no such table."""
    if not warehouse.exists(warehouse.name_of(database, schema, table)):
        return {}
    return dialect.types_in(warehouse.fetch(dialect.describe(database, schema, table)))


class SourceColumns:
    """The columns of an events table, by name in lower case with their types, and how to read properties from them."""

    def __init__(self, types: Mapping[str, str], dialect: Dialect) -> None:
        self.types = {name.lower(): kind for name, kind in types.items()}
        self.dialect = dialect

    @classmethod
    def of(cls, deployed: Deployed) -> SourceColumns:
        """The columns of a project's events table. Raises SourceError when there is none."""
        dialect = deployed.dialect
        types = column_types(deployed.warehouse, dialect, *deployed.events_table)
        if not types:
            raise missing_table(deployed.warehouse, deployed.project, deployed.events_table)
        return cls(types, dialect)

    def has(self, prop: SourceProperty) -> bool:
        """Whether the table has the property's column, and the field in it."""
        return bool(self.dialect.found(self.types, self.dialect.access(prop)))

    def require(self, prop: SourceProperty, purpose: str) -> None:
        """Raises SourceError, with the nearest column, unless the table has the property."""
        if not self.has(prop):
            column = self.dialect.access(prop).column
            near = did_you_mean(column, self.types)
            raise SourceError(f"the events table has no column {column!r}, needed {purpose}{near}")

    def read(self, prop: SourceProperty, kind: str) -> exp.Expr:
        """The property as `kind` (text, number, boolean or time in UTC); a null of that kind if the table lacks it."""
        if prop.date_part:
            time = self.read(prop.model_copy(update={"date_part": None}), "time")
            return self.dialect.date_part(time, prop.date_part, kind)
        access = self.dialect.access(prop)
        found = self.dialect.found(self.types, access)
        if not found:
            name = self.dialect.sqlglot_name
            return exp.Cast(this=exp.null(), to=exp.DataType.build(self.dialect.kind_type(kind), dialect=name))
        values = [self.dialect.convert(exp.Var(this=sql), leaf, kind) for sql, leaf in found]
        return exp.func("coalesce", *values) if len(values) > 1 else values[0]

    def sql(self, prop: SourceProperty, kind: str) -> str:
        """`read`, as SQL."""
        return self.dialect.sql(self.read(prop, kind))

    def atomic(self, name: str, kind: str) -> str:
        """An atomic column, as SQL."""
        return self.sql(AtomicProperty(name=name), kind)
