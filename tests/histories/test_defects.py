"""The tests are tested: the histories catch every deliberate defect."""

import pytest
from tests.histories.defects import DEFECTS
from tests.histories.engine import Engine, Server
from tests.histories.play import Wrong, play
from tests.histories.steps import history_of_seed
from tests.histories.views import EVERYTHING

TRIES = 60
FIRST: dict[str, int] = {
    "one_maximum": 1,
    "taken_hours_are_done": 0,
    "marks_cleared_early": 3,
    "only_the_new_day_marked": 1,
    "only_the_new_entity_marked": 1,
    "marked_after_storing": 1,
    "last_copy_wins": 0,
    "stored_copy_stays": 1,
    "emptied_are_kept": 1,
    "window_off_by_a_day": 0,
    "late_events_dropped": 1,
    "ledger_before_events": 0,
    "accounting_before_events": 0,
    "killed_runs_forgotten": 1,
    "no_entity_marks": 0,
    "as_of_forgotten": 0,
    "updated_at_of_all": 0,
    "future_days_counted": 3,
    "moved_days_off_by_one": 4,
    "late_events_not_deferred": 4,
    "emptied_days_wait": 9,
    "removed_stay": 5,
    "removals_not_taken_back": 9,
}
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


sound: set[int] = set()
"""Seeds whose histories go right without a defect."""


@pytest.mark.parametrize("name", DEFECTS)
def test_histories_catch(server: Server, name: str, record_property) -> None:
    first = [FIRST[name]] if name in FIRST else []
    caught = caught_by(server, name, [*first, *range(TRIES)])
    assert caught is not None, f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}"
    record_property("caught", caught)
    seed = caught[0]
    if seed not in sound:
        with Engine(server, server.project(EVERYTHING)) as engine:
            played = play(engine, EVERYTHING, history_of_seed(seed, {EVERYTHING.name: EVERYTHING}))
        record_property("played", dict(played))
        sound.add(seed)
