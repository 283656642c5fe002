"""The two vocabularies of clients for the same things: view and entity, later attribute group and attribute key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """How one line of clients calls a view, an entity, and what an answer adds to them."""

    view: str
    views: str
    entity: str
    entities: str
    identifier: str
    """The identifier's column: the entity's key, else its name."""
    effective_ttl: str
    """The view's time to live, else the entity's."""
    test_identifiers: str
    has_property_text: bool
    """Properties are text with their `property_syntax` beside them, not objects."""


OLDER = Vocabulary(
    "view", "views", "entity", "entities", "entity_key", "view_or_entity_ttl", "entity_ids", has_property_text=True
)
LATER = Vocabulary(
    "attribute_group",
    "attribute_groups",
    "attribute_key",
    "attribute_keys",
    "attribute_key_or_name",
    "attribute_group_or_attribute_key_ttl",
    "attribute_key_ids",
    has_property_text=False,
)
VOCABULARIES = (LATER, OLDER)
