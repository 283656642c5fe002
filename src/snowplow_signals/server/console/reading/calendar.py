"""Days with their events, laid out in weeks as on a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from snowplow_signals.inspect.look import DayEvents, Look
from snowplow_signals.inspect.status import DirtyDay

LEVELS = 4
"""How many shades a day with events can have."""


@dataclass(frozen=True)
class CalendarDay:
    """One day of a month. `level` is 0 without events, else from 1 to LEVELS by how many there are."""

    day: date
    events: int
    late_events: int
    level: int
    dirty: DirtyDay | None

    @property
    def text(self) -> str:
        """The day in words."""
        said = f"{self.day:%Y-%m-%d}: {self.events:,} events, {self.late_events:,} of them late"
        return f"{said}; {self.dirty.why}, {self.dirty.because}" if self.dirty is not None else said


@dataclass(frozen=True)
class Month:
    """Weeks from Monday to Sunday; None where a day belongs to another month."""

    name: str
    key: str
    weeks: tuple[tuple[CalendarDay | None, ...], ...]
    events: int
    late_events: int


def months(look: Look, year: int | None = None) -> tuple[Month, ...]:
    """The months from the first day with events to the last, newest first; with `year` those of that year."""
    by_day = {one.day: one for one in look.days}
    dirt = look.day_dirt
    known = sorted(by_day.keys() | dirt.keys())
    if year is not None:
        known = [one for one in known if one.year == year]
    if not known:
        return ()
    steps = sorted(one.events for one in look.days if one.events)
    found, first = [], known[0].replace(day=1)
    while first <= known[-1]:
        found.append(_month(first, by_day, dirt, steps))
        first = (first + timedelta(days=32)).replace(day=1)
    return tuple(reversed(found))


def years(look: Look) -> tuple[int, ...]:
    """The years that have events, the newest first."""
    return tuple(sorted({one.day.year for one in look.days}, reverse=True))


def _month(first: date, by_day: dict[date, DayEvents], dirt: dict[date, DirtyDay], steps: Sequence[int]) -> Month:
    days: list[CalendarDay | None] = [None] * first.weekday()
    day = first
    while day.month == first.month:
        known = by_day.get(day)
        events, late = (known.events, known.late_events) if known is not None else (0, 0)
        days.append(CalendarDay(day, events, late, _level(events, steps), dirt.get(day)))
        day += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    weeks = tuple(tuple(days[start : start + 7]) for start in range(0, len(days), 7))
    inside = [one for one in days if one is not None]
    name, key = f"{first:%B %Y}", f"{first:%Y-%m}"
    return Month(name, key, weeks, sum(one.events for one in inside), sum(one.late_events for one in inside))


def _level(events: int, steps: Sequence[int]) -> int:
    """By where the day stands among all days with events, so that one large day does not make all others pale."""
    if not events or not steps:
        return 0
    below = sum(1 for one in steps if one < events)
    return 1 + min(below * LEVELS // len(steps), LEVELS - 1)
