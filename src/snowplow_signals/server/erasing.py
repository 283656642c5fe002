"""Erasing people from the profiles store, for good, and taking that back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends
from starlette.responses import Response

from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import NotFoundError, did_you_mean
from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.bodies import json_body
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.profiles.questions import read_identifiers
from snowplow_signals.sync import erasing

Body = Annotated[Any, Depends(json_body)]


def erase(backend: Access, body: Body) -> Response:
    """Remove identifiers from all views of their key, and let no sync bring them back."""
    at = datetime.now(UTC).replace(tzinfo=None)
    store, ledger = backend.store(), backend.registry.erasures
    people = _people(backend, body).items()
    removed = sum(erasing.erase_all(store, some, at, key=key, ledger=ledger) for key, some in people)
    return json_answer({"profiles_removed": removed})


def restore(backend: Access, body: Body) -> Response:
    """Take an erasure back: the next sync copies the profiles again, as far as their rows are there."""
    store, ledger = backend.store(), backend.registry.erasures
    people = _people(backend, body).items()
    restored = sum(erasing.restore_all(store, some, key=key, ledger=ledger) for key, some in people)
    return json_answer({"restored": restored})


def _people(backend: Backend, body: Any) -> dict[str, list[str]]:
    """Column of a key to identifiers. Raises NotFoundError for a key by which nothing is read."""
    if not isinstance(body, dict):
        raise InvalidError([(("body",), "must be a JSON object")])
    snapshot = backend.definitions.refresh()
    scopes = erasing.Scopes.of(snapshot.entities.values(), snapshot.views.values(), backend.store().keys())
    found: dict[str, list[str]] = {}
    for key, some in read_identifiers(body, backend.settings.limits).items():
        column = scopes.columns.get(sql_name(key))
        if column is None:
            raise NotFoundError(f"no view is read by the key {key!r}{did_you_mean(key, scopes.columns)}")
        found.setdefault(column, []).extend(map(str, some))
    return found
