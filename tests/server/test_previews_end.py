"""A preview of a view leaves no process behind, however it, or whoever asked for it, ends."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.server.service import group, served
from tests.server.test_processes import Process, serving

from snowplow_signals.server.settings import Limits

PATH = "/api/v1/testing/attribute_groups"
BODY = {"attribute_group": group()}


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


def test_a_preview_that_is_killed_is_said(silent_warehouse: Path) -> None:
    with serving(silent_warehouse) as service:
        answers: list[tuple[int, object]] = []
        asking = threading.Thread(target=lambda: answers.append(service.call("POST", PATH, BODY)))
        asking.start()
        until(lambda: previews_of(service.process.pid))
        previews_of(service.process.pid)[0].kill()
        asking.join()
        assert answers == [(503, {"detail": "the process that previewed the view ended too early; try again"})]


def test_a_preview_that_takes_too_long_ends_with_its_children(silent_warehouse: Path) -> None:
    with served(silent_warehouse, limits=Limits(seconds=6)) as client:
        seen: set[psutil.Process] = set()
        watching = threading.Thread(target=lambda: until(lambda: seen.update(mine()) or seen))
        watching.start()
        assert "took too long" in client.refused(504, "POST", PATH, BODY)
        watching.join()
        until(lambda: not any(one.is_running() for one in seen))


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
