"""dbt belongs to its users: whatever they build with it, and leave out, or repeat, the next run makes it right."""

import pytest
from tests.histories.dbt_commands import HISTORIES
from tests.histories.engine import Server
from tests.histories.test_histories import check


@pytest.mark.parametrize("name", HISTORIES)
def test_the_next_run_makes_right_what_dbt_left(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, HISTORIES[name])))
