"""The Profiles API: attributes of one or many identifiers, of a service or of named views.

This is what applications call for each of their pages, so little happens here per request: what is asked for is worked
out once for each way of asking, and remembered while the definitions stay as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from snowplow_signals.errors import NotFoundError
from snowplow_signals.server.answers import JSON
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_of
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.selection import Selected, Selection, select
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.vocabulary import VOCABULARIES
from snowplow_signals.stores import Stored

FRESHNESS = "$freshness"
"""The entry of an answer that tells how fresh it is: no attribute can have this name."""

REMEMBERED = 1_000


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
        """What is asked for, whoever it is about."""
        return (self.service, self.attributes, self.has_full_names, *self.identifiers)


class ProfilesReader:
    """Answers requests for profiles."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._revision = -1
        self._selections: dict[tuple[object, ...], Selection] = {}

    async def __call__(self, request: Request) -> Response:
        """The handler of POST /api/v1/get-online-attributes."""
        limits = self._backend.settings.limits
        question = read_question(json_of(await request.body(), limits), limits)
        selection = await self._selection(question)
        return Response(written(await self._answer(question, selection)), media_type=JSON)

    async def _selection(self, question: Question) -> Selection:
        definitions = self._backend.definitions
        try:
            return self._selected(question)
        except (NotFoundError, InvalidError):
            # another process may have published it a moment ago
            before = definitions.snapshot.revision
            await asyncio.to_thread(definitions.refresh)
            if definitions.snapshot.revision == before:
                raise
            return self._selected(question)

    def _selected(self, question: Question) -> Selection:
        snapshot = self._backend.definitions.snapshot
        if snapshot.revision != self._revision or len(self._selections) >= REMEMBERED:
            self._revision = snapshot.revision
            self._selections.clear()
        found = self._selections.get(question.way)
        if found is None:
            found = self._selections[question.way] = select(
                snapshot,
                tuple(question.identifiers),
                service=question.service,
                attributes=question.attributes,
                has_full_names=question.has_full_names,
            )
        return found

    async def _answer(self, question: Question, selection: Selection) -> dict[str, list[Any]]:
        answer: dict[str, list[Any]] = dict(question.identifiers)
        asked = {key: [str(one) for one in some] for key, some in question.identifiers.items()}
        number = len(next(iter(asked.values())))
        profiles = [await self._profiles(part, asked) for part in selection.parts]
        now = datetime.now(UTC).replace(tzinfo=None)
        for part, found in zip(selection.parts, profiles, strict=True):
            for name, served in part.columns:
                answer[name] = [served.of(profile, now) for profile in found] if found else [None] * number
        if question.has_freshness:
            answer[FRESHNESS] = [_freshness(selection, profiles, place) for place in range(number)]
        return answer

    async def _profiles(self, part: Selected, asked: Mapping[str, Sequence[str]]) -> list[Stored | None]:
        if part.key is None:
            return []
        identifiers = asked[part.key]
        found = await self._backend.reader.read(part.view, identifiers)
        return [found.get(one) for one in identifiers]


def read_question(data: Any, limits: Limits) -> Question:
    """Raises InvalidError with what is wrong with the request."""
    if not isinstance(data, dict):
        raise InvalidError([(("body",), "must be a JSON object")])
    service, attributes = data.get("service"), data.get("attributes")
    if (service is None) == (not attributes):
        raise InvalidError([(("body",), "give either service, or attributes with at least one name")])
    if service is not None and not isinstance(service, str):
        raise InvalidError([(("body", "service"), "must be the name of a service")])
    attributes = attributes or ()
    if not isinstance(attributes, list | tuple) or not all(isinstance(one, str) for one in attributes):
        raise InvalidError([(("body", "attributes"), "must be a list of names, such as 'shop_v1:clicks'")])
    if len(attributes) > limits.attributes:
        raise InvalidError([(("body", "attributes"), f"{len(attributes):,} names; {limits.attributes:,} at most")])
    return Question(
        identifiers=_identifiers(data, limits),
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


def _identifiers(data: Mapping[str, Any], limits: Limits) -> dict[str, list[str | int]]:
    spellings = [one.entities for one in VOCABULARIES if data.get(one.entities) is not None]
    if len(spellings) != 1:
        raise InvalidError([(("body", "attribute_keys"), 'give the identifiers once: {"domain_userid": ["..."]}')])
    at, given = ("body", spellings[0]), data[spellings[0]]
    if not isinstance(given, dict):
        raise InvalidError([(at, 'must be an object such as {"domain_userid": ["..."]}')])
    found = {key: some for key, some in given.items() if some is not None}  # older clients send nulls for the others
    if not found:
        raise InvalidError([(at, "names nobody: give the identifiers of at least one key")])
    for key, some in found.items():
        problem = _problem(some, limits)
        if problem:
            raise InvalidError([((*at, key), problem)])
    if len({len(some) for some in found.values()}) > 1:
        raise InvalidError([(at, "the lists of several keys belong together, so they must be of one length")])
    return found


def _problem(some: Any, limits: Limits) -> str | None:
    if not isinstance(some, list) or not some:
        return "must be a list with at least one identifier"
    if len(some) > limits.identifiers:
        return f"{len(some):,} identifiers; {limits.identifiers:,} at most"
    for one in some:
        if type(one) is not str and type(one) is not int:
            return "identifiers are text, or whole numbers"
        if type(one) is str and (len(one) > limits.identifier_characters or "\0" in one):
            return f"identifiers have {limits.identifier_characters:,} characters at most, and none is NUL"
    return None


def _freshness(
    selection: Selection, profiles: Sequence[Sequence[Stored | None]], place: int
) -> dict[str, dict[str, str] | None]:
    """View -> when the profile last changed, and when it was last written; null when there is none."""
    found: dict[str, dict[str, str] | None] = {}
    for part, some in zip(selection.parts, profiles, strict=True):
        profile = some[place] if some else None
        found[part.view] = (
            {"changed_at": _moment(profile.changed_at), "synced_at": _moment(profile.synced_at)} if profile else None
        )
    return found


def written(answer: Mapping[str, Any]) -> bytes:
    """The answer as JSON: times in ISO 8601 and UTC, bytes as the text that they are in UTF-8."""
    try:
        return orjson.dumps(answer, default=_as_json, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)
    except TypeError:  # a ready-made table can hold text that is none; it is rare, and costs a second try
        return orjson.dumps(_mended(answer), default=_as_json, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return [_mended(item) for item in value] if isinstance(value, list) else value


def _moment(moment: datetime | date) -> str:
    return f"{moment.isoformat()}Z"
