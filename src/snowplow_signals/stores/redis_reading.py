"""Reads of a Redis by an event loop, over connections of redis-py that are used by themselves.

redis-py's connections log in, choose the database and encrypt. Its client, on top of that, takes a connection from a
pool for each command, and sets a timer for each time that it writes or reads: a third of what a request for one profile
took. Here reads follow each other over one connection without waiting for each other's answers, which come in the same
order, and one timer looks whether any come.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

import redis
from redis.asyncio import ConnectionPool

from snowplow_signals.stores.redis_packing import packed

SMALL_READ = 50
"""Fields of a read that others may wait for: their answer is there at once."""
_LOST = (redis.ConnectionError, redis.TimeoutError)


class RedisReading:
    """Reads values of hashes, for one event loop. Large reads have a connection of their own: small ones do not wait
    for them.

    `settings` are those of redis-py's connections, of which `socket_timeout` says how long an answer is waited for.
    Raises ValueError or TypeError for options of the URL that redis-py cannot read.
    """

    def __init__(self, url: str, settings: dict[str, Any]) -> None:
        pool: Any = ConnectionPool  # its types know little
        self._pool = pool.from_url(url, **settings)
        options = self._pool.connection_kwargs  # the URL's own come first
        self._seconds: float = options["socket_timeout"]
        self._pool.connection_kwargs = {**options, "socket_timeout": None}
        self._pool.make_connection()  # which knows whether the options can be used
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lines: dict[bool, _Line] = {}

    async def hmget(self, key: str, fields: Sequence[str]) -> list[bytes | None]:
        """Raises redis.RedisError."""
        command = packed(("HMGET", key, *fields))
        is_large = len(fields) > SMALL_READ
        line, of_the_time = self._line(is_large), self._lines
        try:
            found: list[bytes | None] = await line.ask(command)
        except _LOST as error:  # what was kept may have been lost meanwhile: once more, on a new connection
            if isinstance(error, redis.TimeoutError) and self._lines is of_the_time:
                self._lines = {}  # the other one is silent as well
                for other in of_the_time.values():
                    other.lose(error)
            found = await self._line(is_large).ask(command)
        return found

    async def close(self) -> None:
        """Give up the connections; reads that are on their way fail."""
        lines, self._lines = self._lines.values(), {}
        for line in lines:
            line.lose(redis.RedisError("the store was closed meanwhile"))
        await asyncio.gather(*(line.task for line in lines), return_exceptions=True)

    def _line(self, is_large: bool) -> _Line:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what belongs to a loop ends with it
            self._loop, self._lines = loop, {}
        line = self._lines.get(is_large)
        if line is None or line.is_lost:
            line = self._lines[is_large] = _Line(self._pool.make_connection(), self._seconds, loop)
        return line


class _Line:
    """One connection, and those who wait for its answers, in their order. Whatever goes wrong on it ends it.

    Who gives up keeps the place: the answer comes all the same, and is another's if it is not taken away.
    """

    def __init__(self, connection: Any, seconds: float, loop: asyncio.AbstractEventLoop) -> None:
        self.is_lost = False
        self._connection = connection
        self._seconds = seconds
        self._loop = loop
        self._is_connected = False
        self._unsent: list[bytes] = []
        """What is asked for before the connection is there."""
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._moved_at = 0.0
        """When an answer came, or when somebody began to wait."""
        self._timer: asyncio.TimerHandle | None = None
        self.task = loop.create_task(self._run())
        self.task.add_done_callback(self._ended)

    async def ask(self, command: bytes) -> Any:
        """The answer. Raises redis.RedisError."""
        if not self._waiting:
            self._moved_at = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._look)
        answer = self._loop.create_future()
        self._waiting.append(answer)
        if self._is_connected:
            await self._send(command)
        else:
            self._unsent.append(command)
        return await answer

    async def _send(self, command: bytes) -> None:
        """All of it is handed over before anybody else gets a turn; who is not sent in whole ends the connection."""
        try:
            await self._connection.send_packed_command(command, check_health=False)
        except redis.RedisError as error:
            self.lose(error)
        except asyncio.CancelledError:  # redis-py has closed the connection
            self.lose(redis.ConnectionError("the connection was closed while something was sent"))
            raise

    async def _run(self) -> None:
        try:
            await self._connection.connect()
            self._is_connected = True
            await self._send(b"".join(self._unsent))
            self._unsent.clear()
            while True:
                try:
                    answer = await self._connection.read_response(disable_decoding=True)
                except redis.ResponseError as error:  # of this one only
                    answer = error
                self._give(answer)
        finally:
            await self._connection.disconnect(nowait=True)

    def _give(self, answer: Any) -> None:
        if not self._waiting:
            raise redis.ConnectionError("Redis answered without having been asked")
        self._moved_at = self._loop.time()
        waiting = self._waiting.popleft()
        if waiting.done():  # who has given up
            return
        if isinstance(answer, Exception):
            waiting.set_exception(answer)
        else:
            waiting.set_result(answer)

    def _look(self) -> None:
        """Whether those who wait have waited for too long."""
        self._timer = None
        if not self._waiting:
            return
        left = self._moved_at + self._seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self.lose(redis.TimeoutError(f"Timeout: no answer for {self._seconds:g} seconds"))

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        self.lose(error or redis.RedisError("the event loop that read from it has ended"))

    def lose(self, error: BaseException) -> None:
        """End it: all who wait fail."""
        if self.is_lost:
            return
        self.is_lost = True
        self.task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(error)
        self._waiting.clear()
