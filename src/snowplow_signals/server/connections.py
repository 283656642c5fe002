"""Connections that a client cannot hold open or fill at will: limits that uvicorn itself lacks.

All of this comes before a request reaches the application, so before anybody has been identified. What reaches it is
bounded there: see `middleware.RequestLimits`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from snowplow_signals.server.middleware import reject
from snowplow_signals.server.settings import ConnectionLimits

_SPARE_DESCRIPTORS = 128
"""Files, databases, and pending TLS handshakes need descriptors too."""
_LARGEST_CHUNK = 1 << 18
"""What an event loop reads at once: uvloop 256 kB, asyncio the same (selector_events.max_size)."""


class BoundedConnection(HttpToolsProtocol):
    """A connection with limits.

    - The head of a request (its URL and headers) is bounded in bytes, in number of headers, and in time; a larger one
      is answered with 431.
    - A connection on which nothing happens is closed, whether it was silent from the start, stopped in the middle of a
      request, or does not read its answer.
    - There are never more connections than `limits.connections`: one more is closed as it opens.
    """

    def __init__(self, *args: Any, limits: ConnectionLimits, **more: Any) -> None:
        super().__init__(*args, **more)
        self.limits = limits
        self._is_in_head = True
        self._head_bytes = 0
        self._received = 0
        """Of chunks that ended within a head: the parser keeps what it has not read to the end."""
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    # Opening and closing

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._expect(self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._reading, self._writing, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._close_soon()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._close_soon()

    def send_400_response(self, msg: str) -> None:
        super().send_400_response(msg)
        self._close_soon()

    def _close_soon(self) -> None:
        """A closing transport waits until everything is read; a client that does not read is not waited for."""
        if self._writing is None:
            self._expect_progress()

    # Reading

    def data_received(self, data: bytes) -> None:
        if self._is_in_head and self._reading is None:
            self._expect(self.limits.head_seconds)
        super().data_received(data)
        if self._is_in_head:
            self._received += len(data)
            if self._received > self.limits.head_bytes + _LARGEST_CHUNK:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._head_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head_bytes += len(name) + len(value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._received = 0
        self._expect(self.limits.body_seconds)
        if len(self.pipeline) >= self.limits.pipelined:
            self.transport.abort()
            return
        if self._head_bytes <= self.limits.head_bytes and len(self.headers) <= self.limits.headers:
            super().on_headers_complete()
            return
        app, self.app = self.app, _refuse_head
        try:
            super().on_headers_complete()
        finally:
            self.app = app

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head = True
        self._expect(None)

    def _expect(self, seconds: float | None) -> None:
        """What is being read must arrive within this many seconds, or the connection is closed; None: nothing is
        expected.
        """
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self.loop.call_later(seconds, self._is_late, seconds) if seconds is not None else None

    def _is_late(self, seconds: float) -> None:
        is_answering = self._is_in_head and self.cycle is not None and not self.cycle.response_complete
        if is_answering or self.pipeline:
            self._expect(seconds)  # an earlier request is still being answered, in a time of its own
        else:
            self.transport.abort()

    # Writing

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writing is None:
            self._expect_progress()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._writing is not None and not self.transport.is_closing():
            self._writing.cancel()
            self._writing = None

    def _expect_progress(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._writing = self.loop.call_later(self.limits.write_seconds, self._check_progress, waiting)

    def _check_progress(self, waiting: int) -> None:
        if waiting - self.transport.get_write_buffer_size() < min(self.limits.write_bytes, waiting or 1):
            self.transport.abort()
        else:
            self._expect_progress()


async def _refuse_head(scope: Scope, receive: Receive, send: Send) -> None:
    await reject(send, 431, "the request's URL and headers are too large", (b"connection", b"close"))


def most_connections(limits: ConnectionLimits) -> int:
    """As many connections as the limits allow, and as this process may have descriptors for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return limits.connections
    descriptors, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + _SPARE_DESCRIPTORS
    if descriptors != resource.RLIM_INFINITY and descriptors < wanted:
        raised = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, most))
        descriptors = raised
    if descriptors == resource.RLIM_INFINITY:
        return limits.connections
    return max(min(limits.connections, descriptors - _SPARE_DESCRIPTORS), 1)
