"""Publishing by name: how older clients, and the command line's `sync`, say that views are to be served."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from snowplow_signals.definitions import ViewReference
from snowplow_signals.errors import NotFoundError
from snowplow_signals.server import wire
from snowplow_signals.server.access import Access, changed
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.bodies import optional_json_body
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.outside import OUTSIDE
from snowplow_signals.server.vocabulary import VOCABULARIES

Named = Annotated[Any, Depends(optional_json_body)]


def publish(backend: Access, body: Named) -> Response:
    """Publish the named views; without a body, all that have a batch source."""
    references = _references(body)
    if references is None:
        with_table = [view for view in backend.registry.views(offline=True) if view.batch_source]
        references = [ViewReference(name=view.name, version=view.version) for view in with_table]
    if not references:
        return json_answer({"status": "nothing to publish"})
    with changed(backend):
        backend.registry.set_published(references, True)
    return json_answer({"status": "published"})


def unpublish(backend: Access, body: Named) -> Response:
    """Unpublish the views that are named: their profiles are no longer synced, and stay as they are."""
    references = _references(body)
    if not references:
        raise InvalidError([(("body",), 'name the views: {"views": [{"name": "...", "version": 1}]}')])
    with changed(backend):
        backend.registry.set_published(references, False)
    return json_answer({"status": "unpublished"})


def apply(backend: Access) -> Response:
    """Publish everything there is: what the oldest clients call after they have sent their definitions."""
    with changed(backend):
        backend.registry.set_published(None, True)
    return json_answer({"status": "applied"})


def _references(body: Any) -> list[ViewReference] | None:
    """The views that are named; None without a body."""
    if body is None:
        return None
    if not isinstance(body, dict):
        raise InvalidError([(("body",), "must be a JSON object")])
    for name in ("event_logs", "interventions"):
        if body.get(name) is not None and not isinstance(body[name], list):
            raise InvalidError([(("body", name), "must be a list of names")])
        if body.get(name):
            raise NotFoundError(OUTSIDE)
    found = []
    for spelling in (one.views for one in VOCABULARIES):
        named = body.get(spelling)
        if named is None:
            continue
        if not isinstance(named, list):
            raise InvalidError([(("body", spelling), "must be a list of names and versions")])
        found += [wire.read_reference(one, ("body", spelling, number)) for number, one in enumerate(named)]
    return found
