"""What can happen to a project, and histories of it, as plain values: they can be printed, and played again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from snowplow_signals import View
from snowplow_signals.project.models import MODELS

START = datetime(2025, 3, 3, 10)
UNSET_LIMIT = -1
"""As `backfill_limit_days`: left as it was generated."""


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
        """As dbt takes them."""
        variables = {f"snowplow__{name}": value for name, value in vars(self).items()}
        if self.backfill_limit_days == UNSET_LIMIT:
            del variables["snowplow__backfill_limit_days"]
        return variables


@dataclass(frozen=True)
class Run:
    """Our `run`, or with `plain` a `dbt build`, as of a day (None: that of the clock).

    `kill` is (statements of what, number, "before" or "after"): the process ends before or right after that statement;
    of "all" statements, of those of a model, or of the commits of a model ("commit <model>"). With ("twice", 0, "") it
    ends well, and each statement that writes is sent twice. `again`: the run is
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
    left_out = () if view.snapshot else ("attributes_history",)
    return [f"{view.project_name}_{name}" for _, name, _ in MODELS if name not in left_out]


def written(history: History) -> str:
    """The history as it can be pasted into a test."""
    lines = [f"History({history.view!r}, ("]
    for step in history.steps:
        if isinstance(step, Load):
            lines += ["    Load((", *(f"        {_row(row)}," for row in step.rows), "    )),"]
        else:
            lines.append(f"    {step!r},")
    more = f"start_date={history.start_date!r}, app_ids={history.app_ids!r}, last_as_of={history.last_as_of!r}"
    return "\n".join([*lines, f"), {more})"])


def _row(row: Mapping[str, Any]) -> str:
    return repr({name: value for name, value in row.items() if value is not None})


def noon(day: date) -> datetime:
    """For histories written by hand."""
    return datetime.combine(day, time(12))
