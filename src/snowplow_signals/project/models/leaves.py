"""Leaves that several models share: filters, properties, windows, and the scope of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from snowplow_signals.definitions import (
    AtomicProperty,
    CalculatedProperty,
    EntityProperty,
    Property,
    SourceProperty,
)
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.dialects.expressions import OVER_LINES
from snowplow_signals.plan import Column, Plan, Slot, Window
from snowplow_signals.project.models.calculated import calculated
from snowplow_signals.project.models.conditions import compared, condition, matches
from snowplow_signals.project.models.layout import block, comma_lines, hanging, in_parentheses, jinja_safe, jinja_text

WIDTH = 96
"""Characters of a leaf that stand on one line."""


_SIGNS = {exp.GT: ">", exp.EQ: "=", exp.Div: "/", exp.Mul: "*", exp.Add: "+", exp.Sub: "-"}
_OTHER_SIGNS: dict[type[exp.Expr], str] = {
    **{exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GTE: ">="},
    **{exp.Add: "+", exp.Sub: "-", exp.Mul: "*"},
}


def rendered(expression: exp.Expr, dialect: Dialect, *, is_arithmetic: bool = False) -> str:
    """The expression as SQL that can stand in a model, over several lines when it is long.

    Users' text in it is safe from Jinja and from indentation: the only line breaks in it are the layout's. Arithmetic
    is taken apart only where it is asked for: in leaves of our own it is best read as a whole.
    """
    line = jinja_safe(dialect.sql(expression))
    if len(line) <= WIDTH:
        return line

    def part(inner: exp.Expr) -> str:
        return rendered(inner, dialect, is_arithmetic=is_arithmetic)

    match expression:
        case exp.Case():
            return _case(expression, part)
        case exp.And() | exp.Or():
            return f"\n{expression.key} ".join(part(item) for item in expression.flatten(unnest=False))
        case exp.Add() | exp.Sub() | exp.Mul() if expression.meta.get(OVER_LINES):
            return f"{part(expression.this)}\n{_SIGNS[type(expression)]} {part(expression.expression)}"
        case exp.GT() | exp.EQ() | exp.Div():
            return f"{part(expression.this)}\n{_SIGNS[type(expression)]} {part(expression.expression)}"
        case exp.Between():
            low, high = part(expression.args["low"]), part(expression.args["high"])
            return f"{part(expression.this)}\nbetween {low} and {high}"
        case exp.Is():
            return f"{part(expression.this)} is {part(expression.expression)}"
        case exp.Paren():
            return in_parentheses(part(expression.this))
        case exp.Filter():
            return f"{part(expression.this)} filter{block(f'where {hanging(part(expression.expression.this))}')}"
        case exp.TryCast() | exp.Cast():
            word, _, _ = line.partition("(")
            return word + block(f"{part(expression.this)}\nas {dialect.sql(expression.to)}")
        case exp.Coalesce():
            return "coalesce" + block(comma_lines([part(item) for item in (expression.this, *expression.expressions)]))
        case exp.Bracket():
            return part(expression.this) + line[line.rindex("[") :]
        case exp.Count() if isinstance(expression.this, exp.Case):
            return "count" + block(part(expression.this))
        case exp.AggFunc() if type(expression) in _AGGREGATES and not expression.expressions:
            return _AGGREGATES[type(expression)] + block(part(expression.this))
        case exp.Order():
            ordered = ", ".join(dialect.sql(item) for item in expression.expressions)
            return f"{part(expression.this)}\norder by {ordered}"
        case exp.WithinGroup():
            return f"{part(expression.this)} within group ({dialect.sql(expression.expression).strip()})"
        case exp.Subquery() if isinstance(expression.this, exp.Select):
            return _named(expression, part)
        case exp.Anonymous():
            return expression.name + block(comma_lines([part(item) for item in expression.expressions]))
        case _ if is_arithmetic:
            return _arithmetic(expression, part) or line
    return line


_AGGREGATES = {exp.Sum: "sum", exp.Min: "min", exp.Max: "max"}


def _arithmetic(expression: exp.Expr, part: Callable[[exp.Expr], str]) -> str | None:
    sign = _OTHER_SIGNS.get(type(expression))
    if sign is not None:
        return f"{part(expression.this)}\n{sign} {part(expression.expression)}"
    match expression:
        case exp.Not() | exp.Neg():
            return f"{'not ' if isinstance(expression, exp.Not) else '-'}{part(expression.this)}"
        case exp.Nullif():
            return "nullif" + block(comma_lines([part(expression.this), part(expression.expression)]))
    return None


def _named(expression: exp.Subquery, part: Callable[[exp.Expr], str]) -> str:
    """`(select value from (select x as name) as source)`, or the inner one of the two."""
    select = expression.this
    inner = select.args.get("from_")
    lines = f"select\n    {hanging(comma_lines([_selected(value, part) for value in select.expressions]))}"
    if inner is not None:
        lines += f"\nfrom {part(inner.this)}"
    alias = f" as {expression.alias}" if expression.alias else ""
    return block(lines) + alias


def _selected(value: exp.Expr, part: Callable[[exp.Expr], str]) -> str:
    name = f" as {value.alias}" if isinstance(value, exp.Alias) else ""  # a subquery says its own
    return part(value.unalias()) + name


def _case(expression: exp.Case, part: Callable[[exp.Expr], str]) -> str:
    lines = []
    for branch in expression.args["ifs"]:
        condition, value = (part(item) for item in (branch.this, branch.args["true"]))
        if "\n" in condition and isinstance(branch.this, exp.Connector):
            condition = in_parentheses(condition)
        is_short = len(condition) + len(value) <= WIDTH
        lines.append(f"when {condition} then {value}" if is_short else f"when {condition}\n    then {hanging(value)}")
    if expression.args.get("default") is not None:
        lines.append(f"else {part(expression.args['default'])}")
    return hanging("case\n" + "\n".join(lines)) + "\nend"


_TIME = "the_time"


def value_of(prop: Property, kind: str, dialect: Dialect) -> str:
    """The call that reads a property of the events table; `columns` is what the table has."""
    if isinstance(prop, CalculatedProperty):
        return calculated(
            prop,
            kind,
            lambda one, as_kind: value_of(one, as_kind, dialect),
            lambda text: jinja_safe(dialect.sql(dialect.literal(text))),
            dialect,
        )
    if prop.date_part:
        time = value_of(prop.model_copy(update={"date_part": None}), "time", dialect)
        before, *after = dialect.sql(dialect.date_part(exp.Var(this=_TIME), prop.date_part, kind)).split(_TIME)
        return f"{before.rstrip()}\n    {hanging(time)}\n{after[0]}" if after else before
    access = dialect.access(prop)
    if isinstance(prop, AtomicProperty):
        return f"{{{{ signals_value(columns, '{kind}', {jinja_text(access.column)}, {jinja_text(access.typed)}) }}}}"
    lines = [
        "{{ signals_value(",
        f"    columns, '{kind}',",
        f"    column={jinja_text(access.column)},",
        f"    typed={jinja_text(access.typed)},",
        f"    path={_jinja_path(access.path)},",
        f"    json={jinja_text(access.json or '')}",
        ") }}",
    ]
    return "\n".join(lines)


def column_value(column: Column, dialect: Dialect) -> str:
    """The call that reads a property as filtered_events keeps it."""
    prop = column.property
    if column.reduction is None or not isinstance(prop, EntityProperty):
        return value_of(prop, column.kind, dialect)
    inner = dialect.element_access(prop)
    name = _VALUE
    while name in str(column.compared):
        name += "_"
    pieces = dialect.sql(of_element(column, exp.Var(this=name), dialect)).split(name)
    lines = [
        "{{ signals_of_elements(",
        f"    columns, '{read_kind(column)}', '{column.kind}', '{column.reduction}',",
        f"    column={jinja_text(dialect.access(prop).column)},",
        f"    typed={jinja_text(inner.typed)},",
        f"    path={_jinja_path(inner.path)},",
        f"    json={jinja_text(inner.json or '')}{'' if pieces == ['', ''] else ','}",
    ]
    if pieces != ["", ""]:
        lines += ["    around=[", *(f"        {_jinja_lines(piece)}," for piece in pieces), "    ]"]
    return "\n".join([*lines, ") }}"])


def read_kind(column: Column) -> str:
    """As what the property of an element is read, before a part of a date is taken."""
    return "time" if column.property.date_part else column.kind


def of_element(column: Column, value: exp.Expr, dialect: Dialect) -> exp.Expr:
    """What a column takes of an element whose property, read as `read_kind`, is `value`."""
    if column.property.date_part:
        value = dialect.date_part(value, column.property.date_part, column.kind)
    if column.compared is None:
        return value
    return exp.func("coalesce", compared(value, *column.compared, dialect), exp.false())


_VALUE = "the_value"


def _jinja_lines(text: str) -> str:
    """A literal of the text, over several lines when it is long."""
    parts = [text[start : start + WIDTH // 2] for start in range(0, len(text), WIDTH // 2)] or [""]
    return "\n            ~ ".join(jinja_text(part) for part in parts)


def _jinja_path(path: tuple[str | int, ...]) -> str:
    return "[" + ", ".join(str(step) if isinstance(step, int) else jinja_text(step) for step in path) + "]"


def wanted_property(prop: SourceProperty, what: str, dialect: Dialect) -> str:
    """A property for the macros that ask whether the events table has it."""
    access = dialect.access(prop)
    return f"{{'what': {jinja_text(what)}, 'column': {jinja_text(access.column)}, 'path': {_jinja_path(access.path)}}}"


def filter_flags(slots: tuple[Slot, ...], dialect: Dialect) -> list[str]:
    """One boolean column for each filter that these slots use."""
    filters = dict.fromkeys(slot.filter for slot in slots if slot.filter.name)
    conditions = {item.name: rendered(condition(item, dialect), dialect) for item in filters}
    return [f"{in_parentheses(sql) if _needs_them(sql) else sql} as {name}" for name, sql in conditions.items()]


def _needs_them(sql: str) -> bool:
    """Conditions over several lines are easier to tell from the columns around them in parentheses."""
    return "\n" in sql and not sql.startswith("case\n")


def window_flag(window: Window) -> exp.Expr | None:
    """The condition that a day lies in the window; None for lifetime."""
    return None if window.is_lifetime else exp.column(f"in_{window.name}")


def jinja_window(window: Window) -> str:
    """A window for the macros that work out its days: `7`, `'month'`, or with its offset `['month', 1]`."""
    length = str(window.days) if window.unit is None else f"'{window.unit}'"
    return f"[{length}, {window.offset}]" if window.offset else length


@dataclass(frozen=True)
class ScopeRule:
    """A reason for which a row is left out, and the condition under which it stays."""

    reason: str
    stays: str


def scope_rules(plan: Plan, dialect: Dialect) -> list[ScopeRule]:
    """Why a row of the events table is left out; the first rule that holds names the reason."""
    start = "{{ signals_start_date() }}"
    rules = [
        ScopeRule("incomplete", "event_id <> '' and claimed_tstamp is not null"),
        ScopeRule(
            "before_start",
            f"load_tstamp >= {dialect.timestamp_literal(f'{start} 00:00:00')} and day >= date '{start}'",
        ),
        ScopeRule("other_app", "{{ signals_app_condition() }}"),
        ScopeRule("no_entity", f"{plan.identifier} <> ''"),
    ]
    relevant = matches(plan.patterns, dialect)
    if relevant is not None:
        rules.append(ScopeRule("irrelevant", rendered(relevant, dialect)))
    return rules


CLOCKS = ("derived_tstamp", "collector_tstamp")
"""Where the time of an event comes from, best first."""


def load_hour(dialect: Dialect) -> str:
    """The hour of load of a row of `dated`."""
    return dialect.sql(dialect.hour(exp.column("load_tstamp", table="dated")))


def key_columns(dialect: Dialect) -> list[str]:
    """What is read of each row to know its id and its day."""
    clocks = comma_lines([value_of(AtomicProperty(name=name), "time", dialect) for name in CLOCKS])
    return [
        f"{value_of(AtomicProperty(name='event_id'), 'text', dialect)} as event_id",
        f"{value_of(AtomicProperty(name='load_tstamp'), 'time', dialect)} as load_tstamp",
        f"coalesce(\n    {hanging(clocks)}\n) as claimed_tstamp",
    ]


def loaded_columns(plan: Plan, dialect: Dialect, with_properties: bool) -> list[str]:
    """What is read of each row: what identifies it, dates it and puts it in scope, and the needed properties."""

    def atomic(name: str, kind: str) -> str:
        return value_of(AtomicProperty(name=name), kind, dialect)

    event_id, load_tstamp, claimed_tstamp = key_columns(dialect)
    columns = [
        event_id,
        load_tstamp,
        f"{atomic('collector_tstamp', 'time')} as collector_tstamp",
        claimed_tstamp,
        f"{value_of(plan.identifier_property, 'text', dialect)} as {plan.identifier}",
        # one of these can be the identifier itself
        *(f"{atomic(name, 'text')} as {name}" for name in ("app_id", *plan.event_fields) if name != plan.identifier),
    ]
    if with_properties:
        columns += [f"{column_value(item, dialect)} as {item.name}" for item in plan.columns]
    return columns
