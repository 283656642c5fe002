"""After any history everything is right: the tables are held to a model of runs after every step, to the interpreter
at the end.

A history is made from a seed, so that it can be played again: `pytest tests/histories -k "test_history and 17"`.
`SIGNALS_HISTORIES` is the number of histories of the long test, `SIGNALS_FIRST_SEED` where it begins. One that goes
wrong is cut down, and shown as it can be kept in test_history_regressions.py.
"""

import os

import pytest
from tests.histories.engine import Engine, Failed, Server
from tests.histories.play import Wrong, play
from tests.histories.shrink import smallest, written
from tests.histories.steps import History, history_of_seed
from tests.histories.views import VIEWS

HISTORIES = 100
LONG_HISTORIES = int(os.environ.get("SIGNALS_HISTORIES", "2000"))
LONG_FIRST_SEED = int(os.environ.get("SIGNALS_FIRST_SEED", "10000"))


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


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_history(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(server, history_of_seed(seed, VIEWS))))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(LONG_FIRST_SEED, LONG_FIRST_SEED + LONG_HISTORIES))
def test_history_at_length(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(server, history_of_seed(seed, VIEWS, size=7))))
