"""The registry's definitions in memory, so that a read does not wait for the registry's database.

They are looked at again every second, after each change made here, and whenever a request names something that is not
there: another process may have published it a moment ago. While the registry's database is unavailable, the last ones
are used.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping

from snowplow_signals.errors import RegistryError
from snowplow_signals.registry.database import Registry
from snowplow_signals.registry.snapshot import Snapshot

SECONDS = 1.0
PAUSE_SECONDS = 0.25
log = logging.getLogger("snowplow_signals.server")


class Definitions:
    """`snapshot` is at most about a second old."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._next_look: asyncio.Task[None] | None = None
        self._looked_at = -PAUSE_SECONDS
        self.snapshot: Snapshot = registry.snapshot().prepared()
        self.is_fresh = True
        """Whether the last look went well. If not, the definitions and keys of before are served."""
        _tell_aside({}, self.snapshot)

    def refresh(self) -> Snapshot:
        """The definitions as they are now. Raises RegistryError."""
        with self._lock:
            if self._registry.revision() != self.snapshot.revision:
                before, self.snapshot = self.snapshot, self._registry.snapshot().prepared()
                _tell_aside(before.unreadable, self.snapshot)
            return self.snapshot

    async def refresh_soon(self) -> Snapshot:
        """Look again for something that is not there; returns the definitions as they are then. Raises RegistryError.

        However many ask for what is not there, the registry is looked at a few times a second: those who ask in between
        share the next look. It begins after they asked, so that it sees what was published before.
        """
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._look())
        await asyncio.shield(self._next_look)
        return self.snapshot

    async def _look(self) -> None:
        await asyncio.sleep(max(self._looked_at + PAUSE_SECONDS - time.monotonic(), 0))
        self._looked_at, self._next_look = time.monotonic(), None
        await asyncio.to_thread(self.refresh)

    async def keep_fresh(self) -> None:
        """Looks again every second, until it is cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception as error:  # revoked keys must be seen: nothing that goes wrong once ends this loop
                if self.is_fresh:
                    unforeseen = not isinstance(error, RegistryError)
                    log.warning("%s; continuing with the definitions that were read before", error, exc_info=unforeseen)
                self.is_fresh = False
            else:
                if not self.is_fresh:
                    log.warning("the registry can be read again")
                self.is_fresh = True


def _tell_aside(before: Mapping[str, str], snapshot: Snapshot) -> None:
    for name, reason in snapshot.unreadable.items():
        if name not in before:
            log.warning("%s; it is set aside, and the others are served", reason)
