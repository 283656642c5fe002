"""The registry in a database: versions, batch sources, services, keys, and several processes at once."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from snowplow_signals import (
    AlreadyExistsError,
    Attribute,
    BatchSource,
    Entity,
    Field,
    InUseError,
    NotFoundError,
    RegistryError,
    Service,
    UsageError,
    View,
    ViewReference,
    domain_sessionid,
    domain_userid,
    user_entity,
)
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.errors import ConflictError
from snowplow_signals.registry import Registry, tables
from snowplow_signals.stores import Erasure

SOURCE = BatchSource(name="shop", schema="derived", table="shop_1_attributes", timestamp_field="updated_at")


def view(name: str = "shop", version: int = 1, attribute: str = "clicks", **more: object) -> View:
    counter = Attribute(name=attribute, type="int64", aggregation="counter")
    return View(
        **{"name": name, "version": version, "entity": user_entity, "offline": True, "owner": "a@b.example"}
        | {"attributes": [counter]}
        | more
    )


def service(*views: View, name: str = "home") -> Service:
    return Service(name=name, views=views, owner="a@b.example")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty registry can be."""
    if request.param == "sqlite":
        return str(tmp_path / "registry.sqlite")
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def registry(place: str) -> Iterator[Registry]:
    with Registry.open(place) as opened:
        yield opened


def test_a_view_is_kept_with_its_versions(registry: Registry) -> None:
    for version in (1, 10, 2):
        registry.create_view(view(version=version))
    assert registry.view("shop") == view(version=10)
    assert registry.view("shop", 2) == view(version=2)
    assert [one.version for one in registry.views()] == [1, 2, 10]
    with pytest.raises(AlreadyExistsError, match="'shop' version 2"):
        registry.create_view(view(version=2))
    with pytest.raises(NotFoundError, match="'shop' version 3"):
        registry.view("shop", 3)
    registry.delete_view("shop", 10)
    assert registry.view("shop").version == 2
    with pytest.raises(NotFoundError):
        registry.delete_view("shop", 10)


def test_views_are_listed_by_whether_they_are_offline(registry: Registry) -> None:
    registry.create_view(view())
    registry.create_view(view("streamed", offline=False))
    assert [one.name for one in registry.views(offline=True)] == ["shop"]
    assert [one.name for one in registry.views(offline=False)] == ["streamed"]


def test_a_registered_batch_source_survives_a_new_publication(registry: Registry) -> None:
    registry.create_view(view())
    assert registry.batch_source("shop_v1") is None
    assert registry.register_batch_source("shop_v1", SOURCE) is True
    assert registry.register_batch_source("shop_v1", SOURCE) is False
    assert registry.batch_source("shop_v1") == SOURCE
    kept = registry.replace_view(view(description="new"))
    assert (kept.batch_source, kept.description) == (SOURCE, "new")
    assert registry.view("shop") == kept
    for missing in ("shop_v2", "shop", "_v1", "shop_v99999999999999999999"):
        with pytest.raises(NotFoundError):
            registry.register_batch_source(missing, SOURCE)


def test_a_view_of_fields_keeps_its_batch_source(registry: Registry) -> None:
    external = view(attributes=[], fields=[Field(name="LTV", type="double")], batch_source=SOURCE)
    registry.create_view(external)
    assert registry.view("shop") == external


def test_what_is_synced_is_published_offline_and_has_a_table(registry: Registry) -> None:
    registry.create_view(view("no_table", is_published=True))
    registry.create_view(view("hidden", batch_source=SOURCE))
    registry.create_view(view("streamed", offline=False, is_published=True, batch_source=SOURCE))
    shop = registry.create_view(view(is_published=True, batch_source=SOURCE))
    assert registry.published_views() == [shop]
    assert registry.set_published([ViewReference(name="shop")], False) == [
        shop.model_copy(update={"is_published": False})
    ]
    assert registry.set_published([ViewReference(name="shop")], False) == []
    assert registry.published_views() == []
    registry.set_published(None, True)
    assert [one.name for one in registry.published_views()] == ["hidden", "shop"]
    with pytest.raises(NotFoundError):
        registry.set_published([ViewReference(name="shop"), ViewReference(name="nope")], False)
    assert registry.view("shop").is_published


def test_a_service_names_views_whose_attributes_differ(registry: Registry) -> None:
    registry.create_view(view())
    registry.create_view(view("other"))
    with pytest.raises(ConflictError, match="shop_v1 and other_v1 both have an attribute 'clicks'"):
        registry.create_service(service(view(), view("other")))
    with pytest.raises(NotFoundError, match="service 'home': there is no view 'nope' version 1"):
        registry.create_service(service(view(), view("nope")))
    registry.replace_view(view("other", attribute="views"))
    registry.create_service(service(view(), view("other")))
    with pytest.raises(ConflictError, match="both have an attribute 'clicks'"):
        registry.replace_view(view("other", attribute="clicks"))
    assert registry.view("other").attributes[0].name == "views"
    assert registry.service("home").views == (ViewReference(name="shop"), ViewReference(name="other"))


def test_an_attribute_of_a_service_does_not_hide_a_key(registry: Registry) -> None:
    registry.create_view(view(attribute="domain_sessionid"))
    registry.create_view(view("visits", attribute="pages", entity=domain_sessionid))
    with pytest.raises(ConflictError, match="'domain_sessionid' of shop_v1 has the name of the key of visits_v1"):
        registry.create_service(service(view(), view("visits")))


def test_a_view_in_a_service_is_not_deleted(registry: Registry) -> None:
    registry.create_view(view())
    registry.create_service(service(view()))
    with pytest.raises(InUseError, match="'home'"):
        registry.delete_view("shop", 1)
    registry.delete_service("home")
    registry.delete_view("shop", 1)
    with pytest.raises(NotFoundError):
        registry.service("home")


def test_entities_that_are_built_in(registry: Registry) -> None:
    assert registry.entity("user") == user_entity
    with pytest.raises(AlreadyExistsError):
        registry.create_entity(domain_userid)
    with pytest.raises(InUseError, match="built in"):
        registry.delete_entity("domain_userid")
    described = Entity(name="domain_userid", description="a browser")
    registry.replace_entity(described)
    assert registry.entity("domain_userid") == described
    registry.delete_entity("domain_userid")
    assert registry.entities() == [BUILT_IN[name] for name in sorted(BUILT_IN)]


def test_an_entity_that_a_view_is_about_is_not_deleted(registry: Registry) -> None:
    customer = Entity(name="customer", key="user_id")
    registry.create_entity(customer)
    for one in (view(entity=customer), view("other", 2, entity=customer, offline=False), view("apart")):
        registry.create_view(one)
    before = registry.revision()
    with pytest.raises(InUseError, match="'customer' is what other_v2, shop_v1 are about: delete these views first"):
        registry.delete_entity("customer")
    assert registry.revision() == before
    registry.delete_view("shop", 1)
    with pytest.raises(InUseError, match="'customer' is what other_v2 is about: delete this view first"):
        registry.delete_entity("customer")
    registry.delete_view("other", 2)
    registry.delete_entity("customer")
    with pytest.raises(NotFoundError):
        registry.entity("customer")


def test_a_replaced_entity_that_a_view_is_about_stays_replaced(registry: Registry) -> None:
    registry.replace_entity(Entity(name="user", key="domain_userid", description="a browser"))
    registry.create_view(view())
    with pytest.raises(InUseError, match="shop_v1"):
        registry.delete_entity("user")
    registry.delete_view("shop", 1)
    registry.delete_entity("user")
    assert registry.entity("user") == user_entity


def test_a_snapshot_is_out_of_date_after_any_change(registry: Registry) -> None:
    before = registry.snapshot()
    registry.create_view(view())
    assert registry.revision() > before.revision
    after = registry.snapshot()
    assert (list(before.views), list(after.views)) == ([], ["shop_v1"])
    assert not after.has_keys
    key, _ = registry.keys.create("acme")
    assert registry.snapshot().active_keys == {key.key_id}
    registry.keys.revoke(key.key_id)
    assert (registry.snapshot().active_keys, registry.snapshot().has_keys) == (frozenset(), True)


def test_a_change_that_fails_changes_nothing(registry: Registry) -> None:
    before = registry.revision()
    with pytest.raises(NotFoundError):
        registry.create_service(service(view("nope")))
    assert registry.revision() == before


def test_keys_match_only_as_a_whole(registry: Registry) -> None:
    key, secret = registry.keys.create("acme", ("read",), note="web shop")
    assert registry.keys.matching("acme", key.key_id, secret) == key
    assert registry.keys.list() == [key]
    for org, key_id, tried in (
        ("other", key.key_id, secret),
        ("acme", "nobody", secret),
        ("acme", key.key_id, secret[:-1]),
        ("acme", key.key_id, ""),
        ("acme", "nobody", ""),
    ):
        assert registry.keys.matching(org, key_id, tried) is None
    registry.keys.revoke(key.key_id)
    assert registry.keys.matching("acme", key.key_id, secret) is None
    with pytest.raises(NotFoundError):
        registry.keys.revoke(key.key_id)


def test_keys_are_kept_as_hashes(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "registry.sqlite") as registry:
        key, secret = registry.keys.create("acme")
    contents = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert key.key_id.encode() in contents
    assert secret.encode() not in contents


def test_what_is_no_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="kind 'mysql'"):
        Registry.open("mysql://host/x")
    with pytest.raises(RegistryError, match="could not be reached"):
        Registry.open(tmp_path / "no" / "such" / "folder.sqlite")
    with pytest.raises(RegistryError, match="could not be reached"):
        Registry.open("postgresql://nobody:secret@127.0.0.1:1/x")


def test_a_registry_of_a_later_version_is_refused(place: str) -> None:
    with Registry.open(place) as opened, opened._writing() as connection:
        connection.execute(text("update signals_registry set layout = 99"))
    with pytest.raises(RegistryError, match="later version"):
        Registry.open(place)


def test_an_older_registry_is_migrated(place: str) -> None:
    with Registry.open(place) as opened:
        opened.create_view(view())
        more = (*tables.MIGRATIONS, "create table signals_more (name text); insert into signals_more values ('new');")
        with opened._transaction(writes=True) as connection:
            tables.migrate(connection, opened.where, more)
        with opened._transaction(writes=True) as connection:
            tables.migrate(connection, opened.where, more)
        with opened._reading() as connection:
            assert connection.execute(text("select name from signals_more")).all() == [("new",)]
        assert opened.view("shop") == view()


def test_the_password_is_not_shown() -> None:
    with pytest.raises(RegistryError) as caught:
        Registry.open("postgresql://nobody:secret@127.0.0.1:1/x")
    assert "secret" not in str(caught.value)


WRITER = """
import sys
import threading
from snowplow_signals import Attribute, View, user_entity
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.registry import Registry, tables
clicks = Attribute(name="clicks", type="int64", aggregation="counter")
with Registry.open(sys.argv[1]) as registry:
    for number in range(20):
        registry.create_view(View(name=sys.argv[2], version=number + 1, entity=user_entity, attributes=[clicks],
                                  owner="a@b.example"))
"""


def test_several_processes_open_and_change_one_registry(place: str) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, place, f"view_{name}"]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    with Registry.open(place) as registry:
        assert len(registry.views()) == 60
        assert registry.revision() == 60


def test_erasures_are_kept(place: str) -> None:
    first, second = Erasure("key:user_id", b"\x01\xff", datetime(2025, 3, 1)), Erasure("shop_v1", b"\x01", datetime.max)
    with Registry.open(place) as opened:
        for _ in range(2):
            opened.erasures.add([second, first, first])
        assert opened.erasures.all() == [first, second]
        assert opened.erasures.restore("shop_v1", [b"\x01", b"\x02", b"\x01"]) == {b"\x01": 2}
        assert opened.erasures.restore("shop_v1", [b"\x01"]) == {}
        assert opened.erasures.all() == [first]


class TestDefinitionsThatCannotBeRead:
    """Of a later version, or damaged: set aside by name; the others are served, and a service starts."""

    BODIES = ('{"name": "odd", "version": 1, "from_later": {}}', "no json", "[1]", '{"name": 5}', "{}", "1e999")

    @pytest.mark.parametrize("body", BODIES)
    def test_views_and_others(self, tmp_path: Path, body: str) -> None:
        from tests.server.service import READ, group, served

        with served(tmp_path) as client:
            client.done("POST", "views", group())
            client.done(
                "POST", "services", {"name": "s", "owner": "a@b.example", "views": [{"name": "shop", "version": 1}]}
            )
            registry = client.backend.registry
            with registry._writing() as connection:
                for table, key in (("views", {"version": 1}), ("services", {}), ("entities", {})):
                    connection.execute(getattr(tables, table).insert().values(name="odd", body=body, **key))
            client.backend.definitions.refresh()
            health = client.done("GET", "/health-all")
            assert health["set_aside"] == ["entity odd", "service odd", "view odd version 1"]
            assert health["status"] == "degraded"
        with served(tmp_path) as client:  # it starts
            asked = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks"]}
            assert client.done("POST", READ, asked)["clicks"] == [None]
            assert [one["name"] for one in client.done("GET", "views")] == ["shop"]
            assert [one.name for one in client.backend.registry.services()] == ["s"]
            assert client.backend.registry.published_views() == []
            assert "view 'odd' version 1 was written by another version" in client.refused(500, "GET", "views/odd")
            client.done("DELETE", "views/odd/versions/1")
            for path in ("services/odd", "entities/odd"):
                client.done("DELETE", path)
            assert client.done("GET", "/health-all")["status"] == "ok"

    def test_the_loop_that_sees_revoked_keys_does_not_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tests.server.service import served

        monkeypatch.setattr("snowplow_signals.server.definitions_cache.SECONDS", 0.01)
        with served(tmp_path) as client:
            definitions = client.backend.definitions
            looked = threading.Semaphore(0)
            before = definitions.refresh

            def broken() -> None:
                looked.release()
                raise ZeroDivisionError

            monkeypatch.setattr(definitions, "refresh", broken)
            for _ in range(3):
                assert looked.acquire(timeout=30)
            assert client.done("GET", "/health-all")["loops"] == {"definitions": "not fresh"}

            def well() -> None:
                before()
                looked.release()

            while looked.acquire(blocking=False):
                pass
            monkeypatch.setattr(definitions, "refresh", well)
            for _ in range(2):
                assert looked.acquire(timeout=30)
            assert client.done("GET", "/health-all")["status"] == "ok"
