"""Which files a database has taken: the same content is not taken twice unless it is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.events.loading.sources import EventFile
from snowplow_signals.events.loading.targets import RELATION, attach, existing_columns

if TYPE_CHECKING:
    import duckdb

SCHEMA_NAME = "atomic_snowplow_manifest"
_FILES = f"lake.{SCHEMA_NAME}.loaded_files"


@dataclass(frozen=True)
class LoadedBefore:
    """A file that was left out: its content was loaded before, from `as_path`, at `loaded_at` (UTC).

    `loaded_at` is None when it is the content of another file of the same call.
    """

    path: Path
    as_path: Path
    loaded_at: datetime | None


def known(database: Path) -> dict[str, tuple[Path, datetime]]:
    """The contents that the database's events table has, by digest; none when the table is missing or empty."""
    import duckdb

    if not database.exists():
        return {}
    with duckdb.connect() as connection:
        attach(connection, database)
        if not existing_columns(connection) or not _is_there(connection):
            return {}
        if not connection.execute(f"SELECT 1 FROM {RELATION} LIMIT 1").fetchall():
            return {}
        rows = connection.execute(f"SELECT digest, path, loaded_at FROM {_FILES} ORDER BY loaded_at").fetchall()
    return {digest: (Path(path), loaded_at) for digest, path, loaded_at in rows}


def remember(
    connection: "duckdb.DuckDBPyConnection", files: Iterable[tuple[EventFile, str]], loaded_at: datetime
) -> None:
    """Note the files, with their digests, in the transaction that takes them."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{SCHEMA_NAME}")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_FILES} (digest VARCHAR, path VARCHAR, loaded_at TIMESTAMP)")
    for file, digest in files:
        connection.execute(f"INSERT INTO {_FILES} VALUES (?, ?, ?)", [digest, str(file.path.resolve()), loaded_at])


def _is_there(connection: "duckdb.DuckDBPyConnection") -> bool:
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() "
        "WHERE database_name = 'lake' AND schema_name = ? AND table_name = 'loaded_files'",
        [SCHEMA_NAME],
    )
    return bool(found.fetchall())
