"""The event loop: uvloop where it is installed, with a bound on how long a TLS handshake may take.

A connection in its handshake is not yet one that `connections` can see, and may take 60 seconds by default.
"""

from __future__ import annotations

import asyncio
from typing import Any

from snowplow_signals.server.settings import ConnectionLimits

try:
    from uvloop import Loop as _Loop
except ImportError:
    from asyncio import SelectorEventLoop as _Loop  # type: ignore[assignment]


class BoundedHandshakes(_Loop):
    """A loop whose servers abort a TLS handshake that takes too long."""

    async def create_server(self, *args: Any, **more: Any) -> Any:
        """As every loop's."""
        if more.get("ssl") is not None:
            more.setdefault("ssl_handshake_timeout", ConnectionLimits.handshake_seconds)
        return await super().create_server(*args, **more)


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop for uvicorn."""
    return BoundedHandshakes()
