"""Rows that are read again, of which only those that differ from the stored ones are written. A time is only as precise
as its column: a row may change twice on one date, or in one second, or
be committed after others of a later time. So the rows shortly before the newest one are read again by each sync, and so
are those whose time is in the future.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from snowplow_signals.stores import Batch, Store, Stored
from snowplow_signals.stores.encoding import encoded, erasure_digest, microseconds
from snowplow_signals.stores.packed import UNUSABLE

CLOCKS_DIFFER = timedelta(minutes=10)
"""A time that is ahead by less counts as now, by another clock."""
_AGAIN = timedelta(hours=1)
_DATES_AGAIN = timedelta(days=1)
MANY_ROWS = 100_000
"""More rows than these are read again only when their number changed, and once a day."""
TIES = 1_000


def reread_from(seen: datetime) -> datetime:
    """From when on rows are read again, when `seen` is the newest time that was read.

    One at midnight is a date, and the day before belongs to it: what time zone it is a date of is not known.
    """
    is_date = seen == seen.replace(hour=0, minute=0, second=0, microsecond=0)
    life = _DATES_AGAIN if is_date else _AGAIN
    return seen - life if seen - datetime.min > life else datetime.min


class Rereading:
    """Decides which of the rows that are read are written: all that are newer than `seen`, and not ahead of `until`,
    and of the others those that differ from what is stored.

    `ties`: entities that had several rows of one time before, and how many.
    """

    def __init__(self, view: str, store: Store, seen: datetime, until: datetime, ties: Mapping[str, int]) -> None:
        self._view = view
        self._store = store
        self._new = (microseconds(seen), microseconds(until))
        self._before = ties
        self.same = 0
        """Entities whose rows were read again, and had not changed."""
        self.missing: set[str] = set()
        """Entities whose rows were read again, and of which nothing is stored."""
        self.ties: dict[str, int] = {}
        """As `ties`, from now on."""

    def changed(self, batch: Batch) -> Batch:
        """The batch without the rows that are as they are stored."""
        seen, until = self._new
        times = {record[1]: microseconds(record[1]) for record in batch.records}
        kept: list[Sequence[Any]] = []
        read_again: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        numbers = Counter(record[0] for record in batch.records)
        for record in batch.records:
            is_new = seen < times[record[1]] <= until and numbers[record[0]] == 1
            (kept if is_new else read_again[record[0]]).append(record)
        stored = self._store.read(self._view, list(read_again))
        for identifier, records in read_again.items():
            found = [one for one in records if not _is_stored(one, times[one[1]], batch.names, stored.get(identifier))]
            if len(records) > 1 and self._has_more(identifier, len(records)):
                found = found[-1:]  # which of them is the newer one is not known, but what came since is newer
            elif len(found) < len(records):
                found = []
            kept += found
            self.same += not found
            if identifier not in stored:
                self.missing.add(identifier)
        return Batch(batch.names, kept)

    def _has_more(self, identifier: str, number: int) -> bool:
        digest = erasure_digest(identifier).hex()
        if len(self.ties) < TIES:
            self.ties[digest] = number
        return number > self._before.get(digest, 1)


def _is_stored(record: Sequence[Any], changed_at: int, names: tuple[str, ...], stored: Stored | None) -> bool:
    if stored is None or microseconds(stored.changed_at) != changed_at or tuple(stored.values) != names:
        return False
    return _as_kept(record[2:]) == encoded(list(stored.values.values()))


def _as_kept(values: Sequence[Any]) -> bytes:
    """As a store keeps them: with None for values that it cannot hold."""
    try:
        return encoded(values)
    except UNUSABLE:
        return encoded([value if _is_usable(value) else None for value in values])


def _is_usable(value: Any) -> bool:
    try:
        encoded([value])
    except UNUSABLE:
        return False
    return True
