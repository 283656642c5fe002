"""Histories that went wrong once, cut down."""

import pytest
from tests.histories.by_hand import day, days_later, event, load
from tests.histories.checking import check
from tests.histories.engine import Server
from tests.histories.steps import Change, Dbt, History, Limits, Run

KILLS = {
    "a removal that was not published": History(
        "everything",
        (
            load(event("e1", "ann", 0), event("e2", "bob", -5)),
            Run(as_of=day(0)),
            Run(as_of=day(-3), kill=("commit everything_1_removed_entities", 1, "after")),
            Run(as_of=day(0)),
        ),
    ),
    "a return that was not published": History(
        "everything",
        (
            load(event("e1", "ann", 0), event("e2", "bob", -2), event("e3", "cleo", -5)),
            Run(as_of=day(0)),
            Run(as_of=day(-3)),
            Run(as_of=day(0), kill=("commit everything_1_removed_entities", 1, "after")),
            Run(as_of=day(-1)),
        ),
    ),
    "a return that was published, but not that it was": History(
        "everything",
        (
            load(event("e1", "ann", 0), event("e2", "cleo", -5)),
            Run(as_of=day(0)),
            Run(as_of=day(-3)),
            Run(as_of=day(0), kill=("commit everything_1_attributes", 1, "after")),
            Run(as_of=day(0)),
        ),
    ),
    "late events that wait after a run that had begun to aggregate them": History(
        "everything",
        (
            load(event("e1", "ann", -2), event("e2", "ann", 0)),
            Run(),
            load(event("e3", "ann", -2, loaded=0, label="b")),
            Run(kill=("commit everything_1_daily_values", 1, "after")),
            days_later(10),
            load(event("e4", "ann", 10)),
            Run(),
        ),
    ),
    "who was published by models alone, and had an event of somebody else": History(
        "everything",
        (
            load(event("e1", "cleo", 0)),
            Run(plain=True, kill=("commit everything_1_days_out_of_date", 1, "before")),
            Dbt((load(event("e1", "bob", 0, loaded=-1)), ("build", "--select", "tag:signals_publish"))),
        ),
    ),
    "models that were chosen before the others were ever built": History(
        "everything",
        (
            load(event("e1", "ann", 0)),
            Dbt(
                (("build",), ("build", "--select", "everything_1_base_events_this_run", "everything_1_chunk_manifest")),
                kill=("commit everything_1_filtered_events", 1, "before"),
            ),
        ),
    ),
    "a chunk that was stored after its run had published": History(
        "everything",
        (
            load(event("e1", "ann", -3), event("e2", "ann", -2), event("e3", "bob", -1)),
            Change(Limits(backfill_limit_days=1)),
            Run(publish_each=True, kill=("commit everything_1_filtered_events", 2, "after")),
            Run(),
        ),
    ),
    "hours of a killed run that are newer than those of the run that finished": History(
        "everything",
        (
            load(event("e1", "ann", -2)),
            Run(as_of=day(0)),
            load(event("e2", "ann", 0)),
            Run(as_of=day(0), kill=("commit everything_1_incremental_manifest", 1, "after")),
            load(event("e3", "ann", -1), event("e4", "bob", 0)),
            Run(as_of=day(0)),
        ),
    ),
}


@pytest.mark.parametrize("name", KILLS)
def test_kill(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, KILLS[name])))
