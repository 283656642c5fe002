"""The interface of a warehouse for the rest of the code: about two dozen expressions and a few facts.

A dialect builds leaves (literals, casts, predicates, aggregates, access to properties) as sqlglot expressions and
renders each once, so that quoting and parentheses are never done by formatting strings. sqlglot is not used to
translate between engines: each dialect names its own functions.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from sqlglot import exp

from snowplow_signals.definitions import EntityProperty, SourceProperty
from snowplow_signals.dialects.expressions import over_lines
from snowplow_signals.dialects.folding import folded, others_of
from snowplow_signals.loader_names import columns_of

Leaf = Literal[
    "text", "integer", "decimal", "float", "boolean", "timestamp", "timestamptz", "date", "nested", "list", "json"
]
"""What the warehouse says a stored value is, as far as reading it differs; `decimal` may have a fraction; `list` is
where one that is not there is stored as an empty one."""

JSON_COLUMN = "json column"
"""Instead of a leaf: the path goes on inside a column of JSON."""

NUMBER_TEXT = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
"""Text that stands for a number."""
INTEGER_TEXT = r"[+-]?\d+"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
_OFFSET = r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)"
LOCAL_TIME_TEXT = rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]{_CLOCK})?"
"""An ISO 8601 date, or date and time, without an offset: it is UTC."""
OFFSET_TIME_TEXT = rf"\d{{4}}-\d{{2}}-\d{{2}}[T ]{_CLOCK}{_OFFSET}"
"""An ISO 8601 date and time with an offset."""
TIME_TEXT = rf"\d{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]{_CLOCK}{_OFFSET}?)?"
"""Either of them, in a month and on a day that some year has."""

Room = Literal["enough", "left may vanish", "none"]
"""Whether the result of an operation on doubles is one: always, unless its left side is so small that it vanishes, or
perhaps too large or too small."""

ELEMENT = "one"
"""What an element of a list is called in the expression that reads it."""

AFTER_EVENT_ID = "\x01"
"""What separates an event's id from the place of an element in the element's id: it sorts before all that ids have."""

LARGEST_EXACT_INTEGER = 2**53


@dataclass(frozen=True)
class Access:
    """How to reach a property in the events table, whichever of the layouts the table has."""

    column: str
    path: tuple[str | int, ...]
    """The steps into a typed column (field names; integers for elements of a list); empty for an atomic column."""
    typed: str
    """SQL that reaches it in a typed column."""
    json: str | None
    """SQL that reaches it in a JSON column; None for an atomic column."""

    def in_column(self, name: str) -> Access:
        """The same, in another column of the schema."""
        if name == self.column:
            return self
        typed, json = (sql and sql.replace(self.column, name, 1) for sql in (self.typed, self.json))
        return Access(name, self.path, typed or "", json)


@dataclass(frozen=True)
class ListedElements:
    """A JSON array of texts as rows beside those of a query."""

    join: str
    """What follows the query's table in FROM."""
    value: str
    place: str
    """A number that orders them."""


@dataclass(frozen=True)
class Items:
    """A list in SQL, and the type of its elements, as the engine says types of columns."""

    sql: str
    type_name: str


class Dialect(ABC):
    """One warehouse. Subclasses implement it; the interface is the same for all."""

    name: ClassVar[str]
    macro_folder: ClassVar[str]
    """The folder of `dialects` that holds the engine's macros."""
    sqlglot_name: ClassVar[str]
    quoted: ClassVar[re.Pattern[str]] = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")""")
    """Quoted text: all other text is keywords and names, in lower case."""
    leaves: ClassVar[tuple[Leaf, ...]] = (
        "text",
        "integer",
        "decimal",
        "float",
        "boolean",
        "timestamp",
        "timestamptz",
        "date",
        "nested",
        "json",
    )

    timestamp_type: ClassVar[str] = "timestamp"
    """The type of a date and time without a zone, also in front of its literals."""
    has_transactions: ClassVar[bool] = True
    """Whether a model and its hooks are one transaction. Where they are not, one statement puts new rows in the place
    of old ones, and of states that are recomputed those of whole days."""
    counts_without_reading: ClassVar[bool] = True
    """Whether the number of rows of a table is known without reading it, so that every run can ask for it."""
    title: ClassVar[str]
    """The engine's name as people write it."""
    is_file: ClassVar[bool] = False
    """Whether the database is a file, so that a whole profile can be written."""
    profile_example: ClassVar[str]
    """The lines of a profile's output, with no secret in them."""
    events_database: ClassVar[str | None] = "var('snowplow__database', none) or target.database"
    """The database of the events, in Jinja; None where names have no such part."""
    events_database_variable: ClassVar[str] = "snowplow__database"
    """The variable that names it."""
    longest_name: ClassVar[int | None] = None
    """Characters that the engine keeps of a name, if fewer than we may generate."""
    most_columns: ClassVar[int | None] = None
    """Columns that a table may have, if a view could need more."""
    longest_statement: ClassVar[int | None] = None
    """Bytes of a statement that the engine accepts, if a view could need more."""
    computed_once: ClassVar[str] = "true"
    """A condition that always holds, and makes the engine compute a CTE once, however often it is read."""
    chunk_rows: ClassVar[int | None] = None
    """Rows of load that suit one chunk of a run: what the warehouse sorts and joins well within one statement. None
    where the engine works in our own process: then it is what fits the memory."""
    has_lease_table: ClassVar[bool] = False
    """Whether a row of a table names the one writer, as no connection can hold a lock; see signals_lease.sql."""
    inserts_by_name: ClassVar[bool] = False
    """Whether an insert can say that columns are found by their names, so that it need not list them."""
    kept_for_good: ClassVar[str] = ""
    """Lines of the `config` of a model whose table cannot be made again, where the engine keeps that in another way."""
    overflow_is_infinite: ClassVar[bool] = True
    """Whether a result that is too large for a double is infinite. Else `combined` says that it is null."""
    hooks: ClassVar[tuple[str, ...]] = ()
    """SQL that every model of a project runs first, in its transaction."""

    def sql(self, expression: exp.Expr) -> str:
        """The expression as one line of this engine's SQL, in lower case but for what the user wrote."""
        text = expression.sql(dialect=self.sqlglot_name, normalize_functions="lower", comments=False)
        return "".join(part if part[:1] in "'\"" else part.lower() for part in self.quoted.split(text))

    # Literals

    def literal(self, value: str | float | bool) -> exp.Expr:
        """A text, number or boolean; numbers are doubles whatever their digits."""
        if isinstance(value, bool):
            return exp.Boolean(this=value)
        if isinstance(value, str):
            return exp.Literal.string(value)
        if isinstance(value, int) and abs(value) < LARGEST_EXACT_INTEGER:
            return _number(str(value))
        text = repr(float(value))
        return _number(text if "e" in text else f"{text}e0")

    def timestamp_literal(self, text: str) -> str:
        """SQL of a date and time without a zone, whose text may be Jinja."""
        return f"{self.timestamp_type} '{text}'"

    def timestamp(self, text: str) -> exp.Expr:
        """A date and time without a zone."""
        return exp.cast(exp.Literal.string(text), self.timestamp_type, dialect=self.sqlglot_name)

    def inline_rows(self, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
        """A query of rows of literals, which are SQL; there is at least one."""
        lines = ",\n".join(f"    ({', '.join(row)})" for row in rows)
        return f"select *\nfrom (\n    values\n{lines}\n) as given_rows ({', '.join(names)})"

    def from_columns(self, table: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A query that makes several rows of each row of `published`, which is what `table` is called in it: one for
        each of `rows`, which are SQL over its columns.

        Where columns are stored apart, each is read once; an engine that stores rows overrides this to read them once.
        """
        selects = (
            "select\n" + ",\n".join(f"{value} as {name}" for value, name in zip(row, names, strict=True))
            for row in rows
        )
        indented = (select.replace("\n", "\n    ") for select in selects)
        return "\nunion all\n".join(f"{select}\nfrom {table} as published" for select in indented)

    # Tables

    @abstractmethod
    def macros(self) -> str:
        """The dbt macros that are this engine's own."""

    def stored_by(self, *keys: tuple[str, ...]) -> str:
        """Lines of a model's `config` that make its rows cheap to find by each of these keys, the most used first.

        A key is the columns that a query asks for, `day` among them where whole days are read or replaced. Empty, or
        text that ends in a line break.
        """
        return ""

    def create_table(self, table: str, query: str) -> str:
        """A statement that creates a table with the rows of a query; it fails where there is one."""
        return f"create table {table} as\n{query}"

    def create_scratch(self, table: str, query: str) -> str:
        """The same of a table that is dropped soon."""
        return self.create_table(table, query)

    def scratch_database(self, name: str) -> tuple[str, str] | None:
        """Statements that add a database to this process, which nobody else sees and which ends with it, and remove it;
        None where the engine has no such thing."""
        return None

    def rows_of_file(self, file: Path, types: Mapping[str, str]) -> str | None:
        """A query of the rows of a file of JSON lines on this machine, whose values have these types of the engine, by
        the keys of the lines; None where the engine cannot read it."""
        return None

    def parquet(self, file: Path) -> tuple[str, str] | None:
        """What a Parquet file on this machine is called in a query, as a table is, and a query for its columns, as
        `describe` is one; None where the engine cannot read it."""
        return None

    def whole_microseconds(self, sql: str, type_name: str) -> str:
        """A stored timestamp without what is smaller than a microsecond, which a cast might round up."""
        return sql

    def parquet_of(self, query: str, file: Path) -> str | None:
        """A statement that writes the rows of a query, in their order, into a Parquet file on this machine; None where
        the engine cannot."""
        return None

    def size_query(self, table: str) -> str | None:
        """A query of how many bytes a table takes, given as queries name it; None where that costs reading it."""
        return None

    # Profiles

    def database_of(self, output: Mapping[str, Any]) -> str | None:
        """The database that a profile's output names."""
        named = output.get("database") or output.get("dbname")
        return str(named) if named else None

    # Times

    def hour(self, time: exp.Expr) -> exp.Expr:
        """The hour that a timestamp is in, as a timestamp."""
        return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string("hour"), time])

    @abstractmethod
    def microsecond_after(self, time: exp.Expr) -> exp.Expr:
        """The next timestamp that can be distinguished from `time`."""

    @abstractmethod
    def days_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        """How many days the date `last` is after the date `first`."""

    @abstractmethod
    def microseconds_between(self, first: exp.Expr, last: exp.Expr) -> exp.Expr:
        """How many microseconds the timestamp `last` is after the timestamp `first`."""

    def days_after_copy_before(self) -> exp.Expr:
        """How many days `day` is after that of the copy of the event before it, by the order of their days."""
        before = exp.Var(this="lag(day) over (partition by event_id order by day)")
        return self.days_between(before, exp.column("day"))

    # Keys

    @abstractmethod
    def event_key(self, event_id: exp.Expr) -> exp.Expr:
        """A number that stands for an event's id, by which it is found faster; two ids may have the same."""

    # Measures

    @abstractmethod
    def size(self, value: exp.Expr, type_name: str) -> exp.Expr:
        """How many elements a list has, entries a map, or bytes a value of bytes."""

    def by_code_point(self, text: exp.Expr) -> exp.Expr:
        """A text that is ordered by its code points."""
        return text

    # Predicates

    def like(self, value: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        """Plain LIKE: with case, and no character that escapes another."""
        return exp.Like(this=value, expression=pattern)

    def ilike(self, value: exp.Expr, pattern: exp.Expr) -> exp.Expr:
        """The same without regard to case, on every engine as Unicode's simple case folding has it."""
        wanted = folded(pattern.name)
        others = others_of(wanted)
        if others:
            letters = (self.literal("".join(others)), self.literal("".join(others.values())))
            value = exp.Anonymous(this="translate", expressions=[value, *letters])
        return self.like(value, self.literal(wanted))

    def starts_with(self, value: exp.Expr, prefix: exp.Expr) -> exp.Expr:
        """Whether a text begins with another, code point by code point."""
        return exp.Anonymous(this="starts_with", expressions=[value, prefix])

    def is_missing_or(self, condition: exp.Expr) -> exp.Expr:
        """`condition`, but true where it is unknown."""
        return exp.func("coalesce", condition, exp.true())

    def row_is_less(self, left: str, right: str, columns: tuple[str, ...], nullable: tuple[str, ...]) -> str:
        """Whether the row `left` sorts before `right` by `columns`; nulls of the `nullable` ones are last."""
        end_of_time = self.sql(self.timestamp("9999-12-31 23:59:59.999999"))

        def row(table: str) -> str:
            names = (f"{table}.{name}" for name in columns)
            keyed = zip(columns, names, strict=True)
            cells = [f"coalesce({name}, {end_of_time})" if key in nullable else name for key, name in keyed]
            return "(\n    " + ",\n    ".join(cells) + "\n)"

        return f"{row(left)} < {row(right)}"

    # Aggregates

    @abstractmethod
    def filtered(self, aggregate: exp.Expr, condition: exp.Expr | None) -> exp.Expr:
        """`aggregate` over the rows where `condition` holds."""

    def total(self, value: exp.Expr) -> exp.Expr:
        """The sum of doubles; no number of them, however large, makes the statement fail."""
        return exp.Sum(this=value)

    def above(self, number: exp.Expr, least: exp.Expr) -> exp.Expr:
        """How far a number is above one that is not greater; its square ends no statement."""
        return over_lines(exp.Sub(this=number.copy(), expression=least.copy()))

    def share_of(self, value: exp.Expr, share: exp.Expr) -> exp.Expr:
        """A finite double, times a number from 0 to 1."""
        return exp.Mul(this=value, expression=share)

    @abstractmethod
    def min_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        """The value of the row that is first by `order`, which is never null, of those where `condition` holds."""

    @abstractmethod
    def max_by(self, value: exp.Expr, *order: exp.Expr, condition: exp.Expr | None = None) -> exp.Expr:
        """The value of the row that is last by `order`, which is never null, of those where `condition` holds."""

    @abstractmethod
    def list_of(self, value: exp.Expr, order: list[exp.Ordered], condition: exp.Expr | None) -> exp.Expr:
        """The values of the rows where `condition` holds, in `order`; null when there are none."""

    @abstractmethod
    def map_of(self, key: exp.Expr, value: exp.Expr, order: exp.Ordered, condition: exp.Expr | None) -> exp.Expr:
        """A map from key to value over the rows where `condition` holds, entries in `order`."""

    # Reading values

    @abstractmethod
    def access(self, prop: SourceProperty) -> Access:
        """Where the property lives."""

    @abstractmethod
    def leaf(self, columns: Mapping[str, str], column: str, path: tuple[str | int, ...]) -> Leaf | str | None:
        """What a table stores in `column` at `path`: a leaf, JSON_COLUMN, or None when it has no such column or field.

        `columns` maps the names of the table's columns, in lower case, to the types that `describe` returns.
        """

    def found(self, columns: Mapping[str, str], access: Access) -> list[tuple[str, Leaf]]:
        """SQL that reaches a property and the class of what is there; several where several columns hold it, the one
        that counts first; empty when the table does not have it."""
        in_each = (self.read(columns, access.in_column(name)) for name in columns_of(columns, access.column))
        return [found for found in in_each if found is not None]

    def read(self, columns: Mapping[str, str], access: Access) -> tuple[str, Leaf] | None:
        """The same, of one column."""
        leaf = self.leaf(columns, access.column, access.path)
        if leaf is None:
            return None
        return (self.read_json(columns, access), "json") if leaf == JSON_COLUMN else (access.typed, cast(Leaf, leaf))

    def read_json(self, columns: Mapping[str, str], access: Access) -> str:
        """SQL that reaches the property in a column of JSON, whichever of the types that hold JSON it has."""
        return access.json or "null"

    def describe(self, database: str | None, schema: str, table: str) -> str:
        """A query for the names and types of the columns of a table that is there; see `types_in`."""
        named = [exp.column("table_schema").eq(schema), exp.column("table_name").eq(table)]
        if database:
            named.append(exp.column("table_catalog").eq(database))
        conditions = (f"lower({self.sql(item.this)}) = lower({self.sql(item.expression)})" for item in named)
        return f"select column_name, data_type from information_schema.columns where {' and '.join(conditions)}"

    def types_in(self, described: Sequence[Sequence[Any]]) -> dict[str, str]:
        """The names and types of columns in the rows that `describe` returns."""
        return {row[0]: row[1] for row in described}

    def fields_of(self, type_name: str) -> Mapping[str, str]:
        """The names and types of a struct's fields; empty for other types, and where the catalogue does not say."""
        return {}

    def element_of(self, type_name: str) -> str | None:
        """The type of a list's elements; None for other types, and where the catalogue does not say."""
        return None

    # Every element of a list

    @abstractmethod
    def element_access(self, prop: EntityProperty) -> Access:
        """How to reach a property in an element, which is called ELEMENT."""

    @abstractmethod
    def items(self, type_name: str, column: str) -> Items | None:
        """The list that a column of a type holds; None when it can hold none.

        The macro `signals_items` of a generated project says the same.
        """

    def items_macro(self) -> str:
        """The dbt macro `signals_items`."""
        return resources.files("snowplow_signals.dialects").joinpath(self.macro_folder, "items.sql").read_text("utf-8")

    @abstractmethod
    def values_of_each(self, items: str, value: str) -> str:
        """A list of `value`, an expression of ELEMENT, for each element of a list that has one, in their order."""

    @abstractmethod
    def joined(self, values: str, more: str) -> str:
        """Two such lists as one."""

    @abstractmethod
    def reduced(self, values: str, reduction: str, kind: str) -> str:
        """What such a list comes to, as `plan.Reduction` says; null for an empty one, and false for "any"."""

    def element_id(self, event_id: str, place: str) -> str:
        """The id of an element: that of its event and its place, such that ids of elements are in order."""
        return f"{event_id} || chr(1) || lpad(cast({place} as {self.kind_type('text')}), 9, '0')"

    @abstractmethod
    def listed(self, values: Sequence[str], kind: str) -> str:
        """A list of values of one kind, nulls among them or without them, which `reduced` takes too."""

    @abstractmethod
    def concatenated(self, values: str, separator: str) -> str:
        """The texts of such a list as one, with a separator, which is SQL, between them. Nulls are left out; null,
        where there is nothing else."""

    @abstractmethod
    def multiplied(self, numbers: Sequence[str]) -> str:
        """Their product; null if one is null."""

    @abstractmethod
    def finite_or_null(self, number: str) -> str:
        """A double; null where it is infinite or NaN."""

    @abstractmethod
    def reduced_type(self, reduction: str | None, kind: str) -> str:
        """The engine's type for what `reduced` makes of values of `kind`."""

    @abstractmethod
    def listed_elements(self, column: str) -> ListedElements:
        """What a column with the reduction "list" holds, as rows."""

    text_only: ClassVar[re.Pattern[str]] = re.compile("(?!)")
    """Types whose values have no counterpart in Python that a driver hands over, so that they are read as text."""

    def handed_as_text(self, sql: str, type_name: str) -> str:
        """A stored value of a type of `text_only` as text."""
        return f"cast({sql} as {self.kind_type('text')})"

    def each(self, items: str, name: str, item: str) -> str | None:
        """A list with `item`, an expression of its element `name`, in the place of each; None where no list needs it:
        its elements are never handed over as times."""
        return None

    def sum_of_each(self, items: str, name: str, number: str) -> str | None:
        """The sum of `number`, an expression of a list's element `name`; 0 or null for an empty list. None like that of
        `each`."""
        return None

    @abstractmethod
    def kind_type(self, kind: str) -> str:
        """The engine's type for values of `kind`."""

    @abstractmethod
    def text_of_json(self, value: exp.Expr) -> exp.Expr:
        """The text of a value of JSON as it stands there: without quotes if it is a text."""

    @abstractmethod
    def convert(self, value: exp.Expr, leaf: Leaf, kind: str) -> exp.Expr:
        """A stored value of class `leaf` as `kind` ("text", "number", "boolean", "time"); null where it is missing."""

    @abstractmethod
    def date_part(self, time: exp.Expr, part: str, kind: str) -> exp.Expr:
        """Part of a UTC timestamp as `kind`."""

    # Numbers

    def double(self, number: float) -> exp.Expr:
        """A double, whatever it stands beside."""
        text = repr(float(number))
        return _number(text if "e" in text else f"{text.removesuffix('.0')}e0")

    def as_double(self, number: exp.Expr) -> exp.Expr:
        """A number of any type as a double."""
        double = exp.DataType.build(self.column_type("double"), dialect=self.sqlglot_name)
        return exp.Cast(this=number.copy(), to=double)

    @abstractmethod
    def finite(self, number: exp.Expr) -> exp.Expr:
        """A double; null where it is infinite or NaN."""

    def combined(self, operation: str, left: exp.Expr, right: exp.Expr, room: Room) -> exp.Expr:
        """The result of "add", "subtract", "multiply" or "divide" of finite doubles, of which the one that is divided
        by is never 0; too large for a double, it is infinite, or null: see `overflow_is_infinite`. It never makes the
        statement fail."""
        return combined(operation, left, right)

    def rounded(self, number: exp.Expr) -> exp.Expr:
        """The nearest whole number, half away from zero; of a double."""
        return exp.Anonymous(this="round", expressions=[number.copy()])

    # Output

    @abstractmethod
    def column_type(self, type_name: str) -> str:
        """The engine's type for an attribute type."""

    @abstractmethod
    def cast(self, value: exp.Expr, kind: str, type_name: str) -> exp.Expr:
        """`value`, of `kind`, as a scalar attribute type; null where it does not fit."""

    def element(self, text: exp.Expr, type_name: str) -> exp.Expr:
        """Text as an element of a list of an attribute type; null where it does not fit."""
        return self.cast(text, "text", type_name)

    @abstractmethod
    def default(self, value: object, type_name: str) -> exp.Expr:
        """A default value as an expression of the attribute's type."""

    @abstractmethod
    def differs(self, old: exp.Expr, new: exp.Expr, type_name: str) -> exp.Expr:
        """Whether a value has changed: by more than a relative 1e-12 for numbers, at all for others."""


def _number(text: str) -> exp.Expr:
    literal = exp.Literal.number(text.lstrip("-"))
    return exp.Neg(this=literal) if text.startswith("-") else literal


_OPERATIONS: Mapping[str, type[exp.Binary]] = {"add": exp.Add, "subtract": exp.Sub, "multiply": exp.Mul}


def combined(operation: str, left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Two numbers with the sign of the operation between them."""
    if operation == "divide":  # as it is written: of doubles, and not by 0
        return exp.Div(this=left.copy(), expression=right.copy(), typed=True, safe=False)
    return _OPERATIONS[operation](this=left.copy(), expression=right.copy())


def json_key(name: str) -> str:
    """The name of a column's field as a key of JSON."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def is_not_null(value: exp.Expr) -> exp.Expr:
    """`value is not null`, in this order."""
    return exp.Is(this=value.copy(), expression=exp.Not(this=exp.null()))


def is_whole(number: float) -> bool:
    """Whether a float stands for an integer."""
    return math.isfinite(number) and number == math.trunc(number)


def utc_text(text: str) -> str | None:
    """ISO 8601 text taken to UTC; None when that is in no year of four digits."""
    time = datetime.fromisoformat(text)
    try:
        return str(time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time)
    except OverflowError:
        return None
