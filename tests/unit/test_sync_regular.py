"""When published views are synced, and what happens when something is away. The views' tables are made up here."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest

from snowplow_signals import BatchSource, Entity, Field, View
from snowplow_signals.errors import RegistryError, RunError, SourceError, StoreError
from snowplow_signals.stores import Batch, Store, open_store
from snowplow_signals.stores.sqlite import SQLiteStore
from snowplow_signals.sync import copying, regular
from snowplow_signals.sync.copying import UNUSABLE_VALUES, SyncProgress, SyncResult, sync_view
from snowplow_signals.sync.regular import RegularSync, standings
from snowplow_signals.sync.sources import Look, Span

T = datetime(2025, 3, 1)
MINUTE = timedelta(minutes=1)


def view(name: str, **more: object) -> View:
    source = BatchSource(name=name, schema="crm", table=name, timestamp_field="changed")
    fields = [Field(name="n", type="int64")]
    return View(
        name=name, version=1, entity=Entity(name="customer"), offline=True, fields=fields, batch_source=source,
        owner="owner@example.com", **more,
    )  # fmt: skip


class MadeUp:
    """A source of some rows that never change."""

    name = "made.up"
    has_one_time_per_run = True

    def __init__(self, rows: int = 3) -> None:
        self.rows = rows

    def look(self, since: datetime | None, until: datetime) -> Look:
        return Look(T, self.rows, self.rows, furthest=T)

    def rows_between(self, start: datetime, end: datetime) -> int:
        return self.rows

    def count(self, span: Span) -> int:
        return self.rows if span.after is None else 0

    def unreadable(self, span: Span) -> dict[str, int]:
        return {}

    def batches(self, span: Span, *, packed: bool = False, bulk_start: bytes | None = None) -> Iterator[Batch]:
        if span.after is None:
            for number in range(self.rows):
                yield Batch(("n",), [(f"user-{number}", T, number)])

    def gone(self, span: Span) -> None:
        return None


class Setup:
    """Views and their sources, a store, a clock."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.at = T
        self.views = [view("one"), view("two")]
        self.failures: dict[str, Exception] = {}
        self.synced: list[str] = []
        self.logged: list[str] = []
        self.rows = 3
        for module in (copying, regular):
            monkeypatch.setattr(module, "now", lambda: self.at)
        self.regular = self.another()

    def another(self) -> RegularSync:
        """One view at a time, so that it is known which comes first."""
        return RegularSync(self.published, self.opened, self.sync, 5 * MINUTE, self.logged.append, at_once=1)

    def published(self) -> list[View]:
        if "registry" in self.failures:
            raise self.failures["registry"]
        return self.views

    def opened(self) -> Store:
        if "store" in self.failures:
            raise self.failures["store"]
        return self.store

    def sync(self, one: View, store: Store, progress: SyncProgress | None) -> SyncResult:
        def source() -> MadeUp:
            self.synced.append(one.name)
            if one.name in self.failures:
                raise self.failures[one.name]
            return MadeUp(self.rows)

        return sync_view(one, store, source, progress)

    def round(self, later: timedelta = timedelta()) -> list[str]:
        self.at += later
        self.synced.clear()
        self.regular.round()
        return list(self.synced)

    def doing(self) -> dict[str, str]:
        return {one.view: one.doing for one in self.regular.status()}


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    with open_store(tmp_path / "profiles.sqlite") as store:
        yield Setup(store, monkeypatch)


def test_each_view_at_its_interval(setup: Setup) -> None:
    setup.views.append(view("often", refresh_rate=MINUTE))
    assert setup.doing() == dict.fromkeys(["one_v1", "two_v1", "often_v1"], "never synced")
    assert setup.round() == ["one", "two", "often"]
    assert setup.logged == [f"{name}_v1: 3 changed, 3 written, 0 removed, in 0.0 s" for name in ("one", "two", "often")]
    assert setup.round() == []
    assert setup.round(MINUTE) == ["often"]
    assert setup.round(3 * MINUTE) == ["often"]
    assert setup.round(MINUTE) == ["one", "two", "often"]
    assert set(setup.doing().values()) == {"up to date"}
    assert len(setup.logged) == 3  # nothing was changed: no line
    assert setup.store.count("one_v1") == 3


def test_a_failing_view_waits_longer_each_time_and_keeps_nobody(setup: Setup) -> None:
    setup.failures["one"] = RunError("the warehouse is away")
    tried = []
    for second in range(0, 600, 5):
        tried += [second] if "one" in setup.round(timedelta(seconds=5 if second else 0)) else []
    assert tried == [0, 10, 30, 70, 150, 310]
    assert setup.doing() == {"one_v1": "failing", "two_v1": "up to date"}
    standing = setup.regular.status()[0]
    assert (standing.state.failures, standing.state.error) == (6, "the warehouse is away")
    assert standing.due_at == T + timedelta(seconds=310 + 320)
    assert setup.logged.count("one_v1: the warehouse is away") == 6
    del setup.failures["one"]
    assert setup.round(timedelta(minutes=10)) == ["two", "one"]
    assert setup.doing() == {"one_v1": "up to date", "two_v1": "up to date"}
    assert setup.store.state("one_v1").error is None


@pytest.mark.parametrize("is_failing", [False, True])
def test_a_clock_that_was_ahead_keeps_nobody(setup: Setup, is_failing: bool) -> None:
    """What was synced, or failed, under a clock of next year is due as soon as the clock is right again."""
    if is_failing:
        setup.failures["one"] = RunError("the warehouse is away")
    assert setup.round(timedelta(days=365)) == ["one", "two"]
    setup.failures.clear()
    assert setup.round(-timedelta(days=365)) == ["one", "two"]
    assert setup.round() == []
    assert setup.round(5 * MINUTE) == ["one", "two"]
    assert set(setup.doing().values()) == {"up to date"}


def test_clocks_that_differ_by_seconds_cost_nothing(setup: Setup) -> None:
    setup.round(timedelta(seconds=5))
    assert setup.round(-timedelta(seconds=5)) == []


@pytest.mark.parametrize(
    "error",
    [OverflowError("date value out of range"), RecursionError(), MemoryError(), AssertionError("x"), KeyError(1)],
)
def test_whatever_goes_wrong_with_a_view_is_its_failure(setup: Setup, error: Exception) -> None:
    """Counted, logged with its reason, tried again with pauses; the others go on."""
    setup.failures["one"] = error
    assert setup.round() == ["one", "two"]
    assert setup.doing() == {"one_v1": "failing", "two_v1": "up to date"}
    state = setup.store.state("one_v1")
    assert state.failures == 1
    assert f"one_v1 could not be synced: {type(error).__name__}" in state.error
    assert setup.round(timedelta(seconds=10)) == ["one"]
    assert setup.round(timedelta(seconds=10)) == []
    del setup.failures["one"]
    assert setup.round(timedelta(minutes=1)) == ["one"]
    assert set(setup.doing().values()) == {"up to date"}


def test_a_fault_outside_of_any_view_is_logged_and_tried_again(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that looks for what is due does not end."""
    rounds = 0

    def published() -> list[View]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise ZeroDivisionError
        setup.regular.ask_to_stop()
        return []

    monkeypatch.setattr(regular, "LOOK_SECONDS", 0.01)
    setup.regular = RegularSync(published, setup.opened, setup.sync, timedelta(seconds=0.01), setup.logged.append)
    setup.regular.run()
    assert rounds == 2
    assert "ZeroDivisionError" in setup.logged[0]


@pytest.mark.parametrize("are_read_again", [False, True])
def test_rows_that_the_store_cannot_hold_are_left_out_and_counted(
    setup: Setup, monkeypatch: pytest.MonkeyPatch, are_read_again: bool
) -> None:
    """Once, also where each sync reads the rows of the last hour again; and the whole table is copied once."""
    deep: list = []
    for _ in range(2_000):
        deep = [deep]
    records = [
        ("ann", T, 1), ("b" * 3_000, T, 2), ("eve", T, deep), ("kim", T, {1, 2}), ("half\ud800", T, 3),
        ("lee", T, timedelta(days=1, seconds=2)), ("max", T, clock(12, 30)),
    ]  # fmt: skip
    monkeypatch.setattr(SQLiteStore, "identifier_bytes", 2_400)
    wholes = []

    def batches(self: MadeUp, span: Span, packed: bool, bulk_start: bytes | None) -> Iterator[Batch]:
        wholes.append(span.after is None)
        return iter([Batch(("n",), records)] if span.after is None or span.again else [])

    monkeypatch.setattr(MadeUp, "batches", batches)
    monkeypatch.setattr(MadeUp, "has_one_time_per_run", not are_read_again)
    setup.views = setup.views[:1]
    setup.rows = len(records)
    for _ in range(3):
        setup.round()
        state = setup.store.state("one_v1")
        assert (state.failures, state.rows_unusable, state.profiles) == (0, 2, 5), state.error
        assert state.values_nulled == {f"n: {UNUSABLE_VALUES}": 2}
        setup.at += 5 * MINUTE
    assert wholes == [True, False, False]
    found = setup.store.read("one_v1", ["ann", "eve", "kim", "lee", "max"])
    assert {name: one.values["n"] for name, one in found.items()} == {
        "ann": 1, "eve": None, "kim": None, "lee": "P1DT2S", "max": "12:30:00"
    }  # fmt: skip


def test_pauses_have_an_end(setup: Setup) -> None:
    setup.failures["one"] = SourceError("no table")
    for _ in range(30):
        setup.round(timedelta(hours=1))
    state = setup.store.state("one_v1")
    assert (state.failures, state.retry_at - state.failed_at) == (30, timedelta(minutes=15))


@pytest.mark.parametrize(("what", "error"), [("registry", RegistryError("gone")), ("store", StoreError("gone"))])
def test_when_the_registry_or_the_store_is_away(setup: Setup, what: str, error: Exception) -> None:
    setup.failures[what] = error
    assert setup.round() == []
    assert setup.round() == []
    assert setup.logged == ["nothing is synced: gone"]
    assert setup.regular.trouble == "gone"
    setup.failures.clear()
    assert setup.round() == ["one", "two"]
    assert setup.regular.trouble is None


def test_a_store_that_goes_away_in_between(setup: Setup) -> None:
    setup.failures["one"] = StoreError("connection lost")
    assert setup.round() == ["one", "two"]
    assert setup.store.count("two_v1") == 3


def test_two_processes_share_the_work(setup: Setup) -> None:
    other = setup.another()
    assert setup.round() == ["one", "two"]
    other.round()
    assert setup.synced == ["one", "two"]  # the other one knows that they were synced
    setup.at += 5 * MINUTE
    lease = setup.store.acquire("sync:one_v1", 30)
    assert setup.doing()["one_v1"] == "syncing"
    assert setup.round() == ["two"]
    setup.store.release(lease)
    assert setup.round() == ["one"]


def test_a_view_that_is_no_longer_published(setup: Setup) -> None:
    setup.round()
    del setup.views[0]
    assert setup.round(5 * MINUTE) == ["two"]
    assert [one.view for one in standings(setup.views, setup.store)] == ["two_v1"]


def test_the_view_that_is_due_longest_comes_first(setup: Setup) -> None:
    setup.round()
    setup.at += 4 * MINUTE
    setup.store.set_state(copying.failed(setup.store.state("two_v1"), RunError("x"), setup.at))
    assert setup.round(2 * MINUTE) == ["two", "one"]


def test_it_stops_between_two_batches(setup: Setup) -> None:
    setup.rows = 1_000
    stopping = setup.regular

    class Stopping:
        def __init__(self) -> None:
            self.lines = 0

        def __call__(self, line: str) -> None:
            stopping.ask_to_stop()

    regular.LOG_EVERY, before = 0.0, regular.LOG_EVERY
    try:
        setup.regular._log = Stopping()
        setup.round()
    finally:
        regular.LOG_EVERY = before
    assert 0 < setup.store.count("one_v1") < 1_000
    state = setup.store.state("one_v1")
    assert (state.failures, state.finished_at) == (0, None)
    assert setup.store.count("two_v1") == 0
    setup.regular = setup.another()
    setup.round()
    assert setup.store.count("one_v1") == 1_000


def test_a_source_that_hangs_does_not_keep_the_others(tmp_path: Path) -> None:
    views = [view("hangs"), view("one"), view("two")]
    go, synced = threading.Event(), threading.Semaphore(0)
    with open_store(tmp_path / "profiles.sqlite") as store:

        def sync(one: View, store: Store, progress: SyncProgress | None) -> SyncResult:
            if one.name == "hangs":
                assert go.wait(30)
            result = sync_view(one, store, MadeUp, progress)
            synced.release()
            return result

        regularly = RegularSync(lambda: views, lambda: store, sync, timedelta(seconds=0.2), at_once=2)
        regularly.start()
        for _ in range(6):
            assert synced.acquire(timeout=30)
        assert [store.count(f"{name}_v1") for name in ("hangs", "one", "two")] == [0, 3, 3]
        go.set()
        while store.count("hangs_v1") < 3:
            assert synced.acquire(timeout=30)
        regularly.stop()


def test_in_a_thread(tmp_path: Path) -> None:
    done = threading.Event()
    with open_store(tmp_path / "profiles.sqlite") as store:

        def sync(one: View, store: Store, progress: SyncProgress | None) -> SyncResult:
            result = sync_view(one, store, MadeUp, progress)
            done.set()
            return result

        regularly = RegularSync(lambda: [view("one")], lambda: store, sync)
        regularly.start()
        regularly.start()
        assert done.wait(30)
        regularly.stop()
        regularly.stop()
        assert store.count("one_v1") == 3
        assert [one.doing for one in regularly.status()] == ["up to date"]
