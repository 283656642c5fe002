"""The tests are tested: the histories catch every deliberate defect."""

from collections.abc import Iterator

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


sound: list[History] = []
"""Histories that go right without a defect."""


@pytest.mark.parametrize("name", DEFECTS)
def test_histories_catch(server: Server, name: str, record_property) -> None:
    caught = caught_by(server, name)
    assert caught is not None, f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}"
    history, seen = caught
    record_property("caught", (name, seen))
    if history not in sound and name not in CAUGHT_BY:  # those are played in test_dbt_histories.py
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
