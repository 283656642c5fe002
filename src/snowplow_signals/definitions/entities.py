"""Whom attributes are about: a user, a session, or anything else that events name."""

import builtins
from collections.abc import Iterator
from typing import Annotated, ClassVar

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS
from snowplow_signals.definitions.base import Definition, concerning, is_broken
from snowplow_signals.definitions.fields import ColumnName, Duration, Flag, Name, Owner, Text, pattern
from snowplow_signals.definitions.names import SCOPE_COLUMNS, column_problem, identifier_problem
from snowplow_signals.definitions.properties import AtomicProperty, Property
from snowplow_signals.errors import DefinitionError, Problem, did_you_mean

ExternalColumn = Annotated[str, pattern("external_column", r"[A-Za-z0-9_]+", "letters, digits and _")]


class Entity(Definition):
    """Whom a view's attributes are about, and where an event names it.

    `key` is the column of the output that identifies it, `name` when there is no key. The identifier is read from
    `property`; without one, from the atomic column of that name. In a table that is served as it is (the batch source
    of a view with fields) it is the column `external_column`; without one, the column `key`.
    """

    noun: ClassVar[str] = "entity"

    name: Name
    key: ColumnName | None = None
    property: Property | None = None
    external_column: ExternalColumn | None = None
    description: Text | None = None
    owner: Owner | None = None
    ttl: Duration | None = None
    is_published: Flag = False

    @concerning("name", "key")
    def _name_problems(self) -> Iterator[str]:
        if self.key is None:
            problem = column_problem(self.name)
            if problem:
                yield f"{problem}, or give the entity a key: the name of its identifier's column"
                return
        problem = identifier_problem(self.identifier)
        if problem:
            yield f"{problem} as the entity's key"

    @concerning("name", "key", "property")
    def _property_problems(self) -> Iterator[str]:
        source = self.property
        if source is None and self.identifier in ATOMIC_COLUMNS:
            source = AtomicProperty(name=self.identifier)
        if source is None or is_broken(source):
            return
        if self.identifier in SCOPE_COLUMNS and source != AtomicProperty(name=self.identifier):
            yield f"key {self.identifier!r} is the name of another column of the events; choose another key"
        if source.date_part is not None:
            yield f"date_part {source.date_part!r} on the property of an entity: a part of a date identifies nobody"
        elif isinstance(source, AtomicProperty) and source.column_kind not in ("text", "integer"):
            yield (
                f"column {source.name!r} is of kind {source.column_kind} and identifies nobody; "
                "use a property that holds text or integers"
            )

    @builtins.property  # the class has a field named property
    def identifier(self) -> str:
        """The name of the identifier's column in the output."""
        return self.key or self.name

    @builtins.property  # the class has a field named property
    def source_property(self) -> Property:
        """Where an event holds the identifier. DefinitionError when there is no property and no such atomic column."""
        if self.property is not None:
            return self.property
        problem = self.source_problem()
        if problem:
            raise DefinitionError(Problem(f"entity {self.name!r}", problem))
        return AtomicProperty(name=self.identifier)

    def source_problem(self) -> str | None:
        """Why no event holds the identifier, or None."""
        if self.property is not None or self.identifier in ATOMIC_COLUMNS:
            return None
        return (
            f"identifier {self.identifier!r} is no atomic column{did_you_mean(self.identifier, ATOMIC_COLUMNS)}; "
            "give the entity the property that holds it, or a key that is an atomic column"
        )


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
