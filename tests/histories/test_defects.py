"""The tests are tested: the histories catch every deliberate defect."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from tests.histories import early_days
from tests.histories.changes import CHANGED
from tests.histories.dbt_commands import CAUGHT_BY, HISTORIES
from tests.histories.defects import DEFECTS
from tests.histories.engine import Engine, Server
from tests.histories.made_up import OF_ONE_DEFINITION, history_of_seed
from tests.histories.play import Wrong, play
from tests.histories.shown import SHOWN
from tests.histories.steps import History
from tests.histories.together import VIEWS
from tests.histories.views import EVERYTHING

from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project

TRIES = 60
STEPS = 10
BY_HAND = SHOWN | early_days.CAUGHT_BY | {defect: HISTORIES[name] for defect, name in CAUGHT_BY.items()}


def histories(name: str) -> Iterator[History]:
    """Those first that are known to catch the defect."""
    if name in BY_HAND:
        yield BY_HAND[name]
    for seed in range(TRIES):
        yield history_of_seed(seed, {EVERYTHING.name: EVERYTHING}, STEPS, OF_ONE_DEFINITION)


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


IN_SHORT = ("marks_cleared_early", "early_days_counted_twice")
"""Defects that `make test` plays. It plays half of what was written by hand without the defect: there a fault of
the product shows, with the defect only one of the tests."""
SOUND = list({id(BY_HAND[name]): BY_HAND[name] for name in BY_HAND if name not in CAUGHT_BY}.values())
"""Those of CAUGHT_BY are played in test_dbt_histories.py."""


def long_but(names: Iterable[str], *kept: str) -> list[Any]:
    return [name if name in kept else pytest.param(name, marks=pytest.mark.long) for name in names]


@pytest.mark.parametrize("name", DEFECTS)
def test_each_changes_the_text_of_a_project(name: str) -> None:
    """So that one whose rule was written anew is noticed before the long tests."""
    files = compile_project(plan_view(EVERYTHING), dialect_named("duckdb"))
    assert DEFECTS[name](files) != files


@pytest.mark.parametrize(
    "number", [number if number % 2 else pytest.param(number, marks=pytest.mark.long) for number in range(len(SOUND))]
)
def test_without_it_the_history_goes_right(server: Server, number: int, record_property) -> None:
    with Engine(server, server.project(EVERYTHING)) as engine:
        record_property("played", dict(play(engine, EVERYTHING, SOUND[number])))


@pytest.mark.parametrize("name", long_but(DEFECTS, *IN_SHORT))
def test_histories_catch(server: Server, name: str, record_property) -> None:
    caught = caught_by(server, name)
    assert caught is not None, f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}"
    history, seen = caught
    record_property("caught", (name, seen))
    if name not in BY_HAND:  # it is one that was made up
        with Engine(server, server.project(EVERYTHING)) as engine:
            record_property("played", dict(play(engine, EVERYTHING, history)))


@pytest.mark.parametrize("name", CHANGED)
def test_histories_of_changed_definitions_go_right(server: Server, name: str, record_property) -> None:
    _, history = CHANGED[name]
    view = VIEWS[history.view]
    with Engine(server, server.project(view)) as engine:
        record_property("played", dict(play(engine, view, history)))


@pytest.mark.parametrize("name", long_but(CHANGED, "gone_events_stay"))
def test_histories_of_changed_definitions_catch(server: Server, name: str) -> None:
    defect, history = CHANGED[name]
    view = VIEWS[history.view]
    with Engine(server, server.project(view, name, defect)) as engine:
        engine.defect = (name, defect)
        with pytest.raises(Wrong):
            play(engine, view, history)
