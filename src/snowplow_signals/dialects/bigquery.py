"""BigQuery.

Timestamps are kept as DATETIME in UTC. TIMESTAMP is a moment, which BigQuery shows, cuts and casts by the time zone of
the session (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#time_zones), so it is taken to UTC
by name at once.

An error in one row ends the statement, so that what could raise one is said with SAFE_CAST, `safe.` or a guard; sums of
doubles are told apart from what could make them overflow. There is one floating-point type and one integer type: those
of 32 bits are kept in them, in the range and with the digits that they would have.

A stored array cannot be null and cannot hold null
(https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls): lists are never null here, and
nulls are left out of what is collected. There is no map; what is one elsewhere is an array of structs of key and value,
which keeps its order, compares as it was stored, and is read with `unnest`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, EventProperty, Property
from snowplow_signals.dialects.base import (
    INTEGER_TEXT,
    NUMBER_TEXT,
    TIME_TEXT,
    Access,
    Dialect,
    Leaf,
    utc_text,
)
from snowplow_signals.dialects.bigquery_types import found_at
from snowplow_signals.naming import entity_column, event_column, snake_field

_MAP = "array<struct<key string, value int64>>"
_TYPES = {
    "bytes": "bytes",
    "string": "string",
    "int32": "int64",
    "int64": "int64",
    "double": "float64",
    "float": "float64",
    "bool": "bool",
    "unix_timestamp": "int64",
    "timestamp": "datetime",
    "dict": _MAP,
}
_KIND_TYPES = {"text": "string", "number": "float64", "boolean": "bool", "time": "datetime"}
_LIMITS = {"int32": "2147483648e0", "int64": "9223372036854775808e0"}
"""The first number that is too large; the lowest that fits is this one below zero."""
_LARGEST = "1.7976931348623157e308"
_LARGEST_SUMMAND = "1e290"
"""In a sum of numbers up to this size no total overflows, however many there are."""
_TOO_LARGE_FOR_SINGLE = "3.4028235677973366e38"
_SMALLEST_NORMAL_SINGLE = "1.1754943508222875e-38"
_SPLITS_DOUBLE = "536870913e0"
"""2^29 + 1: what is left of a double when all but 24 of its 53 bits are rounded off."""
_SPLITS_SMALL = "9.466330862652142e-30"
"""1.5 * 2^-97: added and taken away again, rounds to the last bit of a single that is too small to have 24."""
_LOCAL_TIME = r"^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?"
"""Of text that is a time, what is before the offset, to the microsecond."""
_OFFSET = r"^.{11}.*([+-][0-9]{2}:?(?:[0-9]{2})?)\z"


class BigQuery(Dialect):
    """BigQuery through dbt-bigquery."""

    name = "bigquery"
    title = "BigQuery"
    profile_example = """\
type: bigquery
method: oauth  # or service-account, with keyfile: /path/to/key.json
project: "{{ env_var('GOOGLE_CLOUD_PROJECT') }}"
dataset: signals
location: EU  # where the dataset of the events is
threads: 2"""
    sqlglot_name = "bigquery"
    quoted = re.compile(r"""('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)""", re.DOTALL)
    timestamp_type = "datetime"
    has_transactions = False
    leaves = (*Dialect.leaves, "list")
    hooks = ("{{ signals_guard() }}",)

    def macros(self) -> str:
        return resources.files("snowplow_signals.dialects").joinpath("bigquery_macros.sql").read_text("utf-8")

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """In a partition for each day where whole days are replaced, and in it by the other columns of the keys."""
        columns = list(dict.fromkeys(name for key in keys for name in key))
        partition = "    partition_by={'field': 'day', 'data_type': 'date'},\n" if "day" in columns else ""
        clustered = ", ".join(f"'{name}'" for name in columns if name != "day")
        return f"{partition}    cluster_by=[{clustered}],\n"

    def database_of(self, output: Mapping[str, Any]) -> str | None:
        named = output.get("project") or super().database_of(output)
        return str(named) if named else None

    # Times

    def timestamp(self, text: str) -> exp.Expression:
        return _cast(exp.Literal.string(text), "datetime")

    def hour(self, time: exp.Expression) -> exp.Expression:
        return _call("datetime_trunc", time, exp.Var(this="hour"))

    def microsecond_after(self, time: exp.Expression) -> exp.Expression:
        return _call("datetime_add", time, _interval("1", "microsecond"))

    def days_between(self, first: exp.Expression, last: exp.Expression) -> exp.Expression:
        return _call("date_diff", last, first, exp.Var(this="day"))

    # Keys

    hash_type = "numeric"

    def event_key(self, event_id: exp.Expression) -> exp.Expression:
        return _call("farm_fingerprint", event_id)

    # Predicates

    def like(self, value: exp.Expression, pattern: exp.Expression) -> exp.Expression:
        """A backslash escapes, and no other character can be chosen: two of them stand for one."""
        return exp.Like(this=value, expression=exp.Literal.string(pattern.name.replace("\\", "\\\\")))

    def row_is_less(self, left: str, right: str, columns: tuple[str, ...], nullable: tuple[str, ...]) -> str:
        """Structs can be equal, and cannot be less
        (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#comparison_operators)."""
        end_of_time = self.sql(self.timestamp("9999-12-31 23:59:59.999999"))

        def cell(table: str, name: str) -> str:
            return f"coalesce({table}.{name}, {end_of_time})" if name in nullable else f"{table}.{name}"

        lines, same = [], ""
        for name in columns:
            ours, theirs = cell(left, name), cell(right, name)
            lines.append(f"({same}{ours} < {theirs})" if same else f"{ours} < {theirs}")
            same += f"{ours} = {theirs} and "
        return "(\n    " + "\n    or ".join(lines) + "\n)"

    # Aggregates

    def filtered(self, aggregate: exp.Expression, condition: exp.Expression | None) -> exp.Expression:
        if condition is None:
            return aggregate
        if isinstance(aggregate.this, exp.Star):
            return _call("countif", condition)
        return type(aggregate)(this=_if(condition, aggregate.this))

    def total(self, value: exp.Expression) -> exp.Expression:
        """A number that could make a total overflow, which ends the statement, counts as infinite."""
        fits = exp.Abs(this=value.copy()) < exp.Literal.number(_LARGEST_SUMMAND)
        infinite = exp.Mul(this=_call("sign", value), expression=_cast(exp.Literal.string("inf"), "float64"))
        return exp.Sum(this=exp.case().when(fits, value.copy()).else_(infinite))

    def min_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self._first_of(value, [exp.Ordered(this=item.copy()) for item in order], condition)

    def max_by(
        self, value: exp.Expression, *order: exp.Expression, condition: exp.Expression | None = None
    ) -> exp.Expression:
        return self._first_of(value, [exp.Ordered(this=item.copy(), desc=True) for item in order], condition)

    def _first_of(
        self, value: exp.Expression, order: list[exp.Ordered], condition: exp.Expression | None
    ) -> exp.Expression:
        """`max_by` takes one column to order by; the values are not null where the condition holds."""
        first = self._collected(value, order, condition, limit=1)
        return exp.Bracket(this=first, expressions=[exp.Literal.number(0)], offset=0, safe=True)

    def list_of(
        self, value: exp.Expression, order: list[exp.Ordered], condition: exp.Expression | None
    ) -> exp.Expression:
        return self._collected(value, order, condition)

    def map_of(
        self, key: exp.Expression, value: exp.Expression, order: exp.Ordered, condition: exp.Expression | None
    ) -> exp.Expression:
        named = [exp.alias_(key.copy(), "key"), exp.alias_(value.copy(), "value")]
        return self._collected(exp.Struct(expressions=named), [order], condition)

    def _collected(
        self,
        value: exp.Expression,
        order: list[exp.Ordered],
        condition: exp.Expression | None,
        limit: int | None = None,
    ) -> exp.Expression:
        """In an aggregate nulls cannot be said to be last or first; nothing that is ordered by is null."""
        kept: exp.Expression = value.copy()
        if condition is not None:
            kept = exp.IgnoreNulls(this=_if(condition, value))
        ordered = [
            exp.Ordered(this=item.this.copy(), desc=item.args.get("desc"), nulls_first=not item.args.get("desc"))
            for item in order
        ]
        kept = exp.Order(this=kept, expressions=ordered)
        if limit is not None:
            kept = exp.Limit(this=kept, expression=exp.Literal.number(limit))
        return exp.ArrayAgg(this=kept)

    # Reading values

    def access(self, prop: Property) -> Access:
        if isinstance(prop, AtomicProperty):
            return Access(prop.name, (), self.sql(exp.column(prop.name)), None)
        if isinstance(prop, EventProperty):
            column, head = event_column(prop.vendor, prop.name, prop.major_version), ()
        else:
            column, head = entity_column(prop.vendor, prop.name, prop.major_version), (prop.index,)
        path = (*head, *(snake_field(step) if isinstance(step, str) else step for step in prop.segments))
        return Access(column, path, _typed(column, path), self._json(column, (*head, *prop.segments)))

    def _json(self, column: str, path: tuple[str | int, ...]) -> str:
        """`column['a'][0]`, which takes any key, and is null where there is no such."""
        steps = (str(step) if isinstance(step, int) else self.sql(exp.Literal.string(step)) for step in path)
        return column + "".join(f"[{step}]" for step in steps)

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        found = found_at(columns, Access(column, path, _typed(column, path), self._json(column, path)))
        return found[0][1] if found else None

    def found(self, columns: Mapping[str, str], access: Access) -> list[tuple[str, Leaf]]:
        return found_at(columns, access)

    def describe(self, database: str | None, schema: str, table: str) -> str:
        place = ".".join(f"`{part}`" for part in (database, schema) if part)
        named = self.sql(exp.column("table_name").eq(table))
        return f"select column_name, data_type from {place}.INFORMATION_SCHEMA.COLUMNS where {named}"

    def convert(self, value: exp.Expression, leaf: Leaf, kind: str) -> exp.Expression:
        if leaf == "json":
            value, leaf = _text_of_json(value), "text"
        method = {"text": self._as_text, "number": self._as_number, "boolean": self._as_boolean, "time": self._as_time}
        return method[kind](value, leaf)

    def _as_text(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "nested":
            return _if(_is_not_null(value), _call("to_json_string", value))
        if leaf == "list":  # one that was not tracked is stored as an empty one
            return _if(_call("array_length", value) > exp.Literal.number(0), _call("to_json_string", value))
        if leaf == "float":
            return _if(_is_finite(value), _cast(value, "string"))
        if leaf == "timestamptz":
            return _cast(_utc(value), "string")
        return _cast(value, "string")

    def _as_number(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "text":
            return self._number_of_text(value)
        if leaf == "integer":
            return _cast(value, "float64")
        if leaf == "float":
            return _if(_is_finite(value), value)
        return _cast(exp.null(), "float64")

    def _as_boolean(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "boolean":
            return value
        if leaf == "text":
            return _safe_cast(value, "bool")
        return _cast(exp.null(), "bool")

    def _as_time(self, value: exp.Expression, leaf: Leaf) -> exp.Expression:
        if leaf == "timestamp":
            return value
        if leaf == "date":
            return _cast(value, "datetime")
        if leaf == "timestamptz":
            return _utc(value)
        if leaf == "text":
            return self._time_of_text(value)
        return _cast(exp.null(), "datetime")

    def _number_of_text(self, text: exp.Expression) -> exp.Expression:
        number = _safe_cast(text, "float64")
        return _if(exp.and_(_matches(text, NUMBER_TEXT), _is_finite(number)), number)

    def _time_of_text(self, text: exp.Expression) -> exp.Expression:
        """A cast takes no time without seconds, and no offset of more than 14 hours
        (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#canonical_format_for_datetime_literals).
        """
        local = _call("regexp_replace", _call("regexp_extract", text, _raw(_LOCAL_TIME)), _raw(r"^(.{16})\z"), _SECONDS)
        clock = _safe_cast(local, "datetime")
        hours_and_minutes = exp.func("coalesce", _safe_cast(_offset(text), "int64"), exp.Literal.number(0))
        hundred = exp.Literal.number(100)
        hours, minutes = (_call(name, hours_and_minutes, hundred) for name in ("div", "mod"))
        moved = _call("safe.datetime_sub", clock, _interval(hours, "hour"))
        moved = _call("safe.datetime_sub", moved, _interval(minutes, "minute"))
        return _if(_matches(text, TIME_TEXT), moved)

    def date_part(self, time: exp.Expression, part: str, kind: str) -> exp.Expression:
        missing = _cast(exp.null(), _KIND_TYPES[kind])
        if not part.startswith("active_"):
            return _cast(_number_of(part, time), _KIND_TYPES[kind]) if kind in ("text", "number") else missing
        day = _cast(time, "date")
        units = {"active_week": "isoweek", "active_month": "month"}
        first = _call("date_trunc", day, exp.Var(this=units[part])) if part in units else day
        return _cast(first, _KIND_TYPES[kind]) if kind in ("text", "time") else missing

    # Output

    def kind_type(self, kind: str) -> str:
        """The type of a column of `kind`."""
        return _KIND_TYPES[kind]

    def column_type(self, type_name: str) -> str:
        if type_name.endswith("_list"):
            return f"array<{_TYPES[type_name.removesuffix('_list')]}>"
        return _TYPES[type_name]

    def cast(self, value: exp.Expression, kind: str, type_name: str) -> exp.Expression:
        if kind == "count":
            return _in_32_bits(value) if type_name == "int32" else _cast(value, _TYPES[type_name])
        if kind == "time":
            return self._unix(value) if type_name == "unix_timestamp" else value
        if kind == "number":
            return self._number_to(value, type_name)
        return self._text_to(value, type_name)

    def _number_to(self, number: exp.Expression, type_name: str) -> exp.Expression:
        if type_name in _LIMITS:
            limit = exp.Literal.number(_LIMITS[type_name])
            is_whole = number.copy().eq(_call("trunc", number))
            fits = exp.and_(is_whole, number.copy() >= exp.Neg(this=limit), number.copy() < limit.copy())
            return _if(fits, _safe_cast(number, "int64"))
        if type_name == "float":
            return _single(number)
        return _if(_is_finite(number), number)

    def _text_to(self, text: exp.Expression, type_name: str) -> exp.Expression:
        if type_name in _LIMITS:
            digits = _safe_cast(text, "int64")
            whole = _in_32_bits(digits) if type_name == "int32" else digits
            through_number = self._number_to(_safe_cast(text, "float64"), type_name)
            is_digits, is_number = _matches(text, INTEGER_TEXT), _matches(text, NUMBER_TEXT)
            return exp.case().when(is_digits, whole).when(is_number, through_number)
        if type_name == "double":
            return self._number_of_text(text)
        if type_name == "float":
            return _if(_matches(text, NUMBER_TEXT), _single(_safe_cast(text, "float64")))
        if type_name == "bool":
            return _safe_cast(text, "bool")
        if type_name == "bytes":
            return _cast(text, "bytes")
        if type_name == "timestamp":
            return self._time_of_text(text)
        return self._unix(self._time_of_text(text)) if type_name == "unix_timestamp" else text

    def _unix(self, time: exp.Expression) -> exp.Expression:
        return _call("unix_seconds", _call("timestamp", time, exp.Literal.string("UTC")))

    def default(self, value: object, type_name: str) -> exp.Expression:
        if isinstance(value, tuple | list):
            scalar = type_name.removesuffix("_list")
            items = ", ".join(self.sql(self.default(item, scalar)) for item in value)
            return exp.Var(this=f"{self.column_type(type_name)}[{items}]")
        if isinstance(value, dict):
            entries = ", ".join(f"({self.sql(exp.Literal.string(key))}, {count})" for key, count in value.items())
            return exp.Var(this=f"{_MAP}[{entries}]")
        if type_name == "bytes":
            return self._text_to(exp.Literal.string(str(value)), type_name)
        if type_name == "timestamp":
            text = utc_text(str(value))
            return _cast(exp.null() if text is None else exp.Literal.string(text), "datetime")
        if type_name in ("int32", "int64", "unix_timestamp"):
            return _cast(exp.Literal.number(value), "int64")
        return _cast(self.literal(value), _TYPES[type_name])

    def differs(self, old: exp.Expression, new: exp.Expression, type_name: str) -> exp.Expression:
        if type_name == "dict" or type_name.endswith("_list"):  # arrays cannot be compared
            old, new = _call("to_json_string", old), _call("to_json_string", new)
        distinct = exp.NullSafeNEQ(this=old, expression=new)
        if type_name not in ("double", "float"):
            return distinct
        size = _call("greatest", exp.Abs(this=old), exp.Abs(this=new))
        gap = exp.Abs(this=_call("safe_subtract", old, new))
        least = exp.Mul(this=exp.Literal.number("1e-12"), expression=size)
        return exp.and_(distinct, exp.func("coalesce", exp.GT(this=gap, expression=least), exp.true()))


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _cast(value: exp.Expression, to: str) -> exp.Expression:
    return exp.Cast(this=value.copy(), to=exp.DataType.build(to, dialect="bigquery"))


def _safe_cast(value: exp.Expression, to: str) -> exp.Expression:
    return exp.TryCast(this=value.copy(), to=exp.DataType.build(to, dialect="bigquery"))


def _if(condition: exp.Expression, value: exp.Expression) -> exp.Expression:
    return _call("if", condition, value, exp.null())


def _raw(text: str) -> exp.Expression:
    """A pattern, with backslashes as they are."""
    return exp.RawString(this=text)


_SECONDS = _raw(r"\1:00")


def _interval(amount: exp.Expression | str, unit: str) -> exp.Expression:
    amount = exp.Literal.number(amount) if isinstance(amount, str) else amount
    return exp.Interval(this=amount, unit=exp.Var(this=unit))


def _is_not_null(value: exp.Expression) -> exp.Expression:
    return exp.Is(this=value.copy(), expression=exp.Not(this=exp.null()))


def _is_finite(number: exp.Expression) -> exp.Expression:
    """NaN is not less than anything."""
    return exp.Abs(this=number.copy()) <= exp.Literal.number(_LARGEST)


def _in_32_bits(whole: exp.Expression) -> exp.Expression:
    low, high = exp.Literal.number(-(2**31)), exp.Literal.number(2**31 - 1)
    return _if(exp.Between(this=whole.copy(), low=low, high=high), whole)


def _single(number: exp.Expression) -> exp.Expression:
    """The number with the digits that it would have in 32 bits; null where it does not fit."""
    size = exp.Abs(this=number.copy())
    small = exp.Literal.number(_SPLITS_SMALL)
    rounded_small = exp.Sub(this=exp.Paren(this=exp.Add(this=number.copy(), expression=small)), expression=small.copy())
    split = exp.Mul(this=number.copy(), expression=exp.Literal.number(_SPLITS_DOUBLE))
    rest = exp.Paren(this=exp.Sub(this=split, expression=number.copy()))
    rounded = exp.Sub(this=split.copy(), expression=rest)
    return (
        exp.case()
        .when(size < exp.Literal.number(_SMALLEST_NORMAL_SINGLE), rounded_small)
        .when(size.copy() < exp.Literal.number(_TOO_LARGE_FOR_SINGLE), rounded)
    )


def _matches(text: exp.Expression, pattern: str) -> exp.Expression:
    return _call("regexp_contains", text, _raw(rf"^(?:{pattern})\z"))


def _offset(text: exp.Expression) -> exp.Expression:
    """How far the clock of a text is ahead of UTC, as `+hhmm`; null without an offset, and for `Z`."""
    found = _call("regexp_extract", text, _raw(_OFFSET))
    plain = _call("replace", found, exp.Literal.string(":"), exp.Literal.string(""))
    return _call("rpad", plain, exp.Literal.number(5), exp.Literal.string("0"))


def _utc(moment: exp.Expression) -> exp.Expression:
    return _call("datetime", moment, exp.Literal.string("UTC"))


def _number_of(part: str, time: exp.Expression) -> exp.Expression:
    """`dayofweek` counts from Sunday, as 1."""
    units = {"hour_of_day": "hour", "day_of_week": "dayofweek", "month_of_year": "month"}
    number = exp.Extract(this=exp.Var(this=units[part]), expression=time.copy())
    if part != "day_of_week":
        return number
    since_monday = _call("mod", exp.Add(this=number, expression=exp.Literal.number(5)), exp.Literal.number(7))
    return exp.Add(this=since_monday, expression=exp.Literal.number(1))


def _text_of_json(value: exp.Expression) -> exp.Expression:
    """What is missing has no type, and JSON's null has no value."""
    is_nested = exp.In(
        this=_call("json_type", value), expressions=[exp.Literal.string("object"), exp.Literal.string("array")]
    )
    return exp.case().when(is_nested, _call("to_json_string", value)).else_(_call("json_value", value))


def _typed(column: str, path: tuple[str | int, ...]) -> str:
    """`column[safe_offset(0)].a.b`."""
    steps = []
    for step in path:
        if isinstance(step, int):
            steps.append(f"[safe_offset({step})]")
        else:
            steps.append(f".{step}" if step.isidentifier() and step.isascii() else f".`{step}`")
    return column + "".join(steps)
