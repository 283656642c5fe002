"""Plays one history on the model and on a warehouse, and compares what both keep after every run.

That is not only the attributes, but the winners, the chunk of each, the ledger, which days are dirty and what is
pending on them, the states, the marks, who was removed. An hour of the model is six hours there. Loads and runs are
those that `making.py` makes up; of the faults, kills after the commit of a model.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tests.histories.engine import Engine, Killed, Tables
from tests.histories.views import VALUE, attribute, number
from tests.model import run as model
from tests.model.making import script_of
from tests.model.meaning import HOURS, Raw
from tests.model.playing import History
from tests.model.playing import Killed as ModelKilled

from snowplow_signals import Entity, Event, View

START = datetime(2025, 3, 3)
HOUR = timedelta(hours=24 // HOURS)


def _events(kinds: str) -> list[Event]:
    return [Event(name=kind) for kind in kinds]


VIEW = View(
    name="modelled",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner="owner@example.com",
    attributes=[
        attribute("xs", "counter", "int64", events=_events("x")),
        attribute("recent", "counter", "int64", 2, events=_events("xy")),
        number("total", "sum", 4, events=_events("y")),
        number("most", "max", events=_events("xy")),
        attribute("last", "last", "double", property=VALUE, events=_events("x")),
        attribute("favourite", "most_frequent", "double", 4, property=VALUE, events=_events("xy")),
    ],
)
DEFINITION = (
    ("xs", ("counter", frozenset("x"), None, None)),
    ("recent", ("counter", frozenset("xy"), None, 2)),
    ("total", ("sum", frozenset("y"), "v", 4)),
    ("most", ("max", frozenset("xy"), "v", None)),
    ("last", ("last", frozenset("x"), "v", None)),
    ("favourite", ("most_frequent", frozenset("xy"), "v", 4)),
)
"""The same."""

KILLED_AFTER = (
    *("base_events_this_run", "chunk_manifest", "daily_aggregation_manifest", "entity_day_manifest", "filtered_events"),
    *("incremental_manifest", "days_out_of_date", "entity_days_to_process", "entity_manifest", "daily_aggregates"),
    *("attributes_this_run", "publication_manifest"),
)
"""Models that write in each run that comes to them."""


class Played(History):
    """The model, whose process ends when a model is through."""

    def run_until(self, options: dict[str, Any], dies_after: str | None) -> bool:
        before: list[str] = []

        def is_dead(name: str) -> None:
            if before and before[-1] == dies_after:
                raise ModelKilled
            before.append(name)

        options = {**options, "has_transactions": True}
        steps, answer = iter(model.Run(self.runs + 1, self.definition, model.Options(**options))), None
        self.runs += 1
        try:
            while True:
                item = steps.send(answer)
                answer = None
                if isinstance(item, model.Model):
                    is_dead(item.name)
                elif isinstance(item, model.Query):
                    answer = item.read(self.db)
                else:
                    item.run(self.db)
        except StopIteration:
            is_through = before[-1] != dies_after
        except ModelKilled:
            is_through = False
        self.db.lease = None
        if is_through:
            self.check(model.Options(**options))
        return is_through


def steps_of(seed: int) -> list[tuple[Any, ...]]:
    """Loads, and runs of our own: options, and the model after which the process ends."""
    random, steps = Random(seed), []
    for name, *arguments in script_of(seed, without_transactions=False):
        if name == "load":
            steps.append((name, arguments[0]._replace(w=None)))
        elif name == "run" and len(arguments) == 2:
            kept = ("now", "as_of", "shift", "late_lookback", "min_late", "reprocess_late", "full_refresh")
            options = {key: value for key, value in arguments[0].items() if key in kept}
            dies_after = random.choice(KILLED_AFTER) if random.random() < 0.35 else None
            steps.append(("run", {**options, "lookback": -1, "history_every": 1}, dies_after))
        elif name == "drain":
            kept = ("now", "as_of", "late_lookback", "min_late")
            options = {key: value for key, value in arguments[0].items() if key in kept}
            more = {"shift": 0, "reprocess_late": True, "full_refresh": False, "lookback": -1, "history_every": 1}
            steps.append(("run", options | more, None))
    return steps


def play(engine: Engine, seed: int) -> dict[str, int]:
    """Raises AssertionError at the first difference; returns what was done."""
    played = {"histories on both": 1, "runs on both": 0, "kills on both": 0, "states on both": 0}
    known = Played(model, has_transactions=True)
    known.define(DEFINITION)
    engine.load([])
    for step in steps_of(seed):
        if step[0] == "load":
            known.load(step[1])
            engine.load([row_of(known.db.raw[-1])])
            continue
        _, options, dies_after = step
        is_idle, is_killed = runs(engine, options, dies_after)
        # a run that finds nothing to do is over before it comes to a model
        is_through = known.run_until(options, None if is_idle else dies_after)
        assert is_through != is_killed, f"seed {seed}, {step}: one of both was killed"
        played["runs on both" if is_through else "kills on both"] += 1
        tables = engine.snapshot()
        found, wanted = kept_there(tables), kept_here(known)
        for name in wanted:
            assert found[name] == wanted[name], f"seed {seed}, {step}: {name}"
        played["states on both"] += len(wanted["states"])
    return played


def runs(engine: Engine, options: dict[str, Any], dies_after: str | None) -> tuple[bool, bool]:
    """Whether it had nothing to do, and whether it was killed."""
    variables = {
        "snowplow__start_date": "2025-01-01",
        "snowplow__load_lookback_days": -1,
        "snowplow__late_event_lookback_days": options["late_lookback"],
        "snowplow__min_late_events_to_process": options["min_late"],
        "snowplow__include_current_day_in_windows": bool(options["shift"]),
        "snowplow__allow_refresh": True,
        "signals__history_days": 1,
    }
    try:
        result = engine.run(
            START + options["now"] * HOUR + timedelta(hours=1),
            kill=(f"commit {VIEW.project_name}_{dies_after}", 1, "after") if dies_after else None,
            as_of=day_of(options["as_of"]),
            reprocess_late=options["reprocess_late"],
            full_refresh=options["full_refresh"],
            variables=variables,
        )
    except Killed:
        engine.let_time_pass()
        return False, True
    return not result.chunks, False


def day_of(number: int) -> date:
    return (START + timedelta(days=number)).date()


def row_of(raw: Raw) -> dict[str, Any]:
    happened = START + raw.claimed * HOUR
    return {
        "event_id": raw.event_id,
        "load_tstamp": START + raw.load * HOUR,
        "derived_tstamp": happened,
        "collector_tstamp": happened,
        "event_name": raw.kind,
        "event_vendor": "com.acme",
        "event_version": "1-0-0",
        "app_id": "web",
        "domain_userid": raw.entity,
        "se_value": None if raw.v is None else float(raw.v),
    }


# --- what is kept


def kept_there(tables: Tables) -> dict[str, Any]:
    place = _places(row["chunk"] for row in tables.get("chunk_manifest", ()) if row["is_stored"])
    days = tables.get("daily_aggregation_manifest", ())
    states: dict[Any, int] = {}
    for row in tables.get("daily_aggregates", ()):
        key = row["domain_userid"], row["day"], place[row["chunk"]]
        states[key] = states.get(key, 0) + row["events"]
    return {
        "filtered_events": {
            row["event_id"]: (row["load_tstamp"], row["domain_userid"], row["day"], place.get(row["chunk"]))
            for row in tables.get("filtered_events", ())
        },
        "ledger": {
            row["bucket"]: (row["bucket_rows"], place[row["chunk"]]) for row in tables.get("incremental_manifest", ())
        },
        "days": {
            row["day"]: (
                row["is_out_of_date"],
                place.get(row["aggregated_chunk"]),
                *(row[name] for name in ("pending_events", "pending_late_events", "pending_late_events_in_reach")),
            )
            for row in days
        },
        "dirty entities": {(row["day"], row["domain_userid"]) for row in tables.get("entity_day_manifest", ())},
        "entities to publish": {row["domain_userid"] for row in tables.get("entity_manifest", ())},
        "states": states,
        "cached": _marked(tables.get("entity_history", ())),
        "attributes": {
            row["domain_userid"]: tuple(row[name] for name, _ in DEFINITION) for row in tables.get("attributes", ())
        },
        "removed": {row["domain_userid"] for row in tables.get("removed_entities", ())},
        "as of": {row["as_of"] for row in tables.get("publication_manifest", ())},
    }


def _marked(rows: Any) -> set[str]:
    return {row["domain_userid"] for row in rows if row["day"] is None}


def _places(chunks: Any) -> dict[int, int]:
    """A run with nothing to do takes no number on a warehouse, so they are compared by their order."""
    return {chunk: place for place, chunk in enumerate(sorted(set(chunks)))}


def kept_here(known: History) -> dict[str, Any]:
    db = known.db
    place = _places(row.chunk for row in db.chunk_manifest or () if row.is_stored)
    return {
        "filtered_events": {
            event.event_id: (START + event.load * HOUR, event.entity, day_of(event.day), place.get(chunk))
            for event, chunk in db.filtered_events or ()
        },
        "ledger": {
            START + hour * HOUR: (rows, place[chunk]) for hour, (rows, chunk) in (db.incremental_manifest or {}).items()
        },
        "days": {
            day_of(number): (
                day.is_dirty,
                place.get(day.aggregated_chunk),
                day.pending,
                day.pending_late,
                day.pending_in_reach,
            )
            for number, day in (db.daily_aggregation_manifest or {}).items()
        },
        "dirty entities": {(day_of(row.day), row.entity) for row in db.entity_day_manifest or ()},
        "entities to publish": {entity for entity, _, _ in db.entity_manifest or ()},
        "states": {
            (row.entity, day_of(row.day), place[row.chunk]): row.states[model.EVENTS]
            for row in db.daily_aggregates or ()
        },
        "cached": set(db.entity_history.marked) if db.entity_history else set(),
        "attributes": {one: tuple(values.values()) for one, (values, _) in (db.attributes or {}).items()},
        "removed": {entity for entity, _ in db.removed_entities or ()},
        "as of": {day_of(db.publication_manifest.as_of)} if db.publication_manifest else set(),
    }
