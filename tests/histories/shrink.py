"""Cuts a history that goes wrong down to a small one that still does: fewer steps, fewer rows, plainer runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.histories.steps import History, Limits, Load, Run, Step

GoesWrong = Callable[[History], bool]


def smallest(history: History, goes_wrong: GoesWrong, seconds: float = 240) -> History:
    """The smallest found before time is up; each try is a play of the history."""
    until = time.monotonic() + seconds
    found = True
    while found and time.monotonic() < until:
        found = False
        for smaller in _smaller(history):
            if time.monotonic() > until:
                break
            if goes_wrong(smaller):
                history, found = smaller, True
                break
    return history


def _smaller(history: History) -> Iterator[History]:
    """Histories a little smaller, the biggest cuts first."""
    steps = history.steps
    for size in (len(steps) // 2, len(steps) // 4, 2, 1):
        for start in range(0, len(steps), size or 1):
            if size:
                yield replace(history, steps=steps[:start] + steps[start + size :])
    for number, step in enumerate(steps):
        for plainer in _plainer(step):
            yield replace(history, steps=(*steps[:number], plainer, *steps[number + 1 :]))
    for name, value in (("app_ids", ()), ("last_as_of", None)):
        if getattr(history, name) != value:
            yield replace(history, **{name: value})


def _plainer(step: Step) -> Iterator[Step]:
    if isinstance(step, Load):
        rows = step.rows
        size = len(rows) // 2
        while size:
            for start in range(0, len(rows), size):
                yield Load(rows[:start] + rows[start + size :])
            size //= 2
    elif isinstance(step, Run):
        for name, value in vars(Run()).items():
            if getattr(step, name) != value:
                yield replace(step, **{name: value})
    elif hasattr(step, "limits"):
        for name, value in vars(Limits()).items():
            if getattr(step.limits, name) != value:
                yield replace(step, limits=replace(step.limits, **{name: value}))


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


def _row(row: dict) -> str:
    return repr({name: value for name, value in row.items() if value is not None})
