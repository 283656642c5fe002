"""The model that remembers what the tables were built from, and refuses to go on when it has changed."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, SourceProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.events import required
from snowplow_signals.project.models.layout import jinja_safe, jinja_text, skeleton
from snowplow_signals.project.models.leaves import wanted_property
from snowplow_signals.project.models.order import TABLES_LAYOUT

STATE_TABLES = (
    "definition",
    "base_new_event_limits",
    "base_events_this_run",
    "days_out_of_date",
    "entity_days_to_process",
    "attributes_this_run",
    "incremental_manifest",
    "filtered_events",
    "chunk_manifest",
    "daily_aggregation_manifest",
    "entity_day_manifest",
    "entity_manifest",
    "publication_manifest",
    "entity_history",
    "daily_aggregates",
    "daily_values",
    "run_history",
)
"""What a full refresh drops, in this order. The definition goes first: a project that has tables and no definition is
one whose refresh died half-way, and the next run drops the others. What has been published stays until it is
replaced, as a whole and with nothing of what it held: that is what a publication does without a publication_manifest.
"""


def definition(plan: Plan, dialect: Dialect) -> str:
    return skeleton(
        "definition.sql",
        p=plan.project_name,
        required=",\n".join(required(plan, dialect)),
        read=",\n".join(_read(plan, dialect)),
        state=",\n".join(f"signals_state('{plan.project_name}_{name}')" for name in STATE_TABLES),
    )


def definition_macros(plan: Plan, dialect: Dialect) -> str:
    """What every model compares with what the tables were built from."""
    rows = [(part, jinja_safe(_text(fingerprint, dialect))) for part, fingerprint in plan.fingerprints().items()]
    rows.append(("snowplow__start_date", "'{{ signals_start_date() }}'"))
    rows.append(("snowplow__app_id", "'{{ local_md5(signals_app_ids() | tojson) }}'"))
    rows.append(("layout", f"'{TABLES_LAYOUT}'"))
    rows += [_presence(name, column, path) for name, column, path in _wanted_columns(plan, dialect)]
    lines = [f"select {jinja_safe(_text(part, dialect))} as part, {value} as fingerprint" for part, value in rows]
    return skeleton(
        "definition_macros.sql", as_text=",\n".join(_as_text(plan, dialect)), parts="\nunion all ".join(lines)
    )


def _wanted_columns(plan: Plan, dialect: Dialect) -> list[tuple[str, str, tuple[str | int, ...]]]:
    """The columns and fields of the events table that the plan wants: name to show, column, path."""
    always = ("derived_tstamp", "collector_tstamp", "app_id", *plan.event_fields)
    properties = [
        *(AtomicProperty(name=name) for name in always),
        *(one for column in plan.columns for one in column.sources),
    ]
    found: dict[str, tuple[str, str, tuple[str | int, ...]]] = {}
    for prop in properties:
        access, name = dialect.access(prop), presence_part(prop, dialect)
        found.setdefault(name, (name, access.column, access.path))
    return list(found.values())


def presence_part(prop: SourceProperty, dialect: Dialect) -> str:
    """The part that says whether the events table has the column or field of a property."""
    access = dialect.access(prop)
    return "column " + ".".join([access.column, *(step for step in access.path if isinstance(step, str))])


def _read(plan: Plan, dialect: Dialect) -> list[str]:
    """The properties of the attributes, for the macro that says which of them the events table does not have."""
    found: dict[tuple[str, tuple[str | int, ...]], tuple[SourceProperty, dict[str, None]]] = {}
    for attribute in plan.attributes:
        for column in attribute.slot.columns:
            for prop in column.sources:
                access = dialect.access(prop)
                found.setdefault((access.column, access.path), (prop, {}))[1][attribute.name] = None
    return [wanted_property(prop, ", ".join(names), dialect) for prop, names in found.values()]


def _as_text(plan: Plan, dialect: Dialect) -> list[str]:
    """The properties that are read as text, for the macro that remembers the classes of their columns."""
    columns = (
        prop for item in plan.columns if item.holds_text_of_source for prop in item.sources if not prop.date_part
    )
    properties = (plan.identifier_property, *columns)
    return list(dict.fromkeys(wanted_property(prop, "text", dialect) for prop in properties))


def _presence(name: str, column: str, path: tuple[str | int, ...]) -> tuple[str, str]:
    steps = ", ".join(str(step) if isinstance(step, int) else jinja_text(step) for step in path)
    has = f"signals_has(columns, {jinja_text(column)}, [{steps}])"
    return name, f"'{{{{ 'present' if {has} else 'absent' }}}}'"


def _text(text: str, dialect: Dialect) -> str:
    return dialect.sql(exp.Literal.string(text))
