"""Definitions as clients send and expect them: read from a request's JSON, written for an answer.

Inside there is one spelling of everything (`definitions/`); what clients of several years spell differently is
translated here, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from snowplow_signals.definitions import (
    BatchSource,
    Definition,
    Entity,
    Event,
    Property,
    Service,
    View,
    ViewReference,
)
from snowplow_signals.definitions.reporting import located_problems
from snowplow_signals.errors import DefinitionError, NotFoundError
from snowplow_signals.property_syntax import parse_property, render_property
from snowplow_signals.server.invalid import InvalidError, Place
from snowplow_signals.server.vocabulary import LATER, VOCABULARIES, Vocabulary

D = TypeVar("D", bound=Definition)
Json = dict[str, Any]

DEFAULT_SYNTAX = "snowflake"
_SCHEMA_SPELLINGS = ("schema", "wh_schema", "schema_")
_OLD_SOURCE_FIELDS = ("created_timestamp_column", "tags")
_TOLD_OF_VIEWS = (
    "full_name",
    "feast_name",
    "stream_source_name",
    *(name for one in VOCABULARIES for name in (one.identifier, one.effective_ttl)),
)
"""What answers tell beside a view: accepted, and ignored, when a client sends a view back as it got it."""

_EVENTS = TypeAdapter(tuple[Event, ...])


def read_view(data: Any, entity: Callable[[str], Entity], at: Place = ("body",)) -> View:
    """The view of a request. `entity` finds one that is only named.

    Raises InvalidError with each field that is wrong.
    """
    fields = _fields(data, at)
    for name in _TOLD_OF_VIEWS:
        fields.pop(name, None)
    key = _one_spelling(fields, "entity", LATER.entity)
    if isinstance(fields.get("entity"), Mapping):
        fields["entity"] = _linked(_entity_fields(fields["entity"]), entity)
    if isinstance(fields.get("batch_source"), Mapping):
        fields["batch_source"] = _source_fields(fields["batch_source"])
    if isinstance(fields.get("attributes"), list):
        fields["attributes"] = [
            _attribute_fields(one, (*at, "attributes", number)) for number, one in enumerate(fields["attributes"])
        ]
    return _made(View, fields, at, {"entity": key})


def read_entity(data: Any) -> Entity:
    """The entity of a request. Raises InvalidError."""
    return _made(Entity, _entity_fields(_fields(data, ("body",))), ("body",))


def read_service(data: Any) -> Service:
    """The service of a request. Raises InvalidError."""
    fields = _fields(data, ("body",))
    if LATER.views in fields and fields.get("views") == fields[LATER.views]:
        del fields["views"]  # an answer of ours, sent back
    spelling = _one_spelling(fields, "views", LATER.views)
    if isinstance(fields.get("views"), list):
        fields["views"] = [_without_nulls(one) for one in fields["views"]]
    return _made(Service, fields, ("body",), {"views": spelling})


def read_batch_source(data: Any) -> BatchSource:
    """The batch source of a request. Raises InvalidError."""
    return _made(BatchSource, _source_fields(_fields(data, ("body",))), ("body",))


def read_reference(data: Any, at: Place) -> ViewReference:
    """A view that is named with its version. Raises InvalidError."""
    return _made(ViewReference, _fields(data, at), at)


def view_answer(view: View, vocabulary: Vocabulary = LATER, syntax: str | None = None) -> Json:
    """The view as a client reads it, with properties as text when there is a `syntax`."""
    data = view.to_json()
    data.pop("entity")
    data[vocabulary.entity] = entity_answer(view.entity)
    if syntax is None and vocabulary.has_property_text:
        syntax = DEFAULT_SYNTAX
    if syntax is not None:
        for one, attribute in zip(data.get("attributes", ()), view.attributes, strict=True):
            _write_text(one, attribute.property, syntax, vocabulary)
            for kind in ("all", "any") if attribute.criteria else ():
                for item, criterion in zip(
                    one["criteria"].get(kind, ()), getattr(attribute.criteria, kind) or (), strict=True
                ):
                    _write_text(item, criterion.property, syntax, vocabulary)
    for name in ("attributes", "fields"):
        if not data.get(name):
            data.pop(name, None)
    time_to_live = data.get("ttl", data[vocabulary.entity].get("ttl"))
    return data | {
        vocabulary.identifier: view.entity.identifier,
        vocabulary.effective_ttl: time_to_live,
        "full_name": view.full_name,
        "feast_name": view.full_name,
        "stream_source_name": None,
    }


def entity_answer(entity: Entity) -> Json:
    """The entity as a client reads it."""
    return entity.to_json() | {"blobl_path": None}


def service_answer(service: Service) -> Json:
    """The service as clients of both vocabularies read it."""
    data = service.to_json()
    return data | {LATER.views: data["views"]}


def _write_text(data: Json, prop: Property | None, syntax: str, vocabulary: Vocabulary) -> None:
    if vocabulary.has_property_text:
        data["property_syntax"] = syntax
    # A part of a date has no text form: as text it would be taken for the date itself.
    if prop is not None and prop.date_part is None:
        data["property"] = render_property(prop, syntax)


def _made(kind: type[D], fields: Json, at: Place, spelled: Mapping[str, str] | None = None) -> D:
    """The definition; errors lead to the fields as the client spelled them."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        spelled = spelled or {}
        raise InvalidError(
            ((*at, *(spelled.get(step, step) if isinstance(step, str) else step for step in place)), str(problem))
            for place, problem in located_problems(error, kind, fields)
        ) from None


def _fields(data: Any, at: Place) -> Json:
    if not isinstance(data, Mapping):
        raise InvalidError([(at, "must be a JSON object")])
    return _without_nulls(data)


def _without_nulls(data: Any) -> Any:
    """Without the fields that are null: some clients leave them out, some do not."""
    return {name: value for name, value in data.items() if value is not None} if isinstance(data, Mapping) else data


def _one_spelling(fields: Json, ours: str, later: str) -> str:
    """Brings a field under our name for it; gives the name it came by. Both at once are left for the definition."""
    if later not in fields or ours in fields:
        return ours
    fields[ours] = fields.pop(later)
    return later


def _entity_fields(data: Mapping[str, Any]) -> Json:
    fields = _without_nulls(data)
    fields.pop("blobl_path", None)
    if isinstance(fields.get("property"), Mapping):
        fields["property"] = _without_nulls(fields["property"])
    return fields


def _linked(fields: Json, entity: Callable[[str], Entity]) -> Any:
    """An entity that is only named is the registry's; one that it does not know has to say the rest itself."""
    if set(fields) <= {"name", "is_published"} and isinstance(fields.get("name"), str):
        try:
            return entity(fields["name"]).to_json()
        except NotFoundError:
            return fields
    return fields


def _source_fields(data: Mapping[str, Any]) -> Json:
    fields = _without_nulls(data)
    for name in _OLD_SOURCE_FIELDS:
        fields.pop(name, None)
    if not fields.get("owner"):
        fields.pop("owner", None)  # the older command line writes "" when nobody filled it in
    given = [name for name in _SCHEMA_SPELLINGS if name in fields]
    if len(given) == 1:
        fields["schema"] = fields.pop(given[0])
    return fields


def _attribute_fields(data: Any, at: Place) -> Any:
    if not isinstance(data, Mapping):
        return data
    fields = _without_nulls(data)
    if isinstance(fields.get("events"), list):
        fields["events"] = [_without_nulls(one) for one in fields["events"]]
    events = _events(fields.get("events", []))
    _read_text(fields, events, at)
    criteria = fields.get("criteria")
    if isinstance(criteria, Mapping):
        fields["criteria"] = _without_nulls(criteria)
        for kind in ("all", "any"):
            if isinstance(criteria.get(kind), list):
                fields["criteria"][kind] = [
                    _criterion_fields(one, events, (*at, "criteria", kind, number))
                    for number, one in enumerate(criteria[kind])
                ]
    return fields


def _criterion_fields(data: Any, events: tuple[Event, ...], at: Place) -> Any:
    if not isinstance(data, Mapping):
        return data
    fields = _without_nulls(data)
    _read_text(fields, events, at)
    return fields


def _read_text(fields: Json, events: tuple[Event, ...], at: Place) -> None:
    """A property that is text becomes the object that it stands for."""
    syntax = fields.pop("property_syntax", DEFAULT_SYNTAX)
    prop = fields.get("property")
    if isinstance(prop, str):
        try:
            fields["property"] = parse_property(prop, str(syntax), events).to_json()
        except DefinitionError as error:
            raise InvalidError([((*at, "property"), str(problem)) for problem in error.problems]) from None
    elif isinstance(prop, Mapping):
        fields["property"] = _without_nulls(prop)


def _events(data: Any) -> tuple[Event, ...]:
    """The patterns, if they are right; what is wrong with them is told with the rest of the view."""
    try:
        return _EVENTS.validate_python(data)
    except ValidationError:
        return ()
