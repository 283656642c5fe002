"""BigQuery.

Timestamps are kept as DATETIME in UTC. TIMESTAMP is a moment, which BigQuery shows, cuts and casts by the time zone of
the session (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#time_zones), so it is converted to
UTC by name at once.

An error in one row ends the statement, so that what could raise one is said with SAFE_CAST, `safe.` or a guard; sums of
doubles are kept apart from what could make them overflow. There is one floating-point type and one integer type: those
of 32 bits are kept in them, in the range and with the digits that they would have.

A stored array cannot be null and cannot hold null
(https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls): lists are never null here, and
nulls are left out of what is collected. There is no map; what is one elsewhere is an array of structs of key and value,
which keeps its order, compares as it was stored, and is read with `unnest`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlglot import exp

from snowplow_signals.dialects.base import (
    ELEMENT,
    INTEGER_TEXT,
    NUMBER_TEXT,
    TIME_TEXT,
    Access,
    Items,
    Leaf,
    ListedElements,
    Room,
    combined,
    json_key,
)
from snowplow_signals.dialects.bigquery.columns import CLASSES, element_of, fields_of, found_at, leaf_of
from snowplow_signals.dialects.expressions import call, castings
from snowplow_signals.dialects.macro_files import macros_of
from snowplow_signals.dialects.values import ValuesDialect

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
_cast, _safe_cast = castings("bigquery")
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


class BigQuery(ValuesDialect):
    """BigQuery through dbt-bigquery."""

    name = macro_folder = "bigquery"
    title = "BigQuery"
    chunk_rows = 500_000_000
    profile_example = """\
type: bigquery
method: oauth  # or service-account, with keyfile: /path/to/key.json
project: "{{ env_var('GOOGLE_CLOUD_PROJECT') }}"
dataset: signals
location: EU  # where the dataset of the events is
threads: 2"""
    types = _TYPES
    kind_types = _KIND_TYPES
    not_finite = ("cast('inf' as float64)", "cast('-inf' as float64)")
    list_type = "array<{}>"
    sqlglot_name = "bigquery"
    quoted = re.compile(r"""('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)""", re.DOTALL)
    timestamp_type = "datetime"
    has_transactions = False
    counts_without_reading = False  # it depends on the table: see BigQuerySession.counts_rows
    longest_statement = 1024 * 1024  # https://cloud.google.com/bigquery/quotas#query_jobs
    leaves = (*ValuesDialect.leaves, "list")
    has_lease_table = True

    def macros(self) -> str:
        return macros_of(self, self.name, CLASSES)

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

    def timestamp(self, text: str) -> exp.Expr:
        return _cast(exp.Literal.string(text), "datetime")

    def hour(self, time: exp.Expr) -> exp.Expr:
        return call("datetime_trunc", time, exp.Var(this="hour"))

    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        return call("datetime_add", time, _interval("1", "microsecond"))

    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("datetime_diff", last, first, exp.Var(this="microsecond"))

    def create_scratch(self, table: str, query: str) -> str:
        """It is gone after two days, whatever becomes of this process:
        https://cloud.google.com/bigquery/docs/managing-tables#updating_a_tables_expiration_time."""
        expires = "expiration_timestamp = timestamp_add(current_timestamp(), interval 2 day)"
        return f"create table {table} options ({expires}) as\n{query}"

    def inline_rows(self, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        """There is no `values` in a query: https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax."""
        given = iter(rows)
        first = ", ".join(f"{value} as {name}" for value, name in zip(next(given), names, strict=True))
        lines = [f"    struct({first})", *(f"    ({', '.join(row)})" for row in given)]
        return "select *\nfrom unnest([\n" + ",\n".join(lines) + "\n])"

    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("date_diff", last, first, exp.Var(this="day"))

    def from_columns(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        # a CTE is computed anew wherever it is read
        first = [f"{value} as {name}" for value, name in zip(rows[0], names, strict=True)]
        named = [("struct", first), *(("", row) for row in rows[1:])]
        lines = [
            f"    {word}(\n        " + ",\n        ".join(cell.replace("\n", "\n        ") for cell in row) + "\n    )"
            for word, row in named
        ]
        return f"select cells.*\nfrom {table} as published\ncross join unnest([\n" + ",\n".join(lines) + "\n]) as cells"

    # Measures

    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        return call("byte_length" if type_name == "bytes" else "array_length", value)

    # Keys

    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        return call("farm_fingerprint", event_id)

    # Predicates

    def like(self, value: exp.Expr, pattern: exp.Expr) -> exp.Expr:
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

    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        if condition is None:
            return aggregate
        if isinstance(aggregate.this, exp.Star):
            return call("countif", condition)
        return type(aggregate)(this=_if(condition, aggregate.this))

    def total(self, value: exp.Expr) -> exp.Expr:
        """A number that could make a total overflow, which ends the statement, counts as infinite."""
        fits = exp.Abs(this=value.copy()) < exp.Literal.number(_LARGEST_SUMMAND)
        infinite = exp.Mul(this=call("sign", value), expression=_cast(exp.Literal.string("inf"), "float64"))
        return exp.Sum(this=exp.case().when(fits, value.copy()).else_(infinite))

    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self._first_of(value, [exp.Ordered(this=item.copy()) for item in order], condition)

    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self._first_of(value, [exp.Ordered(this=item.copy(), desc=True) for item in order], condition)

    def _first_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        """`max_by` takes one column to order by; the values are not null where the condition holds."""
        first = self._collected(value, order, condition, limit=1)
        return exp.Bracket(this=first, expressions=[exp.Literal.number(0)], offset=0, safe=True)

    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        return self._collected(value, order, condition)

    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        named = [exp.alias_(key.copy(), "key"), exp.alias_(value.copy(), "value")]
        return self._collected(exp.Struct(expressions=named), [order], condition)

    def _collected(
        self,
        value: exp.Expr,
        order: list[exp.Ordered],
        condition: exp.Expr | None,
        limit: int | None = None,
    ) -> exp.Expr:
        """In an aggregate nulls cannot be said to be last or first; nothing that is ordered by is null."""
        kept: exp.Expr = value.copy()
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

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return _typed(column, path)

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        """`column['a'][0]`, which takes any key, and is null where there is no such."""
        steps = (str(step) if isinstance(step, int) else self.sql(exp.Literal.string(step)) for step in path)
        return column + "".join(f"[{step}]" for step in steps)

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        found = found_at(columns, Access(column, path, _typed(column, path), self.json_value(column, path)))
        return found.leaf if found else None

    def read(self, columns: Mapping[str, str], access: Access) -> tuple[str, Leaf] | None:
        """What is made of others is read as JSON."""
        found = found_at(columns, access)
        if found is None:
            return None
        if found.leaf == "list" or fields_of(found.type_name):
            return self.json_of(found.sql, found.type_name), "text"
        return found.sql, found.leaf

    def json_of(self, value: str, type_name: str, depth: int = 0) -> str:
        """What a typed column holds as JSON: the shortest keys first, without fields that are null.

        The macro `signals_json_of` of a generated project says the same.
        """
        one = f"one{depth}"
        if (element := element_of(type_name)) is not None:  # one that was not tracked is stored as an empty one
            item = f"coalesce({self.json_of(one, element, depth + 1)}, 'null')"
            every = f"select string_agg({item}, ',' order by place) from unnest({value}) as {one} with offset as place"
            return f"if(array_length({value}) > 0, concat('[', ({every}), ']'), null)"
        if fields := fields_of(type_name):
            parts = ", ".join(
                f"concat({self.sql(exp.Literal.string(f'{json_key(name)}:'))}, "
                f"{self.json_of(_typed(value, (name,)), inner, depth)})"
                for name, inner in fields
            )
            return f"if({value} is not null, concat('{{', array_to_string([{parts}], ','), '}}'), null)"
        leaf = leaf_of(type_name)
        if leaf in ("json", "nested"):
            json = f"to_json_string({self.sql(_without_nulls(exp.Var(this=value))) if leaf == 'json' else value})"
            return f"nullif({json}, 'null')"
        text = self.sql(self.convert(exp.Var(this=value), leaf, "text"))
        return text if leaf in ("integer", "decimal", "float", "boolean") else f"nullif(to_json_string({text}), 'null')"

    def describe(self, database: str | None, schema: str, table: str) -> str:
        place = ".".join(f"`{part}`" for part in (database, schema) if part)
        named = self.sql(exp.column("table_name").eq(table))
        return f"select column_name, data_type from {place}.INFORMATION_SCHEMA.COLUMNS where {named}"

    def fields_of(self, type_name: str) -> Mapping[str, str]:
        return {name: inner for name, *_, inner in fields_of(type_name)}

    def element_of(self, type_name: str) -> str | None:
        return element_of(type_name)

    text_only = re.compile(r"^(INTERVAL|RANGE|TIME)\b|^STRUCT.*\b(INTERVAL|RANGE)\b")

    def handed_as_text(self, sql: str, type_name: str) -> str:
        if type_name.startswith("STRUCT<"):
            return f"case when {sql} is not null then to_json_string({sql}) end"
        return super().handed_as_text(sql, type_name)

    def each(self, items: str, name: str, item: str) -> str:
        return f"array(select {item} from unnest({items}) as {name} with offset as place order by place)"

    def sum_of_each(self, items: str, name: str, number: str) -> str:
        return f"(select sum({number}) from unnest({items}) as {name})"

    # Every element of a list

    def items(self, type_name: str, column: str) -> Items | None:
        if (element := element_of(type_name)) is not None:
            return Items(column, element)
        if type_name != "JSON" and not type_name.startswith("STRING"):
            return None
        held = column if type_name == "JSON" else f"safe.parse_json({column}, wide_number_mode => 'round')"
        return Items(f"json_query_array({held})", "JSON")

    def values_of_each(self, items: str, value: str) -> str:
        """Null, where there are none."""
        each = f"unnest({items}) as {ELEMENT} with offset as place"
        return f"(select array_agg({value} ignore nulls order by place) from {each})"

    def joined(self, values: str, more: str) -> str:
        return f"array_concat(ifnull({values}, []), ifnull({more}, []))"

    def reduced(self, values: str, reduction: str, kind: str) -> str:
        return {
            "sum": f"(select {self.sql(self.total(exp.column('given')))} from unnest({values}) as given)",
            "count": f"nullif(array_length({values}), 0)",
            "min": f"(select min(given) from unnest({values}) as given)",
            "max": f"(select max(given) from unnest({values}) as given)",
            "first": f"{values}[safe_offset(0)]",
            "last": f"array_reverse({values})[safe_offset(0)]",
            "list": f"nullif(nullif(to_json_string({values}), 'null'), '[]')",
            "any": f"true in unnest({values})",
        }[reduction]

    def concatenated(self, values: str, separator: str) -> str:
        listed = f"unnest({values}) as given with offset as place"
        return f"(select string_agg(given, {separator} order by place) from {listed})"

    def multiplied(self, numbers: Sequence[str]) -> str:
        product, *others = numbers
        for number in others:
            product = f"safe_multiply({product}, {number})"
        return product

    def listed_elements(self, column: str) -> ListedElements:
        listed = f"cross join unnest(json_value_array({column})) as element with offset as element_place"
        return ListedElements(listed, "element", "element_place")

    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        return _text_of_json(value)

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        text, kind = call("json_value", value), call("json_type", value)
        is_nested = exp.In(this=kind, expressions=[exp.Literal.string("object"), exp.Literal.string("array")])
        is_fraction = exp.and_(kind.copy().eq(exp.Literal.string("number")), exp.not_(_matches(text, INTEGER_TEXT)))
        known = exp.case().when(is_nested, call("to_json_string", _without_nulls(value)))
        return known.when(is_fraction, self.text_of_number(_safe_cast(text, "float64"))).else_(text)

    def digits(self, decimal: exp.Expr) -> exp.Expr:
        return _cast(decimal, "string")

    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        if leaf in ("nested", "list"):
            return _if(_is_not_null(value), call("to_json_string", value))
        return _cast(value, "string")

    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "timestamp":
            return value
        if leaf == "date":
            return _cast(value, "datetime")
        return _utc(value) if leaf == "timestamptz" else None

    def date_in_calendar(self, date: exp.Expr) -> exp.Expr:
        """BigQuery has no others."""
        return date

    def is_finite(self, number: exp.Expr) -> exp.Expr:
        return _is_finite(number)

    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        number = _safe_cast(text, "float64")
        return _if(exp.and_(_matches(text, NUMBER_TEXT), _is_finite(number)), number)

    def boolean_of_text(self, text: exp.Expr) -> exp.Expr:
        return _safe_cast(text, "bool")

    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        """A cast takes no time without seconds, and no offset of more than 14 hours
        (https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#canonical_format_for_datetime_literals).
        """
        local = call("regexp_replace", call("regexp_extract", text, _raw(_LOCAL_TIME)), _raw(r"^(.{16})\z"), _SECONDS)
        clock = _safe_cast(local, "datetime")
        hours_and_minutes = exp.func("coalesce", _safe_cast(_offset(text), "int64"), exp.Literal.number(0))
        hundred = exp.Literal.number(100)
        hours, minutes = (call(name, hours_and_minutes, hundred) for name in ("div", "mod"))
        moved = call("safe.datetime_sub", clock, _interval(hours, "hour"))
        moved = call("safe.datetime_sub", moved, _interval(minutes, "minute"))
        return _if(_matches(text, TIME_TEXT), moved)

    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
        missing = _cast(exp.null(), _KIND_TYPES[kind])
        if not part.startswith("active_"):
            return _cast(_number_of(part, time), _KIND_TYPES[kind]) if kind in ("text", "number") else missing
        day = _cast(time, "date")
        units = {"active_week": "isoweek", "active_month": "month"}
        first = call("date_trunc", day, exp.Var(this=units[part])) if part in units else day
        return _cast(first, _KIND_TYPES[kind]) if kind in ("text", "time") else missing

    # Numbers

    overflow_is_infinite = False

    def combined(self, operation: str, left: exp.Expr, right: exp.Expr, room: Room) -> exp.Expr:
        """A result that is too large ends the statement
        (https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#arithmetic_operators)."""
        if room == "none":
            return call(
                f"safe_{operation}", *(one.this if isinstance(one, exp.Paren) else one for one in (left, right))
            )
        return combined(operation, left, right)

    # Output

    def count_to(self, count: exp.Expr, type_name: str) -> exp.Expr:
        return _in_32_bits(count) if type_name == "int32" else _cast(count, _TYPES[type_name])

    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        if type_name in _LIMITS:
            limit = exp.Literal.number(_LIMITS[type_name])
            is_whole = number.copy().eq(call("trunc", number))
            fits = exp.and_(is_whole, number.copy() >= exp.Neg(this=limit), number.copy() < limit.copy())
            return _if(fits, _safe_cast(number, "int64"))
        if type_name == "float":
            return _single(number)
        return _if(_is_finite(number), number)

    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        digits = _safe_cast(text, "int64")
        whole = _in_32_bits(digits) if type_name == "int32" else digits
        through_number = self.number_to(_safe_cast(text, "float64"), type_name)
        is_digits, is_number = _matches(text, INTEGER_TEXT), _matches(text, NUMBER_TEXT)
        return exp.case().when(is_digits, whole).when(is_number, through_number)

    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        return _if(_matches(text, NUMBER_TEXT), _single(_safe_cast(text, "float64")))

    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        return _cast(text, "bytes")

    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        return call("unix_seconds", call("timestamp", time, exp.Literal.string("UTC")))

    def default_list(self, items: list[exp.Expr], type_name: str) -> exp.Expr:
        return exp.Var(this=f"{self.column_type(type_name)}[{', '.join(map(self.sql, items))}]")

    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        entries = ", ".join(f"({self.sql(exp.Literal.string(key))}, {count})" for key, count in value.items())
        return exp.Var(this=f"{_MAP}[{entries}]")

    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        if type_name == "dict" or type_name.endswith("_list"):  # arrays cannot be compared
            old, new = call("to_json_string", old), call("to_json_string", new)
        return super().differs(old, new, type_name)

    def difference(self, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        return call("safe_subtract", left, right)


def _if(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    return call("if", condition, value, exp.null())


def _raw(text: str) -> exp.Expr:
    """A pattern, with backslashes as they are."""
    return exp.RawString(this=text)


_SECONDS = _raw(r"\1:00")


def _interval(amount: exp.Expr | str, unit: str) -> exp.Expr:
    amount = exp.Literal.number(amount) if isinstance(amount, str) else amount
    return exp.Interval(this=amount, unit=exp.Var(this=unit))


def _is_not_null(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value.copy(), expression=exp.Not(this=exp.null()))


def _is_finite(number: exp.Expr) -> exp.Expr:
    """NaN is not less than anything."""
    return exp.Abs(this=number.copy()) <= exp.Literal.number(_LARGEST)


def _in_32_bits(whole: exp.Expr) -> exp.Expr:
    low, high = exp.Literal.number(-(2**31)), exp.Literal.number(2**31 - 1)
    return _if(exp.Between(this=whole.copy(), low=low, high=high), whole)


def _single(number: exp.Expr) -> exp.Expr:
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


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    return call("regexp_contains", text, _raw(rf"^(?:{pattern})\z"))


def _offset(text: exp.Expr) -> exp.Expr:
    """How far the clock of a text is ahead of UTC, as `+hhmm`; null without an offset, and for `Z`."""
    found = call("regexp_extract", text, _raw(_OFFSET))
    plain = call("replace", found, exp.Literal.string(":"), exp.Literal.string(""))
    return call("rpad", plain, exp.Literal.number(5), exp.Literal.string("0"))


def _utc(moment: exp.Expr) -> exp.Expr:
    return call("datetime", moment, exp.Literal.string("UTC"))


def _number_of(part: str, time: exp.Expr) -> exp.Expr:
    """`dayofweek` counts from Sunday, as 1."""
    units = {"hour_of_day": "hour", "day_of_week": "dayofweek", "month_of_year": "month"}
    number = exp.Extract(this=exp.Var(this=units[part]), expression=time.copy())
    if part != "day_of_week":
        return number
    since_monday = call("mod", exp.Add(this=number, expression=exp.Literal.number(5)), exp.Literal.number(7))
    return exp.Add(this=since_monday, expression=exp.Literal.number(1))


def _text_of_json(value: exp.Expr) -> exp.Expr:
    """What is missing has no type, and JSON's null has no value."""
    is_nested = exp.In(
        this=call("json_type", value), expressions=[exp.Literal.string("object"), exp.Literal.string("array")]
    )
    return exp.case().when(is_nested, call("to_json_string", value)).else_(call("json_value", value))


def _without_nulls(json: exp.Expr) -> exp.Expr:
    """JSON without fields that are null; nulls in lists stay."""
    kept = exp.Kwarg(this=exp.Var(this="include_arrays"), expression=exp.false())
    return call("json_strip_nulls", json, kept)


def _typed(column: str, path: tuple[str | int, ...]) -> str:
    """`column[safe_offset(0)].a.b`."""
    steps = []
    for step in path:
        if isinstance(step, int):
            steps.append(f"[safe_offset({step})]")
        else:
            steps.append(f".{step}" if step.isidentifier() and step.isascii() else f".`{step}`")
    return column + "".join(steps)
