"""Histories on PostgreSQL: fewer, and of the same kind."""

from collections.abc import Iterator

import pytest
from tests.histories import dbt_commands, recorded_by_hand
from tests.histories.changes import OF_EVERY_ENGINE
from tests.histories.checking import check, check_made_up
from tests.histories.early_days import EARLY_DAYS
from tests.histories.engine import Server
from tests.histories.views import RECORDED

AT_ONCE = 1
"""Histories of one test."""
SEED = 0
LONG_SEEDS = range(1, 63)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    found = Server("postgres")
    yield found
    found.close()


def test_made_up_histories(postgres: Server, record_property) -> None:
    record_property("played", dict(check_made_up(postgres, AT_ONCE, SEED)))


OF_DBT_AT_LENGTH = ("an attempt that died after its commit", "all but filtered_events", "all but daily_values")
OF_DBT = (
    "each model twice",
    "a removal without its note",
    *(pytest.param(name, marks=pytest.mark.long) for name in OF_DBT_AT_LENGTH),
)


@pytest.mark.parametrize("name", OF_DBT)
def test_the_next_run_makes_right_what_dbt_left(postgres: Server, name: str, record_property) -> None:
    record_property("played", dict(check(postgres, dbt_commands.HISTORIES[name])))


def test_early_days(postgres: Server, record_property) -> None:
    done = dict(check(postgres, EARLY_DAYS))
    record_property("played", done)
    assert done["rows of early days"]


def test_definitions_change(postgres: Server, record_property) -> None:
    record_property("played", dict(check(postgres, OF_EVERY_ENGINE)))


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_made_up_histories_at_length(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check_made_up(postgres, AT_ONCE, seed)))


RECORDED_AT_LENGTH = tuple(name for name in recorded_by_hand.BY_HAND if name != "changed, removed, and returned")


@pytest.mark.parametrize(
    "name",
    [
        "changed, removed, and returned",
        *(pytest.param(name, marks=pytest.mark.long) for name in (*RECORDED_AT_LENGTH, *recorded_by_hand.KILLED)),
    ],
)
def test_what_was_published_is_recorded(postgres: Server, name: str, record_property) -> None:
    done = dict(check(postgres, (recorded_by_hand.BY_HAND | recorded_by_hand.KILLED)[name]))
    record_property("played", done)
    assert done["looks at histories"]


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS[:10])
def test_what_was_published_is_recorded_at_length(postgres: Server, seed: int, record_property) -> None:
    record_property("played", dict(check_made_up(postgres, AT_ONCE, seed, {RECORDED.name: RECORDED})))
