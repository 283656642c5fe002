"""Windows of the calendar, and those that ended before: days enter and leave them as the day moves on, and back."""

from datetime import date, timedelta

import pytest
from tests import reference
from tests.histories.by_hand import day, event, load
from tests.histories.engine import Engine, Server
from tests.histories.play import Player
from tests.histories.steps import Change, History, Limits, Run
from tests.histories.views import CALENDAR

from snowplow_signals.plan import plan_view

ROWS = [
    event(f"{who} {number}", who, number, loaded=0, label="abc"[number % 3], value=number / 4)
    for who, every in (("ann", 1), ("bob", 5), ("cleo", 9))
    for number in range(-61, 0, every)
]
"""Of each day, every fifth and every ninth, from 1 January to the Sunday before the first day."""
LATER = [event(f"later {number}", "bob", number, label="d") for number in range(0, 32, 3)]
"""Until 3 April."""


def of(*days: str) -> list[Run]:
    return [Run(as_of=date.fromisoformat(one)) for one in days]


AHEAD = of("2025-03-31", "2025-04-01", "2025-04-02", "2025-04-07", "2026-01-01", "2027-01-01")
BACK = of("2025-12-31", "2025-04-01", "2025-03-31", "2025-03-10", "2025-03-09", "2025-01-01")


@pytest.mark.parametrize("steps", [AHEAD, pytest.param(BACK, marks=pytest.mark.long)], ids=["ahead", "back"])
@pytest.mark.parametrize("include", [False, pytest.param(True, marks=pytest.mark.long)], ids=["to date", "with today"])
def test_ends_of_units(server: Server, steps: list[Run], include: bool) -> None:
    """Each publication is compared with the interpreter, and with what a run that recomputes everything would say."""
    first = [load(*ROWS), Run(as_of=day(0)), load(*LATER), *of("2025-04-03")]
    change = Change(Limits(late_event_lookback_days=-1, include_current_day_in_windows=include))
    with Engine(server, server.project(CALENDAR)) as engine:
        player = Player(engine, CALENDAR, History(CALENDAR.name, ()))
        for step in (change, *first, *steps):
            player.take(step)
        player.end()
    assert player.tables["attributes"]


def test_early_days_are_those_before_all_windows(server: Server) -> None:
    """The cache of early days ends before last year began, where a window covers last year."""
    old = [event(f"old {number}", "bob", -number, loaded=0) for number in range(1, 60, 7)]
    with Engine(server, server.project(CALENDAR)) as engine:
        player = Player(engine, CALENDAR, History(CALENDAR.name, ()))
        for step in (load(*old), Run(as_of=date(2027, 6, 1)), load(event("e", "ann", 0)), Run(as_of=date(2027, 6, 1))):
            player.take(step)
        kept = [row["day"] for row in player.tables["entity_history"] if row["day"] is not None]
        assert kept
        assert max(kept) < date(2026, 1, 1)
        for step in of("2026-12-31", "2026-01-01", "2025-12-31"):
            player.take(step)
        player.end()


def test_days_between_are_those_of_the_interpreter() -> None:
    """The edges of a window, as the plan works them out, hold the days that the interpreter counts."""
    plan = plan_view(CALENDAR)
    for number in range(0, 1500, 7):
        as_of = date(2023, 12, 25) + timedelta(days=number)
        for declared, planned in zip(CALENDAR.attributes, plan.attributes, strict=True):
            for shift in (0, 1):
                first, after = planned.window.between(as_of, shift)
                counted = [
                    one
                    for one in (as_of + timedelta(days=1 - ago) for ago in range(800))
                    if reference.in_window(declared, one, as_of, bool(shift))
                ]
                if first is None:
                    assert (max(counted), after) == (as_of, as_of + timedelta(days=1))
                    continue
                assert len(counted) == (after - first).days, (declared.name, as_of, shift)
                assert not counted or (min(counted), max(counted)) == (first, after - timedelta(days=1))
                assert as_of + timedelta(days=shift) - timedelta(days=planned.window.reach) <= first
