"""The profiles stores: what is written is what is read, whatever happens meanwhile. Each test is of all of them."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from snowplow_signals.errors import LeaseLostError, StoreError, UsageError
from snowplow_signals.stores import Batch, Erasure, Lease, Store, Stored, SyncState, open_store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import PackedStore
from snowplow_signals.stores.sqlite import SQLiteStore

CHANGED = datetime(2025, 3, 1, 12, 30, 15, 123456)
SYNCED = datetime(2025, 3, 2)
LATER = SYNCED + timedelta(days=1)
VIEW = "shop_v1"

Open = Callable[[], PackedStore]


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "profiles.sqlite")
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def store(url: str) -> Iterator[PackedStore]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def other(url: str, store: PackedStore) -> Iterator[PackedStore]:
    """The same store, as another process would have it."""
    with open_store(url) as opened:
        yield opened


def names(store: Store, view: str = VIEW) -> set[str]:
    everybody = ["ann", "bob", "eve", "before", "now", "after", *(f"user-{number}" for number in range(50))]
    return set(store.read(view, everybody))


def put(store: Store, *identifiers: str, view: str = VIEW, at: datetime = SYNCED, lease: Lease | None = None) -> int:
    return store.write(view, [(one, {"n": 1}, CHANGED) for one in identifiers], at, lease)


@pytest.mark.parametrize(
    "value",
    [
        None,
        2**63 - 1,
        -(2**63),
        2**100,
        -0.0,
        0.1,
        1e308,
        5e-324,
        1.0,
        True,
        "",
        "\x00",
        'quotes " and \\',
        "\U0001f600",
        b"",
        b"\x00\xff",
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        date(2025, 1, 31),
        Decimal("12345678901234567890.123"),
        [],
        [1, None, 2.5, "a", b"b", CHANGED, [1]],
        {},
        {"bytes": 1, "time": 2, "": 3},
        {"dict": 1},
    ],
    ids=repr,
)
def test_values_come_back_exactly(store: PackedStore, value: object) -> None:
    put(store, "bob")
    store.write(VIEW, [("ann", {"it": value, "n": 1}, CHANGED)], SYNCED)
    found = store.read(VIEW, ["ann"])["ann"]
    assert found == Stored({"it": value, "n": 1}, CHANGED, SYNCED)
    assert repr(found.values["it"]) == repr(value)


def test_a_kind_of_value_that_no_attribute_has_is_a_bug(store: PackedStore) -> None:
    with pytest.raises(TypeError, match="set is not a kind of value"):
        store.write(VIEW, [("ann", {"a": {1}}, CHANGED)], SYNCED)


def test_what_drivers_give_for_text_is_text(store: PackedStore) -> None:
    one = UUID("00000000-0000-0000-0000-000000000001")
    store.write(VIEW, [("ann", {"id": one}, CHANGED)], SYNCED)
    assert store.read(VIEW, ["ann"])["ann"].values == {"id": str(one)}


def test_views_and_identifiers_are_kept_apart(store: PackedStore) -> None:
    everybody = ["ann", "Ann", "a", "a' or 1=1 --", "\x00", "\x00b", "\u00e9", "e\u0301", " ann", "", "a\nb", "%s", "1"]
    for view in (VIEW, "shop_v2"):
        store.write(view, [(name, {"who": f"{view} {name}"}, CHANGED) for name in everybody], SYNCED)
    found = store.read(VIEW, [*everybody, "nobody"])
    assert {name: one.values["who"] for name, one in found.items()} == {name: f"{VIEW} {name}" for name in everybody}
    assert store.read("shop_v3", everybody) == {}
    assert store.read(VIEW, []) == {}
    assert store.read(VIEW, ["ann", "ann"]).keys() == {"ann"}
    assert store.remove(VIEW, ["ann", "nobody"]) == 1
    assert "ann" not in store.read(VIEW, everybody)
    assert "ann" in store.read("shop_v2", everybody)
    assert (store.count(VIEW), store.count("shop_v2"), store.count("shop_v3")) == (12, 13, 0)


def test_writing_again_replaces_the_profile(store: PackedStore) -> None:
    store.write(VIEW, [("ann", {"a": 1, "b": 2}, CHANGED)], SYNCED)
    assert store.write(VIEW, [("ann", {"a": 3}, LATER)], LATER) == 1
    assert store.read(VIEW, ["ann"]) == {"ann": Stored({"a": 3}, LATER, LATER)}
    store.write(VIEW, [("ann", {"a": 4}, LATER), ("ann", {"a": 5}, LATER)], LATER)
    assert store.read(VIEW, ["ann"])["ann"].values == {"a": 5}


def test_a_batch_is_written_as_rows_are(store: PackedStore, other: PackedStore) -> None:
    records = [(f"user-{number}", CHANGED, number, None, "x") for number in range(store.batch_rows + 10)]
    assert store.write_batch(VIEW, Batch(("a", "b", "c"), records), SYNCED) == len(records)
    assert store.count(VIEW) == len(records)
    assert store.write_batch(VIEW, Batch(("a",), []), SYNCED) == 0
    expected = Stored({"a": 7, "b": None, "c": "x"}, CHANGED, SYNCED)
    assert other.read(VIEW, ["user-7"]) == {"user-7": expected}  # who reads has not seen the names before


def test_more_identifiers_than_a_statement_holds(store: PackedStore) -> None:
    many = [f"user-{number}" for number in range(11_000)]
    assert store.write(VIEW, ((name, {"n": 1}, CHANGED) for name in many), SYNCED) == 11_000
    assert len(store.read(VIEW, many)) == 11_000
    assert store.remove(VIEW, iter(many)) == 11_000
    assert store.count(VIEW) == 0


def test_keeping_only_what_was_written_at_one_moment(store: PackedStore) -> None:
    many = [f"user-{number}" for number in range(12_000)]
    store.write(VIEW, ((name, {}, CHANGED) for name in many), SYNCED - timedelta(microseconds=1))
    put(store, "now", *many[:5])
    put(store, "after", at=LATER)
    put(store, "other", view="shop_v2", at=LATER)
    assert store.keep_only(VIEW, SYNCED) == 11_996
    assert names(store) == {"now", *many[:5]}
    assert store.count("shop_v2") == 1
    assert store.keep_only("shop_v3", SYNCED) == 0


def test_pruning_what_changed_before_a_moment(store: PackedStore) -> None:
    moments = {"before": datetime(1969, 1, 1), "now": CHANGED, "after": LATER}
    store.write(VIEW, [(name, {}, moment) for name, moment in moments.items()], SYNCED)
    assert store.prune(VIEW, CHANGED) == 1
    assert store.prune(VIEW, CHANGED + timedelta(microseconds=1)) == 1
    assert names(store) == {"after"}


def test_moments_with_a_zone_are_taken_to_utc(store: PackedStore) -> None:
    there = CHANGED.replace(tzinfo=UTC).astimezone(timezone(timedelta(hours=5)))
    store.write(VIEW, [("ann", {"at": there}, there)], SYNCED)
    found = store.read(VIEW, ["ann"])["ann"]
    assert (found.changed_at, found.values["at"]) == (CHANGED, CHANGED)


def test_states_are_kept(store: PackedStore, other: PackedStore) -> None:
    assert store.state(VIEW) == SyncState(VIEW)
    assert store.states() == []
    store.declare(VIEW, "user_id")
    assert store.states() == []
    full = SyncState(
        VIEW, "user_id", "a.b", CHANGED, 3, settled=(4, 5), pruned_before=SYNCED, started_at=SYNCED, finished_at=LATER,
        seconds=1.5, rows_changed=1, rows_written=2, rows_removed=3, rows_unusable=4, profiles=5, suppressed=6,
        failures=7, error="why", failed_at=LATER, retry_at=LATER,
    )  # fmt: skip
    store.set_state(full)
    store.set_state(SyncState("Shop_v2"))
    assert other.state(VIEW) == full
    assert other.states() == [SyncState("Shop_v2"), full]


def test_a_state_of_a_later_version_is_read() -> None:
    text = SyncState(VIEW, rows_written=4).to_text().replace('"view"', '"new": 1, "view"')
    assert SyncState.from_text(text) == SyncState(VIEW, rows_written=4)


def test_a_batch_is_written_as_a_whole_or_not_at_all(store: PackedStore) -> None:
    def rows() -> Iterator:
        for number in range(store.batch_rows + 10):
            yield f"user-{number}", {}, CHANGED
        raise RuntimeError("the warehouse went away")

    with pytest.raises(RuntimeError, match="went away"):
        store.write(VIEW, rows(), SYNCED)
    assert store.count(VIEW) == store.batch_rows


def test_others_read_while_one_writes(store: PackedStore, other: PackedStore) -> None:
    put(store, "ann")
    seen: list[set[int]] = []

    def rows() -> Iterator:
        for number in range(3 * store.batch_rows):
            if number % 500 == 0:
                seen.append({stored.values["n"] for stored in other.read(VIEW, ["ann"]).values()})
            yield ("ann" if number == 0 else f"user-{number}"), {"n": 2}, CHANGED

    store.write(VIEW, rows(), SYNCED)
    assert seen[0] == {1}
    assert seen[-1] == {2}
    assert all(len(values) == 1 for values in seen)


def test_threads_share_a_store(store: PackedStore) -> None:
    failures: list[Exception] = []

    def work(thread: int) -> None:
        try:
            for number in range(20):
                put(store, f"{thread}-{number}")
                assert store.read(VIEW, [f"{thread}-{number}"])
        except (StoreError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.count(VIEW) == 80


class TestErasing:
    def test_many_are_erased_and_restored_in_few_transactions(
        self, store: PackedStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        people = [f"user-{number}" for number in range(1_200)]
        for view in (VIEW, "other_v1"):
            store.declare(view, "user_id")
            put(store, *people, view=view)
        asked = []
        for name in ("_erase", "_restore"):
            done = getattr(type(store), name)

            def counted(self: PackedStore, *given: Any, name: str = name, done: Callable = done) -> Any:
                asked.append(name)
                return done(self, *given)

            monkeypatch.setattr(type(store), name, counted)
        erased = people[:1_100]
        assert store.erase_all(dict.fromkeys(erased, 1), SYNCED, key="user_id") == 2_200
        assert store.erase_all(dict.fromkeys([*erased[:3], "nobody"], 5), LATER, key="user_id") == 0
        assert {one.version for one in store.erasures()} == {1, 5}
        assert len(store.erasures()) == 1_101
        assert put(store, *people) == 100
        assert store.suppressed(VIEW) == 1_100
        assert store.restore_all(dict.fromkeys(people, 0), key="user_id") == set(erased)
        assert store.restore_all({people[0]: 0, "somebody": 0}, key="user_id") == set()
        assert asked == ["_erase"] * 4 + ["_restore"] * 4
        assert (store.suppressed(VIEW), store.suppressed("other_v1")) == (0, 0)
        assert len(store.erasures()) == 1  # nobody
        assert put(store, *people) == 1_200

    def test_who_was_erased_from_a_view_does_not_come_back(self, store: PackedStore, other: PackedStore) -> None:
        put(store, "ann", "bob")
        put(store, "ann", view="shop_v2")
        assert store.erase("ann", SYNCED, view=VIEW) == 1
        assert names(store) == {"bob"}
        assert names(store, "shop_v2") == {"ann"}
        assert put(other, "ann", "bob", "eve", at=LATER) == 2
        assert names(store) == {"bob", "eve"}
        assert (store.count(VIEW), store.suppressed(VIEW)) == (2, 1)
        batch = Batch(("n",), [(one, CHANGED, 1) for one in ("ann", "eve")])
        assert other.write_batch(VIEW, batch, LATER) == 1
        assert names(store) == {"bob", "eve"}

    def test_a_key_means_all_its_views(self, store: PackedStore, other: PackedStore) -> None:
        for view, key in ((VIEW, "user_id"), ("shop_v2", "user_id"), ("visits_v1", "session_id")):
            store.declare(view, key)
            put(store, "ann", view=view)
        assert other.erase("ann", SYNCED, key="user_id") == 2
        assert [names(store, view) for view in (VIEW, "shop_v2", "visits_v1")] == [set(), set(), {"ann"}]
        store.declare("shop_v3", "user_id")
        for view in (VIEW, "shop_v3", "visits_v1"):
            put(store, "ann", view=view)
        assert [names(store, view) for view in (VIEW, "shop_v3", "visits_v1")] == [set(), set(), {"ann"}]

    def test_the_identifier_is_not_kept(self, store: PackedStore) -> None:
        put(store, "ann")
        store.erase("ann", SYNCED, view=VIEW)
        store.erase("ann", LATER, view=VIEW)
        store.erase("nobody", LATER, key="user_id")
        first, second = store.erasures()
        assert (first.scope, first.erased_at) == (VIEW, SYNCED)
        assert (second.scope, second.erased_at) == ("key:user_id", LATER)
        assert b"ann" not in first.digest
        assert len({first.digest, second.digest}) == 2

    def test_an_erasure_can_be_taken_back(self, store: PackedStore) -> None:
        store.declare(VIEW, "user_id")
        put(store, "ann")
        store.erase("ann", SYNCED, key="user_id")
        assert store.suppressed(VIEW) == 1
        assert not store.restore("ann", view=VIEW)
        assert store.restore("ann", key="user_id")
        assert not store.restore("ann", key="user_id")
        assert (store.suppressed(VIEW), store.erasures()) == (0, [])
        assert put(store, "ann") == 1

    def test_suppressed_ones_are_of_the_rows_that_are_there(self, store: PackedStore) -> None:
        for one in ("ann", "bob", "eve"):
            store.erase(one, SYNCED, view=VIEW)
        put(store, "ann", "bob", "eve")
        assert store.suppressed(VIEW) == 3
        store.remove(VIEW, ["ann"])
        assert store.suppressed(VIEW) == 2
        put(store, "eve", at=LATER)
        store.keep_only(VIEW, LATER)
        assert store.suppressed(VIEW) == 1

    def test_erasures_are_carried_to_another_store(self, store: PackedStore, tmp_path: Path) -> None:
        store.erase("ann", SYNCED, view=VIEW)
        with open_store(tmp_path / "new.sqlite") as new:
            for _ in range(2):
                new.add_erasures(store.erasures())
            assert new.erasures() == store.erasures()
            store.add_erasures(new.erasures())
            assert put(new, "ann", "bob") == 1

    def test_while_a_sync_writes(self, store: PackedStore, other: PackedStore) -> None:
        def rows() -> Iterator:
            for number in range(3 * store.batch_rows):
                if number == store.batch_rows + 5:
                    other.erase("user-3", SYNCED, view=VIEW)  # written in the batch before
                    other.erase(f"user-{store.batch_rows + 2}", SYNCED, view=VIEW)  # in this one
                    other.erase(f"user-{store.batch_rows + 20}", SYNCED, view=VIEW)  # later in it
                yield f"user-{number}", {}, CHANGED

        assert store.write(VIEW, rows(), SYNCED) == 3 * store.batch_rows - 2
        assert store.count(VIEW) == 3 * store.batch_rows - 3
        gone = ["user-3", f"user-{store.batch_rows + 2}", f"user-{store.batch_rows + 20}"]
        assert store.read(VIEW, gone) == {}

    def test_from_nothing_in_particular(self, store: PackedStore) -> None:
        for wrong in ({}, {"view": VIEW, "key": "user_id"}):
            with pytest.raises(UsageError, match="name one of the two"):
                store.erase("ann", SYNCED, **wrong)


class TestLeases:
    def test_one_holds_it(self, store: PackedStore, other: PackedStore) -> None:
        held = store.acquire("sync", 30)
        assert held is not None
        assert other.acquire("sync", 30) is None
        assert other.is_held("sync")
        assert not other.is_held("another")
        assert other.acquire("another", 30) is not None
        assert store.renew(held, 30)
        store.release(held)
        store.release(held)
        assert not store.renew(held, 30)
        assert other.acquire("sync", 30) is not None

    def test_it_ends_by_itself(self, store: PackedStore, other: PackedStore) -> None:
        held = store.acquire("sync", 0.05)
        threading.Event().wait(0.1)
        assert not other.is_held("sync")
        taken = other.acquire("sync", 30)
        assert taken is not None
        assert not store.renew(held, 30)
        store.release(held)
        assert other.renew(taken, 30)

    def test_who_lost_it_writes_nothing(self, store: PackedStore, other: PackedStore) -> None:
        lost = store.acquire("sync", 0.05)
        assert put(store, "ann", lease=lost) == 1
        threading.Event().wait(0.1)
        held = other.acquire("sync", 30)
        with pytest.raises(LeaseLostError, match=r"lease 'sync' .* was lost"):
            put(store, "bob", lease=lost)
        with pytest.raises(LeaseLostError):
            store.write_batch(VIEW, Batch(("n",), [("bob", CHANGED, 1)]), SYNCED, lost)
        with pytest.raises(LeaseLostError):
            store.remove(VIEW, ["ann"], lost)
        with pytest.raises(LeaseLostError):
            store.keep_only(VIEW, LATER, lost)
        with pytest.raises(LeaseLostError):
            store.prune(VIEW, LATER, lost)
        with pytest.raises(LeaseLostError):
            store.set_state(SyncState(VIEW), lost)
        assert names(store) == {"ann"}
        assert store.states() == []
        assert put(other, "bob", lease=held) == 1

    def test_renewing_meanwhile_disturbs_nothing(self, store: PackedStore, other: PackedStore) -> None:
        held = store.acquire("sync", 30)

        def rows() -> Iterator:
            for number in range(2 * store.batch_rows):
                if number % 500 == 0:
                    assert other.renew(held, 30)
                yield f"user-{number}", {}, CHANGED

        assert store.write(VIEW, rows(), SYNCED, held) == 2 * store.batch_rows

    def test_one_whose_process_ended_holds_nothing(
        self, store: PackedStore, other: PackedStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert store.acquire("sync", 30) is not None
        monkeypatch.setattr(f"{type(store).__module__}.is_gone", lambda holder: True)
        taken = other.acquire("sync", 30)
        assert taken is not None
        assert put(other, "ann", lease=taken) == 1

    def test_a_lease_that_was_taken_while_the_clock_was_ahead(
        self, store: PackedStore, other: PackedStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """SQLite has the clock of its machine; the others have their own, which is not put back."""
        ahead = time.time() + 366 * 86_400
        with monkeypatch.context() as patch:
            patch.setattr("snowplow_signals.stores.sqlite.time.time", lambda: ahead)
            held = store.acquire("sync", 30)
        if isinstance(store, SQLiteStore):
            assert not other.is_held("sync")
            assert other.acquire("sync", 30) is not None
        else:
            assert store.renew(held, 30)


def test_identifiers_of_any_length(store: PackedStore) -> None:
    """An index of PostgreSQL takes 2,704 bytes that do not compress."""
    letters = random.Random(7)
    wide, long, other = ("".join(chr(letters.randrange(0x1F300, 0x1F600)) for _ in range(1_000)) for _ in range(3))
    assert put(store, "ann", wide, long, other, "\u00ff") == 5
    assert set(store.read(VIEW, ["ann", wide, long, "nobody" * 1_000])) == {"ann", wide, long}
    assert store.remove(VIEW, [long]) == 1
    store.erase(wide, LATER, view=VIEW)
    assert put(store, wide, long) == 1
    assert set(store.read(VIEW, ["ann", wide, long, other])) == {"ann", long, other}
    assert store.add_erasures([Erasure(VIEW, erasure_digest(other), LATER)]) == 1
    assert set(store.read(VIEW, ["ann", long, other, "\u00ff"])) == {"ann", long, "\u00ff"}


def test_some_identifiers_are_listed(store: PackedStore) -> None:
    everybody = [f"user-{number}" for number in range(50)]
    assert store.some(VIEW, 3) == []
    put(store, *everybody)
    put(store, "somebody else", view="other_v1")
    found = store.some(VIEW, 7)
    assert len(found) == 7
    assert set(found) <= set(everybody)
    assert found == sorted(found)
    put(store, "long" * 3_000)  # which PostgreSQL keeps by its digest
    assert {*everybody} == {*store.some(VIEW, 100)} - {"long" * 3_000}
