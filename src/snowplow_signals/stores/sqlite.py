"""The embedded profiles store: one SQLite file, which others can read while a sync writes."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from snowplow_signals.errors import StoreError
from snowplow_signals.stores.base import Lease
from snowplow_signals.stores.encoding import erasure_digest, microseconds
from snowplow_signals.stores.holders import is_gone
from snowplow_signals.stores.packed import Entry, Found, PerThread, batches, key_scope, split_erased
from snowplow_signals.stores.places import make_private
from snowplow_signals.stores.sqlite_erasing import SQLiteErasing, marks
from snowplow_signals.stores.sqlite_tables import MIGRATIONS, is_incomplete, layout_of, migrate, repair
from snowplow_signals.stores.states import SyncState

BATCH_ROWS = 10_000
READ_BATCH = 500
LOCK_SECONDS = 30
LONGEST_LEASE = 86_400
"""A lease that seems to end later than this was taken when the clock was ahead."""
CLOSING_SECONDS = 5
"""How long closing waits for statements in progress, and as long again after interrupting them."""
CACHE_KIB = 64_000
CHECKPOINT_PAGES = 10_000  # of 4 KiB

_UPSERT = (
    "insert into profiles (view, identifier, body, changed_at, synced_at) values (?, ?, ?, ?, ?)"
    " on conflict (view, identifier) do update set body = excluded.body,"
    " changed_at = excluded.changed_at, synced_at = excluded.synced_at"
)


class SQLiteStore(SQLiteErasing):
    """Profiles in one SQLite file. It may be used from several threads; each gets a connection of its own."""

    batch_rows = BATCH_ROWS

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        super().__init__()
        self.path = path
        self.where = str(path)
        self._local = PerThread()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._used = threading.Condition(threading.Lock())
        self._uses = 0
        make_private(path)
        with self._reported("opened"):
            self._prepare(self._connection(), migrations)

    def close(self) -> None:
        """Waits for other threads: closing a connection during its statement crashes the process."""
        with self._used:
            if not self._used.wait_for(lambda: not self._uses, CLOSING_SECONDS):
                with self._lock:
                    for connection in self._connections:
                        connection.interrupt()
                if not self._used.wait_for(lambda: not self._uses, CLOSING_SECONDS):
                    return  # it is released with the process
            with self._lock:
                while self._connections:
                    self._connections.pop().close()
                self._local = PerThread()

    # Profiles

    def declare(self, view: str, key: str, layouts: Iterable[Sequence[str]] = (), lease: Lease | None = None) -> None:
        kept = self._layouts_of(layouts)
        with self._reported("read"):
            lost = [
                one for one in kept.items() if self._one("select names from layouts where digest = ?", one[0]) != one[1]
            ]
            if self._one("select key from views where view = ?", view) == key and not lost:
                return
        with self._transaction(lease) as connection:
            connection.executemany("insert or replace into layouts (digest, names) values (?, ?)", lost)
            if self._one("select key from views where view = ?", view) != key:
                # erasures of this key were not applied here meanwhile
                connection.execute(
                    "update erased set is_swept = 0 where scope = ? and version % 2 = 1"
                    " and exists (select 1 from profiles where view = ?)",
                    (key_scope(key), view),
                )
            connection.execute(
                "insert into views (view, key) values (?, ?) on conflict (view) do update set key = excluded.key",
                (view, key),
            )

    def keys(self) -> dict[str, str]:
        with self._reported("read"):
            return dict(self._connection().execute("select view, key from views where key is not null").fetchall())

    def _put(
        self, view: str, entries: list[Entry], layouts: dict[bytes, str], synced_at: int, lease: Lease | None
    ) -> int:
        with self._transaction(lease) as connection:
            held_back: list[bytes] = []
            if self._has_erasures(view):
                entries, held_back = split_erased(entries, lambda digests: self._erased(view, digests))
            connection.executemany("insert or ignore into layouts (digest, names) values (?, ?)", layouts.items())
            connection.executemany(_UPSERT, [(view, *entry, synced_at) for entry in entries])
            connection.executemany(
                "insert or replace into withheld (view, digest, synced_at) values (?, ?, ?)",
                [(view, digest, synced_at) for digest in held_back],
            )
        return len(entries)

    def remove(self, view: str, identifiers: Iterable[str], lease: Lease | None = None) -> int:
        removed = 0
        for batch in batches(identifiers, BATCH_ROWS):
            with self._transaction(lease) as connection:
                removed += connection.executemany(
                    "delete from profiles where view = ? and identifier = ?", [(view, one) for one in batch]
                ).rowcount
                connection.executemany(
                    "delete from withheld where view = ? and digest = ?", [(view, erasure_digest(one)) for one in batch]
                )
        return removed

    def keep_only(self, view: str, synced_at: datetime, lease: Lease | None = None) -> int:
        at = microseconds(synced_at)
        removed = self._remove_where(view, "synced_at <> ?", at, lease)
        with self._transaction(lease) as connection:
            connection.execute("delete from withheld where view = ? and synced_at <> ?", (view, at))
        return removed

    def prune(self, view: str, changed_before: datetime, lease: Lease | None = None) -> int:
        return self._remove_where(view, "changed_at < ?", microseconds(changed_before), lease)

    def _remove_where(self, view: str, condition: str, value: int, lease: Lease | None) -> int:
        """Piece by piece in the order of identifiers, so that other writers get their turn."""
        removed, after = 0, ""
        last = f"select max(identifier) from (select identifier from profiles where view = ? and identifier >= ?\
 order by identifier limit {BATCH_ROWS})"
        while True:
            with self._transaction(lease) as connection:
                up_to = self._one(last, view, after)
                if up_to is None:
                    return removed
                removed += connection.execute(
                    f"delete from profiles where view = ? and identifier >= ? and identifier <= ? and {condition}",
                    (view, after, up_to, value),
                ).rowcount
            after = up_to + "\x00"  # the text that comes next

    def _fetch(self, view: str, identifiers: Sequence[str]) -> Iterable[Found]:
        found: list[Found] = []
        with self._reported("read"):
            for some in batches(identifiers, READ_BATCH):
                rows = self._connection().execute(
                    "select identifier, body, changed_at, synced_at from profiles"
                    f" where view = ? and identifier in ({marks(some)})",
                    (view, *some),
                )
                found.extend(map(Found._make, rows))
        return found

    def count(self, view: str) -> int:
        with self._reported("read"):
            return int(self._one("select count(*) from profiles where view = ?", view))

    def some(self, view: str, number: int) -> list[str]:
        with self._reported("read"):
            found = self._connection().execute(
                "select identifier from profiles where view = ? order by identifier limit ?", (view, number)
            )
            return [row[0] for row in found]

    def suppressed(self, view: str) -> int:
        with self._reported("read"):
            return int(self._one("select count(*) from withheld where view = ?", view))

    def _kept_layout(self, digest: bytes) -> str | None:
        with self._reported("read"):
            names: str | None = self._one("select names from layouts where digest = ?", digest)
            return names

    # How syncs stand

    def state(self, view: str) -> SyncState:
        with self._reported("read"):
            text = self._one("select state from views where view = ?", view)
        return SyncState.kept(view, text)

    def states(self) -> list[SyncState]:
        with self._reported("read"):
            rows = (
                self._connection()
                .execute("select view, state from views where state is not null order by view")
                .fetchall()
            )
        return [SyncState.kept(*row) for row in rows]

    def set_state(self, state: SyncState, lease: Lease | None = None) -> None:
        with self._transaction(lease) as connection:
            connection.execute(
                "insert into views (view, state) values (?, ?) on conflict (view) do update set state = excluded.state",
                (state.view, state.to_text()),
            )

    def forget(self, view: str, lease: Lease | None = None) -> None:
        with self._transaction(lease) as connection:
            connection.execute("delete from views where view = ?", (view,))

    # Leases

    def _acquire(self, lease: Lease, seconds: float) -> bool:
        with self._transaction() as connection:
            row = connection.execute("select holder, until from leases where name = ?", (lease.name,)).fetchone()
            if row and _now() < row[1] <= _now(LONGEST_LEASE) and not is_gone(row[0]):
                return False
            connection.execute("insert or replace into leases values (?, ?, ?)", (*_lease(lease), _now(seconds)))
        return True

    def _seize(self, lease: Lease, seconds: float) -> None:
        with self._transaction() as connection:
            connection.execute("insert or replace into leases values (?, ?, ?)", (*_lease(lease), _now(seconds)))

    def renew(self, lease: Lease, seconds: float) -> bool:
        with self._transaction() as connection:
            held = "update leases set until = ? where name = ? and holder = ? and until > ?"
            return connection.execute(held, (_now(seconds), *_lease(lease), _now())).rowcount > 0

    def release(self, lease: Lease) -> None:
        with self._transaction() as connection:
            connection.execute("delete from leases where name = ? and holder = ?", _lease(lease))

    def is_held(self, name: str) -> bool:
        with self._reported("read"):
            held = "select holder from leases where name = ? and until > ? and until <= ?"
            holder = self._one(held, name, _now(), _now(LONGEST_LEASE))
        return holder is not None and not is_gone(holder)

    # The file

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = self._local.connection
        if connection is None:
            connection = self._opened()
            # a power cut may lose the last transactions, in order: what is lost is synced again
            connection.execute("pragma synchronous = normal")
            connection.execute(f"pragma cache_size = -{CACHE_KIB}")
            # identifiers come in no order: the more of them go into the file at once, the fewer pages are written twice
            connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
            with self._lock:
                self._connections.append(connection)
            self._local.connection = connection
        return connection

    def _opened(self) -> sqlite3.Connection:
        # autocommit: transactions are begun and ended explicitly
        options: Any = {"timeout": LOCK_SECONDS, "isolation_level": None, "check_same_thread": False}
        connection: sqlite3.Connection = sqlite3.connect(self.path, **options)
        try:
            connection.execute("select 1 from sqlite_master limit 1")
        except sqlite3.OperationalError:
            connection.close()
            if not self._is_at_rest():
                raise
            # a reader makes files by which a writer knows of it, and cannot here; but then nobody writes
            address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True, **options)
        return connection

    def _is_at_rest(self) -> bool:
        """Whether the file can be read, and nobody here can write to it, nor has left a part of it beside it."""
        log = self.path.with_name(f"{self.path.name}-wal")
        try:
            is_whole = not log.exists() or log.stat().st_size == 0
        except OSError:
            return False
        return is_whole and os.access(self.path, os.R_OK) and not os.access(self.path.parent, os.W_OK)

    def _one(self, sql: str, *values: object) -> Any:
        row = self._connection().execute(sql, values).fetchone()
        return row[0] if row else None

    def _prepare(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        layout = layout_of(connection, self.where, len(migrations))
        connection.execute("pragma journal_mode = wal")  # readers and a writer do not wait for each other
        if layout < len(migrations):
            with self._transaction() as locked:
                migrate(locked, self.where, migrations)
        if is_incomplete(connection, migrations):
            with self._transaction() as locked:
                repair(locked, migrations)

    @contextmanager
    def _transaction(self, lease: Lease | None = None) -> Iterator[sqlite3.Connection]:
        with self._reported("written"):
            connection = self._connection()
            connection.execute("begin immediate")
            try:
                if lease is not None:
                    self._require(connection, lease)
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _require(self, connection: sqlite3.Connection, lease: Lease) -> None:
        """Check that the lease is ours, and renew it: a mere renewal may not get its turn between writes."""
        renewed = "update leases set until = max(until, ?) where name = ? and holder = ?"
        if not connection.execute(renewed, (_now(lease.seconds), *_lease(lease))).rowcount:
            raise self._lost(lease)

    @contextmanager
    def _reported(self, action: str) -> Iterator[None]:
        """Around every use of a connection: the engine's errors become StoreErrors, and nobody closes it meanwhile."""
        with self._used:
            self._uses += 1
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"the profiles store {self.path} could not be {action}: {error}; {self._remedy(str(error))}"
            ) from error
        finally:
            with self._used:
                self._uses -= 1
                self._used.notify_all()

    def _remedy(self, words: str) -> str:
        for beginning, remedy in _REMEDIES:
            if words.startswith(beginning):
                return remedy(self.path)
        return "if the file is damaged, remove it and sync again: everything in it comes from the warehouse"


_REMEDIES: tuple[tuple[str, Callable[[Path], str]], ...] = (
    ("unable to open", lambda path: _not_opened(path)),
    ("file is not a database", lambda _: "the path names another kind of file; choose another"),
    ("database is locked", lambda _: "another program keeps it locked; try again when it has finished"),
    ("attempt to write a readonly", lambda _: "allow writing to the file and its folder"),
    (
        "database or disk is full",
        lambda _: "make room on the disk; what was written stays, and the next sync continues",
    ),
)


def _not_opened(path: Path) -> str:
    if not os.path.isdir(path.parent):
        return f"make the folder {path.parent}, or choose another path"
    if os.path.isdir(path):
        return "it is a folder; name a file in it"
    if os.path.exists(path):
        return (
            "check that you may read it" if not os.access(path, os.R_OK) else "check that you may write to its folder"
        )
    return f"check that you may write to the folder {path.parent}"


def _lease(lease: Lease) -> tuple[str, str]:
    return lease.name, lease.holder


def _now(seconds: float = 0) -> float:
    return time.time() + seconds


__all__ = ["BATCH_ROWS", "MIGRATIONS", "SQLiteStore"]
