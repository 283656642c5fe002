"""What must come before what in a run is said to dbt, which orders models by nothing else."""

import re

import pytest
from tests.histories.views import COUNTS, EVERYTHING

from snowplow_signals import View
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project import compile_project

BEFORE = (
    ("daily_aggregation_manifest", "filtered_events"),  # days are marked before their events change
    ("entity_day_manifest", "filtered_events"),
    ("filtered_events", "incremental_manifest"),
    ("entity_days_to_process", "daily_aggregates"),  # its marks are cleared by what it is made for
    ("entity_manifest", "daily_aggregates"),  # entities are marked before what their rows are computed from changes
    ("daily_values", "daily_aggregates"),
    ("entity_manifest", "daily_values"),
    ("daily_aggregates", "attributes_this_run"),
    ("attributes_this_run", "removed_entities"),
    ("removed_entities", "attributes"),
    ("attributes", "publication_manifest"),
)


@pytest.mark.parametrize("view", [EVERYTHING, COUNTS], ids=["with lists", "without"])
@pytest.mark.parametrize("engine", TARGET_TYPES)
def test_models_come_after_what_they_rest_on(engine: str, view: View) -> None:
    files = compile_project(plan_view(view), dialect_named(engine))
    prefix = f"{view.project_name}_"
    refs = {
        path.split(f"/{prefix}")[1].removesuffix(".sql"): set(re.findall(rf"ref\('{prefix}(\w+)'\)", text))
        for path, text in files.items()
        if f"/{prefix}" in path and path.startswith("models/")
    }

    def all_before(name: str) -> set[str]:
        return refs[name].union(*map(all_before, refs[name]))

    for first, then in BEFORE:
        assert first not in refs or then not in refs or first in all_before(then), f"{first} before {then}"
