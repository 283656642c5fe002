"""What every request is counted by, and the route by which Prometheus asks for the counts."""

from __future__ import annotations

import time

from fastapi import Request
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snowplow_signals.server.metrics import Metrics, ViewsRead

READ = "views_read"
"""Where a request's scope has what was read for it."""


class Observed:
    """Counts requests, and how long reads of profiles take."""

    def __init__(self, app: ASGIApp, metrics: Metrics, reads: str) -> None:
        self.app = app
        self.metrics = metrics
        self.reads = reads
        """The path that reads profiles."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        read = scope[READ] = ViewsRead() if scope["path"] == self.reads else None

        async def observing(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                self.metrics.count(status)
                if read is not None:
                    self.metrics.count_read(read, status, time.perf_counter() - began)
            await send(message)

        await self.app(scope, receive, observing)


def scrape(request: Request) -> Response:
    """The metrics of this process, for Prometheus: as text, or as OpenMetrics where the scraper asks for it."""
    metrics: Metrics = request.app.state.metrics
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(metrics.registry), media_type=content_type)
