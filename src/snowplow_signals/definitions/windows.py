"""Which days an attribute looks at: a period of days or a unit of the calendar, and how long ago it ended."""

from datetime import timedelta
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, PlainSerializer, PlainValidator

from snowplow_signals.definitions.base import refused
from snowplow_signals.definitions.fields import DAY, MAX_DAYS, read_duration, show_duration, write_duration
from snowplow_signals.errors import did_you_mean

CalendarUnit = Literal["week", "month", "quarter", "year"]
CALENDAR_UNITS: tuple[CalendarUnit, ...] = get_args(CalendarUnit)

MOST_UNITS = 400
"""The largest offset of one: such a window is in every engine's calendar."""


def period_problem(period: timedelta | str) -> str | None:
    """What keeps a period from being computed day by day, or None."""
    if not isinstance(period, timedelta) or (period >= DAY and not period % DAY):
        return None
    days = max(1, -(-period // DAY))
    return (
        f"period of {show_duration(period)} is not a whole number of days; "
        f"use a timedelta of whole days, such as timedelta(days={days})"
    )


def offset_problem(period: timedelta | str | None, offset: timedelta | int) -> str | None:
    """What keeps a period from being offset so, or None."""
    if period is None:
        return (
            "offset needs a period: it says how long ago that ended; give both, such as "
            "period=timedelta(days=7), offset=timedelta(days=7), or leave offset out"
        )
    if isinstance(period, timedelta):
        if not isinstance(offset, timedelta):
            return f"offset {offset} of a period of days is a timedelta too; use one, such as timedelta(days={offset})"
        if period + offset > timedelta(days=MAX_DAYS):
            days = show_duration(period + offset)
            return f"period and offset reach back {days}, which is longer than a century; use a shorter offset"
        return None
    if isinstance(offset, timedelta):
        return (
            f"offset of {show_duration(offset)} does not suit the period {period!r}: give a whole number of such "
            f"periods; offset=1 is the last complete {period}"
        )
    return None if offset <= MOST_UNITS else f"offset {offset} is too large; {MOST_UNITS} {period}s ago at most"


def _read_period(value: Any) -> Any:
    if isinstance(value, str) and not value.lstrip("+-").startswith("P"):
        if value in CALENDAR_UNITS:
            return value
        choices = f"{', '.join(map(repr, CALENDAR_UNITS[:-1]))} or {CALENDAR_UNITS[-1]!r}"
        raise refused(
            f"period {value!r} is not a duration{did_you_mean(value.lower(), CALENDAR_UNITS)}; write a timedelta, such "
            f"as timedelta(days=7), ISO 8601, such as 'P7D', or a unit of the calendar: {choices}"
        )
    period = read_duration(value)
    if period <= timedelta(0):
        raise refused(str(period_problem(period)))
    if period.days > MAX_DAYS:
        raise refused(f"period of {show_duration(period)} is longer than a century; leave period out for a lifetime")
    return period


def _read_offset(value: Any) -> timedelta | int | None:
    """None is no offset, and so is zero."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise refused(f"offset {value} is negative; a window ends in the past: 1 is the last complete unit")
        return value or None
    if not isinstance(value, timedelta | str):
        raise refused(
            f"offset {value!r} is neither a timedelta, such as timedelta(days=7), nor a whole number, such as 1 with "
            "the period 'month'"
        )
    offset = read_duration(value)
    if offset < timedelta(0):
        raise refused(f"offset of {show_duration(offset)} is negative; a window ends in the past: use one above zero")
    if offset % DAY:
        days = -(-offset // DAY)
        raise refused(
            f"offset of {show_duration(offset)} is not a whole number of days; "
            f"use a timedelta of whole days, such as timedelta(days={days})"
        )
    return offset or None


def _write(value: timedelta | str | int) -> str | int:
    return write_duration(value) if isinstance(value, timedelta) else value


Period = Annotated[
    timedelta | CalendarUnit,
    BeforeValidator(_read_period),
    PlainSerializer(_write, when_used="json"),
]
Offset = Annotated[
    timedelta | int | None,
    PlainValidator(_read_offset),
    PlainSerializer(_write, when_used="json-unless-none"),
]
