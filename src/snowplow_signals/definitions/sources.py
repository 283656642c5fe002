"""Existing tables in the warehouse that attributes are read from."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field as field
from pydantic import model_validator

from snowplow_signals.definitions.aggregations import AttributeType
from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.fields import Name, Owner, Tags, Text, pattern

DatabaseName = Annotated[str, pattern("database", r"[A-Za-z0-9_\-]+", "letters, digits, '_' and '-'")]
SchemaName = Annotated[str, pattern("schema", r"[A-Za-z0-9_]+", "letters, digits and _")]
TableName = Annotated[str, pattern("table", r"[A-Za-z0-9_]+", "letters, digits and _", longest=255)]
ColumnText = Annotated[str, pattern("timestamp_field", r"[A-Za-z0-9_]+", "letters, digits and _")]


_OLDER_COLUMNS = ("created_timestamp_column", "date_partition_column")


class BatchSource(Definition):
    """A table of attributes in the warehouse. `timestamp_field` is its column that says when a row last changed.

    In Python and in JSON the schema is called `schema`; as a Python attribute `schema_`. `wh_schema` is accepted for
    it, as in the configuration that the public command line writes, whose other columns of times are not needed here.
    """

    noun: ClassVar[str] = "batch source"

    name: Name
    database: DatabaseName | None = None
    schema_: SchemaName = field(alias="schema")
    table: TableName
    timestamp_field: ColumnText
    description: Text | None = None
    owner: Owner | None = None
    tags: Tags | None = None

    @model_validator(mode="before")
    @classmethod
    def _older_spelling(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        fields = {name: value for name, value in data.items() if name not in _OLDER_COLUMNS}
        if fields.get("owner") == "":
            del fields["owner"]
        if "wh_schema" in fields and not {"schema", "schema_"} & set(fields):
            fields["schema"] = fields.pop("wh_schema")
        return fields


class WarehouseTable(Definition):
    """A table of the warehouse; where `database` or `schema` (as a Python attribute `schema_`) is None, the default is
    meant."""

    noun: ClassVar[str] = "warehouse table"

    database: DatabaseName | None = None
    schema_: SchemaName | None = field(default=None, alias="schema")
    table: TableName


class Field(Definition):
    """A column of a batch source that is served as an attribute, as it is."""

    noun: ClassVar[str] = "field"

    name: Name
    type: AttributeType
    description: Text | None = None
    tags: Tags | None = None
