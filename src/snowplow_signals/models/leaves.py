"""Leaves that several models share: filters, properties, windows, and the scope of events."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, Event, Property
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.models.layout import jinja_safe, jinja_text
from snowplow_signals.plan import Comparison, Filter, Plan, Slot, Window

_OPERATORS = {"=": exp.EQ, "!=": exp.NEQ, "<": exp.LT, ">": exp.GT, "<=": exp.LTE, ">=": exp.GTE, "like": exp.Like}


def rendered(expression: exp.Expression, dialect: Dialect) -> str:
    """The expression as SQL that can stand in a model: users' text in it is safe from Jinja and from indentation."""
    return jinja_safe(dialect.sql(expression)).replace("\n", "{{ '\\n' }}")


def value_of(prop: Property, kind: str, dialect: Dialect) -> str:
    """The call that reads a property of the events table; `columns` is what the table has."""
    if prop.date_part:
        time = value_of(prop.model_copy(update={"date_part": None}), "time", dialect)
        return dialect.sql(dialect.date_part(exp.Var(this=time), prop.date_part, kind))
    access = dialect.access(prop)
    arguments = ["columns", f"'{kind}'", jinja_text(access.column), jinja_text(access.typed)]
    if access.path:
        arguments.append(f"path={_jinja_path(access.path)}")
    if access.json:
        arguments.append(f"json={jinja_text(access.json)}")
    return "{{ signals_value(" + ", ".join(arguments) + ") }}"


def _jinja_path(path: tuple[str | int, ...]) -> str:
    return "[" + ", ".join(str(step) if isinstance(step, int) else jinja_text(step) for step in path) + "]"


def wanted_property(prop: Property, what: str, dialect: Dialect) -> str:
    """A property for the macros that ask whether the events table has it."""
    access = dialect.access(prop)
    return f"{{'what': {jinja_text(what)}, 'column': {jinja_text(access.column)}, 'path': {_jinja_path(access.path)}}}"


def matches(patterns: tuple[Event, ...], dialect: Dialect) -> exp.Expression | None:
    """Whether an event equals any pattern on every field the pattern sets; None when there are no patterns."""
    if not patterns:
        return None
    return exp.or_(*(exp.and_(*_fields(pattern, dialect)) for pattern in patterns))


def _fields(pattern: Event, dialect: Dialect) -> list[exp.Expression]:
    given = ((field, getattr(pattern, field)) for field in ("vendor", "name", "version"))
    return [exp.column(f"event_{field}").eq(dialect.literal(text)) for field, text in given if text is not None]


def comparison(item: Comparison, dialect: Dialect) -> exp.Expression:
    """One criterion. A missing property compares as false, except with the operators that say "is not this"."""
    column = exp.column(item.column.name)
    if item.operator in ("is null", "is not null"):
        missing = column.is_(exp.null())
        return missing if item.operator == "is null" else missing.not_()
    positive = item.operator.removeprefix("not ")
    if positive == "in":
        found: exp.Expression = exp.In(this=column, expressions=[dialect.literal(value) for value in item.value])
    else:
        found = _OPERATORS[positive](this=column, expression=dialect.literal(item.value))
    if item.operator.startswith("not "):
        found = found.not_()
    return dialect.is_missing_or(found) if item.operator in ("!=", "not in", "not like") else found


def condition(chosen: Filter, dialect: Dialect) -> exp.Expression:
    """Which events feed the slots of a filter."""
    parts = [comparison(item, dialect) for item in chosen.all_of]
    if chosen.any_of:
        parts.append(exp.or_(*(comparison(item, dialect) for item in chosen.any_of)))
    pattern = None if chosen.every_event else matches(chosen.patterns, dialect)
    return exp.and_(*([pattern] if pattern is not None else []), *parts)


def filter_flags(slots: tuple[Slot, ...], dialect: Dialect) -> list[str]:
    """One boolean column for each filter that these slots use."""
    filters = dict.fromkeys(slot.filter for slot in slots if slot.filter.name)
    return [f"{rendered(condition(item, dialect), dialect)} as {item.name}" for item in filters]


def window_flag(window: Window) -> exp.Expression | None:
    """The condition that a day lies in the window; None for lifetime."""
    return None if window.days is None else exp.column(f"in_{window.name}")


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
        ScopeRule("before_start", f"load_tstamp >= timestamp '{start} 00:00:00' and day >= date '{start}'"),
        ScopeRule("other_app", "{{ signals_app_condition() }}"),
        ScopeRule("no_entity", f"{plan.identifier} <> ''"),
    ]
    relevant = matches(plan.patterns, dialect)
    if relevant is not None:
        rules.append(ScopeRule("irrelevant", rendered(relevant, dialect)))
    return rules


REASONS = ("incomplete", "before_start", "other_app", "no_entity", "irrelevant")


def loaded_columns(plan: Plan, dialect: Dialect, with_properties: bool) -> list[str]:
    """What is read of each row: what identifies it, dates it and puts it in scope, and the needed properties."""

    def atomic(name: str, kind: str) -> str:
        return value_of(AtomicProperty(name=name), kind, dialect)

    columns = [
        f"{atomic('event_id', 'text')} as event_id",
        f"{atomic('load_tstamp', 'time')} as load_tstamp",
        f"{atomic('collector_tstamp', 'time')} as collector_tstamp",
        f"coalesce({atomic('derived_tstamp', 'time')}, {atomic('collector_tstamp', 'time')}) as claimed_tstamp",
        f"{value_of(plan.identifier_property, 'text', dialect)} as {plan.identifier}",
        # one of these can be the identifier itself
        *(f"{atomic(name, 'text')} as {name}" for name in ("app_id", *plan.event_fields) if name != plan.identifier),
    ]
    if with_properties:
        columns += [f"{value_of(item.property, item.kind, dialect)} as {item.name}" for item in plan.columns]
    return columns
