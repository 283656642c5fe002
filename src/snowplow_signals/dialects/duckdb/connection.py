"""DuckDB's connections: the engine works in this process, so its memory is the process's."""

from __future__ import annotations

import os
from typing import Any

from snowplow_signals.dialects.connection import PackedQueries, Session
from snowplow_signals.dialects.duckdb.packing import BULK, bulk_row, packed_row

MOST_GIBIBYTES = 1.0
_KEYS = ("varchar", "bigint", "integer", "smallint", "tinyint", "hugeint", "uuid")
"""Types whose text is the same in DuckDB and in Python."""
_HARMLESS = {"threads", "worker_threads", "memory_limit", "max_memory", "temp_directory", "preserve_insertion_order"}
"""Settings that change no result of a query."""
_UNITS = {"bytes": 2.0**-30, "KiB": 2.0**-20, "MiB": 2.0**-10, "GiB": 1.0, "TiB": 2.0**10}


class DuckDBSession(Session):
    """DuckDB keeps what it reads of its file as long as its limit allows: by default four fifths of the memory."""

    def lineage_namespace(self, credentials: Any) -> str:
        return f"duckdb://{credentials.path}"

    def packed(self, handle: Any, sql: str, head: bytes, bulk_start: bytes | None = None) -> PackedQueries | None:
        cursor = handle.cursor()
        cursor.execute(f"select * from ({sql}) as described limit 0")
        key, moment, *values = (column[1] for column in cursor.description)
        if key.id not in _KEYS or not moment.id.startswith("timestamp"):
            return None
        names = [f"value_{number}" for number in range(len(values))]
        columns = list(zip(names, values, strict=True))
        row = packed_row(columns, head) if bulk_start is None else bulk_row(columns, head, bulk_start)
        if row is None:
            return None
        read = f"(select key::varchar as key, moment, {', '.join(names)}, {row} as packed"
        read += f" from ({sql}) as read (key, moment, {', '.join(names)})) as packed_rows"
        taken = "key, packed, epoch_us(moment)" if bulk_start is None else BULK
        return PackedQueries(
            f"select {taken} from {read}", f"select key, moment, {', '.join(names)} from {read} where packed is null"
        )

    def embedded_file(self, credentials: Any) -> str | None:
        path, settings = str(credentials.path), {**(credentials.settings or {}), **(credentials.config_options or {})}
        others = ("extensions", "attach", "secrets", "plugins", "filesystems", "remote")
        is_plain = {name.lower() for name in settings} <= _HARMLESS and not any(
            getattr(credentials, name, None) for name in others
        )
        return os.path.abspath(path) if is_plain and os.path.isfile(path) else None

    def take_memory(self, handle: Any, limit: str) -> None:
        handle.cursor().execute(f"set memory_limit = '{limit}'")

    def is_out_of_memory(self, words: str) -> bool:
        return "Out of Memory Error" in words

    def spare_memory(self, handle: Any) -> str | None:
        cursor = handle.cursor()
        cursor.execute("select current_setting('memory_limit')")
        limit: str = cursor.fetchone()[0]
        number, unit = limit.split()
        if float(number) * _UNITS[unit] <= MOST_GIBIBYTES:
            return None
        cursor.execute(f"set memory_limit = '{MOST_GIBIBYTES} GiB'")
        return limit
