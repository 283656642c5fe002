"""The registry's definitions in memory, so that a read does not wait for the registry's database.

They are looked at again every second, after each change made here, and whenever a request names something that is not
there: another process may have published it a moment ago. While the registry's database is gone, the last ones serve.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from snowplow_signals.errors import RegistryError
from snowplow_signals.registry.database import Registry
from snowplow_signals.registry.snapshot import Snapshot

SECONDS = 1.0
log = logging.getLogger("snowplow_signals.server")


class Definitions:
    """`snapshot` is at most about a second old."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._is_reachable = True
        self.snapshot: Snapshot = registry.snapshot()

    def refresh(self) -> Snapshot:
        """The definitions as they are now. Raises RegistryError."""
        with self._lock:
            if self._registry.revision() != self.snapshot.revision:
                self.snapshot = self._registry.snapshot()
            return self.snapshot

    async def keep_fresh(self) -> None:
        """Looks again every second, until it is cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await asyncio.to_thread(self.refresh)
            except RegistryError as error:
                if self._is_reachable:
                    log.warning("%s; going on with the definitions of before", error)
                self._is_reachable = False
            else:
                if not self._is_reachable:
                    log.warning("the registry can be reached again")
                self._is_reachable = True
