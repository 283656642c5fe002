"""Data tests of a project that are more than a column's: one row of one event, accounting that adds up."""

from __future__ import annotations

from snowplow_signals.plan import Plan
from snowplow_signals.project.accounting import OUTCOME_COLUMNS
from snowplow_signals.project.models.layout import skeleton

_CHECKS = ("events_stored_once", "states_kept_once", "accounting_adds_up", "stored_events_add_up")


def checks(plan: Plan) -> dict[str, str]:
    """File name to text, in the project's tests folder."""
    parts = " + ".join(OUTCOME_COLUMNS)
    return {
        f"{plan.project_name}_{name}.sql": skeleton(
            f"{name}.sql", p=plan.project_name, identifier=plan.identifier, parts=parts
        )
        for name in (*_CHECKS, *(("published_once",) if plan.keeps_history else ()))
    }
