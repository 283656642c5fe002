"""Histories written by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.histories.steps import Load, Wait

FIRST = datetime(2025, 3, 3)
"""Midnight of the first day; a history's clock starts at ten."""


def day(number: int) -> date:
    """The day with this number; day 0 is the first."""
    return (FIRST + timedelta(days=number)).date()


def event(
    event_id: str, who: str, of_day: float, *, loaded: float | None = None, label: str = "a", value: float = 1.0
) -> dict[str, Any]:
    """A click at nine o'clock of a day (fractions of days are added), loaded half an hour later or on day `loaded`."""
    happened = FIRST + timedelta(days=of_day, hours=9)
    load = happened + timedelta(minutes=30) if loaded is None else FIRST + timedelta(days=loaded, hours=9.5)
    return {
        "event_id": event_id,
        "load_tstamp": load,
        "derived_tstamp": happened,
        "collector_tstamp": happened,
        "event_name": "click",
        "event_vendor": "com.acme",
        "event_version": "1-0-0",
        "app_id": "web",
        "domain_userid": who,
        "domain_sessionid": f"session of {who}",
        "domain_sessionidx": 1,
        "se_label": label,
        "se_value": value,
    }


def load(*rows: dict[str, Any]) -> Load:
    return Load(rows)


def days_later(days: float) -> Wait:
    return Wait(days * 24)
