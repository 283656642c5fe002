"""The registry over HTTP: views, entities and services, in both vocabularies."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Query
from starlette.responses import Response

from snowplow_signals.definitions import View
from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.definitions.property_syntax import PropertySyntax
from snowplow_signals.definitions.views import store_name
from snowplow_signals.errors import NotFoundError
from snowplow_signals.server import wire
from snowplow_signals.server.access import Access, changed
from snowplow_signals.server.answers import OK, json_answer
from snowplow_signals.server.bodies import json_body
from snowplow_signals.server.vocabulary import Vocabulary
from snowplow_signals.sync.forgetting import forget_deleted

Name = Annotated[str, Path(pattern="^[A-Za-z0-9_]+$", max_length=128)]
Version = Annotated[int, Path(ge=1, le=MAX_VERSION)]
Body = Annotated[Any, Depends(json_body)]


class Views:
    """Views, or attribute groups: the handlers of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def create(self, backend: Access, body: Body) -> Response:
        """Create a version of a view. 400 when it exists: PUT replaces it."""
        view = wire.read_view(body, backend.registry.entity)
        if view.store_name in backend.registry.deleted_views():  # one of its name starts empty
            forget_deleted(backend.store(), backend.registry)
        with changed(backend):
            kept = backend.registry.create_view(view)
        return self._answer(kept, 201)

    def list(
        self,
        backend: Access,
        offline: Annotated[bool | None, Query(description="Only views that are, or are not, computed offline")] = None,
        property_syntax: Annotated[
            PropertySyntax | None, Query(description="Properties as text for this warehouse, instead of objects")
        ] = None,
    ) -> Response:
        """All versions of all views."""
        views = backend.registry.views(offline=offline)
        return json_answer([wire.view_answer(view, self.vocabulary, property_syntax) for view in views])

    def get_latest(self, backend: Access, name: Name) -> Response:
        """The latest version of a view."""
        return self._answer(backend.registry.view(name))

    def get(self, backend: Access, name: Name, version: Version) -> Response:
        """One version of a view."""
        return self._answer(backend.registry.view(name, version))

    def replace(self, backend: Access, name: Name, version: Version, body: Body) -> Response:
        """Replace a version of a view; `is_published` starts or stops its sync."""
        view = wire.read_view(body, backend.registry.entity)
        if view.store_name != store_name(name, version):
            raise HTTPException(409, f"the body names {view.full_name!r}, and the path '{name}_v{version}'")
        with changed(backend):
            kept = backend.registry.replace_view(view)
        return self._answer(kept)

    def delete(self, backend: Access, name: Name, version: Version) -> Response:
        """Delete a version of a view, and what was copied of it. 409 while a service names it."""
        with changed(backend):
            backend.registry.delete_view(name, version)
        backend.forget_deleted()
        return json_answer(OK)

    def put_batch_source(self, backend: Access, name: Name, version: Version, body: Body) -> Response:
        """Register the table of the warehouse that the view's profiles are copied from."""
        view = backend.registry.view(name, version)
        source = wire.read_batch_source(body)
        with changed(backend):
            backend.registry.register_batch_source(view.store_name, source)
        return self._answer(backend.registry.view(name, version))

    def get_batch_source(self, backend: Access, name: Name, version: Version) -> Response:
        """The table of the warehouse that the view's profiles are copied from."""
        source = backend.registry.view(name, version).batch_source
        if source is None:
            raise NotFoundError(f"view {name!r} version {version} has no batch source yet; `sync` registers it")
        return json_answer(source.to_json())

    def _answer(self, view: View, status: int = 200) -> Response:
        return json_answer(wire.view_answer(view, self.vocabulary), status)


def create_entity(backend: Access, body: Body) -> Response:
    """Create an entity (attribute key). 400 when it exists: PUT replaces it."""
    entity = wire.read_entity(body)
    with changed(backend):
        backend.registry.create_entity(entity)
    return json_answer(wire.entity_answer(entity), 201)


def list_entities(backend: Access) -> Response:
    """All entities, the built-in ones included."""
    return json_answer([wire.entity_answer(entity) for entity in backend.registry.entities()])


def get_entity(backend: Access, name: Name) -> Response:
    """One entity."""
    return json_answer(wire.entity_answer(backend.registry.entity(name)))


def replace_entity(backend: Access, name: Name, body: Body) -> Response:
    """Replace an entity. Views keep it as it was when they were published."""
    entity = wire.read_entity(body)
    _same_name(entity.name, name)
    with changed(backend):
        backend.registry.replace_entity(entity)
    return json_answer(wire.entity_answer(entity))


def delete_entity(backend: Access, name: Name) -> Response:
    """Delete an entity. 409 for one that is built in, and while a view is about it; the views are named."""
    with changed(backend):
        backend.registry.delete_entity(name)
    return json_answer(OK)


def create_service(backend: Access, body: Body) -> Response:
    """Create a service. 400 when it exists: PUT replaces it."""
    service = wire.read_service(body)
    with changed(backend):
        backend.registry.create_service(service)
    return json_answer(wire.service_answer(service), 201)


def list_services(backend: Access) -> Response:
    """All services."""
    return json_answer([wire.service_answer(service) for service in backend.registry.services()])


def get_service(backend: Access, name: Name) -> Response:
    """One service."""
    return json_answer(wire.service_answer(backend.registry.service(name)))


def replace_service(backend: Access, name: Name, body: Body) -> Response:
    """Replace a service."""
    service = wire.read_service(body)
    _same_name(service.name, name)
    with changed(backend):
        backend.registry.replace_service(service)
    return json_answer(wire.service_answer(service))


def delete_service(backend: Access, name: Name) -> Response:
    """Delete a service; its views stay."""
    with changed(backend):
        backend.registry.delete_service(name)
    return json_answer(OK)


def _same_name(given: str, expected: str) -> None:
    if sql_name(given) != sql_name(expected):
        raise HTTPException(409, f"the body names {given!r}, and the path {expected!r}")
