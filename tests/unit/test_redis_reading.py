"""Reads of a Redis by an event loop: whatever happens, everybody gets their own answer or an error."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hiredis
import pytest
import redis
import trustme

from snowplow_signals.errors import StoreError
from snowplow_signals.stores import open_store
from snowplow_signals.stores.redis_reading import SMALL_READ, RedisReading

AT = datetime(2025, 3, 2)
VIEW = "shop_v1"
LARGE = [f"large-{number}" for number in range(SMALL_READ + 1)]
Answer = Callable[[int, list[bytes]], Awaitable[bytes]]


class Close(Exception):  # what a test has the server do
    """The server closes the connection instead of answering."""


class Server:
    """Answers an HMGET with the names of its fields, unless `answer` does something else."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number, commands = self.connections, hiredis.Reader()
        with suppress(Close, ConnectionError, asyncio.CancelledError):
            while data := await reader.read(65_536):
                commands.feed(data)
                while (command := commands.gets()) is not False:
                    is_read = command[0] == b"HMGET"
                    writer.write(await self.answer(number, command[2:]) if is_read else b"+OK\r\n")
        writer.close()


def values(fields: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(fields) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in fields)


async def echo(_: int, fields: list[bytes]) -> bytes:
    return values(fields)


@asynccontextmanager
async def reading_from(answer: Answer, seconds: float = 5) -> AsyncIterator[tuple[Server, RedisReading]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    settings = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    reading = RedisReading(f"redis://127.0.0.1:{port}?protocol=2", settings)
    try:
        yield server, reading
    finally:
        await reading.close()
        listening.close()


def in_a_loop(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


async def read(reading: RedisReading, *fields: str) -> list[str]:
    return [one.decode() for one in await reading.hmget("key", fields) if one is not None]


@in_a_loop
async def test_many_at_once_share_two_connections() -> None:
    async with reading_from(echo) as (server, reading):
        wanted = [[f"{number}-{place}" for place in range(number % (SMALL_READ + 10) + 1)] for number in range(500)]
        assert await asyncio.gather(*(read(reading, *some) for some in wanted)) == wanted
        assert server.connections == 2


@in_a_loop
async def test_who_gives_up_does_not_take_the_answer_of_another() -> None:
    go = asyncio.Event()

    async def slow(_: int, fields: list[bytes]) -> bytes:
        await go.wait()
        return values(fields)

    async with reading_from(slow) as (server, reading):
        reads = [asyncio.create_task(read(reading, str(number))) for number in range(10)]
        await asyncio.sleep(0.05)
        for task in reads[::3]:
            task.cancel()
        reads.append(asyncio.create_task(read(reading, "later")))
        await asyncio.sleep(0.05)
        go.set()
        found = await asyncio.gather(*reads, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in found[:10]] == [n % 3 == 0 for n in range(10)]
        assert [one[0] for one in found if isinstance(one, list)] == ["1", "2", "4", "5", "7", "8", "later"]
        assert server.connections == 1


@in_a_loop
async def test_who_gives_up_before_there_is_a_connection() -> None:
    async with reading_from(echo) as (server, reading):
        reads = [asyncio.create_task(read(reading, str(number))) for number in range(3)]
        await asyncio.sleep(0)
        reads[0].cancel()
        assert (await asyncio.gather(*reads, return_exceptions=True))[1:] == [["1"], ["2"]]
        assert server.connections == 1


@in_a_loop
async def test_who_gives_up_while_being_sent_ends_the_connection() -> None:
    """Half a command is there: what follows would be read as the rest of it."""
    stuck = asyncio.Event()

    async def answer(number: int, fields: list[bytes]) -> bytes:
        if number == 1 and fields[0] == b"stop reading":
            await stuck.wait()
        return values(fields)

    async with reading_from(answer) as (server, reading):
        assert await read(reading, "first") == ["first"]
        waiting = asyncio.create_task(read(reading, "stop reading"))
        await asyncio.sleep(0.05)
        large = asyncio.create_task(read(reading, "x" * 50_000_000))
        await asyncio.sleep(0.05)
        large.cancel()
        with pytest.raises(asyncio.CancelledError):
            await large
        assert await read(reading, "next") == ["next"]
        assert await waiting == ["stop reading"]  # once more, on the new one
        assert server.connections == 2
        stuck.set()


@in_a_loop
async def test_a_connection_that_is_lost_in_the_middle() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        if number == 1 and fields == [b"5"]:
            raise Close
        return values(fields)

    async with reading_from(answer) as (server, reading):
        found = await asyncio.gather(*(read(reading, str(number)) for number in range(10)))
        assert found == [[str(number)] for number in range(10)]
        assert server.connections == 2


@in_a_loop
async def test_a_server_that_closes_again_and_again() -> None:
    async def answer(_: int, fields: list[bytes]) -> bytes:
        raise Close

    async with reading_from(answer) as (server, reading):
        found = await asyncio.gather(*(read(reading, str(number)) for number in range(10)), return_exceptions=True)
        assert {type(one) for one in found} == {redis.ConnectionError}
        assert server.connections == 2


@in_a_loop
async def test_an_answer_to_nothing_is_not_given_to_the_next() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        return values(fields) + (values([b"somebody else's"]) if number == 1 else b"")

    async with reading_from(answer) as (server, reading):
        for number in range(3):
            assert await read(reading, str(number)) == [str(number)]
            await asyncio.sleep(0.05)
        assert server.connections == 2


@in_a_loop
async def test_an_answer_that_is_none_ends_the_connection() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        return b"what is this\r\n" if number == 1 else values(fields)

    async with reading_from(answer) as (server, reading):
        with pytest.raises(redis.RedisError):
            await read(reading, "first")
        assert await read(reading, "second") == ["second"]
        assert server.connections == 2


@in_a_loop
async def test_a_server_that_is_still_loading() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        return b"-LOADING Redis is loading the dataset in memory\r\n" if number < 4 else values(fields)

    async with reading_from(answer) as (_, reading):
        with pytest.raises(redis.exceptions.BusyLoadingError):
            await read(reading, "early")
        assert await read(reading, "late") == ["late"]  # tried twice as well


@in_a_loop
async def test_large_reads_do_not_hold_up_small_ones() -> None:
    go = asyncio.Event()

    async def answer(_: int, fields: list[bytes]) -> bytes:
        if len(fields) > SMALL_READ:
            await go.wait()
        return values(fields)

    async with reading_from(answer) as (_, reading):
        large = asyncio.create_task(read(reading, *LARGE))
        await asyncio.sleep(0.05)
        assert await asyncio.gather(*(read(reading, str(number)) for number in range(20)))
        assert not large.done()
        go.set()
        assert await large == LARGE


@in_a_loop
async def test_silence_ends_all_connections_of_the_time() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        if number <= 2:
            await asyncio.Event().wait()
        return values(fields)

    async with reading_from(answer, seconds=0.3) as (server, reading):
        found = await asyncio.gather(read(reading, "a"), read(reading, "b"), read(reading, *LARGE))
        assert found == [["a"], ["b"], LARGE]
        assert server.connections == 4


@in_a_loop
async def test_a_silence_that_lasts() -> None:
    async def answer(number: int, fields: list[bytes]) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with reading_from(answer, seconds=0.2) as (_, reading):
        found = await asyncio.gather(*(read(reading, str(number)) for number in range(5)), return_exceptions=True)
        assert {type(one) for one in found} == {redis.TimeoutError}


@in_a_loop
async def test_a_server_that_does_not_even_greet() -> None:
    silent = await asyncio.start_server(lambda *_: asyncio.Event().wait(), "127.0.0.1", 0)
    url = f"redis://:secret@127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    reading = RedisReading(url, {"socket_timeout": 0.2, "socket_connect_timeout": 5})
    with pytest.raises(redis.TimeoutError):
        await read(reading, "a")
    await reading.close()
    silent.close()


@in_a_loop
async def test_as_long_as_answers_come_nobody_gives_up() -> None:
    async def answer(_: int, fields: list[bytes]) -> bytes:
        await asyncio.sleep(0.1)
        return values(fields)

    async with reading_from(answer, seconds=0.5) as (server, reading):
        found = await asyncio.gather(*(read(reading, str(number)) for number in range(10)))
        assert found == [[str(number)] for number in range(10)]
        assert server.connections == 1


@in_a_loop
async def test_closing_fails_who_waits_and_it_can_be_used_again() -> None:
    go = asyncio.Event()

    async def answer(number: int, fields: list[bytes]) -> bytes:
        if number == 1:
            await go.wait()
        return values(fields)

    async with reading_from(answer) as (server, reading):
        waiting = asyncio.create_task(read(reading, "a"))
        await asyncio.sleep(0.05)
        await reading.close()
        with pytest.raises(redis.RedisError, match="closed meanwhile"):
            await waiting
        await reading.close()
        assert await read(reading, "b") == ["b"]
        assert server.connections == 2
        go.set()


def test_one_after_the_other_loop(redis_url: str) -> None:
    with open_store(redis_url) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)
        for _ in range(3):
            assert set(asyncio.run(store.read_async(VIEW, ["ann"]))) == {"ann"}


def test_an_error_is_of_one_read_only(redis_url: str) -> None:
    with open_store(redis_url) as store, redis.Redis.from_url(redis_url) as client:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)
        client.set("signals:profiles:text_v1", "no hash")

        async def ask() -> list[Any]:
            views = [VIEW, "text_v1", VIEW, "text_v1", VIEW]
            found = await asyncio.gather(*(store.read_async(one, ["ann"]) for one in views), return_exceptions=True)
            before = client.info("stats")["total_connections_received"]
            await store.read_async(VIEW, ["ann"])
            assert client.info("stats")["total_connections_received"] == before
            await store.close_async()
            return found

        found = asyncio.run(ask())
        assert [type(one) for one in found] == [dict, StoreError, dict, StoreError, dict]
        assert "WRONGTYPE" in str(found[1])


def test_connections_that_the_server_ended_are_not_noticed(redis_url: str) -> None:
    with open_store(redis_url) as store, redis.Redis.from_url(redis_url) as client:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)

        async def ask() -> None:
            for _ in range(3):
                found = await asyncio.gather(*(store.read_async(VIEW, ["ann", *some]) for some in ([], LARGE)))
                assert [set(one) for one in found] == [{"ann"}, {"ann"}]
                client.client_kill_filter(_type="normal", skipme=True)
            await store.close_async()

        asyncio.run(ask())


def test_another_database_over_tls_with_a_password(redis_url: str, tmp_path: Path) -> None:
    """All that redis-py's connections know to do."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    parts = urlsplit(redis_url)
    port = encrypted(int(parts.port or 0), context)
    url = f"rediss://{parts.netloc.rpartition('@')[0]}@localhost:{port}/3?ssl_ca_certs={tmp_path / 'ca.pem'}"
    with open_store(url) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)

        async def ask() -> None:
            found = await asyncio.gather(*(store.read_async(VIEW, ["ann"]) for _ in range(20)))
            assert all(set(one) == {"ann"} for one in found)
            await store.close_async()

        asyncio.run(ask())
    with open_store(redis_url) as elsewhere:
        assert elsewhere.count(VIEW) == 0


def encrypted(port: int, context: ssl.SSLContext) -> int:
    """The port of something that takes TLS and passes on to a port that does not."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                there = socket.create_connection(("127.0.0.1", port))
                here = context.wrap_socket(listener.accept()[0], server_side=True)
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    def pass_on(here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                there.sendall(data)

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1])
