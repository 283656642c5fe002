"""Plays histories, given or made up, each on a database of its own; one that goes wrong is shown as it can be kept in
test_history_regressions.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from tests.histories.engine import Engine, Failed, Server
from tests.histories.made_up import histories
from tests.histories.play import Wrong, play
from tests.histories.steps import Dbt, History, Run, written
from tests.histories.together import VIEWS
from tests.histories.views import RECORDED

from snowplow_signals import View

PLAYED = {**VIEWS, RECORDED.name: RECORDED}


def check(server: Server, history: History) -> Counter[str]:
    """Play it; returns what was done."""
    view = PLAYED[history.view]
    try:
        with Engine(server, server.project(view)) as engine:
            return play(engine, view, history)
    except (Wrong, Failed) as error:
        error.add_note(written(history))
        raise


def check_made_up(server: Server, count: int, of_seed: int, views: Mapping[str, View] = VIEWS) -> Counter[str]:
    """So many that hypothesis makes up, the same ones for one seed; raises what the smallest does that goes wrong."""
    played: Counter[str] = Counter()

    @seed(of_seed)
    @settings(
        max_examples=count,
        phases=(Phase.generate, Phase.shrink),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(histories(views))
    def one(history: History) -> None:
        assume(any(isinstance(step, Run | Dbt) for step in history.steps))
        played.update(check(server, history))

    one()
    return played
