"""What goes on by itself, and meets something that fails: it says so once, is seen in health, and goes on."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from tests.server.service import READ, group
from tests.server.test_processes import ASKED, START_SECONDS, serving, until
from tests.servers import PostgresServer, RedisServer
from tests.unit.test_silence import Proxy, through

from snowplow_signals.errors import RunError, StoreError
from snowplow_signals.run import lease as runs
from snowplow_signals.stores import open_store
from snowplow_signals.sync import process
from snowplow_signals.sync.leases import held


def eventually(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + START_SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_process_that_syncs_and_is_killed_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path, "--sync-interval", "1") as service:
        parent = psutil.Process(service.process.pid)

        def syncing() -> list[psutil.Process]:
            return [one for one in parent.children() if "sync" in one.cmdline()]

        eventually(syncing)
        before = syncing()[0]
        before.kill()
        eventually(lambda: service.call("GET", "/health-all")[1].get("loops") == {"sync": "restarting"})
        eventually(lambda: [one for one in syncing() if one.pid != before.pid])
        eventually(lambda: "loops" not in service.call("GET", "/health-all")[1])
        assert (tmp_path / "log").read_text().count("the sync process ended; restarting it in 2 s") == 1


def test_trouble_inside_of_the_process_that_syncs(tmp_path: Path) -> None:
    """The service reads on, over connections that it has; the sync process cannot look for what is due."""
    with serving(tmp_path, "--sync-interval", "1") as service:
        assert service.call("POST", "/api/v1/registry/views", group())[0] == 201
        eventually(lambda: "loops" not in service.call("GET", "/health-all")[1])
        with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as file, file:
            file.execute("alter table signals_erasures rename to away")
        eventually(lambda: service.call("GET", "/health-all")[1].get("loops") == {"sync": "nothing is synced"})
        assert service.call("GET", "/health-all")[1]["status"] == "degraded"
        assert "nothing is synced: " in (tmp_path / "log").read_text()
        with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as file, file:
            file.execute("alter table away rename to signals_erasures")
        eventually(lambda: "loops" not in service.call("GET", "/health-all")[1])


@pytest.mark.long
def test_a_process_that_syncs_and_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SILENT", 10)
    syncing = process.SyncProcess(["--every", "1", "--repo-path", str(tmp_path)], {})
    assert syncing.trouble == "restarting"
    syncing.start()
    try:
        eventually(lambda: syncing._said_at and syncing.trouble is None)
        hanging = psutil.Process(syncing.pid)
        hanging.suspend()
        eventually(lambda: syncing.trouble == "silent")
        hanging.resume()
        eventually(lambda: syncing.trouble is None)
    finally:
        syncing.stop()
    assert syncing.trouble == "restarting"


class Failing:
    """Fails some times, then not."""

    def __init__(self, error: Exception, times: int) -> None:
        self.error, self.times, self.calls = error, times, 0

    def __call__(self, *_: object) -> bool:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return True


def test_a_lease_of_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(tmp_path / "profiles.sqlite") as store:
        renewing = Failing(StoreError("the store is away"), 3)
        monkeypatch.setattr(store, "renew", renewing)
        with caplog.at_level(logging.WARNING), held(store, "shop_v1", 0.03):
            eventually(lambda: renewing.calls > 5)
    assert [record.message for record in caplog.records] == [
        "the lease 'sync:shop_v1' could not be renewed; retrying: the store is away",
        "the lease 'sync:shop_v1' is renewed again",
    ]


def test_a_lease_of_a_run(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    class Warehouse:
        project = "shop_1"
        execute = Failing(RunError("the warehouse is away"), 3)

        def lease_end(self, seconds: int) -> str:
            return "now()"

        def rows(self, sql: str) -> list[tuple[int]]:
            return [(1,)]

    monkeypatch.setattr(runs, "RENEWED_EVERY", 0.01)
    warehouse = Warehouse()
    with caplog.at_level(logging.WARNING), runs.Lease(warehouse, "t", "me") as lease:  # type: ignore[arg-type]
        eventually(lambda: warehouse.execute.calls > 5)
        lease.check()
    assert [record.message for record in caplog.records] == [
        "the lease of this run could not be renewed; retrying: the warehouse is away",
        "the lease of this run is renewed again",
    ]


@pytest.mark.parametrize("seconds", [3, pytest.param(300, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", ["postgres", pytest.param("redis", marks=pytest.mark.long)])
def test_a_black_hole(tmp_path: Path, kind: str, seconds: float) -> None:
    """Neither registry nor store says a word any more; each old connection stays so for good."""
    with PostgresServer() as postgres, RedisServer() as redis:
        registry = postgres.create_database("registry")
        store = postgres.create_database("store") if kind == "postgres" else redis.url
        proxies = [Proxy(urlsplit(url).port) for url in (registry, store)]
        places = [through(url, proxy.port) for url, proxy in zip((registry, store), proxies, strict=True)]
        with serving(tmp_path, "--registry", places[0], "--store", places[1]) as service:
            service.call("POST", "/api/v1/registry/views", group())
            assert service.call("POST", READ, ASKED)[0] == 200
            for proxy in proxies:
                proxy.is_silent.set()
            end = time.monotonic() + seconds
            until(503, service, "GET", "/health-all")
            while True:
                assert service.call("POST", READ, ASKED)[0] == 503
                status, health = service.call("GET", "/health-all")
                assert status == 503
                assert set(health["dependencies"].values()) == {"unavailable"}
                if time.monotonic() > end:
                    break
            for proxy in proxies:
                proxy.is_silent.clear()
            assert until(200, service, "POST", READ, ASKED)["clicks"] == [None]
            until(200, service, "GET", "/health-all")
        for proxy in proxies:
            proxy.close()
