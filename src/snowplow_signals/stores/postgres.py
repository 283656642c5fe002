"""A profiles store in PostgreSQL 15 or later: tables whose names begin with `signals_`, in the default schema."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict

from snowplow_signals.errors import StoreError, UsageError
from snowplow_signals.stores.base import Lease
from snowplow_signals.stores.encoding import erasure_digest, microseconds
from snowplow_signals.stores.holders import is_gone
from snowplow_signals.stores.packed import Entry, Found, batches, key_scope
from snowplow_signals.stores.places import read_url
from snowplow_signals.stores.postgres_connections import (
    ANSWER_SECONDS,
    SERVER_FIRST,
    SILENCE_SETTINGS,
    SWEEP_SECONDS,
    WORK_SECONDS,
    ImpatientConnection,
    allow,
)
from snowplow_signals.stores.postgres_erasing import PostgresErasing
from snowplow_signals.stores.postgres_tables import (
    COPY_ENTRIES,
    COPY_PROFILES,
    ENTRIES,
    ERASING_LOCK,
    LONG,
    MIGRATIONS,
    UPSERT,
    migrate,
    stored_name,
)
from snowplow_signals.stores.states import SyncState

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

REMOVE_BATCH = 5_000


class PostgresStore(PostgresErasing):
    """Profiles in PostgreSQL. It may be used from several threads; connections are kept, and reopened when lost."""

    batch_rows = 5_000
    identifier_bytes = 2_400
    """With a view's name it is the key of an index, whose entries have 2,704 bytes at most."""

    def __init__(self, url: str, migrations: Sequence[str] = MIGRATIONS) -> None:
        super().__init__()
        read = read_url(url, "profiles store")
        self._url = read.url
        self.where = read.shown
        if not _is_understood(read.url):
            raise UsageError(
                f"the URL of the profiles store {self.where} has an option that PostgreSQL does not know, or an "
                "invalid value"
            )
        self._idle: list[ImpatientConnection] = []
        given = conninfo_to_dict(self._url)
        self._silence_settings = {name: value for name, value in SILENCE_SETTINGS.items() if name not in given}
        self._lock = threading.Lock()
        self._overwriting: dict[str, int] = {}
        """View -> the sync that found a profile where it was to insert one: it upserts from then on."""
        self._migrations = migrations
        self._run_once("opened", self._migrate, WORK_SECONDS)

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    # Profiles

    def declare(self, view: str, key: str, layouts: Iterable[Sequence[str]] = (), lease: Lease | None = None) -> None:
        kept = self._layouts_of(layouts)

        def declare(connection: Connection) -> None:
            for layout in kept.items():
                connection.execute(
                    "insert into signals_store_layouts values (%s, %s) on conflict (digest) do update"
                    " set names = excluded.names where signals_store_layouts.names <> excluded.names",
                    layout,
                )
            # erasures of this key were not applied here while the key was unknown
            connection.execute(
                "update signals_store_erased set is_swept = false where scope = %(scope)s and version %% 2 = 1"
                " and exists (select from signals_store_profiles where view = %(view)s)"
                " and not exists (select from signals_store_views where view = %(view)s and key = %(key)s)",
                {"scope": key_scope(key), "view": view, "key": key},
            )
            connection.execute(
                "insert into signals_store_views (view, key) values (%s, %s)"
                " on conflict (view) do update set key = excluded.key where signals_store_views.key is distinct from"
                " excluded.key",
                (view, key),
            )

        self._write(lease, declare)

    def keys(self) -> dict[str, str]:
        return dict(self._read("select view, key from signals_store_views where key is not null"))

    def _put(
        self, view: str, entries: list[Entry], layouts: dict[bytes, str], synced_at: int, lease: Lease | None
    ) -> int:
        def put(connection: Connection) -> int:
            connection.execute("select pg_advisory_xact_lock_shared(%s)", (ERASING_LOCK,))
            written, held_back = self._split(connection, view, entries)
            written = list({entry[0]: entry for entry in written}.values())  # the last of each
            for layout in layouts.items():
                connection.execute("insert into signals_store_layouts values (%s, %s) on conflict do nothing", layout)
            if not self._inserted(connection, view, written, synced_at):
                connection.execute(ENTRIES)
                with connection.cursor().copy(COPY_ENTRIES) as copy:
                    copy.set_types(("bytea", "bytea", "int8"))
                    for identifier, body, changed_at in written:
                        copy.write_row((stored_name(identifier), body, changed_at))
                connection.execute(UPSERT, (view, synced_at))
            self._withhold(connection, view, held_back, synced_at)
            return len(written)

        return self._write(lease, put)

    def _inserted(self, connection: Connection, view: str, entries: list[Entry], synced_at: int) -> bool:
        """Insert profiles as new ones, which takes half the time; False, and nothing was done, if one exists. The first
        existing one ends this for the sync in progress.
        """
        if self._overwriting.get(view) == synced_at:
            return False
        try:
            with connection.transaction(), connection.cursor().copy(COPY_PROFILES) as copy:
                copy.set_types(("text", "bytea", "bytea", "int8", "int8"))
                for identifier, body, changed_at in entries:
                    copy.write_row((view, stored_name(identifier), body, changed_at, synced_at))
        except psycopg.errors.UniqueViolation:
            self._overwriting[view] = synced_at
            return False
        return True

    def remove(self, view: str, identifiers: Iterable[str], lease: Lease | None = None) -> int:
        removed = 0
        for batch in batches(identifiers, REMOVE_BATCH):
            names, digests = [stored_name(one) for one in batch], [erasure_digest(one) for one in batch]

            def gone(connection: Connection, names: list[bytes] = names, digests: list[bytes] = digests) -> int:
                connection.execute(
                    "delete from signals_store_withheld where view = %s and digest = any(%s)", (view, digests)
                )
                return connection.execute(
                    "delete from signals_store_profiles where view = %s and identifier = any(%s)", (view, names)
                ).rowcount

            removed += self._write(lease, gone)
        return removed

    def keep_only(self, view: str, synced_at: datetime, lease: Lease | None = None) -> int:
        values = (view, microseconds(synced_at))

        def keep(connection: Connection) -> int:
            connection.execute("delete from signals_store_withheld where view = %s and synced_at <> %s", values)
            return connection.execute(
                "delete from signals_store_profiles where view = %s and synced_at <> %s", values
            ).rowcount

        return self._write(lease, keep, SWEEP_SECONDS)

    def prune(self, view: str, changed_before: datetime, lease: Lease | None = None) -> int:
        sql = "delete from signals_store_profiles where view = %s and changed_at < %s"
        return self._write(
            lease, lambda c: c.execute(sql, (view, microseconds(changed_before))).rowcount, SWEEP_SECONDS
        )

    def _fetch(self, view: str, identifiers: Sequence[str]) -> Iterable[Found]:
        names = {stored_name(one): one for one in identifiers}
        sql = (
            "select identifier, body, changed_at, synced_at from signals_store_profiles"
            " where view = %s and identifier = any(%s)"
        )
        rows = self._run("read", lambda c: c.cursor(binary=True).execute(sql, (view, list(names))).fetchall())
        return [Found(names[row[0]], *row[1:]) for row in rows]

    def count(self, view: str) -> int:
        return self._count("signals_store_profiles", view)

    def some(self, view: str, number: int) -> list[str]:
        asked = (
            "select identifier from signals_store_profiles"
            " where view = %s and substring(identifier from 1 for %s) <> %s limit %s"
        )  # of those that are too long only a digest is known
        return sorted(row[0].decode() for row in self._read(asked, view, len(LONG), LONG, number))

    def suppressed(self, view: str) -> int:
        return self._count("signals_store_withheld", view)

    def _count(self, table: str, view: str) -> int:
        sql = f"select count(*) from {table} where view = %s"
        return int(self._read(sql, view, seconds=WORK_SECONDS)[0][0])

    def _kept_layout(self, digest: bytes) -> str | None:
        rows = self._read("select names from signals_store_layouts where digest = %s", digest)
        return rows[0][0] if rows else None

    # How syncs stand

    def state(self, view: str) -> SyncState:
        rows = self._read("select state from signals_store_views where view = %s and state is not null", view)
        return SyncState.kept(view, rows[0][0] if rows else None)

    def states(self) -> list[SyncState]:
        rows = self._read(
            'select view, state from signals_store_views where state is not null order by view collate "C"'
        )
        return [SyncState.kept(*row) for row in rows]

    def set_state(self, state: SyncState, lease: Lease | None = None) -> None:
        sql = (
            "insert into signals_store_views (view, state) values (%s, %s)"
            " on conflict (view) do update set state = excluded.state"
        )
        self._write(lease, lambda c: c.execute(sql, (state.view, state.to_text())))

    def forget(self, view: str, lease: Lease | None = None) -> None:
        self._write(lease, lambda c: c.execute("delete from signals_store_views where view = %s", (view,)))

    # Leases: by the server's clock

    def _acquire(self, lease: Lease, seconds: float) -> bool:
        def acquire(connection: Connection) -> bool:
            row = connection.execute(
                "select holder, until > clock_timestamp() from signals_store_leases where name = %s for update",
                (lease.name,),
            ).fetchone()
            if row is None:
                sql = (
                    "insert into signals_store_leases (holder, until, name) values (%s, {}, %s) on conflict do nothing"
                )
            elif row[1] and not is_gone(row[0]):
                return False
            else:
                sql = "update signals_store_leases set holder = %s, until = {} where name = %s"
            return connection.execute(sql.format(_UNTIL), (lease.holder, seconds, lease.name)).rowcount > 0

        return self._write(None, acquire)

    def _seize(self, lease: Lease, seconds: float) -> None:
        sql = (
            f"insert into signals_store_leases (holder, until, name) values (%s, {_UNTIL}, %s)"
            " on conflict (name) do update set holder = excluded.holder, until = excluded.until"
        )
        self._write(None, lambda c: c.execute(sql, (lease.holder, seconds, lease.name)))

    def renew(self, lease: Lease, seconds: float) -> bool:
        sql = (
            f"update signals_store_leases set until = {_UNTIL}"
            " where name = %s and holder = %s and until > clock_timestamp()"
        )
        return self._write(None, lambda c: c.execute(sql, (seconds, lease.name, lease.holder)).rowcount) > 0

    def release(self, lease: Lease) -> None:
        sql = "delete from signals_store_leases where name = %s and holder = %s"
        self._write(None, lambda c: c.execute(sql, (lease.name, lease.holder)))

    def is_held(self, name: str) -> bool:
        sql = "select holder from signals_store_leases where name = %s and until > clock_timestamp()"
        rows = self._read(sql, name)
        return bool(rows) and not is_gone(rows[0][0])

    def _require(self, connection: Connection, lease: Lease) -> None:
        """Nobody else took the lease, nor can until the transaction ends."""
        held = connection.execute(
            "select 1 from signals_store_leases where name = %s and holder = %s for share", (lease.name, lease.holder)
        )
        if held.fetchone() is None:
            raise self._lost(lease)

    # The connection

    def _read(self, sql: str, *values: object, seconds: float = ANSWER_SECONDS) -> list[tuple[Any, ...]]:
        def read(connection: Connection) -> list[tuple[Any, ...]]:
            if seconds == ANSWER_SECONDS:
                return connection.execute(sql, values).fetchall()
            with connection.transaction():
                allow(connection, seconds)
                return connection.execute(sql, values).fetchall()

        return self._run("read", read, seconds)

    def _write(self, lease: Lease | None, work: Callable[[Connection], T], seconds: float = WORK_SECONDS) -> T:
        def transaction(connection: Connection) -> T:
            with connection.transaction():
                allow(connection, seconds)
                if lease is not None:
                    self._require(connection, lease)
                return work(connection)

        return self._run("written", transaction, seconds)

    def _run(self, action: str, work: Callable[[Connection], T], seconds: float = ANSWER_SECONDS) -> T:
        """Do the work; once more on a new connection when a kept one turns out to be lost or silent. All writes here
        are idempotent, so repeating them is safe. A table that somebody dropped is created again, empty: the next sync
        fills it.
        """
        try:
            return self._run_once(action, work, seconds)
        except StoreError as error:
            if not isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                raise
            self._run_once("repaired", self._migrate, WORK_SECONDS)
            return self._run_once(action, work, seconds)

    def _migrate(self, connection: Connection) -> None:
        migrate(connection, self.where, self._migrations)

    def _run_once(self, action: str, work: Callable[[Connection], T], seconds: float) -> T:
        connection = self._kept()
        if connection is not None:
            connection.answer_seconds = seconds + SERVER_FIRST
            try:
                with self._borrowed(connection):
                    return work(connection)
            except psycopg.Error as error:
                if not connection.closed:
                    raise self._error(action, error) from error
                self.close()  # the other kept connections are as old as this lost or silent one
        try:
            connection = ImpatientConnection.connect(
                self._url, autocommit=True, prepare_threshold=3, **self._silence_settings
            )
            connection.answer_seconds = seconds + SERVER_FIRST
            with self._borrowed(connection):
                allow(connection, ANSWER_SECONDS, for_one_transaction=False)
                return work(connection)
        except psycopg.Error as error:
            raise self._error(action, error) from error

    def _kept(self) -> ImpatientConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    @contextmanager
    def _borrowed(self, connection: ImpatientConnection) -> Iterator[None]:
        try:
            yield
        finally:
            if not connection.closed:
                with self._lock:
                    self._idle.append(connection)

    def _error(self, action: str, error: psycopg.Error) -> StoreError:
        words = str(error).strip() or type(error).__name__
        remedy = "check that it is running and reachable" if isinstance(error, psycopg.OperationalError) else _RIGHTS
        if isinstance(error, _OF_ANOTHER_SESSION):
            remedy = "a pooler before it must keep a connection for each of its clients (pool_mode = session)"
        return StoreError(f"the profiles store {self.where} could not be {action}: {words}; {remedy}")


def _is_understood(url: str) -> bool:
    """Whether the driver can read the URL; what it says otherwise may repeat it."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return False
    return True


_UNTIL = "clock_timestamp() + make_interval(secs => %s)"
_OF_ANOTHER_SESSION = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement)
_RIGHTS = "check that its user may create and alter tables there"
