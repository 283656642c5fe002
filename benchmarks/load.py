"""A load generator: requests at a fixed rate, whether earlier ones were answered or not, as users come.

A request's time counts from the moment at which it was due, also when it had to wait for a connection: a server that
stalls is charged for all who would have come meanwhile. Run as a process of its own; prints JSON.
"""

import argparse
import asyncio
import ctypes
import gc
import json
import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import made_up_profiles
import uvloop

AT_A_TIME = 1  # TFD_TIMER_ABSTIME
GREETED = 0.5
"""Seconds of the load that are not counted: connections are made, caches fill."""


class Http(asyncio.Protocol):
    """One connection that asks one thing after the other."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.buffer = b""
        self.due = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.load.free(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.load.failures += 1

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(self.buffer) >= end + 4 + length:
            self.buffer = b""
            self.load.answered(self, head.startswith(b"http/1.1 200"), length)


class Redis(Http):
    """The same, asking Redis; an answer is an array of texts."""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.buffer.startswith(b"+OK\r\n") and len(self.buffer) == 5:  # the password is right
            self.buffer = b""
            return
        size = _array_size(self.buffer)
        if size is not None:
            self.buffer = b""
            self.load.answered(self, size > 0, size)


def _array_size(data: bytes) -> int | None:
    """The bytes of an array of texts; None while it is not whole."""
    at = data.find(b"\r\n")
    if at < 0:
        return None
    number, at = int(data[1:at]), at + 2
    for _ in range(number):
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        at = end + 2 + (length := int(data[at + 1 : end])) + (2 if length >= 0 else 0)
    return at if len(data) >= at else None


class Load:
    """Requests at a fixed rate over some connections."""

    def __init__(self, rate: float, seconds: float, request: Callable[[], bytes]) -> None:
        self.rate = rate
        self.seconds = seconds
        self.total = int(rate * seconds)
        self.until = 0.0
        """When a load without a rate ends."""
        self.request = request
        self.idle: deque[Http] = deque()
        self.waiting: deque[float] = deque()
        self.times: list[float] = []
        self.sent = self.failures = self.bytes = 0
        self.done = asyncio.Event()

    def free(self, connection: Http) -> None:
        if self.until and time.perf_counter() < self.until:
            connection.send(self.request(), time.perf_counter())
        elif self.waiting:
            connection.send(self.request(), self.waiting.popleft())
        else:
            self.idle.append(connection)

    def answered(self, connection: Http, is_right: bool, size: int) -> None:
        self.times.append(time.perf_counter() - connection.due)
        self.failures += not is_right
        self.bytes += size
        self.free(connection)
        if len(self.times) == self.total:
            self.done.set()

    async def run_to_the_limit(self) -> dict:
        """As many requests as are answered: each connection asks again as soon as it has its answer."""
        began = time.perf_counter()
        self.until = began + self.seconds
        while self.idle:
            self.idle.popleft().send(self.request(), time.perf_counter())
        await asyncio.sleep(self.seconds + 0.2)
        return self.result(sorted(self.times), self.seconds)

    async def run(self) -> dict:
        began = time.perf_counter() + 0.01

        def send_what_is_due() -> None:
            ready = min(int((time.perf_counter() - began) * self.rate) + 1, self.total)
            while self.sent < ready:
                due = began + self.sent / self.rate
                self.sent += 1
                if self.idle:
                    self.idle.popleft().send(self.request(), due)
                else:
                    self.waiting.append(due)

        with ticking(began, self.rate, send_what_is_due):
            await asyncio.wait_for(self.done.wait(), self.seconds + 60)
        took = time.perf_counter() - began
        return self.result(sorted(self.times[int(self.rate * GREETED) :]), took)

    def result(self, counted: list[float], took: float) -> dict:
        def share(part: float) -> float:
            return counted[min(int(len(counted) * part), len(counted) - 1)] * 1000

        return {
            "rate": self.rate,
            "answered_per_second": len(self.times) / took,
            "failures": self.failures,
            "p50_ms": share(0.5),
            "p90_ms": share(0.9),
            "p99_ms": share(0.99),
            "p999_ms": share(0.999),
            "max_ms": counted[-1] * 1000,
            "answer_bytes": self.bytes / max(len(self.times), 1),
        }


@contextmanager
def ticking(began: float, rate: float, work: Callable[[], None]) -> Iterator[None]:
    """Calls `work` so many times a second from a moment on, by a timer of Linux's.

    The loop's own timers know milliseconds only: with them it would ask for the time again and again, and take one of
    the processors from those that are measured.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    first, interval = (divmod(round(seconds * 1e9), 10**9) for seconds in (began, 1 / rate))
    times = (ctypes.c_long * 4)(*interval, *first)
    timer = libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK)  # the clock of perf_counter
    if timer < 0 or libc.timerfd_settime(timer, AT_A_TIME, ctypes.byref(times), None):
        raise OSError(ctypes.get_errno(), "there is no timer")

    def tick() -> None:
        os.read(timer, 8)
        work()

    loop = asyncio.get_running_loop()
    loop.add_reader(timer, tick)
    try:
        yield
    finally:
        loop.remove_reader(timer)
        os.close(timer)


def requests(given: argparse.Namespace) -> Callable[[], bytes]:
    """A function that makes up a request for identifiers that are there."""
    names = [made_up_profiles.identifier(random.randrange(given.profiles)) for _ in range(50_000)]

    def some() -> list[str]:
        return random.choices(names, k=given.identifiers)

    if given.kind == "redis":
        head = b"*%d\r\n$5\r\nHMGET\r\n$%d\r\n%s\r\n" % (given.identifiers + 2, len(given.path), given.path.encode())
        return lambda: head + b"".join(b"$%d\r\n%s\r\n" % (len(one), one.encode()) for one in some())
    attributes = [f"speed_v1:{name}" for name, _, _ in made_up_profiles.ATTRIBUTES]
    head = f"POST {given.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()

    def post() -> bytes:
        body = json.dumps({"attribute_keys": {made_up_profiles.KEY: some()}, "attributes": attributes}).encode()
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    return post


async def measure(given: argparse.Namespace) -> dict:
    load = Load(given.rate, given.seconds, requests(given))
    loop = asyncio.get_running_loop()
    kind = Redis if given.kind == "redis" else Http
    for number in range(given.connections):
        port = given.port[number % len(given.port)]
        transport, _ = await loop.create_connection(lambda: kind(load), "127.0.0.1", port)
        if given.password:
            password = given.password.encode()
            transport.write(b"*2\r\n$4\r\nAUTH\r\n$%d\r\n%s\r\n" % (len(password), password))
    await asyncio.sleep(0.2)
    gc.freeze()
    gc.disable()
    return await (load.run() if given.rate else load.run_to_the_limit())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=["http", "redis"], default="http")
    parser.add_argument("--port", type=int, required=True, nargs="+", help="Connections are spread over several.")
    parser.add_argument("--path", default="/api/v1/get-online-attributes", help="For Redis: the hash.")
    parser.add_argument("--password", default="")
    parser.add_argument("--rate", type=float, default=2_000, help="0: as many as are answered.")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--identifiers", type=int, default=1)
    parser.add_argument("--profiles", type=int, required=True)
    print(json.dumps(uvloop.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
