"""Bodies of requests."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Request

from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.settings import Limits

_AT = ("body",)
_EXACT = 2**53


def json_of(body: bytes, limits: Limits) -> Any:
    """The body as JSON. Raises InvalidError when it is not valid, or is nested too deeply."""
    if not body:
        raise InvalidError([(_AT, "is empty; it must be JSON")])
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidError([(_AT, f"is not valid JSON: {error}")]) from None
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
    return _with_whole_numbers(json_of(await request.body(), request.app.state.backend.settings.limits))


async def optional_json_body(request: Request) -> Any:
    """The JSON of a request that may have none: then None."""
    body = await request.body()
    if not body.strip():
        return None
    data = json_of(body, request.app.state.backend.settings.limits)
    if data is None:
        raise InvalidError([(_AT, "is null; leave the body out, or make it an object")])
    return _with_whole_numbers(data)


def _with_whole_numbers(data: Any) -> Any:
    """JSON has one kind of number: 2.0 is the whole number 2, as far as doubles distinguish whole numbers."""
    if isinstance(data, dict):
        return {name: _with_whole_numbers(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_with_whole_numbers(value) for value in data]
    if isinstance(data, float) and data.is_integer() and abs(data) < _EXACT:
        return int(data)
    return data
