"""Histories of a project that computes several views, and deliberate defects of what only such a project has."""

import pytest
from tests.histories.checking import check
from tests.histories.defects import Defect, Files, replaced
from tests.histories.engine import Engine, Server
from tests.histories.made_up import KINDS, OF_ONE_DEFINITION, history_of_seed
from tests.histories.play import Wrong, play
from tests.histories.together import JOINT

TOGETHER = {JOINT[""].name: JOINT[""]}
ATTRIBUTES = "_attributes_this_run"
STEPS = 12
TRIES = 60


def one_time_for_all(files: Files) -> Files:
    """A view's `updated_at` is that of the row, which changes with the other views'."""
    return replaced(files, "views/clicks_2_attributes.sql", "clicks_2__updated_at as updated_at", "updated_at")


def rows_without_events(files: Files) -> Files:
    """A view has a row of everybody of whom another view has events."""
    return replaced(files, "views/clicks_2_attributes.sql", "where clicks_2__signals_first_event is not null", "")


def times_of_nobody(files: Files) -> Files:
    """A time is kept although an attribute of the view has changed."""
    return replaced(
        files, ATTRIBUTES, "or published.clicks_2__clicks is distinct from computed.clicks_2__clicks", "", 2
    )


def views_of_before(files: Files) -> Files:
    """A view is made once, and stays as it was when the definition changes."""
    return replaced(
        files,
        "macros/signals_views.sql",
        "{%- if reason -%}{{ return(signals_write_nothing(reason)) }}{%- endif -%}",
        "{%- if reason or load_cached_relation(this) -%}{{ return(signals_write_nothing('')) }}{%- endif -%}",
    )


DEFECTS: dict[str, Defect] = {
    found.__name__: found
    for found in (
        one_time_for_all,
        rows_without_events,
        times_of_nobody,
        views_of_before,
    )
}


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=[] if seed < 1 else pytest.mark.long) for seed in range(40)])
def test_made_up_histories(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(check(server, history_of_seed(seed, TOGETHER, STEPS, KINDS))))


@pytest.mark.long
@pytest.mark.parametrize("name", DEFECTS)
def test_histories_catch(server: Server, name: str, record_property) -> None:
    kinds = KINDS if name == "views_of_before" else OF_ONE_DEFINITION
    for seed in range(TRIES):
        history = history_of_seed(seed, TOGETHER, STEPS, kinds)
        with Engine(server, server.project(JOINT[""], name, DEFECTS[name])) as engine:
            engine.defect = (name, DEFECTS[name])
            try:
                play(engine, JOINT[""], history)
            except Wrong as wrong:
                record_property("caught", (name, seed, str(wrong)))
                return
    pytest.fail(f"{TRIES} histories went right with this defect: {DEFECTS[name].__doc__}")
