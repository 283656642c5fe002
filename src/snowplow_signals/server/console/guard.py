"""What every request for a page passes: who asks, from where, and what the browser may do with the answer."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from snowplow_signals.server.console.sessions import Session, Sessions
from snowplow_signals.server.middleware import from_elsewhere
from snowplow_signals.server.tokens import ALL_RIGHTS, Tokens

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing inline, and nothing of another host."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
ASSETS = "/static/"
LOGIN = "/login"


class Guard:
    """Lets a request pass with `session` and `rights` in its scope; sends a browser that is not logged in to the login.

    `tokens` is None for pages of this machine alone, which are open; so are those of a service without authentication.
    Both are for this machine, addressed as such: a page of another site that has its name point here gets nothing.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, tokens: Tokens | None) -> None:
        self.app = app
        self.sessions = sessions
        self.tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer[name] = value
                answer.setdefault("cache-control", "no-store")
            await send(message)

        is_open = self.tokens is None or not self.tokens.are_needed
        if is_open and (reason := from_elsewhere(scope)):
            await _plain(send_guarded, 403, reason)
            return
        if scope["path"].startswith(ASSETS):
            await self.app(scope, receive, send_guarded)
            return
        if scope["method"] not in ("GET", "HEAD") and (reason := _of_another_page(headers)):
            await _plain(send_guarded, 403, reason)
            return
        session = self.sessions.read(cookie_parser(headers.get("cookie", "")).get(self.sessions.cookie))
        if not is_open and scope["path"] != LOGIN and (session is None or not session.is_logged_in):
            await _to_login(scope, send_guarded)
            return
        scope["session"], scope["new_cookie"] = self._started(session)
        scope["rights"] = ALL_RIGHTS if is_open else scope["session"].rights
        scope["is_open"] = is_open
        await self.app(scope, receive, send_guarded)

    def _started(self, session: Session | None) -> tuple[Session, str | None]:
        """The session, and its cookie if it is a new one: forms need one before anybody has logged in."""
        return (session, None) if session is not None else self.sessions.start()


def is_secure(scope: Scope) -> bool:
    """Whether the browser speaks TLS, to this process or to a proxy before it."""
    return scope["scheme"] == "https" or Headers(scope=scope).get("x-forwarded-proto", "").lower() == "https"


def _of_another_page(headers: Headers) -> str | None:
    """Why a form may be one of another site, or None. Its token says so as well; this needs no session."""
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is not None and origin.partition("://")[2] != host:
        return "this form was sent from a page of another site, and nothing was done"
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "this form was sent from a page of another site, and nothing was done"
    return None


async def _to_login(scope: Scope, send: Send) -> None:
    asked = scope["path"]
    if scope["query_string"]:
        asked += f"?{scope['query_string'].decode('latin-1')}"
    after = f"?next={quote(asked, safe='')}" if scope["method"] == "GET" and asked != "/" else ""
    headers = [(b"location", f"{LOGIN}{after}".encode("latin-1")), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _plain(send: Send, status: int, reason: str) -> None:
    body = f"{reason[0].upper()}{reason[1:]}.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
