"""Which publications are unusual, and which differ by chance only."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.unit.test_expectations import published

from snowplow_signals.inspect.flags import active_entities, flags
from snowplow_signals.inspect.statistics import LastDay, Statistics

WORDS: dict[str, Any] = {"type": "string", "smallest": None, "mean": None, "quantiles": None, "psi_before": 0.0}


def history(days: int = 20, seed: int = 1, **last: Any) -> list[Statistics]:
    """Days of a thousand active entities, each with about two events; `last` is what is changed of the last one."""
    made_up, found = random.Random(seed), []
    for number in range(days):
        day = date(2025, 3, 1) + timedelta(days=number)
        active = made_up.randint(900, 1100)
        amount = active * made_up.uniform(1.8, 2.2)
        frequent = (("a", made_up.randint(1950, 2050)), ("b", 1000), ("c", made_up.randint(480, 520)))
        brought = {"day": day, "active": active, "events": round(amount), "entities": active // 2, "amount": amount}
        if number == days - 1:
            brought |= {name: last.pop(name) for name in list(last) if name in brought}
        given = {"as_of": day + timedelta(days=1), "entities": 5000, "null_values": 500, "frequent": frequent} | WORDS
        is_last = number == days - 1
        found.append(published(**given | {"last_day": LastDay(**brought)} | (last if is_last else {})))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_days_that_differ_by_chance_are_not_unusual(seed: int) -> None:
    assert flags(history(seed=seed)) == []
    assert list(active_entities(history(seed=seed))) == []


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("distribution", {"psi_before": 0.3}),
        ("nulls", {"null_values": 1200}),
        ("entities fed", {"active": 1000, "entities": 0}),
        ("amount", {"active": 1000, "amount": 4100.0}),
        ("amount", {"active": 1000, "amount": 0.0}),
        ("new value", {"frequent": (("a", 2000), ("b", 1000), ("c", 500), ("d", 200))}),
        ("lost value", {"frequent": (("a", 2000), ("b", 600), ("c", 500))}),
    ],
)
def test_what_is_unusual(rule: str, last: dict[str, Any]) -> None:
    assert [finding.rule for finding in flags(history(**last))] == [rule]


def test_how_many_come_is_unusual() -> None:
    assert [finding.rule for finding in active_entities(history(active=4000))] == ["active entities"]


def test_nothing_is_unusual_in_the_first_week() -> None:
    assert flags(history(days=7, psi_before=5.0, null_values=5000)) == []
    assert flags(history(days=8, psi_before=5.0)) != []


def test_few_entities_differ_by_chance() -> None:
    *earlier, last = history(psi_before=0.3)
    assert flags([*earlier, replace(last, entities=100, null_values=10, frequent=earlier[-1].frequent)]) == []
    assert flags(history(active=20, entities=10, amount=200.0)) == []


def test_the_least_frequent_of_ten_may_change() -> None:
    """Which value is the tenth says nothing: the eleventh may have been as frequent."""
    names = [(f"v{place}", 1000 - 50 * place) for place in range(9)]
    days = [
        published(
            **WORDS
            | {
                "entities": 9000,
                "null_values": 0,
                "frequent": (*names, ("tenth" if number < 19 else "eleventh", 540)),
                "last_day": LastDay(date(2025, 3, 1) + timedelta(days=number), 1000, 2000, 500, 2000.0),
            }
        )
        for number in range(20)
    ]
    assert flags(days) == []
