"""DuckDB's connections: the engine works in this process, so its memory is the process's."""

from __future__ import annotations

from typing import Any

from snowplow_signals.dialects.session import Session

MOST_GIBIBYTES = 1.0
_UNITS = {"bytes": 2.0**-30, "KiB": 2.0**-20, "MiB": 2.0**-10, "GiB": 1.0, "TiB": 2.0**10}


class DuckDBSession(Session):
    """DuckDB keeps what it reads of its file as long as its limit allows: by default four fifths of the memory."""

    def spare_memory(self, handle: Any) -> None:
        cursor = handle.cursor()
        cursor.execute("select current_setting('memory_limit')")
        number, unit = cursor.fetchone()[0].split()
        if float(number) * _UNITS[unit] > MOST_GIBIBYTES:
            cursor.execute(f"set memory_limit = '{MOST_GIBIBYTES} GiB'")
