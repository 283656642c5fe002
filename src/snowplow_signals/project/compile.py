"""From a plan to the files of a dbt project. Pure: the same plan gives the same bytes; writing is done elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

from snowplow_signals.definitions import Service
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.catalog import CATALOG_FILE, catalog
from snowplow_signals.project.limits import check_limits, check_statements
from snowplow_signals.project.models import macro_files, models_of
from snowplow_signals.project.models.anew import anew_macros
from snowplow_signals.project.models.checks import checks
from snowplow_signals.project.models.conversions import conversions
from snowplow_signals.project.models.definition import definition_macros
from snowplow_signals.project.models.elements import element_macros, reads_elements
from snowplow_signals.project.models.order import project_macros
from snowplow_signals.project.models.properties import dbt_project, exposures, schema, source
from snowplow_signals.project.models.statistics import statistics_macros
from snowplow_signals.project.models.views import view_models
from snowplow_signals.project.packages import PROJECT_FILE

SQL_HEADER = "-- Made by snowplow-batch-engine from {views}. Change the {view}, not this file.\n"
BEGIN = "{%- do signals_begin_model() %}\n"
YAML_HEADER = "# Made by snowplow-batch-engine from {views}. Change the {view}, not this file.\n"
PROJECT_HEADER = "# Made by snowplow-batch-engine from {views}. Change the {view}; the vars below are yours.\n"


def compile_project(
    plan: Plan,
    dialect: Dialect,
    variables: Mapping[str, object] | None = None,
    services: Sequence[Service] = (),
) -> dict[str, str]:
    """The files of the project that computes `plan` on `dialect`'s engine: relative path to text.

    `variables` are the user's values of the project's variables; the others get their defaults. Those of `services`
    that read a view of the plan are exposures of the project.
    Raises UnsupportedError when the engine cannot compute some attribute.
    """
    check_limits(plan, dialect)
    files = {
        PROJECT_FILE: PROJECT_HEADER + dbt_project(plan, dialect, variables or {}),
        "models/sources.yml": YAML_HEADER + source(dialect),
        "models/schema.yml": YAML_HEADER + schema(plan),
        "macros/signals_engine.sql": SQL_HEADER + dialect.macros(),
        "macros/signals_conversions.sql": SQL_HEADER + conversions(dialect),
    }
    read_by = exposures(plan, services)
    if read_by:
        files["models/exposures.yml"] = YAML_HEADER + read_by
    if reads_elements(plan):
        files["macros/signals_elements.sql"] = SQL_HEADER + element_macros(plan, dialect)
    models = models_of(plan)
    files["macros/signals_project.sql"] = SQL_HEADER + project_macros(plan, dialect, [model[:2] for model in models])
    files["macros/signals_parts.sql"] = SQL_HEADER + definition_macros(plan, dialect)
    files["macros/signals_statistics.sql"] = SQL_HEADER + statistics_macros(dialect)
    files["macros/signals_anew.sql"] = SQL_HEADER + anew_macros(plan, dialect)
    for folder, name, render in models:
        files[f"models/{folder}/{plan.project_name}_{name}.sql"] = SQL_HEADER + BEGIN + render(plan, dialect)
    for name, text in view_models(plan).items():
        files[f"models/views/{name}.sql"] = SQL_HEADER + BEGIN + text
    for name in macro_files(plan, dialect):
        text = resources.files("snowplow_signals.project").joinpath("macros", name).read_text("utf-8")
        files[f"macros/{name}"] = SQL_HEADER + text
    for name, text in checks(plan).items():
        files[f"tests/{name}"] = SQL_HEADER + text
    check_statements(plan, dialect, files)
    one, many = f"view {plan.view.name}, version {plan.view.version}", f"the views of {plan.project_name}"
    views, view = (many, "views") if plan.views else (one, "view")
    files = {path: text.replace("{views}", views, 1).replace("{view}", view, 1) for path, text in files.items()}
    return dict(sorted((files | {CATALOG_FILE: catalog(plan, services)}).items()))
