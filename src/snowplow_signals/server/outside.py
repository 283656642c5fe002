"""What public clients can call and this service does not do."""

from __future__ import annotations

from starlette.responses import Response

from snowplow_signals.server.answers import json_answer

OUTSIDE = (
    "interventions, event logs and prompts are not part of this service: it serves attributes that are "
    "computed in the warehouse"
)
PATHS = (
    "/api/v1/registry/interventions",
    "/api/v1/registry/event_logs",
    "/api/v1/registry/prompts",
    "/api/v1/interventions",
    "/api/v1/event_log",
    "/api/v1/prompts",
)


async def outside() -> Response:
    """Answers 404, and says why."""
    return json_answer({"detail": OUTSIDE}, 404)
