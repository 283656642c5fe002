"""The tables of a profiles store in PostgreSQL, and how they came about.

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

MIGRATING_LOCK = 0x53474E4C
ERASING_LOCK = 0x53474E4D

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
)
"""Each brings the tables from the layout before it to its own: the first to layout 1. Never changed, only added to."""

ENTRIES = """
create temporary table if not exists signals_store_entries (identifier bytea, body bytea, changed_at bigint)
on commit delete rows
"""
COPY_ENTRIES = "copy signals_store_entries from stdin (format binary)"
UPSERT = """
insert into signals_store_profiles (view, synced_at, identifier, body, changed_at)
select %s, %s, identifier, body, changed_at from signals_store_entries
on conflict (view, identifier) do update set
    body = excluded.body, changed_at = excluded.changed_at, synced_at = excluded.synced_at
"""


_MADE = re.compile(r"\bcreate (table|unique index|index) (?:if not exists )?(\w+)")


def repair(connection: psycopg.Connection[tuple[Any, ...]], migrations: Sequence[str]) -> None:
    """Make the tables again that somebody removed: the next sync fills them."""
    for script in migrations:
        for statement in script.split(";"):
            if _MADE.search(statement):
                _execute(connection, statement)


def _execute(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    """Unless it makes what is there."""
    made = _MADE.search(statement)
    if made is None or connection.execute("select to_regclass(%s)", (made[2],)).fetchone() == (None,):
        connection.execute(statement)


def migrate(connection: psycopg.Connection[tuple[Any, ...]], where: str, migrations: Sequence[str]) -> None:
    """Bring the tables to the last layout. Raises StoreError when they are of a later version."""
    with connection.transaction():
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
