"""Reading properties of an events table whose columns are known, in queries that dbt does not render."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from snowplow_signals.definitions import (
    AtomicProperty,
    CalculatedProperty,
    EntityProperty,
    Property,
    SourceProperty,
)
from snowplow_signals.deployment.deployed import Deployed, Reader
from snowplow_signals.deployment.preflight import missing_table
from snowplow_signals.dialects.base import ELEMENT, Dialect
from snowplow_signals.errors import SourceError, did_you_mean
from snowplow_signals.loader_names import columns_of
from snowplow_signals.plan import Column
from snowplow_signals.project.models.calculated import calculated
from snowplow_signals.project.models.leaves import of_element, read_kind


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

    def read(self, prop: Property, kind: str) -> exp.Expr:
        """The property as `kind` (text, number, boolean or time in UTC); a null of that kind if the table lacks it."""
        if isinstance(prop, CalculatedProperty):
            dialect = self.dialect

            def literal(text: str) -> str:
                return dialect.sql(dialect.literal(text))

            return exp.Var(this=calculated(prop, kind, self.sql, literal, dialect))
        if prop.date_part:
            time = self.read(prop.model_copy(update={"date_part": None}), "time")
            return self.dialect.date_part(time, prop.date_part, kind)
        access = self.dialect.access(prop)
        found = self.dialect.found(self.types, access)
        if not found:
            return self._missing(self.dialect.kind_type(kind))
        values = [self.dialect.convert(exp.Var(this=sql), leaf, kind) for sql, leaf in found]
        return exp.func("coalesce", *values) if len(values) > 1 else values[0]

    def column(self, column: Column) -> exp.Expr:
        """A property as filtered_events keeps it."""
        prop = column.property
        if column.reduction is None or not isinstance(prop, EntityProperty):
            return self.read(prop, column.kind)

        def of_one(value: exp.Expr) -> exp.Expr:
            return of_element(column, value, self.dialect)

        return self.of_elements(prop, read_kind(column), column.kind, column.reduction, of_one)

    def of_elements(
        self, prop: EntityProperty, read_as: str, kind: str, reduction: str, of_one: Callable[[exp.Expr], exp.Expr]
    ) -> exp.Expr:
        """What `of_one` makes of the property of each element, read as `read_as`, by a reduction of the plan."""
        dialect, access, values = self.dialect, self.dialect.element_access(prop), ""
        for name in columns_of(self.types, dialect.access(prop).column):
            items = dialect.items(self.types[name], name)
            if items is None:
                continue
            found = dialect.read({ELEMENT: items.type_name}, access)
            if found is None:
                value: exp.Expr = self._missing(dialect.kind_type(read_as))
            else:
                value = dialect.convert(exp.Var(this=found[0]), found[1], read_as)
            of_column = dialect.values_of_each(items.sql, dialect.sql(of_one(value)))
            values = dialect.joined(values, of_column) if values else of_column
        if not values:
            return self._missing(dialect.reduced_type(reduction, kind))
        return exp.Var(this=dialect.reduced(values, reduction, kind))

    def _missing(self, type_name: str) -> exp.Expr:
        return exp.Cast(this=exp.null(), to=exp.DataType.build(type_name, dialect=self.dialect.sqlglot_name))

    def sql(self, prop: Property, kind: str) -> str:
        """`read`, as SQL."""
        return self.dialect.sql(self.read(prop, kind))

    def atomic(self, name: str, kind: str) -> str:
        """An atomic column, as SQL."""
        return self.sql(AtomicProperty(name=name), kind)
