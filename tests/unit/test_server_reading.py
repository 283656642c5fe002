"""Reads of a store for many requests at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from snowplow_signals.errors import StoreError
from snowplow_signals.server.profiles.reading import SMALL_READ, TOGETHER, BatchedReader
from snowplow_signals.stores import Stored

MOMENT = datetime(2025, 1, 1)


class SlowStore:
    """Waits until it is let go, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.go = threading.Event()
        self.failing: set[str] = set()

    def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        self.asked.append((view, list(identifiers)))
        assert self.go.wait(10)
        if view in self.failing:
            raise StoreError(f"{view} is gone")
        return {one: Stored({"view": view, "of": one}, MOMENT, MOMENT) for one in identifiers if one != "nobody"}


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


def reader_of(store: Any, *, is_file: bool = False, at_once: int = 1) -> BatchedReader:
    return BatchedReader(lambda: store, is_file=is_file, at_once=at_once)


def test_what_waits_is_read_together(store: SlowStore) -> None:
    async def ask() -> list[dict[str, Stored]]:
        reader = reader_of(store)
        reads = [asyncio.create_task(reader.read("a", ["first"]))]
        await asyncio.sleep(0.05)
        for view, one in (("a", "x"), ("b", "x"), ("a", "y"), ("a", "x"), ("a", "nobody")):
            reads.append(asyncio.create_task(reader.read(view, [one])))
        await asyncio.sleep(0.05)
        store.go.set()
        return await asyncio.gather(*reads)

    answers = asyncio.run(ask())
    assert store.asked == [("a", ["first"]), ("a", ["x", "y", "nobody"]), ("b", ["x"])]
    assert [answers[1]["x"].values, answers[2]["x"].values] == [{"view": "a", "of": "x"}, {"view": "b", "of": "x"}]
    assert "nobody" not in answers[5]


def test_a_view_that_fails_does_not_fail_the_others(store: SlowStore) -> None:
    store.go.set()
    store.failing = {"a"}

    async def ask() -> list[Any]:
        reader = reader_of(store)
        reads = (reader.read(view, ["x"]) for view in ("b", "a", "b", "a"))
        return await asyncio.gather(*reads, return_exceptions=True)

    first, *rest = asyncio.run(ask())
    assert "x" in first
    assert [type(one) for one in rest] == [StoreError, dict, StoreError]


def test_a_bug_reaches_all_that_wait() -> None:
    class Broken:
        def read(self, *_: object) -> None:
            raise ZeroDivisionError

    async def ask() -> list[Any]:
        reader = reader_of(Broken())
        return await asyncio.gather(*(reader.read("a", ["x"]) for _ in range(5)), return_exceptions=True)

    assert [type(one) for one in asyncio.run(ask())] == [ZeroDivisionError] * 5


def test_who_gives_up_does_not_disturb(store: SlowStore) -> None:
    async def ask() -> dict[str, Stored]:
        reader = reader_of(store)
        impatient = asyncio.create_task(reader.read("a", ["x"]))
        await asyncio.sleep(0.05)
        patient = asyncio.create_task(reader.read("a", ["y"]))
        impatient.cancel()
        await asyncio.sleep(0.05)
        store.go.set()
        return await patient

    assert "y" in asyncio.run(ask())


def test_a_slow_store_does_not_hold_up_the_loop(store: SlowStore) -> None:
    async def ask() -> int:
        reader = reader_of(store, at_once=2)
        reads: list[asyncio.Task[Any]] = []
        for number in range(100):
            reads.append(asyncio.create_task(reader.read("a", [str(number)])))
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)
        asked = len(store.asked)
        store.go.set()
        await asyncio.gather(*reads)
        return asked

    assert asyncio.run(ask()) == 2
    assert len(store.asked) == 3


def test_a_file_is_read_without_changing_threads(store: SlowStore) -> None:
    store.go.set()
    threads = []
    read = store.read
    store.read = lambda *asked: (threads.append(threading.current_thread()), read(*asked))[1]  # type: ignore[method-assign]

    async def ask() -> None:
        reader = reader_of(store, is_file=True)
        await reader.read("a", ["x"])
        await reader.read("a", [str(number) for number in range(SMALL_READ + 1)])

    asyncio.run(ask())
    assert [one is threading.main_thread() for one in threads] == [True, False]


class SlowAsyncStore(SlowStore):
    """The same for a loop: `go_on` lets reads without a thread go."""

    def __init__(self) -> None:
        super().__init__()
        self.go.set()
        self.go_on = asyncio.Event()

    async def read_async(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        self.asked.append((view, list(identifiers)))
        if len(identifiers) <= TOGETHER:
            await self.go_on.wait()
        if view in self.failing:
            raise StoreError(f"{view} is gone")
        return {one: Stored({"of": one}, MOMENT, MOMENT) for one in identifiers}

    async def close_async(self) -> None:
        self.asked.clear()


def test_a_store_that_needs_no_thread_is_read_at_once_until_enough_is_on_its_way() -> None:
    async def ask() -> None:
        store = SlowAsyncStore()
        reader = reader_of(store, at_once=2)
        await reader.read("a", ["by a thread, which opens the store"])
        store.asked.clear()
        reads = [asyncio.create_task(reader.read("a", [str(number)])) for number in range(6)]
        await asyncio.sleep(0.01)
        assert store.asked == [("a", ["0"]), ("a", ["1"])]
        many = [str(number) for number in range(TOGETHER + 1)]
        assert set(await reader.read("a", many)) == set(many)  # for which nobody waits, and which waits for nobody
        reads[0].cancel()
        reads[3].cancel()
        store.go_on.set()
        found = await asyncio.gather(*reads, return_exceptions=True)
        assert store.asked == [("a", ["0"]), ("a", ["1"]), ("a", many), ("a", ["2", "3", "4", "5"])]
        assert [number for number, one in enumerate(found) if isinstance(one, dict) and str(number) in one] == [
            1,
            2,
            4,
            5,
        ]
        store.failing = {"a"}
        with pytest.raises(StoreError):
            await reader.read("a", ["x"])
        assert set(await reader.read("b", ["x"])) == {"x"}  # whoever failed or gave up left its place to others
        await reader.close()
        assert store.asked == []

    asyncio.run(ask())
