"""Histories on PostgreSQL: fewer, and of the same kind."""

from collections.abc import Iterator

import pytest
from tests.histories import dbt_commands
from tests.histories.changes import OF_EVERY_ENGINE
from tests.histories.engine import Server
from tests.histories.steps import history_of_seed
from tests.histories.test_histories import check
from tests.histories.views import VIEWS

HISTORIES = 4
LONG_HISTORIES = range(4, 64)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    found = Server("postgres")
    yield found
    found.close()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_history(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(postgres, history_of_seed(seed, VIEWS))))


OF_DBT = (
    "each model twice",
    "an attempt that died after its commit",
    "all but filtered_events",
    "all but daily_values",
    "a removal without its note",
)


@pytest.mark.parametrize("name", OF_DBT)
def test_the_next_run_makes_right_what_dbt_left(postgres: Server, name: str, record_property) -> None:
    record_property("played", dict(check(postgres, dbt_commands.HISTORIES[name])))


def test_definitions_change(postgres: Server, record_property) -> None:
    record_property("played", dict(check(postgres, OF_EVERY_ENGINE)))


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_HISTORIES)
def test_history_at_length(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(postgres, history_of_seed(seed, VIEWS))))
