"""The aggregations, the types of attributes, and which type holds the result of which aggregation."""

from typing import Literal, get_args

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
    "count_distinct",
    "mode_share",
    "exists",
    "rate",
    "days_active",
    "stddev",
    "variance",
    "percentile",
    "first_n",
    "last_n",
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


_NUMERIC = ("int32", "int64", "double", "float")
_SCALAR = tuple(name for name in ATTRIBUTE_TYPES if not name.endswith("_list") and name != "dict")
_LISTS = tuple(name for name in ATTRIBUTE_TYPES if name.endswith("_list"))
_ORDERED = (*_NUMERIC, "string", "timestamp", "unix_timestamp")
_FRACTIONAL = ("double", "float")

TYPES_OF: dict[str, tuple[str, ...]] = {
    "counter": _NUMERIC,
    "sum": _NUMERIC,
    "min": _ORDERED,
    "max": _ORDERED,
    "mean": _FRACTIONAL,
    "first": _SCALAR,
    "last": _SCALAR,
    "unique_list": _LISTS,
    "most_frequent": _SCALAR,
    "least_frequent": _SCALAR,
    "category_count": ("dict",),
    "approx_count_distinct": _NUMERIC,
    "time_since_first": _FRACTIONAL,
    "time_since_last": _FRACTIONAL,
    "count_distinct": _NUMERIC,
    "mode_share": _FRACTIONAL,
    "exists": ("bool",),
    "rate": _FRACTIONAL,
    "days_active": _NUMERIC,
    "stddev": ("double",),
    "variance": ("double",),
    "percentile": _FRACTIONAL,
    "first_n": _LISTS,
    "last_n": _LISTS,
}
TIMING = ("time_since_first", "time_since_last")
"""Their column is the time of an event; how long ago that is is worked out when it is read."""
OF_EVENTS = ("exists", "rate", "days_active")
"""These look at which events match, and at no value of them: a property is refused."""
LISTING = ("first_n", "last_n")
"""These list as many values as `n` says."""
WITHOUT_PROPERTY = ("counter", *TIMING, *OF_EVENTS)
OVER_ELEMENTS = (
    *("counter", "sum", "min", "max", "mean", "first", "last", "unique_list", "most_frequent", "least_frequent"),
    *("category_count", "approx_count_distinct", "count_distinct", "mode_share"),
)
"""Over the values of all elements of a list of entities, `index="all"`."""
