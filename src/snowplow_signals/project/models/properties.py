"""The YAML files of a project: dbt_project.yml, the source, descriptions and data tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from snowplow_signals.definitions import Service, View
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, PlannedAttribute, PlannedDerived, PlannedView
from snowplow_signals.plan.lineage import Lineage, lineage, views_of
from snowplow_signals.project.models.layout import fill, jinja_safe, skeleton
from snowplow_signals.project.models.views import columns_of_view
from snowplow_signals.project.variables import VARIABLES

PROFILE = "snowplow_batch_engine"

HOOKS = """\
models:
  $p:
    +pre-hook:
$hooks

"""

RELEASE = """\
on-run-end:
  - "{{ signals_release('$p') }}"

"""


def dbt_project(plan: Plan, dialect: Dialect, values: Mapping[str, object]) -> str:
    """dbt_project.yml, with the user's values of the variables and the defaults of the others."""
    lines = []
    for variable in VARIABLES:
        value = values.get(variable.name, variable.default)
        lines.append(f"  # {variable.meaning}")
        if value is None and variable.name not in values:
            lines.append(f"  # {variable.name}:")
        else:
            lines.append(f"  {variable.name}: {_flow(value)}")
    known = {variable.name for variable in VARIABLES}
    lines += [f"  {name}: {_flow(value)}" for name, value in values.items() if name not in known]
    return skeleton(
        "dbt_project.yml", p=plan.project_name, profile=PROFILE, variables="\n".join(lines), hooks=_hooks(plan, dialect)
    )


def _hooks(plan: Plan, dialect: Dialect) -> str:
    """What every model of the project does first."""
    lines = "\n".join(f'      - "{hook}"' for hook in dialect.hooks)
    text = fill(HOOKS, p=plan.project_name, hooks=lines) if dialect.hooks else ""
    text += fill(RELEASE, p=plan.project_name) if dialect.has_lease_table else ""
    return text.rstrip("\n") + "\n" if text else ""


def _flow(value: object) -> str:
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n...\n").strip()


def source(dialect: Dialect) -> str:
    """Where the events are."""
    found = dialect.events_database
    return skeleton("sources.yml", database="" if found is None else f'database: "{{{{ {found} }}}}"')


def schema(plan: Plan) -> str:
    """Descriptions as the user wrote them, and the data tests."""
    graph = lineage(plan)
    models = [*(_of_view(plan, one, graph) for one in plan.views), _attributes(plan, graph), *_others(plan)]
    return _yaml({"version": 2, "models": models})


def exposures(plan: Plan, services: Sequence[Service]) -> str:
    """The services that read views of the plan, as dbt's exposures of their tables; empty when none does."""
    tables = {view.store_name: f"ref('{view.project_name}_attributes')" for view, _ in views_of(plan)}
    found = [
        {
            "name": service.name,
            "type": "application",
            "description": jinja_safe(service.description or f"Service {service.name}: attributes read by one name."),
            "owner": {"email": jinja_safe(str(service.owner))},
            "depends_on": read,
        }
        for service in services
        if (read := [tables[view.store_name] for view in service.views if view.store_name in tables])
    ]
    return _yaml({"version": 2, "exposures": found}) if found else ""


def _yaml(data: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return text


_UNIQUE_UNBOUND = {
    "unique": {"config": {"enabled": "{{ var('snowplow__duplicate_lookback_days', -1) == -1 }}"}},
}
"""With a bound, events of other days may have the same id."""


def _key(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "description": description, "data_tests": ["not_null", "unique"]}


def _validity(identifier: str) -> list[dict[str, Any]]:
    since = "The publication from which on the row was served (UTC)."
    until = "The publication that ended it (UTC); null: it is served now."
    return [
        {"name": identifier, "description": "Identifier.", "data_tests": ["not_null"]},
        {"name": "valid_from", "description": since, "data_tests": ["not_null"]},
        {"name": "valid_to", "description": until},
    ]


def _attributes(plan: Plan, graph: Lineage) -> dict[str, Any]:
    columns = [(one.column, one) for one in plan.outputs]
    described = (plan.project_name, plan.identifier, plan.view, columns)
    model = _described(*described) if plan.views else _with_lineage(_described(*described), plan.view, graph)
    for view in plan.views:
        changed = f"The run in which an attribute of {view.view.full_name} last changed (UTC)."
        model["columns"].append({"name": view.updated_at, "description": changed})
    return model


def _of_view(plan: Plan, view: PlannedView, graph: Lineage) -> dict[str, Any]:
    described = _described(view.view.project_name, plan.identifier, view.view, columns_of_view(view))
    return _with_lineage(described, view.view, graph)


def _with_lineage(model: dict[str, Any], view: View, graph: Lineage) -> dict[str, Any]:
    """The model with what each attribute comes from: property of the events to what it is used for."""
    columns = {column["name"]: column for column in model["columns"]}
    for attribute in view.attributes:
        if attribute.column not in columns:  # computed when it is read
            continue
        sources = graph.properties(graph.attribute(view, attribute.name))
        comes_from = {jinja_safe(name): ", ".join(roles) for name, roles in sources.items()}
        columns[attribute.column]["config"] = {"meta": {"comes_from": comes_from}}
    return model


def _described(
    project: str, identifier: str, view: View, attributes: Iterable[tuple[str, PlannedAttribute | PlannedDerived]]
) -> dict[str, Any]:
    described = view.description or f"One row per {view.entity.name}, one column per attribute."
    columns = [_key(identifier, f"Identifier of the {view.entity.name}.")]
    for name, attribute in attributes:
        columns.append({"name": name, "description": jinja_safe(attribute.description or _meaning(attribute))})
    columns.append(
        {
            "name": "updated_at",
            "description": "The run in which this row's values last changed (UTC).",
            "data_tests": ["not_null"],
        }
    )
    return {
        "name": f"{project}_attributes",
        "description": jinja_safe(described),
        "meta": {"view": view.name, "version": view.version, "owner": jinja_safe(str(view.owner))},
        "columns": columns,
    }


def _meaning(attribute: PlannedAttribute | PlannedDerived) -> str:
    if isinstance(attribute, PlannedDerived):
        return str(attribute.expression)
    value = f" of {attribute.slot.value.name}" if attribute.slot.value else ""
    return f"{attribute.aggregation}{value} {attribute.window.meaning}"


def _others(plan: Plan) -> list[dict[str, Any]]:
    described = {
        "base_new_event_limits": "What this run takes: hours of load, the run's id, the day as of which it computes.",
        "base_events_this_run": "The events of those hours that are in scope, without duplicates.",
        "filtered_events": "One row per event: its winner, with the properties that the attributes need.",
        "incremental_manifest": "The ledger: per hour of load, what was there when it was taken.",
        "chunk_manifest": "The accounting of each chunk of load.",
        "daily_aggregation_manifest": "Per day: pending events, whether its aggregates are stale (dirty).",
        "entity_day_manifest": "Entities whose events changed on days that are not aggregated yet.",
        "days_out_of_date": "Dirty days, whose events changed since they were aggregated: each is due now or deferred.",
        "entity_days_to_process": "The entities of those days whose states this run adds to or recomputes.",
        "entity_manifest": "Entities whose row in the attributes table may be stale.",
        "entity_history": "A cache: per entity, its partial states of early days, merged. It may be dropped.",
        "daily_aggregates": "Partial states per entity, day and chunk of load.",
        **({"daily_values": "Partial states of lists, frequencies and distinct counts."} if plan.value_slots else {}),
        "attributes_this_run": "The rows of the attributes table that change in this run.",
        "removed_entities": "Entities whose row disappeared, until they return.",
        "attribute_statistics": "What each publication holds: per attribute counts, quantiles, frequent values, bins.",
        "publication_manifest": "As of which day the attributes table was last published.",
        "run_history": "The accounting of each run.",
        "definition": "What the tables were built from.",
    }
    keys = {
        "incremental_manifest": "bucket",
        "chunk_manifest": "chunk",
        "daily_aggregation_manifest": "day",
        "removed_entities": plan.identifier,
        "run_history": "run_id",
        "attribute_statistics": "statistic",
        "base_events_this_run": "event_id",
    }
    if plan.keeps_history:
        described["attributes_history"] = (
            "What was published: a row per change of an entity's row, from when until when."
        )
    models = []
    for name, text in described.items():
        model: dict[str, Any] = {"name": f"{plan.project_name}_{name}", "description": text}
        if name == "base_events_this_run":  # one of its rows is not an event
            model["columns"] = [{"name": keys[name], "description": "Key.", "data_tests": [_UNIQUE_UNBOUND]}]
        elif name == "attributes_history":
            model["columns"] = _validity(plan.identifier)
        elif name in keys:
            model["columns"] = [_key(keys[name], "Key.")]
        models.append(model)
    for view in plan.views:
        text = f"Entities whose row of {view.view.full_name} disappeared, until they return."
        models.append({"name": f"{view.view.project_name}_removed_entities", "description": text})
    return models
