"""What can happen to a project, and histories of it: made by chance from a seed, kept as plain values.

A history is data. It can be printed, cut down, and played again as a regression test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests.histories.rows import Rows

from snowplow_signals import View
from snowplow_signals.project.models import MODELS

START = datetime(2025, 3, 3, 10)
UNSET_LIMIT = -1
"""As `backfill_limit_days`: left as it was generated."""

# What is drawn from: what happens often is there more than once.
SIZES = (1, 3, 6, 10, 25)
HOURS = (0.1, 1, 3, 8, 20, 24, 24, 50, 240)
LIMITS = {
    "backfill_limit_days": (UNSET_LIMIT, UNSET_LIMIT, 1, 1, 2, 5, 30),
    "late_event_lookback_days": (5, 5, 0, 1, 2, 20, -1),
    "min_late_events_to_process": (1, 1, 1, 2, 3, 5),
    "load_lookback_days": (3, 3, 3, 0, 1, 10, -1),
}
AS_OF = (None, None, None, None, 0, 1, 1, 1, 2, 5, 8, -1, -2, -4, -9, -40, 40)
"""Days from that of the clock; None: not said."""
CHUNK_ROWS = (1, 4, 15)
MOMENTS = ("before", "after")


@dataclass(frozen=True)
class Load:
    """Rows appear in the events table."""

    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Wait:
    """Time goes on, and nothing is loaded."""

    hours: float


@dataclass(frozen=True)
class Change:
    """The limits are other ones from now on."""

    limits: Limits


@dataclass(frozen=True)
class Define:
    """The definition is another one from now on: one of the variants of the view, or the start date is this one."""

    variant: str
    start_date: date | None = None


@dataclass(frozen=True)
class Limits:
    """The variables that users tune; the defaults are those of a generated project."""

    backfill_limit_days: int = UNSET_LIMIT
    late_event_lookback_days: int = 5
    min_late_events_to_process: int = 1
    load_lookback_days: int = 3
    include_current_day_in_windows: bool = False

    def variables(self) -> dict[str, Any]:
        """As dbt is told."""
        told = {f"snowplow__{name}": value for name, value in vars(self).items()}
        if self.backfill_limit_days == UNSET_LIMIT:
            del told["snowplow__backfill_limit_days"]
        return told


@dataclass(frozen=True)
class Run:
    """Our `run`, or with `plain` a `dbt build`, as of a day (None: that of the clock).

    `kill` is (statements of what, number, "before" or "after"): the process ends before or right after that statement;
    of "all" statements, of those of a model, or of the commits of a model ("commit <model>"). `again`: the run is
    repeated at once, and has nothing to do.
    """

    plain: bool = False
    as_of: date | None = None
    full_scan: bool = False
    reprocess_late: bool = False
    publish_each: bool = False
    chunk_rows: int = 5_000_000
    kill: tuple[str, int, str] | None = None
    again: bool = False


@dataclass(frozen=True)
class Dbt:
    """dbt itself, as people and orchestrators use it: commands on any models, in any order, one after another.

    A command is what follows `dbt`. Between them rows may appear. What they leave, a run makes right.
    """

    commands: tuple[tuple[str, ...] | Load, ...]
    as_of: date | None = None
    kill: tuple[str, int, str] | None = None
    """Of the first command that comes there; the others follow."""


Step = Load | Wait | Change | Define | Run | Dbt


@dataclass(frozen=True)
class History:
    """Steps in the history of one view's project, from the first load on. At the end of it everything is brought in."""

    view: str
    steps: tuple[Step, ...]
    start_date: date = date(2025, 1, 1)
    app_ids: tuple[str, ...] = ()
    last_as_of: date | None = field(default=None)


def commands_of(view: View, how: str, which: list[int]) -> list[tuple[str, ...]]:
    """dbt commands on the models with these numbers: each by itself, as told or (`in order`) with all others in their
    order and these twice; in one command, all but them or only them; or those of a phase, or all."""
    models = models_of(view)
    chosen = [models[number % len(models)] for number in which]
    if how == "one by one":
        return [("run", "--select", name) for name in chosen]
    if how == "in order":
        return [("run", "--select", name) for name in models for _ in range(2 if name in chosen else 1)]
    if how == "without":
        return [("build", "--exclude", *chosen)]
    if how == "only":
        return [("build", "--select", *chosen)]
    return [("build",) if how == "build" else ("build", "--select", f"tag:signals_{how}")]


def models_of(view: View) -> list[str]:
    return [f"{view.project_name}_{name}" for _, name, _ in MODELS]


def history_of_seed(seed: int, views: Mapping[str, View], size: int = 4) -> History:
    """A history of one of the views, of `size` runs; the same for the same seed."""
    random = Random(seed)
    name = random.choice([*views, *views, *list(views)[:1]])
    maker = _Steps(random, Random(f"retries {seed}"), views[name])
    steps = tuple(maker.steps(size))
    start_date = date(2025, 3, 1) if random.random() < 0.2 else date(2025, 1, 1)
    app_ids = ("web",) if random.random() < 0.2 else ()
    return History(name, steps, start_date, app_ids, maker.as_of() if random.random() < 0.5 else None)


class _Steps:
    """Makes up one history."""

    def __init__(self, random: Random, retries: Random, view: View) -> None:
        self.random = random
        self.retries = retries
        self.now = START
        self.rows = Rows(random, view)
        self.models = models_of(view)

    def steps(self, size: int) -> Iterator[Step]:
        random = self.random
        if random.random() < 0.6:
            yield Change(self.limits())
        yield self.load(days_back=random.choice((1, 3, 12)))
        for _ in range(size):
            if random.random() < 0.2:
                yield Change(self.limits())
            if random.random() < 0.6:
                yield self.wait(random.choice(HOURS))
            if random.random() < 0.75:
                yield self.load()
            run = self.run() if random.random() < 0.8 else self.build()
            yield run
            if run.kill and self.retries.random() < 0.4:
                yield replace(run, kill=None)  # as whoever finds a dead process does

    def wait(self, hours: float) -> Wait:
        self.now += timedelta(hours=hours)
        return Wait(hours)

    def load(self, days_back: int = 0) -> Load:
        return Load(tuple(self.rows.some(self.now, self.random.choice(SIZES), days_back)))

    def limits(self) -> Limits:
        chosen = {name: self.random.choice(values) for name, values in LIMITS.items()}
        return Limits(**chosen, include_current_day_in_windows=self.random.random() < 0.2)

    def as_of(self) -> date | None:
        days = self.random.choice(AS_OF)
        return None if days is None else (self.now + timedelta(days=days)).date()

    def build(self) -> Run:
        return Run(plain=True, as_of=self.as_of(), kill=self.kill(0.4))

    def run(self) -> Run:
        random = self.random.random
        return Run(
            as_of=self.as_of(),
            full_scan=random() < 0.15,
            reprocess_late=random() < 0.12,
            publish_each=random() < 0.12,
            chunk_rows=self.random.choice(CHUNK_ROWS) if random() < 0.15 else 5_000_000,
            kill=self.kill(0.55),
            again=random() < 0.1,
        )

    def kill(self, chance: float) -> tuple[str, int, str] | None:
        random = self.random
        if random.random() >= chance:
            return None
        moment = random.choice(MOMENTS)
        model = random.choice(self.models)
        kind = random.choice(("commit", "commit", "commit", "model", "all"))
        if kind == "commit":
            return (f"commit {model}", random.choice((1, 1, 1, 1, 1, 1, 2)), moment)
        return (model, random.randint(1, 6), moment) if kind == "model" else ("all", random.randint(1, 210), moment)


def noon(day: date) -> datetime:
    """For histories written by hand."""
    return datetime.combine(day, time(12))
