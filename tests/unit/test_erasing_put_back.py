"""Who was erased stays erased, whichever store or ledger is put back as it was before."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from tests.unit.erasures import AT, EVERYBODY, KEY, VIEW, Place, names, put

from snowplow_signals.registry.erasures import Erasures, erasure_file
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.sync.erasing import agree, erase, restore


class TestAStoreThatIsPutBack:
    def test_from_before_an_erasure(self, place: Place, ledger: Erasures) -> None:
        put(place.store, *EVERYBODY)
        put(place.store, *EVERYBODY, view="shop_v2")
        erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
        agree(place.store, ledger)
        place.save()
        erase(place.store, "user-1", AT, key=KEY, ledger=ledger)
        erase(place.store, "user-2", AT, view=VIEW, ledger=ledger)
        agree(place.store, ledger)
        place.put_back()
        assert {"user-1", "user-2"} <= names(place.store)
        assert agree(place.store, ledger) == 3
        assert names(place.store) == set(EVERYBODY[3:])
        assert names(place.store, "shop_v2") == set(EVERYBODY[2:])
        assert place.store.suppressed(VIEW) == 3
        assert put(place.store, *EVERYBODY) == 17
        assert agree(place.store, ledger) == 0

    def test_and_that_went_on_past_its_former_position(self, place: Place, ledger: Erasures) -> None:
        """What it knows now has the numbers of what it knew: the token tells."""
        put(place.store, *EVERYBODY)
        place.save()
        for number in range(3):
            erase(place.store, f"user-{number}", AT, key=KEY, ledger=ledger)
        agree(place.store, ledger)
        place.put_back()
        for number in range(3, 10):
            place.store.erase(f"user-{number}", AT, key=KEY)  # without the ledger
        assert agree(place.store, ledger) == 3
        assert names(place.store) == set(EVERYBODY[10:])
        assert len(ledger.all()) == 10

    def test_before_a_restore(self, place: Place, ledger: Erasures) -> None:
        put(place.store, *EVERYBODY)
        erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
        agree(place.store, ledger)
        place.save()
        assert restore(place.store, "user-0", key=KEY, ledger=ledger)
        place.put_back()
        assert put(place.store, "user-0") == 0
        agree(place.store, ledger)
        assert put(place.store, "user-0") == 1
        assert place.store.suppressed(VIEW) == 0

    def test_while_it_is_removing(self, place: Place, ledger: Erasures, monkeypatch: pytest.MonkeyPatch) -> None:
        """Killed after it was told, and before anybody was removed: the next one goes on."""
        put(place.store, *EVERYBODY)
        ledger.erase(f"key:{KEY}", [erasure_digest("user-0")], AT)
        with monkeypatch.context() as patch:
            patch.setattr(type(place.store), "_withdraw", lambda *_: 1 / 0)
            for _ in range(2):
                with pytest.raises(ZeroDivisionError):
                    agree(place.store, ledger)
        assert names(place.store) == set(EVERYBODY)
        assert put(place.store, "user-0") == 0  # though nobody new comes in
        assert agree(place.store, ledger) == 1
        assert names(place.store) == set(EVERYBODY[1:])

    def test_emptied(self, place: Place, ledger: Erasures) -> None:
        """A Redis without a disk."""
        place.save()
        put(place.store, "user-0")
        erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
        agree(place.store, ledger)
        place.put_back()
        agree(place.store, ledger)
        assert put(place.store, "user-0", "user-1") == 1


class TestAPartThatIsLost:
    """A server that throws keys away, or somebody with an SQL prompt, loses one part and leaves the others."""

    def parts(self, place: Place) -> list[str]:
        if place.kind == "redis":
            with redis.Redis.from_url(place.url) as client:
                return sorted(key.decode() for key in client.scan_iter())
        if place.kind == "sqlite":
            with closing(sqlite3.connect(place.url)) as file:
                return sorted(name for (name,) in file.execute("select name from sqlite_master where type = 'table'"))
        with psycopg.connect(place.url) as connection:
            sql = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'signals_store'"
            return sorted(name for (name,) in connection.execute(sql))

    def content(self, place: Place, part: str) -> Any:
        if place.kind == "redis":
            with redis.Redis.from_url(place.url) as client:
                return client.dump(part)
        connected = sqlite3.connect if place.kind == "sqlite" else psycopg.connect
        with closing(connected(place.url)) as connection:
            return connection.execute(f"select * from {part}").fetchall()

    def replace(self, place: Place, part: str, content: Any) -> None:
        if place.kind == "redis":
            with redis.Redis.from_url(place.url) as client:
                client.delete(part)
                if content:
                    client.restore(part, 0, content)
            return
        mark, connected = ("?", sqlite3.connect) if place.kind == "sqlite" else ("%s", psycopg.connect)
        with closing(connected(place.url)) as connection, connection:
            connection.execute(f"delete from {part}")
            for row in content or ():
                connection.execute(f"insert into {part} values ({', '.join([mark] * len(row))})", row)

    def synced(self, place: Place, ledger: Erasures) -> set[str]:
        """Who is there after a sync, which copies all when the numbers do not agree."""
        store, at = place.store, AT + timedelta(days=1)
        agree(store, ledger)
        store.declare(VIEW, KEY)
        store.remove_erased()
        store.write(VIEW, [(one, {"n": 2}, at) for one in EVERYBODY], at)
        if store.count(VIEW) + store.suppressed(VIEW) != len(EVERYBODY):
            store.keep_only(VIEW, at)
        agree(store, ledger)
        assert put(store, *EVERYBODY) == len(names(store))
        return names(store)

    @pytest.mark.parametrize("when", ["before", "after", "put back"])
    def test_brings_nobody_back(self, place: Place, tmp_path: Path, when: str) -> None:
        put(place.store, *EVERYBODY)
        with erasure_file(tmp_path) as ledger:
            erase(place.store, "user-9", AT, key=KEY, ledger=ledger)
            erase(place.store, "user-8", AT, view=VIEW, ledger=ledger)
            restore(place.store, "user-8", view=VIEW, ledger=ledger)
            put(place.store, *EVERYBODY)
            agree(place.store, ledger)
            parts = self.parts(place)
            assert len(parts) > 6
        place.save()
        for part in parts:
            place.put_back()
            (tmp_path / part).mkdir()
            with erasure_file(tmp_path / part) as ledger:
                ledger.add(one for _, one in place.store.after(0, 100))
                agree(place.store, ledger)
                former = self.content(place, part)
                if when == "before":
                    self.replace(place, part, None)
                erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
                erase(place.store, "user-1", AT, view=VIEW, ledger=ledger)
                if when != "before":
                    agree(place.store, ledger)
                    self.replace(place, part, former if when == "put back" else None)
                there = self.synced(place, ledger)
                assert there == set(EVERYBODY) - {"user-0", "user-1", "user-9"}, part
                assert restore(place.store, "user-0", key=KEY, ledger=ledger), part
                assert self.synced(place, ledger) == set(EVERYBODY) - {"user-1", "user-9"}, part

    def test_two_put_back_together_bring_nobody_back(self, place: Place, tmp_path: Path) -> None:
        """From one older backup, while the rest is as it was: profiles and who was erased, say."""
        put(place.store, *EVERYBODY)
        with erasure_file(tmp_path) as ledger:
            erase(place.store, "user-9", AT, key=KEY, ledger=ledger)
            put(place.store, *EVERYBODY)
            agree(place.store, ledger)
            parts = self.parts(place)
        place.save()
        for number, pair in enumerate(combinations(parts, 2)):
            place.put_back()
            (tmp_path / str(number)).mkdir()
            with erasure_file(tmp_path / str(number)) as ledger:
                ledger.add(one for _, one in place.store.after(0, 100))
                agree(place.store, ledger)
                former = {part: self.content(place, part) for part in pair}
                erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
                erase(place.store, "user-1", AT, view=VIEW, ledger=ledger)
                agree(place.store, ledger)
                for part, content in former.items():
                    self.replace(place, part, content)
                assert self.synced(place, ledger) == set(EVERYBODY) - {"user-0", "user-1", "user-9"}, pair
                assert restore(place.store, "user-0", key=KEY, ledger=ledger), pair
                assert self.synced(place, ledger) == set(EVERYBODY) - {"user-1", "user-9"}, pair


def test_a_ledger_that_is_put_back(place: Place, tmp_path: Path) -> None:
    """What it forgot the store still knows, a restore as well; what it learned since, the store is told."""
    put(place.store, *EVERYBODY)
    file = tmp_path / "registry" / "erasures.sqlite"
    with erasure_file(tmp_path) as ledger:
        erase(place.store, "user-0", AT, key=KEY, ledger=ledger)
        agree(place.store, ledger)
    shutil.copy(file, tmp_path / "before")
    with erasure_file(tmp_path) as ledger:
        erase(place.store, "user-1", AT, key=KEY, ledger=ledger)
        assert restore(place.store, "user-0", key=KEY, ledger=ledger)
        agree(place.store, ledger)
    shutil.copy(tmp_path / "before", file)
    with erasure_file(tmp_path) as ledger:
        for number in range(2, 8):
            ledger.erase(f"key:{KEY}", [erasure_digest(f"user-{number}")], AT)
        assert agree(place.store, ledger) == 6
        assert len(ledger.all()) == 7
        assert put(place.store, *EVERYBODY) == 13  # user-0 is there again
        assert erase(place.store, "user-0", AT, key=KEY, ledger=ledger) == 1
        agree(place.store, ledger)
        assert put(place.store, "user-0") == 0
