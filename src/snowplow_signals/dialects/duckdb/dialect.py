"""DuckDB: the embedded default, which also reads a Snowplow data lake.

Timestamps are kept as TIMESTAMP in UTC; what comes with a time zone is converted to UTC first, since a cast from
TIMESTAMP WITH TIME ZONE to TIMESTAMP or to text would use the session's zone
(https://duckdb.org/docs/stable/sql/functions/timestamptz). A cast of text with an offset to TIMESTAMP ignores the
offset, so such text goes through TIMESTAMP WITH TIME ZONE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlglot import exp

from snowplow_signals.dialects.base import (
    ELEMENT,
    INTEGER_TEXT,
    LOCAL_TIME_TEXT,
    NUMBER_TEXT,
    OFFSET_TIME_TEXT,
    Access,
    Items,
    Leaf,
    ListedElements,
    json_key,
)
from snowplow_signals.dialects.duckdb.columns import CLASSES, element_of, fields_of, leaf_of, reach
from snowplow_signals.dialects.expressions import call, castings, when
from snowplow_signals.dialects.macro_files import macros_of
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
_TYPED_STEP = re.compile(r'\[\d+\]|\."(?:[^"]|"")*"|\.[^."\[]+')
_JSON_STEP = re.compile(r'\[\d+\]|\."(?:[^"\\]|\\.)*"', re.DOTALL)
_STRING = r'"(?:[^"\\]|\\.)*"'
"""A string in JSON, key or value: its content is not syntax."""


class DuckDB(ValuesDialect):
    """DuckDB 2 through dbt-duckdb."""

    name = macro_folder = "duckdb"
    title = "DuckDB"
    is_file = True
    profile_example = """\
type: duckdb
path: /path/to/events.duckdb
schema: signals
threads: 2"""
    sqlglot_name = "duckdb"
    inserts_by_name = True
    types = _TYPES
    kind_types = _KIND_TYPES
    not_finite = ("cast('infinity' as double)", "cast('-infinity' as double)", "cast('nan' as double)")

    def macros(self) -> str:
        text = macros_of(self, self.name, CLASSES)
        return text.replace("$without_nulls", self.sql(_without_nulls(exp.Var(this="{{ value }}"))))

    # Profiles

    def database_of(self, output: Mapping[str, Any]) -> str | None:
        path = str(output.get("path", ""))
        return super().database_of(output) or (Path(path).stem if path and "{" not in path else None)

    # Tables and files

    def scratch_database(self, name: str) -> tuple[str, str] | None:
        return f"attach ':memory:' as {name}", f"detach {name}"

    def rows_of_file(self, file: Path, types: Mapping[str, str]) -> str | None:
        columns = ", ".join(f"{name}: {self._text(kind)}" for name, kind in types.items())
        return (
            f"select *\nfrom read_json({self._text(str(file))}, format = 'newline_delimited', columns = {{{columns}}})"
        )

    def parquet(self, file: Path) -> tuple[str, str] | None:
        # the very file, whatever is in its name, and its own columns, whatever its folders are called
        name = re.sub(r"[*?\[]", r"[\g<0>]", str(file))
        read = f"read_parquet({self._text(name)}, hive_partitioning = false)"
        return read, f"describe select * from {read}"

    def whole_microseconds(self, sql: str, type_name: str) -> str:
        return f"make_timestamp(epoch_ns({sql}) // 1000)" if type_name.upper() == "TIMESTAMP_NS" else sql

    def parquet_of(self, query: str, file: Path) -> str | None:
        return f"copy (\n{query}\n) to {self._text(str(file))} (format parquet)"

    def _text(self, text: str) -> str:
        return self.sql(self.literal(text))

    # Times

    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        step = exp.Interval(this=exp.Literal.number(1), unit=exp.Var(this="microsecond"))
        return exp.Add(this=time, expression=step)

    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("date_diff", exp.Literal.string("microsecond"), first, last)

    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return exp.Sub(this=last, expression=first)

    # Measures

    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        return call({"dict": "cardinality", "bytes": "octet_length"}.get(type_name, "len"), value)

    # Keys

    def size_query(self, table: str) -> str | None:
        # storage is in blocks of 256 KiB
        blocks = f"pragma_storage_info({self.sql(self.literal(table))})"
        return f"select count(distinct block_id) * 262144 from {blocks} where block_id >= 0"

    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        # what md5_number_lower returns, at a quarter of its cost: that one is a macro which goes through text
        half = exp.BitwiseRightShift(this=call("md5_number", event_id), expression=exp.Literal.number(64))
        return _cast(half, "ubigint")

    # Aggregates

    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        if condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=condition))

    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self.filtered(call("arg_min", value, _row(order)), condition)

    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self.filtered(call("arg_max", value, _row(order)), condition)

    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        ordered = exp.Order(this=value.copy(), expressions=[item.copy() for item in order])
        return self.filtered(exp.Anonymous(this="list", expressions=[ordered]), condition)

    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        keys, values = (self.list_of(item, [order], condition) for item in (key, value))
        return _cast(call("map", keys, values), "map(varchar, bigint)")

    # Reading values

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(_step_into(column, path))

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(call("json_extract", exp.column(column), exp.Literal.string(_json_path(path))))

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        reached = reach(columns.get(column.lower()), path)
        return reached.leaf if reached else None

    def read(self, columns: Mapping[str, str], access: Access) -> tuple[str, Leaf] | None:
        reached = reach(columns.get(access.column.lower()), access.path)
        if reached is None:
            return None
        if reached.leaf == "nested" and reached.is_made_of_others:
            return self.json_of(access.typed, reached.type_name), "text"
        if reached.steps == len(access.path):
            return access.typed, reached.leaf
        inside = access.column + "".join(_TYPED_STEP.findall(access.typed[len(access.column) :])[: reached.steps])
        held = inside if reached.type_name == "JSON" else f"try_cast({inside} as json)"
        tracked = access.json or ""
        steps = _JSON_STEP.findall(tracked[tracked.index(", '$") + 4 : -2])[reached.steps :]
        return f"json_extract({held}, '${''.join(steps)}')", "json"

    def json_of(self, value: str, type_name: str, depth: int = 0) -> str:
        """What a typed column holds as JSON: the shortest keys first, without fields that are null.

        The macro `signals_json_of` of a generated project says the same.
        """
        one = f"one{depth}"
        if (element := element_of(type_name)) is not None:
            item = self.json_of(one, element, depth + 1)
            listed = f"'[' || array_to_string([coalesce({item}, 'null') for {one} in {value}], ',') || ']'"
            return f"case when {value} is not null then {listed} end"
        if fields := fields_of(type_name):
            parts = ", ".join(
                self.sql(exp.Literal.string(f"{json_key(name)}:"))
                + f" || {self.json_of(f'{value}.{quoted}', inner, depth)}"
                for name, quoted, inner in fields
            )
            return f"case when {value} is not null then '{{' || concat_ws(',', {parts}) || '}}' end"
        leaf = leaf_of(type_name)
        if leaf == "json":
            return f"nullif({self.sql(_without_nulls(exp.Var(this=value)))}, 'null')"
        if leaf == "nested":
            return f"cast(to_json({value}) as varchar)"
        text = self.sql(self.convert(exp.Var(this=value), leaf, "text"))
        return text if leaf in ("integer", "decimal", "float", "boolean") else f"cast(to_json({text}) as varchar)"

    def fields_of(self, type_name: str) -> Mapping[str, str]:
        return {name: inner for name, *_, inner in fields_of(type_name)}

    def element_of(self, type_name: str) -> str | None:
        return element_of(type_name)

    text_only = re.compile("INTERVAL")

    def each(self, items: str, name: str, item: str) -> str:
        return f"list_transform({items}, lambda {name}: {item})"

    def sum_of_each(self, items: str, name: str, number: str) -> str:
        return f"list_sum({self.each(items, name, number)})"

    # Every element of a list

    def items(self, type_name: str, column: str) -> Items | None:
        if (element := element_of(type_name)) is not None:
            return Items(column, element)
        if type_name not in ("JSON", "VARCHAR"):
            return None
        return Items(
            f"json_extract({column if type_name == 'JSON' else f'try_cast({column} as json)'}, '$[*]')", "JSON"
        )

    def values_of_each(self, items: str, value: str) -> str:
        return f"list_filter(list_transform({items}, lambda {ELEMENT}: {value}), lambda given: given is not null)"

    def joined(self, values: str, more: str) -> str:
        return f"list_concat({values}, {more})"

    def reduced(self, values: str, reduction: str, kind: str) -> str:
        return {
            "sum": f"list_sum({values})",
            "count": f"nullif(len({values}), 0)",
            "min": f"list_min({values})",
            "max": f"list_max({values})",
            "first": f"list_extract({values}, 1)",
            "last": f"list_extract({values}, -1)",
            "list": f"nullif(cast(to_json({values}) as varchar), '[]')",
            "any": f"list_contains({values}, true)",
        }[reduction]

    def concatenated(self, values: str, separator: str) -> str:
        return f"list_aggregate({values}, 'string_agg', {separator})"

    def listed_elements(self, column: str) -> ListedElements:
        listed = f"cast(from_json({column}, '[\"VARCHAR\"]') as varchar[])"
        join = f"cross join unnest(\n    {listed}\n) with ordinality as elements (element, place)"
        return ListedElements(join, "elements.element", "elements.place")

    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        return call("json_extract_string", value, exp.Literal.string("$"))

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        text, kind = self.text_of_json(value), call("json_type", value)
        nested = exp.In(this=kind, expressions=[exp.Literal.string(one) for one in ("OBJECT", "ARRAY")])
        is_fraction = exp.and_(kind.copy().eq(exp.Literal.string("DOUBLE")), exp.not_(_matches(text, INTEGER_TEXT)))
        number = self.text_of_number(_try_cast(text, "double"))
        return exp.case().when(nested, _without_nulls(value)).when(is_fraction, number).else_(text)

    def digits(self, decimal: exp.Expr) -> exp.Expr:
        return _cast(_cast(decimal, "hugeint"), "varchar")

    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        if leaf == "nested":
            return _cast(call("to_json", value), "varchar")
        return exp.cast(value, "varchar", dialect="duckdb") if leaf == "text" else _cast(value, "varchar")

    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "date":
            return _cast(self.date_in_calendar(value), "timestamp")
        if leaf == "timestamp":
            return _in_calendar(_try_cast(value, "timestamp"))
        return _in_calendar(_utc(value)) if leaf == "timestamptz" else None

    def is_finite(self, number: exp.Expr) -> exp.Expr:
        return call("isfinite", number)

    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        number = _try_cast(text, "double")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(number)), number)

    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        local, zoned = _try_cast(text, "timestamp"), _utc(_try_cast(text, "timestamptz"))
        return (
            exp.case()
            .when(_matches(text, LOCAL_TIME_TEXT), _in_calendar(local))
            .when(_matches(text, OFFSET_TIME_TEXT), _in_calendar(zoned))
        )

    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
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

    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        if type_name in ("int32", "int64"):
            whole = number.eq(call("trunc", number))
            return when(whole, _try_cast(number, _TYPES[type_name]))
        fitting = _try_cast(number, _TYPES[type_name])
        return when(self.is_finite(fitting), fitting)

    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        digits, number = _try_cast(text, _TYPES[type_name]), _try_cast(text, "double")
        is_whole = exp.and_(_matches(text, NUMBER_TEXT), number.eq(call("trunc", number)))
        through_number = _try_cast(number, _TYPES[type_name])
        return exp.case().when(_matches(text, INTEGER_TEXT), digits).when(is_whole, through_number)

    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        fitting = _try_cast(_try_cast(text, "double"), "float")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(fitting)), fitting)

    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        return call("encode", text)

    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        return _cast(call("epoch", call("date_trunc", exp.Literal.string("second"), time)), "bigint")

    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        keys = exp.Array(expressions=[exp.Literal.string(key) for key in value])
        counts = exp.Array(expressions=[self.literal(count) for count in value.values()])
        return _cast(call("map", keys, counts), _TYPES["dict"])


def _row(order: tuple[exp.Expr, ...]) -> exp.Expr:
    return order[0] if len(order) == 1 else exp.Tuple(expressions=list(order))


def _in_calendar(time: exp.Expr) -> exp.Expr:
    """`time` in the years that are written with four digits, else null."""
    first, last = (_cast(exp.Literal.string(edge), "timestamp") for edge in (_FIRST_TIME, _LAST_TIME))
    return when(exp.Between(this=time.copy(), low=first, high=last), time)


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    return call("regexp_full_match", text, exp.Literal.string(pattern))


def _without_nulls(json: exp.Expr) -> exp.Expr:
    """JSON as compact text, without fields that are null; nulls in lists stay."""
    text = _cast(call("json", json), "varchar")
    every, kept = exp.Literal.string("g"), exp.Literal.string(r"\1")
    text = call("regexp_replace", text, exp.Literal.string(rf"{_STRING}:null,?|({_STRING})"), kept, every)
    comma = exp.Literal.string(f"({_STRING})|,([}}])")
    return call("regexp_replace", text, comma, exp.Literal.string(r"\1\2"), every.copy())


def _utc(value: exp.Expr) -> exp.Expr:
    return exp.AtTimeZone(this=value.copy(), zone=exp.Literal.string("UTC"))


def _step_into(column: str, path: tuple[str | int, ...]) -> exp.Expr:
    """`column[1].a.b[3]`: lists count from one in DuckDB, and sqlglot shifts the index; null when out of bounds."""
    reached: exp.Expr = exp.column(column)
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
