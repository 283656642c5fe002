"""The model of the state, played by itself: after any history what is in the tables is what brute force over the raw
rows says."""

import pytest
from tests.model.making import failure, script_of, smallest
from tests.model.mutations import MISTAKES, caught, module_with
from tests.model.named import NAMED

AT_ONCE = 400
LONG_BATCHES = 60
MOST_HISTORIES = 4000
IN_SHORT = (
    "days are clean before their states are added",
    "events are inserted twice",
    "a refresh that died is forgotten",
)
"""Mistakes that `make test` plays."""


def play(first: int, count: int, *, has_transactions: bool) -> None:
    for seed in range(first, first + count):
        script = script_of(seed, without_transactions=not has_transactions)
        if failure(script, has_transactions=has_transactions):
            script = smallest(script, has_transactions=has_transactions)
            shown = "\n".join(map(repr, script))
            pytest.fail(f"seed {seed}: {failure(script, has_transactions=has_transactions)}\n{shown}")


@pytest.mark.parametrize("has_transactions", [True, False], ids=["with transactions", "without"])
def test_made_up_histories(has_transactions: bool, record_property) -> None:
    play(0, AT_ONCE, has_transactions=has_transactions)
    record_property("played", {"histories of the model": AT_ONCE})


@pytest.mark.long
@pytest.mark.parametrize("batch", range(1, LONG_BATCHES))
def test_made_up_histories_at_length(batch: int, record_property) -> None:
    for has_transactions in (True, False):
        play(batch * AT_ONCE, AT_ONCE, has_transactions=has_transactions)
    record_property("played", {"histories of the model": 2 * AT_ONCE})


@pytest.mark.parametrize("name", NAMED)
def test_what_the_model_found(name: str) -> None:
    script, mistake = NAMED[name]
    assert failure(script, has_transactions=False) is None
    assert failure(script, module_with(MISTAKES[mistake]), has_transactions=False) is not None


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_changes_the_model(name: str) -> None:
    module_with(MISTAKES[name])


@pytest.mark.parametrize(
    "name", [name if name in IN_SHORT else pytest.param(name, marks=pytest.mark.long) for name in MISTAKES]
)
def test_histories_catch(name: str, record_property) -> None:
    found = caught(name, MOST_HISTORIES)
    assert found is not None, f"{MOST_HISTORIES} histories go right with this mistake"
    record_property("caught", (name, found))
