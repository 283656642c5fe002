"""`/health-all`, and the exchange of an API key for a token: what can be asked without a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, HTTPException, Path
from starlette.responses import Response

from snowplow_signals.server.access import Access
from snowplow_signals.server.answers import json_answer


def health(backend: Access) -> Response:
    """Whether the service and its dependencies work. Needs no token; 503 when something does not work."""
    dependencies = backend.health()
    is_well = all(state == "ok" for state in dependencies.values())
    notes = backend.notes()  # of what does not keep it from serving
    status = {"status": "ok" if is_well and not notes else "degraded", "dependencies": dependencies, **notes}
    return json_answer(status, 200 if is_well else 503)


def exchange(
    backend: Access,
    org_id: Annotated[str, Path(max_length=128)],
    x_api_key_id: Annotated[str | None, Header(max_length=256)] = None,
    x_api_key: Annotated[str | None, Header(max_length=256)] = None,
) -> Response:
    """Exchange an API key for an access token, a JWT that expires."""
    if not x_api_key_id or not x_api_key:
        raise HTTPException(401, "send the API key in the headers X-API-Key-Id and X-API-Key")
    key = None
    if "\0" not in org_id + x_api_key_id:
        key = backend.registry.keys.matching(org_id, x_api_key_id, x_api_key)
    if key is None:
        raise HTTPException(401, "the API key is invalid, revoked, or of another organisation")
    if key.key_id not in backend.definitions.snapshot.active_keys:
        backend.definitions.refresh()  # made a moment ago
    return json_answer({"accessToken": backend.tokens.issue(key)}, headers={"Cache-Control": "no-store"})
