"""The columns of the tables to which rows are added: inserts and merges name them, and ask the engine nothing. A table
may have more, those of a definition before."""

from __future__ import annotations

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.project.models.attributes import output_columns
from snowplow_signals.project.models.events import kept_names
from snowplow_signals.project.models.history import history_columns
from snowplow_signals.project.models.states import day_columns
from snowplow_signals.project.models.statistics import column_names


def columns_of(plan: Plan, dialect: Dialect) -> dict[str, list[str]]:
    """Model to the columns of its table."""
    one = plan.identifier
    return {
        "definition": ["part", "fingerprint"],
        "chunk_manifest": ["chunk", "run_id", "planned_at", "as_of", *ROW_COUNTS, "is_stored"],
        "daily_aggregation_manifest": [
            *("day", "pending_events", "pending_late_events", "pending_late_events_in_reach", "is_out_of_date"),
            *("since_chunk", "marked_chunk", "left_chunk", "replaced_chunk", "counted_chunk", "counted_lookback_days"),
            *("values_chunk", "aggregated_chunk"),
        ],
        "entity_day_manifest": ["day", one, "is_recomputed", "chunk"],
        "filtered_events": [
            *("event_id", "event_key", one, "day", "event_tstamp", "load_tstamp", "collector_tstamp"),
            *kept_names(plan),
            "chunk",
        ],
        "incremental_manifest": ["bucket", "bucket_rows", "chunk", "run_id"],
        "entity_manifest": [one, "as_of", "days_shifted"],
        "entity_history": history_columns(plan, dialect),
        "daily_values": [one, "day", "chunk", "slot", "value", "n", "last_tstamp", "last_event_id"],
        "daily_aggregates": day_columns(plan, dialect),
        "removed_entities": [one, "removed_at"],
        "attributes": output_columns(plan),
        "attribute_statistics": column_names(),
        "publication_manifest": ["published", "run_id", "planned_at", "as_of", "days_shifted"],
        "run_history": [
            *("run_id", "planned_at", "finished_at", "as_of", *ROW_COUNTS, "days_aggregated", "days_deferred"),
            *("events_deferred", "entities", "entities_changed", "chunk"),
        ],
    }
