"""After any history everything is right: the tables are held to a model of runs after every step, to the interpreter
at the end.

hypothesis makes up histories of projects, the same ones each time; one that goes wrong is cut down, and shown as it can
be kept in test_history_regressions.py. `SIGNALS_HISTORIES` is how many the long test plays, `SIGNALS_FIRST_SEED` where
it begins.
"""

import os

import pytest
from tests.histories.checking import check_made_up
from tests.histories.engine import Server

AT_ONCE = 3
"""Histories of one test."""
SEED = 0
LONG_HISTORIES = int(os.environ.get("SIGNALS_HISTORIES", "2000"))
LONG_FIRST_SEED = int(os.environ.get("SIGNALS_FIRST_SEED", "1000"))


def test_made_up_histories(server: Server, record_property) -> None:
    record_property("played", dict(check_made_up(server, AT_ONCE, SEED)))


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, *range(LONG_FIRST_SEED, LONG_FIRST_SEED + LONG_HISTORIES // AT_ONCE)])
def test_made_up_histories_at_length(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(check_made_up(server, AT_ONCE, seed)))
