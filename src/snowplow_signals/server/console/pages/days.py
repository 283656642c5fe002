"""Days: a calendar of events, of those that came late, and of days that are dirty."""

from __future__ import annotations

from snowplow_signals.server.console.asked import Asked, Page
from snowplow_signals.server.console.looks import Seen
from snowplow_signals.server.console.pages.overview import REFRESH_SECONDS
from snowplow_signals.server.console.reading.calendar import LEVELS, months, years
from snowplow_signals.server.console.reading.paging import listed

LINES = 25


def days(asked: Asked) -> Page:
    """The days of a project: of the first one, unless another is chosen."""
    projects = list(asked.site.catalogue().projects)
    chosen = asked.query.get("project", "")
    chosen = chosen if chosen in projects else (projects[0] if projects else "")
    seen = asked.site.looks.at(chosen) if chosen else Seen()
    look = seen.look
    there = years(look) if look is not None else ()
    year = asked.number("year", there[0] if there else 0, least=0)
    dirty = look.dirty_days[::-1] if look is not None else ()
    is_pending = bool(chosen) and seen.is_pending
    shown = {
        "projects": projects,
        "project": chosen,
        "problem": seen.problem.message if seen.problem is not None else None,
        "is_pending": is_pending,
        "look": look,
        "months": months(look, year) if look is not None else (),
        "years": there,
        "year": year,
        "levels": range(LEVELS + 1),
        "dirty": listed(dirty, "", asked.number("page", 1), LINES, str),
        "folder": str(asked.site.folder),
    }
    return Page("days.html", "Days", shown, refresh_seconds=REFRESH_SECONDS if is_pending else None)
