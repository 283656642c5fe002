"""The models of a project are one chain: when one fails, dbt builds none of those after it."""

import re

import pytest
from examples.ecommerce import view

from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project
from snowplow_signals.project.models import MODELS


@pytest.mark.parametrize("target_type", TARGET_TYPES)
def test_each_model_depends_on_the_one_before_it(target_type: str) -> None:
    plan = plan_view(view)
    files = compile_project(plan, dialect_named(target_type))
    built = [name for _, name, _ in MODELS if any(path.endswith(f"/{plan.project_name}_{name}.sql") for path in files)]
    before: dict[str, set[str]] = {}
    for phase, name, _ in MODELS:
        if name in built:
            text = files[f"models/{phase}/{plan.project_name}_{name}.sql"]
            named = set(re.findall(rf"ref\('{plan.project_name}_(\w+)'\)", text)) - {name}
            before[name] = named.union(*(before[one] for one in named))
    assert len(built) > 15
    assert all(set(built[:place]) == before[name] for place, name in enumerate(built))
