"""A history whose events lie so far apart that early days are read from a cache."""

from tests.histories.by_hand import day, days_later, event, load
from tests.histories.steps import Change, Dbt, History, Limits, Run
from tests.histories.views import EVERYTHING

EARLY = load(
    event("e1", "ann", -50),
    event("e2", "ann", -49, label="b", value=2),
    event("e3", "bob", -48, label="c"),
    event("e4", "cleo", -1),
    # on the last day of the cache, and on the day after it
    event("e4a", "ann", -13, value=3),
    event("e4b", "bob", -12, value=4),
)
RECENT = load(event("e5", "ann", 0, label="d"), event("e6", "dora", 0))
A_DAY, HOURS = days_later(1), days_later(0.2)
LATE = load(event("e7", "ann", -49.5, loaded=1, label="b"), event("e8", "eve", -47, loaded=1, label="e"))
NEXT = load(event("e9", "bob", 1.1, label="f"))
LAST = load(event("e10", "bob", 1.2, label="a"), event("e11", "cleo", 1.2))

EARLY_DAYS = History(
    "everything",
    (
        *(EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0))),
        *(A_DAY, LATE, Run(as_of=day(0), reprocess_late=True)),
        *(HOURS, NEXT, Run(as_of=day(1)), HOURS, LAST, Run(as_of=day(1))),
    ),
)
"""The cache is made, marked, made again, and read."""

MARKED = History("everything", (EARLY, Run(as_of=day(0)), RECENT, A_DAY, LATE, Run(as_of=day(0), reprocess_late=True)))
"""The shortest in which it is marked."""

OF_THE_PAST = History(
    "everything",
    (EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0)), HOURS, load(event("e12", "bob", 0.1)), Run(as_of=day(-30))),
)
"""As of a day that the cache covers."""

WITHOUT_MARKS = History(
    "everything",
    (
        Change(Limits(late_event_lookback_days=-1)),
        *(EARLY, Run(as_of=day(0)), RECENT, Run(as_of=day(0)), A_DAY, LATE),
        Dbt((("build", "--exclude", f"{EVERYTHING.project_name}_entity_history"),)),
        *(HOURS, NEXT, Run(as_of=day(1))),
    ),
)
"""The model that marks early days is left out when they change."""

CAUGHT_BY = {
    "early_days_not_marked": EARLY_DAYS,
    "marks_on_early_days_ignored": EARLY_DAYS,
    "marked_are_not_read": EARLY_DAYS,
    "early_days_counted_twice": EARLY_DAYS,
    "cache_without_newer_days": EARLY_DAYS,
    "cache_of_the_future": OF_THE_PAST,
    "early_days_that_nobody_marked": WITHOUT_MARKS,
}
"""Defect to the history that shows it."""
