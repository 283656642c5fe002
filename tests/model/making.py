"""Histories made up by chance, and cut down when they go wrong.

python -m tests.model.making [histories per mode] [first seed]

Two modes: with transactions a model is one, with its hooks; without, each statement stands alone, may land late, and
may be sent twice.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random
from types import ModuleType
from typing import Any

from tests.model import run as model
from tests.model.meaning import HOURS, STATE_OF, Raw
from tests.model.playing import HARMLESS_LATE, Faults, History, Violation

Step = tuple[Any, ...]

EDGES = ("before", "after")
TRANSIT = ("early", "late", "sleeps")


def script_of(seed: int, *, without_transactions: bool) -> list[Step]:
    """A history; the same one for the same seed."""
    random = Random(seed)
    clock, rows, definition = random.randint(0, 8), [], _attributes(random)
    base = {
        "lookback": random.choice((3, 3, 1, -1)),
        "late_lookback": random.choice((2, 2, 0, 1, -1)),
        "min_late": random.choice((1, 1, 2, 3)),
        "limit": random.choice((99, 99, 1, 2, 4)),
        "start_day": random.choice((0, 0, 1)),
        "history_every": random.choice((1, 2, 3)),
        "duplicate_lookback": random.choice((-1, -1, -1, 2)),
    }
    bound = base["duplicate_lookback"]
    script: list[Step] = [("define", definition), ("column", random.random() < 0.7)]
    known = [definition]
    for _ in range(random.randint(2, 7)):
        for _ in range(random.choice((0, 1, 2, 3, 5))):
            row = _row(random, clock, rows)
            if _is_decided(row, rows, bound):
                rows.append(row)
                script.append(("load", row))
        if random.random() < 0.15:
            definition = random.choice(known) if random.random() < 0.4 else _attributes(random)
            known.append(definition)
            script.append(("define", definition))
        if random.random() < 0.1:
            script.append(("column", True))
        as_of = clock // HOURS + random.choice((0, 0, 0, 0, 1, -1, -3))
        options = dict(
            base,
            now=clock,
            as_of=as_of,
            shift=int(random.random() < 0.15),
            full_scan=random.random() < 0.1,
            reprocess_late=random.random() < 0.1,
            full_refresh=random.random() < 0.05,
            publish_each=random.random() < 0.15,
            at_once=base["limit"] == 99 and random.random() < 0.4,
        )
        faults = _faults(random, clock, rows, bound, without_transactions=without_transactions)
        if random.random() < 0.2:
            for _ in range(random.randint(1, 4)):
                script.append(("run", options, faults, _models(random)))
                faults = Faults()
        else:
            script.append(("run", options, faults))
        clock += random.choice((0, 1, 1, 2, 4, 6, 12)) if random.random() < 0.95 else 60
    end = dict(base, now=max([clock, *(row.load for row in rows)]), as_of=clock // HOURS + random.choice((0, 0, -2)))
    script.append(("drain", end))
    return script


def _attributes(random: Random) -> tuple[Any, ...]:
    def attribute() -> tuple[Any, ...]:
        aggregation = random.choice(list(STATE_OF))
        kinds = frozenset(random.sample("xyz", random.choice((1, 1, 2))))
        prop = None if aggregation == "counter" else random.choice("vw")
        return aggregation, kinds, prop, random.choice((None, None, 1, 2, 4))

    return tuple((name, attribute()) for name in "abc"[: random.choice((1, 2, 2, 3))])


def _row(random: Random, clock: int, earlier: list[Raw]) -> Raw:
    load = clock - random.choice((0, 0, 0, 0, 1, 2, 6, 20)) if random.random() < 0.95 else clock + random.randint(1, 9)
    load = max(load, 0)
    claimed = max(load - random.choice((0, 0, 0, 1, 3, 5, 9, 30)), 0) if random.random() < 0.93 else load + 5
    if earlier and random.random() < 0.35:
        old = random.choice(earlier)
        return old._replace(
            load=max(random.choice((load, load, old.load, old.load - random.choice((1, 4, 9)))), 0),
            claimed=random.choice((old.claimed, old.claimed, max(old.claimed - 4, 0), claimed)),
            entity=random.choice((old.entity, old.entity, random.choice("abc"))),
            v=random.choice((old.v, random.randint(1, 5))),
        )
    return Raw(
        None if random.random() < 0.02 else f"e{len(earlier)}",
        load,
        claimed,
        None if random.random() < 0.03 else random.choice("aabbc"),
        random.choice("xxyyz"),
        random.choice((None, 1, 2, 3)),
        random.choice((None, 5, 6)),
    )


def _is_decided(row: Raw, rows: list[Raw], bound: int) -> bool:
    """With a bound on how far copies lie apart, whether it is clear which rows are copies of one event."""
    if bound < 0 or row.event_id is None:
        return True
    day = min(row.claimed, row.load) // HOURS
    days = [min(other.claimed, other.load) // HOURS for other in rows if other.event_id == row.event_id]
    return all(abs(day - other) <= bound for other in days)


ORDER = model.ORDER
KEPT = ("now", "as_of", "duplicate_lookback", "start_day")
"""Options that a run has in what is cut down: two are of the definition."""


def _models(random: Random) -> tuple[str, ...]:
    """Of a dbt command: one model, some, all but some, a phase, or all."""
    how = random.randrange(6)
    if how == 0:
        return (random.choice(ORDER),)
    chosen = set(random.sample(ORDER, random.randint(1, 6)))
    if how < 3:
        return tuple(name for name in ORDER if (name in chosen) is (how == 1))
    return model.PHASES[0] if how == 3 else model.PHASES[1] if how == 4 else ORDER


WRITES = (
    *("create base_new_event_limits", "create base_events_this_run", "insert into chunk_manifest", "mark days"),
    *("insert into entity_day_manifest", "merge into filtered_events", "insert into filtered_events", "mark stored"),
    *("write ledger", "create days_out_of_date", "note pending", "create entity_days_to_process"),
    *("insert into entity_manifest", "create entity_history", "mark in entity_history", "replace in daily_values"),
    *("replace in daily_aggregates", "mark aggregated", "clear entity days", "create attributes_this_run"),
    *("forget removals", "insert into removed_entities", "merge into attributes", "create attributes"),
    *("write publication", "forget returned", "clear entities", "write history", "note stored", "lease"),
    *("create definition", "forget parts", "widen ledger", "left days", "drop publication_manifest"),
)


def _faults(random: Random, clock: int, rows: list[Raw], bound: int, *, without_transactions: bool) -> Faults:
    faults: dict[str, Any] = {}
    kind = random.random()
    if kind < 0.45:
        how = random.choice(EDGES if not without_transactions or random.random() < 0.5 else TRANSIT)
        lands = random.choice((1, 1, 2)), random.randrange(random.choice((3, 20, 40)))
        faults = {"kill_at": random.randrange(random.choice((8, 30))), "how": how, "lands": lands}
        if random.random() < 0.5:
            faults |= {"kill_at": random.randrange(12), "kill_name": random.choice(WRITES)}
    elif kind < 0.55 and without_transactions:
        resent = tuple(random.sample(range(25), 6))
        lagging = tuple((random.randrange(25), random.randint(1, 6)) for _ in range(3))
        faults = {"resent": resent, "lagging": lagging}
    if random.random() < 0.15:
        at = sorted(random.randrange(12) for _ in range(3))
        during: list[tuple[int, Raw | None]] = []
        for index in at:
            row = _row(random, clock, rows) if random.random() < 0.9 else None
            if row is None or _is_decided(row, rows, bound):
                rows += [] if row is None else [row]
                during.append((index, row))
        faults["during"] = tuple(during)
    return Faults(**faults)


# --- playing and cutting down


def failure(
    script: list[Step],
    module: ModuleType = model,
    *,
    has_transactions: bool,
    may_land: tuple[str, ...] | None = HARMLESS_LATE,
) -> tuple[Any, ...] | None:
    """What goes wrong; None if nothing does."""
    try:
        History(module, has_transactions=has_transactions, may_land=may_land).play(script)
    except Violation as violation:
        return violation.args
    except Exception as error:  # a mistake may make the model itself fail
        return (f"{type(error).__name__}: {error}",)
    return None


def smallest(script: list[Step], module: ModuleType = model, *, has_transactions: bool) -> list[Step]:
    """Leaves out what is not needed for the same message."""

    def fails(other: list[Step]) -> bool:
        return (failure(other, module, has_transactions=has_transactions) or (None,))[0] == message

    message = (failure(script, module, has_transactions=has_transactions) or (None,))[0]
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for at in range(len(script) - 2, -1, -1):
            others: list[list[Step]] = [[], *([one] for one in _simpler(script[at]))]
            found = next((s for other in others if fails(s := script[:at] + other + script[at + 1 :])), None)
            if found:
                script, is_smaller = found, True
    return script


def _simpler(step: Step) -> list[Step]:
    if step[0] != "run":
        return []
    _, options, faults, *models = step
    plain = [faults._replace(**{name: value}) for name, value in Faults._field_defaults.items()]
    fewer = [{k: v for k, v in options.items() if k != name} for name in options if name not in KEPT]
    return [
        *(("run", options, one, *models) for one in plain if one != faults),
        *(("run", one, faults, *models) for one in fewer),
    ]


def main(count: int = 2000, first: int = 0) -> None:
    for has_transactions in (True, False):
        started, failed = time.perf_counter(), Counter[str]()
        for seed in range(first, first + count):
            script = script_of(seed, without_transactions=not has_transactions)
            problem = failure(script, has_transactions=has_transactions)
            if problem:
                failed[problem[0]] += 1
                if failed[problem[0]] == 1:
                    small = smallest(script, has_transactions=has_transactions)
                    shown = failure(small, has_transactions=has_transactions)
                    print(f"-- seed {seed}: {shown}", *small, sep="\n   ")  # noqa: T201
        rate = count / (time.perf_counter() - started)
        mode = "with" if has_transactions else "without"
        print(f"{mode} transactions: {count} histories, {rate:.0f}/s, {dict(failed) or 'no failure'}")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
