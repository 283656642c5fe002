"""The manifests of a take: its accounting, dirty days and entities, the ledger."""

from __future__ import annotations

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.accounting import REASONS
from snowplow_signals.project.models.layout import comma_lines, hanging, skeleton
from snowplow_signals.project.models.leaves import ScopeRule, load_hour, loaded_columns, scope_rules


def chunk_manifest(plan: Plan, dialect: Dialect) -> str:
    rules = scope_rules(plan, dialect)
    counted = {rule.reason for rule in rules}
    return skeleton(
        "chunk_manifest.sql",
        p=plan.project_name,
        columns=comma_lines(loaded_columns(plan, dialect, with_properties=False)),
        hour=load_hour(dialect),
        reasons="\n".join(_when_it_goes(rule) for rule in rules),
        reason_counts=comma_lines(
            [f"count(case when reason = '{reason}' then 1 end) as rows_{reason}" for reason in REASONS]
        ),
        unless_counted="" if dialect.has_transactions else "{{ signals_unless_there('chunk') }}",
        sum_left_out="\n".join(f"+ left_out.rows_{reason}" for reason in REASONS if reason in counted),
        left_out_columns=comma_lines(
            [f"cast(left_out.rows_{reason} as bigint) as rows_{reason}" for reason in REASONS]
        ),
    )


def _when_it_goes(rule: ScopeRule) -> str:
    stays = f"\n    {hanging(rule.stays)},\n    false\n" if "\n" in rule.stays else f"{rule.stays}, false"
    return f"when not coalesce({stays}) then '{rule.reason}'"


def daily_aggregation_manifest(plan: Plan, dialect: Dialect) -> str:
    return skeleton("daily_aggregation_manifest.sql", p=plan.project_name, identifier=plan.identifier)


def entity_day_manifest(plan: Plan, dialect: Dialect) -> str:
    return skeleton("entity_day_manifest.sql", p=plan.project_name, identifier=plan.identifier)


def incremental_manifest(plan: Plan, dialect: Dialect) -> str:
    return skeleton("incremental_manifest.sql", p=plan.project_name)
