"""Stores that lost something, or hold bytes that are no profile: what is whole is read, and the next sync repairs."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import redis
from tests.e2e.crm import LATER, Crm, T

from snowplow_signals.stores import SyncState, open_store
from snowplow_signals.stores.packed import PackedStore
from snowplow_signals.sync import copying

AT = datetime(2025, 3, 2)
VIEW = "shop_v1"


class Inside:
    """What is in a store, beside it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def lose(self, what: str) -> None:
        """A table, or a key of Redis."""
        raise NotImplementedError

    def lose_rows(self, what: str) -> None:
        self.lose(what)

    def put(self, identifier: str, body: bytes) -> None:
        raise NotImplementedError

    def put_state(self, text: str) -> None:
        raise NotImplementedError


class InSqlite(Inside):
    def execute(self, sql: str, *values: object) -> None:
        connection = sqlite3.connect(self.url, isolation_level=None)
        connection.execute(sql, values)
        connection.close()

    def lose(self, what: str) -> None:
        self.execute(f"drop table {what}")

    def lose_rows(self, what: str) -> None:
        self.execute(f"delete from {what}")

    def put(self, identifier: str, body: bytes) -> None:
        self.execute("update profiles set body = ? where identifier = ?", body, identifier)

    def put_state(self, text: str) -> None:
        self.execute("update views set state = ?", text)


class InPostgres(Inside):
    def execute(self, sql: str, *values: object) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql, values)

    def lose(self, what: str) -> None:
        self.execute(f"drop table signals_store_{what}")

    def lose_rows(self, what: str) -> None:
        self.execute(f"delete from signals_store_{what}")

    def put(self, identifier: str, body: bytes) -> None:
        self.execute("update signals_store_profiles set body = %s where identifier = %s", body, identifier.encode())

    def put_state(self, text: str) -> None:
        self.execute("update signals_store_views set state = %s", text)


class InRedis(Inside):
    def lose(self, what: str) -> None:
        with redis.Redis.from_url(self.url) as client:
            names = {"views": ["states", "keys"]}.get(what, [what])
            for name in names:
                client.delete(f"signals:{name}", *client.keys(f"signals:{name}:*"))

    def put(self, identifier: str, body: bytes) -> None:
        with redis.Redis.from_url(self.url) as client:
            for key in client.keys("signals:profiles:*"):
                before = client.hget(key, identifier)
                client.hset(key, identifier, before[:16] + body if body else b"short")

    def put_state(self, text: str) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.hset("signals:states", "crm_v1", text)


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def inside(request: pytest.FixtureRequest, tmp_path: Path) -> Inside:
    if request.param == "sqlite":
        return InSqlite(str(tmp_path / "profiles.sqlite"))
    kind = InRedis if request.param == "redis" else InPostgres
    return kind(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def store(inside: Inside) -> Iterator[PackedStore]:
    with open_store(inside.url) as opened:
        yield opened


@pytest.fixture
def another(inside: Inside) -> Callable[[], PackedStore]:
    """The same store, as a process has it that has seen nothing yet."""
    return lambda: open_store(inside.url)


def body_of(store: PackedStore) -> bytes:
    return next(iter(store._fetch(VIEW, ["ann"]))).body


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda body: b"",
    "no names": lambda body: b"\0" * 8 + body[8:],
    "cut off": lambda body: body[:-1],
    "more": lambda body: body + b"\x01",
    "another number of values": lambda body: body[:8] + b"\x91\x01",
    "no list": lambda body: body[:8] + b"\x01",
    "no such kind": lambda body: body[:8] + b"\x92\x01\xd4\x63\x00",
    "a time that is none": lambda body: body[:8] + b"\x92\x01\xd7\x01" + b"\x7f" * 8,
    "a date that is none": lambda body: body[:8] + b"\x92\x01\xd5\x02ab",
    "a decimal that is none": lambda body: body[:8] + b"\x92\x01\xd5\x03ab",
    "text that is none": lambda body: body[:8] + b"\x92\x01\xa2\xff\xff",
    "a key that can be none": lambda body: body[:8] + b"\x92\x01\x81\x90\x01",
    "noise": lambda body: bytes(range(255, 200, -1)),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_one_that_is_damaged_spoils_no_other(
    store: PackedStore, inside: Inside, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [(one, {"n": 1, "m": one}, AT) for one in ("ann", "bob", "eve")]
    store.write(VIEW, rows, AT)
    inside.put("bob", BROKEN[kind](body_of(store)))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            read = store.read(VIEW, ["ann", "bob", "eve", "nobody"])
            assert {name: one.values["m"] for name, one in read.items()} == {"ann": "ann", "eve": "eve"}
    assert len([one for one in caplog.messages if "damaged" in one]) == 1  # not for each request
    assert "bob" not in caplog.text
    store.write(VIEW, rows[1:2], AT)
    assert store.read(VIEW, ["bob"])["bob"].values == {"n": 1, "m": "bob"}


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "{}", '{"view": "crm_v1", "watermark": "yesterday"}', "null"])
def test_a_state_that_is_damaged(tmp_path: Path, inside: Inside, text: str) -> None:
    crm = Crm(tmp_path, inside.url)
    crm.insert(("ann", T, 1), ("bob", T, 2))
    crm.sync()
    inside.put_state(text)
    assert crm.store.state("crm_v1") == SyncState("crm_v1")
    assert all(one == SyncState("crm_v1") for one in crm.store.states())
    assert crm.sync() == (2, 2, 0)
    assert crm.store.state("crm_v1").profiles == 2


def test_names_that_were_lost_come_back_with_the_next_sync(
    tmp_path: Path, inside: Inside, another: Callable[[], PackedStore]
) -> None:
    """Without anything being copied: also those of profiles that have not changed since a column was added."""
    crm = Crm(tmp_path, inside.url)
    crm.insert(("ann", T, 1), ("bob", T - LATER, 2))
    crm.sync()
    with another() as seen:
        expected = seen.read("crm_v1", ["ann", "bob"])
        inside.lose_rows("layouts")
        assert seen.read("crm_v1", ["ann", "bob"]) == expected  # who knows the names goes on
    with another() as unseen:
        assert unseen.read("crm_v1", ["ann", "bob"]) == {}
    with another() as fresh:
        crm.store = fresh
        assert crm.sync() == (0, 0, 0)
    with another() as unseen:
        assert unseen.read("crm_v1", ["ann", "bob"]) == expected


def test_names_that_another_view_brought_back(tmp_path: Path, inside: Inside, another: Callable) -> None:
    crm = Crm(tmp_path, inside.url)
    crm.insert(("ann", T, 1))
    other = crm.view.model_copy(update={"version": 2, "fields": crm.view.fields[:1]})
    crm.published.sync(crm.view, crm.store)
    inside.lose_rows("layouts")
    with another() as fresh:
        crm.published.sync(other, fresh)
        crm.published.sync(crm.view, fresh)
    with another() as unseen:
        assert unseen.read("crm_v1", ["ann"])["ann"].values == {"score": 1.0, "tags": None}
        assert unseen.read("crm_v2", ["ann"])["ann"].values == {"score": 1.0}


@pytest.mark.slow
@pytest.mark.parametrize("what", ["profiles", "layouts", "views", "withheld", "leases", "erased"])
@pytest.mark.parametrize("goes_on", [True, False])
def test_what_was_lost_as_a_whole(
    tmp_path: Path, inside: Inside, another: Callable, what: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that was dropped, a key that was thrown away: the next sync makes the store agree with the source."""
    crm = Crm(tmp_path, inside.url)
    crm.insert(("ann", T, 1), ("bob", T, 2), ("eve", T, 3))
    crm.store.erase("eve", T, key="customer")
    crm.sync()
    if goes_on and isinstance(inside, InSqlite):
        inside.lose_rows(what)  # a file's tables are looked at when it is opened
    else:
        inside.lose(what)
    store = crm.store if goes_on else another()
    crm.store = store
    later = copying.now() + timedelta(seconds=1)
    monkeypatch.setattr(copying, "now", lambda: later)
    for _ in range(2):
        crm.sync()
    assert crm.scores("ann", "bob") == {"ann": 1, "bob": 2}
    assert what == "erased" or crm.scores("eve") == {}
    assert crm.store.state("crm_v1").failures == 0
    store.close()
