"""Reading ahead: the next batches are fetched while one is written."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

AHEAD = 2
"""The most batches that are read ahead: memory stays flat."""


def ahead(items: Iterator[T], number: int = AHEAD) -> Generator[T, None, None]:
    """The same items, of which the next ones are made by a thread meanwhile.

    What `items` raises is raised here. Whoever stops early must close the iterator, as `contextlib.closing` does.
    """
    waiting: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(number)
    stop = threading.Event()
    thread = threading.Thread(target=_fetch, args=(items, waiting, stop), name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            item, failure = waiting.get()
            if failure is not None:
                if isinstance(failure, StopIteration):
                    return
                raise failure
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        with suppress(queue.Empty):  # the thread may wait for room
            while True:
                waiting.get_nowait()
        thread.join()


def _fetch(
    items: Iterator[T], waiting: queue.Queue[tuple[T | None, BaseException | None]], stop: threading.Event
) -> None:
    try:
        while not stop.is_set():
            waiting.put((next(items), None))
        close = getattr(items, "close", None)
        if close is not None:
            close()
    except BaseException as failure:  # raised in the thread that consumes the items
        waiting.put((None, failure))
