"""The tables of a profiles store in PostgreSQL, and their migrations.

Identifiers are bytes: text here holds no U+0000, and would be compared by a collation. Columns before the bodies are of
a fixed size, and pages are not filled, so that a changed profile stays on its page and no index is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg

from snowplow_signals.distribution import NAME
from snowplow_signals.errors import StoreError
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.postgres_connections import WORK_SECONDS, allow

MIGRATING_LOCK = 0x53474E4C
ERASING_LOCK = 0x53474E4D

LONGEST_NAME = 2_000
"""Bytes of an identifier that is stored as it is. An index takes rows of 2,704 bytes, and the view's name is in it too
(https://www.postgresql.org/docs/current/btree.html#BTREE-LIMITS)."""
LONG = b"\xff"
"""Prefix of the digest of a longer one: no UTF-8 begins like this."""


def stored_name(identifier: str) -> bytes:
    """The stored form of an identifier: itself, or a digest if it is too long for an index."""
    name = identifier.encode()
    return name if len(name) <= LONGEST_NAME else LONG + erasure_digest(identifier)


MIGRATIONS: tuple[str, ...] = (
    """
    create table signals_store_profiles (
        changed_at bigint not null,
        synced_at bigint not null,
        view text collate "C" not null,
        identifier bytea not null,
        body bytea not null,
        primary key (view, identifier)
    ) with (fillfactor = 80);
    create table signals_store_layouts (digest bytea primary key, names text not null);
    create table signals_store_views (view text collate "C" primary key, key text, state text);
    create table signals_store_erased (
        scope text collate "C" not null,
        digest bytea not null,
        erased_at bigint not null,
        primary key (scope, digest)
    );
    create table signals_store_withheld (
        view text collate "C" not null,
        digest bytea not null,
        synced_at bigint not null,
        primary key (view, digest)
    );
    create table signals_store_leases (name text primary key, holder text not null, until timestamptz not null);
    """,
    # erasures by position and version, to agree on with a ledger: see erasures.py
    """
    alter table signals_store_erased add column version bigint not null default 1;
    alter table signals_store_erased add column position bigint not null default 0;
    alter table signals_store_erased add column is_swept boolean not null default true;
    update signals_store_erased as erased set position = numbered.number
    from (select scope, digest, row_number() over (order by erased_at) as number from signals_store_erased) as numbered
    where numbered.scope = erased.scope and numbered.digest = erased.digest;
    create index signals_store_erased_by_position on signals_store_erased (position);
    create index signals_store_erased_unswept on signals_store_erased (position) where not is_swept;
    create table signals_store_agreement (
        store text not null, token text not null, ledger_position bigint not null, store_position bigint not null
    );
    """,
)
"""Each brings the tables from the layout before it to its own: the first to layout 1. Never changed, only added to."""

ENTRIES = """
create temporary table if not exists signals_store_entries (identifier bytea, body bytea, changed_at bigint)
on commit delete rows
"""
COPY_ENTRIES = "copy signals_store_entries from stdin (format binary)"
COPY_PROFILES = "copy signals_store_profiles (view, identifier, body, changed_at, synced_at) from stdin (format binary)"
UPSERT = """
insert into signals_store_profiles (view, synced_at, identifier, body, changed_at)
select %s, %s, identifier, body, changed_at from signals_store_entries
on conflict (view, identifier) do update set
    body = excluded.body, changed_at = excluded.changed_at, synced_at = excluded.synced_at
"""


_MADE = re.compile(r"\bcreate (?:table|unique index|index) (?:if not exists )?(\w+)")
_ADDED = re.compile(r"\balter table (\w+) add column (\w+)")


def repair(connection: psycopg.Connection[tuple[Any, ...]], migrations: Sequence[str]) -> None:
    """Recreate tables that somebody dropped: the next sync fills them."""
    for script in migrations:
        for statement in script.split(";"):
            if _MADE.search(statement) or _ADDED.search(statement):
                _execute(connection, statement)


def _execute(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    """Unless what it creates exists."""
    made, added = _MADE.search(statement), _ADDED.search(statement)
    found = None
    if made is not None:
        found = connection.execute("select 1 where to_regclass(%s) is not null", (made[1],)).fetchone()
    elif added is not None:
        sql = "select 1 from pg_attribute where attrelid = to_regclass(%s) and attname = %s and not attisdropped"
        found = connection.execute(sql, (added[1], added[2])).fetchone()
    if found is None:
        connection.execute(statement)


def _is_whole(connection: psycopg.Connection[tuple[Any, ...]], migrations: Sequence[str]) -> bool:
    if connection.execute("select to_regclass('signals_store')").fetchone() == (None,):
        return False
    if connection.execute("select layout from signals_store").fetchone() != (len(migrations),):
        return False
    names = [found[1] for script in migrations for found in _MADE.finditer(script)]
    there = "select count(*) from unnest(%s::text[]) as name where to_regclass(name) is null"
    return connection.execute(there, (names,)).fetchone() == (0,)


def migrate(connection: psycopg.Connection[tuple[Any, ...]], where: str, migrations: Sequence[str]) -> None:
    """Bring the tables to the last layout. Raises StoreError when they are of a later version.

    Nothing is written where nothing is to be done: a replica, or a server that is read-only, serves reads.
    """
    if _is_whole(connection, migrations):
        return
    with connection.transaction():
        allow(connection, WORK_SECONDS)
        connection.execute("select pg_advisory_xact_lock(%s)", (MIGRATING_LOCK,))
        connection.execute("set local client_min_messages = warning")
        connection.execute("create table if not exists signals_store (layout integer not null)")
        found = connection.execute("select layout from signals_store").fetchone()
        layout = found[0] if found else 0
        if layout > len(migrations):
            raise StoreError(
                f"the profiles store {where} was written by a later version of this program (layout {layout}, known "
                f"here: {len(migrations)}); upgrade {NAME}"
            )
        for script in migrations[layout:]:
            for statement in filter(str.strip, script.split(";")):
                _execute(connection, statement)
        repair(connection, migrations)
        if layout < len(migrations):
            connection.execute("delete from signals_store")
            connection.execute("insert into signals_store values (%s)", (len(migrations),))
