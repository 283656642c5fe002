"""The macro file that makes the kept tables anew when the definition has changed."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates import BY_STATE
from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, Slot
from snowplow_signals.plan.planned import events_part
from snowplow_signals.plan.several import beginning_of_columns
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.project.models.attributes import after, output_columns
from snowplow_signals.project.models.beside import beside_events
from snowplow_signals.project.models.conditions import matches
from snowplow_signals.project.models.definition import presence_part
from snowplow_signals.project.models.derived import derived_ctes
from snowplow_signals.project.models.events import kept_names
from snowplow_signals.project.models.layout import comma_lines, in_parentheses, jinja_text, skeleton
from snowplow_signals.project.models.leaves import (
    column_value,
    filter_flags,
    loaded_columns,
    rendered,
    scope_rules,
    value_of,
)
from snowplow_signals.project.models.states import values_of


def anew_macros(plan: Plan, dialect: Dialect) -> str:
    base, ctes = derived_ctes(plan, dialect)
    long_ago = dialect.timestamp_literal("1970-01-01 00:00:00")
    rules = {rule.reason: rule.stays for rule in scope_rules(plan, dialect)}
    relevant = rules.get("irrelevant", "true")
    return skeleton(
        "anew.sql",
        identifier=plan.identifier,
        read_by=comma_lines(
            [f"{jinja_text(part)}: [{_texts(names)}]" for part, names in _read_by(plan, dialect).items()]
        ),
        slots=comma_lines([_slot(slot) for slot in plan.slots]),
        patterns=comma_lines(
            [f"{jinja_text(part)}: {jinja_text(sql)}" for part, sql in _patterns(plan, dialect).items()]
        ),
        text_type=dialect.kind_type("text"),
        hour=dialect.sql(dialect.hour(exp.column("load_tstamp"))),
        load_tstamp=value_of(AtomicProperty(name="load_tstamp"), "time", dialect),
        planned_at=dialect.timestamp_literal("{{ run.planned_at }}"),
        row_counts=", ".join(ROW_COUNTS),
        no_rows=", ".join("{{ gone }}" if name == "winners_replaced" else "0" for name in ROW_COUNTS),
        kept_names=comma_lines([f"'{name}'" for name in kept_names(plan)]),
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=False)),
        properties="\n".join(
            f"{{%- if '{item.name}' in names %}},\n{column_value(item, dialect)} as {item.name}\n{{%- endif %}}"
            for item in plan.columns
        ),
        stays="\nand ".join(in_parentheses(stays) for reason, stays in rules.items() if reason != "before_start"),
        relevant=relevant,
        beside=beside_events(plan, dialect).cte,
        day_rows=beside_events(plan, dialect).rows,
        day_flags=comma_lines(["*", *filter_flags(plan.day_slots, dialect)]),
        day_states="\n".join(_states(slot, dialect) for slot in plan.day_slots),
        day_columns="\n".join(_columns(slot, dialect) for slot in plan.day_slots),
        recording="{%- do signals_record_unrecorded(published) -%}" if plan.keeps_history else "",
        derived_from=comma_lines([f"'{name}'" for name in (*_derived_from(plan), "updated_at")]),
        planned_now=dialect.timestamp_literal("{{ signals_run().planned_at }}"),
        long_ago=long_ago,
        after_change=after("updated_at", dialect),
        after_removal=after("removed_at", dialect),
        after_record=after("valid_from", dialect),
        base=base,
        kept=comma_lines(_kept(plan)),
        derived_ctes="".join(f",\n\n{cte}" for cte in ctes),
        output=comma_lines(output_columns(plan)),
        value_flags=comma_lines(["*", *filter_flags(plan.value_slots, dialect)]),
        value_slots="\n".join(_values(slot, plan, dialect) for slot in plan.value_slots) or "select null where false",
    )


def _derived_from(plan: Plan) -> list[str]:
    """The columns of the attributes table that are not derived."""
    return [plan.identifier, *(one.column for one in plan.attributes), *(view.updated_at for view in plan.views)]


def _kept(plan: Plan) -> list[str]:
    """Those columns, and when they last changed: now, for each view of which a derived attribute has changed."""
    lines = [f"published.{name}" for name in (plan.identifier, *(one.column for one in plan.attributes))]
    for view in plan.views:
        own = f"'(^| ){beginning_of_columns(view.view)}'"
        lines.append(
            f"{{%- if modules.re.search({own}, derived | join(' ')) %}}\n"
            "case\n"
            f"    when published.{view.first_event.column} is not null then now_publishing.updated_at\n"
            f"    else published.{view.updated_at}\n"
            f"end as {view.updated_at}\n"
            "{%- else %}\n"
            f"published.{view.updated_at}\n"
            "{%- endif %}"
        )
    return [*lines, "now_publishing.updated_at"]


def _patterns(plan: Plan, dialect: Dialect) -> dict[str, str]:
    found = {events_part(pattern): matches((pattern,), dialect) for pattern in plan.patterns}
    return {part: "true" if sql is None else dialect.sql(sql) for part, sql in found.items()} or {
        events_part(None): "true"
    }


def _texts(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _read_by(plan: Plan, dialect: Dialect) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in plan.columns:
        for part in dict.fromkeys(presence_part(prop, dialect) for prop in column.sources):
            found.setdefault(part, []).append(column.name)
    decisive = {presence_part(AtomicProperty(name=name), dialect) for name in ("app_id", *plan.event_fields)}
    return {part: names for part, names in found.items() if part not in decisive}


def _slot(slot: Slot) -> str:
    is_values = str(slot.is_rows).lower()
    names = [column.name for column in slot.columns]
    return f"'{slot.name}': {{'properties': [{_texts(names)}], 'is_values': {is_values}}}"


def _states(slot: Slot, dialect: Dialect) -> str:
    columns = BY_STATE[slot.state].daily(slot, dialect)
    lines = "\n".join(f"{rendered(column.expression, dialect)} as {column.name}," for column in columns)
    return f"{{%- if '{slot.name}' in slots %}}\n{lines}\n{{%- endif %}}"


def _columns(slot: Slot, dialect: Dialect) -> str:
    chosen = f"{{{{ 'added' if '{slot.name}' in slots else 'stored' }}}}"
    return "\n".join(f", {chosen}.{column.name}" for column in BY_STATE[slot.state].daily(slot, dialect))


def _values(slot: Slot, plan: Plan, dialect: Dialect) -> str:
    text = values_of(slot, plan, dialect).rstrip("\n")
    union = f"{{{{ 'union all' if slots[-1] != '{slot.name}' }}}}"
    return f"{{%- if '{slot.name}' in slots %}}\n{text}\n{union}\n{{%- endif %}}"
