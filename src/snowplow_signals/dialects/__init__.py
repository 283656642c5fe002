"""The warehouses. `dialect_named` is the only place that knows them by name."""

from __future__ import annotations

from difflib import get_close_matches

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import UsageError

TARGET_TYPES = ("duckdb",)


def dialect_named(name: str) -> Dialect:
    """The dialect of a target type. Raises UsageError for a name that is not one."""
    from snowplow_signals.dialects.duckdb import DuckDB
    from snowplow_signals.dialects.postgres import Postgres

    dialects: dict[str, type[Dialect]] = {"duckdb": DuckDB, "postgres": Postgres}
    if name not in dialects:
        near = get_close_matches(name, dialects, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"target type {name!r} is not one of {', '.join(dialects)}{hint}")
    return dialects[name]()


__all__ = ["TARGET_TYPES", "Dialect", "dialect_named"]
