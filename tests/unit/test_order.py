"""Models come in one order, which dbt is told by what they refer to: it knows of no other.

What marks comes before what it marks changes, and what clears a mark after it was read; so each rests on all before it.
"""

import re
from itertools import pairwise

import pytest
from tests.histories.views import COUNTS, EVERYTHING, RECORDED

from snowplow_signals import View
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project
from snowplow_signals.project.models import MODELS


@pytest.mark.parametrize("view", [EVERYTHING, COUNTS, RECORDED], ids=["with lists", "without", "with a history"])
@pytest.mark.parametrize("engine", TARGET_TYPES)
def test_each_model_rests_on_all_before_it(engine: str, view: View) -> None:
    files = compile_project(plan_view(view), dialect_named(engine))
    prefix = f"{view.project_name}_"
    refs = {
        name: set(re.findall(rf"ref\('{prefix}(\w+)'\)", files[path]))
        for folder, name, _ in MODELS
        if (path := f"models/{folder}/{prefix}{name}.sql") in files
    }

    def all_before(name: str) -> set[str]:
        return refs[name].union(*map(all_before, refs[name]))

    for first, then in pairwise(refs):
        assert first in all_before(then), f"dbt may make {then} before {first}"
