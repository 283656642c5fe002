"""Training sets: their SQL, and runs that build them in the warehouse."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from snowplow_signals.datasets.bundle import DATASET, BundleRequest, Place
from snowplow_signals.definitions import SessionAnchors, WarehouseTable
from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.errors import ConflictError
from snowplow_signals.server import wire
from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.asked_process import refuse
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_body
from snowplow_signals.server.dataset_requests import DatasetRequest, read_dataset_request
from snowplow_signals.server.dataset_runs import Run, asked_in_process, new_id
from snowplow_signals.server.preview import while_asked
from snowplow_signals.server.vocabulary import LATER
from snowplow_signals.warehouse.connection import PROFILES_FILE

PREVIEWED_ROWS, MOST_PREVIEWED_ROWS = 100, 10_000
_EARLY_SECONDS = 0.5

Body = Annotated[Any, Depends(json_body)]


async def sql(asked: HTTPRequest, backend: Access, body: Body) -> Response:
    """The statements that create a training set: of the anchors, of the attributes, of both together."""
    wanted = await asyncio.to_thread(_wanted, backend, body)
    request = _bundle(backend, wanted, DATASET)
    found = await _answered(asked, backend, {"do": "sql", "request": request.as_data()})
    found["attributes"] = [found["attributes"] | {"attribute_key": wire.entity_answer(wanted.views[0].entity)}]
    return json_answer(found)


async def start(backend: Access, body: Body) -> Response:
    """Begin to build a training set as a table of the warehouse."""
    wanted = await asyncio.to_thread(_wanted, backend, body)
    id_ = new_id()
    request = _bundle(backend, wanted, f"{DATASET}_{id_[:8]}")
    run = await backend.datasets.start(request.as_data(), id_)
    return json_answer({"id": run.id, "dataset": run.dataset, "created_at": run.created_at}, 202)


async def status(backend: Access, run_id: str) -> Response:
    """How a run is: pending, success or failed."""
    return json_answer(_said(await backend.datasets.find(run_id)))


async def preview(
    asked: HTTPRequest,
    backend: Access,
    run_id: str,
    limit: Annotated[int, Query(ge=1, le=MOST_PREVIEWED_ROWS)] = PREVIEWED_ROWS,
    offset: Annotated[int, Query(ge=0, le=MAX_VERSION, description="How many rows before them are left out")] = 0,
) -> Response:
    """The first rows of a training set that was built, by identifier and time. 409 while it is not there."""
    run = await backend.datasets.find(run_id)
    if run.status != "success":
        reason = f": {run.error}" if run.error else ""
        raise HTTPException(409, f"the training set is not there to be looked at: the run is {run.status}{reason}")
    request = run.request | {"dataset": run.dataset}
    return json_answer(
        await _answered(asked, backend, {"do": "preview", "request": request, "rows": limit, "offset": offset})
    )


async def cancel(backend: Access, run_id: str) -> Response:
    """End a run; one that is finished stays as it is."""
    run = await backend.datasets.cancel(run_id)
    words = {"success": "it was finished already", "failed": run.error, "pending": "it is being cancelled"}
    return json_answer({"id": run.id, "message": words[run.status]})


def _wanted(backend: Backend, body: Any) -> DatasetRequest:
    wanted = read_dataset_request(body, backend.registry.entity)
    if not (backend.settings.folder / PROFILES_FILE).is_file():
        raise HTTPException(
            404, f"training sets cannot be built here: this service has no warehouse: {PROFILES_FILE} is missing"
        )
    keys = {(view.entity.column, view.entity.source_property): view.entity.name for view in wanted.views}
    if len(keys) > 1:
        raise ConflictError(
            f"{LATER.views} are of several keys, {', '.join(keys.values())}: a training set is of one entity"
        )
    return wanted


def _bundle(backend: Backend, wanted: DatasetRequest, dataset: str) -> BundleRequest:
    anchors, key = wanted.anchors, wanted.views[0].entity.name
    return BundleRequest(
        folder=str(backend.settings.folder),
        target=backend.settings.profile_target,
        views=[view.to_json() for view in wanted.views],
        sessions=anchors.to_json() if isinstance(anchors, SessionAnchors) else None,
        source=None if isinstance(anchors, SessionAnchors) else _place(anchors.source),
        has_label=isinstance(anchors, SessionAnchors) or anchors.has_label,
        anchors=None if wanted.output is None else _place(wanted.output),
        attributes=Place(f"{wanted.table_prefix}_{key}", wanted.attributes_database, wanted.attributes_schema),
        dataset=Place(dataset) if wanted.dataset is None else _place(wanted.dataset),
        lookback_days=wanted.max_lookback_days,
    )


def _place(table: WarehouseTable) -> Place:
    return Place(table.table, table.database, table.schema_)


async def _answered(asked: HTTPRequest, backend: Backend, question: dict[str, Any]) -> dict[str, Any]:
    """What the process says. Raises HTTPException and InvalidError for what it refuses."""
    seconds = backend.settings.limits.seconds - _EARLY_SECONDS
    outcome: dict[str, Any] = await while_asked(asked, asked_in_process(question, seconds))
    if "error" in outcome:
        refuse(outcome, ("body", "attributes"))
    return outcome


def _said(run: Run) -> dict[str, Any]:
    said: dict[str, Any] = {"id": run.id, "status": run.status, "dataset": run.dataset}
    return said | ({"error": run.error} if run.error else {})
