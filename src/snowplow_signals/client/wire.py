"""Definitions as the service's JSON, there and back. The words are those of later clients: attribute group and key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from snowplow_signals.definitions import Definition, Entity, Service, View
from snowplow_signals.definitions.reporting import problems_of
from snowplow_signals.errors import DefinitionError, Problem

D = TypeVar("D", bound=Definition)
Json = dict[str, Any]


def view_body(view: View) -> Json:
    """The JSON of a view in requests."""
    data = view.to_json()
    data["attribute_key"] = data.pop("entity")
    return {name: value for name, value in data.items() if value != []}


def service_body(service: Service) -> Json:
    """The JSON of a service in requests."""
    data = service.to_json()
    data["attribute_groups"] = data.pop("views")
    return data


def view_of(data: Any) -> View:
    """A view that was received. Raises DefinitionError when it means something that this version does not know."""
    return _received(View, data, {"attribute_key": "entity"})


def service_of(data: Any) -> Service:
    """A service that was received. Raises DefinitionError."""
    return _received(Service, data, {"attribute_groups": "views"})


def entity_of(data: Any) -> Entity:
    """An entity that was received. Raises DefinitionError."""
    return _received(Entity, data, {})


def _received(kind: type[D], data: Any, words: Mapping[str, str]) -> D:
    """The definition, without fields that it does not have: services of all versions send additional ones."""
    if not isinstance(data, Mapping):
        raise DefinitionError(Problem(kind.noun, f"the service sent {data!r:.100} instead of an object"))
    fields = _without_nulls(data)
    for theirs, ours in words.items():
        if theirs in fields:
            fields[ours] = fields.pop(theirs)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            if detail["type"] == "extra_forbidden":
                _drop(fields, detail["loc"])
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise DefinitionError(problems_of(error, kind, fields)) from None


def _drop(data: Any, place: tuple[str | int, ...]) -> None:
    """Remove the field at a place in which there are also steps that the data does not have: the kinds of a union."""
    *steps, name = place
    for step in steps:
        is_there = isinstance(data, dict) and step in data
        is_there = is_there or (isinstance(data, list) and isinstance(step, int) and step < len(data))
        data = data[step] if is_there else data
    if isinstance(data, dict):
        data.pop(name, None)


def _without_nulls(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _without_nulls(value) for name, value in data.items() if value is not None}
    return [_without_nulls(one) for one in data] if isinstance(data, list) else data
