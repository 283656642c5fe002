"""DuckDB: the embedded default, which also reads a Snowplow data lake.

Timestamps are kept as TIMESTAMP in UTC; what comes with a time zone is taken to UTC first, since a cast from TIMESTAMP
WITH TIME ZONE to TIMESTAMP or to text would use the session's zone (https://duckdb.org/docs/stable/sql/functions/timestamptz).
A cast of text with an offset to TIMESTAMP ignores the offset, so such text goes through TIMESTAMP WITH TIME ZONE.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from sqlglot import exp

from snowplow_signals.dialects.base import (
    INTEGER_TEXT,
    LOCAL_TIME_TEXT,
    NUMBER_TEXT,
    OFFSET_TIME_TEXT,
    Leaf,
)
from snowplow_signals.dialects.duckdb_types import element_of, fields_of, leaf_at
from snowplow_signals.dialects.expressions import call, castings, when
from snowplow_signals.dialects.values import ValuesDialect

_TYPES = {
    "bytes": "blob",
    "string": "varchar",
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "float": "float",
    "bool": "boolean",
    "unix_timestamp": "bigint",
    "timestamp": "timestamp",
    "dict": "map(varchar, bigint)",
}
_KIND_TYPES = {"text": "varchar", "number": "double", "boolean": "boolean", "time": "timestamp"}
_FIRST_TIME = "0001-01-01 00:00:00"
_LAST_TIME = "9999-12-31 23:59:59.999999"
_cast, _try_cast = castings("duckdb")


class DuckDB(ValuesDialect):
    """DuckDB 2 through dbt-duckdb."""

    name = "duckdb"
    title = "DuckDB"
    is_file = True
    profile_example = """\
type: duckdb
path: /path/to/events.duckdb
schema: signals
threads: 2"""
    sqlglot_name = "duckdb"
    types = _TYPES
    kind_types = _KIND_TYPES

    def macros(self) -> str:
        return resources.files("snowplow_signals.dialects").joinpath("duckdb_macros.sql").read_text("utf-8")

    # Profiles

    def database_of(self, output: Mapping[str, Any]) -> str | None:
        path = str(output.get("path", ""))
        return super().database_of(output) or (Path(path).stem if path and "{" not in path else None)

    # Times

    def microsecond_after(self, time: exp.Expression) -> exp.Expression:
        step = exp.Interval(this=exp.Literal.number(1), unit=exp.Var(this="microsecond"))
        return exp.Add(this=time, expression=step)

    def days_between(self, first: exp.Expression, last: exp.Expression) -> exp.Expression:
        return exp.Sub(this=last, expression=first)

    # Keys

    hash_type = "hugeint"

    def event_key(self, event_id: exp.Expression) -> exp.Expression:
        # what md5_number_lower gives, at a quarter of its cost: that one is a macro which goes through text
        half = exp.BitwiseRightShift(this=call("md5_number", event_id), expression=exp.Literal.number(64))
        return _cast(half, "ubigint")

    # Aggregates

    def filtered(self, aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
        if condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=condition))

    def min_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self.filtered(call("arg_min", value, _row(order)), condition)

    def max_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self.filtered(call("arg_max", value, _row(order)), condition)

    def list_of(
        self, value: exp.Expression, order: list[exp.Ordered], condition: exp.Expression | None
    ) -> exp.Expression:
        ordered = exp.Order(this=value.copy(), expressions=[item.copy() for item in order])
        return self.filtered(exp.Anonymous(this="list", expressions=[ordered]), condition)

    def map_of(
        self, key: exp.Expression, value: exp.Expression, order: exp.Ordered, condition: exp.Expression | None
    ) -> exp.Expression:
        keys, values = (self.list_of(item, [order], condition) for item in (key, value))
        return _cast(call("map", keys, values), "map(varchar, bigint)")

    # Reading values

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(_step_into(column, path))

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(call("json_extract_string", exp.column(column), exp.Literal.string(_json_path(path))))

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        return leaf_at(columns, column, path)

    def fields_of(self, type_name: str) -> Mapping[str, str]:
        return fields_of(type_name)

    def element_of(self, type_name: str) -> str | None:
        return element_of(type_name)

    def text_of_json(self, value: exp.Expression) -> exp.Expression:
        return call("json_extract_string", value, exp.Literal.string("$"))

    def as_text(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "text":
            return exp.cast(value, "varchar", dialect="duckdb")
        if leaf == "nested":
            return _cast(call("to_json", value), "varchar")
        if leaf == "float":
            return when(self.is_finite(value), _cast(value, "varchar"))
        if leaf == "timestamptz":
            return _cast(_utc(value), "varchar")
        return _cast(value, "varchar")

    def as_time(self, value: exp.Expression, leaf: Leaf) -> exp.Expression | None:
        if leaf in ("timestamp", "date"):
            return _cast(value, "timestamp")
        return _utc(value) if leaf == "timestamptz" else None

    def is_finite(self, number: exp.Expression) -> exp.Expression:
        return call("isfinite", number)

    def number_of_text(self, text: exp.Expression) -> exp.Expression:
        number = _try_cast(text, "double")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(number)), number)

    def time_of_text(self, text: exp.Expression) -> exp.Expression:
        local, zoned = _try_cast(text, "timestamp"), _utc(_try_cast(text, "timestamptz"))
        return (
            exp.case()
            .when(_matches(text, LOCAL_TIME_TEXT), _in_calendar(local))
            .when(_matches(text, OFFSET_TIME_TEXT), _in_calendar(zoned))
        )

    def date_part(self, time: exp.Expression, part: str, kind: str) -> exp.Expression:
        calls = {"hour_of_day": "hour", "day_of_week": "isodow", "month_of_year": "month"}
        if part in calls:
            number = call(calls[part], time)
            return (
                _cast(number, _KIND_TYPES[kind]) if kind in ("text", "number") else _cast(exp.null(), _KIND_TYPES[kind])
            )
        unit = part.removeprefix("active_")
        day = _cast(call("date_trunc", exp.Literal.string(unit), time), "date")
        if kind == "time":
            return _cast(day, "timestamp")
        return _cast(day if kind == "text" else exp.null(), _KIND_TYPES[kind])

    # Output

    def number_to(self, number: exp.Expression, type_name: str) -> exp.Expression:
        if type_name in ("int32", "int64"):
            whole = number.eq(call("trunc", number))
            return when(whole, _try_cast(number, _TYPES[type_name]))
        fitting = _try_cast(number, _TYPES[type_name])
        return when(self.is_finite(fitting), fitting)

    def integer_of_text(self, text: exp.Expression, type_name: str) -> exp.Expression:
        digits, number = _try_cast(text, _TYPES[type_name]), _try_cast(text, "double")
        is_whole = exp.and_(_matches(text, NUMBER_TEXT), number.eq(call("trunc", number)))
        through_number = _try_cast(number, _TYPES[type_name])
        return exp.case().when(_matches(text, INTEGER_TEXT), digits).when(is_whole, through_number)

    def single_of_text(self, text: exp.Expression) -> exp.Expression:
        fitting = _try_cast(_try_cast(text, "double"), "float")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(fitting)), fitting)

    def bytes_of_text(self, text: exp.Expression) -> exp.Expression:
        return call("encode", text)

    def unix_seconds(self, time: exp.Expression) -> exp.Expression:
        return _cast(call("epoch", call("date_trunc", exp.Literal.string("second"), time)), "bigint")

    def default_map(self, value: Mapping[str, int]) -> exp.Expression:
        keys = exp.Array(expressions=[exp.Literal.string(key) for key in value])
        counts = exp.Array(expressions=[self.literal(count) for count in value.values()])
        return _cast(call("map", keys, counts), _TYPES["dict"])


def _row(order: tuple[exp.Expression, ...]) -> exp.Expression:
    return order[0] if len(order) == 1 else exp.Tuple(expressions=list(order))


def _in_calendar(time: exp.Expression) -> exp.Expression:
    """`time` in the years that are written with four digits, else null."""
    first, last = (_cast(exp.Literal.string(edge), "timestamp") for edge in (_FIRST_TIME, _LAST_TIME))
    return when(exp.Between(this=time.copy(), low=first, high=last), time)


def _matches(text: exp.Expression, pattern: str) -> exp.Expression:
    return call("regexp_full_match", text, exp.Literal.string(pattern))


def _utc(value: exp.Expression) -> exp.Expression:
    return exp.AtTimeZone(this=value.copy(), zone=exp.Literal.string("UTC"))


def _step_into(column: str, path: tuple[str | int, ...]) -> exp.Expression:
    """`column[1].a.b[3]`: lists count from one in DuckDB, and sqlglot shifts the index; null when out of bounds."""
    reached: exp.Expression = exp.column(column)
    for step in path:
        if isinstance(step, int):
            reached = exp.Bracket(this=reached, expressions=[exp.Literal.number(step)])
        else:
            reached = exp.Dot(this=reached, expression=exp.to_identifier(step, quoted=not step.isidentifier()))
    return reached


def _json_path(path: tuple[str | int, ...]) -> str:
    """The path in DuckDB's JSON path language, every key quoted so that no character in it is special."""
    steps = (f"[{step}]" if isinstance(step, int) else '."' + step.replace('"', '\\"') + '"' for step in path)
    return "$" + "".join(steps)
