"""Reads of the profiles store, for many requests at once.

A store's read waits for a network, so the loop does something else meanwhile: a store that can be read without a thread
is, as changing threads costs more than the read; others are read by a thread. What arrives while enough reads are on
their way waits and is then read together: under load one round trip serves many requests. A file on this machine does
not make anybody wait: reading a hundred profiles from it takes a millisecond, and a thread would have to wait for
Python itself, with everybody else's requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from snowplow_signals.errors import StoreError
from snowplow_signals.stores import AsyncReads, Store, Stored

READS_AT_ONCE = 2
SMALL_READ = 100
TOGETHER = 10
"""Identifiers of a read that is put together with others, where no thread is needed; larger ones go by themselves."""

_Found = dict[str, dict[str, Stored] | StoreError]


class _Batch:
    """A batch that is read together: identifiers by view, and the task that reads them."""

    def __init__(self) -> None:
        self.wanted: dict[str, dict[str, None]] = {}
        self.task: asyncio.Task[_Found]


class BatchedReader:
    """Reads profiles from the store that `store` returns. Belongs to one event loop."""

    def __init__(self, store: Callable[[], Store], *, is_file: bool, at_once: int = READS_AT_ONCE) -> None:
        self._store = store
        self._is_file = is_file
        self._slots = asyncio.Semaphore(at_once)
        self._open: _Batch | None = None
        """The batch that is still collecting requests."""
        self._by_itself: AsyncReads | None = None
        """The store, once it was opened, if it needs no thread."""
        self._executor = ThreadPoolExecutor(at_once, thread_name_prefix="profiles")

    async def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        """At least those of the requested profiles that exist. Raises StoreError."""
        if self._is_file and len(identifiers) <= SMALL_READ:
            return self._store().read(view, identifiers)
        if self._by_itself is not None:
            if len(identifiers) > TOGETHER:
                return await self._by_itself.read_async(view, identifiers)
            if not self._slots.locked():
                async with self._slots:
                    return await self._by_itself.read_async(view, identifiers)
        batch = self._open
        if batch is None:
            batch = self._open = _Batch()
            batch.task = asyncio.create_task(self._read(batch))
        batch.wanted.setdefault(view, {}).update(dict.fromkeys(identifiers))
        found = (await asyncio.shield(batch.task))[view]  # a cancelled request does not disturb the others
        if isinstance(found, StoreError):
            raise found
        return found

    async def close(self) -> None:
        """Close what is held; reads in flight fail."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        if self._by_itself is not None:
            await self._by_itself.close_async()

    async def _read(self, batch: _Batch) -> _Found:
        async with self._slots:
            self._open = None
            found: _Found = {}
            for view, identifiers in batch.wanted.items():
                try:
                    found[view] = await self._fetch(view, list(identifiers))
                except StoreError as error:
                    found[view] = error
            return found

    async def _fetch(self, view: str, identifiers: list[str]) -> dict[str, Stored]:
        if self._by_itself is not None:
            return await self._by_itself.read_async(view, identifiers)
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._by_thread, view, identifiers)

    def _by_thread(self, view: str, identifiers: list[str]) -> dict[str, Stored]:
        store = self._store()  # opening it takes time as well
        if isinstance(store, AsyncReads):
            self._by_itself = store
        return store.read(view, identifiers)
