"""What an engine's connections need beyond SQL. A handle is a connection of the driver that the dbt adapter uses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

Fetch = Callable[[str], list[tuple[Any, ...]]]
"""Returns the rows of a query."""


@dataclass(frozen=True, slots=True)
class PackedQueries:
    """`rows`: a query of rows that the engine packed, where they can be. `others`: of the others, as they are."""

    rows: str
    others: str


class Session:
    """An engine whose driver needs nothing special, and which locks its database itself."""

    def connection(self, credentials: Any, name: str) -> Any:
        """What dbt's adapter opens: a connection that is not open yet."""
        from dbt.adapters.contracts.connection import Connection, ConnectionState

        return Connection(type=credentials.type, name=name, credentials=credentials, state=ConnectionState.INIT)

    def begin(self, handle: Any) -> None:
        """Prepare a new connection: reads hold no transaction open, and values are read as they were stored."""

    def cursor(self, handle: Any) -> Any:
        """A cursor for few rows."""
        return handle.cursor()

    def stream(self, handle: Any) -> Any:
        """A cursor that holds a few rows at a time, however many the query returns, on a connection of its own."""
        return handle.cursor()

    def columns(self, handle: Any, relation: str) -> list[str]:
        """The names of a table's columns, in their order; the table is given as queries name it."""
        cursor = self.cursor(handle)
        cursor.execute(f"select * from {relation} where 1 = 0")
        return [column[0] for column in cursor.description]

    def described(self, handle: Any, database: str | None, schema: str, table: str) -> list[tuple[Any, ...]] | None:
        """What the query of `Dialect.describe` returns, where the engine says it without one; None elsewhere."""
        return None

    def counts_rows(self, handle: Any, database: str | None, schema: str, table: str) -> bool | None:
        """`Dialect.counts_without_reading` of this very table; None where it is so of all tables."""
        return None

    def packed(self, handle: Any, sql: str, head: bytes, bulk_start: bytes | None = None) -> PackedQueries | None:
        """The rows of a query whose first two columns are a key and the time of change; None where the engine cannot.

        Rows are (the key as text, MessagePack, the time in microseconds since 1970). MessagePack is `head` and an array
        of the values of the other columns; it is null for a row that is among the others.

        With `bulk_start` a row is one value, or null: the key, and bytes that begin with `bulk_start` and the time as
        eight bytes, and go on with MessagePack; each as a bulk string of Redis' protocol.
        """
        return None

    def embedded_file(self, credentials: Any) -> str | None:
        """The file of a database that this process opens by itself, if the profile says nothing else of it."""
        return None

    def lineage_namespace(self, credentials: Any) -> str:
        """How OpenLineage names the database system: https://openlineage.io/docs/spec/naming."""
        return f"{credentials.type}://{credentials.host}"

    def spare_memory(self, handle: Any) -> str | None:
        """Limit the memory of an engine in this process, from now on and for all connections. Returns the former limit,
        for `take_memory`; None when nothing was changed.
        """
        return None

    def take_memory(self, handle: Any, limit: str) -> None:
        """Restore that limit."""

    def is_out_of_memory(self, words: str) -> bool:
        """Whether the error says that the engine needs more memory than that limit."""
        return False

    def distrust_statistics(self, handle: Any) -> None:
        """Keep the planner of this connection from plans that suit few rows only: tables may be new."""

    def tables(self, handle: Any, fetch: Fetch) -> list[tuple[str, str]]:
        """Schema and name of every table that can be seen."""
        found = fetch("select table_schema, table_name from information_schema.tables order by 1, 2")
        return [(row[0], row[1]) for row in found]

    def lease_end(self, seconds: int) -> str | None:
        """When a lease that is renewed now ends, in SQL; None where the connection holds it."""
        return None

    def cancel_left_over(self, handle: Any, tables: Collection[str]) -> int:
        """Cancel the statements by which another invocation of dbt still writes to any of these tables, where the
        engine can tell which those are; returns how many they were. Only for who holds the lease.
        """
        return 0

    def take_lease(self, handle: Any, name: str) -> bool:
        """Whether nobody else had the lease of that name; the connection holds it from now on, until it ends.

        True where the models take it: see `lease_end`.
        """
        return True
