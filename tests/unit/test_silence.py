"""A server that stops answering without a word: who reads waits for seconds, and goes on over new connections.

Between the two is a proxy that passes nothing on: its connections stay open, so neither side's system notices.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from tests.server.service import served

from snowplow_signals.errors import RegistryError, StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.stores import Store, open_store

AT = datetime(2025, 3, 2)
VIEW = "shop_v1"


class Proxy:
    """Passes bytes on, until it is told to be silent; connections of before then stay silent for good."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_silent = threading.Event()
        self.sockets: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                there = socket.create_connection(("127.0.0.1", self.to))
                self.sockets += [here, there]
                lost = threading.Event()
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self.pass_on, args=(*pair, lost), daemon=True).start()

    def pass_on(self, here: socket.socket, there: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := here.recv(65_536):
                if self.is_silent.is_set():
                    lost.set()
                if not lost.is_set():
                    there.sendall(data)
            there.close()

    def close(self) -> None:
        for one in (self.listener, *self.sockets):
            one.close()


def through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")))


@pytest.fixture(params=["postgres", "redis"])
def proxied(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Proxy, str]]:
    url = request.getfixturevalue(f"{request.param}_url")
    monkeypatch.setattr("snowplow_signals.stores.redis.TIMEOUT_SECONDS", 0.5)
    for name in ("ANSWER_SECONDS", "WORK_SECONDS"):
        monkeypatch.setattr(f"snowplow_signals.stores.postgres.{name}", 0.5)
    monkeypatch.setattr("snowplow_signals.stores.postgres.SILENCE_SETTINGS", {"connect_timeout": 2, "keepalives": 1})
    proxy = Proxy(urlsplit(url).port)
    yield proxy, through(url, proxy.port)
    proxy.close()


def test_reads_go_on_over_new_connections(proxied: tuple[Proxy, str]) -> None:
    proxy, url = proxied
    with open_store(url) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)
        use_several_connections(store)
        proxy.is_silent.set()
        with pytest.raises(StoreError, match="could not be read"):
            store.read(VIEW, ["ann"])
        with pytest.raises(StoreError):
            store.write(VIEW, [("bob", {"n": 1}, AT)], AT)
        proxy.is_silent.clear()
        assert set(store.read(VIEW, ["ann"])) == {"ann"}  # the first one
        store.write(VIEW, [("bob", {"n": 1}, AT)], AT)
        assert set(store.read(VIEW, ["ann", "bob"])) == {"ann", "bob"}


def test_a_silence_that_nobody_noticed(proxied: tuple[Proxy, str]) -> None:
    """Connections that were idle all the while are silent for good: one is tried, and all are given up."""
    proxy, url = proxied
    with open_store(url) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)
        use_several_connections(store)
        proxy.is_silent.set()
        for one in proxy.sockets:  # what comes is thrown away
            with suppress(OSError):
                one.shutdown(socket.SHUT_RD)
        proxy.is_silent.clear()
        assert set(store.read(VIEW, ["ann"])) == {"ann"}


def use_several_connections(store: Store) -> None:
    threads = [threading.Thread(target=store.read, args=(VIEW, ["ann"])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_reads_without_a_thread(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowplow_signals.stores.redis.TIMEOUT_SECONDS", 0.5)
    proxy = Proxy(urlsplit(redis_url).port)
    with open_store(through(redis_url, proxy.port)) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)

        async def asked() -> None:
            await asyncio.gather(*(store.read_async(VIEW, ["ann"]) for _ in range(5)))
            proxy.is_silent.set()
            with pytest.raises(StoreError):
                await store.read_async(VIEW, ["ann"])
            proxy.is_silent.clear()
            found = await asyncio.gather(*(store.read_async(VIEW, ["ann"]) for _ in range(5)))
            assert all(set(one) == {"ann"} for one in found)
            await store.close_async()

        asyncio.run(asked())
    proxy.close()


def test_a_registry(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowplow_signals.registry.connection.ANSWER_SECONDS", 0.5)
    proxy = Proxy(urlsplit(postgres_url).port)
    with Registry.open(through(postgres_url, proxy.port) + "?connect_timeout=2") as registry:
        revision = registry.revision()
        proxy.is_silent.set()
        with pytest.raises(RegistryError):
            registry.revision()
        proxy.is_silent.clear()
        assert registry.revision() == revision
    proxy.close()


def test_a_registry_asks_for_its_timeouts_in_the_session(postgres_url: str) -> None:
    """Poolers refuse connections that come with options."""
    with Registry.open(postgres_url) as registry, registry._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver.info.options == ""
        assert [driver.execute(f"show {name}_timeout").fetchone() for name in ("statement", "lock")] == [
            ("15s",),
            ("10s",),
        ]


def test_health_tells_the_truth_meanwhile(proxied: tuple[Proxy, str], tmp_path: Path) -> None:
    proxy, url = proxied
    with served(tmp_path, store_url=url) as client:
        client.done("GET", "/health-all")
        proxy.is_silent.set()
        client.backend._health = (-10.0, {})
        status, health = client.call("GET", "/health-all")
        assert (status, health["dependencies"]) == (503, {"registry": "ok", "profiles_store": "unavailable"})
        proxy.is_silent.clear()
        for _ in range(20):
            client.backend._health = (-10.0, {})
            if client.call("GET", "/health-all")[0] == 200:
                return
        raise AssertionError("it is still not well")
