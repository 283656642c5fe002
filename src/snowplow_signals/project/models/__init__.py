"""The files of a generated dbt project: one function per model, as SQL text around rendered leaves."""

from __future__ import annotations

from collections.abc import Callable

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.attributes import attributes_this_run
from snowplow_signals.project.models.days import (
    days_out_of_date,
    entity_days_to_process,
    entity_manifest,
)
from snowplow_signals.project.models.definition import definition
from snowplow_signals.project.models.events import base_events_this_run, filtered_events
from snowplow_signals.project.models.history import entity_history
from snowplow_signals.project.models.limits import base_new_event_limits
from snowplow_signals.project.models.manifests import (
    chunk_manifest,
    daily_aggregation_manifest,
    entity_day_manifest,
    incremental_manifest,
)
from snowplow_signals.project.models.publication import (
    attributes,
    attributes_history,
    publication_manifest,
    removed_entities,
    run_history,
)
from snowplow_signals.project.models.states import daily_aggregates, daily_values
from snowplow_signals.project.models.statistics import attribute_statistics

Model = Callable[[Plan, Dialect], str]

MODELS: tuple[tuple[str, str, Model], ...] = (
    ("take", "definition", definition),
    ("take", "base_new_event_limits", base_new_event_limits),
    ("take", "base_events_this_run", base_events_this_run),
    ("take", "chunk_manifest", chunk_manifest),
    ("take", "daily_aggregation_manifest", daily_aggregation_manifest),
    ("take", "entity_day_manifest", entity_day_manifest),
    ("take", "filtered_events", filtered_events),
    ("take", "incremental_manifest", incremental_manifest),
    ("publish", "days_out_of_date", days_out_of_date),
    ("publish", "entity_days_to_process", entity_days_to_process),
    ("publish", "entity_manifest", entity_manifest),
    ("publish", "entity_history", entity_history),
    ("publish", "daily_values", daily_values),
    ("publish", "daily_aggregates", daily_aggregates),
    ("publish", "attributes_this_run", attributes_this_run),
    ("publish", "removed_entities", removed_entities),
    ("publish", "attributes", attributes),
    ("publish", "attributes_history", attributes_history),
    ("publish", "attribute_statistics", attribute_statistics),
    ("publish", "publication_manifest", publication_manifest),
    ("publish", "run_history", run_history),
)
"""Folder, name and text of each model, in the order in which a run builds them."""

MACRO_FILES = (
    "signals_run.sql",
    "signals_variables.sql",
    "signals_own.sql",
    "signals_command.sql",
    "signals_order.sql",
    "signals_this_run.sql",
    "signals_history.sql",
    "signals_definition.sql",
    "signals_changes.sql",
    "signals_events.sql",
    "signals_rows.sql",
    "signals_stored_copies.sql",
    "signals_states.sql",
    "signals_materializations.sql",
)


def models_of(plan: Plan) -> list[tuple[str, str, Model]]:
    """Those of `MODELS` that the plan's project has."""
    left_out = set() if plan.value_slots else {"daily_values"}
    left_out |= set() if plan.keeps_history else {"attributes_history"}
    return [model for model in MODELS if model[1] not in left_out]


def macro_files(plan: Plan, dialect: Dialect) -> tuple[str, ...]:
    """The files of macros that a project on an engine has besides the engine's own."""
    replacing = "signals_replacing.sql" if dialect.has_transactions else "signals_one_statement.sql"
    lease = ("signals_lease.sql",) if dialect.has_lease_table else ()
    history = ("signals_attributes_history.sql",) if plan.keeps_history else ()
    return (*MACRO_FILES, replacing, *lease, *(("signals_views.sql",) if plan.views else ()), *history)
