"""Running the service: a socket, a log, and uvicorn."""

from __future__ import annotations

import gc
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import uvicorn

from snowplow_signals.errors import UsageError
from snowplow_signals.plain_text import plain
from snowplow_signals.server.app import create_app
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.connections import BoundedConnection, most_connections
from snowplow_signals.server.settings import ConnectionLimits, Settings
from snowplow_signals.server.tokens import check_private

STOP_SECONDS = 10
SWITCH_SECONDS = 0.0005
"""How long answers wait until another thread, such as one that reads the registry, releases the interpreter; by default
5 ms.
"""


class PlainLines(logging.Formatter):
    """Log lines with control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


def run(
    settings: Settings,
    *,
    tls: tuple[Path, Path] | None = None,
    verbose: bool = False,
    started: Callable[[socket.socket, bool], None] = lambda *_: None,
) -> None:
    """Serve until the process is asked to stop. `started` receives the socket, and whether it is open to this machine.

    `tls` are the files of a certificate and its key. Raises UsageError for what cannot be listened on or read.
    """
    log_to_stderr(verbose=verbose)
    if tls is not None:
        _check_key(tls[1])
    app = create_app(settings)
    try:
        config = config_of(app, settings.connection_limits, tls)
        bound = bound_to(settings.host, settings.port)
    except UsageError:
        app.state.backend.close()
        raise
    # what exists now stays: the garbage collector need not scan it again during requests
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)
    started(bound, not app.state.backend.tokens.are_needed)
    with bound:
        _Server(config, app.state.backend).run(sockets=[bound])


def log_to_stderr(*, verbose: bool) -> None:
    """Log warnings, or with `verbose` more, each as one plain line."""
    log = logging.StreamHandler()
    log.setFormatter(PlainLines("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[log], level=logging.INFO if verbose else logging.WARNING)


class _Server(uvicorn.Server):
    """Answers those who wait for a preview before it stops: a warehouse may take longer than is waited for requests."""

    def __init__(self, config: uvicorn.Config, backend: Backend) -> None:
        super().__init__(config)
        self._backend = backend

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._backend.previews.stop()
        self._backend.datasets.stop()
        await super().shutdown(sockets)


def _check_key(file: Path) -> None:
    try:
        found = file.stat()
    except OSError as error:
        raise UsageError(f"the certificate's key {file} cannot be read: {error.strerror}") from error
    check_private(file, found, "the certificate's key", "could impersonate this service")


def config_of(app: object, limits: ConnectionLimits, tls: tuple[Path, Path] | None) -> uvicorn.Config:
    """How uvicorn serves an application here. Raises UsageError for a certificate that cannot be used."""
    limits = replace(limits, connections=most_connections(limits))
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=partial(BoundedConnection, limits=limits),  # type: ignore[arg-type]
        ws="none",
        loop="snowplow_signals.server.loops:new_loop",
        timeout_keep_alive=limits.idle_seconds,
        log_config=None,  # ours; nothing of a request is logged, where identifiers and tokens might be
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=str(tls[0]) if tls else None,
        ssl_keyfile=str(tls[1]) if tls else None,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        if tls is None:
            raise
        raise UsageError(f"the certificate {tls[0]} with the key {tls[1]} cannot be used: {error}") from error
    return config


def bound_to(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise UsageError(f"cannot listen on {host} port {port}: {reason}; choose another --port or --host") from error
