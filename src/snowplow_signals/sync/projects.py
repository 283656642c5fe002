"""Copying what changed in the attributes table of a project, whose folder is available."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from snowplow_signals.definitions import BatchSource, View
from snowplow_signals.deployment.dbt import Invocation, Place
from snowplow_signals.errors import UsageError
from snowplow_signals.project.packages import is_package
from snowplow_signals.registry import BatchSourceFiles
from snowplow_signals.stores import Store
from snowplow_signals.sync.copying import SyncProgress, SyncResult, sync_view
from snowplow_signals.sync.sources import ATTRIBUTES, REMOVED, Computed
from snowplow_signals.warehouse.connection import Warehouse, lock_seconds
from snowplow_signals.workspace.projects import Project, batch_source, batch_source_of, read_project


def sync_project(
    folder: Path,
    view: View | None = None,
    *,
    profiles_dir: Path,
    store: Store,
    target: str | None = None,
    progress: SyncProgress | None = None,
    connected: Callable[[Warehouse], None] | None = None,
) -> SyncResult:
    """Register the batch source of a view of the project in `folder`, and copy its changed rows to `store`.

    `view`: which of several; without it, the one that the project computes. Raises UsageError when the folder is not a
    project's, or computes several and none is named, or nothing has been computed yet; DefinitionError for a wrong
    batch source, BusyError while a run holds the database or another process syncs the view, RunError when the
    warehouse fails, StoreError when the store does.
    """
    project = read_project(folder)
    if view is None:
        if len(project.views) > 1:
            raise UsageError(f"{project.name} computes {', '.join(one.full_name for one in project.views)}; name one")
        [view] = project.views
    attributes, removed = (
        f"{view.project_name}_{name}" if project.is_of_several else name for name in (ATTRIBUTES, REMOVED)
    )
    batch_source_of(project, view)  # a wrong one is refused before anything is opened
    with Warehouse.open(folder, profiles_dir, target) as warehouse:
        if connected is not None:
            connected(warehouse)
        invocation = Invocation(folder, profiles_dir, target, {})
        place = invocation.place(attributes)
        source = _source(project, view, warehouse, place)
        BatchSourceFiles(project.repo_path).register_batch_source(view.store_name, source)
        tables = invocation.relation(attributes), invocation.relation(removed)
        made = partial(Computed.of, warehouse.spare_memory(), view, *tables)
        result = sync_view(view, store, made, progress, wait=lock_seconds())
        differing = _disagreements(project.source_file(view), warehouse, place, source)
        return replace(result, source=source, warnings=(*result.warnings, *differing))


def _source(project: Project, view: View, warehouse: Warehouse, place: Place) -> BatchSource:
    """The batch source that the folder names; by default the table where dbt puts it. The folder's entry is for the
    project by itself: as a package, the table is where the including project's dbt puts it.
    """
    source = batch_source_of(project, view)
    written = batch_source(view, warehouse.database, warehouse.schema)
    if not is_package(project.folder) and (source.schema_, source.table) != (written.schema_, written.table):
        return source
    database, schema, table = place
    return source.model_copy(
        update={
            "database": database if source.database or database != warehouse.database else None,
            "schema_": schema,
            "table": table,
        }
    )


def _disagreements(file: Path, warehouse: Warehouse, place: Place, source: BatchSource) -> tuple[str, ...]:
    """Where the batch source names another table than the one that was read."""
    read = (*place[1:], "updated_at")
    named = (source.schema_, source.table, source.timestamp_field)
    if [part.lower() for part in read] == [part.lower() for part in named]:
        return ()
    return (
        f"{Path(file.parent.name, file.name)} names {'.'.join(named[:2])} ({named[2]}), but target "
        f"{warehouse.target_name!r} keeps the attributes in {'.'.join(read[:2])} ({read[2]}), which was read",
    )
