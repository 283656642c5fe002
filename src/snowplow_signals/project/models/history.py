"""The model that caches the states of early days, merged: attributes read it and the days after it."""

from __future__ import annotations

from snowplow_signals.aggregates import BY_STATE
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, Slot
from snowplow_signals.project.models.beside import beside_merged
from snowplow_signals.project.models.layout import comma_lines, skeleton
from snowplow_signals.project.models.leaves import rendered
from snowplow_signals.project.models.states import last_event_id, merged_columns

ORDER = ("last_tstamp", "last_event_id")
VALUE_COLUMNS = ("slot", "value", "n", "last_tstamp", "last_event_id")


def longest_reach(plan: Plan) -> int:
    """Days that the windows reach back at the most; 0 when all attributes are of all time."""
    return max((window.reach for window in plan.windows), default=0)


def history_columns(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns of entity_history: those of the states, then, if some states are rows, those of daily_values."""
    values = VALUE_COLUMNS if plan.value_slots else ()
    return [*merged_columns(plan, dialect), *values]


def entity_history(plan: Plan, dialect: Dialect) -> str:
    names = history_columns(plan, dialect)
    beside = beside_merged(plan, dialect)
    merges = ["sum(events) as events"]
    for slot in plan.day_slots:
        for column in BY_STATE[slot.state].merged_state(slot, dialect):
            merges.append(f"{rendered(column.expression, dialect)} as {column.name}")
    if plan.value_slots:
        merges += [f"{null} as {name}" for name, null in zip(VALUE_COLUMNS, _no_values(dialect), strict=True)]
    no_states = [f"null as {name}" for name in names[2:]]
    return skeleton(
        "entity_history.sql",
        p=plan.project_name,
        identifier=plan.identifier,
        stored_by=dialect.stored_by((plan.identifier,)),
        longest_reach=str(longest_reach(plan)),
        columns=comma_lines(names),
        changing_columns=comma_lines([plan.identifier, "cast(null as date) as day", *no_states]),
        state_columns=comma_lines(merged_columns(plan, dialect)),
        is_state="slot is null and " if plan.value_slots else "",
        beside=beside.cte,
        rows=beside.rows,
        merges=comma_lines(merges),
        unless_made=_unless_made(dialect),
        value_ctes=_value_ctes(plan, dialect) if plan.value_slots else "",
        merged_values=_merged_values(plan, dialect) if plan.value_slots else "",
    )


def empty_history(plan: Plan, dialect: Dialect) -> list[str]:
    """The columns of entity_history as SQL over daily_aggregates: what an empty one is made from."""
    columns = merged_columns(plan, dialect)
    if plan.value_slots:
        columns += [f"{null} as {name}" for name, null in zip(VALUE_COLUMNS, _no_values(dialect), strict=True)]
    return columns


def _no_values(dialect: Dialect) -> list[str]:
    text, time = dialect.kind_type("text"), dialect.timestamp_type
    return [
        f"cast(null as {text})",
        f"cast(null as {text})",
        "cast(null as bigint)",
        f"cast(null as {time})",
        f"cast(null as {text})",
    ]


def _unless_made(dialect: Dialect) -> str:
    """So that the statement, which reads the cache that it makes, counts nothing twice when it is sent twice."""
    return "" if dialect.has_transactions else "{{ signals_unless_made(history) }}"


def _value_ctes(plan: Plan, dialect: Dialect) -> str:
    return skeleton(
        "history_values_cte.sql", p=plan.project_name, identifier=plan.identifier, unless_made=_unless_made(dialect)
    )


def _texts(slots: list[Slot]) -> str:
    return ", ".join(f"'{slot.name}'" for slot in slots)


def _merged_values(plan: Plan, dialect: Dialect) -> str:
    names = merged_columns(plan, dialect)[2:]
    first = [slot for slot in plan.value_slots if slot.keeps_first]
    of_events = [slot for slot in plan.value_slots if slot.is_of_events]

    def by_slot(of_first: str, of_last: str) -> str:
        if len(first) in (0, len(plan.value_slots)):
            return of_first if first else of_last
        of_slot = f"when slot in ({_texts(first)})\n            then {of_first}"
        return f"case\n        {of_slot}\n        else {of_last}\n    end"

    return skeleton(
        "history_merged_values.sql",
        identifier=plan.identifier,
        no_states="\n".join(f"null as {name}," for name in names),
        last_tstamp=by_slot("min(last_tstamp)", "max(last_tstamp)"),
        last_event_id=by_slot(last_event_id(dialect, next(iter(first), None)), last_event_id(dialect)),
        of_events="".join(
            f",\n    case when slot in ({_texts(of_events)}) then day_values.{name} end" for name in ORDER if of_events
        ),
    )
