"""Copying what changed in the attributes table to the profiles store.

The table tells when each row last changed, and a second one which entities are gone, so a sync reads only what is later
than what the last whole one has seen. How far that was is stored after everything else: a sync that is killed is simply
done again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from snowplow_signals.definitions import BatchSource, View
from snowplow_signals.errors import DefinitionError, Problem, RunError, UsageError
from snowplow_signals.registry import BatchSourceFiles
from snowplow_signals.stores import Row, Store, open_store
from snowplow_signals.warehouse import Warehouse
from snowplow_signals.workspace.projects import BATCH_SOURCE_CONFIG, read_project

__all__ = ["SyncProgress", "SyncResult", "open_store", "sync_project"]


@dataclass(frozen=True)
class SyncResult:
    """What a sync did.

    `rows_changed`: rows of the attributes table that changed since the last sync; `rows_written`: profiles written;
    `rows_removed`: profiles of entities that are gone. More are written than changed when the store did not agree with
    the table (it was built anew, say) and everything was copied again.
    """

    project: str
    rows_changed: int
    rows_written: int
    rows_removed: int
    seconds: float
    warnings: tuple[str, ...] = ()


class SyncProgress(Protocol):
    """Told now and then how many of the changed rows have been copied."""

    def step(self, done: int, total: int) -> None: ...


def sync_project(
    folder: Path,
    *,
    profiles_dir: Path,
    store: Store,
    target: str | None = None,
    progress: SyncProgress | None = None,
) -> SyncResult:
    """Register the batch source of the project in `folder`, and copy its changed rows to `store`.

    Raises UsageError when the folder is no project's or nothing has been computed yet, DefinitionError for a wrong
    batch source, BusyError while a run holds the database, RunError when the warehouse fails, StoreError when the
    store does.
    """
    started = time.perf_counter()
    view = read_project(folder).view
    source = _batch_source(folder)
    BatchSourceFiles(folder.parent).register_batch_source(view.full_name, source)
    with Warehouse.open(folder, profiles_dir, target) as warehouse:
        tables = _Tables.of(warehouse, view)
        sync = _Sync(tables, store, progress)
        sync.run()
        return SyncResult(
            project=view.project_name,
            rows_changed=sync.changed,
            rows_written=sync.written,
            rows_removed=sync.removed,
            seconds=time.perf_counter() - started,
            warnings=tables.disagreements(source),
        )


def _batch_source(folder: Path) -> BatchSource:
    file = folder / BATCH_SOURCE_CONFIG
    if not file.is_file():
        raise UsageError(f"{folder} has no {BATCH_SOURCE_CONFIG}; `init` makes it anew")
    try:
        return BatchSource.from_json(file.read_text("utf-8"))
    except DefinitionError as error:
        raise DefinitionError([Problem(str(file), str(problem)) for problem in error.problems]) from error


@dataclass(frozen=True)
class _Tables:
    """Where a view's rows are read from."""

    warehouse: Warehouse
    view: View
    attributes: str
    removed: str
    columns: tuple[str, ...]
    """The columns of attributes, in the table's order; without the identifier and the time of change."""

    @classmethod
    def of(cls, warehouse: Warehouse, view: View) -> _Tables:
        project = view.project_name
        attributes = warehouse.relation("derived", f"{project}_attributes")
        try:
            found = warehouse.columns(attributes)
        except RunError as error:
            if any(name == f"{project}_attributes" for _, name in warehouse.tables()):
                raise
            raise UsageError(
                f"{project}: there is no table {attributes} yet: run the project first (`run`), then sync"
            ) from error
        own = {view.entity.identifier, "updated_at"}
        columns = tuple(name.lower() for name in found if name.lower() not in own)
        return cls(warehouse, view, attributes, warehouse.relation("derived", f"{project}_removed_entities"), columns)

    def newest_change(self) -> datetime | None:
        """When something last changed; None when nothing was ever published."""
        return self.warehouse.fetch(
            f"select max(moment) from (select max(updated_at) as moment from {self.attributes}"
            f" union all select max(removed_at) from {self.removed}) as changes"
        )[0][0]

    def count(self, condition: str) -> int:
        return self.warehouse.fetch(f"select count(*) from {self.attributes} where {condition}")[0][0]

    def rows(self, condition: str) -> Iterator[Row]:
        names = ", ".join((self.view.entity.identifier, "updated_at", *self.columns))
        for identifier, changed_at, *values in self.warehouse.rows(
            f"select {names} from {self.attributes} where {condition}"
        ):
            yield str(identifier), dict(zip(self.columns, values, strict=True)), changed_at

    def gone(self, condition: str) -> Iterator[str]:
        """Entities that were removed and are not there: one whose row was being removed when a run died still is."""
        key = self.view.entity.identifier
        for row in self.warehouse.rows(
            f"select gone.{key} from {self.removed} as gone left join {self.attributes} as present"
            f" on present.{key} = gone.{key} where present.{key} is null and {condition}"
        ):
            yield str(row[0])

    def disagreements(self, source: BatchSource) -> tuple[str, ...]:
        """Where the batch source names another table than the one that was read."""
        read = (f"{self.warehouse.schema}_derived", f"{self.view.project_name}_attributes", "updated_at")
        named = (source.schema_, source.table, source.timestamp_field)
        if [part.lower() for part in read] == [part.lower() for part in named]:
            return ()
        return (
            f"{BATCH_SOURCE_CONFIG} names {'.'.join(named[:2])} ({named[2]}), but target "
            f"{self.warehouse.target_name!r} keeps the attributes in {'.'.join(read[:2])} ({read[2]}), which was read",
        )


class _Sync:
    """One sync in progress."""

    def __init__(self, tables: _Tables, store: Store, progress: SyncProgress | None) -> None:
        self.tables = tables
        self.store = store
        self.progress = progress
        self.view = tables.view.full_name
        self.synced_at = datetime.now(UTC).replace(tzinfo=None)
        self.changed = self.written = self.removed = self.total = 0

    def run(self) -> None:
        newest = self.tables.newest_change()
        if newest is None:  # nothing was ever published: no profile has a row behind it
            self.removed = self.store.keep_only(self.view, self.synced_at)
            return
        state = self.store.state(self.view)
        seen = state.watermark if state.source == self.tables.attributes else None
        up_to = f"<= {_literal(newest)}"
        since = None if seen is None or seen > newest else f"> {_literal(seen)}"
        everything = f"updated_at {up_to}"
        condition = everything if since is None else f"{everything} and updated_at {since}"
        self.changed = self.tables.count(condition)
        present = self.tables.count(everything)
        self._copy(condition, self.changed)
        if since is not None and self.changed < present:
            self._remove_gone(f"removed_at {since} and removed_at {up_to}")
            if self.store.count(self.view) != present:  # the table or the store was replaced behind our back
                self._copy(everything, present)
                self._sweep()
        else:
            self._sweep()
        self.store.set_state(replace(state, source=self.tables.attributes, watermark=newest))

    def _copy(self, condition: str, total: int) -> None:
        self.total = total
        self.written += self.store.write(self.view, self._watched(self.tables.rows(condition)), self.synced_at)

    def _remove_gone(self, condition: str) -> None:
        self.removed += self.store.remove(self.view, self.tables.gone(condition))

    def _sweep(self) -> None:
        """After the whole table was copied: whatever was not, is of entities that are gone."""
        self.removed += self.store.keep_only(self.view, self.synced_at)

    def _watched(self, rows: Iterator[Row]) -> Iterator[Row]:
        done = 0
        for done, row in enumerate(rows, start=1):
            if self.progress is not None and done % 1_000 == 0:
                self.progress.step(done, self.total)
            yield row
        if self.progress is not None and done:
            self.progress.step(done, self.total)


def _literal(moment: datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
