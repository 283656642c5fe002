"""A store that can only be read serves reads after a restart."""

from datetime import datetime
from pathlib import Path

import psycopg
import pytest
import redis
from tests.servers import RedisServer

from snowplow_signals.errors import StoreError
from snowplow_signals.registry import Registry
from snowplow_signals.stores import open_store

AT = datetime(2025, 3, 2)
VIEW = "shop_v1"


def filled(url: str | Path) -> None:
    with open_store(url) as store:
        store.write(VIEW, [("ann", {"n": 1}, AT)], AT)


def check(url: str | Path) -> None:
    with open_store(url) as store:
        assert store.read(VIEW, ["ann"])["ann"].values == {"n": 1}
        assert (store.count(VIEW), store.states(), store.erasures()) == (1, [], [])
        with pytest.raises(StoreError, match="could not be written"):
            store.write(VIEW, [("bob", {"n": 1}, AT)], AT)
        with pytest.raises(StoreError, match="could not be written"):
            store.erase("ann", AT, view=VIEW)
        assert store.read(VIEW, ["ann"])["ann"].values == {"n": 1}


def test_a_redis_that_is_full() -> None:
    with RedisServer("--maxmemory-policy", "noeviction") as server:
        filled(server.url)
        redis.Redis.from_url(server.url).config_set("maxmemory", "1")
        check(server.url)


def test_a_redis_that_is_full_and_was_never_a_store() -> None:
    with RedisServer("--maxmemory-policy", "noeviction", "--maxmemory", "1") as server, open_store(server.url) as store:
        assert store.read(VIEW, ["ann"]) == {}


def test_a_replica_of_redis() -> None:
    with RedisServer() as server:
        filled(server.url)
        redis.Redis.from_url(server.url).replicaof("127.0.0.1", 1)
        check(server.url)


def test_a_postgres_that_is_read_only(postgres_url: str) -> None:
    filled(postgres_url)
    Registry.open(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'alter database "{name}" set default_transaction_read_only = on')
    check(postgres_url)
    with Registry.open(postgres_url) as registry:
        assert registry.views() == []
