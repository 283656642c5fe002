"""Profiles stores that are servers: they are killed and come back, hang, refuse; and passwords are never shown."""

import asyncio
import traceback
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import psycopg
import pytest
import redis
from tests import servers

from snowplow_signals.errors import StoreError, UsageError
from snowplow_signals.stores import AsyncReads, Store, Stored, open_store
from snowplow_signals.stores.postgres import PostgresStore
from snowplow_signals.stores.postgres_tables import MIGRATIONS
from snowplow_signals.stores.redis import LAYOUT

SYNCED = datetime(2025, 3, 2)
VIEW = "shop_v1"
SECRETS = (servers.PASSWORD, quote(servers.PASSWORD, safe=""), "S3cret")


def put(store: Store, *identifiers: str) -> int:
    return store.write(VIEW, [(one, {"n": 1}, SYNCED) for one in identifiers], SYNCED)


def all_text(error: BaseException | None) -> str:
    """What a traceback would show of the error and of those behind it, but for our own source lines."""
    found = traceback.TracebackException.from_exception(error)
    messages = list(found.format_exception_only())
    for behind in (error.__cause__, error.__context__):
        messages += [all_text(behind)] if behind is not None else []
    return "".join(messages)


@pytest.fixture(params=[servers.RedisServer, servers.PostgresServer])
def server(request: pytest.FixtureRequest) -> Iterator[servers.Server]:
    """A server of its own, to be killed."""
    with request.param() as started:
        yield started


def test_a_server_that_is_killed_and_comes_back(server: servers.Server) -> None:
    with open_store(server.url) as store:
        put(store, "ann")
        lease = store.acquire("sync", 3_600)
        if isinstance(server, servers.RedisServer):
            redis.Redis.from_url(server.url).execute_command("CONFIG", "SET", "appendfsync", "always")
            put(store, "ann")
        server.kill()
        for failing in (lambda: store.read(VIEW, ["ann"]), lambda: put(store, "bob"), lambda: store.state(VIEW)):
            with pytest.raises(StoreError, match="check that it is running and reachable") as error:
                failing()
            assert not any(secret in all_text(error.value) for secret in SECRETS)
        server.start()
        assert set(store.read(VIEW, ["ann"])) == {"ann"}  # by itself
        assert put(store, "bob") == 1
        assert lease is not None

        server.kill()  # between two calls, and nobody noticed
        server.start()
        assert put(store, "eve") == 1
        server.kill()
        server.start()
        assert store.count(VIEW) == len(store.read(VIEW, ["ann", "bob", "eve"])) >= 2


def test_a_server_that_is_killed_in_the_middle_of_a_write(server: servers.Server) -> None:
    with open_store(server.url) as store:

        def rows() -> Iterator:
            for number in range(store.batch_rows + 5):
                yield f"user-{number}", {"n": 1}, SYNCED
            server.kill()
            yield "last", {}, SYNCED

        with pytest.raises(StoreError, match="could not be written"):
            store.write(VIEW, rows(), SYNCED)
        server.start()
        many = [(f"user-{number}", {"n": 1}, SYNCED) for number in range(store.batch_rows + 5)]
        assert store.write(VIEW, many, SYNCED) == len(many)
        assert store.count(VIEW) == len(many)


def test_a_server_that_hangs(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowplow_signals.stores.redis.TIMEOUT_SECONDS", 0.1)
    with servers.RedisServer() as server, open_store(server.url) as store:
        server.pause()
        with pytest.raises(StoreError, match=r"could not be read: Timeout"):
            store.read(VIEW, ["ann"])
        server.resume()
        assert store.read(VIEW, ["ann"]) == {}


def test_reads_without_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """They give what reads with one give; they survive a server that is killed or hangs, by themselves."""
    monkeypatch.setattr("snowplow_signals.stores.redis.TIMEOUT_SECONDS", 0.5)
    with servers.RedisServer("--appendfsync", "always") as server, open_store(server.url) as store:
        put(store, "ann", "bob")

        async def ask(reader: Store) -> dict[str, Stored]:
            return await reader.read_async(VIEW, ["ann", "nobody", "bob"])

        async def asked(reader: Store) -> None:
            expected = store.read(VIEW, ["ann", "bob"])
            assert await ask(reader) == expected
            server.kill()
            with pytest.raises(StoreError, match="check that it is running and reachable") as error:
                await ask(reader)
            assert not any(secret in all_text(error.value) for secret in SECRETS)
            server.start()
            assert await ask(reader) == expected
            server.kill()  # between two reads, and nobody noticed
            server.start()
            assert await ask(reader) == expected
            server.pause()
            with pytest.raises(StoreError, match=r"could not be read: Timeout"):
                await ask(reader)
            server.resume()
            assert await ask(reader) == expected
            assert await reader.read_async(VIEW, []) == {}
            await reader.close_async()

        with open_store(server.url) as other:  # which has yet to learn the attributes' names
            assert isinstance(other, AsyncReads)
            asyncio.run(asked(other))


class TestOpening:
    @pytest.mark.parametrize("scheme", ["redis", "postgresql"])
    def test_one_that_is_not_there(self, scheme: str) -> None:
        with pytest.raises(StoreError, match=rf"{scheme}://ann@127\.0\.0\.1:\d+/0 could not be opened") as error:
            open_store(f"{scheme}://ann:S3cret@127.0.0.1:{servers.free_port()}/0")
        assert "S3cret" not in all_text(error.value)

    def test_a_wrong_password(self, redis_url: str, postgres_url: str) -> None:
        for url in (redis_url, postgres_url):
            with pytest.raises(StoreError, match="could not be opened") as error:
                open_store(url.replace("S3cret", "Wr0ng"))
            assert "Wr0ng" not in all_text(error.value)

    def test_the_place_is_shown_without_the_password(self, redis_url: str, postgres_url: str) -> None:
        for url in (redis_url, postgres_url):
            with open_store(url) as store:
                assert "S3cret" not in store.where
                assert "127.0.0.1" in store.where

    @pytest.mark.parametrize(
        "url",
        [
            "redis://:S3cret/with@host/0",
            "postgresql://ann:S3cret@with@host/db",
            "postgresql://ann:S3cret?x@host/db",
            "redis://:S3cret#1@host",
        ],
    )
    def test_a_password_that_makes_the_url_ambiguous(self, url: str) -> None:
        with pytest.raises(UsageError, match="%2F") as error:
            open_store(url)
        assert "S3cret" not in all_text(error.value)

    @pytest.mark.parametrize("url", ["redis://:S3cret@host:port", "postgresql://ann:S3cret@host:port/db"])
    def test_a_port_that_is_none(self, url: str) -> None:
        with pytest.raises((StoreError, UsageError)) as error:
            open_store(url)
        assert "S3cret" not in all_text(error.value)

    def test_of_another_kind(self) -> None:
        with pytest.raises(UsageError, match="a profiles store of kind 'mongodb' is not supported"):
            open_store("mongodb://localhost")

    def test_a_later_layout(self, redis_url: str, postgres_url: str) -> None:
        redis.Redis.from_url(redis_url).set("signals:layout", LAYOUT + 1)
        PostgresStore(postgres_url, (*MIGRATIONS, "create table more (a text)")).close()
        for url, known in ((redis_url, LAYOUT), (postgres_url, len(MIGRATIONS))):
            with pytest.raises(StoreError, match=rf"layout {known + 1}, known here: {known}.*upgrade"):
                open_store(url)

    def test_an_older_layout_is_brought_up_to_date(self, postgres_url: str) -> None:
        with open_store(postgres_url) as store:
            put(store, "ann")
        for _ in range(2):
            with PostgresStore(postgres_url, (*MIGRATIONS, "create table more (a text)")) as store:
                assert set(store.read(VIEW, ["ann"])) == {"ann"}

    def test_a_user_who_may_not(self, postgres_url: str) -> None:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("drop role if exists reader")
            connection.execute("create role reader login password 'x'")
        with pytest.raises(StoreError, match="may create and alter tables"):
            open_store(postgres_url.replace(f"signals:{quote(servers.PASSWORD, safe='')}", "reader:x"))


def test_a_pooler_that_gives_out_other_sessions_is_named(postgres_url: str) -> None:
    """A statement that was prepared on one connection is executed on another, where it is not known."""
    with open_store(postgres_url) as store:
        for _ in range(5):
            store.read(VIEW, ["ann"])
        store._write(None, lambda connection: connection.execute("do 'begin execute ''deallocate all''; end'"))
        with pytest.raises(StoreError, match="pool_mode = session"):
            store.read(VIEW, ["ann"])


def test_the_server_ends_a_statement_that_takes_too_long(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked no longer waits for it. Writing may take longer than reading, and does not change that."""
    with open_store(postgres_url) as store:
        shown = "select current_setting('statement_timeout')"
        assert store._read(shown) == [("5s",)]
        assert store._read(shown, seconds=120.0) == [("2min",)]
        assert store._write(None, lambda c: c.execute(shown).fetchall(), 3_600) == [("1h",)]
        assert store._read(shown) == [("5s",)]
        with pytest.raises(StoreError, match="canceling statement due to statement timeout"):
            store._write(None, lambda c: c.execute("select pg_sleep(60)"), 0.2)
        assert store._read(
            "select count(*) from pg_stat_activity where query like '%%pg_sleep(60)%%' and state = 'active'"
            " and pid <> pg_backend_pid()"
        ) == [(0,)]
