"""Answers: JSON always, and which status each of our errors becomes."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from starlette.responses import Response

from snowplow_signals.errors import (
    AlreadyExistsError,
    ConflictError,
    DefinitionError,
    InUseError,
    NotFoundError,
    RegistryError,
    SignalsError,
    StoreError,
    UnreadableError,
)
from snowplow_signals.server.invalid import InvalidError

JSON = "application/json"
log = logging.getLogger("snowplow_signals.server")

OK = {"ok": True}
"""The answer to a request without a result: clients do not accept empty answers."""


def json_answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """The data as JSON."""
    return Response(orjson.dumps(data), status, headers, JSON)


def refusal(error: Exception) -> Response:
    """The answer to a request that failed with one of our errors; any other error is a bug of ours, and raised."""
    if isinstance(error, InvalidError):
        return json_answer({"detail": error.details}, 422)
    if isinstance(error, DefinitionError):
        found = [{"loc": ["body"], "msg": str(one), "type": "value_error"} for one in error.problems]
        return json_answer({"detail": found}, 422)
    if isinstance(error, AlreadyExistsError):  # the one and only 400: clients then send the same with PUT
        return json_answer({"detail": str(error)}, 400)
    if isinstance(error, NotFoundError):
        return json_answer({"detail": str(error)}, 404)
    if isinstance(error, InUseError | ConflictError):
        return json_answer({"detail": str(error)}, 409)
    if isinstance(error, UnreadableError):
        log.error("%s", error)
        return json_answer({"detail": str(error)}, 500)
    if isinstance(error, RegistryError | StoreError):
        log.error("%s", error)
        what = "registry" if isinstance(error, RegistryError) else "profiles store"
        return json_answer({"detail": f"the {what} cannot be reached now; try again"}, 503, {"Retry-After": "1"})
    if isinstance(error, SignalsError):
        log.error("%s", error)
        return json_answer({"detail": str(error)}, 500)
    raise error
