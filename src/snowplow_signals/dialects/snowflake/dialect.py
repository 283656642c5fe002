"""Snowflake.

Timestamps are kept as TIMESTAMP_NTZ in UTC. TIMESTAMP_LTZ and TIMESTAMP_TZ are converted to UTC by CONVERT_TIMEZONE,
whose result does not depend on the session's TIMEZONE; a plain cast would (https://docs.snowflake.com/en/sql-
reference/functions/convert_timezone). TIMESTAMP alone means what the session's TIMESTAMP_TYPE_MAPPING says, and is not
used. Weeks are counted by DAYOFWEEKISO, on which WEEK_START has no influence (https://docs.snowflake.com/en/sql-
reference/functions-date-time#label-calendar-weeks-weekdays).

Schemas' columns are OBJECT and ARRAY, or VARIANT, with the keys as they were tracked. JSON null is a value there, which
a cast to text makes null (https://docs.snowflake.com/en/user-guide/semistructured-considerations#null-values).

Text is compared as UTF-8, which is by code point (https://docs.snowflake.com/en/sql-reference/collation). A backslash
in a literal escapes, in LIKE it does not (https://docs.snowflake.com/en/sql-reference/functions/like). REGEXP_LIKE asks
of the whole text (https://docs.snowflake.com/en/sql-reference/functions/regexp_like); patterns here have no backslash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from snowplow_signals.dialects.base import ELEMENT, NUMBER_TEXT, TIME_TEXT, Access, Items, Leaf, ListedElements
from snowplow_signals.dialects.expressions import call, when
from snowplow_signals.dialects.macro_files import macros_of
from snowplow_signals.dialects.snowflake.columns import CLASSES, JSON_TYPES, TEXT_TYPES, leaf_at, plain_type
from snowplow_signals.dialects.values import INTEGERS, ValuesDialect

_TYPES = {
    "bytes": "binary",
    "string": "varchar",
    "int32": "number(10, 0)",
    "int64": "number(19, 0)",
    "double": "double",
    "float": "double",
    "bool": "boolean",
    "unix_timestamp": "number(19, 0)",
    "timestamp": "timestamp_ntz",
    "dict": "object",
}
_KIND_TYPES = {"text": "varchar", "number": "double", "boolean": "boolean", "time": "timestamp_ntz"}
_FIRST_TIME = "0001-01-01 00:00:00"
_LAST_TIME = "9999-12-31 23:59:59.999999"
_EPOCH = "1970-01-01 00:00:00"
_LIMITS = {"int32": "2147483648", "int64": "9223372036854775808", "float": "3.4028235677973366e38"}
"""The first number that is too large; for integers the lowest is this one below zero."""
_VANISHES_AS_SINGLE = "7.006492321624085e-46"
"""A number of this size or less is zero as a single."""
_LARGEST_SUMMAND = "1e290"
"""In a sum of numbers up to this size no total overflows, however many there are."""
_DIGITS = "[+-]?0*[0-9]{1,19}"
_LOCAL_TIME = "^.{10}([T ][0-9:]{5,8}([.][0-9]{1,6})?)?"
"""Of text that is a time, what is before the offset, to the microsecond."""
_OFFSET = "([+-])([0-9]{2}):?([0-9]{2})?$"
_AFTER_DAY = "12"
"""Where the clock begins in text that is a time."""
_MOMENT = "YYYY-MM-DD HH24:MI:SS.FF9"
"""As text, times in this format are in order."""


class Snowflake(ValuesDialect):
    """Snowflake through dbt-snowflake."""

    name = macro_folder = "snowflake"
    title = "Snowflake"
    chunk_rows = 200_000_000
    profile_example = """\
type: snowflake
account: "{{ env_var('SNOWFLAKE_ACCOUNT') }}"
user: "{{ env_var('SNOWFLAKE_USER') }}"
private_key_path: "{{ env_var('SNOWFLAKE_PRIVATE_KEY_PATH') }}"
role: signals
warehouse: signals
database: snowplow
schema: signals
threads: 2"""
    sqlglot_name = "snowflake"
    quoted = re.compile(r"""('(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*")""", re.DOTALL)
    timestamp_type = "timestamp_ntz"
    has_lease_table = True
    kept_for_good = "    transient=false,\n"
    types = _TYPES
    kind_types = _KIND_TYPES
    not_finite = ("to_double('inf')", "to_double('-inf')", "to_double('nan')")
    list_type = "array"

    def macros(self) -> str:
        return macros_of(self, self.name, CLASSES)

    def size_query(self, table: str) -> str | None:
        database, schema, name = (self.sql(self.literal(part.strip('"'))) for part in table.split("."))
        catalog = f"{table.split('.')[0]}.information_schema.tables"
        return (
            f"select bytes from {catalog} where upper(table_catalog) = upper({database})"
            f" and upper(table_schema) = upper({schema}) and upper(table_name) = upper({name})"
        )

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """By day where days are read or replaced: micro-partitions of other days are not looked at."""
        return "    cluster_by=['day'],\n" if any("day" in key for key in keys) else ""

    # Literals

    def timestamp_literal(self, text: str) -> str:
        return f"cast('{text}' as timestamp_ntz)"

    def timestamp(self, text: str) -> exp.Expr:
        return _time(text)

    # Times

    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        return _later(time, "microsecond", _number("1"))

    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("datediff", _text("microsecond"), first, last)

    def create_scratch(self, table: str, query: str) -> str:
        """No copy is kept of it: https://docs.snowflake.com/en/user-guide/tables-temp-transient."""
        return f"create transient table {table} as\n{query}"

    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return call("datediff", _text("day"), first, last)

    # Measures

    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        if type_name == "bytes":
            return call("octet_length", value)
        return call("array_size", call("object_keys", value) if type_name == "dict" else value)

    # Keys

    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        return call("md5_number_lower64", event_id)

    # Predicates

    def starts_with(self, value: exp.Expr, prefix: exp.Expr) -> exp.Expr:
        return call("startswith", value, prefix)

    def row_is_less(self, left: str, right: str, columns: tuple[str, ...], nullable: tuple[str, ...]) -> str:
        """Column by column: rows can be compared with IN alone."""
        end_of_time = self.sql(self.timestamp(_LAST_TIME))

        def cell(table: str, name: str) -> str:
            return f"coalesce({table}.{name}, {end_of_time})" if name in nullable else f"{table}.{name}"

        pairs = [(cell(left, name), cell(right, name)) for name in columns]
        lines = []
        for place, (mine, other) in enumerate(pairs):
            equal = [f"{one} = {another}" for one, another in pairs[:place]]
            lines.append("\n        and ".join([*equal, f"{mine} < {other}"]))
        return "(\n    " + "\n    or ".join(lines) + "\n)"

    # Aggregates

    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """No aggregate has a FILTER; all of them leave nulls out."""
        if condition is None:
            return aggregate
        if isinstance(aggregate.this, exp.Star):
            return call("count_if", condition)
        made = aggregate.copy()
        made.set("this", when(condition.copy(), made.this))
        return made

    def total(self, value: exp.Expr) -> exp.Expr:
        """A number that could make a total overflow counts as infinite: what an overflow does is not documented."""
        is_large = exp.GTE(this=exp.Abs(this=value.copy()), expression=_number(_LARGEST_SUMMAND))
        return exp.Sum(this=exp.case().when(is_large, _infinity()).else_(value.copy()))

    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self._by("min_by", value, order, condition)

    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self._by("max_by", value, order, condition)

    def _by(self, function: str, value: exp.Expr, order: tuple[exp.Expr, ...], condition: exp.Expr | None) -> exp.Expr:
        """They take one key, and leave out rows where it is null. A time and an id are one text, in the same order."""
        key = order[0].copy()
        if len(order) > 1:
            moment, identity = order
            key = exp.DPipe(this=call("to_char", moment, _text(_MOMENT)), expression=identity.copy())
        return call(function, value, key if condition is None else when(condition.copy(), key))

    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        """Empty without rows; a null is left out."""
        kept = value if condition is None else when(condition.copy(), value.copy())
        ordered = exp.Order(expressions=[item.copy() for item in order])
        return exp.WithinGroup(this=call("array_agg", kept), expression=ordered)

    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        """A null key is left out, with its value; keys have no order."""
        kept = key if condition is None else when(condition.copy(), key.copy())
        return call("object_agg", kept, call("to_variant", _cast(value, _TYPES["int64"])))

    # Reading values

    def field(self, key: str) -> str:
        """As it was tracked: there are no typed columns."""
        return key

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.json_value(column, path)

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return self.sql(_step_into(column, path))

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        return leaf_at(columns, column, path)

    def read_json(self, columns: Mapping[str, str], access: Access) -> str:
        json = access.json or "null"
        if plain_type(columns.get(access.column.lower())) in TEXT_TYPES:
            return json.replace(access.column, f"try_parse_json({access.column})", 1)
        return json

    def describe(self, database: str | None, schema: str, table: str) -> str:
        """Each database has an information schema of its own."""
        asked = super().describe(database, schema, table)
        if not database:
            return asked
        name = database if re.fullmatch(r"\w+", database) else exp.to_identifier(database, quoted=True).sql()
        return asked.replace("information_schema.", f"{name}.information_schema.", 1)

    def cast_to(self, value: exp.Expr, to: str) -> exp.Expr:
        return _cast(value, to)

    # Every element of a list

    def items(self, type_name: str, column: str) -> Items | None:
        kind = plain_type(type_name)
        if kind in TEXT_TYPES:
            return Items(f"as_array(try_parse_json({column}))", "VARIANT")
        return Items(f"as_array(to_variant({column}))", "VARIANT") if kind in JSON_TYPES else None

    def values_of_each(self, items: str, value: str) -> str:
        """Lambdas of arrays: https://docs.snowflake.com/en/sql-reference/functions/transform."""
        return f"array_compact(transform({items}, {ELEMENT} -> {value}))"

    def joined(self, values: str, more: str) -> str:
        return f"array_cat(coalesce({values}, array_construct()), coalesce({more}, array_construct()))"

    def reduced(self, values: str, reduction: str, kind: str) -> str:
        to = self.kind_types[kind]
        number = "cast(given as double)"
        summand = f"case when abs({number}) >= {_LARGEST_SUMMAND} then to_double('inf') else {number} end"
        added = f"coalesce(total + {summand}, total, {summand})"
        return {
            "sum": f"reduce({values}, cast(null as double), (total, given) -> {added})",
            "count": f"nullif(array_size({values}), 0)",
            "min": f"cast(array_min({values}) as {to})",
            "max": f"cast(array_max({values}) as {to})",
            "first": f"cast(get({values}, 0) as {to})",
            "last": f"cast(get(array_reverse({values}), 0) as {to})",
            "list": f"nullif(to_json({values}), '[]')",
            "any": f"array_contains(to_variant(true), {values})",
        }[reduction]

    def listed(self, values: Sequence[str], kind: str) -> str:
        return f"array_construct_compact({super().listed(values, kind)[1:-1]})"

    def concatenated(self, values: str, separator: str) -> str:
        given = "cast(given as varchar)"
        added = f"coalesce(total || {separator} || {given}, total, {given})"
        return f"reduce({values}, cast(null as varchar), (total, given) -> {added})"

    def listed_elements(self, column: str) -> ListedElements:
        listed = f", lateral flatten(input => parse_json({column})) as elements"
        return ListedElements(listed, "cast(elements.value as varchar)", "elements.index")

    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        return _cast(value, "varchar")

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        text, variant = self.text_of_json(value), call("to_variant", value)
        is_nested = exp.or_(call("is_object", variant), call("is_array", variant))
        has_fraction = call("regexp_like", text, _text("-?[0-9]+[.eE].*"))
        number = self.text_of_number(call("try_to_double", text))
        known = exp.case().when(call("is_varchar", variant), text).when(is_nested, _without_nulls(variant))
        return known.when(has_fraction, number).else_(text)

    def is_whole(self, number: exp.Expr) -> exp.Expr:
        return _is_whole(number)

    def digits(self, decimal: exp.Expr) -> exp.Expr:
        return _cast(_cast(decimal, "number(38, 0)"), "varchar")

    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        """The cast takes the length of a column's texts away, so that it can be changed at the source."""
        if leaf == "date":
            return call("to_char", value, _text("YYYY-MM-DD"))
        if leaf in ("timestamp", "timestamptz"):
            return call("to_char", value, _text("YYYY-MM-DD HH24:MI:SS.FF6"))
        return _cast(value, "varchar")

    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "date":
            return _cast(self.date_in_calendar(value), "timestamp_ntz")
        if leaf not in ("timestamp", "timestamptz"):
            return None
        time = self._utc(value, leaf)
        return when(_is_in_calendar(time), time)

    def is_finite(self, number: exp.Expr) -> exp.Expr:
        """NaN is greater than infinity.

        https://docs.snowflake.com/en/sql-reference/data-types-numeric#special-values
        """
        return exp.Abs(this=number.copy()) < _infinity()

    def _utc(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        return _cast(call("convert_timezone", _text("UTC"), value) if leaf == "timestamptz" else value, "timestamp_ntz")

    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        number = call("try_to_double", text)
        return when(exp.and_(_matches(text, NUMBER_TEXT), self.is_finite(number)), number)

    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        """AUTO is among the formats that AUTO is made of, whatever TIMESTAMP_INPUT_FORMAT says.

        https://docs.snowflake.com/en/sql-reference/date-time-input-output#timestamp-formats
        """
        clock = call("regexp_substr", text, _text(_LOCAL_TIME))
        local = call("try_to_timestamp_ntz", clock, _text("AUTO"))
        moment = _later(local, "minute", _minutes_behind(text))
        return when(exp.and_(_matches(text, TIME_TEXT), _is_in_calendar(moment)), moment)

    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
        missing = _cast(exp.null(), _KIND_TYPES[kind])
        functions = {"hour_of_day": "hour", "day_of_week": "dayofweekiso", "month_of_year": "month"}
        if part in functions:
            number = call(functions[part], time)
            return _cast(number, _KIND_TYPES[kind]) if kind in ("text", "number") else missing
        if part == "active_week":  # DATE_TRUNC begins weeks where WEEK_START says
            first = call("previous_day", _later(time, "day", _number("1")), _text("monday"))
        else:
            first = call("date_trunc", _text(part.removeprefix("active_")), time)
        if kind == "text":
            return call("to_char", first, _text("YYYY-MM-DD"))
        return _cast(first, "timestamp_ntz") if kind == "time" else missing

    # Numbers

    infinity_text = "inf"

    def double(self, number: float) -> exp.Expr:
        """A literal is a NUMBER, whatever its form."""
        return _cast(self.literal(number), "double")

    # Output

    def element(self, text: exp.Expr, type_name: str) -> exp.Expr:
        """Arrays are read as JSON, which has no bytes: they stay text, which is UTF-8 when it is read."""
        return text if type_name == "bytes" else super().element(text, type_name)

    def count_to(self, count: exp.Expr, type_name: str) -> exp.Expr:
        fitting = _cast(count, _TYPES[type_name])
        return when(count.copy() < _number(_LIMITS["int32"]), fitting) if type_name == "int32" else fitting

    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        """There is no type of singles: a float is a double that a single can stand for."""
        if type_name == "double":
            return when(self.is_finite(number), number)
        if type_name == "float":
            is_zero, fits = _sizes_of_single(number)
            return exp.case().when(is_zero, _number("0e0")).when(fits, number.copy())
        return when(exp.and_(_is_whole(number), _in_range(number, type_name)), _cast(number, _TYPES[type_name]))

    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        number, is_number = call("try_to_double", text), _matches(text, NUMBER_TEXT)
        fits = exp.and_(is_number, _is_whole(number), _in_range(number, type_name))
        whole = _cast(number, _TYPES[type_name])
        if type_name == "int32":
            return when(fits, whole)
        digits = call("try_to_number", text, _number("38"), _number("0"))  # not all of them fit a double
        exact = when(_in_range(digits, type_name), _cast(digits, _TYPES[type_name]))
        return exp.case().when(_matches(text, _DIGITS), exact).when(fits, whole)

    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        number, is_number = call("try_to_double", text), _matches(text, NUMBER_TEXT)
        is_zero, fits = (exp.and_(is_number, size) for size in _sizes_of_single(number))
        return exp.case().when(is_zero, _number("0e0")).when(fits, number)

    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        return call("to_binary", text, _text("UTF-8"))

    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        """The seconds whose beginnings lie between, so that a fraction before 1970 is cut downwards.

        https://docs.snowflake.com/en/sql-reference/functions/datediff#usage-notes
        """
        return call("datediff", _text("second"), _time(_EPOCH), time)

    def default(self, value: object, type_name: str) -> exp.Expr:
        kept = "string_list" if type_name == "bytes_list" else type_name  # see `element`
        return super().default(value, kept)

    def default_list(self, items: list[exp.Expr], type_name: str) -> exp.Expr:
        """Elements are variants, which say by themselves which integers they are."""
        is_of_integers = type_name.removesuffix("_list") in INTEGERS
        return call("array_construct", *(one.this if is_of_integers else one for one in items))

    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        return call("object_construct", *(self.literal(part) for entry in value.items() for part in entry))

    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        """Numbers by their quotients with the larger one, of which none overflows."""
        if type_name == "dict" or type_name.endswith("_list"):
            old, new = call("to_json", old), call("to_json", new)
        distinct = exp.NullSafeNEQ(this=old, expression=new)
        if type_name not in ("double", "float"):
            return distinct
        larger = call("greatest", exp.Abs(this=old.copy()), exp.Abs(this=new.copy()))
        parts = [exp.Div(this=one.copy(), expression=call("nullif", larger, _number("0"))) for one in (old, new)]
        gap = exp.Abs(this=exp.Sub(this=parts[0], expression=parts[1]))
        return exp.and_(distinct, exp.func("coalesce", exp.GT(this=gap, expression=_number("1e-12")), exp.true()))


def _number(text: str) -> exp.Expr:
    return exp.Literal.number(text)


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)


def _cast(value: exp.Expr, to: str) -> exp.Expr:
    """With the name of the type as it is given: sqlglot has others for some."""
    return exp.Cast(this=value.copy(), to=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=to))


def _infinity() -> exp.Expr:
    return call("to_double", _text("inf"))


def _without_nulls(variant: exp.Expr) -> exp.Expr:
    """JSON without fields that are null. What is escaped is put away meanwhile, so that no string holds a quote."""
    hidden = {"\\\\": call("chr", _number("1")), '\\"': call("chr", _number("2"))}
    text = call("to_json", variant)
    for escaped, sign in hidden.items():
        text = call("replace", text, _text(escaped), sign)
    text = call("regexp_replace", text, _text('"[^"]*":null,?|("[^"]*")'), _text(r"\1"))
    text = call("regexp_replace", text, _text('("[^"]*")|,([}])'), _text(r"\1\2"))
    for escaped, sign in hidden.items():
        text = call("replace", text, sign, _text(escaped))
    return text


def _is_whole(number: exp.Expr) -> exp.Expr:
    return number.copy().eq(exp.Floor(this=number.copy()))


def _in_range(number: exp.Expr, type_name: str) -> exp.Expr:
    """Whether an integer type holds it."""
    limit = _number(_LIMITS[type_name])
    return exp.and_(number.copy() >= exp.Neg(this=limit), number.copy() < limit.copy())


def _sizes_of_single(number: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Whether it is zero as a single, and whether a single can stand for it."""
    size = exp.Abs(this=number.copy())
    return size <= _number(_VANISHES_AS_SINGLE), size.copy() < _number(_LIMITS["float"])


def _time(text: str) -> exp.Expr:
    return _cast(_text(text), "timestamp_ntz")


def _later(time: exp.Expr, unit: str, number: exp.Expr) -> exp.Expr:
    return call("dateadd", _text(unit), number, time)


def _is_in_calendar(time: exp.Expr) -> exp.Expr:
    """Whether it is in the years that are written with four digits."""
    return exp.Between(this=time.copy(), low=_time(_FIRST_TIME), high=_time(_LAST_TIME))


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    """Whether the whole text is as the pattern says. Backslashes would be doubled in a literal, so there are none."""
    plain = pattern.replace(r"\d", "[0-9]").replace(r"\.", "[.]")
    return call("regexp_like", text, _text(plain))


def _minutes_behind(text: exp.Expr) -> exp.Expr:
    """How far the clock of a text is behind UTC; nothing for `Z`."""

    def part(group: str) -> exp.Expr:
        found = (_text(_OFFSET), _number(_AFTER_DAY), _number("1"), _text("e"), _number(group))
        return call("regexp_substr", text, *found)

    hours, minutes = (exp.func("coalesce", call("try_to_number", part(group)), _number("0")) for group in "23")
    total = exp.Paren(this=exp.Add(this=exp.Mul(this=hours, expression=_number("60")), expression=minutes))
    sign = exp.case().when(part("1").eq("-"), _number("1")).else_(exp.Neg(this=_number("1")))
    return exp.Mul(this=total, expression=sign)


def _step_into(column: str, path: tuple[str | int, ...]) -> exp.Expr:
    """`column['a'][0]['b']`: null where there is no such key or element."""
    reached: exp.Expr = exp.column(column)
    for step in path:
        key = _number(str(step)) if isinstance(step, int) else _text(step)
        reached = exp.Bracket(this=reached, expressions=[key])
    return reached
