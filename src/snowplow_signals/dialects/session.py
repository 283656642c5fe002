"""What an engine's connections need beyond SQL. A handle is a connection of the driver that the dbt adapter uses."""

from __future__ import annotations

from typing import Any


class Session:
    """An engine whose driver gives what is asked, and which locks its database by itself."""

    def begin(self, handle: Any) -> None:
        """Make a new connection ready: what is read is let go of at once, and read as it was stored."""

    def cursor(self, handle: Any) -> Any:
        """A cursor for few rows."""
        return handle.cursor()

    def stream(self, handle: Any) -> Any:
        """A cursor that holds a few rows at a time, however many the query gives, on a connection of its own."""
        return handle.cursor()

    def take_lease(self, handle: Any, name: str) -> bool:
        """Whether nobody else had the lease of that name; the connection holds it from now on, until it ends."""
        return True
