"""Tables in the warehouse that attributes are read from, ready made."""

from typing import Annotated, ClassVar

from pydantic import Field as field

from snowplow_signals.definitions.attributes import AttributeType
from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.fields import Owner, Text, WarehouseName, pattern

DatabaseName = Annotated[str, pattern("database", r"[A-Za-z0-9_\-]+", "letters, digits, '_' and '-'")]
SchemaName = Annotated[str, pattern("schema", r"[A-Za-z0-9_]+", "letters, digits and _")]
TableName = Annotated[str, pattern("table", r"[A-Za-z0-9_]+", "letters, digits and _", longest=255)]
ColumnText = Annotated[str, pattern("timestamp_field", r"[A-Za-z0-9_]+", "letters, digits and _")]


class BatchSource(Definition):
    """A table of attributes in the warehouse. `timestamp_field` is its column that tells when a row last changed.

    In Python and in JSON the schema is called `schema`; as a Python attribute `schema_`.
    """

    noun: ClassVar[str] = "batch source"

    name: WarehouseName
    database: DatabaseName | None = None
    schema_: SchemaName = field(alias="schema")
    table: TableName
    timestamp_field: ColumnText
    description: Text | None = None
    owner: Owner | None = None


class Field(Definition):
    """A column of a batch source that is served as an attribute, as it is."""

    noun: ClassVar[str] = "field"

    name: WarehouseName
    type: AttributeType
    description: Text | None = None
