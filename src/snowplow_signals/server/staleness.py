"""Alerts of views that are stale: not synced for too long, or synced from a table that nothing changes any more.

Of several processes that serve one store, the one that holds the lease does it. What it has sent is in its memory: who
takes over sends what is wrong once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from snowplow_signals.alerts.alert import Alert, Message
from snowplow_signals.alerts.webhook import Webhook
from snowplow_signals.definitions import View
from snowplow_signals.errors import SignalsError
from snowplow_signals.registry.snapshot import Snapshot
from snowplow_signals.stores import Lease, Store, SyncState
from snowplow_signals.sync.copying import now
from snowplow_signals.sync.regular import DEFAULT_INTERVAL

LEASE = "alerts"
LOOK_SECONDS = 30.0
LEASE_SECONDS = 4 * LOOK_SECONDS
"""Longer than a receiver that does not answer is waited for."""
MISSED_SYNCS = 3
GRACE = timedelta(minutes=5)
"""A sync that takes a while, or a service that was started again, is no reason for an alert."""
REPEATED_EVERY = timedelta(days=1)
log = logging.getLogger("snowplow_signals.server")


class Staleness:
    """Looks regularly for views that are stale, and sends alerts: when one becomes so, once a day while it is, and when
    it is not any more.

    `stale_after`: how long a view's table may go without a change that is copied; None: for ever. `interval`: how often
    views are synced that do not say.
    """

    def __init__(
        self,
        definitions: Callable[[], Snapshot],
        store: Callable[[], Store],
        webhook: Webhook,
        *,
        stale_after: timedelta | None,
        interval: timedelta = DEFAULT_INTERVAL,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._definitions = definitions
        self._store = store
        self._webhook = webhook
        self._stale_after = stale_after
        self._interval = interval
        self._clock = clock
        self._lease: Lease | None = None
        self._seen: dict[str, datetime] = {}
        """Since when this process knows a view to be published."""
        self._sent: dict[str, datetime] = {}
        """Views of which an alert was sent, and when last."""
        self._is_well = True

    async def keep_looking(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
                self._is_well = True
            except Exception as error:  # no single failure ends this loop
                if self._is_well:
                    unforeseen = not isinstance(error, SignalsError)
                    log.warning("looking for stale views failed: %s", error, exc_info=unforeseen)
                self._is_well = False
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Look once, and send what is to be sent. Raises StoreError, AlertError."""
        store, at = self._store(), self._clock()
        views = [view for view in self._definitions().views.values() if _is_synced(view)]
        self._seen = {view.full_name: self._seen.get(view.full_name, at) for view in views}
        if not self._is_ours(store):
            self._sent.clear()
            return
        states = {state.view: state for state in store.states()}
        stale = {}
        for view in views:
            reason = self._reason(view, states.get(view.store_name) or SyncState(view.store_name), at)
            if reason is not None:
                stale[view.full_name] = reason
        due = [name for name in stale if at - self._sent.get(name, datetime.min) >= REPEATED_EVERY]
        over = [name for name in self._sent if name not in stale]
        alerts = [stale[name] for name in due]
        alerts += [Alert("view_stale", name, f"{name} is not stale any more", state="resolved") for name in over]
        if not alerts:
            return
        self._webhook.send(Message.of("serve", alerts))
        self._sent |= dict.fromkeys(due, at)
        for name in over:
            del self._sent[name]

    def _is_ours(self, store: Store) -> bool:
        """Whether this process is the one that sends alerts."""
        if self._lease is not None and store.renew(self._lease, LEASE_SECONDS):
            return True
        self._lease = store.acquire(LEASE, LEASE_SECONDS)
        return self._lease is not None

    def _reason(self, view: View, state: SyncState, at: datetime) -> Alert | None:
        """Why the view is stale, or None."""
        name = view.full_name
        allowed = MISSED_SYNCS * (view.refresh_rate or self._interval) + GRACE
        since = max(state.started_at or datetime.min, self._seen[name])
        details = {
            "synced_at": _moment(state.started_at),
            "changed_at": _moment(state.watermark),
            "failures": state.failures,
            "error": state.error,
        }
        if at - since > allowed:
            last = f"last at {state.started_at:%Y-%m-%d %H:%M} UTC" if state.started_at else "never"
            why = f": {state.error}" if state.error else ""
            return Alert("view_stale", name, f"{name} has not been synced: {last}{why}", details | {"because": "sync"})
        changed = state.watermark
        if self._stale_after is not None and changed is not None and at - changed > self._stale_after:
            message = f"nothing of {name} has changed since {changed:%Y-%m-%d %H:%M} UTC; do its runs still publish?"
            return Alert("view_stale", name, message, details | {"because": "publication"})
        return None


def _is_synced(view: View) -> bool:
    return bool(view.offline and view.is_published and view.batch_source)


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.isoformat()}Z" if moment else None
