"""Definitions as clients send and expect them: read from a request's JSON, written for an answer.

Internally there is one spelling of everything (`definitions/`); what clients of several years spell differently is
translated here, in both directions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from snowplow_signals.definitions import (
    BatchSource,
    Criteria,
    Definition,
    Derived,
    Entity,
    Property,
    Service,
    SessionAnchors,
    View,
    ViewReference,
    WarehouseTable,
)
from snowplow_signals.definitions.derived import derived_problems
from snowplow_signals.definitions.property_syntax import DEFAULT_SYNTAX, has_text, render_property
from snowplow_signals.definitions.reporting import located_problems
from snowplow_signals.definitions.views import AnyAttribute
from snowplow_signals.errors import ConflictError, NotFoundError
from snowplow_signals.server.invalid import InvalidError, Place
from snowplow_signals.server.vocabulary import LATER, VOCABULARIES, Vocabulary

D = TypeVar("D", bound=Definition)
Json = dict[str, Any]

_READ_ONLY = (
    "full_name",
    "feast_name",
    "stream_source_name",
    *(name for one in VOCABULARIES for name in (one.identifier, one.effective_ttl)),
)
"""What answers add to a view: accepted, and ignored, when a client sends a view back as it got it."""


def read_view(data: Any, entity: Callable[[str], Entity], at: Place = ("body",)) -> View:
    """The view of a request. `entity` finds one that is only named.

    Raises InvalidError with each field that is wrong.
    """
    fields = _fields(data, at)
    for name in _READ_ONLY:
        fields.pop(name, None)
    key = _one_spelling(fields, "entity", LATER.entity)
    if isinstance(fields.get("entity"), Mapping):
        fields["entity"] = _linked(_entity_fields(fields["entity"]), entity)
    if isinstance(fields.get("batch_source"), Mapping):
        fields["batch_source"] = _without_nulls(fields["batch_source"])
    if isinstance(fields.get("attributes"), list):
        fields["attributes"] = [_attribute_fields(one) for one in fields["attributes"]]
    if isinstance(fields.get("fields"), list):
        fields["fields"] = [_without_nulls(one) for one in fields["fields"]]
    for part in ("attributes", "fields"):
        _check_distinct(fields.get(part), f"{part} of the view", _identifier(fields.get("entity")))
    _check_expressions(fields.get("attributes"))
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
        _check_distinct(fields["views"], "views of the service")
    return _made(Service, fields, ("body",), {"views": spelling})


def read_batch_source(data: Any) -> BatchSource:
    """The batch source of a request. Raises InvalidError."""
    return _made(BatchSource, _fields(data, ("body",)), ("body",))


def read_reference(data: Any, at: Place) -> ViewReference:
    """A view that is named with its version. Raises InvalidError."""
    return _made(ViewReference, _fields(data, at), at)


def read_warehouse_table(data: Any, at: Place) -> WarehouseTable:
    """A table that is named. Raises InvalidError."""
    return _made(WarehouseTable, _fields(data, at), at)


def read_session_anchors(data: Mapping[str, Any], at: Place) -> SessionAnchors:
    """Anchors out of sessions; a limit that is null is none, which is not what leaving it out means.

    Raises InvalidError.
    """
    known = SessionAnchors.model_fields
    fields = {name: _without_nulls_inside(value) for name, value in data.items() if value is not None or name in known}
    return _made(SessionAnchors, fields, at)


def view_answer(view: View, vocabulary: Vocabulary = LATER, syntax: str | None = None) -> Json:
    """The view as a client reads it, with properties as text when there is a `syntax`."""
    data = view.to_json()
    data.pop("entity")
    data[vocabulary.entity] = entity_answer(view.entity)
    if syntax is None and vocabulary.has_property_text:
        syntax = DEFAULT_SYNTAX
    if syntax is not None:
        for one, attribute in zip(data.get("attributes", ()), view.attributes, strict=True):
            if isinstance(attribute, Derived):
                continue
            _write_text(one, attribute.property, syntax, vocabulary)
            if attribute.criteria is not None:
                _write_texts(one["criteria"], attribute.criteria, syntax, vocabulary)
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


def _write_texts(data: Json, criteria: Criteria, syntax: str, vocabulary: Vocabulary) -> None:
    for kind in ("all", "any"):
        for item, one in zip(data.get(kind, ()), getattr(criteria, kind) or (), strict=True):
            if isinstance(one, Criteria):
                _write_texts(item, one, syntax, vocabulary)
            else:
                _write_text(item, one.property, syntax, vocabulary)


def _write_text(data: Json, prop: Property | None, syntax: str, vocabulary: Vocabulary) -> None:
    if vocabulary.has_property_text:
        data["property_syntax"] = syntax
    if prop is not None and has_text(prop):
        data["property"] = render_property(prop, syntax)


def _identifier(entity: Any) -> str | None:
    """What the entity's identifier is called, which may follow from its column or property; None when it is invalid."""
    try:
        return Entity.model_validate(entity).identifier
    except ValidationError:  # said when the view is made
        return None


def _check_distinct(parts: Any, what: str, taken: str | None = None) -> None:
    """Raises ConflictError when several parts have one name (and version, in a service), or one that is `taken`.

    What else is wrong with them is found when they are made.
    """
    named = [one for one in parts if isinstance(one, Mapping)] if isinstance(parts, list) else []
    counts = Counter((str(one.get("name")).lower(), str(one.get("version", 1))) for one in named if "name" in one)
    for (name, _), count in counts.items():
        if count > 1:
            raise ConflictError(f"{count} {what} are named {name!r}; each needs a name of its own")
        if taken is not None and name == taken.lower():
            raise ConflictError(f"one of the {what} has the name of the entity's identifier, {taken!r}; choose another")


def _check_expressions(attributes: Any) -> None:
    """Raises ConflictError when derived attributes do not fit to the others of the view, each being right by itself."""
    try:
        made = _ATTRIBUTES.validate_python(attributes or ())
    except ValidationError:  # said when the view is made
        return
    problems = [f"{made[number].name}: {problem}" for number, problem in derived_problems(made)]
    if problems:
        raise ConflictError("\n".join(problems))


_ATTRIBUTES: TypeAdapter[tuple[AnyAttribute, ...]] = TypeAdapter(tuple[AnyAttribute, ...])


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
    given: Json = _without_nulls(data)
    return given


def _without_nulls(data: Any) -> Any:
    """Without the fields that are null: some clients leave them out, some do not."""
    return {name: value for name, value in data.items() if value is not None} if isinstance(data, Mapping) else data


def _one_spelling(fields: Json, ours: str, later: str) -> str:
    """Brings a field under our name for it; returns the name it came by. Both at once are left for the definition."""
    if later not in fields or ours in fields:
        return ours
    fields[ours] = fields.pop(later)
    return later


def _entity_fields(data: Mapping[str, Any]) -> Json:
    fields: Json = _without_nulls(data)
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


def _attribute_fields(data: Any) -> Any:
    """Without the fields that are null, wherever in the attribute, but in what is the user's own: default and tags."""
    if not isinstance(data, Mapping):
        return data
    own = ("default_value", "tags")
    kept = {name: value for name, value in data.items() if name in own and value is not None}
    return _without_nulls_inside({name: value for name, value in data.items() if name not in own}) | kept


def _without_nulls_inside(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {name: _without_nulls_inside(value) for name, value in data.items() if value is not None}
    return [_without_nulls_inside(one) for one in data] if isinstance(data, list) else data
