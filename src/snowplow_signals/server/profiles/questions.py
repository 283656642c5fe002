"""Requests for profiles, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.vocabulary import VOCABULARIES

LARGEST_EXACT = 2.0**53


@dataclass(frozen=True, slots=True)
class Question:
    """A request for profiles, read. `identifiers` by the name of their key as the client spelled it."""

    identifiers: dict[str, list[str | int]]
    service: str | None
    attributes: tuple[str, ...]
    has_full_names: bool
    has_freshness: bool

    @property
    def way(self) -> tuple[object, ...]:
        """What is asked for, without the identifiers."""
        return (self.service, self.attributes, self.has_full_names, *self.identifiers)


def read_question(data: Any, limits: Limits) -> Question:
    """Raises InvalidError with what is wrong with the request."""
    if not isinstance(data, dict):
        raise InvalidError([(("body",), "must be a JSON object")])
    service, attributes = data.get("service"), data.get("attributes")
    if (service is None) == (not attributes):
        raise InvalidError([(("body",), "give either service, or attributes with at least one name")])
    if service is not None and (not isinstance(service, str) or len(service) > limits.name_characters):
        raise InvalidError([(("body", "service"), "must be the name of a service")])
    attributes = attributes or ()
    if not isinstance(attributes, list | tuple) or not all(isinstance(one, str) for one in attributes):
        raise InvalidError([(("body", "attributes"), "must be a list of names, such as 'shop_v1:clicks'")])
    if len(attributes) > limits.attributes:
        raise InvalidError([(("body", "attributes"), f"{len(attributes):,} names; {limits.attributes:,} at most")])
    if attributes and max(map(len, attributes)) > limits.name_characters:
        reason = f"a name has {limits.name_characters} characters at most, such as 'shop_v1:clicks'"
        raise InvalidError([(("body", "attributes"), reason)])
    return Question(
        identifiers=read_identifiers(data, limits),
        service=service,
        attributes=tuple(attributes),
        has_full_names=_flag(data, "full_attribute_names"),
        has_freshness=_flag(data, "include_freshness"),
    )


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidError([(("body", name), "must be true or false")])
    return bool(value)


def read_identifiers(data: Mapping[str, Any], limits: Limits) -> dict[str, list[str | int]]:
    """Key -> identifiers of a request, as it spells them. Raises InvalidError."""
    spellings = [one.entities for one in VOCABULARIES if data.get(one.entities) is not None]
    if len(spellings) != 1:
        raise InvalidError([(("body", "attribute_keys"), 'give the identifiers once: {"domain_userid": ["..."]}')])
    at, given = ("body", spellings[0]), data[spellings[0]]
    if not isinstance(given, dict):
        raise InvalidError([(at, 'must be an object such as {"domain_userid": ["..."]}')])
    found = {key: some for key, some in given.items() if some is not None}  # older clients send nulls for the others
    if not given:
        raise InvalidError([(at, "is empty: give the identifiers of at least one key")])
    if len(found) > limits.keys or max(map(len, given)) > limits.key_characters:
        reason = f"has {limits.keys} keys at most, of {limits.key_characters} characters at most"
        raise InvalidError([(at, reason)])
    for key, some in found.items():
        problem = _problem(some, limits)
        if problem:
            raise InvalidError([((*at, key), problem)])
    return {key: [_whole(one) for one in some] for key, some in found.items()}


def _whole(identifier: Any) -> Any:
    """JSON has one kind of number: 7.0 is the whole number 7."""
    return int(identifier) if type(identifier) is float else identifier


def _problem(some: Any, limits: Limits) -> str | None:
    if not isinstance(some, list) or not some:
        return "must be a list with at least one identifier"
    if len(some) > limits.identifiers:
        return f"{len(some):,} identifiers; {limits.identifiers:,} at most"
    for one in some:
        # beyond these, JSON readers change a number
        is_whole = type(one) is int or (type(one) is float and one.is_integer() and abs(one) <= LARGEST_EXACT)
        if type(one) is not str and not is_whole:
            return "identifiers are text, or whole numbers"
        if type(one) is str and (len(one) > limits.identifier_characters or "\0" in one):
            return f"identifiers have {limits.identifier_characters:,} characters at most, and none is NUL"
    return None
