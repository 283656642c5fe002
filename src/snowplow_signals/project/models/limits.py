"""The model that decides what a run takes."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import skeleton
from snowplow_signals.project.models.leaves import value_of


def base_new_event_limits(plan: Plan, dialect: Dialect) -> str:
    return skeleton(
        "base_new_event_limits.sql",
        p=plan.project_name,
        hour=dialect.sql(dialect.hour(exp.column("load_tstamp"))),
        since=dialect.timestamp_literal("{{ start.since }}"),
        planned_at=dialect.timestamp_literal("{{ run.planned_at }}"),
        load_tstamp=value_of(AtomicProperty(name="load_tstamp"), "time", dialect),
    )
