"""What an application reads: typed values, defaults, times to live, and times since."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from snowplow_signals import Attribute, Entity, View, user_entity
from snowplow_signals.stores import Store, open_store
from snowplow_signals.stores.serving import read_profiles, typed

CHANGED = datetime(2025, 3, 1)
NOW = datetime(2025, 3, 3, 12)
VIEW = "profile_view_v1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "profiles.sqlite") as opened:
        yield opened


def counter(**more: Any) -> Attribute:
    return Attribute(name="clicks", type="int64", aggregation="counter", **more)


def since(**more: Any) -> Attribute:
    return Attribute(name="since", type="double", aggregation="time_since_last", **{"time_unit": "h", **more})


def view(*attributes: Attribute, **more: Any) -> View:
    entity = more.pop("entity", user_entity)
    return View(name="profile_view", entity=entity, attributes=attributes, offline=True, owner="a@b.example", **more)


def read(store: Store, of: View, now: datetime = NOW, **values: Any) -> dict[str, Any]:
    store.write(VIEW, [("ann", values, CHANGED)], CHANGED)
    return read_profiles(store, of, ["ann"], now)["ann"]


def test_each_identifier_has_every_attribute(store: Store) -> None:
    store.write(VIEW, [("ann", {"clicks": 3, "since": CHANGED}, CHANGED), ("7", {"clicks": 0}, CHANGED)], CHANGED)
    found = read_profiles(store, view(counter(), since()), ["nobody", "ann", 7, "ann"], NOW)
    assert found == {
        "nobody": {"clicks": None, "since": None},
        "ann": {"clicks": 3, "since": 60.0},
        "7": {"clicks": 0, "since": None},
    }
    assert list(found) == ["nobody", "ann", "7"]
    assert read_profiles(store, view(counter()), [], NOW) == {}


@pytest.mark.parametrize(("unit", "expected"), [("s", 216_000.0), ("min", 3_600.0), ("h", 60.0), ("d", 2.5)])
def test_time_since_is_in_its_unit(store: Store, unit: str, expected: float) -> None:
    assert read(store, view(since(time_unit=unit)), since=CHANGED) == {"since": expected}


def test_time_since_is_a_fraction_and_never_negative(store: Store) -> None:
    assert read(store, view(since()), now=CHANGED + timedelta(minutes=45), since=CHANGED) == {"since": 0.75}
    assert read(store, view(since()), now=CHANGED - timedelta(days=1), since=CHANGED) == {"since": 0.0}
    zoned = NOW.replace(tzinfo=UTC).astimezone()
    assert read(store, view(since()), now=zoned, since=CHANGED) == {"since": 60.0}


def test_the_default_of_time_since_applies_when_there_was_no_event(store: Store) -> None:
    assert read(store, view(since(default_value=-1.0)), since=None) == {"since": -1.0}
    assert read_profiles(store, view(since(default_value=-1.0)), ["nobody"], NOW) == {"nobody": {"since": None}}


@pytest.mark.parametrize(
    ("attribute", "whole_view", "entity", "days"),
    [
        (timedelta(days=2), timedelta(days=4), timedelta(days=6), 2),
        (None, timedelta(days=4), timedelta(days=6), 4),
        (None, None, timedelta(days=6), 6),
        (None, None, None, None),
    ],
)
def test_a_value_expires_by_the_nearest_time_to_live(
    store: Store, attribute: timedelta, whole_view: timedelta, entity: timedelta, days: int | None
) -> None:
    about = Entity(name="user", key="domain_userid", ttl=entity)
    of = view(counter(ttl=attribute), entity=about, ttl=whole_view)
    for passed in range(10):
        alive = days is None or passed < days
        now = CHANGED + timedelta(days=passed)
        assert read(store, of, now=now, clicks=3) == {"clicks": 3 if alive else None}


def test_an_expired_time_since_is_null_in_spite_of_its_default(store: Store) -> None:
    of = view(since(default_value=0.0, ttl=timedelta(days=1)))
    assert read(store, of, since=CHANGED) == {"since": None}


def test_values_of_attributes_that_are_no_more_are_not_read(store: Store) -> None:
    assert read(store, view(counter()), clicks=1, gone=2) == {"clicks": 1}


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        ("int64", 2**63 - 1, 2**63 - 1),
        ("int32", Decimal("7"), 7),
        ("int32", 7.0, 7),
        ("int64", True, None),
        ("int64", "7", None),
        ("double", 3, 3.0),
        ("float", Decimal("1.5"), 1.5),
        ("double", False, None),
        ("bool", True, True),
        ("bool", 1, None),
        ("string", "", ""),
        ("string", 7, None),
        ("bytes", b"\x00", b"\x00"),
        ("bytes", "a", b"a"),
        ("timestamp", CHANGED, CHANGED),
        ("timestamp", CHANGED.replace(tzinfo=UTC), CHANGED),
        ("timestamp", date(2025, 3, 1), CHANGED),
        ("timestamp", "2025-03-01", None),
        ("unix_timestamp", 12, 12),
        ("unix_timestamp", datetime(1970, 1, 1, 0, 0, 12, 999999), 12),
        ("string_list", ["b", None, "a", 1], ["b", "a"]),
        ("string_list", '["b", "a"]', ["b", "a"]),
        ("int64_list", [1, 2.5], [1]),
        ("int64_list", 1, None),
        ("dict", {"a": 1}, {"a": 1}),
        ("dict", '{"a": 1}', {"a": 1}),
        ("dict", [], None),
        ("string", None, None),
        ("string_list", None, None),
    ],
)
def test_values_have_the_declared_type(kind: str, stored: Any, expected: Any) -> None:
    found = typed(stored, kind)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "stored", "served"),
    [
        ("int32", 2**31, None),
        ("int32", -(2**31), -(2**31)),
        ("int64", 2**63, None),
        ("int64", Decimal(7), 7),
        ("string_list", "no JSON", None),
        ("dict", "no JSON", None),
        ("dict", {"a": 1, "b": "two", "c": 1.5}, {"a": 1}),
    ],
)
def test_what_does_not_fit_a_ready_made_attribute_is_null(kind: str, stored: Any, served: Any) -> None:
    assert typed(stored, kind) == served
