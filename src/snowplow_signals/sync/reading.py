"""Reading the rows of a query in batches: packed by the engine where it can, otherwise as its driver gives them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from snowplow_signals.stores import Batch, Bulk, Packed
from snowplow_signals.stores.encoding import layout_digest
from snowplow_signals.warehouse.connection import Warehouse

BATCH_ROWS = 10_000


def read_batches(
    warehouse: Warehouse, sql: str, names: tuple[str, ...], packed: bool, bulk_start: bytes | None
) -> Iterator[Batch | Packed | Bulk]:
    """The rows of a query whose first two columns are the identifier and the time of change."""
    made = warehouse.packed_batches(sql, layout_digest(names), BATCH_ROWS, bulk_start) if packed else None
    if made is None:
        yield from _as_they_are(names, warehouse.batches(sql, BATCH_ROWS))
        return
    has_others = False
    some_packed, others = made
    for rows in some_packed:
        if bulk_start is not None:
            records = list(chain.from_iterable(rows))
            has_others = has_others or not all(records)
            yield Bulk(names, records if all(records) else list(filter(None, records)))
            continue
        is_whole = all(row[1] for row in rows)
        has_others = has_others or not is_whole
        yield Packed(names, rows if is_whole else [row for row in rows if row[1]])
    if has_others:
        yield from _as_they_are(names, others)


def _as_they_are(names: tuple[str, ...], batches: Iterator[list[tuple[object, ...]]]) -> Iterator[Batch]:
    for rows in batches:
        yield Batch(names, _with_text_keys(rows))


def _with_text_keys(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    if all(type(row[0]) is str for row in rows):
        return rows
    return [(str(row[0]), *row[1:]) for row in rows]
