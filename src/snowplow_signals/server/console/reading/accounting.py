"""What became of the rows that a run read, as parts that add up."""

from __future__ import annotations

from dataclasses import dataclass

from snowplow_signals.inspect.status import Run
from snowplow_signals.server.console.charts import Part

OUTCOMES = (
    ("rows_used", "used", "used", "the copy of an event that counts"),
    ("rows_duplicate", "duplicate", "duplicate", "another copy of an event"),
    (
        "rows_seen_before",
        "seen before",
        "seen",
        "taken by a run before, and there again when its hour was taken anew",
    ),
    ("rows_irrelevant", "irrelevant", "irrelevant", "an event of a kind that no attribute looks at"),
    ("rows_no_entity", "no entity", "entity", "an event that names nobody"),
    ("rows_incomplete", "incomplete", "incomplete", "without event_id, or a time"),
    ("rows_other_app", "other app", "app", "of an application that does not count"),
    ("rows_before_start", "before start", "start", "of a day before the start date"),
)
"""The column of run_history, what it is called, its colour, and what it means."""


@dataclass(frozen=True)
class Outcome:
    """A part of the rows read. `share` is from 0 to 1."""

    part: Part
    meaning: str
    share: float


@dataclass(frozen=True)
class Accounting:
    """The rows of a run. `missing` is what the parts lack of the rows read: 0 unless a table was changed by hand."""

    read: int
    outcomes: tuple[Outcome, ...]
    replaced: int
    missing: int

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(one.part for one in self.outcomes)

    @property
    def label(self) -> str:
        """The picture in words."""
        parts = ", ".join(f"{one.part.name} {one.part.value:,}" for one in self.outcomes if one.part.value)
        return f"{self.read:,} rows read: {parts or 'none'}"


def accounting(run: Run) -> Accounting:
    """The parts of a run's rows, in the order in which they are drawn."""
    read = run.rows["rows_read"]
    outcomes = tuple(
        Outcome(Part(name, run.rows[column], colour), meaning, run.rows[column] / read if read else 0.0)
        for column, name, colour, meaning in OUTCOMES
    )
    used = sum(one.part.value for one in outcomes)
    return Accounting(read, outcomes, run.rows["winners_replaced"], read - used)
