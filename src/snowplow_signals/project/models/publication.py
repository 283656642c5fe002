"""The models that publish: what is removed, the table itself, as of when, and the run's history."""

from __future__ import annotations

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.project.models.attributes import output_names, value_names
from snowplow_signals.project.models.layout import comma_lines, skeleton
from snowplow_signals.project.models.replacing import replacing_attributes


def removed_entities(plan: Plan, dialect: Dialect) -> str:
    return skeleton(
        "removed_entities.sql",
        p=plan.project_name,
        identifier=plan.identifier,
        unless_noted="" if dialect.has_transactions else f"{{{{ signals_unless_there('{plan.identifier}') }}}}",
        stored_by=_stored_by("removed_at", plan, dialect),
    )


def _stored_by(changed: str, plan: Plan, dialect: Dialect) -> str:
    """Found by the entity, and by when it changed, which is what a sync asks for."""
    return dialect.stored_by((plan.identifier,), (changed,))


def attributes(plan: Plan, dialect: Dialect) -> str:
    replacing = replacing_attributes(plan, dialect, output_names(plan))
    return skeleton(
        "attributes.sql",
        way=replacing.way,
        replacing=replacing.lines.removesuffix(",\n") + "\n",
        p=plan.project_name,
        identifier=plan.identifier,
        stored_by=_stored_by("updated_at", plan, dialect),
        names="\n".join(f"{name}," for name in value_names(plan)),
        recording="{%- do signals_record_published() %}" if plan.keeps_history else "",
    )


def attributes_history(plan: Plan, dialect: Dialect) -> str:
    names = [plan.identifier, *value_names(plan)]
    return skeleton(
        "attributes_history.sql",
        p=plan.project_name,
        identifier=plan.identifier,
        # the current rows are found first; those of before are read only by whoever asks for them
        stored_by=dialect.stored_by(("valid_to",), (plan.identifier,)) + dialect.kept_for_good,
        columns=", ".join(f"'{name}'" for name in names),
        names="\n".join(f"{name}," for name in value_names(plan)),
        timestamp=dialect.timestamp_type,
    )


def publication_manifest(plan: Plan, dialect: Dialect) -> str:
    # a publication is complete when it is described as well: one that dies before it is repeated
    after = f"{plan.project_name}_attribute_statistics"
    return skeleton("publication_manifest.sql", p=plan.project_name, identifier=plan.identifier, after=after)


def run_history(plan: Plan, dialect: Dialect) -> str:
    return skeleton(
        "run_history.sql",
        p=plan.project_name,
        sums=comma_lines([f"sum({name}) as {name}" for name in ROW_COUNTS]),
        counts=comma_lines([f"cast(coalesce(stored.{name}, 0) as bigint) as {name}" for name in ROW_COUNTS]),
    )
