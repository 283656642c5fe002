"""Histories that the model found, cut down: what went wrong with the SQL of before, and which mistake it was."""

from __future__ import annotations

from typing import Any

from tests.model.meaning import Raw
from tests.model.playing import NONE, Faults
from tests.model.run import ORDER

COUNTER = ("define", (("a", ("counter", frozenset("x"), None, None)),))
RUN = {"now": 7, "as_of": 2}
PUBLISHED_ALONE = ("definition", "days_out_of_date", "entity_manifest", "attributes", "publication_manifest")
DRAIN = ("drain", {"now": 40, "as_of": 10, "history_every": 1})


def row(event_id: str, load: int, entity: str = "a") -> tuple[str, Raw]:
    return "load", Raw(event_id, load, load, entity, "x", 1)


def run(now: int, faults: Faults = NONE, **options: Any) -> tuple[Any, ...]:
    return "run", {"now": now, "as_of": now // 4, "history_every": 1, **options}, faults


def killed(name: str, how: str = "before") -> Faults:
    return Faults(kill_at=0, kill_name=name, how=how)


ALL_TWICE = Faults(resent=tuple(range(60)))

NAMED: dict[str, tuple[list[Any], str]] = {
    "a refresh that died after it dropped the events": (
        [COUNTER, row("e1", 1), run(9), run(9, killed("drop filtered_events", "after"), full_refresh=True), DRAIN],
        "a refresh drops the definition last",
    ),
    "a refresh that died before it dropped the history of runs": (
        [COUNTER, row("e1", 1), run(9), run(9, killed("drop run_history"), full_refresh=True), DRAIN],
        "a refresh drops the definition last",
    ),
    "a run that died between a day's two last statements": (
        [COUNTER, row("e1", 1), run(9, killed("clear entity days")), DRAIN],
        "days are clean before their entities are",
    ),
    "the accounting of a chunk is sent twice": (
        [COUNTER, row("e1", 1), run(2), row("e2", 3), run(9, ALL_TWICE), DRAIN],
        "a chunk is accounted for twice",
    ),
    "the events of a chunk are sent twice": (
        [COUNTER, row("e1", 1), run(2), row("e2", 3), run(9, ALL_TWICE), DRAIN],
        "events are inserted twice",
    ),
    "the cache of early days is sent twice": (
        [COUNTER, row("e1", 1), run(16), row("e2", 20), run(21), row("e3", 36), run(37, ALL_TWICE), DRAIN],
        "the cache counts twice when its statement is sent twice",
    ),
    "models by themselves publish for other windows what was compared before": (
        [
            ("define", (("a", ("counter", frozenset("x"), None, 1)),)),
            row("e1", 6),
            ("run", RUN, NONE, ORDER),
            ("run", {**RUN, "shift": 1}, NONE, PUBLISHED_ALONE),
            DRAIN,
        ],
        "a comparison of other windows",
    ),
}
