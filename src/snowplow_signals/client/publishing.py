"""Definitions in the service: publish, unpublish, delete and read them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from snowplow_signals.client import wire
from snowplow_signals.client.transport import Transport
from snowplow_signals.definitions import BatchSource, Definition, Entity, Service, View
from snowplow_signals.errors import DefinitionError, ServiceError, SignalsAPIError, UsageError

Publishable = View | Entity | Service
EXISTS = 400
"""The service's answer to a POST of an existing name, and to nothing else: PUT then replaces it."""

_ORDER: tuple[type[Definition], ...] = (Entity, View, Service)
"""Entities before the views that are about them, views before the services that name them."""


class Publishing:
    """The part of a client that writes and reads definitions."""

    _transport: Transport

    def publish(self, objects: Publishable | Iterable[Publishable]) -> list[Publishable]:
        """Make entities, views and services known to the service, and serve them; returns them as the service has them.

        One that is there already is replaced. Entities are sent first, then views, then services; the first that is
        refused stops it, and what was sent before stays. Raises SignalsAPIError, ServiceError.
        """
        return [self._send(one.model_copy(update={"is_published": True})) for one in _in_order(objects, "publish")]

    def apply(self, objects: Publishable | Iterable[Publishable]) -> list[Publishable]:
        """`publish`, in the words of earlier years."""
        return self.publish(objects)

    def unpublish(self, objects: Publishable | Iterable[Publishable]) -> list[Publishable]:
        """Stop serving entities, views and services: the definitions stay, views are no longer synced. Returns them as
        the service has them. Raises SignalsAPIError, ServiceError.
        """
        return [self._send(one.model_copy(update={"is_published": False})) for one in _in_order(objects, "unpublish")]

    def delete(self, objects: Publishable | Iterable[Publishable]) -> None:
        """Delete services, then views, then entities; the first that is refused, or not there, stops it.

        Raises SignalsAPIError: 404 for what is not there, 409 for what others need.
        """
        for one in reversed(_in_order(objects, "delete")):
            self._transport.call("DELETE", _path(one))

    def get_view(self, name: str, version: int | None = None) -> View:
        """A view of the service; without `version` its latest. Raises SignalsAPIError (404) when it is not there."""
        one = f"registry/attribute_groups/{name}"
        return wire.view_of(self._transport.read(one if version is None else f"{one}/versions/{version}"))

    def get_attribute_group(self, name: str, version: int | None = None) -> View:
        """`get_view`, in the later vocabulary."""
        return self.get_view(name, version)

    def get_service(self, name: str) -> Service:
        """A service. Raises SignalsAPIError (404) when it is not there."""
        return wire.service_of(self._transport.read(f"registry/services/{name}"))

    def get_entity(self, name: str) -> Entity:
        """An entity. Raises SignalsAPIError (404) when it is not there."""
        return wire.entity_of(self._transport.read(f"registry/attribute_keys/{name}"))

    def get_attribute_key(self, name: str) -> Entity:
        """`get_entity`, in the later vocabulary."""
        return self.get_entity(name)

    def list_views(self, *, offline: bool | None = None) -> list[View]:
        """All versions of all views, or of those that are, or are not, computed offline.

        Raises DefinitionError when one of them means something that this version of the package does not know.
        """
        views, unreadable = self.readable_views(offline=offline)
        if unreadable:
            raise DefinitionError([problem for error in unreadable.values() for problem in error.problems])
        return views

    def register_batch_source(self, view: View, source: BatchSource) -> View:
        """Say in which table of the warehouse the attributes of a view are; the service syncs them from there.

        Returns the view as the service has it. Raises SignalsAPIError (404) when the view is not there.
        """
        body = source.to_json()
        body["wh_schema"] = body.pop("schema")
        return wire.view_of(self._transport.call("PUT", f"{_path(view)}/batch_source", body))

    def publish_registered(self, view: View) -> None:
        """Publish a version of a view as the service has it. Raises SignalsAPIError (404) when it is not there."""
        body = {"attribute_groups": [{"name": view.name, "version": view.version}]}
        self._transport.call("POST", "engines/publish", body)

    def readable_views(self, *, offline: bool | None = None) -> tuple[list[View], dict[str, DefinitionError]]:
        """As `list_views`, with what is wrong, by the names of views, of those that this version does not know."""
        params = {} if offline is None else {"offline": "true" if offline else "false"}
        answer = self._transport.read("registry/attribute_groups/", params=params)
        if not isinstance(answer, list):
            raise ServiceError("the service sent no list of attribute groups")
        found: list[View] = []
        unreadable: dict[str, DefinitionError] = {}
        for data in answer:
            try:
                found.append(wire.view_of(data))
            except DefinitionError as error:
                data = data if isinstance(data, dict) else {}
                unreadable[f"{data.get('name', '?')}_v{data.get('version', '?')}"] = error
        return found, unreadable

    def list_services(self) -> list[Service]:
        """The services that the service has; those that this version does not know are left out."""
        answer = self._transport.read("registry/services/")
        found = []
        for data in answer if isinstance(answer, list) else ():
            with suppress(DefinitionError):
                found.append(wire.service_of(data))
        return found

    def _send(self, one: Publishable) -> Publishable:
        if isinstance(one, View):
            return wire.view_of(self._upsert("registry/attribute_groups/", _path(one), wire.view_body(one)))
        if isinstance(one, Service):
            return wire.service_of(self._upsert("registry/services/", _path(one), wire.service_body(one)))
        return wire.entity_of(self._upsert("registry/attribute_keys/", _path(one), one.to_json()))

    def _upsert(self, collection: str, item: str, body: Any) -> Any:
        try:
            return self._transport.call("POST", collection, body)
        except SignalsAPIError as error:
            if error.status != EXISTS:
                raise
        return self._transport.call("PUT", item, body)


def _in_order(objects: Any, done: str) -> list[Any]:
    given = [objects] if isinstance(objects, Definition) else list(objects)
    for one in given:
        if not isinstance(one, _ORDER):
            raise UsageError(f"{done} takes views, entities and services, not {one!r:.200}")
    return sorted(given, key=lambda one: next(place for place, kind in enumerate(_ORDER) if isinstance(one, kind)))


def _path(one: Publishable) -> str:
    if isinstance(one, View):
        return f"registry/attribute_groups/{one.name}/versions/{one.version}"
    kind = "services" if isinstance(one, Service) else "attribute_keys"
    return f"registry/{kind}/{one.name}"
