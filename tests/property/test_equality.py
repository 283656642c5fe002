"""Every cell of `attributes`, by real dbt on a real engine, is what the interpreter says.

One example is a set of random events, settings of a run, and several random views over them, all built by one run of
dbt. `SIGNALS_EXAMPLES` multiplies their number. A difference is cut down to the smallest case before it is shown.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests import harness, reference, strategies
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import View

SCALE = float(os.environ.get("SIGNALS_EXAMPLES", "1"))

example_settings = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking is ours: one attribute, then ever fewer rows
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def differing(
    views: Sequence[View], rows: list, chosen: strategies.Settings, columns: dict[str, str], warehouse: str
) -> list[str]:
    """The cells that differ, over a workspace of its own."""
    with TemporaryDirectory() as folder:
        workspace = Path(folder)
        harness.make_workspace(workspace, rows, columns, warehouse)
        found = harness.run_projects(workspace, views, "run", **chosen.for_dbt())
        WAREHOUSES[warehouse].drop(workspace)
    lines = []
    for view in views:
        expected = reference.compute(view, rows, **chosen.for_reference())
        lines += harness.differences(view, found[view.project_name], expected)
    return lines


def smallest(
    view: View, rows: list, chosen: strategies.Settings, columns: dict[str, str], warehouse: str
) -> tuple[View, list]:
    """One attribute, and as few rows as still show the difference; at most some dozens of runs."""
    for attribute in view.attributes:
        alone = view.model_copy(update={"attributes": (attribute,)})
        if differing([alone], rows, chosen, columns, warehouse):
            view = alone
            break
    size = max(len(rows) // 2, 1)
    while size:
        for start in range(0, len(rows), size):
            fewer = rows[:start] + rows[start + size :]
            if len(fewer) < len(rows) and differing([view], fewer, chosen, columns, warehouse):
                rows = fewer
                break
        else:
            size //= 2
    return view, rows


def check(example: strategies.Example, warehouse: str) -> None:
    example = example.for_warehouse(WAREHOUSES[warehouse])
    lines = differing(example.views, example.rows, example.settings, example.columns, warehouse)
    if lines:
        names = {line.split()[0].rstrip(":") for line in lines}
        wrong = next(view for view in example.views if view.project_name in names)
        view, rows = smallest(wrong, example.rows, example.settings, example.columns, warehouse)
        raise AssertionError(shown(lines, view, rows, example.settings))


def shown(lines: list[str], view: View, rows: list[dict[str, Any]], chosen: strategies.Settings) -> str:
    case = ["the smallest case:", view.model_dump_json(exclude_none=True), repr(chosen), *map(repr, rows)]
    return "\n".join([*lines[:20], "", *case])


on_every_warehouse = pytest.mark.parametrize("warehouse", QUICK)


@pytest.mark.parametrize("warehouse", ["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
@settings(example_settings, max_examples=max(1, round(2 * SCALE)))
@given(example=strategies.examples)
def test_attributes_equal_the_interpreter(warehouse: str, example: strategies.Example) -> None:
    check(example, warehouse)


@pytest.mark.long
@on_every_warehouse
@settings(example_settings, max_examples=max(1, round(200 * SCALE)))
@given(example=strategies.examples)
def test_attributes_equal_the_interpreter_at_length(warehouse: str, example: strategies.Example) -> None:
    check(example, warehouse)
