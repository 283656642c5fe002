"""After any history everything is right: the tables are held to a model of runs after every step, to the interpreter
at the end.

hypothesis makes up histories of projects, the same ones each time; one that goes wrong is cut down, and shown as it can
be kept in test_history_regressions.py. `SIGNALS_HISTORIES` is how many the long test plays, `SIGNALS_FIRST_SEED` where
it begins. `check` plays one history that was made from a seed, or written by hand.
"""

import os

import pytest
from tests.histories.engine import Engine, Failed, Server
from tests.histories.machine import play_histories
from tests.histories.play import Wrong, play
from tests.histories.shrink import smallest, written
from tests.histories.steps import History
from tests.histories.views import VIEWS

AT_ONCE = 10
"""Histories of one test."""
HISTORIES = 20
LONG_HISTORIES = int(os.environ.get("SIGNALS_HISTORIES", "2000"))
LONG_FIRST_SEED = int(os.environ.get("SIGNALS_FIRST_SEED", "1000"))


@pytest.mark.parametrize("seed", range(HISTORIES // AT_ONCE))
def test_made_up_histories(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(play_histories(server, AT_ONCE, seed)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(LONG_FIRST_SEED, LONG_FIRST_SEED + LONG_HISTORIES // AT_ONCE))
def test_made_up_histories_at_length(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(play_histories(server, AT_ONCE, seed)))


def check(server: Server, history: History) -> dict[str, int]:
    """Play it; when it goes wrong, say so with the smallest history that does."""
    folder = server.project(VIEWS[history.view])

    def played(one: History) -> dict[str, int]:
        with Engine(server, folder) as engine:
            return play(engine, VIEWS[one.view], one)

    def goes_wrong(one: History) -> bool:
        try:
            played(one)
        except (Wrong, Failed):
            return True
        return False

    try:
        return played(history)
    except (Wrong, Failed) as error:
        shown = written(smallest(history, goes_wrong))
        raise AssertionError(f"{error}\n\nthe smallest history that goes wrong:\n{shown}") from error
