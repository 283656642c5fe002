"""The history of a view with `snapshot` on Spark with Delta Lake, when runs die before and after what publishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import harness
from tests.histories.by_hand import day, event
from tests.histories.recording import HISTORY, Recording
from tests.histories.views import CLICK, LABEL, RECORDED, attribute, number, text
from tests.warehouses import WAREHOUSES

from snowplow_signals.errors import RunError
from snowplow_signals.run.runner import run_project

pytestmark = pytest.mark.long
SPARK = WAREHOUSES["spark"]
P = RECORDED.project_name
CLICKS, SPENT, LABELS = (
    attribute("clicks_1_day", "counter", "int32", 1, events=[CLICK]),
    number("spent", "sum"),
    attribute("labels_3_days", "unique_list", "string_list", 3, property=LABEL),
)
VIEW = RECORDED.model_copy(update={"attributes": (CLICKS, SPENT, LABELS)})
"""Few attributes: a run takes half a minute."""
VARIANTS = {
    "more": (
        CLICKS,
        SPENT,
        LABELS,
        text("label", "first"),
        attribute("counts", "category_count", "dict", property=LABEL),
    ),
    "other": (CLICKS.model_copy(update={"type": "int64"}), text("spent", "first"), LABELS),
    "as before": (CLICKS, SPENT, LABELS),
}
TABLES = ("attributes", HISTORY, "removed_entities")
PUBLISHED, RECORDED_IN = f"{P}_attributes as stored", f"{P}_{HISTORY} as stored"


class Dying:
    """Lets statements through until one has a text: none comes through from before, or after, that one on."""

    text: str | None = None
    is_after = False
    is_dead = False

    def seen(self, sql: str, send: Callable[[], Any]) -> Any:
        if self.text is not None and self.text in sql:
            self.is_dead = True
            if self.is_after:
                self.text = None
                send()
        if self.is_dead:
            raise RuntimeError("the process has died")
        return send()


class Project:
    """Loads, runs and looks; every run is as of the same day."""

    def __init__(self, folder: Path, statements: Dying) -> None:
        self.folder, self.statements = folder, statements
        self.played: Counter[str] = Counter()
        self.view = VIEW
        self.recording = Recording(VIEW, self.played)
        SPARK.make(folder)
        harness.write_project(folder / P, VIEW, "spark")

    def load(self, *rows: dict[str, Any]) -> None:
        harness.write_events(self.folder, rows)

    def redefine(self, variant: str) -> None:
        self.view = VIEW.model_copy(update={"attributes": VARIANTS[variant]})
        harness.write_project(self.folder / P, self.view, "spark")

    def run(self) -> None:
        variables: dict[str, object] = {"snowplow__accept_changes": True}
        run_project(self.folder / P, profiles_dir=self.folder, as_of=day(2), variables=variables)
        self.played["runs"] += 1
        self.look(is_complete=True)

    def die(self, text: str, *, is_after: bool) -> None:
        self.statements.text, self.statements.is_after = text, is_after
        with pytest.raises(RunError, match="the process has died"):
            self.run()
        self.statements.text, self.statements.is_dead = None, False
        SPARK.let_time_pass(self.folder, P)
        self.played["kills"] += 1
        self.look(is_complete=False)

    def look(self, *, is_complete: bool) -> None:
        with SPARK.connection({}) as connection:
            there = {name for _, name in SPARK.tables(connection)}
        tables = {
            name: harness.read_table(self.folder, f"{harness.DERIVED}.{P}_{name}")
            for name in TABLES
            if f"{P}_{name}" in there
        }
        assert self.recording.see(self.view, tables, is_complete=is_complete, has_seen_all=True) == []


@pytest.fixture
def project(tmp_path: Path) -> Any:
    statements = Dying()
    with pytest.MonkeyPatch.context() as patch:
        from dbt.adapters.spark.session import Cursor

        patch.setattr(Cursor, "execute", Cursor.execute)  # put back what `watch` replaces
        SPARK.watch(statements.seen)
        yield Project(tmp_path, statements)


def test_runs_that_die(project: Project, record_property) -> None:
    project.load(event("e1", "ann", 0), event("e2", "bob", 0), event("e3", "cleo", 0))
    project.run()
    # two who are there already have an event more, and one who is new has the first; of bob's only one Ann has a copy
    points = ((PUBLISHED, False), (PUBLISHED, True), (RECORDED_IN, True))
    for one, (statement, is_after) in enumerate(points):
        copy = [event("e2", "ann", 0, loaded=-0.5)] if one == 1 else []
        project.load(event(f"a{one}", "ann", 1 + one / 9, label="b"), event(f"n{one}", f"new {one}", 1), *copy)
        project.die(statement, is_after=is_after)
        project.load(event(f"b{one}", "ann", 1.05 + one / 9, label="c"))
        project.run()
    record_property("played", dict(project.played))
    assert project.played["kills"] == len(points)


def test_definitions_change(project: Project, record_property) -> None:
    project.load(event("e1", "ann", 0), event("e2", "bob", 0))
    project.run()
    for variant in VARIANTS:
        project.redefine(variant)
        project.load(event(f"of {variant}", "ann", 1, label=variant))
        project.run()
    record_property("played", dict(project.played))
