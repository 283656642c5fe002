"""dbt belongs to its users: whatever they build with it, and leave out, or repeat, the next run makes it right."""

import pytest
from tests.histories.checking import check
from tests.histories.dbt_commands import ALONE, CAUGHT_BY, HISTORIES, LEFT_OUT
from tests.histories.engine import Server

MANY = {*LEFT_OUT, *ALONE} - {*CAUGHT_BY.values()}
"""One for each model. Of them `make test` plays those that show a defect, and made-up histories with such commands."""
ALIKE = {
    "each model twice",  # test_postgres_histories.py plays it
    "the take alone, then the publication",
    "twice",
    "events read again after more came",
    "a plan made again in between",
    "a plan made again, and not read",
    "a comparison that is not written",
    "an attempt that died between two statements",
} - {*CAUGHT_BY.values()}
"""Of the others those that go the way of one that shows a defect."""


SHORT = [name for name in HISTORIES if name not in MANY | ALIKE]


@pytest.mark.parametrize("name", [*SHORT[::2], *(pytest.param(name, marks=pytest.mark.long) for name in SHORT[1::2])])
def test_the_next_run_makes_right_what_dbt_left(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, HISTORIES[name])))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in HISTORIES if name in MANY | ALIKE])
def test_whatever_model_is_left_out_or_built_again(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, HISTORIES[name])))
