"""The tests are tested: the histories catch every deliberate defect."""

from collections.abc import Iterator

import pytest
from tests.histories.by_hand import day, event
from tests.histories.changes import CHANGED
from tests.histories.dbt_commands import CAUGHT_BY, HISTORIES
from tests.histories.defects import DEFECTS
from tests.histories.engine import Engine, Server
from tests.histories.play import Wrong, play
from tests.histories.steps import Change, History, Limits, Load, Run, Wait, history_of_seed
from tests.histories.views import EVERYTHING, VIEWS

TRIES = 60
FIRST: dict[str, int] = {
    "one_maximum": 1,
    "taken_hours_are_done": 0,
    "marks_cleared_early": 3,
    "only_the_new_day_marked": 1,
    "only_the_new_entity_marked": 1,
    "marked_after_storing": 1,
    "last_copy_wins": 0,
    "stored_copy_stays": 1,
    "emptied_are_kept": 1,
    "window_off_by_a_day": 0,
    "late_events_dropped": 1,
    "ledger_before_events": 0,
    "accounting_before_events": 0,
    "killed_runs_forgotten": 1,
    "no_entity_marks": 0,
    "as_of_forgotten": 0,
    "updated_at_of_all": 0,
    "future_days_counted": 3,
    "moved_days_off_by_one": 4,
    "late_events_not_deferred": 4,
    "emptied_days_wait": 9,
    "removed_stay": 5,
    "removals_not_taken_back": 9,
}
"""Seeds that are known to catch a defect, so that it does not take long."""

KILLED_BEFORE_PUBLISHING = History(
    EVERYTHING.name,
    (
        Load((event("e1", "ann", 0),)),
        Run(as_of=day(2)),
        Wait(48),
        Load((event("e2", "ann", 0.1), event("e3", "bob", 0.2))),
        Run(as_of=day(2), kill=(f"commit {EVERYTHING.project_name}_attributes_this_run", 1, "after")),
        Run(as_of=day(2)),
    ),
)
A_DAY_LATE_AFTER_AN_OUTAGE = History(
    EVERYTHING.name,
    (
        Change(Limits(late_event_lookback_days=1)),
        Load((event("e1", "ann", 0),)),
        Run(),
        Wait(8 * 24),
        Load((event("e2", "bob", 0, loaded=1), event("e3", "ann", 3))),
        Run(),
    ),
)
BY_HAND = {
    "entity_marks_cleared_early": KILLED_BEFORE_PUBLISHING,
    "lateness_of_the_run": A_DAY_LATE_AFTER_AN_OUTAGE,
} | {defect: HISTORIES[name] for defect, name in CAUGHT_BY.items()}
"""Of a defect that shows only when a run dies in one of four moments of two hundred, and the next begins like it; of
those, too, that show only when models are built otherwise than by a run."""


def histories(name: str) -> Iterator[History]:
    """Those first that are known to catch the defect."""
    if name in BY_HAND:
        yield BY_HAND[name]
    for seed in [*([FIRST[name]] if name in FIRST else []), *range(TRIES)]:
        yield history_of_seed(seed, {EVERYTHING.name: EVERYTHING})


def caught_by(server: Server, name: str) -> tuple[History, str] | None:
    """The first history that goes wrong, and what was seen."""
    folder = server.project(EVERYTHING, name, DEFECTS[name])
    for history in histories(name):
        try:
            with Engine(server, folder) as engine:
                play(engine, EVERYTHING, history)
        except Wrong as wrong:
            return history, str(wrong)
    return None


sound: list[History] = []
"""Histories that go right without a defect."""


@pytest.mark.parametrize("name", DEFECTS)
def test_histories_catch(server: Server, name: str, record_property) -> None:
    caught = caught_by(server, name)
    assert caught is not None, f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}"
    history, seen = caught
    record_property("caught", (name, seen))
    if history not in sound:
        with Engine(server, server.project(EVERYTHING)) as engine:
            record_property("played", dict(play(engine, EVERYTHING, history)))
        sound.append(history)


@pytest.mark.parametrize("name", CHANGED)
def test_histories_of_changed_definitions_catch(server: Server, name: str) -> None:
    defect, history = CHANGED[name]
    view = VIEWS[history.view]
    with Engine(server, server.project(view)) as engine:
        play(engine, view, history)
    with Engine(server, server.project(view, name, defect)) as engine:
        engine.defect = (name, defect)
        with pytest.raises(Wrong):
            play(engine, view, history)
