"""Histories of a view with `snapshot`, written by hand."""

from __future__ import annotations

from tests.histories.by_hand import day, days_later, event, load
from tests.histories.steps import Dbt, Define, History, Run, Step, Wait, models_of
from tests.histories.views import RECORDED

P = RECORDED.project_name


def history(*steps: Step) -> History:
    return History(RECORDED.name, steps)


TWO = load(event("e1", "ann", 0), event("e2", "bob", 0))
ANN_AGAIN = load(event("e3", "ann", 1, label="b", value=3.0))
ONE_IS_ANNS = load(event("e2", "ann", 0, loaded=-0.5))
"""Bob's only event has an earlier copy that is Ann's: he is removed."""
CHANGES = (TWO, Run(), days_later(1.5), ANN_AGAIN, ONE_IS_ANNS, Run(as_of=day(2)))
BY_HAND = {
    "changed, removed, and returned": history(
        *CHANGES, Wait(1), load(event("e5", "bob", 1)), Run(as_of=day(2), again=True), Run(as_of=day(40))
    ),
    "by plain dbt": history(TWO, Run(plain=True), days_later(2), ANN_AGAIN, ONE_IS_ANNS, Run(plain=True)),
    "another definition": history(
        *CHANGES, Define("more"), Run(as_of=day(2)), Define("fewer"), Run(as_of=day(3)), Define(""), Run(as_of=day(3))
    ),
    "other types": history(*CHANGES, Define("other"), Run(as_of=day(2)), ANN_AGAIN, Define(""), Run(as_of=day(3))),
    "switched on": history(Define("off"), *CHANGES, Define(""), Run(as_of=day(2)), Run(as_of=day(5))),
    "off for a while": history(
        *CHANGES, Define("off"), Run(as_of=day(3)), Define(""), Run(as_of=day(3)), Run(as_of=day(9))
    ),
    "all but the history": history(
        TWO,
        Run(),
        days_later(1.5),
        ANN_AGAIN,
        ONE_IS_ANNS,
        Dbt((("build", "--exclude", f"{P}_attributes_history"),), day(2)),
        Dbt((("run", "--select", f"{P}_attributes_history"),) * 2, day(2)),
    ),
    "a full refresh": history(*CHANGES, Dbt((("build", "--full-refresh"),), day(2)), ANN_AGAIN, Run(as_of=day(4))),
    "each model twice": history(
        *(TWO, Run(), days_later(1.5), ANN_AGAIN, ONE_IS_ANNS),
        Dbt(tuple(("run", "--select", name) for name in models_of(RECORDED) for _ in range(2)), day(2)),
    ),
}

KILLED_IN = ("attributes", "attributes_history", "publication_manifest")
KILLED = {
    f"{moment} statement {number} of {name}": history(
        *(TWO, Run(), days_later(1.5), ANN_AGAIN, ONE_IS_ANNS, load(event("e4", "cleo", 1))),
        Run(as_of=day(2), kill=(f"{P}_{name}", number, moment)),
        *(days_later(1), load(event("e6", "ann", 2, label="c")), Run(as_of=day(3))),
    )
    for name in KILLED_IN
    for number in range(1, 6)
    for moment in ("before", "after")
}
"""A run that changes a row, removes one and adds one dies; the next changes one of them again."""
FIRST_KILLED = history(
    *(
        TWO,
        Run(kill=(f"{P}_attributes_history", 1, "before")),
        days_later(1.5),
        ANN_AGAIN,
        ONE_IS_ANNS,
        Run(as_of=day(2)),
    )
)
"""The first run publishes and dies before there is a history."""
