"""The Profiles API: attributes of one or many identifiers, of a service or of named views.

This is what applications call for each of their pages, so little happens here per request: what is asked for is worked
out once for each way of asking, and remembered while the definitions stay as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from snowplow_signals.errors import NotFoundError, SignalsError
from snowplow_signals.profiles import values_of
from snowplow_signals.server.answers import refusal
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_of
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.middleware import reject
from snowplow_signals.server.questions import Question, read_question
from snowplow_signals.server.selection import Selected, Selection, select
from snowplow_signals.stores import Stored

FRESHNESS = "$freshness"
"""The entry of an answer that tells how fresh it is: no attribute can have this name."""

READ_PROFILES = "/api/v1/get-online-attributes"
REMEMBERED = 1_000


class ProfilesReader:
    """Answers requests for profiles."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._revision = -1
        self._selections: dict[tuple[object, ...], Selection] = {}

    async def answer(self, body: bytes) -> bytes:
        """The answer to a request's body. Raises InvalidError, NotFoundError, StoreError."""
        limits = self._backend.settings.limits
        question = read_question(json_of(body, limits), limits)
        selection = await self._selection(question)
        return written(await self._values(question, selection))

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

    async def _values(self, question: Question, selection: Selection) -> dict[str, list[Any]]:
        answer: dict[str, list[Any]] = dict(question.identifiers)
        asked = {key: [str(one) for one in some] for key, some in question.identifiers.items()}
        number = len(next(iter(asked.values())))
        profiles = [await self._profiles(part, asked, number) for part in selection.parts]
        now = datetime.now(UTC).replace(tzinfo=None)
        for part, found in zip(selection.parts, profiles, strict=True):
            rows = [values_of(part.attributes, profile, now) for profile in found]
            answer.update(zip(part.names, map(list, zip(*rows, strict=True)), strict=True))
        if question.has_freshness:
            confirmed = await asyncio.to_thread(self._backend.confirmations)
            answer[FRESHNESS] = [_freshness(selection, profiles, place, confirmed) for place in range(number)]
        return answer

    async def _profiles(self, part: Selected, asked: Mapping[str, list[str]], number: int) -> list[Stored | None]:
        if part.key is None:
            return [None] * number
        identifiers = asked[part.key]
        found = await self._backend.reader.read(part.view, identifiers)
        return [found.get(one) for one in identifiers]


class ReadsFirst:
    """Answers POST /api/v1/get-online-attributes itself, before anything is routed; the rest goes on.

    It is asked more often than all else together, and routing costs more than reading a profile.
    """

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self.app = app
        self._reader = ProfilesReader(backend)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != READ_PROFILES or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        if "read" not in scope["rights"]:
            await reject(send, 403, "the token does not give the right to read")
            return
        message = await receive()  # whole: the limits have read it
        try:
            body = await self._reader.answer(message.get("body", b""))
        except SignalsError as error:
            await refusal(error)(scope, receive, send)
            return
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


def _freshness(
    selection: Selection, profiles: Sequence[Sequence[Stored | None]], place: int, confirmed: Mapping[str, datetime]
) -> dict[str, dict[str, datetime] | None]:
    """View -> when the profile last changed, and when a sync last found it as it is; null when there is none."""
    found: dict[str, dict[str, datetime] | None] = {}
    for part, some in zip(selection.parts, profiles, strict=True):
        profile = some[place] if some else None
        if profile is None:
            found[part.view] = None
        else:
            moment = max(profile.synced_at, confirmed.get(part.view, profile.synced_at))
            found[part.view] = {"changed_at": profile.changed_at, "confirmed_at": moment}
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
