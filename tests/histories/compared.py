"""The tables of a project, held to a state of the model: one line for each thing that differs."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from tests import harness, reference
from tests.histories.engine import Tables
from tests.histories.model import REASONS, State

from snowplow_signals import View

COUNTS = ("rows_read", "rows_used", "rows_duplicate", "rows_seen_before", *(f"rows_{reason}" for reason in REASONS))


class Compared:
    """What was read of a project after its last step. `played` counts what was looked at."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.tables: Tables = {}
        self.marked: set[date] = set()
        """Days that a killed run marked, though nothing of them changed."""
        self.played: Counter[str] = Counter()

    def _flagged(self) -> set[date]:
        return {row["day"] for row in self.tables.get("daily_aggregation_manifest", []) if row["is_out_of_date"]}

    def _lost_marks(self, state: State) -> list[str]:
        lost = state.out_of_date() - self._flagged()
        return [f"not marked out of date: {sorted(map(str, lost))}"] if lost else []

    def _differences(self, state: State) -> list[str]:
        """Where the tables that hold the state of the project differ from it."""
        tables, key = self.tables, self.view.entity.identifier
        lines = []
        ledger = by_key(tables.get("incremental_manifest", []), "bucket", lines)
        lines += unequal("ledger", {hour: row["bucket_rows"] for hour, row in ledger.items()}, state.ledger)
        events = by_key(tables.get("filtered_events", []), "event_id", lines)
        names = (key, "day", "event_tstamp", "load_tstamp", "collector_tstamp")
        expected = {
            event_id: tuple(event.get("identifier" if name == key else name) for name in names)
            for event_id, event in state.stored.items()
        }
        found = {event_id: tuple(row[name] for name in names) for event_id, row in events.items()}
        lines += unequal("filtered_events", found, expected)
        lines += self._aggregates(state)
        lines += self._early_days()
        attributes = self._attributes(lines)
        if state.published is None:
            lines += ["attributes are published too early"] if attributes else []
        else:
            lines += harness.differences(self.view, attributes, state.published)
            self.played["cells"] += sum(map(len, attributes.values()))
        # who is about to go is named before, who is back leaves after: in between his row says that he is there
        removed = {row[key] for row in tables.get("removed_entities", [])} - attributes.keys()
        lines += unequal("removed_entities", removed, set(state.removed))
        lines += self._stored_rows()
        return lines

    def _aggregates(self, state: State) -> list[str]:
        expected = Counter((event["identifier"], event["day"]) for event in state.held())
        lines = unequal("daily_aggregates", dict(self._aggregated()), dict(expected))
        return lines + self._states_of_chunks()

    def _aggregated(self) -> Counter[tuple[str, date]]:
        """How many events the states of an entity and day hold."""
        found: Counter[tuple[str, date]] = Counter()
        for row in self.tables.get("daily_aggregates", []):
            found[row[self.view.entity.identifier], row["day"]] += row["events"]
        return found

    def _states_of_chunks(self) -> list[str]:
        """Each state is of the events that one chunk stored of an entity and day: so it is right to add one."""
        key, flagged = self.view.entity.identifier, self._flagged()
        rows = [row for row in self.tables.get("daily_aggregates", []) if row["day"] not in flagged]
        found = {(row[key], row["day"], row["chunk"]): row["events"] for row in rows}
        events = self.tables.get("filtered_events", [])
        of_chunks = Counter((row[key], row["day"], row["chunk"]) for row in events if row["day"] not in flagged)
        lines = [] if len(found) == len(rows) else ["daily_aggregates: an entity has two rows of one day and chunk"]
        self.played["states"] += len(rows)
        self.played["days of several states"] += len(rows) - len({one[:2] for one in found})
        return lines + unequal("daily_aggregates", found, dict(of_chunks))

    def _early_days(self) -> list[str]:
        """The cache of early days: of whom it may be relied on, it says what their days say."""
        key = self.view.entity.identifier
        rows = [row for row in self.tables.get("entity_history", []) if row.get("slot") is None]
        marked = {row[key] for row in rows if row["day"] is None}
        kept = {row[key]: row for row in rows if row["day"] is not None and row[key] not in marked}
        if not rows or not kept:
            return []
        last = max(row["day"] for row in rows if row["day"] is not None)
        events: Counter[str] = Counter()
        for row in self.tables["daily_aggregates"]:
            if row["day"] <= last and row[key] not in marked:
                events[row[key]] += row["events"]
        self.played["rows of early days"] += len(kept)
        return unequal("entity_history", {one: int(row["events"]) for one, row in kept.items()}, dict(events))

    def _attributes(self, lines: list[str] | None = None) -> dict[str, dict[str, Any]]:
        names = [attribute.name for attribute in harness.columns_of(self.view)]
        found = by_key(self.tables.get("attributes", []), self.view.entity.identifier, lines)
        return {one: {name: row[name] for name in names} for one, row in found.items()}

    def _stored_rows(self) -> list[str]:
        chunks = [row for row in self.tables.get("chunk_manifest", []) if row["is_stored"]]
        accounted = sum(row["rows_used"] - row["winners_replaced"] for row in chunks)
        stored = len(self.tables.get("filtered_events", []))
        return [] if accounted == stored else [f"{accounted} events are accounted for, {stored} are stored"]

    def _left_over(self, flagged: set[date]) -> list[str]:
        """Marks of entities that a run should have cleared."""
        lines = ["marks on entities are left"] if self.tables["entity_manifest"] else []
        waiting = {row["day"] for row in self.tables["entity_day_manifest"]} - flagged
        if waiting:
            lines.append(f"marks on entities of days that are up to date: {sorted(map(str, waiting))}")
        return lines

    def _line_by_line(self, history: dict[str, dict[str, Any]]) -> list[str]:
        total, stored = 0, len(self.tables["filtered_events"])
        lines = []
        for row in history.values():
            total += row["rows_used"] - row["winners_replaced"]
            if row["rows_read"] != sum(row[name] for name in COUNTS[1:]):
                lines.append(f"the line of {row['run_id']} does not add up")
        return lines if total == stored else [*lines, f"all runs used {total} rows, {stored} are stored"]

    def _accounting(self, outcome: Counter[str], deferred: dict[date, int], before: Tables, result: Any) -> list[str]:
        history = by_key(self.tables["run_history"], "run_id")
        known = {row["run_id"] for row in before.get("run_history", [])}
        of_killed = {row["run_id"] for row in before.get("chunk_manifest", []) if row["is_stored"]} - known
        new = history.keys() - known - of_killed
        lines = [] if known <= history.keys() else ["lines of the history were lost"]
        expected = {name: outcome[name] for name in (*COUNTS, "winners_replaced")}
        reported = {"days_deferred": len(deferred), "events_deferred": sum(deferred.values())}
        reported["entities"] = len(self.tables["attributes"])
        is_idle = result is not None and not result.chunks
        if len(new) != (0 if is_idle else 1):
            return [*lines, f"the run added {len(new)} lines to the history"]
        lines += self._line_by_line(history)
        if is_idle:  # it wrote nothing
            self.played["idle"] += 1
            lines += [
                f"an idle run changed {name}"
                for name in before
                if sorted_rows(before[name]) != sorted_rows(self.tables[name])
            ]
        else:
            line = history[new.pop()]
            lines += unequal("run_history", {name: line[name] for name in expected}, expected)
            lines += unequal("run_history", {name: line[name] for name in reported}, reported)
            if line["days_aggregated"] != outcome["days_aggregated"]:
                lines.append(f"{line['days_aggregated']} days were aggregated, not {outcome['days_aggregated']}")
        if result is not None:
            lines += unequal("result", result.rows, {**expected})
            reported |= {"chunks": 0 if is_idle else outcome["chunks"], "days_aggregated": outcome["days_aggregated"]}
            lines += unequal("result", {name: getattr(result, name) for name in reported}, reported)
        return lines


def by_key(rows: list[dict[str, Any]], key: str, problems: list[str] | None = None) -> dict[Any, dict[str, Any]]:
    found = {row[key]: row for row in rows}
    if len(found) != len(rows) and problems is not None:
        problems.append(f"two rows have one {key}")
    return found


def unequal(what: str, found: Any, expected: Any) -> list[str]:
    if found == expected:
        return []
    if isinstance(found, dict):
        keys = [key for key in {**found, **expected} if found.get(key) != expected.get(key)]
        return [f"{what} {key}: found {found.get(key)!r}, should be {expected.get(key)!r}" for key in keys]
    return [f"{what}: found {found!r}, should be {expected!r}"]


def alike(one: dict[str, Any], other: dict[str, Any], tolerance: float) -> bool:
    return all(reference.same(one[name], other[name], tolerance) for name in one if name != "updated_at")


def sorted_rows(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(repr, rows))
