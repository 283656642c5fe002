"""A view that is deleted takes its values with it, also while its sync runs; one of its name starts empty."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests import servers
from tests.e2e.crm import Crm, T
from tests.server.service import Client, group, served

from snowplow_signals import View
from snowplow_signals.errors import LeaseLostError, StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.stores import SyncState, open_store
from snowplow_signals.sync.copying import StoppedError
from snowplow_signals.sync.forgetting import forget
from snowplow_signals.sync.leases import held
from snowplow_signals.sync.published import Published

AT = datetime(2025, 3, 1)
ONE = "attribute_groups/shop/versions/1"


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "profiles.sqlite")
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def client(tmp_path: Path, url: str) -> Iterator[Client]:
    with served(tmp_path, store_url=url) as client:
        yield client


def fill(client: Client, view: str = "shop_v1") -> None:
    store = client.backend.store()
    store.declare(view, "domain_userid")
    store.write(view, [(one, {"clicks": 7}, AT) for one in ("u1", "u2")], AT)
    store.set_state(SyncState(view, key="domain_userid", source="t", watermark=AT, profiles=2))


def holds(client: Client, view: str = "shop_v1") -> tuple[int, int, bool, bool]:
    store = client.backend.store()
    is_known = any(one.view == view for one in store.states())
    return store.count(view), store.suppressed(view), is_known, view in dict(store.keys())


def test_a_deleted_view_takes_its_values_with_it(client: Client) -> None:
    for version in (1, 2):
        client.done("POST", "attribute_groups/", group(version=version))
        fill(client, f"shop_v{version}")
    client.backend.store().erase("u2", AT, key="domain_userid")
    assert client.read(["shop_v1:clicks"])["clicks"] == [7]
    client.done("DELETE", "views/Shop/versions/1")  # names are distinguished without regard to case
    assert holds(client) == (0, 0, False, False)
    assert holds(client, "shop_v2") == (1, 1, True, True)
    assert not client.backend.store().is_held("sync:shop_v1")
    assert len(client.backend.store().erasures()) == 1  # who was erased stays so
    client.done("POST", "attribute_groups/", group())
    assert client.read(["shop_v1:clicks"])["clicks"] == [None]
    assert client.done("GET", f"{ONE}/sync_status")["last_synced_at"] is None
    assert client.backend.registry.deleted_views() == []


def test_a_view_that_is_not_deleted_keeps_its_values(client: Client) -> None:
    client.done("POST", "attribute_groups/", group())
    client.done("POST", "services/", {"name": "s", "owner": "a@b.example", "attribute_groups": [{"name": "shop"}]})
    fill(client)
    client.refused(409, "DELETE", ONE)
    client.refused(404, "DELETE", "attribute_groups/shop/versions/2")
    client.done("PUT", ONE, group(is_published=False))
    client.done("PUT", ONE, group())
    assert holds(client) == (2, 0, True, True)


def test_a_view_that_is_deleted_while_it_is_written(client: Client) -> None:
    client.done("POST", "attribute_groups/", group())
    fill(client)
    store = client.backend.store()
    with held(store, "shop_v1") as lease:
        store.write("shop_v1", [("u3", {"clicks": 1}, AT)], AT, lease)
        client.done("DELETE", ONE)
        for write in (
            lambda: store.write("shop_v1", [("u4", {"clicks": 1}, AT)], AT, lease),
            lambda: store.declare("shop_v1", "domain_userid", [("clicks",)], lease),
            lambda: store.set_state(SyncState("shop_v1"), lease),
            lambda: store.remove("shop_v1", ["u1"], lease),
        ):
            with pytest.raises(LeaseLostError):
                write()
        client.done("POST", "attribute_groups/", group())
        with pytest.raises(LeaseLostError):
            store.write("shop_v1", [("u4", {"clicks": 1}, AT)], AT, lease)
    assert holds(client) == (0, 0, False, False)


def test_a_sync_that_goes_on(tmp_path: Path, url: str) -> None:
    """Told of it at its next write, wherever it is; the store says that nothing was ever synced."""
    crm = Crm(tmp_path, url)
    made = f"select 'user-' || number, timestamp '{T}', number from range(25_000) as made(number)"
    crm.execute(f"insert into crm.scores (customer, changed, score) {made}")
    written: list[int] = []

    class Deleting:
        def step(self, done: int, total: int) -> None:
            written.append(crm.store.count("crm_v1"))
            if len(written) == 1:
                with open_store(url) as another:
                    forget(another, "crm_v1")

    with pytest.raises(LeaseLostError):
        crm.published.sync(crm.view, crm.store, Deleting())
    assert 0 < written[0] < 25_000
    assert crm.store.count("crm_v1") == 0
    assert (crm.store.states(), crm.store.keys()) == ([], {})
    assert crm.sync() == (25_000, 25_000, 0)


def test_a_sync_that_begins_too_late(tmp_path: Path) -> None:
    """It was due when the view was still there, and its turn comes when it is not, or is another."""
    crm = Crm(tmp_path)
    crm.insert(("ann", T, 1))
    with Registry.open(tmp_path / "registry.sqlite") as registry:
        published = Published(tmp_path, is_current=registry.is_current)
        view = crm.view.model_copy(update={"is_published": True})
        registry.create_view(view)
        assert published.sync(view, crm.store).rows_written == 1
        changed = view.model_copy(update={"description": "another"})
        registry.replace_view(changed)
        with pytest.raises(StoppedError):
            published.sync(view, crm.store)
        registry.delete_view("crm", 1)
        for one in (view, changed):
            with pytest.raises(StoppedError):
                published.sync(one, crm.store)
        assert crm.store.state("crm_v1").failures == 0


def test_a_store_that_is_away_when_the_view_is_deleted(tmp_path: Path) -> None:
    """The registry remembers it; until it is done nobody can publish a view of that name."""
    with servers.RedisServer("--appendfsync", "always") as server:
        with served(tmp_path, store_url=server.url) as client:
            client.done("POST", "attribute_groups/", group())
            client.done("POST", "attribute_groups/", group(name="other"))
            fill(client)
            fill(client, "other_v1")
            server.kill()
            for name in ("shop", "other"):
                client.done("DELETE", f"attribute_groups/{name}/versions/1")
            assert sorted(client.backend.registry.deleted_views()) == ["other_v1", "shop_v1"]
            client.refused(503, "POST", "attribute_groups/", group())
            client.done("POST", "attribute_groups/", group(name="third"))
            server.start()
            client.done("POST", "attribute_groups/", group())
            assert client.read(["shop_v1:clicks"])["clicks"] == [None]
            assert holds(client, "other_v1") == (0, 0, False, False)
            fill(client)
            server.kill()
            client.done("DELETE", ONE)
        server.start()
        with served(tmp_path, store_url=server.url) as client:  # the next process does it as well
            assert holds(client) == (0, 0, False, False)
            assert client.backend.registry.deleted_views() == []


def test_regular_sync_does_what_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowplow_signals.cli import sync as command
    from snowplow_signals.sync import regular

    crm = Crm(tmp_path)
    crm.insert(("ann", T, 1))
    view = crm.view.model_copy(update={"is_published": True})
    found: list[Any] = []

    def rounds(self: regular.RegularSync) -> None:
        self.round()
        found.append((crm.store.count("crm_v1"), crm.store.count("old_v1")))
        with Registry.open(tmp_path / "registry.sqlite") as registry:
            registry.delete_view("crm", 1)
        self.round()
        found.append((crm.store.count("crm_v1"), crm.store.count("old_v1")))

    monkeypatch.setattr(regular.RegularSync, "run", rounds)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)
    with Registry.open(tmp_path / "registry.sqlite") as registry:
        registry.create_view(view)
        old: View = view.model_copy(update={"name": "old"})
        registry.create_view(old)
        crm.store.write("old_v1", [("ann", {"score": 1.0}, T)], T)
        registry.delete_view("old", 1)
        revision = registry.revision()
        command._sync_regularly(tmp_path, None, None, None, regular.DEFAULT_INTERVAL, False)
        assert registry.deleted_views() == []
        assert registry.revision() == revision + 1  # what is forgotten is not a change of a definition
    assert found == [(1, 0), (0, 0)]


def test_nothing_is_forgotten_when_the_store_fails_half_way(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.done("POST", "attribute_groups/", group())
    fill(client)
    store = client.backend.store()

    def fails(*_: object) -> None:
        raise StoreError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store, "forget", fails)
        client.done("DELETE", ONE)
        assert client.backend.registry.deleted_views() == ["shop_v1"]
    client.done("POST", "attribute_groups/", group())
    assert holds(client) == (0, 0, False, False)
