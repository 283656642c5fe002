"""Plausible mistakes of an implementation, each of which the histories must catch.

    python -m tests.model.mutations [histories at most per mistake] [name ...]

A mistake is an edit of the text of the model, so that the model itself has no switches. An edit that no longer applies is an
error: whoever changes the model changes it too.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from types import ModuleType

from tests.model.making import failure, script_of
from tests.model.named import NAMED

FILES = ("meaning", "tables", "taking", "publishing", "defining", "order", "run")
"""The modules of the model, each after those that it imports."""
FOLDER = Path(__file__).parent

MISTAKES: dict[str, tuple[str, ...]] = {
    # --- the plan
    "hours that were taken are done": ("(known != rows or is_widened)", "(known is None or is_widened)"),
    "a chunk number is used again": ("return max(numbers, default=0) + 1", "return len(db.incremental_manifest or ()) + 1"),
    "only the newest hours are compared": ("max(ledger) - run.o.lookback * HOURS", "max(ledger)"),
    "widened hours beyond the lookback are forgotten": ("run.o.lookback * HOURS, *widened])", "run.o.lookback * HOURS])"),
    "hours of the future are taken": ("if hour <= run.o.now and (known", "if (known"),
    "hours with new rows are read for new patterns only": (
        "for hour, found in differing.items() if found[2] == is_rescan)",
        "for hour, found in differing.items())",
    ),
    # --- events
    "the last copy wins": ("first, is_seen = min(found", "first, is_seen = max(found"),
    "a stored copy stays": ("is_winner = winner is None or first.rank < winner.rank", "is_winner = winner is None"),
    "beaten winners are kept": ("not in beaten]", "not in ()]"),
    "a copy next to a day of many is another event": ("<= bound):", "< bound):"),
    # --- marks before, clean after
    "days are marked after the events are stored": (
        "        daily_aggregation_manifest,\n        entity_day_manifest,\n        filtered_events,\n",
        "        entity_day_manifest,\n        filtered_events,\n        daily_aggregation_manifest,\n",
    ),
    "entities are marked after the events are stored": (
        "        entity_day_manifest,\n        filtered_events,\n",
        "        filtered_events,\n        entity_day_manifest,\n",
    ),
    "the ledger is written before the events": (
        "        filtered_events,\n        incremental_manifest,\n",
        "        incremental_manifest,\n        filtered_events,\n",
    ),
    "a chunk counts as stored when it is counted": ("is_stored: bool = False", "is_stored: bool = True"),
    "what a run stored and did not mark is not noted": ("not row.is_stored and row.chunk in stored_now", "False"),
    "the new day alone is marked": (
        "                places.append((row.stored.day, left or is_rescan, True))",
        "                pass",
    ),
    "the new entity alone is marked": ("for row in taken.winners if row.stored\n        }", "for row in () if row.stored\n        }"),
    "a day that was dirty is pending from the newest chunk": (
        "since_chunk=known.since_chunk if known.is_dirty else chunk", "since_chunk=chunk"
    ),
    "days are clean before their states are added": (
        '    yield from replace_states(run, "daily_aggregates", [EVENTS, *of_days])\n',
        '    yield update_days("mark aggregated", due, aggregated)\n'
        '    yield from replace_states(run, "daily_aggregates", [EVENTS, *of_days])\n',
    ),
    "days are clean when their lists are": (
        "    if not run.has_lease:  # for",
        '    yield update_days("mark aggregated", due, aggregated)\n    if not run.has_lease:  # for',
    ),
    "days are clean before their entities are": (
        '    yield update_days("mark aggregated", due, aggregated)\n',
        "",
        '    def entities(db: Warehouse) -> set[tuple[int, int]]:\n        days = due(db)',
        '    yield update_days("mark aggregated", due, aggregated)\n\n'
        "    def entities(db: Warehouse) -> set[tuple[int, int]]:\n        days = due(db)",
    ),
    "entities of a day are clean when they are chosen": (
        '    yield create(\n        "entity_days_to_process",',
        '    yield change("", "entity_day_manifest", due, lambda rows, days: [r for r in rows if r.day not in days])\n'
        '    yield create(\n        "entity_days_to_process",',
    ),
    # --- states
    "states of a run that died are kept": (
        "return [row for row in rows or () if not decide(row.entity, row.day, row.chunk)] + new", "return [*(rows or ()), *new]"
    ),
    "where an event gave way only new chunks are computed": ("if days[day].is_recomputed and", "if False and"),
    "all chunks of a day make one state": (
        "events.setdefault((event.entity, event.day, chunk), [])", "events.setdefault((event.entity, event.day, 1), [])"
    ),
    "what waited stays out when its day is due": (
        "return chunk >= days[day].since_chunk", "return chunk >= days[day].marked_chunk"
    ),
    "the last event by arrival": (
        'return (min if slot.state in ("min", "first") else max)(one, other)',
        'return other if slot.state == "last" else (min if slot.state in ("min", "first") else max)(one, other)',
    ),
    # --- late events
    "late events are not deferred": ("is_due = (\n                aggregated is None", "is_due = True or (\n                aggregated is None"),
    "an emptied day waits": ("or (day.left_chunk or 0) > aggregated\n", "or False\n"),
    "late events in reach are not counted apart": ('counts["pending_in_reach"] += 1 <= event.days_late <= lookback', 'counts["pending_in_reach"] += 1'),
    "events in time are late": ('"pending_late" if event.days_late > 0 else', '"pending_late" if event.days_late >= 0 else'),
    # --- whose row changes
    "entities are not remembered": ("stale = {entity for entity, _, _ in db.entity_manifest}", "stale = {entity for _, entity, _ in db.entity_days_to_process}"),
    "days that leave a window are not looked for": ("if published is not None and db.daily_aggregates is not None:", "if False:"),
    "include_current_day is not compared": ("(published.as_of, published.shift), (as_of", "(published.as_of, run.o.shift), (as_of"),
    "lifetimes do not move with the day": (
        "periods = {attribute.period for _, attribute in run.definition.attributes} | {None}\n\n    def moves",
        "periods = {attribute.period for _, attribute in run.definition.attributes} - {None}\n\n    def moves",
    ),
    "marks of entities are cleared before they are published": (
        '    yield create("attributes_this_run", compared)',
        '    yield create("attributes_this_run", compared)\n    yield change("", "entity_manifest", lambda db: None, lambda rows, _: [])',
    ),
    # --- the cache of early days
    "nobody is marked in the cache": ("return history._replace(marked=history.marked | entities)", "return history"),
    "marks in the cache are ignored": (
        "            if entity not in marked:\n                days.setdefault(entity, []).append((None, states))",
        "            days.setdefault(entity, []).append((None, states))",
    ),
    "days of the marked are not read": ("row.day > covered or row.entity in marked)", "row.day > covered)"),
    "the last day of the cache counts twice": ("row.day > covered or", "row.day >= covered or"),
    "the cache is moved on without the days between": (
        "(before is None or row.day > before or row.entity in now.marked)", "(before is None or row.entity in now.marked)"
    ),
    "the cache covers the future": ("history.day >= min(as_of", "history.day >= 10**6 + min(as_of"),
    "the cache covers days of a window": ("as_of + run.o.shift - run.definition.longest, as_of + 1)", "as_of + 1, as_of + 1)"),
    "the cache counts twice when its statement is sent twice": ("is_made = before is not None and", "is_made = False and"),
    # --- what users read
    "updated_at of all rows": ('if is_alike and new == old', 'if False'),
    "rows of those who are gone stay": ('[0] != "removed"}\n        return kept', '[0] != "gone"}\n        return kept'),
    "who returns stays among the removed": ("if entity in db.attributes},", "if False},"),
    "a partial comparison replaces the table": (
        "is_partial = yield Query(lambda db: db.publication_manifest is not None and is_comparable(run, db))",
        "is_partial = yield Query(lambda db: db.attributes is not None and is_comparable(run, db))",
    ),
    "the publication is written before the attributes": (
        "        attributes,\n        publication_manifest,\n", "        publication_manifest,\n        attributes,\n"
    ),
    "runs that died are not in the history": (
        "            if row.is_stored:\n", "            if row.is_stored and row.run == this:\n"
    ),
    # --- definitions
    "new parts are stored first": (
        "        parts = yield from apply_change(run, found, has_w)\n",
        '        yield create("definition", lambda db: wanted)\n        parts = yield from apply_change(run, found, has_w)\n',
    ),
    "a new slot is not filled": ('is_narrowed or ("slot", s) in new or s.prop in props)', "is_narrowed or s.prop in props)"),
    "a new property is not filled": ('props = {part[1] for part in new if part[0] == "property"} | appeared', "props = appeared"),
    "events that are not asked for any more stay": ("if event.kind in run.definition.kinds:", "if True:"),
    "events that leave are not accounted for": ("    if number > 0:\n", "    if False:\n"),
    "new patterns are not looked for in earlier loads": ("        if found.added:\n", "        if False:\n"),
    "what is to be taken again is forgotten by the next change": (
        'parts |= {part: True for part in stored if part[0] == "added"}', "pass"
    ),
    "a cache of another definition is kept": ('    yield drop("entity_history")\n', ""),
    "the publication of another definition stands": ('    yield drop("publication_manifest")\n', ""),
    "a refresh that died is forgotten": ("if full_refresh or is_half_dropped:", "if full_refresh:"),
    "a refresh drops the definition last": (
        '    *("definition", "base_new_event_limits", "base_events_this_run",', '    *("base_new_event_limits", "base_events_this_run",',
        '    *("daily_values", "run_history"),', '    *("daily_values", "run_history", "definition"),',
    ),
    # --- statements that are sent twice
    "a chunk is accounted for twice": ("or any(row.chunk == limits.chunk for row in db.chunk_manifest or ()):", "or False:"),
    "events are inserted twice": ("if not run.o.has_transactions and any(map(is_stored", "if False and any(map(is_stored"),
    # --- models by themselves
    "models ask nothing": ("    if is_in_order(run, step):\n", "    if True:\n"),
    "events of a chunk are stored again": ("stored.get(limits.chunk, False)", "False"),
    "days that nobody marked change": ("        any(\n            day is None\n", "        False and any(\n            day is None\n"),
    "entities that nobody marked change": ("bool(winners) and chunk not in marked", "False"),
    "a ledger of what is not stored": (
        'yield "the events of this chunk are not stored", bool(limits.hours) and limits.chunk not in stored', "yield '', False"
    ),
    "a comparison of other windows": ("        db.base_new_event_limits.chunk,\n        run.o.shift,\n", "        db.base_new_event_limits.chunk,\n        0,\n"),
}  # fmt: skip


def module_with(edits: tuple[str, ...]) -> ModuleType:
    """The module `run` of the model with a mistake; `edits` are pairs of texts, old and new."""
    texts = {name: (FOLDER / f"{name}.py").read_text() for name in FILES}
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        found = [name for name, text in texts.items() if text.count(old) == 1]
        assert len(found) == 1, f"this edit applies to {len(found)} files: {old}"
        texts[found[0]] = texts[found[0]].replace(old, new)
    package = f"mistaken_{abs(hash(edits))}"
    for name in FILES:
        module = types.ModuleType(f"{package}_{name}")
        sys.modules[module.__name__] = module
        text = texts[name].replace("from tests.model.", f"from {package}_")
        exec(compile(text, module.__name__, "exec"), module.__dict__)
    return module


def caught(name: str, limit: int) -> tuple[str, str] | None:
    """The first history that goes wrong with the mistake, and what was seen; those that were kept come first."""
    module = module_with(MISTAKES[name])
    for known, (script, mistake) in NAMED.items():
        if mistake == name and (problem := failure(script, module, has_transactions=False)):
            return known, str(problem[0])
    for seed in range(limit):
        for has_transactions in (False, True):
            script = script_of(seed, without_transactions=not has_transactions)
            problem = failure(script, module, has_transactions=has_transactions)
            if problem:
                return f"history {seed}, {'with' if has_transactions else 'without'} transactions", str(problem[0])
    return None


def main(limit: int = 3000, *names: str) -> None:
    left = []
    for name in names or MISTAKES:
        found = caught(name, limit)
        if found is None:
            left.append(name)
        print(f"{name:70} {found or 'NOT CAUGHT'}", flush=True)  # noqa: T201
    print(f"{len(MISTAKES)} mistakes; not caught: {left}")  # noqa: T201


if __name__ == "__main__":
    main(*[int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]])
