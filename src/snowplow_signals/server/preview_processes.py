"""Previews in processes of their own, one at a time."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from fastapi import HTTPException

from snowplow_signals.inspect.preview import Request

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
                return await _outcome(request, deadline)
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


async def _outcome(request: Request, deadline: float) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "snowplow_signals.inspect.preview"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that what it starts itself can be ended with it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # its input stays open: when this process dies, however it does, the preview sees the end of it and ends too
        process.stdin.write(json.dumps(asdict(request)).encode() + b"\n")
        async with asyncio.timeout(max(deadline - time.monotonic(), 0.1)):
            written = await process.stdout.read()
            await process.wait()
    except TimeoutError:
        raise HTTPException(504, "the warehouse took too long; use a shorter window, or ids") from None
    finally:
        await _end(process)
    try:
        return json.loads(written)  # type: ignore[no-any-return]
    except ValueError:
        raise HTTPException(503, "the process that previewed the view ended too early; try again") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.shield(process.wait())


def _busy() -> HTTPException:
    return HTTPException(503, BUSY, {"Retry-After": "5"})
