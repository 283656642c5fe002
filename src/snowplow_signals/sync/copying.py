"""Copying what changed of one view to the store.

How far a sync got is written down after everything else, and writing a profile again changes nothing: a sync that is
killed is simply done again. Where the store does not hold as many profiles as the source has entities (the table was
made anew, the store lost its memory, rows were deleted), everything is copied once more, and what was not is removed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from snowplow_signals.definitions import View
from snowplow_signals.errors import LeaseLostError, SignalsError, StoreError
from snowplow_signals.stores import Batch, Lease, Store, SyncState
from snowplow_signals.sync.ahead import ahead
from snowplow_signals.sync.leases import held
from snowplow_signals.sync.sources import Look, Source, Span
from snowplow_signals.warehouse import collector_resting

PRUNED_AT_LEAST_EVERY = timedelta(days=1)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class SyncResult:
    """What a sync did.

    `rows_changed`: rows of the source that changed since the last sync; `rows_written`: profiles written;
    `rows_removed`: profiles of entities that are gone, or whose time to live is over. More are written than changed
    when the store did not agree with the source (it was built anew, say) and everything was copied again.
    `rows_unusable`: rows of the source without identifier or time; `withheld`: rows of those who were erased.
    """

    project: str
    rows_changed: int
    rows_written: int
    rows_removed: int
    seconds: float
    warnings: tuple[str, ...] = ()
    rows_unusable: int = 0
    withheld: int = 0


class SyncProgress(Protocol):
    """Told now and then how many of the changed rows have been copied."""

    def step(self, done: int, total: int) -> None: ...


class StoppedError(SignalsError):
    """The sync was told to stop between two batches; the next one does it again."""


def sync_view(
    view: View, store: Store, open_source: Callable[[], Source], progress: SyncProgress | None = None
) -> SyncResult:
    """Copy what changed of a view, while nobody else does; how it went is kept in the store.

    Raises BusyError when another process syncs the view, and what `open_source` raises.
    """
    with held(store, view.full_name) as lease:
        try:
            return _Sync(view, store, open_source(), lease, progress).run()
        except (LeaseLostError, StoppedError):  # no failure of the view's: it is done later, or by another
            raise
        except SignalsError as error:
            note_failure(store, view, error, lease)
            raise


def note_failure(store: Store, view: View, error: SignalsError, lease: Lease | None = None) -> SyncState | None:
    """Keep that a sync failed, and when it is worth another try. None when the store cannot keep it."""
    try:
        state = store.state(view.full_name)
        state = failed(replace(state, key=view.entity.identifier), error, now())
        store.set_state(state, lease)
    except StoreError:
        return None
    return state


def failed(state: SyncState, error: SignalsError, at: datetime) -> SyncState:
    """The state after one more failure: each pause is twice as long as the one before, up to a quarter of an hour."""
    pause = min(FIRST_PAUSE * 2 ** min(state.failures, 20), LONGEST_PAUSE)
    return replace(state, failures=state.failures + 1, error=str(error), failed_at=at, retry_at=at + pause)


def now() -> datetime:
    """The time in UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def time_to_live(view: View) -> timedelta | None:
    """After which time no attribute of a profile is served any more; None when some are served for ever."""
    served = [getattr(part, "ttl", None) or view.ttl or view.entity.ttl for part in (*view.attributes, *view.fields)]
    lives = [one for one in served if one is not None]
    return max(lives) if lives and len(lives) == len(served) else None


class _Sync:
    """One sync in progress."""

    def __init__(self, view: View, store: Store, source: Source, lease: Lease, progress: SyncProgress | None) -> None:
        self.view = view
        self.name = view.full_name
        self.store = store
        self.source = source
        self.lease = lease
        self.progress = progress
        self.began = time.perf_counter()
        self.synced_at = now()
        self.changed = self.written = self.removed = 0

    def run(self) -> SyncResult:
        self.store.declare(self.name, self.view.entity.identifier)
        before = self.store.state(self.name)
        if before.source != self.source.name:  # of this one nothing was copied
            before = replace(before, source=self.source.name, watermark=None, watermark_rows=0, settled=None)
        pruned_before = self._prune(before)
        since = max(filter(None, (pruned_before, self._backfill_since())), default=None)
        look = self.source.look(since)
        # counted before they are copied: rows of this time that come later are more than that, and are read again
        at_newest = 0 if look.newest is None else self.source.rows_at(look.newest)
        settled = self._settle(before, look, since)
        after = replace(before, watermark=look.newest, watermark_rows=at_newest, settled=settled)
        return self._finish(replace(after, pruned_before=pruned_before), look)

    def _backfill_since(self) -> datetime | None:
        since = self.view.backfill_since if self.view.fields else None
        return since.astimezone(UTC).replace(tzinfo=None) if since is not None and since.tzinfo else since

    def _prune(self, state: SyncState) -> datetime | None:
        """Remove what no read would serve. Looked for now and then: it means going through all profiles."""
        life = time_to_live(self.view)
        if life is None:
            return None
        over, last = self.synced_at - life, state.pruned_before
        if last is not None and last <= over < last + min(life / 10, PRUNED_AT_LEAST_EVERY):
            return last
        self.removed += self.store.prune(self.name, over, self.lease)
        return over

    def _settle(self, state: SyncState, look: Look, since: datetime | None) -> tuple[int, int] | None:
        """Bring the store up to date; gives what it and the source hold, when they do not agree even then."""
        if look.newest is None:  # nothing was ever published: no profile has a row behind it
            self._sweep()
            return None
        span = self._span(state, look, since)
        whole = Span(look.newest, since=since)
        self.changed = self.source.count(span)
        if span == whole:
            return self._copy_whole(whole, look)
        self._copy(span, self.changed)
        gone = self.source.gone(span)
        if gone is not None:
            self.removed += self.store.remove(self.name, gone, self.lease)
        held_now = self._held()
        if held_now == look.entities or state.settled == (look.entities, held_now):
            return state.settled
        return self._copy_whole(whole, look)

    def _span(self, state: SyncState, look: Look, since: datetime | None) -> Span:
        """What is to be read: what is newer than the last completed sync has seen."""
        seen = state.watermark
        if look.newest is None or seen is None or seen > look.newest:
            return Span(look.newest or self.synced_at, since=since)
        again = not self.source.has_one_time_per_run and self.source.rows_at(seen) != state.watermark_rows
        return Span(look.newest, seen, again, since)

    def _copy_whole(self, whole: Span, look: Look) -> tuple[int, int] | None:
        before = self.written
        self._copy(whole, look.entities)
        held_now = self._held()
        if held_now != look.entities or self.store.count(self.name) != self.written - before:
            self._sweep()  # there may be others than were copied
            held_now = self._held()
        return None if held_now == look.entities else (look.entities, held_now)

    def _held(self) -> int:
        return self.store.count(self.name) + self.store.withheld(self.name)

    def _copy(self, span: Span, total: int) -> None:
        with collector_resting(), closing(ahead(self.source.batches(span))) as batches:
            for batch in self._watched(batches, total):
                self.written += self.store.write_batch(self.name, batch, self.synced_at, self.lease)

    def _sweep(self) -> None:
        """After the whole table was copied: whatever was not, is of entities that are gone."""
        self.removed += self.store.keep_only(self.name, self.synced_at, self.lease)

    def _watched(self, batches: Iterator[Batch], total: int) -> Iterator[Batch]:
        done = 0
        for batch in batches:
            yield batch
            done += len(batch.records)
            if self.progress is not None:
                self.progress.step(done, max(done, total))

    def _finish(self, state: SyncState, look: Look) -> SyncResult:
        seconds = time.perf_counter() - self.began
        withheld = self.store.withheld(self.name)
        state = replace(
            state,
            key=self.view.entity.identifier,
            started_at=self.synced_at,
            finished_at=now(),
            seconds=round(seconds, 3),
            rows_changed=self.changed,
            rows_written=self.written,
            rows_removed=self.removed,
            rows_unusable=look.unusable,
            profiles=self.store.count(self.name),
            withheld=withheld,
            failures=0,
            error=None,
            failed_at=None,
            retry_at=None,
        )
        self.store.set_state(state, self.lease)
        return SyncResult(
            project=self.view.project_name,
            rows_changed=self.changed,
            rows_written=self.written,
            rows_removed=self.removed,
            seconds=seconds,
            rows_unusable=look.unusable,
            withheld=withheld,
        )
