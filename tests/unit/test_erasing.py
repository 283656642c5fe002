"""Who was erased stays erased, whichever store or ledger is put back as it was before; and what it costs."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import sqlalchemy

from snowplow_signals.errors import BusyError, StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.registry.erasures import Erasures, erasure_file
from snowplow_signals.stores import Erasure, open_store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import PackedStore
from snowplow_signals.stores.postgres import PostgresStore
from snowplow_signals.stores.postgres_tables import MIGRATIONS as POSTGRES
from snowplow_signals.stores.redis import RedisStore
from snowplow_signals.stores.sqlite import SQLiteStore
from snowplow_signals.stores.sqlite_tables import MIGRATIONS as SQLITE
from snowplow_signals.stores.sqlite_tables import migrate as migrate_sqlite
from snowplow_signals.sync import erasing
from snowplow_signals.sync.erasing import agree, erase, erase_all, restore

AT = datetime(2025, 3, 2)
VIEW, KEY = "shop_v1", "user_id"
EVERYBODY = [f"user-{number}" for number in range(20)]


def put(store: PackedStore, *identifiers: str, view: str = VIEW) -> int:
    store.declare(view, KEY)
    return store.write(view, [(one, {"n": 1}, AT) for one in identifiers], AT)


def names(store: PackedStore, view: str = VIEW) -> set[str]:
    return set(store.read(view, EVERYBODY))


class Place:
    """A store that can be copied and put back."""

    def __init__(self, kind: str, url: str, tmp_path: Path) -> None:
        self.kind = kind
        self.url = url
        self.copy = tmp_path / "copy"
        self.rows: dict[str, list] = {}
        self.store = open_store(url)

    def save(self) -> None:
        if self.kind == "sqlite":
            self.store.close()
            shutil.copy(self.url, self.copy)
        elif self.kind == "redis":
            with redis.Redis.from_url(self.url) as client:
                self.rows = {key: client.dump(key) for key in client.scan_iter()}
        else:
            with psycopg.connect(self.url) as connection:
                tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
                self.rows = {table: connection.execute(f"select * from {table}").fetchall() for (table,) in tables}

    def put_back(self) -> None:
        self.store.close()
        if self.kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(self.url + suffix).unlink(missing_ok=True)
            shutil.copy(self.copy, self.url)
        elif self.kind == "redis":
            with redis.Redis.from_url(self.url) as client:
                client.flushall()
                for key, content in self.rows.items():
                    client.restore(key, 0, content)
        else:
            with psycopg.connect(self.url) as connection:
                for table, rows in self.rows.items():
                    connection.execute(f"truncate {table}")
                    for row in rows:
                        marks = ", ".join(["%s"] * len(row))
                        connection.execute(f"insert into {table} values ({marks})", row)
        self.store = open_store(self.url)


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = str(tmp_path / "profiles.sqlite")
    if request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_url")
    found = Place(request.param, url, tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Erasures]:
    with erasure_file(tmp_path) as opened:
        yield opened


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


class TestCost:
    """Statements, round trips: what one more erasure costs when 10 are known, and when 10,000 are."""

    MANY = 10_000

    @pytest.fixture
    def known(self) -> Callable[[int], list[Erasure]]:
        def erasures(number: int) -> list[Erasure]:
            return [Erasure(f"key:{KEY}", erasure_digest(f"known-{one}"), AT) for one in range(number)]

        return erasures

    def measured(
        self, store: PackedStore, ledger: Erasures, statements: Callable[[], int], number: int
    ) -> dict[str, int]:
        found, before, one = {}, 0, f"one-{number}"
        put(store, one)
        erase(store, f"first-{number}", AT, key=KEY, ledger=ledger)  # Redis is told the scripts
        restore(store, f"first-{number}", key=KEY, ledger=ledger)
        agree(store, ledger)
        for what, work in (
            ("erase one", lambda: erase(store, one, AT, key=KEY, ledger=ledger)),
            ("agree on one", lambda: agree(store, ledger)),
            ("agree on none", lambda: agree(store, ledger)),
            ("erase ten", lambda: erase_all(store, [f"x-{number}-{n}" for n in range(10)], AT, key=KEY, ledger=ledger)),
            ("restore one", lambda: restore(store, one, key=KEY, ledger=ledger)),
            ("agree on eleven", lambda: agree(store, ledger)),
        ):
            before = statements()
            work()
            found[what] = statements() - before
        return found

    @pytest.mark.parametrize("kind", ["sqlite", "postgres"])
    def test_of_a_registry(self, kind: str, request: pytest.FixtureRequest, tmp_path: Path, known: Callable) -> None:
        counts = {}
        for number in (10, self.MANY):
            url = str(tmp_path / f"{number}.sqlite")
            if kind == "postgres":
                url = request.getfixturevalue("postgres_url")
            with Registry.open(url) as registry, open_store(tmp_path / f"store-{number}.sqlite") as store:
                revision = registry.revision()
                registry.erasures.add(known(number))
                agree(store, registry.erasures)
                put(store, *EVERYBODY)
                seen: Counter[str] = Counter()
                sqlalchemy.event.listen(
                    registry._engine, "before_cursor_execute", lambda *about, seen=seen: seen.update(["statement"])
                )
                counts[number] = self.measured(store, registry.erasures, lambda seen=seen: seen["statement"], number)
                assert registry.revision() == revision  # no service reads the definitions again for that
                if kind == "postgres":
                    with psycopg.connect(url) as connection:
                        connection.execute("drop schema public cascade")
                        connection.execute("create schema public")
        assert counts[10] == counts[self.MANY]
        assert counts[10]["erase one"] <= 5
        assert counts[10]["agree on none"] <= 3

    def test_of_a_store(self, place: Place, ledger: Erasures, known: Callable, tmp_path: Path) -> None:
        counts = {}
        for number in (10, self.MANY):
            with ExitStack() as stack:
                ledger = stack.enter_context(erasure_file(tmp_path / str(number)))
                place.store.add_erasures(known(number))
                agree(place.store, ledger)
                put(place.store, *EVERYBODY)
                statements = {"sqlite": sqlite_statements, "redis": redis_commands, "postgres": postgres_statements}
                count = statements[place.kind](place.store, stack)
                counts[number] = self.measured(place.store, ledger, count, number) | written(place.store, count)
        assert counts[10] == counts[self.MANY]
        # in Redis most are within one script, which looks whether a part was lost
        assert counts[10]["agree on none"] <= (12 if place.kind == "redis" else 6)


def written(store: PackedStore, statements: Callable[[], int]) -> dict[str, int]:
    before = statements()
    put(store, *EVERYBODY)
    return {"write a batch": statements() - before}


def sqlite_statements(store: SQLiteStore, stack: ExitStack) -> Callable[[], int]:
    seen: list[str] = []
    store._connection().set_trace_callback(seen.append)
    return lambda: len(seen)


def redis_commands(store: RedisStore, stack: ExitStack) -> Callable[[], int]:
    return lambda: store._client.info("stats")["total_commands_processed"]


def postgres_statements(store: PostgresStore, stack: ExitStack) -> Callable[[], int]:
    seen: list[object] = []
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    before = psycopg.Connection.execute

    def execute(self: psycopg.Connection, query: object, *rest: object, **more: object) -> psycopg.Cursor:
        seen.append(query)
        return before(self, query, *rest, **more)

    patch.setattr(psycopg.Connection, "execute", execute)
    return lambda: len(seen)


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
