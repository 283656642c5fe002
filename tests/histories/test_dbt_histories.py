"""dbt belongs to its users: whatever they build with it, and leave out, or repeat, the next run makes it right."""

import pytest
from tests.histories.checking import check
from tests.histories.dbt_commands import ALONE, CAUGHT_BY, HISTORIES, LEFT_OUT
from tests.histories.engine import Server

MANY = {*LEFT_OUT, *ALONE} - {*CAUGHT_BY.values()}
"""One for each model. Of them `make test` plays those that show a defect, and made-up histories with such commands."""


@pytest.mark.parametrize("name", [name for name in HISTORIES if name not in MANY])
def test_the_next_run_makes_right_what_dbt_left(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, HISTORIES[name])))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in HISTORIES if name in MANY])
def test_whatever_model_is_left_out_or_built_again(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, HISTORIES[name])))
