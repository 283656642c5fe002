"""Histories on Spark with Delta Lake: loads, runs and plain builds, many of which die between two statements.

Delta has no transaction over several statements, so that what a run leaves behind when it dies may lie between the
states that the model of the other histories knows. What is asked here is that the next run brings everything in. A run
dies by having none of its further statements reach the engine: starting another session takes longer than a run. Then
time is up for the lease that it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference
from tests.histories.by_hand import day, event
from tests.histories.columns import COLUMNS
from tests.histories.early_days import EARLY, LATE, NEXT, RECENT
from tests.histories.made_up import LOADS_AND_RUNS, history_of_seed
from tests.histories.model import Scenario
from tests.histories.server import WRITES
from tests.histories.steps import START, History, Limits, Load, Run, models_of
from tests.histories.views import COUNTS, EVERYTHING, VIEWS
from tests.warehouses import WAREHOUSES

from snowplow_signals import View
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import BusyError, RunError
from snowplow_signals.inspect.status import project_status
from snowplow_signals.inspect.verify import verify_project
from snowplow_signals.run.runner import run_project

SPARK = WAREHOUSES["spark"]
SEED = 1757
"""Of a load, a run that dies late, and a load; a run that brings everything in is at the end of all."""
LONG_SEED = 80
LONG_SEEDS = range(100, 105)
AS_OF = START.date() + timedelta(days=4)
EVERYTHING_IN = Run(full_scan=True, reprocess_late=True)


class Statements:
    """Lets statements through until it is time to die: before or after the one of that number, none from then on."""

    def __init__(self) -> None:
        self.number = 0
        self.dies_at: int | None = None
        self.is_after = False
        self.is_dead = False

        self.is_twice = False

    def begin(self, dies_at: int | None = None, *, is_after: bool = False) -> None:
        self.number, self.dies_at, self.is_after, self.is_dead = 0, dies_at, is_after, False

    def seen(self, sql: str, send: Callable[[], Any]) -> Any:
        self.number += 1
        self.is_dead = self.is_dead or self.number == self.dies_at
        if self.number == self.dies_at and self.is_after:
            send()
        if self.is_dead:
            raise RuntimeError("the process has died")
        if self.is_twice and WRITES.match(sql):
            send()
        return send()


class Player:
    """Plays one history. A run that does not die is one that brings everything in."""

    def __init__(self, workspace: Path, history: History, statements: Statements) -> None:
        self.workspace = workspace
        self.view = VIEWS[history.view]
        self.history = history
        self.statements = statements
        self.scenario = Scenario(self.view, history.start_date, history.app_ids)
        self.statements_of_a_run = 60
        self.played: Counter[str] = Counter()
        SPARK.make(workspace)
        harness.write_project(workspace / self.view.project_name, self.view, "spark")

    def play(self) -> None:
        """All steps, then a run. What happens is said by the rows: the engine's clock cannot be set."""
        for step in (*self.history.steps, EVERYTHING_IN):
            if isinstance(step, Load):
                self.load(step.rows)
            elif isinstance(step, Run) and step.kill:
                self.die(step, *step.kill)
            elif isinstance(step, Run):
                self.run()

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        rows = [dict(row) for row in rows]
        harness.write_events(self.workspace, rows, COLUMNS)
        self.scenario.add(rows)
        self.played["loads"] += 1

    def die(self, step: Run, of: str, number: int, moment: str) -> None:
        """A run, or a build, that dies; of a model about where it is built."""
        models = models_of(self.view)
        model = of.removeprefix("commit ")
        about = number + (self.statements_of_a_run * models.index(model) // len(models) if model in models else 0)
        self.statements.begin(5 + about % (self.statements_of_a_run - 10), is_after=moment == "after")
        try:
            self._build() if step.plain else self._run(step)
        except (RunError, AssertionError) as error:
            if "the process has died" not in str(error):
                raise
            self.played["kills"] += 1
        self.statements.begin()
        if self._held():
            self.let_time_pass()

    def _held(self) -> bool:
        lease = f"{harness.MANIFEST}.{self.view.project_name}_lease"
        with SPARK.connection({}) as connection:
            there = (harness.MANIFEST, lease.split(".")[1]) in SPARK.tables(connection)
        now = datetime.now(UTC).replace(tzinfo=None)
        return there and any(row["until"] > now for row in harness.read_table(self.workspace, lease))

    def let_time_pass(self) -> None:
        if not self.played["refused"]:
            with pytest.raises(BusyError, match="is in progress"):
                self._run()
            self.played["refused"] += 1
        SPARK.let_time_pass(self.workspace, self.view.project_name)

    def run(self) -> None:
        """A run that brings everything in, and is compared with the interpreter over the rows alone."""
        self.statements.begin()
        self._run()
        self.statements_of_a_run = self.statements.number
        self.played["runs"] += 1
        rows = [row for rows in self.scenario.loads.values() for row in rows]
        expected = self.scenario.attributes(rows, AS_OF, False)
        found = harness.attributes_of(self.workspace, self.view)
        assert harness.differences(self.view, found, expected) == []
        self.played["cells"] += sum(map(len, found.values()))
        winners = self.scenario.winners(rows)
        stored = self._table("filtered_events", harness.DERIVED)
        assert len(stored) == len(winners)
        assert {row["event_id"]: row["day"] for row in stored} == {one: event["day"] for one, event in winners.items()}
        days = Counter((event["identifier"], event["day"]) for event in winners.values())
        key = self.view.entity.identifier
        aggregated: Counter[tuple[Any, Any]] = Counter()
        for state in self._table("daily_aggregates", harness.DERIVED):  # a day has one of each chunk that adds to it
            aggregated[state[key], state["day"]] += state["events"]
        assert aggregated == days
        assert not any(row["is_out_of_date"] for row in self._table("daily_aggregation_manifest"))
        assert self._table("entity_day_manifest") == self._table("entity_manifest") == []
        history = self._table("run_history")
        assert sum(row["rows_used"] - row["winners_replaced"] for row in history) == len(stored)

    def _table(self, name: str, schema: str = harness.MANIFEST) -> harness.Table:
        return harness.read_table(self.workspace, f"{schema}.{self.view.project_name}_{name}")

    def _run(self, step: Run = EVERYTHING_IN) -> None:
        folder = self.workspace / self.view.project_name
        options: dict[str, Any] = {"full_scan": step.full_scan, "reprocess_late": step.reprocess_late}
        run_project(folder, profiles_dir=self.workspace, as_of=AS_OF, variables=self._variables(), **options)

    def _build(self) -> None:
        limits = Limits(load_lookback_days=-1, late_event_lookback_days=-1)
        variables = limits.variables() | self._variables() | {"snowplow__as_of_date": AS_OF.isoformat()}
        harness.dbt(self.workspace / self.view.project_name, self.workspace, "run", **variables)

    def _variables(self) -> dict[str, Any]:
        return {
            "snowplow__start_date": self.history.start_date.isoformat(),
            "snowplow__app_id": list(self.history.app_ids),
            "snowplow__accept_changes": True,
        }


def play(workspace: Path, history: History) -> Counter[str]:
    statements = Statements()
    with pytest.MonkeyPatch.context() as patch:
        from dbt.adapters.spark.session import Cursor

        patch.setattr(Cursor, "execute", Cursor.execute)  # put back what `watch` replaces
        SPARK.watch(statements.seen)
        player = Player(workspace, history, statements)
        player.play()
    return player.played + Counter({"histories": 1})


@pytest.mark.parametrize("view", [COUNTS, pytest.param(EVERYTHING, marks=pytest.mark.long)], ids=lambda view: view.name)
def test_a_history(tmp_path: Path, view: View, record_property) -> None:
    """Of all aggregations a run takes most of a minute."""
    is_read_after(tmp_path, view, SEED, 2, record_property)


@pytest.mark.long
def test_a_history_with_another_run(tmp_path: Path, record_property) -> None:
    is_read_after(tmp_path, EVERYTHING, LONG_SEED, 5, record_property)


@pytest.mark.long
def test_statements_that_are_sent_twice(tmp_path: Path, record_property) -> None:
    """By a client that got no answer: a first run, one that adds, and one in which stored events give way."""
    with pytest.MonkeyPatch.context() as patch:
        from dbt.adapters.spark.session import Cursor

        patch.setattr(Cursor, "execute", Cursor.execute)  # put back what `watch` replaces
        statements = Statements()
        SPARK.watch(statements.seen)
        player = Player(tmp_path, History(COUNTS.name, ()), statements)
        statements.is_twice = True
        first = (event("e1", "ann", 0), event("e2", "bob", 1))
        for rows in (first, [event("e3", "ann", 1)], [event("e2", "cleo", 0.5, loaded=0.5), event("e4", "bob", 1)]):
            player.load(rows)
            player.run()
    record_property("played", dict(player.played))


def is_read_after(tmp_path: Path, view: View, seed: int, steps: int, record_property: Callable[..., None]) -> None:
    """The history, and then the tables are read."""
    played = play(tmp_path, history_of_seed(seed, {view.name: view}, steps, LOADS_AND_RUNS))
    record_property("played", dict(played))
    assert played["kills"] == 1
    with opened(tmp_path / view.project_name, view, "spark", tmp_path) as deployed:
        assert len(project_status(deployed, datetime.now(UTC).replace(tzinfo=None)).runs) >= 1
        verified = verify_project(deployed, sample=None)
        assert (verified.differing, verified.entities > 0) == (0, True)


@pytest.mark.long
def test_early_days(tmp_path: Path) -> None:
    """Their cache is made, marked and made again, and the attributes are those of the rows."""
    SPARK.make(tmp_path)
    harness.write_project(tmp_path / EVERYTHING.project_name, EVERYTHING, "spark")
    variables: dict[str, object] = {"signals__history_days": 1}
    rows: list[dict[str, Any]] = []
    kept = []
    for load, number in ((EARLY, 0), (RECENT, 0), (LATE, 0), (NEXT, 1)):
        harness.write_events(tmp_path, load.rows, COLUMNS)
        rows += load.rows
        options: dict[str, Any] = {"as_of": day(number), "reprocess_late": load is LATE, "variables": variables}
        run_project(tmp_path / EVERYTHING.project_name, profiles_dir=tmp_path, **options)
        expected = reference.compute(EVERYTHING, rows, as_of=day(number))
        assert harness.differences(EVERYTHING, harness.attributes_of(tmp_path, EVERYTHING), expected) == []
        if load is not EARLY:
            table = f"{harness.DERIVED}.{EVERYTHING.project_name}_entity_history"
            found = [row for row in harness.read_table(tmp_path, table) if row["slot"] is None]
            kept.append((len(found), len([row for row in found if row["day"] is None])))
    assert kept == [(2, 0), (4, 2), (3, 0)]


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_history_at_length(seed: int, tmp_path: Path, record_property) -> None:
    record_property("played", dict(play(tmp_path, history_of_seed(seed, VIEWS, 10, LOADS_AND_RUNS))))
