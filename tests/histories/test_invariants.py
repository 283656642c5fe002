"""What holds for every project, after any history: one named test each, on histories written by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests import harness, reference
from tests.histories.by_hand import day, days_later, event, load
from tests.histories.engine import Engine, Failed, Server, Tables
from tests.histories.play import Player, play
from tests.histories.steps import Change, History, Limits, Load, Run, Step, noon
from tests.histories.views import EVERYTHING

from snowplow_signals.project.models import MODELS

P = EVERYTHING.project_name
ROWS = (
    event("e1", "ann", 0, label="a"),
    event("e2", "ann", 0.1, label="b", value=2.5),
    event("e3", "bob", 0, label="a"),
    event("e4", "bob", 1, label="c"),
    event("e5", "ann", 2, label="b"),
    event("e6", "cleo", 2, label="a", value=0.1),
    event("e2", "ann", 1, loaded=3),  # again, of another day: the first copy stays
    event("e7", "dora", 0, loaded=3, label="c"),  # three days late
    event("e4", "cleo", 2, loaded=0.2, label="d"),  # an earlier copy, of another entity and day, that comes later
    event("e8", "ann", 3, label="a"),
    event("e1", "bob", -1, loaded=-0.5, label="z"),
    event("e9", "bob", -9, loaded=3),
)


@pytest.fixture
def engine(server: Server):
    with Engine(server, server.project(EVERYTHING)) as found:
        yield found


def played(engine: Engine, *steps: Step) -> Player:
    """A player after these steps; every one was checked."""
    player = Player(engine, EVERYTHING, History(EVERYTHING.name, steps))
    for number, step in enumerate(steps):
        if isinstance(step, Load):
            player.load(step.rows)
        elif isinstance(step, Change):
            player.limits = step.limits
        elif isinstance(step, Run):
            player.run(step, f"step {number}")
        else:
            player.now += timedelta(hours=step.hours)
    return player


def test_equality(engine: Engine) -> None:
    """With nothing deferred, attributes are those computed from scratch over the rows of all processed hours."""
    player = played(
        engine,
        load(*ROWS[:3]),
        Run(),
        days_later(4),
        load(*ROWS[3:9]),
        Run(as_of=day(3)),
        load(*ROWS[9:]),
        Run(as_of=day(4), full_scan=True, reprocess_late=True),
    )
    expected = reference.compute(EVERYTHING, ROWS, as_of=day(4))
    assert set(expected) == {"ann", "bob", "cleo", "dora"}
    assert harness.differences(EVERYTHING, player._attributes(), expected) == []


PATHS: dict[str, Sequence[Step]] = {
    "at once": (days_later(4), load(*ROWS), Run(as_of=day(4))),
    "one by one, backwards, a day of load at a time": (
        Change(Limits(backfill_limit_days=1, late_event_lookback_days=0, load_lookback_days=0)),
        days_later(4),
        *(step for row in reversed(ROWS) for step in (load(row), Run(plain=True, as_of=day(4)))),
        Run(as_of=day(4), full_scan=True, reprocess_late=True),
    ),
    "in chunks of a row, killed on the way": (
        days_later(4),
        load(*ROWS[6:]),
        Run(as_of=day(2), chunk_rows=1, kill=(f"commit {P}_filtered_events", 3, "after")),
        load(*ROWS[:6]),
        Run(as_of=day(1), chunk_rows=1, publish_each=True, kill=(f"commit {P}_daily_values", 2, "after")),
        Run(as_of=day(4), full_scan=True, kill=(f"commit {P}_removed_entities", 1, "after")),
        Run(as_of=day(4), full_scan=True, reprocess_late=True),
    ),
}


def test_path_independence(server: Server) -> None:
    """The order of loads, how they were cut, the limits and interruptions leave no trace."""
    found = {}
    for name, steps in PATHS.items():
        with Engine(server, server.project(EVERYTHING)) as engine:
            found[name] = _data(played(engine, *steps).tables)
    for name, tables in found.items():
        for table, rows in tables.items():
            assert rows == found["at once"][table], f"{table}, {name}"


def _data(tables: Tables) -> dict[str, list[str]]:
    names = ("attributes", "daily_aggregates", "daily_values", "filtered_events")
    return {name: sorted(repr(_rounded(row)) for row in tables[name]) for name in names}


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    rounded = {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()}
    return {name: value for name, value in rounded.items() if name not in ("updated_at", "chunk")}


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("moment", ["after", pytest.param("before", marks=pytest.mark.long)])
def test_crash_safety(engine: Engine, moment: str, part: int) -> None:
    """Killed after the commit of every model, or before it: the next run puts everything right.

    What was not committed is not there: dying before a commit leaves little else than dying after the one before.
    """
    points = [(f"commit {P}_{name}", 1, moment) for _, name, _ in MODELS]
    steps: list[Step] = [Change(Limits(load_lookback_days=-1)), load(*ROWS[:6]), Run()]
    chosen = points[part::2]
    for number, kill in enumerate(chosen):
        moved = event(f"moving {number}", "ann", 0, loaded=0.5), event(f"moving {number}", "bob", -1, loaded=-0.5)
        steps += [load(moved[0]), Run(), load(moved[1], event(f"new {number}", "cleo", 1)), Run(kill=kill), Run()]
        steps.append(days_later(0.2))
    player = played(engine, *steps)
    player.drain()
    # nothing to do for these after the first run, on days as recent as these, where nobody goes
    never_reached = {f"commit {P}_{name}" for name in ("definition", "entity_history", "removed_entities")}
    assert player.played["kills"] >= len([kill for kill in chosen if kill[0] not in never_reached])


@pytest.mark.parametrize("build", [Run(), Run(plain=True)], ids=["a run after an outage", "three days a build"])
def test_lateness_is_an_events_own(engine: Engine, build: Run) -> None:
    """What came a day late does not wait because its run came a week later, or took later loads with it."""
    steps = (Change(Limits(backfill_limit_days=3, late_event_lookback_days=1)), load(event("e1", "ann", 0)), build)
    late = load(event("e2", "bob", 0, loaded=1), event("e3", "cleo", 0, loaded=2), event("e4", "ann", 3))
    player = played(engine, *steps, days_later(8), late, build)
    assert set(player._attributes()) == {"ann", "bob", "cleo"}  # the late event that is in reach brings in the other
    later = (load(event("e5", "dora", 0, loaded=2.1)), days_later(1), build)
    for step in later:
        player.take(step)
    assert "dora" not in player._attributes()
    player.take(Change(Limits(late_event_lookback_days=2)))
    player.take(build)
    assert "dora" in player._attributes()


def test_idle(engine: Engine) -> None:
    """A run with nothing to do changes nothing but the history; a new day alone publishes what it changes."""
    player = played(engine, days_later(4), load(*ROWS), Run(as_of=day(4), reprocess_late=True, again=True))
    before = {row["domain_userid"]: row for row in player.tables["attributes"]}
    result = player.run(Run(as_of=day(5)), "the next day")
    after = {row["domain_userid"]: row for row in player.tables["attributes"]}
    changed = {one for one in after if after[one]["updated_at"] != before[one]["updated_at"]}
    assert result.entities_changed == len(changed)
    # ann's event of day 3 is not of the last day any more; one of bob's left the two days before the last three
    assert changed == {"ann", "bob"}
    assert result.rows["rows_read"] == 0
    assert not result.changed_nothing


def test_progress(engine: Engine) -> None:
    """Every build takes a day of load, whatever lies between; in the end nothing is left."""
    days = (0, 0.2, 1, 30, 31, 200)
    rows = [event(f"e{number}", "ann", of_day) for number, of_day in enumerate(days)]
    player = played(engine, load(*rows), days_later(300))
    taken = []
    for _ in range(6):
        player.run(Run(plain=True, as_of=day(300)), "a build")
        taken.append(len(player.tables["filtered_events"]))
    assert taken == [2, 3, 4, 5, 6, 6]


def test_accounting(engine: Engine) -> None:
    """Every row that was read is accounted for once, by the first reason that holds."""
    rows = [
        event("e1", "ann", 0),
        event("e1", "ann", 0.01),  # a duplicate of its own run
        event("", "ann", 0),
        event("e2", "ann", 0) | {"derived_tstamp": None, "collector_tstamp": None},
        event("e3", "ann", -100, loaded=0),  # before the start
        event("e4", "ann", 0) | {"app_id": "other"},
        event("e5", "", 0),
        event("e6", "ann", 0) | {"load_tstamp": None},  # belongs to no load
    ]
    history = History(EVERYTHING.name, (), start_date=day(-10), app_ids=("web",))
    player = Player(engine, EVERYTHING, history)
    player.load(rows)
    first = player.run(Run(), "first").rows
    assert {name: n for name, n in first.items() if n} == {
        "rows_read": 7,
        "rows_used": 1,
        "rows_duplicate": 1,
        "rows_incomplete": 2,
        "rows_before_start": 1,
        "rows_other_app": 1,
        "rows_no_entity": 1,
    }
    player.load([event("e7", "ann", 0.001), event("e1", "bob", -1, loaded=-0.5)])
    second = player.run(Run(), "second").rows
    assert {name: n for name, n in second.items() if n} == {
        "rows_read": 9,
        "rows_used": 2,
        "rows_seen_before": 2,
        "winners_replaced": 1,
        "rows_incomplete": 2,
        "rows_before_start": 1,
        "rows_other_app": 1,
        "rows_no_entity": 1,
    }


def test_accounting_of_irrelevant_rows(server: Server, record_property) -> None:
    """A view that wants only clicks leaves the others out, and says so."""
    from tests.histories.views import COUNTS

    with Engine(server, server.project(COUNTS)) as engine:
        player = Player(engine, COUNTS, History(COUNTS.name, ()))
        player.load([event("e1", "ann", 0), event("e2", "ann", 0) | {"event_name": "view"}])
        rows = player.run(Run(), "first").rows
    assert (rows["rows_read"], rows["rows_used"], rows["rows_irrelevant"]) == (2, 1, 1)


def test_one_writer(server: Server, engine: Engine) -> None:
    """While another process has the database a run stops with a message, and nothing changes; then it goes on."""
    player = played(engine, load(*ROWS[:3]), Run(), days_later(1), load(*ROWS[3:6]))
    engine.leave()
    with Holder(server, engine):
        with pytest.raises(Failed, match="BusyError: another run, or another program, holds the database of"):
            engine.run(noon(day(1)))
        engine.leave()
    assert engine.snapshot() == player.tables
    player.run(Run(), "when it is free")
    player.drain()


class Holder:
    """Another process that has the database open."""

    def __init__(self, server: Server, engine: Engine) -> None:
        self.other = Engine(server, engine.folder, home=engine.home)

    def __enter__(self) -> None:
        self.other._ask("hold")

    def __exit__(self, *_: object) -> None:
        self.other.leave()


NOT_WRITTEN = ("entity_history", "removed_entities", "attributes_history")
"""As long as all days are recent (see test_early_days), nobody goes, and the view has no snapshot (test_recorded)."""
PUBLISHING = [name for phase, name, _ in MODELS if phase == "publish" and name not in NOT_WRITTEN]


@pytest.mark.parametrize("models", [PUBLISHING[::2], PUBLISHING[1::2]])
def test_publication(engine: Engine, models: list[str]) -> None:
    """Attributes are replaced as a whole or not at all, wherever the publishing run dies."""
    player = played(engine, load(*ROWS[:6]), Run(as_of=day(2)), days_later(3))
    for number, name in enumerate(models):
        rows = [event(f"{number} {one}", one, 1.5 + number / 100) for one in ("ann", "bob", "eve")]
        player.load(rows)
        run = Run(as_of=day(3 + number), kill=(f"commit {P}_{name}", 1, "after"))
        new = player.scenario.attributes(_all(player), run.as_of, include_current_day=False)
        old = player._attributes()
        player.run(run, f"killed after {name}")
        is_new = PUBLISHING.index(name) >= PUBLISHING.index("attributes")
        assert harness.differences(EVERYTHING, player._attributes(), new if is_new else old) == []
        player.run(Run(as_of=run.as_of), "the next run")
        assert harness.differences(EVERYTHING, player._attributes(), new) == []
    assert player.played["kills"] == len(models)


def _all(player: Player) -> list[dict[str, Any]]:
    return [row for rows in player.scenario.loads.values() for row in rows]


def test_publication_once(engine: Engine) -> None:
    """A run that takes many chunks publishes when it has caught up, or after each when it is asked to."""
    player = played(engine, load(*ROWS[:1]), Run(as_of=day(2)))
    published = player.tables["attributes"]
    player.load(ROWS[3:6])
    kill = (f"commit {P}_incremental_manifest", 1, "after")
    player.now = noon(day(3))
    player.run(Run(as_of=day(2), chunk_rows=1, kill=kill), "killed after the first chunk")
    assert len(player.tables["filtered_events"]) == 2
    assert player.tables["attributes"] == published
    player.load(ROWS[9:10])
    player.now = datetime(2025, 3, 7)
    player.run(Run(as_of=day(4), chunk_rows=1, publish_each=True), "publishing each")
    player.drain()


def test_progress_with_gaps(engine: Engine) -> None:
    """Windows without any event never block."""
    steps: list[Step] = [Change(Limits(backfill_limit_days=1))]
    for number in range(3):
        steps += [load(event(f"e{number}", "ann", number * 11)), Run(), days_later(11), Run(again=True)]
    play(engine, EVERYTHING, History(EVERYTHING.name, tuple(steps)))
