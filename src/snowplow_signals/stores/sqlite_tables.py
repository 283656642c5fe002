"""The tables of a SQLite profiles store, and their migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from snowplow_signals.distribution import NAME
from snowplow_signals.errors import StoreError

APPLICATION_ID = 0x53474E4C  # "SGNL": distinguishes our files from other SQLite files

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
    # profiles as bytes: all of them come from the warehouse, and the next sync copies them
    """
    drop table watermarks;
    drop table profiles;
    create table profiles (
        view text not null,
        identifier text not null,
        body blob not null,
        changed_at integer not null,
        synced_at integer not null
    );
    create unique index profiles_of_view on profiles (view, identifier);
    create table layouts (digest blob not null primary key, names text not null);
    create table views (view text not null primary key, key text, state text);
    create table erased (
        scope text not null,
        digest blob not null,
        erased_at integer not null,
        primary key (scope, digest)
    );
    create table withheld (
        view text not null,
        digest blob not null,
        synced_at integer not null,
        primary key (view, digest)
    );
    create table leases (name text not null primary key, holder text not null, until real not null);
    """,
    # erasures by position and version, to agree on with a ledger: see erasures.py
    """
    create table erasures (
        scope text not null,
        digest blob not null,
        erased_at integer not null,
        version integer not null,
        position integer not null,
        is_swept integer not null,
        primary key (scope, digest)
    );
    insert into erasures
    select scope, digest, erased_at, 1, row_number() over (order by erased_at, scope, digest), 1 from erased;
    drop table erased;
    alter table erasures rename to erased;
    create index erased_by_position on erased (position);
    create index erased_unswept on erased (position) where is_swept = 0;
    create table agreement (
        store text not null, token text not null, ledger_position integer not null, store_position integer not null
    );
    """,
)
"""Each brings a file from the layout before it to its own: the first to layout 1. Never changed, only added to."""


def schema_of(migrations: Sequence[str]) -> dict[str, str]:
    """Table or index -> the statement that creates it, after all migrations."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for script in migrations:
            connection.executescript(script)
        return dict(connection.execute("select name, sql from sqlite_master where sql is not null").fetchall())


def is_incomplete(connection: sqlite3.Connection, migrations: Sequence[str]) -> bool:
    """Whether somebody dropped tables."""
    return bool(_missing(connection, migrations))


def repair(connection: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Recreate tables that somebody dropped, in the current transaction: the next sync fills them."""
    for statement in _missing(connection, migrations):
        connection.execute(statement)


def _missing(connection: sqlite3.Connection, migrations: Sequence[str]) -> list[str]:
    there = {row[0] for row in connection.execute("select name from sqlite_master")}
    return [statement for name, statement in schema_of(migrations).items() if name not in there]


def layout_of(connection: sqlite3.Connection, where: str, known: int) -> int:
    """The layout of the file. Raises StoreError for a file that is not ours, or of a later version."""
    owner, layout, tables = (
        connection.execute(query).fetchone()[0]
        for query in ("pragma application_id", "pragma user_version", "select count(*) from sqlite_master")
    )
    if tables and owner != APPLICATION_ID:
        raise StoreError(f"{where} is a database of something else, not a profiles store; choose another path")
    if layout > known:
        raise StoreError(
            f"{where} was written by a later version of this program (layout {layout}, known here: {known}); "
            f"upgrade {NAME}, or choose another path and sync again"
        )
    return int(layout)


def migrate(connection: sqlite3.Connection, where: str, migrations: Sequence[str]) -> None:
    """Migrate the file to the last layout, in the current transaction."""
    done = layout_of(connection, where, len(migrations))  # another process may have been faster
    for number, script in enumerate(migrations[done:], start=done + 1):
        for statement in script.split(";"):
            connection.execute(statement)
        connection.execute(f"pragma user_version = {number}")
    connection.execute(f"pragma application_id = {APPLICATION_ID}")
