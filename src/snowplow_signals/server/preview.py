"""Previewing a view: its attributes over a recent window of the real events table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, HTTPException
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from snowplow_signals.inspect.preview import Request
from snowplow_signals.server import wire
from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.asked_process import refuse
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_body
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.schemas.requests import PREVIEWED_APP_IDS, PREVIEWED_IDENTIFIERS
from snowplow_signals.server.vocabulary import Vocabulary
from snowplow_signals.warehouse.connection import PROFILES_FILE

WINDOW = timedelta(hours=1)
LONGEST_WINDOW = timedelta(days=31)
FOUND_HEADER = "X-Signals-Entities"
_LOOK_SECONDS = 0.5
_EARLY_SECONDS = 0.5
"""How long before the request's own limit a preview is stopped, so that the caller learns why."""

Body = Annotated[Any, Depends(json_body)]
T = TypeVar("T")
_DURATION = TypeAdapter(timedelta)


class Testing:
    """The handler of one vocabulary."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words

    async def test(self, asked: HTTPRequest, backend: Access, body: Body) -> Response:
        """Compute a view, which need not be published, over recent events: a row for each entity with such events."""
        deadline = time.monotonic() + backend.settings.limits.seconds - _EARLY_SECONDS
        request = await asyncio.to_thread(self._request, backend, body)
        if not (backend.settings.folder / PROFILES_FILE).is_file():
            raise HTTPException(
                404, f"views cannot be previewed here: this service has no warehouse: {PROFILES_FILE} is missing"
            )
        outcome = await while_asked(asked, backend.previews.run(request, deadline))
        if "error" in outcome:
            refuse(outcome, ("body", self.words.view), "views cannot be previewed here: ")
        return json_answer(outcome["rows"], headers={FOUND_HEADER: str(outcome["entities"])})

    def _request(self, backend: Backend, body: Any) -> Request:
        if not isinstance(body, dict):
            raise InvalidError([(("body",), "must be a JSON object")])
        view = wire.read_view(body.get(self.words.view), backend.registry.entity, ("body", self.words.view))
        if not view.attributes:
            raise InvalidError([(("body", self.words.view, "attributes"), "is empty: there is nothing to compute")])
        longest = backend.settings.limits.identifier_characters
        return Request(
            view=view.to_json(),
            folder=str(backend.settings.folder),
            target=backend.settings.profile_target,
            app_ids=_texts(body, "app_ids", PREVIEWED_APP_IDS, longest),
            seconds=_window(body.get("window")).total_seconds(),
            ids=_texts(body, self.words.test_identifiers, PREVIEWED_IDENTIFIERS, longest),
        )


async def while_asked(asked: HTTPRequest, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; it is given up when whoever asked for it has gone, so that others get their turn."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_LOOK_SECONDS)
            if not task.done() and await asked.is_disconnected():
                raise HTTPException(503, "nobody waits for the answer")
        if task.cancelled():
            raise HTTPException(503, "the service is being stopped; try again", {"Retry-After": "5"})
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])


def _texts(body: dict[str, Any], name: str, most: int, longest: int) -> list[str]:
    found = body.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(type(one) in (str, int) for one in found):
        raise InvalidError([(("body", name), "must be a list of texts")])
    if len(found) > most:
        raise InvalidError([(("body", name), f"{len(found):,} of them; {most} at most")])
    if any(len(str(one)) > longest or "\0" in str(one) for one in found):
        raise InvalidError([(("body", name), f"each has {longest:,} characters at most, and none is NUL")])
    return list(dict.fromkeys(map(str, found)))


def _window(given: Any) -> timedelta:
    if given is None:
        return WINDOW
    try:
        window = _DURATION.validate_python(given) if isinstance(given, str) else timedelta(0)
    except ValidationError:
        window = timedelta(0)
    if not timedelta(0) < window <= LONGEST_WINDOW:
        reason = f"must be a duration such as 'PT1H' or 'P7D', above zero and {LONGEST_WINDOW.days} days at most"
        raise InvalidError([(("body", "window"), reason)])
    return window
