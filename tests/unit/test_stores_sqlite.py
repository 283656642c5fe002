"""The embedded profiles store: its file."""

import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from snowplow_signals.errors import StoreError
from snowplow_signals.stores import open_store
from snowplow_signals.stores.sqlite import BATCH_ROWS, MIGRATIONS, SQLiteStore

CHANGED = datetime(2025, 3, 1, 12, 30, 15, 123456)
SYNCED = datetime(2025, 3, 2)


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
store = SQLiteStore(Path({str(tmp_path / "a.sqlite")!r}))
store.write("shop_v1", rows(), datetime(2025, 1, 1), store.acquire("sync", 3_600))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with open_store(tmp_path / "a.sqlite") as store:
        assert store.count("shop_v1") == BATCH_ROWS
        assert store.acquire("sync", 30) is not None  # its process is known to have ended


def test_by_path_or_url(tmp_path: Path) -> None:
    for url in (tmp_path / "a.sqlite", str(tmp_path / "a.sqlite"), f"sqlite:///{tmp_path / 'a.sqlite'}"):
        with open_store(url) as store:
            assert store.path == tmp_path / "a.sqlite"
            assert store.where == str(store.path)


def test_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"a\.sqlite could not be opened: .*; make the folder"):
        open_store(tmp_path / "nowhere" / "a.sqlite")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database" * 100)
    with pytest.raises(StoreError, match="another kind of file"):
        open_store(file)
    assert file.read_text() == "not a database" * 100


def test_a_database_of_something_else(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        connection.execute("create table bills (amount)")
    before = (tmp_path / "a.sqlite").read_bytes()
    with pytest.raises(StoreError, match="a database of something else"):
        open_store(tmp_path / "a.sqlite")
    assert (tmp_path / "a.sqlite").read_bytes() == before


def test_a_later_layout(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "a.sqlite", (*MIGRATIONS, "create table more (a text)")).close()
    with pytest.raises(StoreError, match=rf"layout {len(MIGRATIONS) + 1}, known here: {len(MIGRATIONS)}.*upgrade"):
        open_store(tmp_path / "a.sqlite")


def test_an_older_layout_is_brought_up_to_date(tmp_path: Path) -> None:
    SQLiteStore(tmp_path / "a.sqlite", MIGRATIONS[:1]).close()
    with open_store(tmp_path / "a.sqlite") as store:
        store.write("shop_v1", [("ann", {"n": 1}, CHANGED)], SYNCED)
    for _ in range(2):
        with SQLiteStore(tmp_path / "a.sqlite", (*MIGRATIONS, "create table more (a text)")) as store:
            assert store.read("shop_v1", ["ann"])["ann"].values == {"n": 1}


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowplow_signals.stores.sqlite.LOCK_SECONDS", 0.05)
    with open_store(tmp_path / "a.sqlite") as store:
        store.write("shop_v1", [("ann", {}, CHANGED)], SYNCED)
        other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"could not be written: database is locked; another program"):
            store.write("shop_v1", [("ann", {}, CHANGED)], SYNCED)
        other.rollback()
        other.close()
        assert store.write("shop_v1", [("ann", {}, CHANGED)], SYNCED) == 1


def test_who_writes_holds_its_lease(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.sqlite") as store:
        lease = store.acquire("sync", 0.2)
        for number in range(4):  # nobody renews it
            time.sleep(0.1)
            store.write("shop_v1", [(str(number), {}, CHANGED)], SYNCED, lease)
        assert store.is_held("sync")
        assert store.count("shop_v1") == 4
