"""Reads of the profiles store, for many requests at once.

A store's read waits for a network, so it is done by a thread. What arrives while all threads are busy waits and is then
read together: under load one round trip, and one change of threads, serve many requests. A file on this machine does
not make anybody wait: reading some profiles from it takes less time than changing threads does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from snowplow_signals.errors import StoreError
from snowplow_signals.stores import Store, Stored

THREADS = 2
READ_AT_ONCE = 20

_Waiting = tuple[str, Sequence[str], "asyncio.Future[dict[str, Stored]]"]
_Found = dict[str, dict[str, Stored] | StoreError]


class BatchedReader:
    """Reads profiles from the store that `store` gives. Belongs to one event loop."""

    def __init__(self, store: Callable[[], Store], *, is_file: bool, threads: int = THREADS) -> None:
        self._store = store
        self._is_file = is_file
        self._threads = threads
        self._busy = 0
        self._waiting: list[_Waiting] = []
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="profiles")

    async def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        """At least the profiles that are there of those asked for. Raises StoreError."""
        if self._is_file and len(identifiers) <= READ_AT_ONCE:
            return self._store().read(view, identifiers)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[dict[str, Stored]] = loop.create_future()
        self._waiting.append((view, identifiers, answer))
        if self._busy < self._threads:
            self._start(loop)
        return await answer

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._waiting = self._waiting, []
        self._busy += 1
        work = self._executor.submit(self._read_batch, batch)
        work.add_done_callback(lambda done: _on_loop(loop, self._done, loop, batch, done))

    def _done(self, loop: asyncio.AbstractEventLoop, batch: list[_Waiting], work: Future[_Found]) -> None:
        self._busy -= 1
        if self._waiting:
            self._start(loop)
        failure = asyncio.CancelledError() if work.cancelled() else work.exception()
        for view, _, answer in batch:
            if answer.done():  # whoever asked has given up
                continue
            result = failure or work.result()[view]
            if isinstance(result, BaseException):
                answer.set_exception(result)
            else:
                answer.set_result(result)

    def _read_batch(self, batch: list[_Waiting]) -> _Found:
        wanted: dict[str, dict[str, None]] = {}
        for view, identifiers, _ in batch:
            wanted.setdefault(view, {}).update(dict.fromkeys(identifiers))
        found: _Found = {}
        for view, identifiers in wanted.items():
            try:
                found[view] = self._store().read(view, list(identifiers))
            except StoreError as error:
                found[view] = error
        return found


def _on_loop(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)
