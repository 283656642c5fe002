"""Erasing people from a SQLite profiles store."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from snowplow_signals.stores.base import Lease
from snowplow_signals.stores.encoding import erasure_digest, microseconds, moment
from snowplow_signals.stores.erasures import Agreement, Erasure, Standing, erased_version, restored_version
from snowplow_signals.stores.packed import PackedStore, batches

LOOKED_UP_AT_ONCE = 500
IDENTIFIERS_AT_ONCE = 10_000

_COLUMNS = "scope, digest, erased_at, version"
_REMEMBER = """
insert into erased (scope, digest, erased_at, version, position, is_swept)
values (:scope, :digest, :erased_at, :version, (select coalesce(max(position), 0) + 1 from erased), :is_swept)
on conflict (scope, digest) do update set
    erased_at = excluded.erased_at, version = excluded.version, position = excluded.position,
    is_swept = excluded.is_swept
where excluded.version > erased.version
"""
_VIEWS = "select view from views where view = :scope or 'key:' || key = :scope union select :scope"


class SQLiteErasing(PackedStore):
    """The erasures of a SQLite store, over its own connections."""

    @abstractmethod
    def _connection(self) -> sqlite3.Connection: ...

    @abstractmethod
    def _one(self, sql: str, *values: object) -> Any: ...

    @abstractmethod
    def _transaction(self, lease: Lease | None = None) -> AbstractContextManager[sqlite3.Connection]: ...

    @abstractmethod
    def _reported(self, action: str) -> AbstractContextManager[None]: ...

    def _erase(self, scope: str, people: list[tuple[str, Erasure]]) -> int:
        removed = 0
        with self._transaction() as connection:
            views = self._views_of(scope)
            for identifier, erasure in people:
                known = self._version(scope, erasure.digest)
                self._remember(erasure, erased_version(known, erasure.version), is_swept=True)
                removed += sum(self._take_out(connection, view, identifier, erasure.digest) for view in views)
        return removed

    def _restore(self, scope: str, versions: Mapping[bytes, int]) -> set[bytes]:
        erased = set()
        with self._transaction() as connection:
            for digest, version in versions.items():
                known = self._version(scope, digest)
                at = self._one("select erased_at from erased where scope = ? and digest = ?", scope, digest) or 0
                restored = restored_version(known, version)
                self._remember(Erasure(scope, digest, moment(at)), restored, is_swept=True)
                self._hold_back_no_more(connection, scope, digest)
                if known % 2 == 1:
                    erased.add(digest)
        return erased

    def _learn(self, erasures: list[Erasure]) -> None:
        with self._transaction() as connection:
            for one in erasures:
                if one.version > self._version(one.scope, one.digest):
                    self._remember(one, one.version, is_swept=not one.is_erased)
                    if not one.is_erased:
                        self._hold_back_no_more(connection, one.scope, one.digest)

    def _remember(self, erasure: Erasure, version: int, *, is_swept: bool) -> None:
        values = {
            "scope": erasure.scope,
            "digest": erasure.digest,
            "erased_at": microseconds(erasure.erased_at),
            "version": version,
            "is_swept": is_swept,
        }
        if version:  # 0: nothing is known, and nothing was done
            self._connection().execute(_REMEMBER, values)

    def _version(self, scope: str, digest: bytes) -> int:
        return self._one("select version from erased where scope = ? and digest = ?", scope, digest) or 0

    def _take_out(self, connection: sqlite3.Connection, view: str, identifier: str, digest: bytes) -> int:
        sql = "delete from profiles where view = ? and identifier = ?"
        removed = connection.execute(sql, (view, identifier)).rowcount
        if removed:
            connection.execute(
                "insert or replace into withheld (view, digest, synced_at) values (?, ?, 0)", (view, digest)
            )
        return removed

    def _hold_back_no_more(self, connection: sqlite3.Connection, scope: str, digest: bytes) -> None:
        given = {"scope": scope, "digest": digest}
        connection.execute(f"delete from withheld where digest = :digest and view in ({_VIEWS})", given)

    # Those who were learned of

    def erasures(self) -> list[Erasure]:
        with self._reported("read"):
            sql = f"select {_COLUMNS} from erased where version % 2 = 1 order by erased_at, scope"
            return [_erasure(row) for row in self._connection().execute(sql)]

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        with self._reported("read"):
            sql = f"select position, {_COLUMNS} from erased where position > ? order by position limit ?"
            return [(row[0], _erasure(row[1:])) for row in self._connection().execute(sql, (position, limit))]

    def standing(self) -> Standing:
        with self._reported("read"):
            position = self._one("select coalesce(max(position), 0) from erased")
            sql = "select store, token, ledger_position, store_position from agreement"
            found = self._connection().execute(sql).fetchone()
            is_swept = self._one("select 1 from erased where is_swept = 0 limit 1") is None
        return Standing(position, Agreement(*found) if found else None, is_swept)

    def set_agreement(self, agreement: Agreement) -> None:
        with self._transaction() as connection:
            connection.execute("delete from agreement")
            values = (agreement.store, agreement.token, agreement.ledger_position, agreement.store_position)
            connection.execute("insert into agreement values (?, ?, ?, ?)", values)

    def _unswept(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = {}
        with self._reported("read"):
            sql = "select scope, digest from erased where is_swept = 0"
            for scope, digest in self._connection().execute(sql):
                found.setdefault(scope, set()).add(digest)
        return found

    def _set_swept(self, position: int) -> None:
        with self._transaction() as connection:
            connection.execute("update erased set is_swept = 1 where is_swept = 0 and position <= ?", (position,))

    def _views_of(self, scope: str) -> list[str]:
        with self._reported("read"):
            return [row[0] for row in self._connection().execute(_VIEWS, {"scope": scope})]

    def _identifiers(self, view: str) -> Iterator[list[str]]:
        sql = "select identifier from profiles where view = ? and identifier >= ? order by identifier limit ?"
        after = ""
        while True:
            with self._reported("read"):
                rows = self._connection().execute(sql, (view, after, IDENTIFIERS_AT_ONCE)).fetchall()
            if not rows:
                return
            yield [row[0] for row in rows]
            after = rows[-1][0] + "\x00"  # the text that comes next

    def _withdraw(self, view: str, identifiers: list[str]) -> int:
        removed = 0
        with self._transaction() as connection:
            digests = {erasure_digest(one): one for one in identifiers}
            for digest in self._erased(view, list(digests)):
                removed += self._take_out(connection, view, digests[digest], digest)
        return removed

    # Those who are erased, among who is to be written

    def _scopes(self, view: str) -> list[str]:
        key = self._one("select key from views where view = ?", view)
        return [view] if key is None else [view, f"key:{key}"]

    def _has_erasures(self, view: str) -> bool:
        """Whether anything was ever erased from the view; for most views there is nothing to look for."""
        scopes = self._scopes(view)
        return self._one(f"select 1 from erased where scope in ({marks(scopes)}) limit 1", *scopes) is not None

    def _erased(self, view: str, digests: list[bytes]) -> set[bytes]:
        scopes, found = self._scopes(view), set[bytes]()
        for some in batches(digests, LOOKED_UP_AT_ONCE):
            rows = self._connection().execute(
                f"select digest from erased where scope in ({marks(scopes)}) and digest in ({marks(some)})"
                " and version % 2 = 1",
                (*scopes, *some),
            )
            found.update(row[0] for row in rows)
        return found


def _erasure(row: Sequence[Any]) -> Erasure:
    scope, digest, at, version = row
    return Erasure(scope, digest, moment(at), version)


def marks(values: Sequence[object]) -> str:
    """A placeholder for each value."""
    return ", ".join("?" * len(values))
