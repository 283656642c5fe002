"""The embedded profiles store: one SQLite file, which others can read while a sync writes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Self

from snowplow_signals.errors import StoreError
from snowplow_signals.stores.base import Row, Stored
from snowplow_signals.stores.encoding import decoded, encoded

APPLICATION_ID = 0x53474E4C  # "SGNL": how a file of ours is told from other SQLite files
BATCH_ROWS = 5_000
READ_BATCH = 500
LOCK_SECONDS = 30
_EPOCH = datetime(1970, 1, 1)

MIGRATIONS: tuple[str, ...] = (
    # profiles: counting those of a view reads the index only
    """
    create table profiles (
        view text not null,
        identifier text not null,
        attributes text not null,
        changed_at integer not null,
        synced_at integer not null
    );
    create unique index profiles_of_view on profiles (view, identifier);
    create table watermarks (
        view text not null primary key,
        source text not null,
        moment integer not null
    );
    """,
)
"""Each brings a file from the version before it to its own: the first to version 1. Never changed, only added to."""


class SQLiteStore:
    """Profiles in one SQLite file. It may be used from several threads; each gets a connection of its own."""

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        with self._reported("opened"):
            self._prepare(self._connection(), migrations)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            while self._connections:
                self._connections.pop().close()
            self._local = threading.local()

    def write(self, view: str, rows: Iterable[Row], synced_at: datetime) -> int:
        written, moment = 0, _number(synced_at)
        rows = iter(rows)
        while batch := list(islice(rows, BATCH_ROWS)):
            records = [(view, one, encoded(values), _number(changed), moment) for one, values, changed in batch]
            with self._transaction() as connection:
                connection.executemany(
                    "insert into profiles (view, identifier, attributes, changed_at, synced_at) values (?, ?, ?, ?, ?)"
                    " on conflict (view, identifier) do update set attributes = excluded.attributes,"
                    " changed_at = excluded.changed_at, synced_at = excluded.synced_at",
                    records,
                )
            written += len(records)
        return written

    def remove(self, view: str, identifiers: Iterable[str]) -> int:
        removed = 0
        identifiers = iter(identifiers)
        while batch := list(islice(identifiers, BATCH_ROWS)):
            with self._transaction() as connection:
                removed += connection.executemany(
                    "delete from profiles where view = ? and identifier = ?", [(view, one) for one in batch]
                ).rowcount
        return removed

    def keep_only(self, view: str, synced_at: datetime) -> int:
        with self._transaction() as connection:
            return connection.execute(
                "delete from profiles where view = ? and synced_at <> ?", (view, _number(synced_at))
            ).rowcount

    def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        with self._reported("read"):
            for start in range(0, len(identifiers), READ_BATCH):
                some = identifiers[start : start + READ_BATCH]
                rows = self._connection().execute(
                    "select identifier, attributes, changed_at, synced_at from profiles"
                    f" where view = ? and identifier in ({', '.join('?' * len(some))})",
                    (view, *some),
                )
                for identifier, text, changed_at, synced_at in rows:
                    found[identifier] = Stored(decoded(text), _moment(changed_at), _moment(synced_at))
        return found

    def count(self, view: str) -> int:
        with self._reported("read"):
            return self._connection().execute("select count(*) from profiles where view = ?", (view,)).fetchone()[0]

    def watermark(self, view: str, source: str) -> datetime | None:
        with self._reported("read"):
            row = (
                self._connection()
                .execute("select moment from watermarks where view = ? and source = ?", (view, source))
                .fetchone()
            )
        return _moment(row[0]) if row else None

    def set_watermark(self, view: str, source: str, moment: datetime) -> None:
        with self._transaction() as connection:
            connection.execute("insert or replace into watermarks values (?, ?, ?)", (view, source, _number(moment)))

    def _connection(self) -> sqlite3.Connection:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            # autocommit: transactions are begun and ended where they are meant
            connection = sqlite3.connect(self.path, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False)
            # a power cut may lose the last transactions, in order: what is lost is synced again
            connection.execute("pragma synchronous = normal")
            with self._lock:
                self._connections.append(connection)
            self._local.connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
        version = self._version(connection, len(migrations))
        connection.execute("pragma journal_mode = wal")  # readers and a writer do not wait for each other
        if version == len(migrations):
            return
        with self._transaction() as locked:
            done = self._version(locked, len(migrations))  # another process may have been faster
            for number, script in enumerate(migrations[done:], start=done + 1):
                for statement in script.split(";"):
                    locked.execute(statement)
                locked.execute(f"pragma user_version = {number}")
            locked.execute(f"pragma application_id = {APPLICATION_ID}")

    def _version(self, connection: sqlite3.Connection, known: int) -> int:
        """The version of the file's layout; refuses a file that is not ours, or of a later version."""
        owner, version, tables = (
            connection.execute(query).fetchone()[0]
            for query in ("pragma application_id", "pragma user_version", "select count(*) from sqlite_master")
        )
        if tables and owner != APPLICATION_ID:
            raise StoreError(f"{self.path} is a database of something else, not a profiles store; choose another path")
        if version > known:
            raise StoreError(
                f"{self.path} was written by a later version of this program (layout {version}, known here: {known}); "
                "upgrade snowplow-signals, or choose another path and sync again"
            )
        return version

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reported("written"):
            connection = self._connection()
            connection.execute("begin immediate")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _reported(self, action: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"the profiles store {self.path} could not be {action}: {error}; {self._remedy(str(error))}"
            ) from error

    def _remedy(self, words: str) -> str:
        for beginning, remedy in _REMEDIES:
            if words.startswith(beginning):
                return remedy(self.path)
        return "if the file is damaged, remove it and sync again: everything in it comes from the warehouse"


_REMEDIES: tuple[tuple[str, Callable[[Path], str]], ...] = (
    ("unable to open", lambda path: f"make the folder {path.parent} and see that it may be written"),
    ("file is not a database", lambda _: "the path names another kind of file; choose another"),
    ("database is locked", lambda _: "another program has been writing to it for long; try again when it is through"),
    ("attempt to write a readonly", lambda _: "allow writing to the file and its folder"),
    ("database or disk is full", lambda _: "make room on the disk; what was written stays, and a new sync goes on"),
)


def _number(moment: datetime) -> int:
    """Microseconds since 1970; a moment without a zone is UTC."""
    naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return (naive - _EPOCH) // timedelta(microseconds=1)


def _moment(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)


__all__: list[Any] = ["APPLICATION_ID", "MIGRATIONS", "SQLiteStore"]
