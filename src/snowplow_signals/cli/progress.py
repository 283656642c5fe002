"""Progress on stderr: a bar on a terminal; otherwise a plain line per step, or nothing where steps take no time."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snowplow_signals.cli.reporting import console, warn

if TYPE_CHECKING:
    from rich.progress import Progress

StepProgress = Callable[[str, int, int], None]


@contextmanager
def step_progress(*, quiet: bool = False) -> Iterator[StepProgress | None]:
    """For work of named steps, each of some parts: `(step, done, total)`. None when nothing is to be shown."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with _bar() as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """For one long query of the warehouse: that it is running, and since when."""
    if not sys.stderr.isatty():
        warn(f"{what} ...")
        yield
        return
    with _bar() as bar:
        bar.add_task(what, total=None)
        yield


@contextmanager
def run_progress(project: str, *, quiet: bool = False) -> Iterator["RunBar | RunLines | None"]:
    """For the models of a run, as `run_project` reports them. None when nothing is to be said."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield RunLines(project)
        return
    with _bar() as bar:
        yield RunBar(bar, project)


@contextmanager
def _bar() -> Iterator["Progress"]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        yield bar


class RunBar:
    """A bar over the models of the phase; with several chunks, over the rows that are in sight."""

    def __init__(self, bar: "Progress", project: str) -> None:
        self.bar = bar
        self.project = project
        self.task = bar.add_task(project, total=None)

    def step(self, phase: str, model: str, done: int, total: int, rows_done: int, rows_in_sight: int) -> None:
        seen = f", {rows_done:,} of {rows_in_sight:,} rows" if 0 < rows_done < rows_in_sight else ""
        self.bar.update(self.task, description=f"{self.project}: {phase}{seen}, {model}", completed=done, total=total)


class RunLines:
    """A line for each model that is finished."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.begun: dict[str, float] = {}

    def step(self, phase: str, model: str, done: int, total: int, rows_done: int, rows_in_sight: int) -> None:
        now = time.perf_counter()
        if model not in self.begun:
            self.begun[model] = now
            return
        seen = f", {rows_done:,} of {rows_in_sight:,} rows" if 0 < rows_done < rows_in_sight else ""
        warn(f"{self.project}: {phase} {done}/{total} {model}, {now - self.begun.pop(model):.1f} s{seen}")


class Rows:
    """The rows of a sync, as `sync_project` reports them."""

    def __init__(self, progress: StepProgress) -> None:
        self.progress = progress

    def step(self, done: int, total: int) -> None:
        self.progress("rows", done, total)
