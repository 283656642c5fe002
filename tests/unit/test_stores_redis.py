"""What is Redis' own of a store: how commands are packed."""

from datetime import datetime, timedelta

import pytest
import redis
from redis.connection import Encoder, PythonRespSerializer

from snowplow_signals.stores import Packed, open_store
from snowplow_signals.stores.redis_packing import Packer

AT = datetime(2025, 3, 2)
VIEW = "shop_v1"


@pytest.mark.parametrize(
    "command",
    [
        ("PING",),
        ("SCRIPT LOAD", "return 1"),
        (b"CLIENT SETINFO", "LIB-NAME", "ä"),
        ("HSET", "key", "", b"", "Zoë", b"\x00\r\n\xff" * 5_000, "n", 1, "f", 2.5),
        ("HMGET", b"key of bytes", *map(str, range(10_000))),
    ],
)
def test_commands_are_packed_as_by_redis_py(command: tuple) -> None:
    theirs = PythonRespSerializer(6_000, Encoder("utf-8", "strict", False).encode)
    connection = redis.ConnectionPool.from_url("redis://host", command_packer=Packer()).make_connection()
    assert b"".join(connection.pack_command(*command)) == b"".join(theirs.pack(*command))


def test_each_profile_of_a_batch_keeps_its_own_time(redis_url: str) -> None:
    times = [AT, AT, AT - timedelta(days=1), AT, AT + timedelta(microseconds=1)]
    with open_store(redis_url) as store:
        rows = [(str(number), {"n": number}, moment) for number, moment in enumerate(times)]
        assert store.write(VIEW, rows, AT) == len(times)
        found = store.read(VIEW, [str(number) for number in range(len(times))])
        assert [found[str(number)].changed_at for number in range(len(times))] == times
        assert {one.synced_at for one in found.values()} == {AT}
        assert store.write_batch(VIEW, Packed(("n",), []), AT) == 0
