"""Histories made up by chance. One way of making them, and two sources of chance: `Random(seed)`, which makes the same
history each time, and hypothesis, which also finds the smallest that goes wrong.

For hypothesis what is plain comes first of what is chosen from, each step has a `Random` of its own, and what a step
loads does not depend on the steps before it: steps can be taken out one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st
from tests.histories.rows import Rows
from tests.histories.steps import (
    START,
    UNSET_LIMIT,
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
from tests.histories.together import VARIANTS

from snowplow_signals import View

STEPS = 12
"""Of one history at the most, loads and waits among them."""
EARLIEST_START = date(2025, 1, 1)

# What is drawn from: what happens often is there more than once.
KINDS = (
    *("nothing", "wait", "wait", "load", "load", "load", "load", "run", "run", "run", "run", "run"),
    *("build", "build", "dbt", "dbt", "change", "change", "define", "define"),
)
OF_ONE_DEFINITION = tuple(kind for kind in KINDS if kind != "define")
LOADS_AND_RUNS = tuple(kind for kind in KINDS if kind in ("load", "wait", "run", "build"))
STARTS = (EARLIEST_START,) * 3 + (date(2025, 2, 28), date(2025, 3, 1))
SIZES = (1, 3, 6, 10, 25)
HOURS = (0.1, 1, 3, 8, 20, 24, 24, 50, 240)
LIMITS = {
    "backfill_limit_days": (UNSET_LIMIT, UNSET_LIMIT, 1, 1, 2, 5, 30),
    "late_event_lookback_days": (5, 5, 0, 1, 2, 20, -1),
    "min_late_events_to_process": (1, 1, 1, 2, 3, 5),
    "load_lookback_days": (3, 3, 3, 0, 1, 10, -1),
}
AS_OF = (None, None, None, None, 0, 1, 1, 1, 2, 5, 8, -1, -2, -4, -9, -40, 40, 310)
"""Days from that of the clock; None: not said. 310 are until the next year."""
CHUNK_ROWS = (15, 4, 1)
KILLS = ("commit", "commit", "commit", "model", "all")
MOMENTS = ("before", "after")
COMMANDS = ("build", "take", "publish", "only", "without", "one by one", "in order")
"""How the models of dbt's commands are chosen; see `commands_of`."""


def history_of_seed(seed: int, views: Mapping[str, View], steps: int, kinds: tuple[str, ...] = KINDS) -> History:
    """A history of one of the views; the same for the same seed."""
    random = Random(seed)
    maker = _Maker(random, views, kinds)
    return maker.history([step for _ in range(steps) for step in maker.steps(random)])


@st.composite
def histories(draw: st.DrawFn, views: Mapping[str, View]) -> History:
    """A history of one of the views."""
    randoms = st.randoms(use_true_random=False)
    maker = _Maker(draw(randoms), views, KINDS)

    @st.composite
    def steps(draw: st.DrawFn) -> list[Step]:
        return maker.steps(draw(randoms))

    return maker.history([step for _ in range(STEPS) for step in draw(steps())])


class _Maker:
    """Makes one history."""

    def __init__(self, random: Random, views: Mapping[str, View], kinds: tuple[str, ...]) -> None:
        self.random = random
        self.view = views[random.choice([*views, next(iter(views))])]
        self.models = models_of(self.view)
        self.kinds = kinds
        self.rows = Rows(random, self.view)
        self.now = START
        self.start_date = random.choice(STARTS)
        self.app_ids = ("web",) if self.seldom(20) else ()
        self.last_as_of = random.choice(AS_OF)
        self.first = self.load(days_back=random.choice((1, 3, 12)))

    def history(self, steps: list[Step]) -> History:
        """These steps after the first load."""
        return History(self.view.name, (self.first, *steps), self.start_date, self.app_ids, self.day(self.last_as_of))

    def steps(self, random: Random) -> list[Step]:
        """What happens next; a run that dies may be started again, as whoever finds a dead process does."""
        self.random = random
        kind = random.choice(self.kinds)
        if kind == "nothing":
            return []
        step: Step = getattr(self, kind)()
        if isinstance(step, Run) and step.kill and self.seldom(40):
            return [step, replace(step, kill=None)]
        return [step]

    def seldom(self, percent: int) -> bool:
        """True as often."""
        return self.random.randrange(100) >= 100 - percent

    def wait(self) -> Wait:
        hours = self.random.choice(HOURS)
        self.now += timedelta(hours=hours)
        return Wait(hours)

    def load(self, days_back: int | None = None) -> Load:
        if days_back is None:
            days_back = self.random.choice((0, 0, 0, 1, 3, 12))
        return self.rows_of(self.random.choice(SIZES), days_back)

    def rows_of(self, size: int, days_back: int) -> Load:
        self.rows.random = Random(self.random.getrandbits(32))
        return Load(tuple(self.rows.some(self.now, size, days_back)))

    def change(self) -> Change:
        chosen = {name: self.random.choice(values) for name, values in LIMITS.items()}
        return Change(Limits(**chosen, include_current_day_in_windows=self.seldom(20)))

    def define(self) -> Define:
        variant = self.random.choice(list(VARIANTS[self.view.name]))
        return Define(variant, EARLIEST_START if self.seldom(30) else None)

    def day(self, days: int | None) -> date | None:
        return None if days is None else (self.now + timedelta(days=days)).date()

    def as_of(self) -> date | None:
        return self.day(self.random.choice(AS_OF))

    def run(self) -> Run:
        return Run(
            as_of=self.as_of(),
            full_scan=self.seldom(15),
            reprocess_late=self.seldom(12),
            publish_each=self.seldom(12),
            chunk_rows=self.random.choice(CHUNK_ROWS) if self.seldom(25) else 5_000_000,
            kill=self.kill(),
            again=self.seldom(10),
        )

    def build(self) -> Run:
        return Run(plain=True, as_of=self.as_of(), kill=self.kill())

    def dbt(self) -> Dbt:
        """Up to three commands, and up to two loads between them."""
        commands: list[tuple[str, ...] | Load] = []
        for _ in range(self.random.randint(1, 3)):
            how = self.random.choice(COMMANDS)
            most = 24 if how == "one by one" else 5
            which = [self.random.randrange(100) for _ in range(self.random.randint(1, most))]
            commands += commands_of(self.view, how, which)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            commands.insert(self.random.randint(0, len(commands)), self.rows_of(3, 1))
        return Dbt(tuple(commands), self.as_of(), self.kill())

    def kill(self) -> tuple[str, int, str] | None:
        """Of three, two die: mostly at a commit of a model, at any of its statements, or at any of all."""
        random = self.random
        if not self.seldom(60):
            return None
        model = random.choice(self.models)
        kind = random.choice(KILLS)
        moment = random.choice(MOMENTS)
        if kind == "commit":
            return (f"commit {model}", random.choice((1, 1, 1, 1, 1, 2)), moment)
        return (model, random.randint(1, 6), moment) if kind == "model" else ("all", random.randint(1, 210), moment)
