"""Previews in processes of their own, one at a time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

from fastapi import HTTPException

from snowplow_signals.inspect.preview import Request
from snowplow_signals.server.asked_process import answer_of

MOST_WAITING = 20
BUSY = "other views are being previewed; try again"


class Previews:
    """Runs one preview at a time: it may need much memory, and an embedded database serves one process.

    Others wait for their turn, up to their own deadline. Belongs to one event loop.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._waiting = 0
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    def stop(self) -> None:
        """Give up all previews: the service is about to end."""
        for task in tuple(self._tasks):
            task.cancel()

    async def run(self, request: Request, deadline: float) -> dict[str, Any]:
        """What the preview found, or its error. `deadline` is by the monotonic clock.

        Raises HTTPException: 503 when it did not get its turn, 504 when it took too long. The process is ended in any
        case, also when the caller is gone.
        """
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._wait_for_turn(deadline)
            try:
                return await answer_of(
                    "snowplow_signals.inspect.preview",
                    asdict(request),
                    seconds=max(deadline - time.monotonic(), 0.1),
                    too_slow="the warehouse took too long; use a shorter window, or ids",
                    doing="previewed the view",
                )
            finally:
                self._turn.release()
        finally:
            self._tasks.discard(task)

    async def _wait_for_turn(self, deadline: float) -> None:
        if self._waiting >= self._most_waiting:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(max(deadline - time.monotonic(), 0)):
                await self._turn.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._waiting -= 1


def _busy() -> HTTPException:
    return HTTPException(503, BUSY, {"Retry-After": "5"})
