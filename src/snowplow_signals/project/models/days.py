"""The models that decide which days are aggregated, and whose rows may change."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import skeleton
from snowplow_signals.project.models.leaves import jinja_window


def days_out_of_date(plan: Plan, dialect: Dialect) -> str:
    loaded = exp.cast(exp.column("load_tstamp", table="events"), "date")
    late = dialect.days_between(exp.column("day", table="events"), loaded)
    return skeleton("days_out_of_date.sql", p=plan.project_name, days_late=dialect.sql(late))


def entity_days_to_process(plan: Plan, dialect: Dialect) -> str:
    return skeleton("entity_days_to_process.sql", p=plan.project_name, identifier=plan.identifier)


def entity_manifest(plan: Plan, dialect: Dialect) -> str:
    windows = ", ".join(jinja_window(window) for window in plan.windows if not window.is_lifetime)
    return skeleton("entity_manifest.sql", p=plan.project_name, identifier=plan.identifier, windows=windows)
