"""Bodies of requests."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request

from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.settings import Limits

_AT = ("body",)


def json_of(body: bytes, limits: Limits) -> Any:
    """The body as JSON. Raises InvalidError when it is none, or is nested too deep to be meant."""
    if not body:
        raise InvalidError([(_AT, "is empty; it must be JSON")])
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidError([(_AT, f"is no JSON: {error}")]) from None
    if body.count(b"[") + body.count(b"{") > limits.nesting and _depth(data) > limits.nesting:
        raise InvalidError([(_AT, f"is nested deeper than {limits.nesting} levels")])
    return data


def _depth(data: Any) -> int:
    depth, level = 0, [data]
    while level:
        depth += 1
        below: list[Any] = []
        for one in level:
            below += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        level = below
    return depth


async def json_body(request: Request) -> Any:
    """The JSON of a request that must have some."""
    return json_of(await request.body(), request.app.state.backend.settings.limits)


async def optional_json_body(request: Request) -> Any:
    """The JSON of a request that may have none: then None."""
    body = await request.body()
    return json_of(body, request.app.state.backend.settings.limits) if body.strip() else None
