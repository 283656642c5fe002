"""The tests are tested: the histories catch every deliberate defect."""

import pytest
from tests.histories.defects import DEFECTS
from tests.histories.engine import Engine, Server
from tests.histories.play import Wrong, play
from tests.histories.steps import history_of_seed
from tests.histories.views import EVERYTHING

TRIES = 60
FIRST: dict[str, int] = {}
"""Seeds that are known to catch a defect, so that it does not take long."""


def caught_by(server: Server, name: str, seeds: list[int]) -> tuple[int, str] | None:
    """The first of the seeds whose history goes wrong, and what was seen."""
    folder = server.project(EVERYTHING, name, DEFECTS[name])
    for seed in seeds:
        history = history_of_seed(seed, {EVERYTHING.name: EVERYTHING})
        try:
            with Engine(server, folder) as engine:
                play(engine, EVERYTHING, history)
        except Wrong as wrong:
            return seed, str(wrong)
    return None


@pytest.mark.parametrize("name", DEFECTS)
def test_histories_catch(server: Server, name: str, record_property) -> None:
    first = [FIRST[name]] if name in FIRST else []
    caught = caught_by(server, name, [*first, *range(TRIES)])
    assert caught is not None, f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}"
    record_property("caught", caught)
