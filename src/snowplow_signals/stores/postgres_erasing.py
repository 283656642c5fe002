"""Erasing people from a profiles store in PostgreSQL.

Changing erasures takes a lock that excludes all writers of profiles: no batch with an erased identifier is in flight,
and positions are assigned, and become visible, in order.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import psycopg

from snowplow_signals.stores.base import Lease
from snowplow_signals.stores.encoding import erasure_digest, microseconds, moment
from snowplow_signals.stores.erasures import Agreement, Erasure, Standing, erased_version, restored_version
from snowplow_signals.stores.packed import Entry, PackedStore, split_erased
from snowplow_signals.stores.postgres_tables import ERASING_LOCK, LONG, stored_name

T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

IDENTIFIERS_AT_ONCE = 10_000
_COLUMNS = "scope, digest, erased_at, version"
_SCOPES = "(scope = %(view)s or scope = (select 'key:' || key from signals_store_views where view = %(view)s))"
_VIEWS = "(select view from signals_store_views where view = %(scope)s or 'key:' || key = %(scope)s)"
_LEARN = f"""
insert into signals_store_erased (scope, digest, erased_at, version, position, is_swept)
select scope, digest, erased_at, version, last.position + number, is_swept
from unnest(%s::text[], %s::bytea[], %s::bigint[], %s::bigint[], %s::boolean[])
    with ordinality as learned ({_COLUMNS}, is_swept, number),
    (select coalesce(max(position), 0) as position from signals_store_erased) as last
on conflict (scope, digest) do update set
    erased_at = excluded.erased_at, version = excluded.version, position = excluded.position,
    is_swept = excluded.is_swept
where excluded.version > signals_store_erased.version
"""


class PostgresErasing(PackedStore):
    """The erasures of a store in PostgreSQL, over its own connections."""

    @abstractmethod
    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def _write(self, lease: Lease | None, work: Callable[[Connection], T]) -> T: ...

    def _alone(self, work: Callable[[Connection], T]) -> T:
        """Do the work while nobody writes profiles or changes erasures."""

        def alone(connection: Connection) -> T:
            connection.execute("select pg_advisory_xact_lock(%s)", (ERASING_LOCK,))
            return work(connection)

        return self._write(None, alone)

    def _erase(self, scope: str, people: list[tuple[str, Erasure]]) -> int:
        names = {stored_name(identifier): erasure.digest for identifier, erasure in people}

        def erase(connection: Connection) -> int:
            known = _versions(connection, scope, names.values())
            versions = [erased_version(known.get(one.digest, 0), one.version) for _, one in people]
            erased = [_with(one, version) for (_, one), version in zip(people, versions, strict=True)]
            _learn(connection, erased, is_swept=True)
            gone = connection.execute(
                "delete from signals_store_profiles where identifier = any(%(names)s)"
                f" and (view = %(scope)s or view in {_VIEWS}) returning view, identifier",
                {"names": list(names), "scope": scope},
            ).fetchall()
            by_view: dict[str, list[bytes]] = {}
            for view, name in gone:
                by_view.setdefault(view, []).append(names[name])
            for view, digests in by_view.items():
                self._withhold(connection, view, digests, 0)
            return len(gone)

        return self._alone(erase)

    def _restore(self, scope: str, versions: Mapping[bytes, int]) -> set[bytes]:
        def restore(connection: Connection) -> set[bytes]:
            known = _versions(connection, scope, versions)
            restored = [
                Erasure(scope, digest, moment(0), restored_version(known.get(digest, 0), version))
                for digest, version in versions.items()
            ]
            # version 0: nothing is known, and nothing is to be done
            _learn(connection, [one for one in restored if one.version], is_swept=True)
            _hold_back_no_more(connection, scope, list(versions))
            return {digest for digest, version in known.items() if version % 2 == 1}

        return self._alone(restore)

    def _learn(self, erasures: list[Erasure]) -> None:
        def learn(connection: Connection) -> None:
            _learn(connection, erasures, is_swept=False)
            restored: dict[str, list[bytes]] = {}
            for one in erasures:
                if not one.is_erased:
                    restored.setdefault(one.scope, []).append(one.digest)
            for scope, digests in restored.items():
                now_restored = connection.execute(
                    "select digest from signals_store_erased"
                    " where scope = %s and digest = any(%s) and version %% 2 = 0",
                    (scope, digests),
                )
                _hold_back_no_more(connection, scope, [row[0] for row in now_restored])

        self._alone(learn)

    def _withhold(self, connection: Connection, view: str, digests: Sequence[bytes], at: int) -> None:
        if digests:
            connection.execute(
                "insert into signals_store_withheld select %s, digest, %s from unnest(%s::bytea[]) as held (digest)"
                " on conflict (view, digest) do update set synced_at = excluded.synced_at",
                (view, at, list(digests)),
            )

    # Those who were learned of

    def erasures(self) -> list[Erasure]:
        sql = f"select {_COLUMNS} from signals_store_erased where version %% 2 = 1 order by erased_at, scope"
        return [_erasure(row) for row in self._read(sql)]

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        sql = f"select position, {_COLUMNS} from signals_store_erased where position > %s order by position limit %s"
        return [(row[0], _erasure(row[1:])) for row in self._read(sql, position, limit)]

    def standing(self) -> Standing:
        row = self._read(
            "select (select coalesce(max(position), 0) from signals_store_erased),"
            " not exists (select from signals_store_erased where not is_swept), agreement.*"
            " from (select) as one left join signals_store_agreement as agreement on true"
        )[0]
        return Standing(row[0], None if row[2] is None else Agreement(*row[2:]), row[1])

    def set_agreement(self, agreement: Agreement) -> None:
        values = (agreement.store, agreement.token, agreement.ledger_position, agreement.store_position)

        def replace(connection: Connection) -> None:
            connection.execute("delete from signals_store_agreement")
            connection.execute("insert into signals_store_agreement values (%s, %s, %s, %s)", values)

        self._alone(replace)

    def _unswept(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = {}
        for scope, digest in self._read("select scope, digest from signals_store_erased where not is_swept"):
            found.setdefault(scope, set()).add(digest)
        return found

    def _set_swept(self, position: int) -> None:
        sql = "update signals_store_erased set is_swept = true where not is_swept and position <= %s"
        self._write(None, lambda connection: connection.execute(sql, (position,)))

    def _views_of(self, scope: str) -> list[str]:
        rows = self._read(
            "select view from signals_store_views where view = %s or 'key:' || key = %s union select %s",
            *[scope] * 3,
        )
        return [row[0] for row in rows]

    def _identifiers(self, view: str) -> Iterator[list[str]]:
        sql = (
            "select identifier from signals_store_profiles where view = %s and identifier > %s"
            " order by identifier limit %s"
        )
        first = self._read("select 1 from signals_store_profiles where view = %s and identifier = ''", view)
        yield [""] if first else []
        after = b""
        while rows := self._read(sql, view, after, IDENTIFIERS_AT_ONCE):
            yield [row[0].decode(errors="surrogateescape") for row in rows]
            after = rows[-1][0]

    def _stands_for(self, identifier: str) -> bytes:
        name = identifier.encode(errors="surrogateescape")
        return name.removeprefix(LONG) if name.startswith(LONG) else erasure_digest(identifier)

    def _withdraw(self, view: str, identifiers: list[str]) -> int:
        names = {self._stands_for(one): one.encode(errors="surrogateescape") for one in identifiers}

        def withdraw(connection: Connection) -> int:
            digests = sorted(_erased(connection, view, list(names)))
            self._withhold(connection, view, digests, 0)
            return connection.execute(
                "delete from signals_store_profiles where view = %s and identifier = any(%s)",
                (view, [names[digest] for digest in digests]),
            ).rowcount

        return self._alone(withdraw)

    # Those who are erased, among who is to be written

    def _split(self, connection: Connection, view: str, entries: list[Entry]) -> tuple[list[Entry], list[bytes]]:
        sql = f"select exists (select from signals_store_erased where {_SCOPES})"
        found = connection.execute(sql, {"view": view}).fetchone()
        if not found or not found[0]:  # most views have nobody to look for
            return entries, []
        return split_erased(entries, lambda digests: _erased(connection, view, digests))


def _erased(connection: Connection, view: str, digests: list[bytes]) -> set[bytes]:
    found = connection.execute(
        f"select digest from signals_store_erased where {_SCOPES} and digest = any(%(digests)s) and version %% 2 = 1",
        {"view": view, "digests": digests},
    )
    return {row[0] for row in found}


def _versions(connection: Connection, scope: str, digests: Iterable[bytes]) -> dict[bytes, int]:
    """Those that are known."""
    sql = "select digest, version from signals_store_erased where scope = %s and digest = any(%s)"
    return dict(connection.execute(sql, (scope, list(digests))).fetchall())


def _learn(connection: Connection, erasures: Sequence[Erasure], *, is_swept: bool) -> None:
    columns = [[one.scope for one in erasures], [one.digest for one in erasures]]
    columns += [[microseconds(one.erased_at) for one in erasures], [one.version for one in erasures]]
    connection.execute(_LEARN, (*columns, [is_swept or not one.is_erased for one in erasures]))


def _hold_back_no_more(connection: Connection, scope: str, digests: list[bytes]) -> None:
    connection.execute(
        "delete from signals_store_withheld"
        f" where digest = any(%(digests)s) and (view = %(scope)s or view in {_VIEWS})",
        {"digests": digests, "scope": scope},
    )


def _with(erasure: Erasure, version: int) -> Erasure:
    return Erasure(erasure.scope, erasure.digest, erasure.erased_at, version)


def _erasure(row: Sequence[Any]) -> Erasure:
    scope, digest, at, version = row
    return Erasure(scope, digest, moment(at), version)
