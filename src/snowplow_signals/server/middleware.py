"""What every request passes before it reaches a handler: spelling of paths, limits, authentication."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snowplow_signals.errors import RegistryError
from snowplow_signals.server.definitions_cache import Definitions
from snowplow_signals.server.settings import Limits, is_loopback
from snowplow_signals.server.tokens import ALL_RIGHTS, Rights, Tokens

_SLASHES = re.compile(r"/{2,}")

OPEN_TO_ALL = frozenset({("GET", "/health-all")})
_TOKEN_PATH = re.compile(r"/api/msc/v1/organizations/[^/]+/credentials/v3/token")
_PROXIES = re.compile(
    "forwarded|via|cdn-loop|x-forwarded(-.*)?|x-original-(host|url|forwarded-for)|x-real-ip|cf-(connecting-ip|ray)"
    "|(x|true|fly|fastly)-client-ip|x-cluster-client-ip|x-envoy-.*"
)
"""The headers by which proxies name the original client."""
_FOR_BROWSERS = ("/docs", "/openapi.json")
PIECE = 64 << 10
"""Bytes of an answer that are written at once."""


async def reject(send: Send, status: int, reason: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer with a status and the reason as JSON."""
    body = orjson.dumps({"detail": reason})
    head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


class PathNormalizer:
    """`/a//b/` is `/a/b`: clients write both, and follow no redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if path[-1:] == "/" or "//" in path:
                scope = {**scope, "path": _SLASHES.sub("/", path).rstrip("/") or "/"}
        await self.app(scope, receive, send)


class RequestLimits:
    """Refuses bodies that are too large, and requests that take too long to answer.

    A complete answer is sent in pieces: each one when the client has read enough of those before. Under TLS it is not
    known how much of a single large write a client has read, nor whether it has read anything.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        try:
            async with asyncio.timeout(self.limits.seconds):
                body = await self._body(scope, receive)
                if body is None:
                    reason = f"the body is larger than {self.limits.body_bytes:,} bytes"
                    # the unread rest of the body could be taken for the next request
                    await reject(keep, 413, reason, (b"connection", b"close"))
                else:
                    await self.app(scope, _replayed(body, receive), keep)
        except TimeoutError:
            answer.clear()
            await reject(keep, 504, f"the request took longer than {self.limits.seconds:g} seconds; ask for less")
        for message in answer:
            await _send_in_pieces(send, message)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None when it is too large."""
        declared = _header(scope, b"content-length")
        if declared is not None and declared.isdigit() and int(declared[:20]) > self.limits.body_bytes:
            return None
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return bytes(body)
            body += message.get("body", b"")
            if len(body) > self.limits.body_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)


async def _send_in_pieces(send: Send, message: Message) -> None:
    body = message.get("body", b"")
    if len(body) <= PIECE:
        await send(message)
        return
    for start in range(0, len(body), PIECE):
        is_last = start + PIECE >= len(body) and not message.get("more_body", False)
        await send({**message, "body": body[start : start + PIECE], "more_body": not is_last})


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, for the application to read again."""
    pending = True

    async def receiving() -> Message:
        nonlocal pending
        if pending:
            pending = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return receiving


class Authentication:
    """Refuses unauthenticated requests; the caller's rights are in the scope as `rights`."""

    def __init__(self, app: ASGIApp, tokens: Tokens, definitions: Definitions) -> None:
        self.app = app
        self.tokens = tokens
        self.definitions = definitions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if (scope["method"], path) in OPEN_TO_ALL or (scope["method"] == "GET" and _TOKEN_PATH.fullmatch(path)):
            await self.app(scope, receive, send)
        elif not self.tokens.are_needed:
            reason = from_elsewhere(scope)
            if reason:
                await reject(send, 403, reason)
                return
            scope["rights"] = ALL_RIGHTS
            await self.app(scope, receive, send)
        elif (rights := await self._rights(_header(scope, b"authorization"))) is not None:
            reason = _by_another_page(scope)
            if reason:
                await reject(send, 403, reason)
                return
            scope["rights"] = rights
            await self.app(scope, receive, send)
        else:
            kind = b'Basic realm="Signals; the password is a token"' if path.startswith(_FOR_BROWSERS) else b"Bearer"
            given = _header(scope, b"authorization") is not None
            reason = "the token is invalid, expired or revoked" if given else "a bearer token is required"
            await reject(send, 401, reason, (b"www-authenticate", kind))

    async def _rights(self, header: bytes | None) -> Rights | None:
        rights = self.tokens.rights(header)
        if rights is None and self.tokens.may_be_new(header):
            with suppress(RegistryError):
                await asyncio.to_thread(self.definitions.refresh)
            rights = self.tokens.rights(header)
        return rights


def from_elsewhere(scope: Scope) -> str | None:
    """Why a request to an open service may come from another machine, or from a page of another site, or None.

    What a proxy on this machine passes on comes from this machine as well. It says so in its headers, or speaks
    HTTP/1.0, as nginx does unless it is configured otherwise; one that does neither cannot be distinguished from a
    local client.
    """
    passed_on = next((name for name, _ in scope["headers"] if _PROXIES.fullmatch(name.decode("latin-1"))), None)
    if passed_on is not None or scope.get("http_version") == "1.0":
        how = f"header {passed_on.decode('latin-1')!r}" if passed_on is not None else "HTTP/1.0"
        return (
            f"without authentication this service accepts no requests that came through a proxy ({how}): make an API "
            "key "
            "with `keys create`, or set a token"
        )
    host = (_header(scope, b"host") or b"").decode("latin-1")
    name = host.rpartition(":")[0] if re.search(r":[0-9]+$", host) else host
    if name and not is_loopback(name):
        return f"without authentication this service must be addressed as localhost, not as {name!r}"
    origin = _header(scope, b"origin")
    if origin is not None and origin.decode("latin-1").partition("://")[2] != host:
        return "without authentication this service accepts no requests from pages of other sites"
    return None


def _by_another_page(scope: Scope) -> str | None:
    """Why a request may be one that a page of another site made this browser send, or None.

    A browser adds Basic credentials that it knows to every request, whichever page makes it; a Bearer token only its
    own page can add.
    """
    if (_header(scope, b"authorization") or b"")[:6].lower() != b"basic ":
        return None
    origin, host = _header(scope, b"origin"), _header(scope, b"host")
    is_other = origin is not None and origin.partition(b"://")[2] != host
    if is_other or _header(scope, b"sec-fetch-site") in (b"cross-site", b"same-site"):
        return "with a password this service accepts no requests from pages of other sites; use a bearer token"
    kind = (_header(scope, b"content-type") or b"").partition(b";")[0].strip().lower()
    # for other methods the browser sends a preflight request
    if scope["method"] == "POST" and kind != b"application/json":
        return "with a password this service accepts only application/json, which pages of other sites cannot send"
    return None


def _header(scope: Scope, name: bytes) -> bytes | None:
    headers: list[Any] = scope["headers"]
    for key, value in headers:
        if key == name:
            return bytes(value)
    return None
