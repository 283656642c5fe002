"""Every cell of `attributes`, by real dbt on real DuckDB, is what the interpreter says.

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
from hypothesis import strategies as st
from tests import harness, reference, strategies
from tests.events_table import EVENTS_COLUMNS, JSON_COLUMNS, ZONED_COLUMNS, as_tracked

from snowplow_signals import View

SCALE = float(os.environ.get("SIGNALS_EXAMPLES", "1"))
VIEWS = 8

example_settings = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking is ours: one attribute, then ever fewer rows
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def differing(views: Sequence[View], rows: list, chosen: strategies.Settings, columns: dict[str, str]) -> list[str]:
    """The cells that differ, over a workspace of its own."""
    with TemporaryDirectory() as folder:
        workspace = Path(folder)
        harness.make_workspace(workspace, rows, columns)
        found = harness.run_projects(workspace, views, "run", **chosen.for_dbt())
    lines = []
    for view in views:
        expected = reference.compute(view, rows, **chosen.for_reference())
        lines += harness.differences(view, found[view.project_name], expected)
    return lines


def smallest(view: View, rows: list, chosen: strategies.Settings, columns: dict[str, str]) -> tuple[View, list]:
    """One attribute, and as few rows as still show the difference; at most some dozens of runs."""
    for attribute in view.attributes:
        alone = view.model_copy(update={"attributes": (attribute,)})
        if differing([alone], rows, chosen, columns):
            view = alone
            break
    size = max(len(rows) // 2, 1)
    while size:
        for start in range(0, len(rows), size):
            fewer = rows[:start] + rows[start + size :]
            if len(fewer) < len(rows) and differing([view], fewer, chosen, columns):
                rows = fewer
                break
        else:
            size //= 2
    return view, rows


def check(data: st.DataObject) -> None:
    entity = data.draw(strategies.entities)
    views = [data.draw(strategies.views(entity, f"v{number}")) for number in range(VIEWS)]
    rows = data.draw(strategies.event_rows(entity))
    chosen = data.draw(strategies.settings)
    layout = data.draw(st.sampled_from(("lake", "lake", "zoned", "json")))
    columns = {"lake": EVENTS_COLUMNS, "zoned": ZONED_COLUMNS, "json": JSON_COLUMNS}[layout]
    if layout == "json":
        rows = [as_tracked(row) for row in rows]
    lines = differing(views, rows, chosen, columns)
    if lines:
        names = {line.split()[0].rstrip(":") for line in lines}
        wrong = next(view for view in views if view.project_name in names)
        view, fewer = smallest(wrong, rows, chosen, columns)
        raise AssertionError(_shown(lines, view, fewer, chosen))


def _shown(lines: list[str], view: View, rows: list[dict[str, Any]], chosen: strategies.Settings) -> str:
    shown = ["\n".join(lines[:20]), "", "the smallest case:", view.model_dump_json(exclude_none=True), repr(chosen)]
    return "\n".join([*shown, *map(repr, rows)])


@settings(example_settings, max_examples=max(1, round(15 * SCALE)))
@given(data=st.data())
def test_attributes_equal_the_interpreter(data: st.DataObject) -> None:
    check(data)


@pytest.mark.long
@settings(example_settings, max_examples=max(1, round(200 * SCALE)))
@given(data=st.data())
def test_attributes_equal_the_interpreter_at_length(data: st.DataObject) -> None:
    check(data)
