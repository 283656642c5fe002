"""The history of a view with `snapshot` is what its attributes held, after every step of any history of its project."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.histories.checking import check, check_made_up
from tests.histories.engine import Server
from tests.histories.recorded import Publications, Row, differences, problems_of
from tests.histories.recorded_by_hand import BY_HAND, FIRST_KILLED, KILLED
from tests.histories.views import RECORDED

AT_ONCE = 3
"""Histories of one test."""
LONG_HISTORIES = int(os.environ.get("SIGNALS_HISTORIES", "2000")) // 10


def at(hour: int) -> datetime:
    return datetime(2025, 5, 3) + timedelta(hours=hour)


# --- the interpreter


def publications(*given: tuple[dict, dict]) -> Publications:
    found = Publications()
    for published, removed in given:
        found.publish(published, removed)
    return found


ANN_1, ANN_2 = {"clicks": 1}, {"clicks": 2}


def test_a_row_holds_until_the_next() -> None:
    found = publications(({"ann": (at(1), ANN_1)}, {}), ({"ann": (at(5), ANN_2)}, {}))
    assert found.rows == [Row("ann", ANN_1, at(1), at(5)), Row("ann", ANN_2, at(5))]
    assert [found.as_of(at(hour)) for hour in (0, 1, 4, 5)] == [{}, {"ann": ANN_1}, {"ann": ANN_1}, {"ann": ANN_2}]


def test_a_publication_that_changes_nothing_adds_nothing() -> None:
    assert len(publications(({"ann": (at(1), ANN_1)}, {}), ({"ann": (at(1), ANN_1)}, {})).rows) == 1


def test_who_leaves_and_returns_has_a_gap() -> None:
    found = publications(({"ann": (at(1), ANN_1)}, {}), ({}, {"ann": at(2)}), ({"ann": (at(4), ANN_1)}, {}))
    assert found.rows == [Row("ann", ANN_1, at(1), at(2)), Row("ann", ANN_1, at(4))]
    assert found.as_of(at(3)) == {}


def test_what_no_history_may_be_is_seen() -> None:
    one, two = Row("ann", ANN_1, at(1), at(5)), Row("ann", ANN_2, at(5))
    assert problems_of([one, two]) == []
    assert problems_of([one, Row("ann", ANN_2, at(4))])
    assert problems_of([Row("ann", ANN_1, at(1)), two])
    assert problems_of([Row("ann", ANN_1, at(1), at(1))])
    assert differences([one, two], [one, two]) == []
    assert differences([one], [one, two])
    assert differences([one, two], [one])
    assert differences([one, Row("ann", ANN_1, at(5))], [one, two])
    assert (
        differences([Row("ann", {"clicks_before_20250503": 1, "clicks": None}, at(1))], [Row("ann", ANN_1, at(1))])
        == []
    )


# --- on DuckDB


IN_SHORT = ("changed, removed, and returned", "off for a while")
KILLED_IN_SHORT = ("after statement 2 of attributes",)


def long_but(names: Iterable[str], kept: Iterable[str]) -> list[Any]:
    return [name if name in kept else pytest.param(name, marks=pytest.mark.long) for name in names]


@pytest.mark.parametrize("name", long_but(BY_HAND, IN_SHORT))
def test_by_hand(server: Server, name: str, record_property) -> None:
    done = dict(check(server, BY_HAND[name]))
    record_property("played", done)
    assert done["looks at histories"]


@pytest.mark.parametrize("name", long_but(KILLED, KILLED_IN_SHORT))
def test_a_run_that_dies(server: Server, name: str, record_property) -> None:
    record_property("played", dict(check(server, KILLED[name])))


def test_a_first_run_that_dies(server: Server, record_property) -> None:
    done = dict(check(server, FIRST_KILLED))
    record_property("played", done)
    assert done["kills"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(LONG_HISTORIES // AT_ONCE))
def test_made_up(server: Server, seed: int, record_property) -> None:
    record_property("played", dict(check_made_up(server, AT_ONCE, seed, {RECORDED.name: RECORDED})))
