"""The models that take events: read, put in scope, without duplicates; and where they are kept."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import comma_lines, fill, hanging, in_parentheses, skeleton
from snowplow_signals.project.models.leaves import key_columns, load_hour, loaded_columns, scope_rules, wanted_property
from snowplow_signals.project.models.replacing import replacing_events


def ranked(table: str, plan: Plan) -> str:
    """What orders the copies of an event: the first one wins."""
    nulls = {"collector_tstamp": " nulls last"}
    columns = ("load_tstamp", "collector_tstamp", "event_tstamp", plan.identifier)
    return ", ".join(f"{table}.{name}{nulls.get(name, '')}" for name in columns)


def kept_names(plan: Plan) -> tuple[str, ...]:
    """What filtered_events keeps of an event besides its identity and times."""
    return (*plan.kept_fields, *(column.name for column in plan.columns))


def kept_columns(plan: Plan, table: str) -> str:
    """The same, each on a line that ends in a comma."""
    return "\n".join(f"{table}.{name}," for name in kept_names(plan))


def base_events_this_run(plan: Plan, dialect: Dialect) -> str:
    order = ("load_tstamp", "collector_tstamp", "event_tstamp", plan.identifier)
    return skeleton(
        "base_events_this_run.sql",
        p=plan.project_name,
        identifier=plan.identifier,
        required=comma_lines(required(plan, dialect)),
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=True)),
        key_columns=comma_lines(key_columns(dialect)),
        hour=load_hour(dialect),
        event_key=dialect.sql(dialect.event_key(exp.column("event_id"))),
        stays="\nand ".join(in_parentheses(rule.stays) for rule in scope_rules(plan, dialect)),
        days_after_before=dialect.sql(dialect.days_after_copy_before()),
        days_apart=dialect.sql(dialect.days_between(exp.column("day", "stored"), exp.column("day", "first_copies"))),
        stored_rank=ranked("stored", plan),
        first_rank=ranked("first_copies", plan),
        kept_columns=kept_columns(plan, "first_copies"),
        no_event=comma_lines(_no_event(plan)),
        beats_stored=hanging(
            dialect.row_is_less("first_copies", "stored", order, nullable=("collector_tstamp",)), " " * 8
        ),
    )


def _no_event(plan: Plan) -> list[str]:
    """The row of base_events_this_run that is not an event: what no union needs to know the type of is null."""
    kept = kept_columns(plan, "").count("\n") + 1 if kept_columns(plan, "") else 0
    empty = ["null"] * (7 + kept)
    return [*empty, "0", "0", "false", "false", "null", "null", "chunk"]


def required(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns without which nothing can be computed."""
    wanted = [
        (AtomicProperty(name="event_id"), "column event_id"),
        (AtomicProperty(name="load_tstamp"), "column load_tstamp"),
        (plan.identifier_property, f"{dialect.access(plan.identifier_property).column} for the entity's identifier"),
    ]
    return [wanted_property(prop, what, dialect) for prop, what in wanted]


MARK_STORED = """\
    post_hook="{{ signals_mark_stored(ref('${p}_chunk_manifest'), ref('${p}_base_new_event_limits')) }}\""""

UNLESS_STORED = "{{ signals_unless_stored(ref('${p}_base_events_this_run')) }}\n"


def filtered_events(plan: Plan, dialect: Dialect) -> str:
    replacing = replacing_events(plan, dialect)
    return skeleton(
        "filtered_events.sql",
        mark_stored=fill(MARK_STORED, p=plan.project_name),
        way=replacing.way,
        replacing=replacing.lines,
        p=plan.project_name,
        identifier=plan.identifier,
        kept_columns=kept_columns(plan, "events"),
        unless_stored="" if dialect.has_transactions else fill(UNLESS_STORED, p=plan.project_name),
        stored_by=dialect.stored_by(("day", plan.identifier), ("event_key",)),
    )
