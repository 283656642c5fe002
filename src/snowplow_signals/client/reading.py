"""Attributes from the service: of one identifier, or of many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from snowplow_signals.client.publishing import Publishing
from snowplow_signals.client.rows import Rows
from snowplow_signals.definitions import Entity, Service, View
from snowplow_signals.errors import ServiceError, UsageError

READ_AT_ONCE = 1_000
"""How many identifiers one request asks for; more are split into several requests."""

Profile = dict[str, Any]


class Reading(Publishing):
    """The part of a client that reads attributes.

    Values are as their type says: numbers, texts, booleans, lists, maps; times are ISO 8601 text in UTC. An identifier
    that nobody knows has None for each attribute, which is not an error.
    """

    @overload
    def get_view_attributes(
        self,
        name: str | View,
        version: int | None = None,
        attributes: Sequence[str] | str | None = None,
        entity: str | Entity | None = None,
        identifier: str | int = ...,
        *,
        include_freshness: bool = False,
    ) -> Profile: ...

    @overload
    def get_view_attributes(
        self,
        name: str | View,
        version: int | None = None,
        attributes: Sequence[str] | str | None = None,
        entity: str | Entity | None = None,
        identifier: None = None,
        *,
        identifiers: Sequence[str | int],
        include_freshness: bool = False,
    ) -> dict[str | int, Profile]: ...

    def get_view_attributes(
        self,
        name: str | View,
        version: int | None = None,
        attributes: Sequence[str] | str | None = None,
        entity: str | Entity | None = None,
        identifier: str | int | None = None,
        *,
        identifiers: Sequence[str | int] | None = None,
        include_freshness: bool = False,
    ) -> Any:
        """Attributes of a view: of one `identifier`, by name; of many `identifiers`, by identifier and then by name.

        `name` is a view, or the name of one with its `version` (without: the latest). Without `attributes` all of
        them are read. `entity` is what the identifiers are of. What a name alone leaves open is asked for first: a
        view, or everything named, costs one request less. `include_freshness` adds an entry `$freshness`: by view, when
        the profile last changed (`changed_at`) and when a sync last found it so (`confirmed_at`), None without one.
        Raises SignalsAPIError, ServiceError.
        """
        view = name if isinstance(name, View) else None
        if view is None and (version is None or attributes is None or entity is None):
            view = self.get_view(str(name), version)
        if view is not None:
            name, version, entity = view.name, view.version, entity or view.entity
            if attributes is None:
                attributes = [part.name for part in view.served]
        names = [attributes] if isinstance(attributes, str) else list(attributes or ())
        question = {"attributes": [f"{name}_v{version}:{attribute}" for attribute in names]}
        return self._read(question | _freshness(include_freshness), entity, identifier, identifiers)

    def get_group_attributes(
        self,
        name: str | View,
        version: int | None = None,
        attributes: Sequence[str] | str | None = None,
        attribute_key: str | Entity | None = None,
        identifier: str | int | None = None,
        *,
        identifiers: Sequence[str | int] | None = None,
        include_freshness: bool = False,
    ) -> Any:
        """`get_view_attributes`, in the later vocabulary."""
        asked: Any = self.get_view_attributes  # of either kind, as it was asked
        return asked(
            name,
            version,
            attributes,
            attribute_key,
            identifier,
            identifiers=identifiers,
            include_freshness=include_freshness,
        )

    def get_online_attributes(self, source: View | Service, identifiers: Sequence[str | int] | str | int) -> Rows:
        """Attributes of many identifiers of a view, or of a service that is read by one key, a row for each.

        In the vocabulary of the earliest clients; `to_dataframe` makes a table of it. Raises SignalsAPIError,
        ServiceError.
        """
        wanted = [identifiers] if isinstance(identifiers, str | int) else list(identifiers)
        entity = self._entity_of(source)
        if isinstance(source, Service):
            found = self.get_service_attributes(source, entity, identifiers=wanted)
        else:
            found = self.get_view_attributes(source, identifiers=wanted)
        rows = [{entity.name: one, **found[one]} for one in wanted]
        return Rows(tuple(rows[0]) if rows else (), rows)

    def _entity_of(self, source: View | Service) -> Entity:
        views = [source] if isinstance(source, View) else [self.get_view(one.name, one.version) for one in source.views]
        entities = {view.entity.column: view.entity for view in views}
        if len(entities) > 1:
            raise UsageError(f"{source.name!r} is read by several keys; use get_service_attributes")
        return next(iter(entities.values()))

    def get_service_attributes(
        self,
        name: str | Service,
        attribute_key: str | Entity | None = None,
        identifier: str | int | None = None,
        *,
        entity: str | Entity | None = None,
        identifiers: Sequence[str | int] | None = None,
        include_freshness: bool = False,
    ) -> Any:
        """Attributes of a service: of one `identifier`, by name; of many `identifiers`, by identifier and then by name.

        `attribute_key`, or `entity`, is what the identifiers are of; `include_freshness` as for a view. Raises
        SignalsAPIError, ServiceError.
        """
        if attribute_key is not None and entity is not None:
            raise UsageError("attribute_key and entity are the same argument; pass only one of them")
        service = name.name if isinstance(name, Service) else name
        question = {"service": service} | _freshness(include_freshness)
        return self._read(question, attribute_key or entity, identifier, identifiers)

    def _read(
        self,
        question: dict[str, Any],
        entity: str | Entity | None,
        identifier: str | int | None,
        identifiers: Sequence[str | int] | None,
    ) -> Any:
        if entity is None:
            raise UsageError("name the key of the identifiers: entity=user_entity, or attribute_key='domain_userid'")
        key = entity.name if isinstance(entity, Entity) else entity
        if (identifier is None) == (identifiers is None) or isinstance(identifiers, str):
            raise UsageError("pass identifier='...' to read one, or identifiers=[...] to read many")
        if identifiers is None:
            return next(self._profiles(question, key, [identifier]))[1]  # type: ignore[list-item]
        wanted = list(dict.fromkeys(identifiers))
        return {
            one: profile
            for start in range(0, len(wanted), READ_AT_ONCE)
            for one, profile in self._profiles(question, key, wanted[start : start + READ_AT_ONCE])
        }

    def _profiles(
        self, question: dict[str, Any], key: str, identifiers: list[str | int]
    ) -> Iterator[tuple[str | int, Profile]]:
        body = {"attribute_keys": {key: identifiers}, **question, "full_attribute_names": False}
        answer = self._transport.read("get-online-attributes", body)
        if not isinstance(answer, dict):
            raise ServiceError("the service sent no attributes by name")
        columns = {name: values for name, values in answer.items() if name != key}
        for name, values in columns.items():
            if not isinstance(values, list) or len(values) != len(identifiers):
                raise ServiceError(f"the service sent {name!r} without a value for each of the identifiers")
        for place, one in enumerate(identifiers):
            yield one, {name: values[place] for name, values in columns.items()}


def _freshness(is_asked: bool) -> dict[str, bool]:
    return {"include_freshness": True} if is_asked else {}  # older services do not know this vocabulary
