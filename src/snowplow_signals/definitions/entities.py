"""What attributes are about: a user, a session, or anything else that events name."""

import builtins
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import TypeAdapter, ValidationError, model_validator

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS
from snowplow_signals.definitions.base import Definition, concerning, is_broken
from snowplow_signals.definitions.fields import Duration, Flag, Name, Owner, Tags, Text, pattern
from snowplow_signals.definitions.names import SCOPE_COLUMNS, sql_name
from snowplow_signals.definitions.properties import (
    AtomicProperty,
    CalculatedProperty,
    EntityProperty,
    EventProperty,
    SourceProperty,
    every_element,
    source_property,
)
from snowplow_signals.definitions.property_syntax import PropertyOrText, with_property
from snowplow_signals.errors import DefinitionError, Problem, did_you_mean

ExternalColumn = Annotated[str, pattern("external_column", r"[A-Za-z0-9_]+", "letters, digits and _")]


class Entity(Definition):
    """The entity that a view's attributes are about, and where an event names it.

    `key` is the column of the output that identifies it, `name` when there is no key. The identifier is read from
    `property`; without one, from the atomic column of that name. In a table that is served as it is (the batch source
    of a view with fields) it is the column `external_column`; without one, the column `key`. Without a `name` it has
    that of the external column, or of the last field of its property.
    """

    noun: ClassVar[str] = "entity"

    name: Name
    key: Name | None = None
    property: PropertyOrText | None = None
    external_column: ExternalColumn | None = None
    description: Text | None = None
    owner: Owner | None = None
    ttl: Duration | None = None
    is_published: Flag = False
    tags: Tags | None = None

    @model_validator(mode="before")
    @classmethod
    def _derive_name(cls, data: Any) -> Any:
        fields = with_property(data)
        if isinstance(fields, Mapping) and fields.get("name") is None:
            derived = fields.get("external_column") or _last_name(fields.get("property"))
            if derived is not None:
                return {**fields, "name": derived}
        return fields

    @concerning("name", "key", "property")
    def _property_problems(self) -> Iterator[str]:
        source = self.property
        if source is None and self.column in ATOMIC_COLUMNS:
            source = AtomicProperty(name=self.column)
        if source is None or is_broken(source):
            return
        if isinstance(source, CalculatedProperty):
            yield "a calculated property cannot identify an entity; use the property of an event or of an entity"
            return
        word = every_element(source)
        if word is not None:
            yield f"index {word!r} stands for several values; an identifier is one: give its place, such as index=0"
        if self.column in SCOPE_COLUMNS and source != AtomicProperty(name=self.column):
            yield f"key {self.identifier!r} is the name of another column of the events; choose another key"
        if source.date_part is not None:
            yield f"date_part {source.date_part!r}: a part of a date cannot identify an entity"
        elif isinstance(source, AtomicProperty) and source.column_kind not in ("text", "integer"):
            yield (
                f"column {source.name!r} is of kind {source.column_kind} and cannot identify an entity; use a property "
                "that holds text or integers"
            )

    @builtins.property  # the class has a field named property
    def identifier(self) -> str:
        """What the identifier is called where attributes are served."""
        return self.key or self.name

    @builtins.property  # the class has a field named property
    def column(self) -> str:
        """The name of the identifier's column in the output."""
        return sql_name(self.identifier)

    @builtins.property  # the class has a field named property
    def source_property(self) -> SourceProperty:
        """Where an event holds the identifier. DefinitionError when there is no property and no such atomic column."""
        if self.property is not None:
            return source_property(self.property)
        problem = self.source_problem()
        if problem:
            raise DefinitionError(Problem(f"entity {self.name!r}", problem))
        return AtomicProperty(name=self.column)

    def source_problem(self) -> str | None:
        """Why no event holds the identifier, or None."""
        if self.property is not None or self.column in ATOMIC_COLUMNS:
            return None
        return (
            f"identifier {self.identifier!r} is not an atomic column{did_you_mean(self.identifier, ATOMIC_COLUMNS)}; "
            "give the entity the property that holds it, or a key that is an atomic column"
        )


def _last_name(prop: Any) -> str | None:
    """What a property is about, by the last field of its path."""
    if isinstance(prop, Mapping):  # as JSON has it
        kind = {"atomic": AtomicProperty, "event": EventProperty, "entity": EntityProperty}.get(str(prop.get("type")))
        try:
            prop = TypeAdapter[Any](kind).validate_python(prop) if kind else None
        except ValidationError:  # said with the rest of the entity
            return None
    if isinstance(prop, AtomicProperty):
        return prop.name
    if isinstance(prop, EventProperty | EntityProperty):
        return next(step for step in reversed(prop.segments) if isinstance(step, str))
    return None


AttributeKey = Entity

domain_userid = Entity(name="domain_userid")
domain_sessionid = Entity(name="domain_sessionid")
user_id = Entity(name="user_id")
network_userid = Entity(name="network_userid")
user_entity = user_attribute_key = Entity(name="user", key="domain_userid")
session_entity = session_attribute_key = Entity(name="session", key="domain_sessionid")

BUILT_IN: dict[str, Entity] = {
    entity.name: entity
    for entity in (domain_userid, domain_sessionid, user_id, network_userid, user_entity, session_entity)
}
"""Entities that views may name without their having been created."""


class LinkEntity(Entity):
    """An entity by its name alone: one that is built in, or one that the service has. Also called `LinkAttributeKey`.

    The service replaces it with its own when a view is published or previewed there. `init` of a file that holds the
    view cannot: it says so.
    """

    def __new__(cls, name: str = "", **_: Any) -> Any:
        """The built-in entity of that name, else a link."""
        return BUILT_IN.get(name) or super().__new__(cls)

    @concerning("name")
    def _more_than_a_name(self) -> Iterator[str]:
        more = sorted(self.model_fields_set - {"name"})
        if more:
            yield f"a link has only a name; leave {', '.join(more)} out, or use Entity"

    def source_problem(self) -> str | None:
        if super().source_problem() is None:
            return None
        return (
            "it is a link, which only a service can resolve: publish the view there and use "
            "`init --api-url`, or declare the entity here with the property that holds its identifier"
        )


LinkAttributeKey = LinkEntity
