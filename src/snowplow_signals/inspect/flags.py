"""What is unusual about a publication, by rules that hold for any view: nothing that is flagged here is a failure.

Days are compared with days before, an attribute with itself. A rule speaks only when the difference is large *and* more
than chance makes of so few entities; the first week of a project has nothing to be compared with.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from snowplow_signals.inspect.statistics import Statistics
from snowplow_signals.project.models.statistics import FREQUENT

Rule = Literal[
    "active entities", "distribution", "nulls", "entities fed", "amount", "new value", "lost value", "accounting",
    "max_null_rate", "min", "max", "max_psi", "max_change",
]  # fmt: skip

DAYS_BEFORE = 7
"""Days that have to have been published before anything is unusual."""
LARGE_PSI = 0.25
"""The index above which a distribution counts as another one: the convention of the field."""
PSI_BY_CHANCE = 30.0
"""Bins that differ by chance alone make an index of less than this times (1/n + 1/m), but for one time in a thousand:
it follows a chi-squared distribution of eleven degrees of freedom."""
LARGE_NULLS = 0.1
"""By how much the share of entities without a value may move from day to day."""
SIGMAS = 6.0
"""Standard deviations beyond which nothing comes by chance."""
LARGE_CHANGE = 0.35
"""The relative change of what a day brings that is looked at."""
SPREAD_OF_AMOUNTS, SPREAD_OF_DAYS = 0.08, 0.2
"""By these shares what an entity brings, and how many come, differs from day to day anyway: weekends, a newsletter."""
DEVIATIONS = 4.0
"""Such spreads, with that of the days before, beyond which a day is unusual."""
FEWEST = 30
"""Entities, or events, below which what a day brings says nothing."""
LARGE_SHARE = 0.05
"""Of the entities that a day has fed, those that have to have a new value; of all entities, those that have to have had
one that is lost."""
LARGE_OUTCOME = 0.05
"""Of the rows that a run read, those that may become something else than before."""


@dataclass(frozen=True)
class Finding:
    """Something about a publication that somebody should look at."""

    rule: Rule
    text: str
    """What was found, and what was expected or usual."""


def flags(history: Sequence[Statistics]) -> list[Finding]:
    """What is unusual about the last of an attribute's publications, one of each day, oldest first."""
    *earlier, last = history
    if len(earlier) < DAYS_BEFORE:
        return []
    rules: tuple[Callable[[Sequence[Statistics], Statistics], Iterator[Finding]], ...] = (
        _distribution, _nulls, _entities_fed, _amount, _values,
    )  # fmt: skip
    return [finding for rule in rules for finding in rule(earlier, last)]


def _distribution(earlier: Sequence[Statistics], last: Statistics) -> Iterator[Finding]:
    before = earlier[-1]
    if last.psi_before is None or not before.entities or not last.entities:
        return
    by_chance = PSI_BY_CHANCE * (1 / before.entities + 1 / last.entities)
    if last.psi_before > max(LARGE_PSI, by_chance):
        yield Finding(
            "distribution",
            f"its values are distributed otherwise than in the publication before (PSI {last.psi_before:.2f})",
        )


def _nulls(earlier: Sequence[Statistics], last: Statistics) -> Iterator[Finding]:
    before = earlier[-1]
    moved = last.null_rate - before.null_rate
    if abs(moved) > LARGE_NULLS and abs(moved) > SIGMAS * _spread_of_share(before.null_rate, last.entities):
        yield Finding("nulls", f"{last.null_rate:.1%} of the entities have no value, {before.null_rate:.1%} before")


def _entities_fed(earlier: Sequence[Statistics], last: Statistics) -> Iterator[Finding]:
    """Of the entities that had events on the last day, those to which it brought a value of the attribute."""
    now, active = last.last_day.entities, last.last_day.active
    usual = [
        one.last_day.entities / one.last_day.active
        for one in _days_before(earlier, last)
        if one.last_day.entities is not None and one.last_day.active
    ]
    if now is None or len(usual) < DAYS_BEFORE or active < FEWEST:
        return
    middle, spread = _middle(usual)
    by_chance = _spread_of_share(middle, active)
    moved = now / active - middle
    if middle * active < FEWEST and now < FEWEST:
        return
    if abs(moved) > LARGE_CHANGE * middle and abs(moved) > SIGMAS * math.hypot(spread, by_chance):
        yield Finding(
            "entities fed",
            f"on {last.last_day.day} {now:,} of {active:,} active entities got a value ({now / active:.1%}; "
            f"usually {middle:.1%})",
        )


def _amount(earlier: Sequence[Statistics], last: Statistics) -> Iterator[Finding]:
    """What the last day brought, for each entity that had events."""
    days = [one for one in _days_before(earlier, last) if one.last_day.amount is not None and one.last_day.active]
    now, active = last.last_day.amount, last.last_day.active
    fed = median([one.last_day.entities or 0 for one in days]) if days else 0
    if now is None or len(days) < DAYS_BEFORE or active < FEWEST or fed < FEWEST:
        return
    middle, spread = _middle([(one.last_day.amount or 0.0) / one.last_day.active for one in days])
    # entities bring very different amounts: their sum varies by three times what their number does
    by_chance = abs(middle) * math.sqrt(3 / fed)
    moved = now / active - middle
    if abs(moved) > DEVIATIONS * math.hypot(spread, by_chance, SPREAD_OF_AMOUNTS * middle):
        yield Finding(
            "amount",
            f"{last.last_day.day} brought {now / active:,.4g} for each active entity, usually {middle:,.4g}",
        )


def active_entities(history: Sequence[Statistics]) -> Iterator[Finding]:
    """How many entities had events on the last day, by any attribute's publications."""
    *earlier, last = history
    days = [one.last_day.active for one in _days_before(earlier, last)]
    if len(days) < DAYS_BEFORE or median(days) < FEWEST:
        return
    middle, spread = _middle(days)
    if abs(last.last_day.active - middle) > DEVIATIONS * math.hypot(spread, SPREAD_OF_DAYS * middle):
        text = f"{last.last_day.active:,} entities had events on {last.last_day.day}, usually {middle:,.0f}"
        yield Finding("active entities", text)


def _values(earlier: Sequence[Statistics], last: Statistics) -> Iterator[Finding]:
    """A frequent value that was not there before, and one that is hardly there any more."""
    before = earlier[-1]
    if last.is_measured or not before.frequent:
        return
    known = {value for one in earlier for value, _ in one.frequent}
    fed = last.last_day.entities or last.last_day.active
    # the least of ten may only have been a little more frequent than one that was never named
    least = before.frequent[-1][1] if len(before.frequent) == FREQUENT else 0
    for value, n in last.frequent:
        if value not in known and n >= FEWEST and n > max(LARGE_SHARE * fed, 2 * least):
            yield Finding("new value", f"{n:,} entities have the value {value!r}, which was not frequent before")
    for value, n in before.frequent:
        moves = [after.count(value) - one.count(value) for one, after in pairwise(earlier) if one.count(value)]
        if len(moves) < DAYS_BEFORE - 1:
            continue
        middle, spread = _middle(moves)
        lost = n + middle - _at_most(last, value)
        if lost > max(LARGE_SHARE * fed, FEWEST, DEVIATIONS * math.hypot(spread, math.sqrt(fed))):
            yield Finding(
                "lost value",
                f"{last.count(value):,} entities have the value {value!r}, {n:,} in the publication before",
            )


def _at_most(one: Statistics, value: str) -> int:
    """How many entities may have a value: one that is not named has no more than the least frequent that is."""
    return one.count(value) or (one.frequent[-1][1] if len(one.frequent) == FREQUENT else 0)


def _days_before(earlier: Sequence[Statistics], last: Statistics) -> list[Statistics]:
    """The publications of other days, of the last four weeks."""
    return [one for one in earlier if one.last_day.day < last.last_day.day][-28:]


def _middle(values: Sequence[float]) -> tuple[float, float]:
    """The median, and the standard deviation as far as the half of the values tell it that are nearest to it."""
    middle = median(values)
    return middle, 1.4826 * median(abs(value - middle) for value in values)


def _spread_of_share(share: float, of: int) -> float:
    """The standard deviation of a share of so many, by chance."""
    return math.sqrt(max(share * (1 - share), 1 / of) / of) if of else math.inf
