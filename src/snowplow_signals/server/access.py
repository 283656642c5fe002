"""How a handler gets the backend, and who may call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request

from snowplow_signals.server.backend import Backend


def _backend(request: Request) -> Backend:
    return request.app.state.backend  # type: ignore[no-any-return]


Access = Annotated[Backend, Depends(_backend)]


Right = Literal["read", "write", "metrics"]
_GRANTED_BY: dict[Right, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"write"}),
    "metrics": frozenset({"metrics", "read"}),
}
"""Rights of a token, one of which grants a right."""


def needs(right: Right) -> Callable[[Request], Awaitable[None]]:
    """A dependency that answers 403 to callers without the right."""

    async def check(request: Request) -> None:
        if _GRANTED_BY[right].isdisjoint(request.scope["rights"]):
            raise HTTPException(403, f"the token does not grant the right to {right}")

    return check


@contextmanager
def changed(backend: Backend) -> Iterator[None]:
    """Around a change of the registry: afterwards this process serves the changed definitions."""
    yield
    backend.definitions.refresh()
