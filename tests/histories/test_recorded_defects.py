"""The tests of the history are tested: each deliberate defect is caught by a history written by hand."""

from __future__ import annotations

import pytest
from tests.histories.by_hand import day, days_later, event, load
from tests.histories.defects import Defect, Files, replaced
from tests.histories.engine import Engine, Failed, Server
from tests.histories.play import Wrong, play
from tests.histories.recorded_by_hand import BY_HAND, KILLED, P, history
from tests.histories.steps import History, Run
from tests.histories.views import RECORDED

pytestmark = pytest.mark.long
MACROS = "macros/signals_attributes_history.sql"
SAME = "given.is_end = (stored.valid_from < given.valid_from)"


def _replacing(name: str, old: str, new: str) -> Defect:
    def change(files: Files) -> Files:
        return replaced(files, name, old, new)

    return change


KILLED_AT_ONCE = KILLED["before statement 1 of attributes_history"]
SAME_NUMBER = history(
    *(load(event("e1", "ann", 0), event("e2", "bob", 0)), Run(), days_later(1.5), load(event("e3", "ann", 1))),
    Run(as_of=day(2), kill=(f"{P}_attributes_history", 1, "before")),
    *(load(event("e4", "ann", 1.1)), Run(as_of=day(2))),
)
"""As many rows are published as before, when a run dies."""
ONLY_REMOVED = history(
    *(load(event("e1", "ann", 0), event("e2", "bob", 0)), Run(as_of=day(0)), days_later(1)),
    Run(as_of=day(-1), kill=(f"{P}_attributes_history", 1, "before")),
    Run(as_of=day(0)),
)
"""Everybody is removed, when a run dies, and returns in the next."""
CAUGHT: dict[str, tuple[Defect, History]] = {
    "what a dead run published is not recorded": (
        _replacing("_attributes", "{%- do signals_record_published() %}\n", ""),
        KILLED_AT_ONCE,
    ),
    "only the numbers of rows are compared": (
        _replacing(MACROS, "and (recorded.newest = published.newest or published.entities = 0)", ""),
        SAME_NUMBER,
    ),
    "only the newest rows are compared": (
        _replacing(MACROS, "recorded.entities = published.entities\n                    and", ""),
        ONLY_REMOVED,
    ),
    "a row that is recorded is ended": (
        _replacing(MACROS, SAME, "(given.is_end or stored.valid_from >= given.valid_from)"),
        BY_HAND["each model twice"],
    ),
    "a row that is recorded is recorded again": (
        _replacing(MACROS, SAME, "(given.is_end and stored.valid_from < given.valid_from)"),
        BY_HAND["each model twice"],
    ),
    "who was removed is recorded as changed": (
        _replacing(MACROS, "where parts.is_end or changes.change <> 'removed'", ""),
        BY_HAND["changed, removed, and returned"],
    ),
    "who was removed stays": (
        _replacing(
            "_attributes_history", "where change in ('new', 'changed', 'removed')", "where change in ('new', 'changed')"
        ),
        BY_HAND["changed, removed, and returned"],
    ),
    "columns are not added": (
        _replacing(MACROS, "{%- if found.is_whole -%}", "{%- if false -%}"),
        BY_HAND["another definition"],
    ),
}


@pytest.mark.parametrize("name", CAUGHT)
def test_a_defect_is_caught(server: Server, name: str) -> None:
    defect, given = CAUGHT[name]
    folder = server.project(RECORDED, name, defect)
    with Engine(server, folder) as engine:
        engine.defect = (name, defect)
        with pytest.raises((Wrong, Failed)):
            play(engine, RECORDED, given)


@pytest.mark.parametrize("given", [SAME_NUMBER, ONLY_REMOVED], ids=["as many", "nobody left"])
def test_without_a_defect(server: Server, given: History) -> None:
    with Engine(server, server.project(RECORDED)) as engine:
        play(engine, RECORDED, given)
