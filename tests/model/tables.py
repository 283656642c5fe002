"""The tables of a project as plain values, and what is sent to them: one statement at a time.

A run is a generator of these statements, which `playing.py` executes, ends, lands late and sends twice. A statement
reads before it writes: one that lands late may have read long ago. `MODEL` begins a model and says whether the lease
is lost; on engines with transactions all writes until the next one are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tests.model.meaning import Event, Raw, States


class Limits(NamedTuple):
    """`base_new_event_limits`: what is taken next. Of each hour of load: its rows, whether it was taken before, and
    whether it is taken again only for what is in scope now."""

    run: int
    planned_at: int
    as_of: int
    chunk: int
    hours: dict[int, tuple[int, bool, bool]]
    hours_left: int
    widened_left: int

    @property
    def is_rescan(self) -> bool:
        return any(is_rescan for _, _, is_rescan in self.hours.values())


class Taken(NamedTuple):
    """A row of `base_events_this_run`: the first copy of an event, and the stored winner that it gives way to or
    beats."""

    event: Event
    stored: Event | None
    copies: int
    copies_seen: int
    is_seen: bool
    is_winner: bool

    @property
    def replaces(self) -> bool:
        return self.is_winner and self.stored is not None


class TakenEvents(NamedTuple):
    """`base_events_this_run`; it says of which chunk it is even when it holds no event."""

    chunk: int
    rows: tuple[Taken, ...]

    @property
    def winners(self) -> list[Taken]:
        return [row for row in self.rows if row.is_winner]


class Chunk(NamedTuple):
    """A row of `chunk_manifest`: the accounting of a chunk, which counts when it is stored."""

    chunk: int
    run: int
    counts: dict[str, int]
    is_stored: bool = False


class Stored(NamedTuple):
    """A row of `filtered_events`: a winner, and the chunk that stored it."""

    event: Event
    chunk: int


class Day(NamedTuple):
    """A row of `daily_aggregation_manifest`. Each `*_chunk` is the last one that did it; None: none did."""

    is_dirty: bool = True
    since_chunk: int = 0
    marked_chunk: int = 0
    left_chunk: int | None = None
    replaced_chunk: int | None = None
    counted_chunk: int | None = None
    counted_lookback: int | None = None
    values_chunk: int | None = None
    aggregated_chunk: int | None = None
    pending: int = 0
    pending_late: int = 0
    pending_in_reach: int = 0


class DirtyDay(NamedTuple):
    """A row of `days_out_of_date`."""

    since_chunk: int
    marked_chunk: int
    is_recomputed: bool
    pending: int
    pending_late: int
    pending_in_reach: int
    is_due: bool


class DirtyEntity(NamedTuple):
    """A row of `entity_day_manifest`."""

    day: int
    entity: str
    is_recomputed: bool
    chunk: int


class StateRow(NamedTuple):
    """A row of `daily_aggregates`, or those of an entity, day and chunk in `daily_values`."""

    entity: str
    day: int
    chunk: int
    states: States


class History(NamedTuple):
    """`entity_history`: states of all days up to `day`, merged; of those who are marked their days are read."""

    day: int | None
    rows: dict[str, States]
    marked: frozenset[str]


class Changes(NamedTuple):
    """`attributes_this_run`: of each entity how its row changes, its values and when they changed. `seen` says what
    this was computed from; `is_partial`: entities that are not dirty are left out."""

    is_partial: bool
    rows: dict[str, tuple[str, dict[str, Any], int]]
    now: int
    seen: tuple[int, int, int, int]


class Publication(NamedTuple):
    run: int
    planned_at: int
    as_of: int
    shift: int


STATE_TABLES = (
    *("definition", "base_new_event_limits", "base_events_this_run", "days_out_of_date", "entity_days_to_process"),
    *("attributes_this_run", "incremental_manifest", "filtered_events", "chunk_manifest", "daily_aggregation_manifest"),
    *("entity_day_manifest", "entity_manifest", "publication_manifest", "entity_history", "daily_aggregates"),
    *("daily_values", "run_history"),
)
"""What a full refresh drops, in this order: tables without a definition are those of one that died."""


class Warehouse:
    """Every table, None while it does not exist; and the events table, whose column `w` may not be there yet."""

    TABLES = (*STATE_TABLES, "attributes", "removed_entities")

    definition: dict[Any, Any] | None
    base_new_event_limits: Limits | None
    base_events_this_run: TakenEvents | None
    chunk_manifest: list[Chunk] | None
    daily_aggregation_manifest: dict[int, Day] | None
    entity_day_manifest: list[DirtyEntity] | None
    filtered_events: list[Stored] | None
    incremental_manifest: dict[int, tuple[int, int | None]] | None
    days_out_of_date: dict[int, DirtyDay] | None
    entity_days_to_process: set[tuple[int, str, bool]] | None
    entity_manifest: list[tuple[str | None, int, int]] | None
    entity_history: History | None
    daily_values: list[StateRow] | None
    daily_aggregates: list[StateRow] | None
    attributes_this_run: Changes | None
    removed_entities: list[tuple[str, int]] | None
    attributes: dict[str, tuple[dict[str, Any], int]] | None
    publication_manifest: Publication | None
    run_history: dict[int, dict[str, Any]] | None

    def __init__(self) -> None:
        self.raw: list[Raw] = []
        self.has_w = True
        self.lease: int | None = None
        self.versions = dict.fromkeys((*self.TABLES, "lease"), 0)
        for table in self.TABLES:
            setattr(self, table, None)

    def saved(self) -> dict[str, Any]:
        """What `restore` puts back."""
        return {name: _copied(getattr(self, name)) for name in self.TABLES}

    def restore(self, saved: dict[str, Any]) -> None:
        for name, rows in saved.items():
            setattr(self, name, rows)


def _copied(rows: Any) -> Any:
    return rows.copy() if isinstance(rows, list | dict | set) else rows


class Query(NamedTuple):
    read: Callable[[Warehouse], Any]


class Write(NamedTuple):
    """One statement. `kind` is `create` (or replace, or drop), `insert`, or `change` (an update, a delete, a merge)."""

    name: str
    kind: str
    table: str
    read: Callable[[Warehouse], Any]
    apply: Callable[[Warehouse, Any], None]

    def run(self, db: Warehouse) -> None:
        self.land(db, self.read(db))

    def land(self, db: Warehouse, rows: Any) -> None:
        self.apply(db, rows)
        db.versions[self.table] += 1


class Model(NamedTuple):
    name: str


class Refused(Exception):
    """A run or a model stops before it writes, with a message."""


def create(table: str, read: Callable[[Warehouse], Any]) -> Write:
    return Write(f"create {table}", "create", table, read, lambda db, rows: setattr(db, table, rows))


def drop(table: str) -> Write:
    return Write(f"drop {table}", "create", table, lambda db: None, lambda db, _: setattr(db, table, None))


def insert(table: str, read: Callable[[Warehouse], Iterable[Any]], name: str = "") -> Write:
    """Adds rows; the table is created with them when it does not exist."""

    def apply(db: Warehouse, rows: Iterable[Any]) -> None:
        setattr(db, table, [*(getattr(db, table) or []), *rows])

    return Write(name or f"insert into {table}", "insert", table, lambda db: list(read(db)), apply)


def change(name: str, table: str, read: Callable[[Warehouse], Any], apply: Callable[[Any, Any], Any]) -> Write:
    """`apply` is given the rows of the table and what was read, and returns the table's new rows."""
    return Write(name, "change", table, read, lambda db, rows: setattr(db, table, apply(getattr(db, table), rows)))
