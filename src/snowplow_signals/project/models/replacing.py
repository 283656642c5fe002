"""How a model's new rows take the place of old ones.

Where a model and its hooks are one transaction, a hook deletes what gives way and the rows are added. Elsewhere one
statement does both, so that a process that dies leaves the table as it was or as it should be.
"""

from __future__ import annotations

from dataclasses import dataclass

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan


@dataclass(frozen=True)
class Replacing:
    """The materialization, and the lines of its `config` that say what gives way."""

    way: str
    lines: str


def replacing_events(plan: Plan, dialect: Dialect) -> Replacing:
    """Winners take the place of those with their event_id."""
    events = f"{plan.project_name}_base_events_this_run"
    if dialect.has_transactions:
        return _by_hook(f"signals_drop_replaced(ref('{events}'))")
    return Replacing("signals_events", f"    events='{events}',\n")


def replacing_states(plan: Plan, dialect: Dialect) -> Replacing:
    """States take the place of those that are computed anew."""
    if dialect.has_transactions:
        days, entity_days = (
            f"ref('{plan.project_name}_{name}')" for name in ("days_out_of_date", "entity_days_to_process")
        )
        return _by_hook(f"signals_replace_states({days}, {entity_days}, '{plan.identifier}')")
    return Replacing("signals_days", f"    days='{plan.project_name}_days_out_of_date',\n")


def computed_days(plan: Plan, dialect: Dialect) -> str:
    """The relations that say what is computed, as Jinja variables."""
    days = f"{{%- set days = ref('{plan.project_name}_days_out_of_date') %}}"
    if not dialect.has_transactions:
        return days
    return f"{days}\n{{%- set entity_days = ref('{plan.project_name}_entity_days_to_process') %}}"


def states_condition(plan: Plan, dialect: Dialect) -> str:
    """Whether an event belongs to what is computed."""
    given = f"days, entity_days, '{plan.identifier}'" if dialect.has_transactions else "days"
    return f"{{{{ signals_computed_now({given}) }}}}"


def replacing_attributes(plan: Plan, dialect: Dialect, output_names: str) -> Replacing:
    """The rows that change take the place of theirs, and those that are gone go, all at once."""
    changes = f"{plan.project_name}_attributes_this_run"
    if dialect.has_transactions:
        by_hook = _by_hook(f"signals_make_room(ref('{changes}'), '{plan.identifier}')")
        return Replacing(
            by_hook.way, f"    names=[{output_names}],\n    whole_without='publication_manifest',\n{by_hook.lines}"
        )
    return Replacing(
        "signals_changes",
        f"    changes='{changes}', unique_key='{plan.identifier}',\n    names=[{output_names}],\n"
        "    whole_without='publication_manifest',\n",
    )


def _by_hook(call: str) -> Replacing:
    return Replacing("signals_append", f'    pre_hook="{{{{ {call} }}}}",\n')
