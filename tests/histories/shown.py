"""Histories written by hand that show a deliberate defect, where the first that is made up does not."""

from __future__ import annotations

from tests.histories.by_hand import day, days_later, event, load
from tests.histories.steps import Change, History, Limits, Run, Step, Wait
from tests.histories.views import EVERYTHING

P = EVERYTHING.project_name


def _of(*steps: Step) -> History:
    return History(EVERYTHING.name, steps)


FIRST = load(event("e1", "ann", 0))
TWO = load(event("e1", "ann", 0), event("e2", "bob", 0))
BOBS_ONLY_EVENT_IS_ANNS = _of(TWO, Run(), days_later(1), load(event("e2", "ann", 0, loaded=-0.5)), Run())
TOO_LATE = _of(
    Change(Limits(late_event_lookback_days=1)),
    FIRST,
    Run(),
    days_later(5),
    load(event("e2", "ann", 0, loaded=5)),
    Run(),
)
SHOWN: dict[str, History] = {
    "marks_cleared_early": _of(FIRST, Run(kill=(f"commit {P}_days_out_of_date", 1, "after")), Run()),
    "emptied_are_kept": BOBS_ONLY_EVENT_IS_ANNS,
    "removed_stay": BOBS_ONLY_EVENT_IS_ANNS,
    "late_events_dropped": TOO_LATE,
    "late_events_not_deferred": TOO_LATE,
    "emptied_days_wait": _of(
        Change(Limits(min_late_events_to_process=5)),
        load(event("e1", "ann", 0), event("e2", "ann", 0.01)),
        Run(),
        days_later(3),
        load(event("e1", "bob", -1, loaded=-0.5), event("e3", "ann", 0, loaded=3)),
        Run(full_scan=True),
    ),
    "accounting_before_events": _of(FIRST, Run(kill=(f"commit {P}_chunk_manifest", 1, "after")), Run()),
    "killed_runs_forgotten": _of(FIRST, Run(kill=(f"commit {P}_filtered_events", 1, "after")), Run()),
    "updated_at_of_all": _of(
        days_later(2), load(event("e1", "ann", 0, loaded=1)), Run(as_of=day(9)), FIRST, Run(as_of=day(9))
    ),
    "removals_not_taken_back": _of(
        load(event("e1", "ann", 0), event("e2", "bob", -5)), Run(as_of=day(0)), Run(as_of=day(-3)), Run(as_of=day(0))
    ),
    # no window of days has this edge
    "calendar_that_ends_unseen": _of(load(event("e1", "ann", 2)), Run(as_of=day(6)), Run(as_of=day(7))),
    # shows only when a run dies in one of four moments of two hundred, and the next begins like it
    "entity_marks_cleared_early": _of(
        FIRST,
        Run(as_of=day(2)),
        Wait(48),
        load(event("e2", "ann", 0.1), event("e3", "bob", 0.2)),
        Run(as_of=day(2), kill=(f"commit {P}_attributes_this_run", 1, "after")),
        Run(as_of=day(2)),
    ),
    "deferred_events_passed_over": _of(
        Change(Limits(min_late_events_to_process=2)),
        FIRST,
        Run(),
        days_later(1),
        load(event("e2", "ann", 0, loaded=1)),
        Run(),
        days_later(1),
        load(event("e3", "ann", 0, loaded=2)),
        Run(),
    ),
    "days_order_what_is_first": _of(
        days_later(1),
        load(event("e2", "ann", 0.5, label="b")),
        Run(),
        load(event("e1", "ann", 0.1, label="a")),
        Run(),
        load(event("e3", "ann", 0.3, label="c")),
        Run(),
    ),
    "older_hours_are_done": _of(
        days_later(10), load(event("e1", "ann", 0), event("e2", "ann", 9)), Run(), load(event("e3", "bob", 0.1)), Run()
    ),
    "lateness_of_the_run": _of(
        Change(Limits(late_event_lookback_days=1)),
        FIRST,
        Run(),
        days_later(8),
        load(event("e2", "bob", 0, loaded=1), event("e3", "ann", 3)),
        Run(),
    ),
}
