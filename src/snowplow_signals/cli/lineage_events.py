"""Events of OpenLineage around the runs and syncs of a command."""

from __future__ import annotations

import functools
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowplow_signals.cli.reporting import warn
from snowplow_signals.errors import SignalsError

if TYPE_CHECKING:
    from snowplow_signals.definitions import View
    from snowplow_signals.deployment.dbt import Invocation
    from snowplow_signals.openlineage.datasets import Table
    from snowplow_signals.openlineage.sending import Sender
    from snowplow_signals.run.runner import RunResult
    from snowplow_signals.sync import SyncResult
    from snowplow_signals.warehouse.connection import Warehouse
    from snowplow_signals.workspace import Project


@functools.cache
def _sender() -> Sender | None:
    from snowplow_signals.openlineage.sending import sender

    return sender(warn)


class RunTold:
    """Tells of one run of a project, if that is configured. `run_id` is the run's."""

    def __init__(self, project: Project) -> None:
        from snowplow_signals.openlineage.sending import Job

        self.run_id = str(uuid.uuid4())
        self._project = project
        self._sender = _sender()
        self._job = Job("run", project.name, self.run_id, [str(view.owner) for view in project.views])
        self._events: Table | None = None
        self._attributes: dict[str, Table] = {}
        if self._sender is not None:
            self._sender.started(self._job)

    def given(self) -> dict[str, Any]:
        """What the run is to be given."""
        return {} if self._sender is None else {"run_id": self.run_id, "connected": self.connected}

    def connected(self, warehouse: Warehouse, invocation: Invocation) -> None:
        """What the tables are called is known."""
        from snowplow_signals.openlineage.datasets import Table

        if self._sender is None:
            return
        namespace = warehouse.lineage_namespace
        self._events = Table.at(namespace, invocation.events_table)
        for view in self._project.views:
            model = f"{view.project_name}_attributes" if self._project.is_of_several else "attributes"
            self._attributes[view.full_name] = Table.at(namespace, invocation.place(model))

    def ended(self, outcome: RunResult | SignalsError) -> None:
        from snowplow_signals.openlineage.datasets import facets_of_attributes
        from snowplow_signals.plan.lineage import lineage

        if self._sender is None:
            return
        inputs = [self._events.read()] if self._events is not None else []
        if isinstance(outcome, SignalsError):
            self._sender.failed(self._job, str(outcome), inputs)
            return
        outputs = []
        if self._events is not None:
            graph = lineage(self._project.plan)
            several = len(self._project.views) > 1
            for view in self._project.views:
                facets = facets_of_attributes(view, graph, self._events)
                rows = None if several else outcome.entities_changed
                outputs.append(self._attributes[view.full_name].written(facets, rows))
        self._sender.completed(self._job, inputs, outputs)


class SyncTold:
    """Tells of one sync of a view, if that is configured."""

    def __init__(self, view: View, store: str) -> None:
        from snowplow_signals.openlineage.sending import Job

        self._view = view
        self._store = store
        self._sender = _sender()
        self._job = Job("sync", view.project_name, str(uuid.uuid4()), [str(view.owner)])
        self._namespace: str | None = None
        if self._sender is not None:
            self._sender.started(self._job)

    def connected(self, warehouse: Warehouse) -> None:
        self._namespace = warehouse.lineage_namespace

    def ended(self, outcome: SyncResult | SignalsError) -> None:
        from snowplow_signals.openlineage.datasets import Table, facets_of_profiles

        if self._sender is None:
            return
        if isinstance(outcome, SignalsError):
            self._sender.failed(self._job, str(outcome))
            return
        inputs, outputs = [], []
        if self._namespace is not None and outcome.source is not None:
            source = outcome.source
            table = Table.at(self._namespace, (source.database, source.schema_, source.table))
            inputs.append(table.read())
            store = self._store if "://" in self._store else f"sqlite://{Path(self._store).absolute()}"
            profiles = Table(store, self._view.store_name)
            outputs.append(profiles.written(facets_of_profiles(self._view, table), outcome.rows_written))
        self._sender.completed(self._job, inputs, outputs)
