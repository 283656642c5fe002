"""Windows: the days that an attribute looks at, as they lie about the day as of which it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from snowplow_signals.definitions import CalendarUnit

MONTHS: dict[CalendarUnit, int] = {"month": 1, "quarter": 3, "year": 12}
_MOST_DAYS: dict[CalendarUnit, int] = {"week": 7, "month": 31, "quarter": 92, "year": 366}


@dataclass(frozen=True)
class Window:
    """A set of days: so many in a row, or those of a unit of the calendar. With neither it is the lifetime."""

    days: int | None = None
    unit: CalendarUnit | None = None
    offset: int = 0
    """How long before the latest such window this one ends: in days, or in units of the calendar."""

    @property
    def is_lifetime(self) -> bool:
        return self.days is None and self.unit is None

    @property
    def name(self) -> str:
        """A part of the names of columns."""
        if self.is_lifetime:
            return "lifetime"
        if self.unit is not None and self.offset <= 1:
            return f"{'last' if self.offset else 'this'}_{self.unit}"
        ending = f"_offset_{self.offset}" if self.offset else ""
        return f"{self.unit}{ending}" if self.unit is not None else f"last_{self.days}_days{ending}"

    @property
    def meaning(self) -> str:
        """For people: `over the last 7 days`."""
        if self.is_lifetime:
            return "of all time"
        if self.unit is None:
            if not self.offset:
                return f"over the last {self.days} days"
            return f"over the {_days(self.days or 0)} before the last {_days(self.offset)}"
        if self.offset <= 1:
            return f"over the last complete {self.unit}" if self.offset else f"over the {self.unit} to date"
        return f"over the {self.unit} that was {self.offset} {self.unit}s ago"

    @property
    def reach(self) -> int:
        """Days that its first day is before the day after its latest, at the most; 0 for the lifetime."""
        if self.unit is None:
            return (self.days or 0) + self.offset
        return _MOST_DAYS[self.unit] * (self.offset + 1)

    def between(self, as_of: date, shift: int) -> tuple[date | None, date]:
        """Its first day, None for the lifetime, and the day after its last. `shift` is 1 where windows include the day
        as of which they are, else 0."""
        if self.is_lifetime:
            return None, as_of + timedelta(days=1)
        if self.unit is None:
            after = as_of + timedelta(days=shift - self.offset)
            return after - timedelta(days=self.days or 0), after
        first = first_day(self.unit, as_of, self.offset)
        after = first_day(self.unit, as_of, self.offset - 1) if self.offset else as_of + timedelta(days=shift)
        return first, after


def first_day(unit: CalendarUnit, day: date, ago: int) -> date:
    """Of the unit of the calendar that `day` is in, or of the one so many before it."""
    if unit == "week":
        return day - timedelta(days=day.weekday() + 7 * ago)
    months = MONTHS[unit]
    year, month = divmod((day.year * 12 + day.month - 1) // months * months - ago * months, 12)
    return date(year, month + 1, 1)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
