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

from snowplow_signals.definitions import AtomicProperty, EventProperty, Property
from snowplow_signals.dialects.base import (
    INTEGER_TEXT,
    LOCAL_TIME_TEXT,
    NUMBER_TEXT,
    OFFSET_TIME_TEXT,
    Access,
    Dialect,
    Leaf,
    utc_text,
)
from snowplow_signals.dialects.duckdb_types import leaf_at
from snowplow_signals.naming import entity_column, event_column, snake_field

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


class DuckDB(Dialect):
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
        return _call("md5_number_lower", event_id)

    # Aggregates

    def filtered(self, aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
        if condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=condition))

    def min_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self.filtered(_call("arg_min", value, _row(order)), condition)

    def max_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self.filtered(_call("arg_max", value, _row(order)), condition)

    def list_of(
        self, value: exp.Expression, order: list[exp.Ordered], condition: exp.Expression | None
    ) -> exp.Expression:
        ordered = exp.Order(this=value.copy(), expressions=[item.copy() for item in order])
        return self.filtered(exp.Anonymous(this="list", expressions=[ordered]), condition)

    def map_of(
        self, key: exp.Expression, value: exp.Expression, order: exp.Ordered, condition: exp.Expression | None
    ) -> exp.Expression:
        keys, values = (self.list_of(item, [order], condition) for item in (key, value))
        return _cast(_call("map", keys, values), "map(varchar, bigint)")

    # Reading values

    def access(self, prop: Property) -> Access:
        if isinstance(prop, AtomicProperty):
            return Access(prop.name, (), self.sql(exp.column(prop.name)), None)
        if isinstance(prop, EventProperty):
            column, head = event_column(prop.vendor, prop.name, prop.major_version), ()
        else:
            column, head = entity_column(prop.vendor, prop.name, prop.major_version), (prop.index,)
        path = (*head, *(snake_field(step) if isinstance(step, str) else step for step in prop.segments))
        json_path = _json_path((*head, *prop.segments))
        json = _call("json_extract_string", exp.column(column), exp.Literal.string(json_path))
        return Access(column, path, self.sql(_step_into(column, path)), self.sql(json))

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        return leaf_at(columns, column, path)

    def convert(self, value: exp.Expression, leaf: Leaf, kind: str) -> exp.Expression:
        if leaf == "json":
            value, leaf = _call("json_extract_string", value, exp.Literal.string("$")), "text"
        method = {"text": self._as_text, "number": self._as_number, "boolean": self._as_boolean, "time": self._as_time}
        return method[kind](value, leaf)

    def _as_text(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "text":
            return exp.cast(value, "varchar", dialect="duckdb")
        if leaf == "nested":
            return _cast(_call("to_json", value), "varchar")
        if leaf == "float":
            return _when(_call("isfinite", value), _cast(value, "varchar"))
        if leaf == "timestamptz":
            return _cast(_utc(value), "varchar")
        return _cast(value, "varchar")

    def _as_number(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "text":
            return self._number_of_text(value)
        if leaf == "integer":
            return _cast(value, "double")
        if leaf == "float":
            return _when(_call("isfinite", value), _cast(value, "double"))
        return _cast(exp.null(), "double")

    def _as_boolean(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "boolean":
            return value
        if leaf == "text":
            return self._boolean_of_text(value)
        return _cast(exp.null(), "boolean")

    def _as_time(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf in ("timestamp", "date"):
            return _cast(value, "timestamp")
        if leaf == "timestamptz":
            return _utc(value)
        if leaf == "text":
            return self._time_of_text(value)
        return _cast(exp.null(), "timestamp")

    def _number_of_text(self, text: exp.Expression) -> exp.Expression:
        number = _try_cast(text, "double")
        return _when(exp.and_(_matches(text, NUMBER_TEXT), _call("isfinite", number)), number)

    def _boolean_of_text(self, text: exp.Expression) -> exp.Expression:
        lower = exp.Lower(this=text)
        return exp.case().when(lower.eq("true"), exp.true()).when(lower.copy().eq("false"), exp.false())

    def _time_of_text(self, text: exp.Expression) -> exp.Expression:
        local, zoned = _try_cast(text, "timestamp"), _utc(_try_cast(text, "timestamptz"))
        return (
            exp.case()
            .when(_matches(text, LOCAL_TIME_TEXT), _in_calendar(local))
            .when(_matches(text, OFFSET_TIME_TEXT), _in_calendar(zoned))
        )

    def date_part(self, time: exp.Expression, part: str, kind: str) -> exp.Expression:
        calls = {"hour_of_day": "hour", "day_of_week": "isodow", "month_of_year": "month"}
        if part in calls:
            number = _call(calls[part], time)
            return (
                _cast(number, _KIND_TYPES[kind]) if kind in ("text", "number") else _cast(exp.null(), _KIND_TYPES[kind])
            )
        unit = part.removeprefix("active_")
        day = _cast(_call("date_trunc", exp.Literal.string(unit), time), "date")
        if kind == "time":
            return _cast(day, "timestamp")
        return _cast(day if kind == "text" else exp.null(), _KIND_TYPES[kind])

    # Output

    def kind_type(self, kind: str) -> str:
        """The type of a column of `kind`."""
        return _KIND_TYPES[kind]

    def column_type(self, type_name: str) -> str:
        if type_name.endswith("_list"):
            return f"{_TYPES[type_name.removesuffix('_list')]}[]"
        return _TYPES[type_name]

    def cast(self, value: exp.Expression, kind: str, type_name: str) -> exp.Expression:
        if kind == "count":
            return _try_cast(value, _TYPES[type_name])
        if kind == "time":
            return self._unix(value) if type_name == "unix_timestamp" else value
        if kind == "number":
            return self._number_to(value, type_name)
        return self._text_to(value, type_name)

    def _number_to(self, number: exp.Expression, type_name: str) -> exp.Expression:
        if type_name in ("int32", "int64"):
            whole = number.eq(_call("trunc", number))
            return _when(whole, _try_cast(number, _TYPES[type_name]))
        fitting = _try_cast(number, _TYPES[type_name])
        return _when(_call("isfinite", fitting), fitting)

    def _text_to(self, text: exp.Expression, type_name: str) -> exp.Expression:
        if type_name in ("int32", "int64"):
            digits, number = _try_cast(text, _TYPES[type_name]), _try_cast(text, "double")
            is_whole = exp.and_(_matches(text, NUMBER_TEXT), number.eq(_call("trunc", number)))
            through_number = _try_cast(number, _TYPES[type_name])
            return exp.case().when(_matches(text, INTEGER_TEXT), digits).when(is_whole, through_number)
        if type_name == "double":
            return self._number_of_text(text)
        if type_name == "float":
            fitting = _try_cast(_try_cast(text, "double"), "float")
            return _when(exp.and_(_matches(text, NUMBER_TEXT), _call("isfinite", fitting)), fitting)
        if type_name == "bool":
            return self._boolean_of_text(text)
        if type_name == "bytes":
            return _call("encode", text)
        if type_name == "timestamp":
            return self._time_of_text(text)
        return self._unix(self._time_of_text(text)) if type_name == "unix_timestamp" else text

    def _unix(self, time: exp.Expression) -> exp.Expression:
        return _cast(_call("epoch", _call("date_trunc", exp.Literal.string("second"), time)), "bigint")

    def default(self, value: object, type_name: str) -> exp.Expression:
        if isinstance(value, tuple | list):
            scalar = type_name.removesuffix("_list")
            items = exp.Array(expressions=[self.default(item, scalar) for item in value])
            return _cast(items, self.column_type(type_name))
        if isinstance(value, dict):
            keys = exp.Array(expressions=[exp.Literal.string(key) for key in value])
            counts = exp.Array(expressions=[self.literal(count) for count in value.values()])
            return _cast(_call("map", keys, counts), self.column_type(type_name))
        if type_name == "bytes":
            return self._text_to(exp.Literal.string(str(value)), type_name)
        if type_name == "timestamp":
            text = utc_text(str(value))
            return _cast(exp.null() if text is None else exp.Literal.string(text), "timestamp")
        if type_name in ("int32", "int64", "unix_timestamp"):
            return _cast(exp.Literal.number(value), _TYPES[type_name])
        return _cast(self.literal(value), _TYPES[type_name])

    def differs(self, old: exp.Expression, new: exp.Expression, type_name: str) -> exp.Expression:
        distinct = exp.NullSafeNEQ(this=old, expression=new)
        if type_name not in ("double", "float"):
            return distinct
        size = _call("greatest", exp.Abs(this=old), exp.Abs(this=new))
        gap = exp.Abs(this=exp.Sub(this=old, expression=new))
        return exp.and_(
            distinct,
            _call("coalesce", exp.GT(this=gap, expression=exp.Mul(this=_number_1e12(), expression=size)), exp.true()),
        )


def _number_1e12() -> exp.Expression:
    return exp.Literal.number("1e-12")


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _row(order: tuple[exp.Expression, ...]) -> exp.Expression:
    return order[0] if len(order) == 1 else exp.Tuple(expressions=list(order))


def _cast(value: exp.Expression, to: str) -> exp.Expression:
    return exp.Cast(this=value.copy(), to=exp.DataType.build(to, dialect="duckdb"))


def _try_cast(value: exp.Expression, to: str) -> exp.Expression:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(to, dialect="duckdb"))


def _when(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    return exp.case().when(condition, value)


def _in_calendar(time: exp.Expression) -> exp.Expression:
    """`time` in the years that are written with four digits, else null."""
    first, last = (_cast(exp.Literal.string(edge), "timestamp") for edge in (_FIRST_TIME, _LAST_TIME))
    return _when(exp.Between(this=time.copy(), low=first, high=last), time)


def _matches(text: exp.Expression, pattern: str) -> exp.Expression:
    return _call("regexp_full_match", text, exp.Literal.string(pattern))


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
