"""Regular syncs whose process, store or warehouse goes away in the middle: afterwards everything is right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from tests import servers
from tests.e2e.crm import Crm, view

from snowplow_signals.errors import StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.stores import Store
from snowplow_signals.sync.erasing import erase, restore
from snowplow_signals.sync.process import SyncProcess

ROWS = 60_000
MOMENT = datetime(2025, 3, 1)
SECONDS = 60


def until(condition: Callable[[], bool], pause: float = 0.01) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(pause)


class Service:
    """A published view of many rows, and the processes that sync it."""

    def __init__(self, root: Path, store: str | None = None, rows: int = ROWS) -> None:
        self.rows = rows
        self.crm = Crm(root, store)
        self.store: Store = self.crm.store
        self.fill("0")
        with Registry.open(root / "registry.sqlite") as registry:
            registry.create_view(view(is_published=True))
        self.arguments = ["--every", "1", "--repo-path", str(root)]
        self.environment = {"SNOWPLOW_STORE": store or str(root / "profiles.sqlite")}
        self.log = root / "sync.log"

    def fill(self, score: str) -> None:
        self.crm.execute(
            f"create or replace table crm.scores as select 'user-' || i as customer,"
            f" timestamp '2025-03-01' + to_seconds(i) as changed, ({score} + i)::double as score,"
            f" [i::varchar] as tags from range({self.rows}) as rows(i)"
        )

    @contextmanager
    def syncing(self) -> Iterator[subprocess.Popen]:
        """A process that syncs regularly."""
        command = [sys.executable, "-m", "snowplow_signals.cli", "sync", *self.arguments]
        with self.log.open("ab") as log:
            process = subprocess.Popen(command, stderr=log, env={**os.environ, **self.environment})
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def count(self) -> int:
        try:
            return self.store.count("crm_v1")
        except StoreError:
            return -1

    def is_whole(self) -> bool:
        """Whether a sync has completed, and nothing is missing."""
        try:
            return self.store.state("crm_v1").finished_at is not None and self.count() == ROWS
        except StoreError:
            return False

    def check(self) -> None:
        assert self.count() == ROWS
        for number in (0, 1, ROWS // 2, ROWS - 1):
            found = self.store.read("crm_v1", [f"user-{number}"])[f"user-{number}"]
            assert found.values == {"score": float(number), "tags": [str(number)]}


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    url = None if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    return Service(tmp_path, url)


def test_a_sync_that_is_killed_is_done_by_the_next(service: Service) -> None:
    with service.syncing() as process:
        until(lambda: service.count() > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert 0 < service.count() < ROWS
    assert service.store.state("crm_v1").finished_at is None
    with service.syncing():  # at once: who held the lease is known to have ended
        until(service.is_whole)
    service.check()


def test_one_that_is_told_to_stop_leaves_whole_batches_and_no_lease(tmp_path: Path) -> None:
    service = Service(tmp_path, rows=10 * ROWS)  # enough not to be through before it is told to stop
    with service.syncing() as process:
        until(lambda: service.count() > 0)
        process.terminate()
        assert process.wait(SECONDS) == 0
    assert not service.store.is_held("sync:crm_v1")
    assert 0 < service.count() < service.rows


def test_redis_is_killed_in_the_middle_and_comes_back(tmp_path: Path) -> None:
    with servers.RedisServer("--appendfsync", "always") as server:
        service = Service(tmp_path, server.url)
        with service.syncing():
            until(lambda: service.count() > 0)
            server.kill()
            until(lambda: "could not be" in service.log.read_text())
            server.start()
            until(service.is_whole)
        service.check()
        told = service.log.read_text()
        assert servers.PASSWORD not in told
        assert "S3cret" not in told


@pytest.mark.long
def test_redis_that_forgets_everything_is_filled_again(tmp_path: Path, redis_url: str) -> None:
    import redis

    service = Service(tmp_path, redis_url)
    with service.syncing():
        until(service.is_whole)
        redis.Redis.from_url(redis_url).delete("signals:profiles:crm_v1")
        until(lambda: service.count() == ROWS)
        with Registry.open(tmp_path / "registry.sqlite") as registry:
            erase(service.store, "user-7", MOMENT, key="customer", ledger=registry.erasures)
        redis.Redis.from_url(redis_url).flushall()
        until(lambda: service.count() == ROWS - 1)
    assert service.store.read("crm_v1", ["user-7"]) == {}  # it was told again who was erased
    with Registry.open(tmp_path / "registry.sqlite") as registry:
        assert restore(service.store, "user-7", key="customer", ledger=registry.erasures)
        assert registry.erasures.all() == []
    service.crm.sync()
    service.check()


@pytest.mark.long
def test_a_warehouse_that_is_away_for_a_while(tmp_path: Path) -> None:
    service = Service(tmp_path)
    away = tmp_path / "elsewhere"
    service.crm.database.rename(away)
    with service.syncing():
        until(lambda: service.store.state("crm_v1").failures > 0)
        assert "does not exist" in service.store.state("crm_v1").error
        until(lambda: not service.crm.database.exists())  # nothing was made in its place
        away.rename(service.crm.database)
        until(service.is_whole)
    service.check()


class TestSyncProcess:
    def test_it_is_started_again_when_it_dies(self, tmp_path: Path) -> None:
        service = Service(tmp_path)
        told: list[str] = []
        process = SyncProcess(service.arguments, service.environment, told.append)
        process.start()
        until(lambda: service.count() > 0)
        os.kill(process.pid, signal.SIGKILL)
        until(service.is_whole)
        process.stop()
        process.stop()
        assert process.pid is None
        assert told == ["the sync process ended; restarting it in 2 s"]
        service.check()

    def test_it_ends_with_the_one_that_started_it(self, tmp_path: Path) -> None:
        program = f"""
import time
from snowplow_signals.sync.process import SyncProcess
process = SyncProcess(["--every", "60", "--repo-path", {str(tmp_path)!r}], {{}})
process.start()
while process.pid is None:
    time.sleep(0.01)
print(process.pid, flush=True)
time.sleep(60)
"""
        parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        until(lambda: not _runs(child))


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
