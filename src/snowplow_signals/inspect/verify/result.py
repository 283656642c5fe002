"""What a verification found, and when two cells are the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Side = Literal["recomputed", "stored", "both"]


@dataclass(frozen=True)
class EventDifference:
    """An event on which the two sides differ."""

    event_id: str
    event_tstamp: datetime
    side: Side
    """Which value it feeds: only the recomputed one, only the stored one, or both but differently."""
    reason: str


@dataclass(frozen=True)
class CellDifference:
    """One value that differs."""

    attribute: str
    stored: Any
    recomputed: Any
    events: tuple[EventDifference, ...] = ()
    """The events that make the difference, newest first; empty when both sides know the same events."""
    fed_by: tuple[str, ...] = ()
    """The ids of events that feed the recomputed value, newest first, as far as they were listed."""
    fed_by_count: int | None = None
    """How many events feed it; None when the cell was not looked into."""


@dataclass(frozen=True)
class EntityDifference:
    """One row of the attributes table that differs."""

    entity: str
    what: Literal["differs", "missing", "surplus"]
    """missing: it should have a row and has none; surplus: it has a row and should have none."""
    cells: tuple[CellDifference, ...] = ()
    events: tuple[EventDifference, ...] = ()
    """Of a missing or surplus row: the events that only one side knows, newest first."""


@dataclass(frozen=True)
class Verification:
    """The outcome of `verify`."""

    project: str
    as_of: date
    from_source: bool
    entities: int
    """How many entities were compared."""
    is_sample: bool
    seed: int | None
    differing: int
    """Entities with a row that differs, is missing or is surplus."""
    missing: int
    surplus: int
    cells_differing: dict[str, int]
    """Per attribute, how many entities differ in it; attributes without a difference are left out."""
    differences: tuple[EntityDifference, ...]
    """The first of them, by identifier."""
    rows_without_load: int
    """Rows of the events table without load_tstamp: they belong to no load and are never read."""
    events_pending: int
    """Events that were taken and not published yet (deferred, or of a run that did not finish)."""
    events_unfinished: int
    """Those of them that no lateness explains: the next run brings them in."""
    repeated: dict[str, int]
    """Per table of the project, how many keys it holds more than once; tables that hold each once are left out."""
    warnings: tuple[str, ...]
    """Why there was nothing to compare, when there was nothing."""
    seconds: float

    @property
    def agrees(self) -> bool:
        return self.differing == 0 and not self.repeated


def same(stored: Any, recomputed: Any, type_name: str, scale: float | None) -> bool:
    """Whether two cells are equal: floating-point numbers to a relative 1e-9 (singles: 1e-6), others exactly.

    `scale` is the size of the numbers that were added up: what is lost when large numbers cancel is not a difference.
    """
    if isinstance(stored, float) and isinstance(recomputed, float):
        relative, rounding = (1e-6, 1e-7) if type_name.startswith("float") else (1e-9, 1e-12)
        return math.isclose(stored, recomputed, rel_tol=relative, abs_tol=rounding * abs(scale or 0.0))
    if isinstance(stored, list) and isinstance(recomputed, list):
        pairs = zip(stored, recomputed, strict=False)
        return len(stored) == len(recomputed) and all(same(*pair, type_name, None) for pair in pairs)
    return bool(stored == recomputed)
