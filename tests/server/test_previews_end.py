"""A preview of a view leaves no process behind, however it, or whoever asked for it, ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import duckdb
import psutil
import pytest
from fastapi import HTTPException
from tests.server.service import group, served
from tests.server.test_processes import Process, serving

from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.inspect.preview import Request
from snowplow_signals.server.preview import while_asked
from snowplow_signals.server.preview_processes import Previews
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.wire import read_view

PATH = "/api/v1/testing/attribute_groups"
BODY = {"attribute_group": group()}
CLICKS_VIEW = read_view(group(), lambda name: BUILT_IN[name]).to_json()


@pytest.fixture
def silent_warehouse(tmp_path: Path) -> Iterator[Path]:
    """A folder whose profile leads to a PostgreSQL that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        output = f"{{type: postgres, host: 127.0.0.1, port: {listening.getsockname()[1]}, user: a, password: b, "
        output += "dbname: c, schema: d, threads: 1}"
        (tmp_path / "profiles.yml").write_text(
            f"snowplow_batch_engine:\n  target: dev\n  outputs:\n    dev: {output}\n"
        )
        yield tmp_path


def previews_of(parent: int) -> list[psutil.Process]:
    children = psutil.Process(parent).children(True)
    return [one for one in children if "snowplow_signals.inspect.preview" in " ".join(one.cmdline())]


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def asked_in_background(service: Process) -> threading.Thread:
    def ask() -> None:
        with suppress(OSError):  # the service is killed meanwhile
            service.call("POST", PATH, BODY)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_service_that_is_killed_leaves_no_preview(silent_warehouse: Path) -> None:
    with serving(silent_warehouse, ends_with=signal.SIGKILL) as service:
        asking = asked_in_background(service)
        until(lambda: previews_of(service.process.pid))
        (preview,) = previews_of(service.process.pid)
        service.process.send_signal(signal.SIGKILL)
        until(lambda: not preview.is_running())
        asking.join()


def test_a_service_that_is_stopped_answers_who_waits_for_a_preview(silent_warehouse: Path) -> None:
    with serving(silent_warehouse) as service:
        answers: list[tuple[int, object]] = []
        asking = threading.Thread(target=lambda: answers.append(service.call("POST", PATH, BODY)))
        asking.start()
        until(lambda: previews_of(service.process.pid))
        (preview,) = previews_of(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        asking.join()
        assert answers == [(503, {"detail": "the service is being stopped; try again"})]
        until(lambda: not preview.is_running())
    assert "graceful shutdown exceeded" not in (silent_warehouse / "log").read_text()


def test_previews_that_are_stopped_end_also_those_that_wait_for_their_turn(silent_warehouse: Path) -> None:
    request = Request(CLICKS_VIEW, str(silent_warehouse), None, [], 60, [])

    class There:
        async def is_disconnected(self) -> bool:
            return False

    async def ask() -> None:
        previews = Previews()
        asked = [while_asked(cast(Any, There()), previews.run(request, time.monotonic() + 3_600)) for _ in range(3)]
        answers = asyncio.gather(*asked, return_exceptions=True)
        while not mine():
            await asyncio.sleep(0.05)
        previews.stop()
        assert [str(one) for one in await answers] == ["503: the service is being stopped; try again"] * 3
        assert not mine()

    asyncio.run(ask())


def test_a_preview_that_is_killed_is_said(silent_warehouse: Path) -> None:
    with serving(silent_warehouse) as service:
        answers: list[tuple[int, object]] = []
        asking = threading.Thread(target=lambda: answers.append(service.call("POST", PATH, BODY)))
        asking.start()
        until(lambda: previews_of(service.process.pid))
        previews_of(service.process.pid)[0].kill()
        asking.join()
        assert answers == [(503, {"detail": "the process that previewed the view ended too early; try again"})]


def test_a_preview_that_takes_too_long_ends_with_its_children(
    silent_warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = silent_warehouse / "temporary"
    files.mkdir()
    monkeypatch.setenv("TMPDIR", str(files))
    with served(silent_warehouse, limits=Limits(seconds=6)) as client:
        seen: set[psutil.Process] = set()
        watching = threading.Thread(target=lambda: until(lambda: seen.update(mine()) or seen))
        watching.start()
        assert "took too long" in client.refused(504, "POST", PATH, BODY)
        watching.join()
        until(lambda: not any(one.is_running() for one in seen))
    assert not list(files.iterdir())


def test_a_preview_is_given_up_when_whoever_asked_has_gone(silent_warehouse: Path) -> None:
    request = Request(CLICKS_VIEW, str(silent_warehouse), None, [], 60, [])

    class Gone:
        async def is_disconnected(self) -> bool:
            return bool(mine())  # as soon as there is a preview

    async def ask() -> None:
        previews = Previews()
        with pytest.raises(HTTPException, match="nobody waits"):
            await while_asked(cast(Any, Gone()), previews.run(request, time.monotonic() + 3_600))
        assert not mine()
        assert not previews._turn.locked()

    asyncio.run(ask())


def test_a_database_that_another_process_holds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = f"{{type: duckdb, path: '{tmp_path / 'events.duckdb'}', schema: d}}"
    (tmp_path / "profiles.yml").write_text(f"snowplow_batch_engine:\n  target: dev\n  outputs:\n    dev: {output}\n")
    monkeypatch.setenv("SNOWPLOW_LOCK_SECONDS", "0.2")
    with served(tmp_path) as client, duckdb.connect(str(tmp_path / "events.duckdb")):
        assert "holds the database" in client.refused(503, "POST", PATH, BODY)


def mine() -> list[psutil.Process]:
    return previews_of(psutil.Process().pid)


def test_others_are_served_while_many_wait_for_a_preview(silent_warehouse: Path) -> None:
    with served(silent_warehouse, limits=Limits(seconds=3)) as client:
        asking = [threading.Thread(target=client.call, args=("POST", PATH, BODY)) for _ in range(60)]
        for one in asking:
            one.start()
        until(mine)
        assert client.done("GET", "views") == []  # no thread of the service waits with them
        for one in asking:
            one.join()
        until(lambda: not mine())
