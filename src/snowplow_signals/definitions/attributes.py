"""What is computed: one value per entity, aggregated from the events that match."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, get_args

from snowplow_signals.definitions.base import Definition, is_broken
from snowplow_signals.definitions.criteria import Criteria
from snowplow_signals.definitions.events import Event
from snowplow_signals.definitions.fields import ColumnName, Duration, NoneIsEmpty, Period, Text
from snowplow_signals.definitions.properties import Property

Aggregation = Literal[
    "counter",
    "sum",
    "min",
    "max",
    "mean",
    "first",
    "last",
    "unique_list",
    "most_frequent",
    "least_frequent",
    "category_count",
    "approx_count_distinct",
    "time_since_first",
    "time_since_last",
]
AttributeType = Literal[
    "bytes",
    "string",
    "int32",
    "int64",
    "double",
    "float",
    "bool",
    "unix_timestamp",
    "timestamp",
    "bytes_list",
    "string_list",
    "int32_list",
    "int64_list",
    "double_list",
    "float_list",
    "bool_list",
    "unix_timestamp_list",
    "dict",
]
TimeUnit = Literal["s", "min", "h", "d"]

AGGREGATIONS: tuple[str, ...] = get_args(Aggregation)
ATTRIBUTE_TYPES: tuple[str, ...] = get_args(AttributeType)
TIME_UNITS: tuple[str, ...] = get_args(TimeUnit)


class Attribute(Definition):
    noun: ClassVar[str] = "attribute"

    name: ColumnName
    type: AttributeType
    aggregation: Aggregation
    events: Annotated[tuple[Event, ...], NoneIsEmpty] = ()
    property: Property | None = None
    criteria: Criteria | None = None
    period: Period | None = None
    default_value: Any = None
    description: Text | None = None
    time_unit: TimeUnit | None = None
    ttl: Duration | None = None
