"""What is Redis' own of a store: how commands are packed."""

import struct
from datetime import datetime, timedelta

import pytest
import redis
from redis.connection import Encoder, PythonRespSerializer

from snowplow_signals.stores import Batch, Bulk, Packed, open_store
from snowplow_signals.stores.encoding import encoded, layout_digest, microseconds
from snowplow_signals.stores.redis_packing import BulkStrings, Packer, bulk_string, contents

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


NAMES = ["ann", "", "Zoë", "two\r\nlines", "$3\r\nabc\r\n", *map(str, range(2_500))]


def bulk(names: list[str], synced_at: datetime) -> Bulk:
    """Profiles of one attribute, the place of each."""
    with_time = struct.pack(">qq", microseconds(synced_at), microseconds(AT))
    records = [
        bulk_string(name.encode()) + bulk_string(with_time + layout_digest(["n"]) + encoded([number]))
        for number, name in enumerate(names)
    ]
    return Bulk(("n",), records)


def test_bulk_strings_are_a_command() -> None:
    pairs = [bulk_string(b"a") + bulk_string(b"\r\n"), bulk_string(b"") + bulk_string(b"x" * 9_999)]
    given = Packer().pack("HSET", BulkStrings("some key", pairs))
    assert given == Packer().pack("HSET", "some key", b"a", b"\r\n", b"", b"x" * 9_999)
    assert [contents(pair) for pair in pairs] == [(b"a", b"\r\n"), (b"", b"x" * 9_999)]
    assert "xxx" not in str(BulkStrings("some key", pairs))


def test_what_is_written_as_bulk_strings_is_what_is_written_otherwise(redis_url: str) -> None:
    with open_store(redis_url) as store:
        assert store.bulk_start(AT) == struct.pack(">q", microseconds(AT))
        assert store.write_batch(VIEW, bulk(NAMES, AT), AT) == len(NAMES)
        assert store.write_batch("other_v1", Batch(("n",), [(one, AT, n) for n, one in enumerate(NAMES)]), AT)
        found = store.read(VIEW, NAMES)
        assert found == store.read("other_v1", NAMES)
        assert {name: one.values for name, one in found.items()} == {name: {"n": n} for n, name in enumerate(NAMES)}


def test_whoever_was_erased_is_not_written_as_a_bulk_string(redis_url: str) -> None:
    with open_store(redis_url) as store:
        store.declare(VIEW, "user")
        store.erase("two\r\nlines", AT, key="user")
        store.erase("7", AT, view=VIEW)
        later = AT + timedelta(days=1)
        assert store.write_batch(VIEW, bulk(NAMES, later), later) == len(NAMES) - 2
        assert (store.count(VIEW), store.suppressed(VIEW)) == (len(NAMES) - 2, 2)
        assert store.keep_only(VIEW, later) == 0
        assert store.read(VIEW, ["two\r\nlines", "7", "Zoë"]).keys() == {"Zoë"}


def test_each_profile_of_a_batch_keeps_its_own_time(redis_url: str) -> None:
    times = [AT, AT, AT - timedelta(days=1), AT, AT + timedelta(microseconds=1)]
    with open_store(redis_url) as store:
        rows = [(str(number), {"n": number}, moment) for number, moment in enumerate(times)]
        assert store.write(VIEW, rows, AT) == len(times)
        found = store.read(VIEW, [str(number) for number in range(len(times))])
        assert [found[str(number)].changed_at for number in range(len(times))] == times
        assert {one.synced_at for one in found.values()} == {AT}
        assert store.write_batch(VIEW, Packed(("n",), []), AT) == 0
