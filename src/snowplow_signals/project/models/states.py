"""The models that keep partial states per entity and day."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.aggregates import BY_STATE
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, Slot
from snowplow_signals.project.models.beside import beside_events
from snowplow_signals.project.models.layout import block, comma_lines, hanging, skeleton
from snowplow_signals.project.models.leaves import filter_flags, rendered
from snowplow_signals.project.models.replacing import computed_days, replacing_states, states_condition


def _with_flags(slots: tuple[Slot, ...], dialect: Dialect) -> str:
    return comma_lines(["*", *filter_flags(slots, dialect)])


def _stored_by(plan: Plan, dialect: Dialect) -> str:
    return dialect.stored_by((plan.identifier, "day"), ("day",))


def daily_values(plan: Plan, dialect: Dialect) -> str:
    replacing = replacing_states(plan, dialect)
    return skeleton(
        "daily_values.sql",
        way=replacing.way,
        replacing=replacing.lines,
        p=plan.project_name,
        identifier=plan.identifier,
        selected=_with_flags(plan.value_slots, dialect),
        stored_by=_stored_by(plan, dialect),
        computed_days=computed_days(plan, dialect),
        computed=states_condition(plan, dialect),
        slots="\nunion all\n\n".join(values_of(slot, plan, dialect) for slot in plan.value_slots).rstrip("\n"),
    )


def last_event(slot: Slot, dialect: Dialect) -> list[str]:
    """A value's last event, or first, over several rows of daily_values.

    Columns that rows are grouped by are as they are: of a name in `group by` BigQuery thinks of what is selected by it
    before it thinks of the columns of the tables.
    https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#group_by_column_names
    """
    if slot.is_of_events:
        return ["last_tstamp", "last_event_id"]
    return [f"{last_tstamp(slot)} as last_tstamp", f"{last_event_id(dialect, slot)} as last_event_id"]


def last_tstamp(slot: Slot) -> str:
    """The time of that event."""
    return "min(last_tstamp)" if slot.keeps_first else "max(last_tstamp)"


def last_event_id(dialect: Dialect, slot: Slot | None = None) -> str:
    """The id of that event."""
    tstamp, event_id = exp.column("last_tstamp"), exp.column("last_event_id")
    chosen = dialect.min_by if slot is not None and slot.keeps_first else dialect.max_by
    return dialect.sql(chosen(event_id, tstamp, event_id))


def value_keys(slot: Slot) -> str:
    """What is one row of a slot, beside the entity."""
    return "value, last_tstamp, last_event_id" if slot.is_of_events else "value"


def last_tstamp_of_events(slot: Slot) -> str:
    """The time of a value's last event, or first, over the events themselves."""
    return "min(event_tstamp)" if slot.keeps_first else "max(event_tstamp)"


def last_event_id_of_events(slot: Slot, dialect: Dialect) -> str:
    """The id of that event."""
    event_id = exp.column("event_id")
    chosen = dialect.min_by if slot.keeps_first else dialect.max_by
    return dialect.sql(chosen(event_id, exp.column("event_tstamp"), event_id))


def source_of(slot: Slot, kept: list[str], dialect: Dialect) -> str:
    """What a slot's values are counted over: `events`, or their elements, each as if it were an event of its own.

    An element's `event_id` ends in its place, after a character that sorts before all that ids have, so that elements
    are in order by it.
    """
    value = slot.of
    if value.reduction is None:
        return "events"
    elements = dialect.listed_elements(f"events.{value.name}")
    columns = [*kept, *([slot.filter.name] if slot.filter.name else []), "event_tstamp"]
    selected = [
        *(f"events.{name}" for name in columns),
        f"{dialect.element_id('events.event_id', elements.place)} as event_id",
        f"{elements.value} as {value.name}",
    ]
    query = f"select\n    {hanging(comma_lines(selected))}\nfrom events\n{elements.join}"
    return f"{block(query)} as events"


def values_of(slot: Slot, plan: Plan, dialect: Dialect) -> str:
    """The rows of one slot, from `events`."""
    conditions = [f"{slot.filter.name}"] if slot.filter.name else []
    users = "for " + ", ".join(item.column for item in plan.attributes if item.slot == slot)
    if slot.is_of_events:
        fitting = dialect.element(exp.column(slot.of.name), slot.element or "string")
        return skeleton(
            "daily_values_of_events.sql",
            users=users,
            identifier=plan.identifier,
            slot=slot.name,
            value=slot.of.name,
            direction="" if slot.keeps_first else " desc",
            length=str(slot.length),
            fitting=f"{rendered(fitting, dialect)} as fitting",
            condition=" and ".join([*conditions, f"{slot.of.name} is not null"]),
        )
    return skeleton(
        "daily_values_slot.sql",
        users=users,
        identifier=plan.identifier,
        slot=slot.name,
        value=slot.of.name,
        last_tstamp=last_tstamp_of_events(slot),
        last_event_id=last_event_id_of_events(slot, dialect),
        source=source_of(slot, [plan.identifier, "day", "chunk"], dialect),
        condition=" and ".join([*conditions, f"{slot.of.name} is not null"]),
    )


def state_columns(plan: Plan, dialect: Dialect) -> list[str]:
    return [column.name for slot in plan.day_slots for column in BY_STATE[slot.state].daily(slot, dialect)]


def merged_columns(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns of a state that is merged with others, of daily_aggregates as of entity_history."""
    return [plan.identifier, "day", "events", *state_columns(plan, dialect)]


def day_columns(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns of daily_aggregates."""
    return [plan.identifier, "day", "chunk", "events", *state_columns(plan, dialect)]


def daily_aggregates(plan: Plan, dialect: Dialect) -> str:
    states = ["count(*) as events"]
    for slot in plan.day_slots:
        for column in BY_STATE[slot.state].daily(slot, dialect):
            states.append(f"{rendered(column.expression, dialect)} as {column.name}")
    # entities are marked as dirty before the states behind their rows change
    before = "daily_values" if plan.value_slots else "entity_history"
    replacing = replacing_states(plan, dialect)
    beside = beside_events(plan, dialect)
    return skeleton(
        "daily_aggregates.sql",
        way=replacing.way,
        replacing=replacing.lines,
        p=plan.project_name,
        identifier=plan.identifier,
        stored_by=_stored_by(plan, dialect),
        computed_days=computed_days(plan, dialect),
        computed=states_condition(plan, dialect),
        before=before,
        selected=_with_flags(plan.day_slots, dialect),
        comma=beside.comma,
        beside=beside.last_cte + "\n" if beside.cte else "",
        rows=beside.rows,
        states=comma_lines(states),
    )
