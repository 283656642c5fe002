"""The lease of a run, on engines where it is a row of a table: renewed while the run lives, released at its end.

The run's first model takes it (the macro `signals_take_lease` of the generated project). On other
engines the connection holds a lock, and there is nothing to do here.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from typing import Self

from snowplow_signals.errors import BusyError, RunError
from snowplow_signals.warehouse.connection import Warehouse

log = logging.getLogger("snowplow_signals.run")
SECONDS = 300
"""How long it lasts after its last renewal; the macro has the same number."""
RENEWED_EVERY = 60


class Lease:
    """Use it as a context manager around what the run does."""

    def __init__(self, warehouse: Warehouse, table: str, holder: str) -> None:
        self._warehouse = warehouse
        self._table = table
        self._holder = holder
        self._end, self._now = (warehouse.lease_end(seconds) for seconds in (SECONDS, 0))
        self._renewed = _clocks()
        self._is_lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        if self._end is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._end is None:
            return
        self._over.set()
        self._thread.join()
        with suppress(RunError):  # the table may not exist yet; a lease that cannot be released expires
            self._warehouse.execute(f"update {self._table} set until = {self._now} where holder = '{self._holder}'")

    @property
    def is_lost(self) -> bool:
        """Whether another run may have started, because this one could not renew its lease in time, or slept."""
        if self._end is None:  # the connection holds a lock, as long as it lives
            return False
        elapsed = (now - then for now, then in zip(_clocks(), self._renewed, strict=True))
        return self._is_lost or max(elapsed) > SECONDS

    def check(self) -> None:
        """Raises BusyError when the lease is lost."""
        if self.is_lost:
            raise BusyError(
                f"{self._warehouse.project}: this run could not renew its lease for {SECONDS} seconds, so another run "
                "may have started. It stops, and nothing is lost. Run again",
                project=self._warehouse.project,
            )

    def _keep(self) -> None:
        is_away = False
        while not self._over.wait(RENEWED_EVERY):
            began = _clocks()
            try:
                self._renew()
            except Exception as error:  # whatever it is: retried until `check` finds that it is too late
                if not is_away:
                    log.warning("the lease of this run could not be renewed; retrying: %s", error)
                is_away = True
                continue
            if is_away:
                log.warning("the lease of this run is renewed again")
            is_away, self._renewed = False, began

    def _renew(self) -> None:
        mine = f"where holder = '{self._holder}'"
        self._warehouse.execute(f"update {self._table} set until = {self._end} {mine}")
        if not list(self._warehouse.rows(f"select 1 from {self._table} {mine}")):
            self._is_lost = True


def _clocks() -> tuple[float, float]:
    """Of two: one that nobody sets, and one that goes on while the machine is suspended
    (https://docs.python.org/3/library/time.html#time.monotonic)."""
    return time.monotonic(), time.time()
