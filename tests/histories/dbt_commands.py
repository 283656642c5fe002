"""Histories of what people and orchestrators do with dbt: any command, on any models, again, in any order.

Each is what once lost or doubled data, or would without the question that a model asks before it writes.
"""

from __future__ import annotations

from tests.histories.by_hand import day, days_later, event, load
from tests.histories.steps import Dbt, History, Load, Run, Step, Wait, models_of
from tests.histories.views import EVERYTHING

P = EVERYTHING.project_name
MODELS = [name.removeprefix(f"{P}_") for name in models_of(EVERYTHING)]
TAKE, PUBLISH = MODELS[: MODELS.index("days_out_of_date")], MODELS[MODELS.index("days_out_of_date") :]

BEFORE: tuple[Step, ...] = (
    load(event("e1", "ann", 0), event("e2", "bob", -5), event("e3", "cleo", 0), event("e8", "zoe", 0)),
    Run(as_of=day(1)),
    days_later(1),
    # of a stored day, a new one, and a copy that takes an event away from its entity, which then has no row
    load(event("e4", "bob", 0.1), event("e5", "dora", 1), event("e3", "ann", -1, loaded=-0.5)),
    Wait(2),
)


def one_by_one(*names: str) -> tuple[tuple[str, ...], ...]:
    """Each model in a process of its own, as orchestrators do."""
    return tuple(("run", "--select", f"{P}_{name}") for name in names)


def without(*names: str) -> tuple[str, ...]:
    return ("build", "--exclude", *(f"{P}_{name}" for name in names))


def after(*commands: tuple[str, ...] | Load, as_of: int = 2, kill: tuple[str, int, str] | None = None) -> History:
    return History(EVERYTHING.name, (*BEFORE, Dbt(commands, day(as_of), kill)))


def upto(name: str) -> list[str]:
    """The models before one, and it, in their order."""
    return MODELS[: MODELS.index(name) + 1]


def since(name: str) -> list[str]:
    return MODELS[MODELS.index(name) :]


# loaded before the commands come, which is at twelve o'clock of day 1: what is ahead of them is not taken
MORE: Load = load(event("e6", "ann", 1.04, loaded=1.06), event("e7", "emil", 1.02, loaded=1.06))

LEFT_OUT = {f"all but {name}": after(without(name)) for name in MODELS if name != "definition"}
ALONE = {f"{name} again": after(("build",), *one_by_one(name, name)) for name in MODELS}
OTHERS = {
    "each model in a process of its own": after(*one_by_one(*MODELS)),
    "each model twice": after(*(command for name in MODELS for command in one_by_one(name, name))),
    "the first build of all, each model in a process of its own": History(
        EVERYTHING.name, (BEFORE[0], Dbt(one_by_one(*MODELS), day(1)))
    ),
    "backwards": after(*one_by_one(*reversed(MODELS)), *one_by_one(*reversed(MODELS))),
    "twice": after(("build",), ("build",)),
    "the take alone, then the publication": after(
        ("build", "--select", "tag:signals_take"), ("build", "--select", "tag:signals_publish")
    ),
    "the publication alone, of another day": after(("build", "--select", "tag:signals_publish"), as_of=9),
    "events stored twice before they are counted": after(*one_by_one(*upto("filtered_events"), "filtered_events")),
    # the first chunk replaces as many events as it uses: to account for it twice changes no sum
    "a chunk accounted for twice": after(("build",), *one_by_one(*upto("chunk_manifest"), *since("chunk_manifest"))),
    "a plan made again in between": after(
        *one_by_one(*upto("entity_day_manifest")),
        MORE,
        *one_by_one("base_new_event_limits", *since("filtered_events")),
    ),
    "events read again after more came": after(
        *one_by_one(*upto("entity_day_manifest")), MORE, *one_by_one("base_events_this_run", *since("filtered_events"))
    ),
    "a plan made again, and not read": after(
        *one_by_one(*upto("base_events_this_run"), "base_new_event_limits", *since("chunk_manifest"))
    ),
    "a plan made again after one without events, and not read": after(
        *(("build",),) * 3,
        load(event("e1", "ann", 0, loaded=1.03)),
        *one_by_one(*upto("base_events_this_run")),
        MORE,
        *one_by_one("base_new_event_limits", *since("chunk_manifest")),
    ),
    "marks on entities after the states": after(*one_by_one(*upto("entity_days_to_process"), *since("daily_values"))),
    "a comparison before the states": after(
        *one_by_one(
            *upto("entity_manifest"),
            "attributes_this_run",
            *since("daily_values")[:2],
            *since("removed_entities"),
        )
    ),
    "a removal without its note": after(*one_by_one(*upto("attributes_this_run"), *since("attributes"))),
    "a publication of another day without its marks": after(without("entity_manifest"), as_of=9),
    "a comparison that is not written": after(*one_by_one(*upto("removed_entities"), *since("publication_manifest"))),
    "an attempt that died after its commit": after(
        *one_by_one(*upto("filtered_events"), *since("filtered_events")),
        kill=(f"commit {P}_filtered_events", 1, "after"),
    ),
    "an attempt that died between two statements": after(
        *one_by_one(*upto("filtered_events"), *since("filtered_events")),
        kill=(f"{P}_filtered_events", 5, "before"),
    ),
}
"""By what was done."""

HISTORIES: dict[str, History] = LEFT_OUT | ALONE | OTHERS

CAUGHT_BY: dict[str, str] = {
    "models_do_not_ask": "filtered_events again",
    "a_chunk_accounted_for_twice": "a chunk accounted for twice",
    "events_of_another_plan": "a plan made again after one without events, and not read",
    "a_chunk_stored_twice": "events stored twice before they are counted",
    "days_not_marked": "all but daily_aggregation_manifest",
    "entities_not_marked": "all but entity_day_manifest",
    "a_ledger_of_what_is_not_stored": "all but filtered_events",
    "states_of_unmarked_entities": "marks on entities after the states",
    "states_without_their_values": "all but daily_values",
    "windows_that_moved": "a publication of another day without its marks",
    "removed_without_a_note": "a removal without its note",
    "a_comparison_of_yesterday": "a comparison before the states",
    "changes_not_published": "a comparison that is not written",
}
"""Defect -> the history that shows it."""
