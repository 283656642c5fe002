"""PostgreSQL 15 or later.

Timestamps are kept as `timestamp` in UTC; what comes with a time zone is converted to UTC first. Text is kept with
collation "C", which orders by code point whatever the database's own collation is; what is derived from such a column
inherits it (https://www.postgresql.org/docs/15/collation.html).

A cast that fails ends the statement, and arithmetic that overflows or underflows does too, so both are guarded. CASE
guards what stands in it, except for constants and aggregates
(https://www.postgresql.org/docs/15/sql-expressions.html#SYNTAX-EXPRESS-EVAL). Before version 16 there is no way to ask
whether a text is valid for a type but jsonpath, whose methods `double()` and `datetime()` can be silent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from snowplow_signals.dialects.base import (
    ELEMENT,
    NUMBER_TEXT,
    TIME_TEXT,
    Access,
    Items,
    Leaf,
    ListedElements,
    Room,
    combined,
)
from snowplow_signals.dialects.expressions import call, castings, when
from snowplow_signals.dialects.macro_files import macros_of
from snowplow_signals.dialects.postgres.columns import (
    CLASSES,
    CREATE_TO_JSONB,
    JSON_TYPES,
    OTHER_TYPES,
    TEXT_TYPES,
    TO_JSONB,
    leaf_at,
    plain_type,
)
from snowplow_signals.dialects.values import ValuesDialect

_TYPES = {
    "bytes": "bytea",
    "string": "text",
    "int32": "integer",
    "int64": "bigint",
    "double": "double precision",
    "float": "real",
    "bool": "boolean",
    "unix_timestamp": "bigint",
    "timestamp": "timestamp",
    "dict": "jsonb",
}
_KIND_TYPES = {"text": "text", "number": "double precision", "boolean": "boolean", "time": "timestamp"}
_FIRST_TIME = "0001-01-01 00:00:00"
_LAST_TIME = "9999-12-31 23:59:59.999999"
_cast, _ = castings("postgres")
_STRING = r'"(?:[^"\\]|\\.)*"'
"""A string in JSON, key or value: its content is not syntax."""
_ZEROS = r"(\.[0-9]*[1-9])0+(?=[],}])|\.0+(?=[],}])"
"""Zeros at the end of a fraction in JSON, and a fraction of zeros; what stays of it is a group."""
_LIMITS = {"int32": "2147483648", "int64": "9223372036854775808", "float": "3.4028235677973366e38"}
"""The first number that is too large; for integers the lowest is this one below zero."""
_VANISHES_AS_SINGLE = "7.006492321624085e-46"
"""A number of this size or less is zero as a single."""
_NARROW = ("day", "event_key", "removed_at", "updated_at", "valid_to")
"""The columns of tables' keys that are not text."""
_TOO_LARGE, _TOO_SMALL, _NEXT_TO_NOTHING = "1.79769313486231e308", "2.4704e-324", "1e-270"
"""Of results, as numerics: the first is nearly the largest double, and what is below the second vanishes. A double
above the third does not vanish when an integer divides it; one below it counts as 0."""
LARGEST_SUMMAND = "1e290"
"""In a sum of numbers up to this size no total overflows, however many there are."""
VANISHING = "[eE]-|[.]0{250}"
"""In a number that no double can hold: it is too small, not too large."""
LOCAL_TIME = "^.{10}(?:[T ][0-9:]{5,8}(?:[.][0-9]{1,6})?)?"
"""Of text that is a time, what is before the offset, to the microsecond."""
OFFSET = "^.{11}.*([+-])([0-9]{2}):?([0-9]{2})?$"


class Postgres(ValuesDialect):
    """PostgreSQL through dbt-postgres."""

    name = macro_folder = "postgres"
    title = "PostgreSQL"
    chunk_rows = 10_000_000
    profile_example = """\
type: postgres
host: localhost
port: 5432
user: "{{ env_var('PGUSER') }}"
password: "{{ env_var('PGPASSWORD') }}"
dbname: snowplow
schema: signals
threads: 2"""
    counts_without_reading = False  # it reads all of it: https://wiki.postgresql.org/wiki/Slow_Counting
    longest_name = 63
    most_columns = 1600  # https://www.postgresql.org/docs/current/limits.html
    hooks = ("set local jit = off",)
    """Of so many expressions the compilation takes longer than the query."""
    sqlglot_name = "postgres"
    types = _TYPES
    kind_types = _KIND_TYPES
    not_finite = (
        "cast('infinity' as double precision)",
        "cast('-infinity' as double precision)",
        "cast('nan' as double precision)",
    )
    text_only = re.compile(r"^(interval|time with|\w*range$)")
    """In lists the session sees to them: the catalogue does not say what a list is of."""

    def macros(self) -> str:
        text = macros_of(self, self.name, CLASSES)
        return text.replace("$create_to_jsonb", f"{{% raw %}}{CREATE_TO_JSONB}{{% endraw %}}")

    def size_query(self, table: str) -> str | None:
        return f"select pg_table_size({self.sql(self.literal(table))}::regclass)"

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """Identifiers by their hash: a B-tree refuses texts of more than 2,704 bytes, and so the whole statement.

        Those of a day by a B-tree over the day and the hash: an index of the type `hash` walks all rows of a text for
        each that is added, and knows no day. The macro `signals_in_days_of` asks for the same expression.
        https://www.postgresql.org/docs/current/hash-index.html
        """
        indexes = []
        for key in keys:
            texts, others = ([name for name in key if (name in _NARROW) == narrow] for narrow in (False, True))
            if texts and key[0] == texts[0]:
                indexes.append(f"{{'columns': ['{texts[0]}'], 'type': 'hash'}}")
            elif others:
                columns = [*others, *(f"hashtextextended({name}, 0)" for name in texts)]
                indexes.append("{'columns': [" + ", ".join(f"'{name}'" for name in columns) + "]}")
        return f"    indexes=[{', '.join(dict.fromkeys(indexes))}],\n"

    # Times

    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        return exp.Add(this=time, expression=exp.Interval(this=exp.Literal.string("1 microsecond")))

    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        seconds = exp.Extract(
            this=exp.Var(this="epoch"), expression=exp.Paren(this=exp.Sub(this=last, expression=first))
        )
        return _cast(exp.Mul(this=seconds, expression=exp.Literal.number(1_000_000)), "bigint")

    def create_scratch(self, table: str, query: str) -> str:
        """It need not survive a crash: https://www.postgresql.org/docs/current/sql-createtable.html."""
        return f"create unlogged table {table} as\n{query}"

    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        return exp.Sub(this=last, expression=first)

    def from_columns(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        # rows are stored as a whole: each is read once
        lines = ",\n".join(
            "    (\n        " + ",\n        ".join(cell.replace("\n", "\n        ") for cell in row) + "\n    )"
            for row in rows
        )
        return (
            f"select cells.*\nfrom {table} as published\ncross join lateral (\n    values\n{lines}\n) "
            f"as cells ({', '.join(names)})"
        )

    # Measures

    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        if type_name == "dict":
            return exp.Var(this=f"(select count(*) from jsonb_object_keys({self.sql(value)}))")
        return call("octet_length" if type_name == "bytes" else "cardinality", value)

    def by_code_point(self, text: exp.Expr) -> exp.Expr:
        return _by_code_point(text)

    # Keys

    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        half = call("left", call("md5", event_id), exp.Literal.number(16))
        bits = _cast(exp.DPipe(this=exp.Literal.string("x"), expression=half), "bit(64)")
        return _cast(bits, "bigint")

    # Predicates

    def like(self, value: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        """Without an escape character, which is a backslash by default."""
        return exp.Escape(this=exp.Like(this=value, expression=pattern), expression=exp.Literal.string(""))

    # Aggregates

    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        if condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=condition))

    def total(self, value: exp.Expr) -> exp.Expr:
        """A number that could make a total overflow, which ends the statement, counts as infinite."""
        fits = exp.Abs(this=value.copy()) < exp.Literal.number(LARGEST_SUMMAND)
        infinite = exp.Mul(this=value.copy(), expression=_cast(exp.Literal.string("Infinity"), "double precision"))
        return exp.Sum(this=exp.case().when(fits, value.copy()).else_(infinite))

    def above(self, number: exp.Expr, least: exp.Expr) -> exp.Expr:
        """A square that is too small for a double ends the statement: a difference that has one counts as 0."""
        gap = super().above(number, least)
        return when(gap > exp.Literal.number("1e-150"), gap.copy()).else_(exp.Literal.number("0e0"))

    def share_of(self, value: exp.Expr, share: exp.Expr) -> exp.Expr:
        """A product that is too small for a double ends the statement
        (https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT): it counts as 0."""
        large = exp.GT(this=exp.Abs(this=value.copy()), expression=exp.Literal.number("1e-290"))
        some = exp.GT(this=share.copy(), expression=exp.Literal.number("1e-16"))
        return (
            exp.case().when(exp.and_(large, some), exp.Mul(this=value, expression=share)).else_(exp.Literal.number(0))
        )

    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        return self._first_of(value, [exp.Ordered(this=item, nulls_first=False) for item in order], condition)

    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        descending = [exp.Ordered(this=item, desc=True, nulls_first=True) for item in order]
        return self._first_of(value, descending, condition)

    def _first_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        listed = exp.Paren(this=self.list_of(value, order, condition))
        return exp.Bracket(this=listed, expressions=[exp.Literal.number(0)])  # sqlglot counts from zero

    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        ordered = exp.Order(this=value.copy(), expressions=[item.copy() for item in order])
        return self.filtered(exp.Anonymous(this="array_agg", expressions=[ordered]), condition)

    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        return self.filtered(call("jsonb_object_agg", key, value), condition)  # its keys have no order

    # Reading values

    def typed_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return _steps(f"to_jsonb({column})", path)

    def json_value(self, column: str, path: tuple[str | int, ...]) -> str:
        return _steps(column, path)

    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        return leaf_at(columns, column, path)

    def read(self, columns: Mapping[str, str], access: Access) -> tuple[str, Leaf] | None:
        """JSON in a column that is not JSONB may be none, or none that JSONB can hold."""
        found = super().read(columns, access)
        if found == (access.column, "json") and plain_type(columns.get(access.column.lower())) == "json":
            return f"{TO_JSONB}(cast({access.column} as text))", "json"
        return found

    def read_json(self, columns: Mapping[str, str], access: Access) -> str:
        json = access.json or "null"
        if plain_type(columns.get(access.column.lower())) == "jsonb":
            return json
        return f"{TO_JSONB}(cast({access.column} as text)){json.removeprefix(access.column)}"

    # Every element of a list

    def items(self, type_name: str, column: str) -> Items | None:
        """A scalar of jsonb has no elements, and asking for them ends the statement."""
        kind = plain_type(type_name)
        if kind == "jsonb":
            return Items(f"case when jsonb_typeof({column}) = 'array' then {column} end", "jsonb")
        if kind in OTHER_TYPES:
            held = f"to_jsonb({column})"
        elif kind in (*JSON_TYPES, *TEXT_TYPES):
            held = f"{TO_JSONB}(cast({column} as text))"
        else:
            return None
        listed = f"select case when jsonb_typeof(held) = 'array' then held end from (select {held} as held) as given"
        return Items(f"({listed})", "jsonb")

    def values_of_each(self, items: str, value: str) -> str:
        listed = f"jsonb_array_elements({items}) with ordinality as listed ({ELEMENT}, place)"
        each = f"select {value} as value, place from {listed}"
        return f"array(select value from ({each}) as elements where value is not null order by place)"

    def joined(self, values: str, more: str) -> str:
        return f"({values} || {more})"

    def reduced(self, values: str, reduction: str, kind: str) -> str:
        given = 'given collate "C"' if kind == "text" else "given"
        end = f"(select given from unnest({values}) with ordinality as listed (given, place) order by place"
        found = {
            "sum": f"(select {self.sql(self.total(exp.column('given')))} from unnest({values}) as given)",
            "count": f"cast(nullif(cardinality({values}), 0) as bigint)",
            "min": f"(select min({given}) from unnest({values}) as given)",
            "max": f"(select max({given}) from unnest({values}) as given)",
            "first": f"{end} limit 1)",
            "last": f"{end} desc limit 1)",
            "list": f"nullif(cast(to_json({values}) as text), '[]')",
            "any": f"true = any({values})",
        }[reduction]
        is_text = reduction == "list" or (kind == "text" and reduction not in ("count", "any"))
        return f'({found}) collate "C"' if is_text else found

    def listed(self, values: Sequence[str], kind: str) -> str:
        return f"array{super().listed(values, kind)}"

    def concatenated(self, values: str, separator: str) -> str:
        listed = f"unnest({values}) with ordinality as listed (given, place)"
        return f'(select string_agg(given, {separator} order by place) from {listed}) collate "C"'

    def multiplied(self, numbers: Sequence[str]) -> str:
        """Arithmetic of doubles that overflows or underflows ends the statement; that of numerics does neither."""
        names = [f"factor_{number}" for number in range(1, len(numbers) + 1)]
        given = ", ".join(f"{number} as {name}" for number, name in zip(numbers, names, strict=True))
        digits = 300 // len(numbers)
        small = " and ".join(f"({name} = 0 or abs({name}) between 1e-{digits} and 1e{digits})" for name in names)
        numeric = " * ".join(f"cast({name} as numeric)" for name in names)
        through_text = self.sql(self.number_of_text(exp.Var(this="cast(product as text)")))
        large = f"(select {through_text} from (select {numeric} as product) as exact)"
        return f"(select case when {small} then {' * '.join(names)} else {large} end from (select {given}) as factors)"

    def listed_elements(self, column: str) -> ListedElements:
        listed = (
            f"json_array_elements_text(\n    cast({column} as json)\n) with ordinality as elements (element, place)"
        )
        return ListedElements(f"cross join {listed}", 'elements.element collate "C"', "elements.place")

    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        return exp.JSONBExtractScalar(this=exp.Paren(this=value.copy()), expression=exp.Literal.string("{}"))

    def canonical_json(self, value: exp.Expr) -> exp.Expr:
        text, kind = self.text_of_json(value), call("jsonb_typeof", value)
        nested = exp.In(this=kind, expressions=[exp.Literal.string(one) for one in ("object", "array")])
        number = _cast(call("trim_scale", _cast(text, "numeric")), "text")
        is_number = kind.copy().eq(exp.Literal.string("number"))
        found = exp.case().when(nested, _compact(value)).when(is_number, number).else_(text)
        return _by_code_point(exp.Paren(this=found))

    def digits(self, decimal: exp.Expr) -> exp.Expr:
        return _cast(call("trunc", decimal), "text")

    def canonical_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        if leaf == "decimal":  # one with hundreds of digits does not fit a double
            other = self.text_of_number(self.number_of_text(_cast(value, "text")))
            whole = exp.and_(self.is_finite(value), self.is_whole(value))
            return _by_code_point(exp.Paren(this=exp.case().when(whole, self.digits(value)).else_(other)))
        text = super().canonical_text(value, leaf)
        return text if leaf in ("json", "text") else _by_code_point(exp.Paren(this=text))

    def as_text(self, value: exp.Expr, leaf: Leaf) -> exp.Expr:
        if leaf == "nested":  # enumerations too
            return self.canonical_json(call("to_jsonb", value))
        text = _cast(value, "text")
        return _by_code_point(text) if leaf == "text" else text

    def as_number(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "decimal":  # one with hundreds of digits does not fit a double
            return self.number_of_text(_cast(value, "text"))
        return super().as_number(value, leaf)

    def as_time(self, value: exp.Expr, leaf: Leaf) -> exp.Expr | None:
        if leaf == "timestamp":
            return _in_calendar(value)
        if leaf == "date":
            return _cast(self.date_in_calendar(value), "timestamp")
        return _in_calendar(_utc(value)) if leaf == "timestamptz" else None

    def is_finite(self, number: exp.Expr) -> exp.Expr:
        names = [exp.Literal.string(name) for name in ("NaN", "Infinity", "-Infinity")]
        return exp.Not(this=exp.In(this=number.copy(), expressions=names))

    def number_of_text(self, text: exp.Expr) -> exp.Expr:
        is_double = call("jsonb_path_exists", call("to_jsonb", text), exp.Literal.string("$.double()"), _SILENT)
        number = exp.case().when(is_double, _cast(text, "double precision"))
        return when(_matches(text, NUMBER_TEXT), number.when(_like(text, VANISHING), exp.Literal.number(0)))

    def time_of_text(self, text: exp.Expr) -> exp.Expr:
        day = call("to_jsonb", call("left", text, exp.Literal.number(10)))
        is_day = call("jsonb_path_exists", day, exp.Literal.string('$.datetime("YYYY-MM-DD")'), _SILENT)
        local = _cast(call("regexp_substr", text, exp.Literal.string(LOCAL_TIME)), "timestamp")
        words = exp.Literal.string(r"\1\2 hours \10\3 minutes")
        offset = _cast(call("regexp_replace", text, exp.Literal.string(OFFSET), words), "interval")
        moved = _with_name("moment", exp.Sub(this=local, expression=offset), _in_calendar)
        moment = exp.case().when(_like(text, OFFSET), moved)
        return when(exp.and_(_matches(text, f"(?!0000){TIME_TEXT}"), is_day), moment.else_(local.copy()))

    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
        fields = {"hour_of_day": "hour", "day_of_week": "isodow", "month_of_year": "month"}
        missing = _cast(exp.null(), _KIND_TYPES[kind])
        if part in fields:
            number = exp.Extract(this=exp.Var(this=fields[part]), expression=time.copy())
            if kind == "text":
                return _by_code_point(_cast(number, "text"))
            return _cast(number, _KIND_TYPES[kind]) if kind == "number" else missing
        day = call("date_trunc", exp.Literal.string(part.removeprefix("active_")), time)
        if kind == "text":
            return _by_code_point(call("to_char", day, exp.Literal.string("YYYY-MM-DD")))
        return day if kind == "time" else missing

    # Numbers

    overflow_is_infinite = False

    def double(self, number: float) -> exp.Expr:
        """A literal with an exponent is a numeric."""
        return _cast(self.literal(number), "double precision")

    def combined(self, operation: str, left: exp.Expr, right: exp.Expr, room: Room) -> exp.Expr:
        """A result that is too large, or vanishes, ends the statement. Whether it would is asked of numerics."""
        if room == "enough":
            return combined(operation, left, right)
        if room == "left may vanish":
            some = _or_zero(left) if isinstance(left, exp.Column) else _with_name("number", left, _or_zero)
            return combined(operation, some, right)
        one, other = exp.column("one"), exp.column("other")
        size = exp.Abs(this=combined(operation, _cast(one, "numeric"), _cast(other, "numeric")))
        found = exp.case().when(size >= exp.Literal.number(_TOO_LARGE), exp.null())
        if operation in ("multiply", "divide"):
            found = found.when(size.copy() < exp.Literal.number(_TOO_SMALL), exp.Literal.number(0))
        operands = exp.select(exp.alias_(left.copy(), "one"), exp.alias_(right.copy(), "other")).subquery("operands")
        return exp.select(found.else_(combined(operation, one, other))).from_(operands).subquery()

    def rounded(self, number: exp.Expr) -> exp.Expr:
        """Its own function takes the half of a double to the even number
        (https://www.postgresql.org/docs/current/functions-math.html): what is cut off is exact, and so is twice of it.
        """
        return _with_name("number", number, _half_away)

    # Output

    def count_to(self, count: exp.Expr, type_name: str) -> exp.Expr:
        if type_name == "int32":
            return when(count.copy() < exp.Literal.number(_LIMITS["int32"]), _cast(count, "integer"))
        return _cast(count, _TYPES[type_name])

    def number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        """A number, which may be infinite."""
        if type_name == "double":
            return when(self.is_finite(number), number)
        return _with_name("number", number, lambda named: self._named_number_to(named, type_name))

    def _named_number_to(self, number: exp.Expr, type_name: str) -> exp.Expr:
        limit = exp.Literal.number(_LIMITS[type_name])
        if type_name == "float":
            size = exp.Abs(this=number.copy())
            is_zero = size.copy() <= exp.Literal.number(_VANISHES_AS_SINGLE)
            return exp.case().when(is_zero, exp.Literal.number(0)).when(size < limit, _cast(number, "real"))
        is_whole = number.copy().eq(call("trunc", number))
        fits = exp.and_(is_whole, number.copy() >= exp.Neg(this=limit), number.copy() < limit.copy())
        return when(fits, _cast(number, _TYPES[type_name]))

    def integer_of_text(self, text: exp.Expr, type_name: str) -> exp.Expr:
        through_number = self.number_to(self.number_of_text(text), type_name)
        if type_name == "int32":
            return through_number
        # digits that a double cannot hold
        digits = _with_name("number", _cast(text, "numeric"), self._digits_to_bigint)
        return exp.case().when(_matches(text, "[+-]?0*[0-9]{1,19}"), digits).else_(through_number)

    def single_of_text(self, text: exp.Expr) -> exp.Expr:
        return self.number_to(self.number_of_text(text), "float")

    def bytes_of_text(self, text: exp.Expr) -> exp.Expr:
        return call("convert_to", text, exp.Literal.string("UTF8"))

    def _digits_to_bigint(self, digits: exp.Expr) -> exp.Expr:
        limit = exp.Literal.number(_LIMITS["int64"])
        fits = exp.and_(digits.copy() >= exp.Neg(this=limit), digits.copy() < limit.copy())
        return when(fits, _cast(digits, "bigint"))

    def unix_seconds(self, time: exp.Expr) -> exp.Expr:
        seconds = exp.Extract(this=exp.Var(this="epoch"), expression=time.copy())
        return _cast(exp.Floor(this=seconds), "bigint")

    def default_map(self, value: Mapping[str, int]) -> exp.Expr:
        return _cast(self.literal(json.dumps(value, ensure_ascii=False)), "jsonb")

    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        distinct = exp.NullSafeNEQ(this=old, expression=new)
        if type_name != "double":  # two singles that differ differ by more
            return distinct
        # a difference or product of doubles could overflow or underflow, of numerics it cannot
        before, after = _cast(old, "numeric"), _cast(new, "numeric")
        gap = exp.Abs(this=exp.Sub(this=before, expression=after))
        size = call("greatest", exp.Abs(this=before.copy()), exp.Abs(this=after.copy()))
        least = exp.Mul(this=exp.Literal.number("1e-12"), expression=size)
        return exp.and_(distinct, call("coalesce", exp.GT(this=gap, expression=least), exp.true()))


_SILENT = exp.Kwarg(this=exp.Var(this="silent"), expression=exp.true())


def _or_zero(number: exp.Expr) -> exp.Expr:
    """A number, or 0 where it is next to nothing."""
    is_nothing = exp.Abs(this=number.copy()) < exp.Literal.number(_NEXT_TO_NOTHING)
    return exp.case().when(is_nothing, exp.Literal.number(0)).else_(number.copy())


def _half_away(number: exp.Expr) -> exp.Expr:
    whole = call("trunc", number)
    twice = exp.Mul(this=exp.Literal.number(2), expression=exp.Paren(this=exp.Sub(this=number, expression=whole)))
    return exp.Add(this=whole.copy(), expression=call("trunc", twice))


def _with_name(name: str, value: exp.Expr, then: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """What `then` makes of `value`, which is written once, under a name."""
    named = exp.select(exp.alias_(value.copy(), name)).subquery("computed")
    return exp.select(then(exp.column(name))).from_(named).subquery()


def _by_code_point(text: exp.Expr) -> exp.Expr:
    return exp.Collate(this=text, expression=exp.to_identifier("C", quoted=True))


def _in_calendar(time: exp.Expr) -> exp.Expr:
    """`time` in the years that are written with four digits, else null."""
    first, last = (_cast(exp.Literal.string(edge), "timestamp") for edge in (_FIRST_TIME, _LAST_TIME))
    return when(exp.Between(this=time.copy(), low=first, high=last), time.copy())


def _matches(text: exp.Expr, pattern: str) -> exp.Expr:
    """Whether the whole text is as the pattern says, which has no alternatives outside parentheses."""
    return _like(text, f"^{pattern}$")


def _like(text: exp.Expr, pattern: str) -> exp.Expr:
    # the digits of other scripts are digits too in some collations
    return exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(pattern.replace(r"\d", "[0-9]")))


def _utc(value: exp.Expr) -> exp.Expr:
    return exp.AtTimeZone(this=value.copy(), zone=exp.Literal.string("UTC"))


def _steps(start: str, path: tuple[str | int, ...]) -> str:
    """`start -> 0 -> 'a'`.

    An index inside is a path of one step: `->` takes a scalar of jsonb for a list of one element.
    """
    reached = start
    for place, step in enumerate(path):
        if isinstance(step, str):
            reached += " -> '" + step.replace("'", "''") + "'"
        else:
            reached += f" -> {step}" if place == 0 else f" #> '{{{step}}}'"
    return reached


def _compact(json: exp.Expr) -> exp.Expr:
    """JSONB as text without spaces, without fields that are null, and without zeros at the end of fractions."""
    text, every = _cast(call("jsonb_strip_nulls", json), "text"), exp.Literal.string("g")
    for pattern, kept in ((f"({_STRING})|[[:space:]]+", r"\1"), (f"({_STRING})|{_ZEROS}", r"\1\2")):
        text = call("regexp_replace", text, exp.Literal.string(pattern), exp.Literal.string(kept), every)
    return text
