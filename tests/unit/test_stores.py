"""The embedded profiles store: what is written is what is read, whatever happens meanwhile."""

import math
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowplow_signals.errors import StoreError, UsageError
from snowplow_signals.stores import Stored, open_store
from snowplow_signals.stores.encoding import decoded, encoded
from snowplow_signals.stores.sqlite import BATCH_ROWS, MIGRATIONS, SQLiteStore

CHANGED = datetime(2025, 3, 1, 12, 30, 15, 123456)
SYNCED = datetime(2025, 3, 2)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.datetimes().map(lambda moment: moment.replace(fold=0))
)
VALUES = SCALARS | st.lists(SCALARS) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), SCALARS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    with SQLiteStore(tmp_path / "profiles.sqlite") as opened:
        yield opened


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), VALUES))
def test_every_value_comes_back_exactly(values: dict) -> None:
    found = decoded(encoded(values))
    assert found == values
    assert repr(found) == repr(values)  # tells 0.0 from -0.0, 1 from 1.0 and from True


@pytest.mark.parametrize(
    "value",
    [
        2**63 - 1,
        -(2**63),
        -0.0,
        0.1,
        1e308,
        5e-324,
        1.0,
        True,
        "",
        "\x00",
        'quotes " and \\',
        "\U0001f600",
        b"",
        b"\x00\xff",
        datetime(1, 1, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999999),
        date(2025, 1, 31),
        Decimal("12345678901234567890.123"),
        [],
        [1, None, 2.5, "a", b"b", CHANGED],
        {},
        {"bytes": 1, "time": 2, "": 3},
        {"dict": 1},
    ],
)
def test_values_survive_the_file(store: SQLiteStore, value: object) -> None:
    store.write("shop_v1", [("ann", {"it": value}, CHANGED)], SYNCED)
    found = store.read("shop_v1", ["ann"])["ann"]
    assert found == Stored({"it": value}, CHANGED, SYNCED)
    assert repr(found.values["it"]) == repr(value)


def test_infinities_and_nan_do_not_break_a_profile() -> None:
    found = decoded(encoded({"a": math.inf, "b": -math.inf, "c": math.nan}))
    assert (found["a"], found["b"]) == (math.inf, -math.inf)
    assert math.isnan(found["c"])


def test_a_kind_of_value_that_no_attribute_has_is_a_bug() -> None:
    with pytest.raises(TypeError, match="set is no kind of value"):
        encoded({"a": {1}})


def test_views_and_identifiers_are_kept_apart(store: SQLiteStore) -> None:
    names = ["ann", "Ann", "a", "a' or 1=1 --", "\x00", "\x00b", "\u00e9", "e\u0301", " ann"]
    for view in ("shop_v1", "shop_v2"):
        store.write(view, [(name, {"who": f"{view} {name}"}, CHANGED) for name in names], SYNCED)
    found = store.read("shop_v1", [*names, "nobody"])
    assert {name: stored.values["who"] for name, stored in found.items()} == {name: f"shop_v1 {name}" for name in names}
    assert store.read("shop_v3", names) == {}
    assert store.read("shop_v1", []) == {}
    assert store.remove("shop_v1", ["ann", "nobody"]) == 1
    assert "ann" not in store.read("shop_v1", names)
    assert "ann" in store.read("shop_v2", names)
    assert (store.count("shop_v1"), store.count("shop_v2"), store.count("shop_v3")) == (8, 9, 0)


def test_writing_again_replaces_the_profile(store: SQLiteStore) -> None:
    store.write("shop_v1", [("ann", {"a": 1, "b": 2}, CHANGED)], SYNCED)
    later = SYNCED + timedelta(days=1)
    assert store.write("shop_v1", [("ann", {"a": 3}, later)], later) == 1
    assert store.read("shop_v1", ["ann"]) == {"ann": Stored({"a": 3}, later, later)}


def test_more_identifiers_than_a_statement_holds(store: SQLiteStore) -> None:
    names = [f"user-{number}" for number in range(2_000)]
    assert store.write("shop_v1", ((name, {"n": 1}, CHANGED) for name in names), SYNCED) == 2_000
    assert len(store.read("shop_v1", names)) == 2_000
    assert store.remove("shop_v1", names) == 2_000


def test_keeping_only_what_was_written_at_one_moment(store: SQLiteStore) -> None:
    moments = {"before": SYNCED - timedelta(days=1), "now": SYNCED, "after": SYNCED + timedelta(days=1)}
    for name, moment in moments.items():
        store.write("shop_v1", [(name, {}, CHANGED)], moment)
    store.write("shop_v2", [("other", {}, CHANGED)], moments["before"])
    assert store.keep_only("shop_v1", SYNCED) == 2
    assert set(store.read("shop_v1", list(moments))) == {"now"}
    assert store.count("shop_v2") == 1


def test_moments_with_a_zone_are_taken_to_utc(store: SQLiteStore) -> None:
    east = timezone(timedelta(hours=5))
    store.write("shop_v1", [("ann", {}, CHANGED.replace(tzinfo=UTC).astimezone(east))], SYNCED)
    assert store.read("shop_v1", ["ann"])["ann"].changed_at == CHANGED


def test_a_watermark_is_of_one_source(store: SQLiteStore) -> None:
    assert store.watermark("shop_v1", "dev.attributes") is None
    store.set_watermark("shop_v1", "dev.attributes", CHANGED)
    assert store.watermark("shop_v1", "dev.attributes") == CHANGED
    assert store.watermark("shop_v2", "dev.attributes") is None
    store.set_watermark("shop_v1", "prod.attributes", SYNCED)
    assert store.watermark("shop_v1", "prod.attributes") == SYNCED
    assert store.watermark("shop_v1", "dev.attributes") is None  # what it copied has been overwritten


def test_a_batch_is_written_as_a_whole_or_not_at_all(store: SQLiteStore) -> None:
    def rows() -> Iterator:
        for number in range(BATCH_ROWS + 10):
            yield f"user-{number}", {}, CHANGED
        raise RuntimeError("the warehouse went away")

    with pytest.raises(RuntimeError, match="went away"):
        store.write("shop_v1", rows(), SYNCED)
    assert store.count("shop_v1") == BATCH_ROWS


def test_others_read_while_one_writes(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.sqlite") as writer, open_store(tmp_path / "a.sqlite") as reader:
        writer.write("shop_v1", [("ann", {"n": 0}, CHANGED)], SYNCED)
        seen: list[set[int]] = []

        def rows() -> Iterator:
            for number in range(3 * BATCH_ROWS):
                if number % 1_000 == 0:
                    seen.append({stored.values["n"] for stored in reader.read("shop_v1", ["ann"]).values()})
                yield ("ann" if number == 0 else f"user-{number}"), {"n": 1}, CHANGED

        writer.write("shop_v1", rows(), SYNCED)
        assert seen[0] == {0}
        assert seen[-1] == {1}
        assert all(len(values) == 1 for values in seen)


def test_threads_share_a_store(store: SQLiteStore) -> None:
    def work(thread: int) -> None:
        for number in range(20):
            store.write("shop_v1", [(f"{thread}-{number}", {"n": number}, CHANGED)], SYNCED)
            assert store.read("shop_v1", [f"{thread}-{number}"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count("shop_v1") == 80


def test_a_killed_writer_leaves_whole_batches(tmp_path: Path) -> None:
    program = f"""
import os, signal
from datetime import datetime
from pathlib import Path
from snowplow_signals.stores.sqlite import BATCH_ROWS, SQLiteStore
def rows():
    for number in range(2 * BATCH_ROWS):
        if number == BATCH_ROWS + 5:
            os.kill(os.getpid(), signal.SIGKILL)
        yield str(number), {{}}, datetime(2025, 1, 1)
SQLiteStore(Path({str(tmp_path / "a.sqlite")!r})).write("shop_v1", rows(), datetime(2025, 1, 1))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with open_store(tmp_path / "a.sqlite") as store:
        assert store.count("shop_v1") == BATCH_ROWS


class TestOpening:
    def test_by_path_or_url(self, tmp_path: Path) -> None:
        for url in (tmp_path / "a.sqlite", str(tmp_path / "a.sqlite"), f"sqlite:///{tmp_path / 'a.sqlite'}"):
            with open_store(url) as store:
                assert store.path == tmp_path / "a.sqlite"

    def test_of_another_kind(self) -> None:
        with pytest.raises(UsageError, match="no profiles store of kind 'redis'"):
            open_store("redis://localhost")

    def test_in_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match=r"a\.sqlite could not be opened: .*; make the folder"):
            open_store(tmp_path / "nowhere" / "a.sqlite")

    def test_a_file_of_another_kind(self, tmp_path: Path) -> None:
        file = tmp_path / "notes.txt"
        file.write_text("not a database" * 100)
        with pytest.raises(StoreError, match="another kind of file"):
            open_store(file)
        assert file.read_text() == "not a database" * 100

    def test_a_database_of_something_else(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "a.sqlite") as connection:
            connection.execute("create table bills (amount)")
        before = (tmp_path / "a.sqlite").read_bytes()
        with pytest.raises(StoreError, match="a database of something else"):
            open_store(tmp_path / "a.sqlite")
        assert (tmp_path / "a.sqlite").read_bytes() == before

    def test_a_later_layout(self, tmp_path: Path) -> None:
        later = (*MIGRATIONS, "create table erased (view text, identifier text)")
        SQLiteStore(tmp_path / "a.sqlite", later).close()
        with pytest.raises(StoreError, match=r"layout 2, known here: 1.*upgrade"):
            open_store(tmp_path / "a.sqlite")

    def test_an_older_layout_is_brought_up_to_date(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "a.sqlite") as store:
            store.write("shop_v1", [("ann", {"n": 1}, CHANGED)], SYNCED)
        later = (*MIGRATIONS, "create table erased (view text, identifier text)")
        for _ in range(2):
            with SQLiteStore(tmp_path / "a.sqlite", later) as store:
                assert store.read("shop_v1", ["ann"])["ann"].values == {"n": 1}

    def test_a_locked_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("snowplow_signals.stores.sqlite.LOCK_SECONDS", 0.05)
        with open_store(tmp_path / "a.sqlite") as store:
            other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
            other.execute("begin immediate")
            with pytest.raises(StoreError, match=r"could not be written: database is locked; another program"):
                store.write("shop_v1", [("ann", {}, CHANGED)], SYNCED)
            other.rollback()
            other.close()
            assert store.write("shop_v1", [("ann", {}, CHANGED)], SYNCED) == 1
