"""A project's history as a state machine: hypothesis chooses each step, and shrinks a history that goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import HealthCheck, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.histories.engine import Engine, Failed, Server
from tests.histories.play import Player, Wrong
from tests.histories.rows import Rows
from tests.histories.shrink import written
from tests.histories.steps import (
    AS_OF,
    CHUNK_ROWS,
    HOURS,
    LIMITS,
    MOMENTS,
    SIZES,
    Change,
    Dbt,
    Define,
    History,
    Limits,
    Load,
    Run,
    Step,
    Wait,
    commands_of,
    models_of,
)
from tests.histories.views import VARIANTS, VIEWS

STEPS = 12
"""Of one history at the most, loads and waits among them."""

EARLIEST_START = date(2025, 1, 1)

SEEDS = st.integers(0, 2**32 - 1)
VIEW_NAMES = [*VIEWS, next(iter(VIEWS))]


def seldom(chance: float) -> st.SearchStrategy[bool]:
    """True as often, and False when it is cut down."""
    return st.integers(0, 99).map(lambda drawn: drawn >= 100 - 100 * chance)


limits = st.builds(
    Limits,
    **{name: st.sampled_from(values) for name, values in LIMITS.items()},
    include_current_day_in_windows=seldom(0.2),
)
_commits = st.tuples(
    st.just("commit"), st.integers(0, 99), st.sampled_from((1, 1, 1, 1, 1, 2)), st.sampled_from(MOMENTS)
)
kills = st.one_of(
    st.none(),
    st.none(),
    _commits,
    _commits,
    st.tuples(st.just("model"), st.integers(0, 99), st.integers(1, 6), st.sampled_from(MOMENTS)),
    st.tuples(st.just("all"), st.just(0), st.integers(1, 210), st.sampled_from(MOMENTS)),
)
"""Of what, which model, the number of its statement, and when."""
runs = st.builds(
    Run,
    full_scan=seldom(0.15),
    reprocess_late=seldom(0.12),
    publish_each=seldom(0.12),
    chunk_rows=st.one_of(st.just(5_000_000), st.just(5_000_000), st.sampled_from(CHUNK_ROWS)),
    again=seldom(0.1),
)


_some = st.lists(st.integers(0, 99), min_size=1, max_size=5)
dbt_commands = st.one_of(
    st.tuples(st.just("one by one"), st.lists(st.integers(0, 99), min_size=1, max_size=24)),
    st.tuples(st.just("in order"), _some),
    st.tuples(st.just("without"), _some),
    st.tuples(st.just("only"), _some),
    st.tuples(st.sampled_from(("take", "publish", "build")), st.just([])),
)
"""How models are chosen, and which; see `ProjectHistory.dbt`."""


class ProjectHistory(RuleBasedStateMachine):
    """What can happen to a project, in any order. Every step is checked; at its end everything is brought in."""

    server: Server
    played: Counter[str]
    is_wrong = False

    @initialize(
        view=st.sampled_from(VIEW_NAMES),
        start_date=st.sampled_from((EARLIEST_START, EARLIEST_START, date(2025, 2, 28), date(2025, 3, 1))),
        app_ids=st.sampled_from(((), (), (), ("web",))),
        last_as_of=st.sampled_from(AS_OF),
        size=st.sampled_from(SIZES),
        days_back=st.sampled_from((1, 3, 12)),
        seed=SEEDS,
    )
    def begin(self, view, start_date, app_ids, last_as_of, size, days_back, seed) -> None:
        self.view = VIEWS[view]
        self.rows = Rows(Random(seed), self.view)
        self.steps: list[Step] = []
        self.last_as_of = last_as_of
        self.engine = Engine(self.server, self.server.project(self.view))
        self.player = Player(self.engine, self.view, History(view, (), start_date, app_ids))
        self.load(size, days_back, seed)

    @rule(size=st.sampled_from(SIZES), days_back=st.sampled_from((0, 0, 0, 1, 3, 12)), seed=SEEDS)
    def load(self, size: int, days_back: int, seed: int) -> None:
        self.rows.random = Random(seed)
        self.take(Load(tuple(self.rows.some(self.player.now, size, days_back))))

    @rule(hours=st.sampled_from(HOURS))
    def wait(self, hours: float) -> None:
        self.take(Wait(hours))

    @rule(limits=limits)
    def change(self, limits: Limits) -> None:
        self.take(Change(limits))

    @rule(number=st.integers(0, 99), is_earlier=seldom(0.3))
    def define(self, number: int, is_earlier: bool) -> None:
        variants = list(VARIANTS[self.view.name])
        self.take(Define(variants[number % len(variants)], EARLIEST_START if is_earlier else None))

    @rule(run=runs, as_of=st.sampled_from(AS_OF), kill=kills)
    def run(self, run: Run, as_of: int | None, kill: tuple | None) -> None:
        self.take(replace(run, as_of=self.day(as_of), kill=self.kill(kill)))

    @rule(as_of=st.sampled_from(AS_OF), kill=kills)
    def build(self, as_of: int | None, kill: tuple | None) -> None:
        self.take(Run(plain=True, as_of=self.day(as_of), kill=self.kill(kill)))

    @precondition(lambda self: isinstance(self.steps[-1], Run) and self.steps[-1].kill is not None)
    @rule()
    def run_again(self) -> None:
        """As whoever finds a dead process does."""
        self.take(replace(self.steps[-1], kill=None))

    @rule(
        commands=st.lists(dbt_commands, min_size=1, max_size=3),
        loads=st.lists(st.integers(0, 30), max_size=2),
        seed=SEEDS,
        as_of=st.sampled_from(AS_OF),
        kill=kills,
    )
    def dbt(self, commands: list, loads: list[int], seed: int, as_of: int | None, kill: tuple | None) -> None:
        self.rows.random = Random(seed)
        found = [command for how, which in commands for command in commands_of(self.view, how, which)]
        for place in loads:
            found.insert(place, Load(tuple(self.rows.some(self.player.now, 3, 1))))
        self.take(Dbt(tuple(found), self.day(as_of), self.kill(kill)))

    def day(self, days: int | None) -> date | None:
        return None if days is None else (self.player.now + timedelta(days=days)).date()

    def kill(self, kill: tuple | None) -> tuple[str, int, str] | None:
        if kill is None:
            return None
        kind, model, number, moment = kill
        models = models_of(self.view)
        name = models[model % len(models)]
        return ({"all": "all", "model": name, "commit": f"commit {name}"}[kind], number, moment)

    def take(self, step: Step) -> None:
        self.steps.append(step)
        with self.telling():
            self.player.take(step)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """When it goes wrong: what happened, as it can be kept in test_history_regressions.py."""
        try:
            yield
        except (Wrong, Failed):
            self.is_wrong = True
            note(written(replace(self.player.history, steps=tuple(self.steps))))
            raise

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        with self.engine:
            if not self.is_wrong:
                self.player.history = replace(self.player.history, last_as_of=self.day(self.last_as_of))
                with self.telling():
                    self.player.end()
                self.played.update(self.player.played)


def play_histories(server: Server, histories: int, of_seed: int, steps: int = STEPS) -> Counter[str]:
    """So many histories, the same for one seed; returns what was done. Raises Wrong with the smallest that is wrong."""
    machine = type("ProjectHistory", (ProjectHistory,), {"server": server, "played": Counter()})
    run_state_machine_as_test(
        seed(of_seed)(machine),
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
    return machine.played
