"""Copying what changed in one view to the store.

How far a sync got is written down after everything else, and writing a profile again changes nothing: a sync that is
killed is simply repeated. Where the store does not hold as many profiles as the source has entities (the table was
rebuilt, the store lost its content, rows were deleted), everything is copied once more, and profiles that were not
copied are removed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from snowplow_signals.definitions import BatchSource, View
from snowplow_signals.errors import (
    BusyError,
    EngineMemoryError,
    LeaseLostError,
    SignalsError,
    StoreError,
    UnexpectedError,
)
from snowplow_signals.stores import Batch, Bulk, Lease, Packed, Store, SyncState
from snowplow_signals.sync.ahead import ahead
from snowplow_signals.sync.leases import held
from snowplow_signals.sync.rereading import CLOCKS_DIFFER, MANY_ROWS, Rereading, reread_from
from snowplow_signals.sync.sources import Look, Source, Span
from snowplow_signals.warehouse.connection import collector_resting

PRUNED_AT_LEAST_EVERY = timedelta(days=1)
RECHECKED_AT_LEAST_EVERY = timedelta(days=1)
FAR_AHEAD = timedelta(days=1)
"""Local times and dates are ahead by less."""
UNREADABLE_TIMES = "a time outside the years 1 to 9999"
UNUSABLE_VALUES = "a value of a kind, size or depth that no attribute can have"
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(frozen=True)
class SyncResult:
    """What a sync did.

    `rows_changed`: rows of the source that changed since the last sync; `rows_written`: profiles written;
    `rows_removed`: profiles of entities that are gone, or whose time to live has passed. More are written than changed
    when the store did not agree with the source (it was rebuilt, say) and everything was copied again.
    `rows_unusable`: rows of the source without identifier or time; `suppressed`: rows whose identifier was erased.
    `values_nulled`: how many values were made null, by attribute and reason, since everything was last copied.
    """

    project: str
    rows_changed: int
    rows_written: int
    rows_removed: int
    seconds: float
    warnings: tuple[str, ...] = ()
    rows_unusable: int = 0
    suppressed: int = 0
    values_nulled: Mapping[str, int] = field(default_factory=dict)
    source: BatchSource | None = None
    """The table that was read, as it is registered; None where it was registered before."""


class SyncProgress(Protocol):
    """Called now and then with how many of the changed rows have been copied."""

    def step(self, done: int, total: int) -> None: ...


class StoppedError(SignalsError):
    """The sync was asked to stop between two batches; the next one starts over."""


def sync_view(
    view: View,
    store: Store,
    open_source: Callable[[], Source],
    progress: SyncProgress | None = None,
    wait: float = 0,
) -> SyncResult:
    """Copy what changed in a view, while nobody else does; its state is kept in the store.

    Raises BusyError when another process syncs the view for longer than `wait` seconds, and what `open_source` raises;
    UnexpectedError for anything that is not an error of ours.
    """
    with held(store, view.store_name, wait=wait) as lease:
        try:
            source = open_source()
            try:
                return _Sync(view, store, source, lease, progress).run()
            except EngineMemoryError:  # a few large rows may need more memory than syncs allow themselves: start over
                if not source.take_memory():
                    raise
            return _Sync(view, store, source, lease, progress).run()
        # not a failure of the view: done later, or by another process
        except (BusyError, LeaseLostError, StoppedError):
            raise
        except Exception as error:  # whatever it is, it is this view's failure, counted and retried: others continue
            failure = as_failure(view, error)
            note_failure(store, view, failure, lease)
            if failure is error:
                raise
            raise failure from error


def as_failure(view: View, error: Exception) -> SignalsError:
    """What is reported of a failure: an error of ours as it is, any other as unexpected."""
    if isinstance(error, SignalsError):
        return error
    return UnexpectedError(f"{view.full_name} could not be synced", error)


def note_failure(store: Store, view: View, error: SignalsError, lease: Lease | None = None) -> SyncState | None:
    """Record that a sync failed, and when to retry. None when the store cannot keep it."""
    try:
        state = store.state(view.store_name)
        state = failed(replace(state, key=view.entity.column), error, now())
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
    """After which time no attribute of a profile is served any more; None when some never expire."""
    served = [getattr(part, "ttl", None) or view.ttl or view.entity.ttl for part in (*view.attributes, *view.fields)]
    lives = [one for one in served if one is not None]
    return max(lives) if lives and len(lives) == len(served) else None


class _Sync:
    """One sync in progress."""

    def __init__(self, view: View, store: Store, source: Source, lease: Lease, progress: SyncProgress | None) -> None:
        self.view = view
        self.name = view.store_name
        self.store = store
        self.source = source
        self.lease = lease
        self.progress = progress
        self.began = time.perf_counter()
        self.synced_at = now()
        self.until = self.synced_at + CLOCKS_DIFFER
        self.changed = self.written = self.removed = 0
        self.left_out = 0
        """Rows that the store cannot hold."""
        self.nulled: Counter[str] = Counter()
        """Values that cannot be kept, by attribute and reason."""
        self.rereading: Rereading | None = None
        self.ties: dict[str, int] | None = None
        self.rechecked_at: datetime | None = None
        """Now, when the rows before the newest are read again."""
        self.layouts: set[tuple[str, ...]] = set()
        """The names of attributes that stored profiles have."""
        self.has_no_other_rows = True
        """Whether their number is unchanged: then an identifier that is not stored was lost or erased, and is not new.
        """

    def run(self) -> SyncResult:
        before = self.store.state(self.name)
        self.store.declare(self.name, self.view.entity.column, before.layouts, self.lease)
        self.removed += self.store.remove_erased()  # in case the store lost the key of this view
        if before.source != self.source.name:  # nothing of this table was copied
            before = SyncState(self.name, source=self.source.name, failures=before.failures)
        pruned_before = self._prune(before)
        since = max(filter(None, (pruned_before, self._backfill_since())), default=None)
        look = self.source.look(since, self.until)
        # rows ahead of their time are copied as well, but must not hide rows that come until then
        watermark = look.newest if look.furthest is None or look.newest is not None else self.synced_at
        # counted before they are copied: rows that come later are more than that, and are read again
        rows = self._rows_read_again(watermark)
        settled = self._settle(before, look, since)
        after = replace(
            before,
            watermark=watermark,
            watermark_rows=rows,
            rechecked_at=self.rechecked_at or before.rechecked_at,
            ties=before.ties if self.ties is None else self.ties,
            layouts=tuple(sorted(self.layouts)),
            source_rows=look.rows if look.rows > look.entities else 0,
            settled=settled,
            pruned_before=pruned_before,
        )
        return self._finish(after, look)

    def _rows_read_again(self, seen: datetime | None) -> int:
        if seen is None or self.source.has_one_time_per_run:
            return 0
        return self.source.rows_between(reread_from(seen), seen)

    def _backfill_since(self) -> datetime | None:
        since = self.view.backfill_since if self.view.fields else None
        return since.astimezone(UTC).replace(tzinfo=None) if since is not None and since.tzinfo else since

    def _prune(self, state: SyncState) -> datetime | None:
        """Remove what no read would serve. Done now and then, since it scans all profiles."""
        life = time_to_live(self.view)
        if life is None:
            return None
        over, last = self.synced_at - life, state.pruned_before
        if last is not None and last <= over < last + min(life / 10, PRUNED_AT_LEAST_EVERY):
            return last
        self.removed += self.store.prune(self.name, over, self.lease)
        return over

    def _settle(self, state: SyncState, look: Look, since: datetime | None) -> tuple[int, int] | None:
        """Bring the store up to date; returns what it and the source hold, when they do not agree even then."""
        if look.furthest is None:  # nothing was ever published: no profile has a source row
            self._sweep()
            return None
        span = self._span(state, look, since)
        whole = Span(look.furthest, since=since)
        self.changed = look.entities if span == whole else self.source.count(span)
        if span == whole:
            return self._copy_whole(whole, look)
        if span.again or look.ahead:
            assert state.watermark is not None
            self.rereading = Rereading(self.name, self.store, state.watermark, self.until, state.ties)
        self.layouts.update(state.layouts)
        self.left_out = state.rows_left_out
        self.nulled.update(state.values_nulled)
        self._copy(span, self.changed)
        if self.rereading is not None:
            self.changed -= self.rereading.same + (len(self.rereading.missing) if self.has_no_other_rows else 0)
            self.ties = self.rereading.ties
        gone = self.source.gone(span)
        if gone is not None:
            self.removed += self.store.remove(self.name, gone, self.lease)
        held_now = self._held()
        if held_now == look.entities or state.settled == (look.entities, held_now):
            return state.settled
        return self._copy_whole(whole, look)

    def _span(self, state: SyncState, look: Look, since: datetime | None) -> Span:
        """What is to be read: what is newer than the last completed sync has seen, and what may have changed since."""
        assert look.furthest is not None
        seen, whole = state.watermark, Span(look.furthest, since=since)
        if (
            not state.layouts
            or seen is None
            or seen > self.until
            or self._was_made_anew(seen, look)
            or self._lost_rows(state, look)
        ):
            return self._rereading_all(whole)
        if self.source.has_one_time_per_run:
            return replace(whole, after=seen)
        start = reread_from(seen)
        rows = self.source.rows_between(start, seen)
        self.has_no_other_rows = rows == state.watermark_rows
        last = state.rechecked_at
        is_over = last is None or not timedelta(0) <= self.synced_at - last < RECHECKED_AT_LEAST_EVERY
        if rows <= MANY_ROWS or not self.has_no_other_rows or is_over:
            return self._rereading_all(replace(whole, after=start, again=True))
        return replace(whole, after=seen)

    def _rereading_all(self, span: Span) -> Span:
        self.rechecked_at = self.synced_at
        return span

    def _was_made_anew(self, seen: datetime, look: Look) -> bool:
        """Whether the source ends before what was seen there; where rows are ahead, by more than one that went."""
        if look.ahead:
            return look.newest is not None and look.newest < reread_from(seen)
        return look.newest is None or look.newest < seen

    def _lost_rows(self, state: SyncState, look: Look) -> bool:
        """Whether rows were deleted of entities that have others. Rows that grow too old are no longer counted."""
        if time_to_live(self.view) is not None:
            return False
        return look.rows < state.source_rows

    def _copy_whole(self, whole: Span, look: Look) -> tuple[int, int] | None:
        before, self.rereading, self.left_out = self.written, None, 0
        self.layouts.clear()
        self.nulled.clear()
        self._copy(whole, look.entities)
        held_now = self._held()
        if held_now != look.entities or self.store.count(self.name) != self.written - before:
            self._sweep()  # there may be others than were copied
            held_now = self._held()
        return None if held_now == look.entities else (look.entities, held_now)

    def _held(self) -> int:
        """How many entities are accounted for: with a profile, without one as they were erased or cannot be kept."""
        return self.store.count(self.name) + self.store.suppressed(self.name) + self.left_out

    def _copy(self, span: Span, total: int) -> None:
        # rows that are read again are not counted again
        self._count_nulled(self.source.unreadable(replace(span, again=False)), UNREADABLE_TIMES)
        start = self.store.bulk_start(self.synced_at)
        items = self.source.batches(span, packed=self.rereading is None, bulk_start=start)
        with collector_resting(), closing(ahead(items)) as batches:
            for batch in self._watched(batches, total):
                some = batch if not isinstance(batch, Batch) or not self.rereading else self.rereading.changed(batch)
                if some.records:
                    self.layouts.add(some.names)
                    self.written += self._write(some)

    def _count_nulled(self, numbers: Mapping[str, int], reason: str) -> None:
        self.nulled.update({f"{name}: {reason}": number for name, number in numbers.items()})

    def _write(self, batch: Batch | Packed | Bulk) -> int:
        try:
            return self.store.write_batch(self.name, batch, self.synced_at, self.lease)
        except (TypeError, ValueError, OverflowError, RecursionError):
            usable = self.store.usable(batch)
            self.left_out += usable.left_out - self._left_out_before(batch, usable.batch)
            self._count_nulled(usable.nulled, UNUSABLE_VALUES)
            if not usable.batch.records:
                return 0
            return self.store.write_batch(self.name, usable.batch, self.synced_at, self.lease)

    def _left_out_before(self, batch: Batch | Packed | Bulk, usable: Batch | Packed | Bulk) -> int:
        """How many rows that the store cannot hold are read again, and were counted when they were read first."""
        if self.rereading is None or not self.has_no_other_rows:
            return 0
        kept = {record[0] for record in usable.records}
        return sum(record[0] not in kept and record[0] in self.rereading.missing for record in batch.records)

    def _sweep(self) -> None:
        """After the whole table was copied: whatever was not, is of entities that are gone."""
        self.removed += self.store.keep_only(self.name, self.synced_at, self.lease)

    def _watched(self, batches: Iterator[Batch | Packed | Bulk], total: int) -> Iterator[Batch | Packed | Bulk]:
        done = 0
        for batch in batches:
            yield batch
            done += len(batch.records)
            if self.progress is not None:
                self.progress.step(done, max(done, total))

    def _finish(self, state: SyncState, look: Look) -> SyncResult:
        seconds = time.perf_counter() - self.began
        suppressed = self.store.suppressed(self.name)
        state = replace(
            state,
            key=self.view.entity.column,
            started_at=self.synced_at,
            finished_at=now(),
            seconds=round(seconds, 3),
            rows_changed=self.changed,
            rows_written=self.written,
            rows_removed=self.removed,
            rows_unusable=look.unusable + self.left_out,
            rows_left_out=self.left_out,
            values_nulled=dict(self.nulled),
            rows_ahead=look.ahead,
            profiles=self.store.count(self.name),
            suppressed=suppressed,
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
            rows_unusable=look.unusable + self.left_out,
            suppressed=suppressed,
            values_nulled=dict(self.nulled),
            warnings=tuple(self._warnings(look)),
        )

    def _warnings(self, look: Look) -> Iterator[str]:
        if look.ahead and look.furthest is not None and look.furthest > self.synced_at + FAR_AHEAD:
            yield (
                f"{self.source.name} has rows whose time of change is in the future, up to {look.furthest:%Y-%m-%d}: "
                f"{look.ahead:,}, which every sync reads again until then"
            )
