"""The registry's own tables, and their migrations."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, DateTime, Integer, MetaData, Table, Text, inspect, text

from snowplow_signals.distribution import NAME
from snowplow_signals.errors import RegistryError
from snowplow_signals.registry.erasures import ERASURES_BY_POSITION

metadata = MetaData()

# One row: the layout of the tables, and a number that grows with each change of a definition.
state = Table(
    "signals_registry",
    metadata,
    Column("layout", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

# Definitions are kept as the JSON that `to_json` writes.
entities = Table(
    "signals_entities", metadata, Column("name", Text, primary_key=True), Column("body", Text, nullable=False)
)

# The batch source has a column of its own: `sync` registers it, and publishing the view again does not undo that.
views = Table(
    "signals_views",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("batch_source", Text),
)

services = Table(
    "signals_services", metadata, Column("name", Text, primary_key=True), Column("body", Text, nullable=False)
)

api_keys = Table(
    "signals_api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("key_hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("revoked_at", DateTime),
)

# Views that were deleted, until their values are gone from the profiles store.
deleted_views = Table(
    "signals_deleted_views",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
)

MIGRATIONS: tuple[str, ...] = (
    """
    create table signals_entities (name text primary key, body text not null);
    create table signals_views (
        name text not null, version integer not null, body text not null, batch_source text,
        primary key (name, version)
    );
    create table signals_services (name text primary key, body text not null);
    create table signals_api_keys (
        key_id text primary key, org_id text not null, key_hash text not null, scopes text not null,
        note text not null, created_at timestamp not null, revoked_at timestamp
    );
    """,
    """
    create table signals_erasures (
        scope text not null, digest text not null, erased_at timestamp not null,
        primary key (scope, digest)
    );
    """,
    ERASURES_BY_POSITION,
    """
    create table signals_deleted_views (name text not null, version integer not null, primary key (name, version));
    """,
)
"""Each brings the tables from the layout before it to its own: the first to layout 1. Never changed, only added to."""

_ADVISORY_LOCK = 0x5349474E  # "SIGN": held during migrations on PostgreSQL


def are_current(connection: Connection, migrations: tuple[str, ...] = MIGRATIONS) -> bool:
    """Whether there is nothing to migrate."""
    if not inspect(connection).has_table(state.name):
        return False
    return bool(connection.execute(state.select()).one().layout == len(migrations))


def migrate(connection: Connection, where: str, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Bring the tables to the layout that this program knows, in the transaction of `connection`.

    Raises RegistryError when they were made by a later version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": _ADVISORY_LOCK})
    if not inspect(connection).has_table(state.name):
        connection.execute(text("create table signals_registry (layout integer not null, revision bigint not null)"))
        connection.execute(state.insert().values(layout=0, revision=0))
    layout = connection.execute(state.select()).one().layout
    if layout > len(migrations):
        raise RegistryError(
            f"the registry {where} was written by a later version of this program (layout {layout}, known here: "
            f"{len(migrations)}); upgrade {NAME}"
        )
    for script in migrations[layout:]:
        for statement in filter(str.strip, script.split(";")):
            connection.execute(text(statement))
    if layout < len(migrations):
        connection.execute(state.update().values(layout=len(migrations)))
