"""Spark 4 with tables of Delta Lake.

Timestamps are kept as TIMESTAMP_NTZ in UTC. TIMESTAMP is a moment, which Spark shows, cuts and casts by the session's
time zone (https://spark.apache.org/docs/latest/sql-ref-datatypes.html), so it is converted to UTC by its microseconds;
what would turn a TIMESTAMP_NTZ back into a TIMESTAMP, as `date_trunc` and `date_format` do, is not used.

Nothing here fails in ANSI mode, where casts, indexes and arithmetic raise errors, and nothing depends on its being off.
Delta has no transaction over several statements: new rows take the place of old ones in one statement.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

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
from snowplow_signals.dialects.expressions import call, castings, when
from snowplow_signals.dialects.macro_files import macros_of
from snowplow_signals.dialects.spark.columns import CLASSES, element_of, fields_of, leaf_of, members_of, reach
from snowplow_signals.dialects.values import ValuesDialect

_TYPES = {
    "bytes": "binary",
    "string": "string",
    "int32": "int",
    "int64": "bigint",
    "double": "double",
    "float": "float",
    "bool": "boolean",
    "unix_timestamp": "bigint",
    "timestamp": "timestamp_ntz",
    "dict": "map<string, bigint>",
}
_KIND_TYPES = {"text": "string", "number": "double", "boolean": "boolean", "time": "timestamp_ntz"}
_FIRST_TIME = "0001-01-01 00:00:00"
_LAST_TIME = "9999-12-31 23:59:59.999999"
_cast, _try_cast = castings("databricks")
_EPOCH = "1970-01-01 00:00:00"
_LIMITS = {"int32": "2147483648e0", "int64": "9223372036854775808e0"}
"""The first number that is too large; the lowest that fits is this one below zero."""
_LOCAL_LENGTH = r"^(.{10}[T ][0-9:]{5,8}(?:[.][0-9]+)?)"
_OFFSET = r"([+-])([0-9]{2}):?([0-9]{2})?$"
_PLAIN_KEY = re.compile(r"\w[\w-]*", re.ASCII)
"""What a path of `get_json_object` takes without quotes."""
_PLAIN_STEP = re.compile(r"\[\d+\]|\.\w[\w-]*", re.ASCII)
_KEYED_STEP = re.compile(
    r", 'array<string>'\), \d+\)|, 'map<string, string>'\), '(?:[^'\\]|\\.)*'\)", re.ASCII | re.DOTALL
)
"""Of SQL that goes into JSON step by step from a column on, what each step adds after it."""
_SECONDS = exp.DataType(this=exp.DataType.Type.USERDEFINED, kind="interval second")


class Spark(ValuesDialect):
    """Spark 4 with Delta Lake, through dbt-spark."""

    name = macro_folder = "spark"
    title = "Spark"
    chunk_rows = 100_000_000
    profile_example = """\
type: spark
method: session
host: localhost
schema: signals
threads: 2
server_side_parameters:
  spark.jars.packages: io.delta:delta-spark_2.13:4.0.1
  spark.sql.extensions: io.delta.sql.DeltaSparkSessionExtension
  spark.sql.catalog.spark_catalog: org.apache.spark.sql.delta.catalog.DeltaCatalog
  spark.hadoop.hive.metastore.uris: thrift://metastore:9083"""
    types = _TYPES
    kind_types = _KIND_TYPES
    not_finite = ("double('infinity')", "double('-infinity')", "double('nan')")
    list_type = "array<{}>"
    sqlglot_name = "databricks"
    """Not "spark", in which sqlglot writes CAST for TRY_CAST."""
    quoted = re.compile(r"""('(?:[^'\\]|\\.)*'|`(?:[^`]|``)*`)""", re.DOTALL)
    timestamp_type = "timestamp_ntz"
    events_database: ClassVar[str | None] = None
    """The file of the macro that says how tables are laid out."""
    has_transactions = False
    has_lease_table = True
    computed_once = "rand() >= 0"
    """Spark puts a CTE wherever it is read, unless something in it is not the same each time: the plans of eight lists
    over one CTE took minutes to make."""

    def macros(self) -> str:
        return macros_of(self, "spark", CLASSES) + macros_of(self, self.name, CLASSES, "layout.sql")

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """By day where whole days are replaced: the files of the others are not looked at."""
        return "    partition_by=['day'],\n" if any("day" in key for key in keys) else ""

    # Times

    def hour(self, time: exp.Expr) -> exp.Expr:
        midnight = _cast(_cast(time, "date"), "timestamp_ntz")
        return exp.Add(this=midnight, expression=call("make_dt_interval", _number("0"), call("hour", time)))

    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        zeros = [_number("0")] * 3
        return exp.Add(this=time, expression=call("make_dt_interval", *zeros, _number("0.000001")))

    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("timestampdiff", exp.Var(this="microsecond"), first, last)

    def create_table(self, table: str, query: str) -> str:
        return f"create table {table} using delta as\n{query}"

    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("datediff", last, first)

    def from_columns(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        # the branches of a union would be a job each
        lines = ",\n".join("    " + ",\n    ".join(cell.replace("\n", "\n    ") for cell in row) for row in rows)
        return (
            f"select {', '.join(f'cells.{name}' for name in names)}\nfrom {table} as published\n"
            f"lateral view stack(\n    {len(rows)},\n{lines}\n) cells as {', '.join(names)}"
        )

    # Measures

    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        return call("octet_length" if type_name == "bytes" else "size", value)

    # Keys

    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        digits = call("left", call("md5", event_id), _number("15"))
        return _cast(call("conv", digits, _number("16"), _number("10")), "bigint")

    # Predicates

    def starts_with(self, value: exp.Expr, prefix: exp.Expr) -> exp.Expr:
        return call("startswith", value, prefix)

    def like(self, value: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        """A backslash escapes unless another character does; that is one that the pattern does not have."""
        plain = exp.Like(this=value, expression=pattern)
        if "\\" not in pattern.name:
            return plain
        unused = next(one for one in map(chr, range(33, 0x1000)) if one not in f"{pattern.name}%_'")
        return exp.Escape(this=plain, expression=exp.Literal.string(unused))

    # Aggregates

    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        if condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=condition))

    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self.filtered(call("min_by", value, _row(order)), condition)

    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self.filtered(call("max_by", value, _row(order)), condition)

    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        """Spark's aggregates have no order of their own, so what is collected is sorted; empty without rows."""
        return self._collected([item.this for item in order], [value], condition, _field_of("one", "col", len(order)))

    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        entry = call("struct", _field_of("one", "col", 1), _field_of("one", "col", 2))
        return call("map_from_entries", self._collected([order.this], [key, value], condition, entry))

    def _collected(
        self,
        order: list[exp.Expr],
        values: list[exp.Expr],
        condition: exp.Expr | None,
        made: exp.Expr,
    ) -> exp.Expr:
        named = (exp.Literal.string(f"col{place + 1}") for place in range(len(order) + len(values)))
        cells = [part.copy() for pair in zip(named, (*order, *values), strict=True) for part in pair]
        collected = self.filtered(call("collect_list", call("named_struct", *cells)), condition)
        each = exp.Lambda(this=made, expressions=[exp.to_identifier("one")])
        return call("transform", call("array_sort", collected), each)

    # Reading values

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(_step_into(column, path))

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(_inside_json(column, path))

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        reached = reach(columns.get(column.lower()), path)
        return reached[0] if reached else None

    def describe(self, database: str | None, schema: str, table: str) -> str:
        """`describe table` leaves out fields of wide structs, and says more than the columns."""
        place = exp.table_(table, db=schema, catalog=database).sql(dialect=self.sqlglot_name)
        return f"select typeof(any_value(struct(*))) from {place} where false"

    def types_in(self, described: Sequence[Sequence[Any]]) -> dict[str, str]:
        return members_of(described[0][0])

    def read(self, columns: Mapping[str, str], access: Access) -> tuple[str, Leaf] | None:
        reached = reach(columns.get(access.column.lower()), access.path)
        if reached is None:
            return None
        leaf, steps, type_name = reached
        if leaf == "nested":
            return self.json_of(access.typed, type_name), "text"
        if steps == len(access.path):
            return access.typed, leaf
        return self._inside(access, steps, type_name), "json"

    def _inside(self, access: Access, steps: int, type_name: str) -> str:
        """What is in JSON, or in text that holds JSON, after so many steps into typed data."""
        held = access.column
        for step in access.path[:steps]:
            held = f"get({held}, {step})" if isinstance(step, int) else f"{held}.`{step}`"
        held = f"to_json({held})" if type_name == "variant" else held
        json = access.json or ""
        if json.startswith("get_json_object("):
            plain = _PLAIN_STEP.findall(json[json.index(", '$") + 4 : -2])
            return f"get_json_object({held}, '${''.join(plain[steps:])}')"
        for step in _KEYED_STEP.findall(json)[steps:]:
            held = ("get(from_json(" if step.startswith(", 'array") else "try_element_at(from_json(") + held + step
        return held

    def json_of(self, value: str, type_name: str, depth: int = 0) -> str:
        """What a typed column holds as JSON: the shortest keys first, without fields that are null.

        The macro `signals_json_of` of a generated project says the same.
        """
        one = f"one{depth}"
        if (element := element_of(type_name)) is not None:
            item = f"coalesce({self.json_of(one, element, depth + 1)}, 'null')"
            return f"concat('[', array_join(transform({value}, {one} -> {item}), ','), ']')"
        if fields := fields_of(type_name):
            parts = ", ".join(
                f"concat({self.sql(exp.Literal.string(f'{json_key(name)}:'))}, "
                f"{self.json_of(f'{value}.`{name}`', inner, depth)})"
                for name, inner in fields
            )
            return f"case when {value} is not null then concat('{{', concat_ws(',', {parts}), '}}') end"
        leaf = leaf_of(type_name)
        if leaf in ("json", "nested"):
            return f"to_json({value})"
        text = self.sql(self.convert(exp.Var(this=value), leaf, "text"))
        if leaf in ("integer", "decimal", "float", "boolean"):
            return text
        return f"nullif(regexp_extract(to_json(array({text})), '(?s)^.(.*).$', 1), 'null')"

    def fields_of(self, type_name: str) -> Mapping[str, str]:
        return {name: inner for name, *_, inner in fields_of(type_name)}

    def element_of(self, type_name: str) -> str | None:
        return element_of(type_name)

    text_only = re.compile("interval|variant|map<(struct|array|map)<")
    """Spark's Python has no year-month intervals, its variants are not values, and keys of maps must be hashable."""

    def handed_as_text(self, sql: str, type_name: str) -> str:
        return f"to_json({sql})" if "variant" in type_name else super().handed_as_text(sql, type_name)

    def each(self, items: str, name: str, item: str) -> str:
        return f"transform({items}, {name} -> {item})"

    def sum_of_each(self, items: str, name: str, number: str) -> str:
        return f"aggregate({items}, 0, (total, {name}) -> total + coalesce({number}, 0))"

    # Every element of a list

    def items(self, type_name: str, column: str) -> Items | None:
        if (element := element_of(type_name)) is not None:
            return Items(column, element)
        if reach(type_name, (0,)) is None:
            return None
        return Items(
            f"from_json({f'to_json({column})' if type_name == 'variant' else column}, 'array<string>')", "string"
        )

    def values_of_each(self, items: str, value: str) -> str:
        return f"filter(transform({items}, {ELEMENT} -> {value}), given -> given is not null)"

    def joined(self, values: str, more: str) -> str:
        return f"concat(coalesce({values}, array()), coalesce({more}, array()))"

    def reduced(self, values: str, reduction: str, kind: str) -> str:
        added = "coalesce(total + given, total, given)"
        return {
            "sum": f"aggregate({values}, cast(null as double), (total, given) -> {added})",
            "count": f"nullif(cast(array_size({values}) as bigint), 0)",
            "min": f"array_min({values})",
            "max": f"array_max({values})",
            "first": f"get({values}, 0)",
            "last": f"try_element_at({values}, -1)",
            "list": f"nullif(to_json({values}), '[]')",
            "any": f"array_contains({values}, true)",
        }[reduction]

    def listed(self, values: Sequence[str], kind: str) -> str:
        return f"array({super().listed(values, kind)[1:-1]})"

    def concatenated(self, values: str, separator: str) -> str:
        added = f"coalesce(concat(total, {separator}, given), total, given)"
        return f"aggregate({values}, cast(null as string), (total, given) -> {added})"

    def listed_elements(self, column: str) -> ListedElements:
        listed = f"lateral view posexplode(\n    from_json({column}, 'array<string>')\n) elements as place, element"
        return ListedElements(listed, "elements.element", "elements.place")

    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        return _cast(value, "string")

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        """`get_json_object` writes a number beyond the doubles as infinity, in quotes."""
        infinite = (exp.Literal.string(f'"{sign}Infinity"') for sign in ("", "-"))
        return functools.reduce(lambda text, one: call("nullif", text, one), infinite, self.text_of_json(value))

    def is_whole(self, number: exp.Expr) -> exp.Expr:
        return exp.Mod(this=number.copy(), expression=_number("1")).eq(_number("0"))

    def digits(self, decimal: exp.Expr) -> exp.Expr:
        return _cast(_cast(decimal, "decimal(38, 0)"), "string")

    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        return call("to_json", value) if leaf == "nested" else _cast(value, "string")

    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "date":
            return _cast(self.date_in_calendar(value), "timestamp_ntz")
        if leaf == "timestamp":
            return _in_calendar(_cast(value, "timestamp_ntz"))
        return _in_calendar(_utc(value)) if leaf == "timestamptz" else None

    def is_finite(self, number: exp.Expr) -> exp.Expr:
        """Spark takes NaN for greater than infinity."""
        return exp.Abs(this=number.copy()) < call("double", exp.Literal.string("infinity"))

    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        number = _try_cast(text, "double")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(number)), number)

    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        """Spark would take an offset to the session's zone, and none of more than 18 hours."""
        local = _try_cast(text, "timestamp_ntz")
        clock = _try_cast(_part(text, _LOCAL_LENGTH, 1), "timestamp_ntz")
        moved = exp.Sub(this=clock, expression=exp.Paren(this=_offset(text)))
        return (
            exp.case()
            .when(_matches(text, LOCAL_TIME_TEXT), _in_calendar(local))
            .when(_matches(text, OFFSET_TIME_TEXT), _in_calendar(moved))
        )

    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
        missing = _cast(exp.null(), _KIND_TYPES[kind])
        day = _cast(time, "date")
        numbers = {
            "hour_of_day": call("hour", time),
            "day_of_week": exp.Add(this=call("weekday", day), expression=_number("1")),
            "month_of_year": call("month", day),
        }
        if part in numbers:
            return _cast(numbers[part], _KIND_TYPES[kind]) if kind in ("text", "number") else missing
        unit = part.removeprefix("active_")
        first = day if unit == "day" else call("trunc", day, exp.Literal.string(unit))
        return _cast(first, _KIND_TYPES[kind]) if kind in ("text", "time") else missing

    # Output

    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        if type_name in _LIMITS:  # TRY_CAST returns the greatest BIGINT for the first double that is too large
            limit = _number(_LIMITS[type_name])
            is_whole = exp.Mod(this=number.copy(), expression=_number("1")).eq(_number("0"))
            fits = exp.and_(is_whole, number.copy() >= exp.Neg(this=limit), number.copy() < limit.copy())
            return when(fits, _cast(number, _TYPES[type_name]))
        fitting = _cast(number, _TYPES[type_name])
        return when(self.is_finite(fitting), fitting)

    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        digits = _try_cast(text, _TYPES[type_name])
        through_number = self.number_to(_try_cast(text, "double"), type_name)
        is_digits, is_number = _matches(text, INTEGER_TEXT), _matches(text, NUMBER_TEXT)
        return exp.case().when(is_digits, digits).when(is_number, through_number)

    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        fitting = _cast(_try_cast(text, "double"), "float")
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(fitting)), fitting)

    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        return _cast(text, "binary")

    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        since = exp.Cast(this=exp.Sub(this=time.copy(), expression=_time(_EPOCH)), to=_SECONDS.copy())
        return _cast(exp.Floor(this=_cast(since, "decimal(20, 6)")), "bigint")

    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        entries = [part for key, count in value.items() for part in (self.literal(key), self.literal(count))]
        return _cast(call("map", *entries), _TYPES["dict"])

    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        if type_name == "dict":  # maps cannot be compared
            old, new = (call("array_sort", call("map_entries", one)) for one in (old, new))
        return super().differs(old, new, type_name)


def _number(text: str) -> exp.Expr:
    return exp.Literal.number(text)


def _row(order: tuple[exp.Expr, ...]) -> exp.Expr:
    return order[0] if len(order) == 1 else call("struct", *order)


def _field_of(name: str, stem: str, place: int) -> exp.Expr:
    """`one.col3`: of what was collected, the field at a place."""
    return exp.Dot(this=exp.to_identifier(name), expression=exp.to_identifier(f"{stem}{place + 1}"))


def _time(text: str) -> exp.Expr:
    return _cast(exp.Literal.string(text), "timestamp_ntz")


def _in_calendar(time: exp.Expr) -> exp.Expr:
    """`time` in the years that are written with four digits, else null."""
    return when(exp.Between(this=time.copy(), low=_time(_FIRST_TIME), high=_time(_LAST_TIME)), time)


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(rf"^(?:{pattern})\z"))


def _part(text: exp.Expr, pattern: str, group: int) -> exp.Expr:
    return call("regexp_extract", text, exp.Literal.string(pattern), _number(str(group)))


def _offset(text: exp.Expr) -> exp.Expr:
    """How far the clock of a text is ahead of UTC; nothing for `Z`."""
    sign = exp.case().when(_part(text, _OFFSET, 1).eq("-"), _number("-1")).else_(_number("1"))
    hours, minutes = (
        exp.func("coalesce", _try_cast(_part(text, _OFFSET, group), "int"), _number("0")) for group in (2, 3)
    )
    return exp.Mul(this=call("make_dt_interval", _number("0"), hours, minutes), expression=sign)


def _utc(moment: exp.Expr) -> exp.Expr:
    return call("timestampadd", exp.Var(this="microsecond"), call("unix_micros", moment), _time(_EPOCH))


def _inside_json(column: str, path: tuple[str | int, ...]) -> exp.Expr:
    """The text at a path of a column of JSON: keys that `get_json_object` cannot take are those of a map."""
    if all(isinstance(step, int) or _PLAIN_KEY.fullmatch(step) for step in path):
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        return call("get_json_object", exp.column(column), exp.Literal.string(f"${steps}"))
    reached: exp.Expr = exp.column(column)
    for step in path:
        if isinstance(step, int):
            listed = call("from_json", reached, exp.Literal.string("array<string>"))
            reached = call("get", listed, _number(str(step)))
        else:
            keyed = call("from_json", reached, exp.Literal.string("map<string, string>"))
            reached = call("try_element_at", keyed, exp.Literal.string(step))
    return reached


def _step_into(column: str, path: tuple[str | int, ...]) -> exp.Expr:
    """`get(column, 0).a.b`: `get` returns null out of bounds, where an index would fail in ANSI mode."""
    reached: exp.Expr = exp.column(column)
    for step in path:
        if isinstance(step, int):
            reached = call("get", reached, _number(str(step)))
        else:
            reached = exp.Dot(this=reached, expression=exp.to_identifier(step, quoted=not step.isidentifier()))
    return reached
