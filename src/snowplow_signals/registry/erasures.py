"""The ledger of what was erased from the profiles store, from which a store that lost its content learns it again.

With a service the registry's database holds this ledger, without one a file beside the projects. Both use the same SQL,
with named values; times are text in ISO 8601, in UTC.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from snowplow_signals.errors import RegistryError
from snowplow_signals.stores.erasures import (
    PAGE,
    Agreement,
    Erasure,
    Standing,
    erased_version,
    newest,
    restored_version,
)
from snowplow_signals.stores.places import make_private

FILE = Path("registry", "erasures.sqlite")
LOCK_SECONDS = 30

Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]
Execute = Callable[[str, Values], list[tuple[Any, ...]]]
"""Runs a statement, for each of several values if there are several; returns its rows."""


class Transactions(Protocol):
    def __call__(self, *, writes: bool) -> AbstractContextManager[Execute]:
        """A transaction; there is one writing one at a time."""


TABLES = """
create table signals_erasures (
    scope text not null, digest text not null, erased_at text not null, version bigint not null,
    position bigint not null, primary key (scope, digest)
);
create index signals_erasures_by_position on signals_erasures (position);
create table signals_erasure_agreements (
    store text primary key, token text not null, ledger_position bigint not null, store_position bigint not null
);
"""
ERASURES_BY_POSITION = f"""
alter table signals_erasures rename to signals_erasures_before;
{TABLES.replace("primary key (scope, digest)", "constraint signals_erasures_key primary key (scope, digest)")}
insert into signals_erasures
select scope, digest, cast(erased_at as text), 1, row_number() over (order by erased_at, scope, digest)
from signals_erasures_before;
drop table signals_erasures_before;
"""
"""From the layout of a registry that knew no positions."""

_COLUMNS = "scope, digest, erased_at, version"
_INSERT = (
    f"insert into signals_erasures ({_COLUMNS}, position) values (:scope, :digest, :erased_at, :version, :position)"
)
_UPDATE = (
    "update signals_erasures set erased_at = :erased_at, version = :version, position = :position"
    " where scope = :scope and digest = :digest"
)


class Erasures:
    """The erasures that a ledger knows. All methods raise RegistryError."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def all(self) -> list[Erasure]:
        """All erasures, oldest first."""
        with self._transactions(writes=False) as execute:
            sql = f"select {_COLUMNS} from signals_erasures where version % 2 = 1 order by erased_at, scope"
            return [_erasure(row) for row in execute(sql, {})]

    def add(self, new: Iterable[Erasure]) -> None:
        """Store erasures and restores; what is known in the same or a higher version stays as it is."""
        new = newest(new)
        for start in range(0, len(new), PAGE):
            with self._transactions(writes=True) as execute:
                self._add(execute, new[start : start + PAGE])

    def _add(self, execute: Execute, new: Sequence[Erasure]) -> None:
        position = _last(execute)
        fresh: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for one in new:
            known = _version(execute, one.scope, one.digest)
            if known < one.version:
                position += 1
                (changed if known else fresh).append(_row(one, one.version, position))
        for sql, rows in ((_INSERT, fresh), (_UPDATE, changed)):
            if rows:
                execute(sql, rows)

    def erase(self, scope: str, digests: Iterable[bytes], at: datetime) -> dict[bytes, int]:
        """Store that identifiers were erased; returns the version of each."""
        versions: dict[bytes, int] = {}
        with self._transactions(writes=True) as execute:
            position = _last(execute)
            for digest in digests:
                known = _version(execute, scope, digest)
                versions[digest] = erased_version(known, 1)
                if versions[digest] > known:
                    position += 1
                    row = _row(Erasure(scope, digest, at), versions[digest], position)
                    execute(_UPDATE if known else _INSERT, row)
        return versions

    def restore(self, scope: str, digests: Iterable[bytes]) -> dict[bytes, int]:
        """Remember that people were restored; returns the version of each who was erased."""
        versions: dict[bytes, int] = {}
        with self._transactions(writes=True) as execute:
            position = _last(execute)
            for digest in digests:
                known = _version(execute, scope, digest)
                if known % 2:
                    position += 1
                    versions[digest] = restored_version(known, 0)
                    restored = Erasure(scope, digest, datetime(1970, 1, 1))
                    execute(_UPDATE, _row(restored, versions[digest], position))
        return versions

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        """What was learned after a position, each with its own, in their order."""
        sql = f"select position, {_COLUMNS} from signals_erasures where position > :after order by position limit :most"
        with self._transactions(writes=False) as execute:
            return [(row[0], _erasure(row[1:])) for row in execute(sql, {"after": position, "most": limit})]

    def standing(self, store: str | None) -> Standing:
        """The ledger's position, and what it last agreed on with a store."""
        sql = (
            "select store, token, ledger_position, store_position from signals_erasure_agreements where store = :store"
        )
        with self._transactions(writes=False) as execute:
            found = execute(sql, {"store": store}) if store is not None else []
            return Standing(_last(execute), Agreement(*found[0]) if found else None)

    def set_agreement(self, agreement: Agreement, instead_of: str | None = None) -> None:
        """Store what was agreed on with a store, which may have had another name before."""
        values = {
            "store": agreement.store,
            "token": agreement.token,
            "ledger_position": agreement.ledger_position,
            "store_position": agreement.store_position,
        }
        with self._transactions(writes=True) as execute:
            for store in (agreement.store, instead_of):
                execute("delete from signals_erasure_agreements where store = :store", {"store": store})
            execute(
                "insert into signals_erasure_agreements values (:store, :token, :ledger_position, :store_position)",
                values,
            )


@contextmanager
def erasure_file(repo_path: Path) -> Iterator[Erasures]:
    """The ledger of a folder of projects, for use without a service; created when it does not exist.

    Raises RegistryError when it cannot be opened.
    """
    path = repo_path / FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        make_private(path)
        connection = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
        _make(connection)
    except (OSError, sqlite3.Error) as error:
        raise RegistryError(f"the ledger of erasures is {path}, which cannot be opened: {error}") from error
    try:
        yield Erasures(lambda *, writes: _transaction(connection, path, writes))
    finally:
        connection.close()


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("pragma journal_mode = wal")
    until = time.monotonic() + LOCK_SECONDS
    while not _is_made(connection):
        try:
            connection.executescript(f"begin immediate; {TABLES} commit;")
        except sqlite3.OperationalError:  # another process creates it
            if connection.in_transaction:
                connection.rollback()
            if not _is_made(connection) and time.monotonic() > until:
                raise


def _is_made(connection: sqlite3.Connection) -> bool:
    sql = "select 1 from sqlite_master where name = 'signals_erasure_agreements'"
    return connection.execute(sql).fetchone() is not None


@contextmanager
def _transaction(connection: sqlite3.Connection, path: Path, writes: bool) -> Iterator[Execute]:
    def execute(sql: str, values: Values) -> list[tuple[Any, ...]]:
        if isinstance(values, Mapping):
            return connection.execute(sql, values).fetchall()
        connection.executemany(sql, values)
        return []

    try:
        connection.execute("begin immediate" if writes else "begin")
        try:
            yield execute
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
    except sqlite3.Error as error:
        raise RegistryError(f"the ledger of erasures is {path}, which cannot be read or written: {error}") from error


def _last(execute: Execute) -> int:
    return int(execute("select coalesce(max(position), 0) from signals_erasures", {})[0][0])


def _version(execute: Execute, scope: str, digest: bytes) -> int:
    sql = "select version from signals_erasures where scope = :scope and digest = :digest"
    found = execute(sql, {"scope": scope, "digest": digest.hex()})
    return int(found[0][0]) if found else 0


def _row(erasure: Erasure, version: int, position: int) -> dict[str, Any]:
    return {
        "scope": erasure.scope,
        "digest": erasure.digest.hex(),
        "erased_at": erasure.erased_at.isoformat(" "),
        "version": version,
        "position": position,
    }


def _erasure(row: Sequence[Any]) -> Erasure:
    scope, digest, at, version = row
    return Erasure(scope, bytes.fromhex(digest), datetime.fromisoformat(at), version)
