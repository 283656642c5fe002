"""Holds the history of a view with `snapshot` to what its `attributes` really held, after every step."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.histories.engine import Tables
from tests.histories.recorded import Publications, Row, differences, problems_of

from snowplow_signals import View

HISTORY = "attributes_history"


class Recording:
    """The publications that were seen of one project. `played` counts what was compared."""

    def __init__(self, view: View, played: Counter[str]) -> None:
        self.expected = Publications()
        self.played = played
        self.is_followed = view.snapshot
        """Whether everything that was published since the history began was seen."""

    def see(self, view: View, tables: Tables, *, is_complete: bool, has_seen_all: bool) -> list[str]:
        """What is wrong with the history. `is_complete`: the last run ended well, so that the history must be that of
        what is published; `has_seen_all`: nothing was published since the last look but what is published now."""
        if not view.snapshot:
            self.is_followed = False
            return []
        key = view.entity.identifier
        stored = [_row(row, key) for row in tables.get(HISTORY, [])]
        published = {
            row[key]: (row["updated_at"], {name: row[name] for name in row if name not in (key, "updated_at")})
            for row in tables.get("attributes", [])
        }
        self.is_followed = self.is_followed and has_seen_all
        if self.is_followed:
            removed = {row[key]: row["removed_at"] for row in tables.get("removed_entities", [])}
            self.expected.publish(published, removed)
        lines = problems_of(stored)
        if not is_complete or "attributes" not in tables:
            return lines
        if HISTORY not in tables:
            return [f"{HISTORY} is not there"]
        current = [row for row in stored if row.valid_to is None]
        lines += differences(current, [Row(one, values, at) for one, (at, values) in published.items()])
        if self.is_followed:
            lines += differences(stored, self.expected.rows)
            self.played["rows of histories"] += len(stored)
            self.played["ended rows"] += len(stored) - len(current)
            self.played["cells of histories"] += sum(len(row.values) for row in stored)
        elif not lines:
            lines += self._lost(stored)
            self.expected, self.is_followed = Publications(stored), True
        self.played["looks at histories"] += 1
        return lines

    def _lost(self, stored: list[Row]) -> list[str]:
        """What was recorded before stays, though more happened than was seen."""
        found = {(row.entity, row.valid_from): row for row in stored}
        return [
            f"{row} was lost"
            for row in self.expected.rows
            if (row.entity, row.valid_from) not in found
            or (row.valid_to is not None and found[row.entity, row.valid_from].valid_to != row.valid_to)
        ]


def _row(row: dict[str, Any], key: str) -> Row:
    values = {name: value for name, value in row.items() if name not in (key, "valid_from", "valid_to")}
    return Row(row[key], values, row["valid_from"], row["valid_to"])
