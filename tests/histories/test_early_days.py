"""Early days are read from a cache, and the numbers are those of the days: whatever comes late, wherever a run dies."""

import duckdb
import pytest
from tests.histories.by_hand import day, event, load
from tests.histories.early_days import A_DAY, EARLY, HOURS, LAST, LATE, NEXT, RECENT
from tests.histories.engine import Engine, Server
from tests.histories.play import Player
from tests.histories.steps import Change, Dbt, History, Limits, Run, Step
from tests.histories.views import EVERYTHING, VIEWS

P = EVERYTHING.project_name
WRITING = ("entity_manifest", "entity_history", "daily_values", "daily_aggregates", "attributes")


def played(server: Server, *steps: Step) -> Player:
    with Engine(server, server.project(VIEWS["everything"])) as engine:
        player = Player(engine, EVERYTHING, History("everything", steps))
        player.play()
        return player


def kept(player: Player) -> dict[str, bool]:
    """Whom the cache knows, and whether their own row may be relied on."""
    rows = [row for row in player.tables["entity_history"] if row.get("slot") is None]
    marked = {row["domain_userid"] for row in rows if row["day"] is None}
    return {row["domain_userid"]: row["domain_userid"] not in marked for row in rows}


def test_made_marked_and_made_again(server: Server) -> None:
    with Engine(server, server.project(VIEWS["everything"])) as engine:
        player = Player(engine, EVERYTHING, History("everything", ()))
        for steps, expected in (
            ((EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0))), {"ann": True, "bob": True}),
            ((A_DAY, LATE, Run(as_of=day(0), reprocess_late=True)), {"ann": False, "bob": True, "eve": False}),
            ((HOURS, NEXT, Run(as_of=day(1), again=True)), {"ann": True, "bob": True, "eve": True}),
        ):
            for step in steps:
                player.take(step)
            assert kept(player) == expected
        player.end()
    assert player.played["rows of early days"] > 5


@pytest.mark.parametrize("moment", ["after", pytest.param("before", marks=pytest.mark.long)])
@pytest.mark.parametrize(
    "model", [*WRITING[1::2], *(pytest.param(model, marks=pytest.mark.long) for model in WRITING[::2])]
)
def test_a_run_that_dies(server: Server, model: str, moment: str) -> None:
    """While it is made, while it is marked, while it is made again. What was not committed is not there: dying before a
    commit leaves little else than dying after the one before."""
    kill = (f"commit {P}_{model}", 1, moment)
    steps = [EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0), kill=kill), Run(as_of=day(0))]
    steps += [A_DAY, LATE, Run(as_of=day(0), reprocess_late=True, kill=kill)]
    steps += [HOURS, NEXT, Run(as_of=day(1), kill=kill), HOURS, LAST, Run(as_of=day(1))]
    player = played(server, *steps)
    assert player.played["kills"] == 3


def test_days_of_the_past(server: Server) -> None:
    """As of a day before the cache's last one, or within the longest window after it, it is not used."""
    steps = [EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0))]
    for number, ago in enumerate((-15, -30, -49, -60, 1)):
        steps += [HOURS, load(event(f"more {number}", "bob", number / 10)), Run(as_of=day(ago))]
    played(server, *steps)


WITHOUT = ("build", "--exclude", f"{P}_entity_history")
ALONE = ("run", "--select", f"{P}_entity_history")


@pytest.mark.parametrize(
    "commands",
    [
        (WITHOUT, WITHOUT, ALONE),
        pytest.param((WITHOUT,), marks=pytest.mark.long),  # that of a defect: see early_days.WITHOUT_MARKS
        pytest.param((ALONE, WITHOUT), marks=pytest.mark.long),
        (("build",), ALONE, ALONE),
    ],
    ids=["left out twice, then alone", "left out", "alone, then left out", "alone after all"],
)
def test_models_by_themselves(server: Server, commands: tuple[tuple[str, ...], ...]) -> None:
    """Built without the model that marks, the states of early days do not change."""
    made = (EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0)), A_DAY, LATE)
    all_in = Change(Limits(late_event_lookback_days=-1))
    player = played(server, all_in, *made, Dbt(commands), HOURS, NEXT, Run(as_of=day(1)))
    assert player.played["commands"] == len(commands)


def test_dropped(server: Server) -> None:
    """It may be dropped at any time."""
    with Engine(server, server.project(VIEWS["everything"])) as engine:
        player = Player(engine, EVERYTHING, History("everything", ()))
        for step in (EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0))):
            player.take(step)
        with duckdb.connect(str(engine.database)) as connection:
            connection.execute(f"drop table signals_derived.{P}_entity_history")
        for step in (A_DAY, LATE, Run(as_of=day(0), reprocess_late=True), HOURS, NEXT, Run(as_of=day(1))):
            player.take(step)
        player.drain()
        assert set(kept(player).values()) == {True}
