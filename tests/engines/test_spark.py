"""Whole projects on Spark with Delta Lake: the first run, and runs after it that die between two statements.

Delta has no transaction over several statements. A run is made to die after a statement by having none of its further
statements reach the engine; each statement by itself is one commit of one table.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, strategies
from tests.engines.test_regressions import LABEL, SETTINGS, row
from tests.warehouses import WAREHOUSES

from snowplow_signals import Attribute, View, user_entity

SPARK = WAREHOUSES["spark"]


@pytest.mark.long
def test_attributes_equal_the_interpreter(tmp_path: Path) -> None:
    """Of a random view; the session is in a zone with daylight-saving changes."""
    example = strategies.example_of_seed(1, number_of_views=1).for_warehouse(SPARK)
    harness.make_workspace(tmp_path, example.rows, example.columns, "spark")
    found = harness.run_projects(tmp_path, example.views, "run", **example.settings.for_dbt())
    for view in example.views:
        expected = reference.compute(view, example.rows, **example.settings.for_reference())
        assert expected
        assert harness.differences(view, found[view.project_name], expected) == []


class Statements:
    """Lets statements through until the first one with some text; that one too, but none after it."""

    def __init__(self) -> None:
        self.last: str | None = None
        self.is_dead = False
        self.done: list[str] = []

    def seen(self, sql: str, send: Callable[[], Any]) -> Any:
        if self.is_dead:
            raise RuntimeError("the process has died")
        result = send()
        self.done.append(" ".join(sql.split("*/")[-1].split()))
        if self.last is not None and self.last in self.done[-1]:
            self.is_dead = True
            raise RuntimeError("the process has died")
        return result

    @contextmanager
    def dying_after(self, text: str) -> Iterator[None]:
        self.last = text
        with pytest.raises(AssertionError, match="the process has died"):
            yield
        assert self.is_dead, f"no statement was like {text}"
        self.last, self.is_dead = None, False


MOMENTS = (
    "insert into signals_snowplow_manifest.v_1_entity_day_manifest",  # marked, not stored
    "merge into signals_derived.v_1_filtered_events",  # stored, not in the ledger, its accounting not set
    "insert into signals_derived.v_1_daily_values replace where",  # lists are new, the other states are not
    "insert into signals_derived.v_1_daily_aggregates replace where",  # aggregated, the marks not cleared
    "merge into signals_derived.v_1_attributes",  # published, but not that it was
)

VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        Attribute(name="n", type="int64", aggregation="counter"),
        Attribute(name="label", type="string", aggregation="last", property=LABEL),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
        Attribute(name="counts", type="dict", aggregation="category_count", property=LABEL, period=timedelta(days=7)),
    ],
)


@pytest.mark.long
def test_runs_that_die_between_two_statements_are_finished_by_the_next(tmp_path: Path) -> None:
    statements = Statements()
    with pytest.MonkeyPatch.context() as patch:
        from dbt.adapters.spark.session import Cursor

        patch.setattr(Cursor, "execute", Cursor.execute)  # put back what `watch` replaces
        SPARK.watch(statements.seen)
        rows = [row("e1", se_label="a"), row("e2", se_label="b", load_tstamp=_later(5)), row("e3", domain_userid="w")]
        harness.make_workspace(tmp_path, rows, warehouse="spark")
        _run(tmp_path, rows)
        # a copy of e2 that was loaded earlier takes its place, on another day; a late event; a new entity
        more = [
            row("e2", se_label="c", load_tstamp=_later(2), derived_tstamp=_later(-20)),
            row("e4", se_label="a", load_tstamp=_later(30)),
            row("e5", domain_userid="x", load_tstamp=_later(30)),
        ]
        harness.write_events(tmp_path, more)
        rows += more
        for moment in MOMENTS:
            with statements.dying_after(moment):
                harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
            SPARK.let_time_pass(tmp_path, VIEW.project_name)
        _run(tmp_path, rows)
    history = harness.read_table(tmp_path, f"{harness.MANIFEST}.v_1_run_history")
    stored = harness.read_table(tmp_path, f"{harness.DERIVED}.v_1_filtered_events")
    assert sum(one["rows_used"] - one["winners_replaced"] for one in history) == len(stored) == 5


def _later(hours: int) -> Any:
    return row("e")["load_tstamp"] + timedelta(hours=hours)


def _run(workspace: Path, rows: list[dict[str, Any]]) -> None:
    found = harness.run_project(workspace, VIEW, "run", **SETTINGS.for_dbt())
    assert harness.differences(VIEW, found, reference.compute(VIEW, rows, **SETTINGS.for_reference())) == []
