"""DuckDB's connections: the engine works in this process, so its memory is the process's."""

from __future__ import annotations

import os
from typing import Any

from snowplow_signals.dialects.connection import Session
from snowplow_signals.dialects.duckdb.packing import packed_row

MOST_GIBIBYTES = 1.0
_KEYS = ("varchar", "bigint", "integer", "smallint", "tinyint", "hugeint", "uuid")
"""Types whose text is the same in DuckDB and in Python."""
_HARMLESS = {"threads", "worker_threads", "memory_limit", "max_memory", "temp_directory", "preserve_insertion_order"}
"""Settings that change no result of a query."""
_UNITS = {"bytes": 2.0**-30, "KiB": 2.0**-20, "MiB": 2.0**-10, "GiB": 1.0, "TiB": 2.0**10}


class DuckDBSession(Session):
    """DuckDB keeps what it reads of its file as long as its limit allows: by default four fifths of the memory."""

    def packed(self, handle: Any, sql: str, head: bytes) -> str | None:
        cursor = handle.cursor()
        cursor.execute(f"select * from ({sql}) as described limit 0")
        key, moment, *values = (column[1] for column in cursor.description)
        if key.id not in _KEYS or not moment.id.startswith("timestamp"):
            return None
        names = [f"value_{number}" for number in range(len(values))]
        row = packed_row(list(zip(names, values, strict=True)), head)
        if row is None:
            return None
        as_they_are = ", ".join(f"'{name}': {name}" for name in names)
        return (
            f"select key::varchar, packed, epoch_us(moment), case when packed is null then {{{as_they_are}}} end"
            f" from (select *, {row} as packed from ({sql}) as read (key, moment, {', '.join(names)})) as packed_rows"
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
