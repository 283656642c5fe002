"""The servers that the tests start: they answer, and keep their data when they are killed and started again."""

import psycopg
import redis
from tests.servers import PostgresServer, RedisServer


def test_postgresql_survives_a_kill() -> None:
    with PostgresServer() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create table kept as select 1 as one")
            assert connection.info.server_version >= 150000
        server.kill()
        server.start()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select one from kept").fetchone() == (1,)
    assert not server.folder.exists()


def test_redis_survives_a_kill() -> None:
    with RedisServer("--appendfsync", "always") as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", 1)
            assert tuple(map(int, client.info()["redis_version"].split(".")[:2])) >= (6, 2)
        server.kill()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"1"
    assert not server.folder.exists()
