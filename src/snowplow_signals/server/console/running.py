"""Running the pages by themselves, on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from snowplow_signals.server.console.app import pages_of
from snowplow_signals.server.console.site import Site
from snowplow_signals.server.middleware import PathNormalizer
from snowplow_signals.server.running import bound_to, config_of, log_to_stderr
from snowplow_signals.server.settings import ConnectionLimits

HOST = "127.0.0.1"


def run(site: Site, port: int, started: Callable[[socket.socket], None] = lambda _: None) -> None:
    """Show the pages until the process is asked to stop. `started` receives the socket.

    Raises UsageError for a port that cannot be listened on.
    """
    log_to_stderr(verbose=False)
    try:
        config = config_of(PathNormalizer(pages_of(site)), ConnectionLimits(), None)
        bound = bound_to(HOST, port)
        for project in site.catalogue().projects:
            site.looks.at(project)
        started(bound)
        with bound:
            _Server(config, site).run(sockets=[bound])
    finally:
        site.close()


class _Server(uvicorn.Server):
    """Ends previews that somebody waits for before it stops."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._site.previews.stop()
        await super().shutdown(sockets)
