"""Profiles stores: where attributes are read from, one profile at a time. The embedded default is SQLite."""

from __future__ import annotations

from pathlib import Path

from snowplow_signals.errors import UsageError
from snowplow_signals.stores.base import Row, Store, Stored

DEFAULT_FILE = "profiles.sqlite"

__all__ = ["DEFAULT_FILE", "Row", "Store", "Stored", "open_store"]


def open_store(url: str | Path) -> Store:
    """The store at `url`: a path, or `sqlite:///path`; a file that is not there is made.

    Raises UsageError for another kind of store, StoreError when it cannot be opened.
    """
    from snowplow_signals.stores.sqlite import SQLiteStore

    scheme, separator, rest = str(url).partition("://")
    if isinstance(url, Path) or not separator:
        return SQLiteStore(Path(url))
    if scheme == "sqlite":
        return SQLiteStore(Path(rest.removeprefix("/")))
    raise UsageError(f"there is no profiles store of kind {scheme!r}; give a path, or sqlite:///path, for SQLite")
