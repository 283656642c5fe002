"""The Profiles API: attributes of one or many identifiers, of a service or of named views.

This is what applications call for each of their pages, so little happens here per request: each distinct question is
resolved once, and cached while the definitions stay the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from snowplow_signals.errors import ConflictError, NotFoundError, SignalsError
from snowplow_signals.server.answers import refusal
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_of
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.metrics import ViewsRead
from snowplow_signals.server.middleware import reject
from snowplow_signals.server.observed import READ
from snowplow_signals.server.profiles.questions import Question, read_question
from snowplow_signals.server.profiles.selection import Selection, Selections
from snowplow_signals.stores import Stored
from snowplow_signals.stores.serving import values_of

FRESHNESS = "$freshness"
"""The entry of an answer with its freshness: no attribute can have this name."""

READ_PROFILES = "/api/v1/get-online-attributes"
SMALL = 5_000
"""Values that are written at once; more would keep other requests waiting, and are written by a thread."""
SMALL_BYTES = 200_000
PROFILES_AT_ONCE = 100
"""So that profiles that are too large together are noticed before all of them are read."""


class ProfilesReader:
    """Answers requests for profiles."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._selections = Selections()

    async def answer(self, body: bytes, read: ViewsRead) -> bytes:
        """The answer to a request's body; `read` is told which views. Raises InvalidError, ConflictError,
        NotFoundError, StoreError."""
        limits = self._backend.settings.limits
        question = read_question(json_of(body, limits), limits)
        selection = await self._selection(question)
        read.views = dict.fromkeys((part.view for part in selection.parts), (0, 0))
        if len({len(some) for some in question.identifiers.values()}) > 1:
            raise ConflictError("the lists of several keys belong together, so they must have the same length")
        number = len(next(iter(question.identifiers.values())))
        if number * len(selection.parts) > limits.profiles:
            reason = (
                f"{number:,} identifiers in {len(selection.parts):,} views are more than {limits.profiles:,} profiles"
            )
            raise InvalidError([(("body", "attribute_keys"), f"{reason}; ask for fewer at once")])
        profiles = await self._profiles(question, selection, number)
        for part, some in zip(selection.parts, profiles, strict=True):
            missing = some.count(None)
            read.views[part.view] = (len(some) - missing, missing)
        confirmed = await asyncio.to_thread(self._backend.confirmations) if question.has_freshness else {}
        values = number * sum(len(part.names) for part in selection.parts)
        if values <= SMALL and sum(one.size for some in profiles for one in some if one is not None) <= SMALL_BYTES:
            return written(_answered(question, selection, profiles, confirmed))
        return await asyncio.to_thread(_written_in_parts, question, selection, profiles, confirmed)

    async def _selection(self, question: Question) -> Selection:
        definitions = self._backend.definitions
        seen = definitions.snapshot
        try:
            return await self._selections.of(question, seen)
        except (NotFoundError, InvalidError):
            # another process may have published it a moment ago
            newer = await definitions.refresh_soon()
            if newer.revision == seen.revision:
                raise
            return await self._selections.of(question, newer)

    async def _profiles(self, question: Question, selection: Selection, number: int) -> list[list[Stored | None]]:
        """Per part of the selection, the profile of each identifier."""
        left = self._backend.settings.limits.profile_bytes
        asked = {key: [str(one) for one in some] for key, some in question.identifiers.items()}
        profiles: list[list[Stored | None]] = []
        for part in selection.parts:
            some: list[Stored | None] = []
            identifiers = asked[part.key] if part.key is not None else []
            for start in range(0, len(identifiers), PROFILES_AT_ONCE):
                if start or profiles:
                    await asyncio.sleep(0)  # others get their turn, also where reading waits for nothing
                wanted = identifiers[start : start + PROFILES_AT_ONCE]
                found = await self._backend.reader.read(part.stored, wanted)
                some += [found.get(one) for one in wanted]
                left -= sum(one.size for one in some[start:] if one is not None)
                if left < 0:
                    reason = "the profiles asked for are too large together; ask for fewer identifiers at once"
                    raise InvalidError([(("body", "attribute_keys"), reason)])
            profiles.append(some or [None] * number)
        return profiles


class ProfileReads:
    """Answers POST /api/v1/get-online-attributes itself, before anything is routed; the rest goes on.

    It is asked more often than all else together, and routing costs more than reading a profile.
    """

    def __init__(self, app: ASGIApp, backend: Backend) -> None:
        self.app = app
        self._reader = ProfilesReader(backend)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != READ_PROFILES:
            await self.app(scope, receive, send)
            return
        if scope["method"] != "POST":
            await reject(send, 405, "this path takes POST", (b"allow", b"POST"))
            return
        if "read" not in scope["rights"]:
            await reject(send, 403, "the token does not grant the right to read")
            return
        message = await receive()  # complete: the limits middleware has read it
        try:
            body = await self._reader.answer(message.get("body", b""), scope[READ])
        except SignalsError as error:
            await refusal(error)(scope, receive, send)
            return
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


def _answered(
    question: Question,
    selection: Selection,
    profiles: Sequence[Sequence[Stored | None]],
    confirmed: Mapping[str, datetime],
) -> dict[str, list[Any]]:
    answer: dict[str, list[Any]] = dict(question.identifiers)
    now = datetime.now(UTC).replace(tzinfo=None)
    for part, found in zip(selection.parts, profiles, strict=True):
        rows = [values_of(part.attributes, profile, now) for profile in found]
        answer.update(zip(part.names, map(list, zip(*rows, strict=True)), strict=True))
    if question.has_freshness:
        number = len(next(iter(question.identifiers.values())))
        answer[FRESHNESS] = [_freshness(selection, profiles, place, confirmed) for place in range(number)]
    return answer


def _written_in_parts(*answered: Any) -> bytes:
    """A large answer, an entry at a time: a single JSON call would block the loop."""
    entries = _answered(*answered).items()
    return b"{%s}" % b",".join(written({name: values})[1:-1] for name, values in entries)


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
            moment = max(profile.synced_at, confirmed.get(part.stored, profile.synced_at))
            found[part.view] = {"changed_at": profile.changed_at, "confirmed_at": moment}
    return found


def written(answer: Mapping[str, Any]) -> bytes:
    """The answer as JSON: times in ISO 8601 and UTC, bytes as the text that they are in UTF-8."""
    try:
        return orjson.dumps(answer, default=_as_json, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)
    except TypeError:  # an existing table can hold invalid text or infinite numbers; a rare second attempt
        return orjson.dumps(_mended(answer), default=_as_json, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_mended(key if isinstance(key, str) else str(key)): _mended(item) for key, item in value.items()}
    if isinstance(value, int) and value.bit_length() > 63:
        return orjson.Fragment(str(value))  # JSON has no largest number
    return [_mended(item) for item in value] if isinstance(value, list) else value
