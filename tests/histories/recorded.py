"""What the history of a view with `snapshot` has to be: an interpreter of publications, over plain Python values.

A publication is what `attributes` held, and whom `removed_entities` named with when. An entity's row is recorded from
its `updated_at` on; until the entity has another row, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests import reference

Values = dict[str, Any]
NOTHING = (None, [], {})
"""What a column holds of rows that are older than it: on BigQuery a list that is null is stored as an empty one."""


@dataclass(frozen=True)
class Row:
    """What was published of an entity, from when until when."""

    entity: str
    values: Values
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass
class Publications:
    """The rows that a history has to have after the publications that were seen."""

    rows: list[Row] = field(default_factory=list)

    @property
    def current(self) -> dict[str, Row]:
        return {row.entity: row for row in self.rows if row.valid_to is None}

    def publish(self, published: Mapping[str, tuple[datetime, Values]], removed: Mapping[str, datetime]) -> None:
        """`published`: of each entity, when its values last changed, and the values; `removed`: who has no row any
        more, and since when."""
        current = self.current
        ended = {one: published[one][0] if one in published else removed[one] for one in current}
        changed = {one for one, row in current.items() if one not in published or published[one][0] != row.valid_from}
        self.rows = [
            replace(row, valid_to=ended[row.entity]) if row.valid_to is None and row.entity in changed else row
            for row in self.rows
        ] + [Row(one, values, at) for one, (at, values) in published.items() if one not in current or one in changed]

    def as_of(self, time: datetime) -> dict[str, Values]:
        """What was served at a time."""
        return {row.entity: row.values for row in self.rows if holds_at(row, time)}


def holds_at(row: Row, time: datetime) -> bool:
    return row.valid_from <= time and (row.valid_to is None or time < row.valid_to)


def problems_of(rows: Iterable[Row]) -> list[str]:
    """What no history may be: rows of an entity that overlap, or hold at no time."""
    lines = []
    ordered = sorted(rows, key=lambda row: (row.entity, row.valid_from, row.valid_to or datetime.max))
    lines += [
        f"{row} holds at no time" for row in ordered if row.valid_to is not None and row.valid_to <= row.valid_from
    ]
    for row, later in pairwise(ordered):
        if row.entity == later.entity and (row.valid_to is None or row.valid_to > later.valid_from):
            lines.append(f"{row} and {later} hold at one time")
    return lines


def differences(found: Iterable[Row], expected: Iterable[Row]) -> list[str]:
    """Where a history is not what it should be. A value may be in a column that had another type before."""
    stored = {(row.entity, row.valid_from): row for row in found}
    wanted = {(row.entity, row.valid_from): row for row in expected}
    lines = [f"is not recorded: {wanted[key]}" for key in wanted.keys() - stored.keys()]
    lines += [f"was never published: {stored[key]}" for key in stored.keys() - wanted.keys()]
    for key in stored.keys() & wanted.keys():
        row, truth = stored[key], wanted[key]
        if row.valid_to != truth.valid_to:
            lines.append(f"{key} is recorded until {row.valid_to}, should be {truth.valid_to}")
        lines += [f"{key}: {line}" for line in _cells(row.values, truth.values)]
    return lines


def _cells(found: Values, published: Values) -> list[str]:
    lines, held = [], set()
    for name, value in published.items():
        places = [one for one in found if one == name or one.startswith(f"{name}_before_")]
        place = next((one for one in places if reference.same(found[one], value, 0.0)), None)
        if place is None:
            lines.append(f"{name} is {[found[one] for one in places]}, should be {value!r}")
        held.update([] if place is None else [place])
    return lines + [
        f"{name} is {value!r}, and was not published"
        for name, value in found.items()
        if name not in held and name not in published and value not in NOTHING
    ]
