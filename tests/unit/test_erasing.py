"""Stores and the ledger agree on who was erased: several at once, while people are restored, while a store is away."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis
from tests.unit.erasures import AT, EVERYBODY, KEY, VIEW, Place, names, put

from snowplow_signals.errors import BusyError, StoreError
from snowplow_signals.registry.erasures import Erasures, erasure_file
from snowplow_signals.stores import open_store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import PackedStore
from snowplow_signals.stores.postgres_tables import MIGRATIONS as POSTGRES
from snowplow_signals.stores.sqlite_tables import MIGRATIONS as SQLITE
from snowplow_signals.stores.sqlite_tables import migrate as migrate_sqlite
from snowplow_signals.sync import erasing
from snowplow_signals.sync.erasing import agree, erase, restore


def test_a_restore_that_comes_while_they_agree_is_not_undone(
    place: Place, ledger: Erasures, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place.store, *EVERYBODY)
    erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
    digest = erasure_digest("user-1")
    ledger.erase(f"key:{KEY}", [digest], AT)  # this store has not heard of it

    def meanwhile(log: object, position: int) -> Iterator:
        for reached, some in before(log, position):
            for one in ("user-0", "user-1"):
                restore(place.store, one, key=KEY, ledger=ledger)
            yield reached, some

    before = erasing.pages
    monkeypatch.setattr(erasing, "pages", meanwhile)
    agree(place.store, ledger)
    monkeypatch.undo()
    agree(place.store, ledger)
    assert "user-1" in names(place.store)
    assert put(place.store, *EVERYBODY) == 20
    assert (place.store.erasures(), ledger.all()) == ([], [])


def test_a_restore_that_comes_while_they_are_removed(
    place: Place, ledger: Erasures, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(place.store, *EVERYBODY)
    ledger.erase(f"key:{KEY}", [erasure_digest(one) for one in ("user-0", "user-1")], AT)
    before = type(place.store)._identifiers

    def meanwhile(self: PackedStore, view: str) -> Iterator[list[str]]:
        for some in before(self, view):
            restore(self, "user-0", key=KEY, ledger=ledger)
            yield some

    monkeypatch.setattr(type(place.store), "_identifiers", meanwhile)
    assert agree(place.store, ledger) == 1
    assert names(place.store) == set(EVERYBODY) - {"user-1"}


def test_several_stores_and_one_ledger(place: Place, ledger: Erasures, tmp_path: Path) -> None:
    with open_store(tmp_path / "other.sqlite") as other:
        for store in (place.store, other):
            put(store, *EVERYBODY)
        erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
        erase(other, "user-1", AT, key=KEY)  # the ledger is told by `agree`
        assert [agree(store, ledger) for store in (other, place.store)] == [1, 1]
        assert names(other) == names(place.store) == set(EVERYBODY[2:])
        assert restore(other, "user-0", key=KEY, ledger=ledger)
        agree(place.store, ledger)
        assert put(place.store, "user-0") == 1


def test_a_store_that_was_copied_is_another(tmp_path: Path, ledger: Erasures) -> None:
    with open_store(tmp_path / "one.sqlite") as one:
        put(one, *EVERYBODY)
        agree(one, ledger)
    shutil.copy(tmp_path / "one.sqlite", tmp_path / "two.sqlite")
    with open_store(tmp_path / "one.sqlite") as one, open_store(tmp_path / "two.sqlite") as two:
        for number in range(3):
            erase(one, f"user-{number}", AT, key=KEY, ledger=ledger)
            for store in (one, two):
                agree(store, ledger)
        assert names(one) == names(two) == set(EVERYBODY[3:])
        assert one.standing().agreement.store != two.standing().agreement.store
        assert erasing._agree_already(one, ledger)
        assert erasing._agree_already(two, ledger)


def test_only_one_process_tells_them(place: Place, ledger: Erasures) -> None:
    with open_store(place.url) as other:
        held = other.acquire(erasing.AGREEING, 30)
        with pytest.raises(BusyError, match="is updating the erasures"):
            agree(place.store, ledger, seconds=0)
        other.release(held)
        agree(place.store, ledger)
        assert agree(place.store, ledger, seconds=0) == 0


def test_all_identifiers_are_found_again(place: Place, ledger: Erasures) -> None:
    odd = ["", "\x00", "a\x00b", "\x00b", "é", "\U0001f600", " ", "a" * 500, *(f"user-{n}" for n in range(3_000))]
    put(place.store, *odd)
    ledger.erase(f"key:{KEY}", [erasure_digest(one) for one in odd[:9]], AT)
    assert agree(place.store, ledger) == 9
    assert place.store.count(VIEW) == len(odd) - 9


def test_erasures_of_an_earlier_layout_are_kept(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    digest, other = erasure_digest("user-0"), erasure_digest("user-1")
    with psycopg.connect(postgres_url) as connection:
        connection.execute("create table signals_store (layout integer not null)")
        connection.execute(POSTGRES[0])
        connection.execute("insert into signals_store values (1)")
        connection.execute("insert into signals_store_erased values (%s, %s, 5)", (f"key:{KEY}", digest))
    file = tmp_path / "before.sqlite"
    with sqlite3.connect(file) as before:
        migrate_sqlite(before, str(file), SQLITE[:2])
        before.execute("insert into erased values (?, ?, 5)", (f"key:{KEY}", digest))
    before.close()
    redis.Redis.from_url(redis_url).hset(f"signals:erased:key:{KEY}", digest, 5)
    for number, url in enumerate((postgres_url, str(file), redis_url)):
        with open_store(url) as store, erasure_file(tmp_path / str(number)) as ledger:
            assert put(store, "user-0", "user-1") == 1
            ledger.erase(f"key:{KEY}", [other], AT)
            assert agree(store, ledger) == 1
            assert {one.digest for one in ledger.all()} == {digest, other}
            assert restore(store, "user-0", key=KEY, ledger=ledger)
            agree(store, ledger)
            assert put(store, "user-0", "user-1") == 1


def test_an_erasure_while_the_store_is_away_is_made_up_for(place: Place, ledger: Erasures) -> None:
    put(place.store, *EVERYBODY)

    def away(*_: object, **__: object) -> int:
        raise StoreError("away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(place.store), "_erase", away)
        with pytest.raises(StoreError):
            erase(place.store, "user-0", AT + timedelta(days=1), key=KEY, ledger=ledger)
    assert agree(place.store, ledger) == 1
    assert "user-0" not in names(place.store)
