"""Connections that want to be a burden: what they may hold, and for how long."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn
from starlette.types import Receive, Scope, Send

from snowplow_signals.server.connections import BoundedConnection, most_connections
from snowplow_signals.server.loops import BoundedHandshakes
from snowplow_signals.server.middleware import RequestLimits
from snowplow_signals.server.running import config_of
from snowplow_signals.server.settings import ConnectionLimits, Limits

QUICK = ConnectionLimits(
    connections=20,
    head_seconds=0.3,
    body_seconds=0.3,
    idle_seconds=1,
    write_seconds=0.3,
    head_bytes=4_096,
    headers=20,
    pipelined=4,
)
ANSWER = b"x" * (8 << 20)
REQUEST = b"GET /small HTTP/1.1\r\nhost: a\r\n\r\n"


class App:
    """Answers `/small` and `/large`, and reads the body; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.asked.append(scope["path"])
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message.get("more_body", False)
        body = ANSWER if scope["path"] == "/large" else b"{}"
        head = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


class Running:
    def __init__(self, server: uvicorn.Server, app: App, address: tuple[str, int]) -> None:
        self.server = server
        self.app = app
        self.address = address

    def connect(self, trusted: ssl.SSLContext | None = None, **options: int) -> socket.socket:
        new = socket.socket()
        for name, value in options.items():
            new.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        new.connect(self.address)
        new.settimeout(20)
        return new if trusted is None else trusted.wrap_socket(new, server_hostname="localhost")

    @property
    def open(self) -> int:
        return len(self.server.server_state.connections)


@contextmanager
def running(limits: ConnectionLimits = QUICK, tls: Any = None) -> Iterator[Running]:
    app = App()
    config = config_of(RequestLimits(app, Limits()), limits, tls)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        until(lambda: server.started)
        try:
            yield Running(server, app, listening.getsockname())
        finally:
            server.should_exit = True
            thread.join()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def read_all(connection: socket.socket) -> bytes:
    """Everything up to the connection's end, however it ends."""
    found = b""
    try:
        while some := connection.recv(65_536):
            found += some
    except ConnectionResetError:
        pass
    return found


def sent_until_closed(connection: socket.socket, parts: Iterable[Any], pause: float = 0) -> int:
    """How many bytes could be sent before the other side closed the connection."""
    sent = 0
    with suppress(ConnectionError):
        for part in parts:
            connection.sendall(bytes(part))
            sent += len(part)
            time.sleep(pause)
    return sent


@dataclass(frozen=True)
class Certified:
    """Files of a certificate and its key, and the context of a client that trusts them."""

    files: tuple[Path, Path]
    trusted: ssl.SSLContext


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "key.pem").chmod(0o600)
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    return Certified((folder / "cert.pem", folder / "key.pem"), trusted)


@pytest.fixture
def service() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /small HTTP/1.1\r\nhost: a\r\n",
        b"GET /small HT",
        b"POST /small HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345",
        b"POST /small HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\n123",
        REQUEST + b"GET /small HTTP/1.1\r\nho",
    ],
    ids=["nothing", "half a head", "half a line", "half a body", "half a chunk", "half of a second"],
)
def test_a_connection_that_goes_silent_is_closed(service: Running, sent: bytes) -> None:
    with service.connect() as connection:
        connection.sendall(sent)
        read_all(connection)
    until(lambda: not service.open)


def test_a_head_that_drips_is_not_waited_for(service: Running) -> None:
    head = b"GET /small HTTP/1.1\r\nx: " + b"y" * 1_000
    with service.connect() as connection:
        assert sent_until_closed(connection, ([byte] for byte in head), pause=0.01) < len(head)
    assert service.app.asked == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /small HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 5_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET /small HTTP/1.1\r\n" + b"".join(b"x%d: y\r\n" % number for number in range(21)) + b"\r\n",
    ],
    ids=["a header", "the URL", "many headers"],
)
def test_a_large_head_is_refused_before_it_is_looked_at(service: Running, head: bytes) -> None:
    with service.connect() as connection:
        connection.sendall(head)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert "too large" in json.loads(answer.partition(b"\r\n\r\n")[2])["detail"]
    assert service.app.asked == []


def test_endless_headers_are_not_collected(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(b"GET /small HTTP/1.1\r\nx: ")
        sent = sent_until_closed(connection, [b"y" * 65_536] * 1_600)
    assert sent < 20 << 20  # of 100 MB, what the sockets' buffers took
    assert service.app.asked == []


def test_ordinary_requests_of_one_connection_are_answered(service: Running) -> None:
    body = b"z" * 100_000
    post = b"POST /small HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 3_000 + b"\r\ncontent-length: 100000\r\n\r\n" + body
    with service.connect() as connection:
        for request in (REQUEST, post, REQUEST, post):
            connection.sendall(request)
            found = b""
            while not found.endswith(b"\r\n\r\n{}"):
                found += connection.recv(65_536)
            assert found.startswith(b"HTTP/1.1 200 ")
    assert len(service.app.asked) == 4


def test_a_queue_of_requests_on_one_connection_is_bounded(service: Running) -> None:
    with service.connect() as connection:
        connection.sendall(REQUEST * 1_000)
        read_all(connection)
    assert len(service.app.asked) < 1_000
    until(lambda: not service.open)


@pytest.mark.parametrize("has_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
@pytest.mark.parametrize("path", [b"/large", b"/small"])
def test_whoever_does_not_read_the_answer_is_not_waited_for(
    certified: Certified, has_tls: bool, connection: bytes, path: bytes
) -> None:
    trusted = certified.trusted if has_tls else None
    with running(tls=certified.files if has_tls else None) as service:
        asking = [service.connect(trusted, SO_RCVBUF=4_096) for _ in range(5)]
        for one in asking:
            one.sendall(b"GET %s HTTP/1.1\r\nhost: a\r\nconnection: %s\r\n\r\n" % (path, connection))
        until(lambda: len(service.app.asked) == len(asking))
        until(lambda: not service.open)
        for one in asking:
            one.close()


@pytest.mark.parametrize("has_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
def test_a_slow_reader_gets_the_whole_answer(certified: Certified, has_tls: bool, connection: bytes) -> None:
    limits = replace(QUICK, write_bytes=1_024, write_seconds=1)
    trusted = certified.trusted if has_tls else None
    with running(limits, certified.files if has_tls else None) as service:
        with service.connect(trusted, SO_RCVBUF=65_536) as asking:
            asking.sendall(b"GET /large HTTP/1.1\r\nhost: a\r\nconnection: %s\r\n\r\n" % connection)
            found = 0
            while some := asking.recv(65_536):
                found += len(some)
                time.sleep(len(some) / 5e6)  # longer altogether than any limit
        assert found > len(ANSWER)


def test_there_are_never_more_connections_than_allowed(service: Running) -> None:
    connections = [service.connect() for _ in range(QUICK.connections)]
    until(lambda: service.open == QUICK.connections)
    with service.connect() as one_more:
        assert read_all(one_more) == b""
    until(lambda: not service.open)  # they were silent
    with service.connect() as later:
        later.sendall(REQUEST)
        assert later.recv(65_536).startswith(b"HTTP/1.1 200 ")
    for connection in connections:
        connection.close()


def test_connections_stay_below_the_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1_024))
    monkeypatch.setattr(resource, "setrlimit", lambda _, values: asked.append(values))
    assert most_connections(ConnectionLimits(connections=5_000)) == 1_024 - 128
    assert asked == [(1_024, 1_024)]
    assert most_connections(ConnectionLimits(connections=100)) == 100


def test_a_handshake_that_does_not_come_is_not_waited_for(
    certified: Certified, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConnectionLimits, "handshake_seconds", 0.3)
    with running(tls=certified.files) as service:
        with service.connect() as silent:
            assert read_all(silent) == b""
        with service.connect(certified.trusted) as connection:
            connection.sendall(REQUEST)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_the_loop_is_the_one_with_bounds() -> None:
    config = config_of(App(), QUICK, None)
    factory = config.get_loop_factory()
    assert factory is not None
    loop = factory()
    assert isinstance(loop, BoundedHandshakes)
    loop.close()
    assert config.http_protocol_class.func is BoundedConnection  # type: ignore[attr-defined]
    assert isinstance(loop, asyncio.AbstractEventLoop)
