"""What the time of a change does not tell: several changes at one time, times to come, times that are none."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.crm import LATER, SOURCE, Crm, T, view
from tests.warehouses import WAREHOUSES, connected

from snowplow_signals.stores import open_store
from snowplow_signals.sync import copying
from snowplow_signals.sync.published import Published
from snowplow_signals.sync.regular import RegularSync

DAY = timedelta(days=1)
NOW = T + 5 * DAY + timedelta(hours=13)
FAR = datetime(2099, 1, 1)


@pytest.fixture
def crm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    at(monkeypatch, NOW)
    return Crm(tmp_path)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(copying, "now", lambda: moment)


def update(crm: Crm, customer: str, score: float, more: str = "") -> None:
    crm.execute(f"update crm.scores set score = {score} {more} where customer = '{customer}'")


COLUMNS = {
    "date": T.date(),
    "varchar": "2025-03-01",
    "timestamp_s": T + timedelta(hours=5),
    "timestamptz": (T + timedelta(hours=5)).replace(tzinfo=UTC),
    "timestamp": T + timedelta(microseconds=1),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_second_change_at_one_time(crm: Crm, kind: str) -> None:
    """Of a row that is there, of one that was copied before, and again; nothing else is written."""
    moment = COLUMNS[kind]
    crm.create(f"customer varchar, changed {kind}, score double, tags varchar[]")
    crm.insert(("ann", moment, 1), ("bob", moment, 1), ("eve", moment, 1))
    assert crm.sync() == (3, 3, 0)
    for score in (2, 3):
        update(crm, "ann", score)
        assert crm.sync() == (1, 1, 0)
        assert crm.scores() == {"ann": score, "bob": 1, "eve": 1}
        assert crm.sync() == (0, 0, 0)


def test_a_change_of_yesterday_that_comes_today(crm: Crm) -> None:
    """Dates are of some time zone, and what is committed late has the time at which it began."""
    crm.create("customer varchar, changed date, score double, tags varchar[]")
    crm.insert(("ann", T.date(), 1), ("bob", T.date() + DAY, 1))
    crm.sync()
    update(crm, "ann", 2)
    crm.insert(("eve", T.date(), 5))
    assert crm.sync() == (2, 2, 0)
    assert crm.scores() == {"ann": 2, "bob": 1, "eve": 5}


def test_a_change_that_is_committed_after_later_ones(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T + timedelta(minutes=50), 1))
    crm.sync()
    update(crm, "ann", 2, ", changed = timestamp '2025-03-01 00:10:00'")
    assert crm.sync() == (1, 1, 0)
    assert crm.scores() == {"ann": 2, "bob": 1}


def test_a_row_that_is_added_at_a_time_that_is_there(crm: Crm) -> None:
    """A table that is only added to: the row that came is the newer one, and stays it."""
    crm.create("customer varchar, changed date, score double, tags varchar[]")
    crm.insert(("ann", T.date(), 1), ("bob", T.date(), 1))
    crm.sync()
    before = 1
    for score in (7, 2, 5):
        crm.insert(("ann", T.date(), score))
        crm.sync()
        assert crm.scores() == {"ann": score, "bob": before}
        crm.insert(("bob", T.date(), score))  # which says nothing about ann
        crm.sync()
        assert crm.scores() == {"ann": score, "bob": score}
        assert crm.sync() == (0, 0, 0)
        before = score


def test_a_time_that_has_yet_to_come_hides_nothing(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.insert(("ann", T, 1), ("bob", FAR, 2))
    result = crm.published.sync(crm.view, crm.store)
    assert (result.rows_changed, result.rows_written) == (2, 2)
    assert result.warnings == (
        f"{crm.store.state('crm_v1').source} has rows whose time of change is in the future, up to 2099-01-01: 1, "
        "which every sync reads again until then",
    )
    state = crm.store.state("crm_v1")
    assert (state.watermark, state.rows_ahead) == (T, 1)
    assert crm.sync() == (0, 0, 0)
    crm.insert(("ann", T + LATER, 3), ("eve", T + 2 * LATER, 4))
    assert crm.sync() == (2, 2, 0)
    assert crm.scores() == {"ann": 3, "bob": 2, "eve": 4}
    update(crm, "bob", 9)  # and neither does it hide its own
    assert crm.sync() == (1, 1, 0)
    update(crm, "bob", 10, ", changed = timestamp '2025-03-02'")  # put right
    assert crm.sync() == (1, 1, 0)
    assert crm.scores() == {"ann": 3, "bob": 10, "eve": 4}
    assert crm.published.sync(crm.view, crm.store).warnings == ()
    assert crm.store.state("crm_v1").rows_ahead == 0
    at(monkeypatch, FAR + DAY)
    assert crm.sync() == (0, 0, 0)


def test_only_times_that_have_yet_to_come(crm: Crm) -> None:
    crm.insert(("ann", FAR, 1))
    assert crm.sync() == (1, 1, 0)
    assert crm.sync() == (0, 0, 0)
    assert crm.store.state("crm_v1").watermark == NOW
    crm.insert(("bob", NOW - timedelta(minutes=30), 1))
    assert crm.sync() == (1, 1, 0)
    assert crm.scores() == {"ann": 1, "bob": 1}


def test_local_times_are_ahead_and_no_reason_to_worry(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.insert(("ann", NOW + timedelta(hours=9), 1))
    result = crm.published.sync(crm.view, crm.store)
    assert (result.rows_written, result.warnings) == (1, ())
    at(monkeypatch, NOW + DAY)
    crm.insert(("bob", NOW + timedelta(hours=8, minutes=30), 1))
    crm.sync()
    assert crm.scores() == {"ann": 1, "bob": 1}


def test_a_mark_that_is_ahead_itself(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an earlier version, or a clock that was ahead, left it."""
    crm.insert(("ann", T, 1), ("bob", FAR, 2))
    at(monkeypatch, FAR + DAY)
    crm.sync()
    assert crm.store.state("crm_v1").watermark == FAR
    at(monkeypatch, NOW)
    crm.insert(("ann", T + LATER, 3))
    crm.sync()
    assert crm.scores() == {"ann": 3, "bob": 2}
    assert crm.store.state("crm_v1").watermark == T + LATER


@pytest.mark.parametrize("moment", ["infinity", "-infinity", "12000-01-01", "0044-03-15 (BC)"])
def test_what_no_clock_shows_is_no_time(crm: Crm, moment: str) -> None:
    crm.insert(("ann", T, 1))
    crm.execute(f"insert into crm.scores (customer, changed, score) values ('bob', '{moment}', 2)")
    for _ in range(2):
        crm.sync()
        assert crm.scores() == {"ann": 1}
        assert crm.store.state("crm_v1").rows_unusable == 1
    crm.insert(("ann", T + LATER, 3))
    assert crm.sync() == (1, 1, 0)


def test_rows_that_lose_their_time(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.insert(("ann", T, 1), ("bob", T + LATER, 2))
    crm.sync()
    update(crm, "ann", 5, ", changed = null")
    at(monkeypatch, NOW + LATER)
    crm.sync()
    assert crm.scores() == {"bob": 2}
    update(crm, "ann", 6, ", changed = timestamp '2025-03-03'")
    crm.sync()
    assert crm.scores() == {"ann": 6, "bob": 2}


def test_the_newest_row_of_a_history_is_deleted(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("ann", T + DAY, 2), ("bob", T, 1), ("bob", T + 2 * DAY, 2))
    crm.sync()
    crm.execute("delete from crm.scores where customer = 'ann' and score = 2")
    crm.sync()
    assert crm.scores() == {"ann": 1, "bob": 2}
    assert crm.sync() == (0, 0, 0)


def test_a_table_that_has_one_time_is_not_read_again_for_ever(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is large: unless it has more rows than before; and once a day."""
    monkeypatch.setattr(copying, "MANY_ROWS", 2)
    crm.insert(*((f"user-{number}", T, 1) for number in range(4)))
    assert crm.sync() == (4, 4, 0)
    update(crm, "user-1", 2)
    assert crm.sync() == (0, 0, 0)
    crm.insert(("ann", T, 2))
    assert crm.sync() == (2, 2, 0)
    update(crm, "user-2", 3)
    assert crm.sync() == (0, 0, 0)
    at(monkeypatch, NOW + DAY)
    assert crm.sync() == (1, 1, 0)
    crm.insert(("ann", T + 2 * LATER, 4))  # and what is newer is read at once
    assert crm.sync() == (1, 1, 0)
    assert crm.scores("ann", "user-1", "user-2", "user-3") == {"ann": 4, "user-1": 2, "user-2": 3, "user-3": 1}


def test_a_warning_is_told_once(crm: Crm) -> None:
    log: list[str] = []
    regular = RegularSync(lambda: [crm.view], lambda: crm.store, crm.published.sync, timedelta(0), log.append)
    crm.insert(("ann", FAR, 1))
    for _ in range(3):
        regular.round()
    assert len([line for line in log if "is in the future" in line]) == 1
    crm.insert(("bob", FAR + DAY, 1))
    regular.round()
    assert "up to 2099-01-02: 2," in log[-1]


def test_a_table_of_postgresql(tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    WAREHOUSES["postgres"].make(folder)
    with connected(folder) as (warehouse, connection), open_store(tmp_path / "profiles.sqlite") as store:
        warehouse.execute(connection, "create schema crm")
        published = Published(folder)
        for number, kind in enumerate(("date", "timestamp(0)", "timestamptz", "text"), start=1):
            crm_view = view(batch_source=SOURCE.model_copy(update={"table": f"scores_{number}"}), version=number)
            table = f"crm.scores_{number}"
            warehouse.execute(
                connection, f"create table {table} (customer text, changed {kind}, score float8, tags text[])"
            )

            def insert(moment: str, *customers: str, table: str = table) -> None:
                for one in customers:
                    warehouse.execute(connection, f"insert into {table} values ('{one}', '{moment}', 1, null)")

            def scores(one: Any = crm_view) -> dict[str, Any]:
                stored = store.read(one.full_name, ["ann", "bob", "eve", "far"])
                return {name: profile.values["score"] for name, profile in stored.items()}

            insert("2025-03-01", "ann", "bob")
            insert("2099-01-01", "far")
            if kind != "text":
                insert("infinity", "eve")
            assert published.sync(crm_view, store).rows_written == 3
            warehouse.execute(connection, f"update {table} set score = 2 where customer = 'ann'")
            assert published.sync(crm_view, store).rows_written == 1
            assert scores() == {"ann": 2, "bob": 1, "far": 1}
            insert("2025-03-05", "ann")
            assert published.sync(crm_view, store).rows_written == 1
            assert scores() == {"ann": 1, "bob": 1, "far": 1}
            assert published.sync(crm_view, store).rows_written == 0
            assert store.state(crm_view.full_name).rows_ahead == 1


@pytest.mark.parametrize("ttl", [None, 30 * DAY])
@pytest.mark.parametrize("wrong", [365 * DAY, -365 * DAY])
def test_a_sync_under_a_clock_that_is_a_year_off_loses_nothing_for_good(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, wrong: timedelta, ttl: timedelta | None
) -> None:
    """Profiles whose time to live seemed over are back, and what changed since the wrong sync is copied."""
    crm.view = view(ttl=ttl)
    crm.insert(("ann", NOW - DAY, 1), ("bob", NOW - 2 * DAY, 2))
    crm.sync()
    for score in (3, 4):
        at(monkeypatch, NOW + wrong)
        crm.sync()
        update(crm, "ann", score, f", changed = timestamp '{NOW + timedelta(seconds=score)}'")
        at(monkeypatch, NOW + timedelta(seconds=score))
        crm.sync()
        assert crm.scores() == {"ann": score, "bob": 2}
        assert crm.store.state(crm.view.store_name).failures == 0
    assert crm.sync()[1:] == (0, 0)
