"""Histories on PostgreSQL: fewer, and of the same kind."""

from collections.abc import Iterator

import pytest
from tests.histories.engine import Server
from tests.histories.steps import history_of_seed
from tests.histories.test_histories import check
from tests.histories.views import VIEWS

HISTORIES = 8
LONG_HISTORIES = range(8, 64)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    found = Server("postgres")
    yield found
    found.close()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_history(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(postgres, history_of_seed(seed, VIEWS))))


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_HISTORIES)
def test_history_at_length(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(postgres, history_of_seed(seed, VIEWS))))
