"""Dates as options."""

from datetime import date

from snowplow_signals.errors import UsageError


def day(text: str, option: str) -> date:
    """The day that was given. Raises UsageError naming the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is not a date; write it as 2025-01-31") from None
