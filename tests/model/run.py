"""A run, in the order in which a project's models write. Each function of a phase is a model, and says what its SQL
does.

`Options.has_transactions`: a model with its hooks is one transaction (DuckDB, PostgreSQL, Snowflake); elsewhere each
statement stands alone. `lease`: our `run` has the lease from its first model on and asks nothing; a plain dbt command
takes it model by model, and asks the tables whether those before it did their part (`order.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, NamedTuple

from tests.model.defining import define
from tests.model.meaning import Definition
from tests.model.order import reason_to_wait
from tests.model.publishing import EVENTS, PUBLISH
from tests.model.tables import Model, Query, Refused, Warehouse, Write
from tests.model.taking import TAKE, mark_stored, plan_chunk

Steps = Generator[Query | Write | Model, Any, Any]


class Options(NamedTuple):
    now: int
    as_of: int
    shift: int = 0
    limit: int = 99
    """Hours of load in a chunk."""
    lookback: int = 3
    """Days of load that are compared with the ledger again, -1: all."""
    late_lookback: int = 2
    min_late: int = 1
    history_every: int = 2
    start_day: int = 0
    duplicate_lookback: int = -1
    full_scan: bool = False
    reprocess_late: bool = False
    full_refresh: bool = False
    publish_each: bool = False
    at_once: bool = False
    """All that is in sight is one chunk: it is taken and published in one invocation of dbt."""
    has_transactions: bool = False


class Run:
    """What the models of one run know; `models`: those of a plain dbt command, None for our `run`."""

    def __init__(
        self, id_: int, definition: Definition, options: Options, models: tuple[str, ...] | None = None
    ) -> None:
        self.id = id_
        self.definition = definition
        self.o = options
        self.models = models
        self.built: set[str] = set()
        self.found: dict[str, Any] = {}
        """What was asked once."""

    @property
    def has_lease(self) -> bool:
        return self.models is None

    @property
    def late_lookback(self) -> int:
        return -1 if self.o.reprocess_late else self.o.late_lookback

    def __iter__(self) -> Steps:
        return self._all() if self.models is None else self._some(self.models)

    def _all(self) -> Steps:
        is_first = left = True
        if self.o.at_once and not self.o.full_refresh:
            yield from self._build((*PLAN, *TAKE, *PUBLISH))
            left = yield Query(_left)
        while left:
            yield from self._build(PLAN, full_refresh=self.o.full_refresh and is_first)
            is_first, left = False, (yield Query(_left))
            limits, is_there = yield Query(
                lambda db: (db.base_new_event_limits, all(getattr(db, name) is not None for name in TAKE))
            )
            if limits.hours or not is_there:
                yield from self._build(TAKE)
            if not left or (self.o.publish_each and not limits.widened_left):
                yield from self._build(PUBLISH)

    def _build(self, models: Iterable[str], *, full_refresh: bool = False) -> Steps:
        """One invocation of dbt."""
        self.built, self.found = set(), {}
        for name in models:
            if (yield Model(name)):
                raise Refused("the lease could not be renewed in time")
            if name == "definition":
                yield from self._take_lease(name)
                yield from define(self, full_refresh=full_refresh)
            else:
                yield from MODELS[name](self)
            self.built.add(name)

    def _some(self, models: tuple[str, ...]) -> Steps:
        """A plain dbt command on these models, in their order."""
        for name in models:
            yield Model(name)
            yield from self._take_lease(name)
            reason = yield Query(lambda db, name=name: reason_to_wait(self, db, name))
            if reason:
                continue
            if name == "definition":
                yield from define(self, full_refresh=self.o.full_refresh)
            else:
                yield from MODELS[name](self)
            self.built.add(name)

    def _take_lease(self, name: str) -> Steps:
        """Of two that take it at once one wins: both change the one row."""
        yield Write("lease", "change", "lease", lambda db: None, lambda db, _: _take(db, self.id))
        if (yield Query(lambda db: db.lease)) != self.id:
            raise Refused("another run is in progress")
        if name in (*PLAN, "filtered_events", "incremental_manifest"):
            for chunk in (yield Query(_unnoted)):
                yield mark_stored(chunk, "note stored")

    # --- what the models ask

    def is_as_built(self, model: str) -> bool:
        return model in self.built

    def asked_once(self, name: str, model: str, read: Callable[[Warehouse], Any]) -> Steps:
        """Of a table that cannot change while nobody else writes; asked when it is first needed."""
        if name not in self.found or not self.is_as_built(model):
            self.found[name] = yield Query(read)
        return self.found[name]

    def chunk(self) -> Steps:
        """The number of the chunk that is taken: as a literal in what marks it as stored."""
        return (yield from self.asked_once("chunk", "base_new_event_limits", lambda db: db.base_new_event_limits.chunk))


def _left(db: Warehouse) -> int:
    return db.base_new_event_limits.hours_left


def _take(db: Warehouse, id_: int) -> None:
    if db.lease in (None, id_):
        db.lease = id_


def _unnoted(db: Warehouse) -> list[int]:
    """Chunks whose events a run stored that died before it said so."""
    stored_now = {row.chunk for row in db.filtered_events or ()}
    return [row.chunk for row in db.chunk_manifest or () if not row.is_stored and row.chunk in stored_now]


PLAN = ("definition", "base_new_event_limits")
MODELS = {"base_new_event_limits": plan_chunk, **TAKE, **PUBLISH}
ORDER = ("definition", *MODELS)
"""The models in the order in which a build takes them."""
PHASES = (("definition", "base_new_event_limits", *TAKE), ("definition", *PUBLISH))

__all__ = ["EVENTS", "MODELS", "ORDER", "PHASES", "Model", "Options", "Query", "Refused", "Run", "Warehouse", "Write"]
