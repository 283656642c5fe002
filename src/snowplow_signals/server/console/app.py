"""The pages as an application: of their own, or before another one."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from snowplow_signals.errors import NotFoundError, SignalsError
from snowplow_signals.server.console.asked import Asked, NotHereError, Page, Redirect, RefusedError, fields_of
from snowplow_signals.server.console.guard import LOGIN, Guard, is_secure
from snowplow_signals.server.console.rendering import Renderer
from snowplow_signals.server.console.routes import PAGES, PageRoute
from snowplow_signals.server.console.sessions import SECONDS
from snowplow_signals.server.console.site import Site
from snowplow_signals.server.middleware import RequestLimits

log = logging.getLogger("snowplow_signals.server")
STATIC = Path(__file__).with_name("static")
FORM_TOKEN = "form_token"
FIRST_PARTS = frozenset({route.path.split("/")[1] for route in PAGES} | {"static"})
"""What the paths of pages begin with; everything else is the API's."""


class Console:
    """Answers for pages; passes everything else on."""

    def __init__(self, app: ASGIApp, pages: ASGIApp) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["path"].split("/", 2)[1:2][0] in FIRST_PARTS
        await (self.pages if is_page else self.app)(scope, receive, send)


def pages_of(site: Site) -> ASGIApp:
    """The pages of a site, with all that a request for one has to pass."""
    renderer = Renderer()
    routes: list[Any] = [
        Route(route.path, _endpoint(site, renderer, route), methods=[route.method], name=route.name) for route in PAGES
    ]
    routes.append(Mount("/static", StaticFiles(directory=STATIC), name="static"))

    async def failed(request: Request, error: Exception) -> Response:
        status, reason = _reason(error)
        if "session" not in request.scope:  # an asset, which needs none
            return PlainTextResponse(f"{reason}\n", status)
        return _rendered(renderer, request, site, _failure(status, reason))

    app = Starlette(
        routes=routes,
        exception_handlers=dict.fromkeys((HTTPException, SignalsError, NotHereError, RefusedError, Exception), failed),
    )
    return Guard(RequestLimits(app, site.limits), site.sessions, site.tokens)


def _endpoint(site: Site, renderer: Renderer, route: PageRoute) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        rights = request.scope["rights"]
        if route.right is not None and route.right not in rights:
            raise RefusedError(403, f"your key does not grant the right to {route.right}")
        form: dict[str, str] = {}
        session = request.scope["session"]
        if request.method == "POST":
            form = fields_of(await request.body())
            if request.scope["new_cookie"] is not None or not site.sessions.is_form_of(
                session, form.pop(FORM_TOKEN, "")
            ):
                raise RefusedError(403, "this form is of an earlier session, and nothing was done: open the page again")
        parts = {name: str(value) for name, value in request.path_params.items()}
        asked = Asked(site, request.url.path, parts, dict(request.query_params), form, session, rights)
        if inspect.iscoroutinefunction(route.handler):
            answer = await route.handler(asked, request)
        else:
            answer = await run_in_threadpool(route.handler, asked)
        return await run_in_threadpool(_rendered, renderer, request, site, answer)

    return endpoint


def _rendered(renderer: Renderer, request: Request, site: Site, answer: Page | Redirect) -> Response:
    scope = request.scope
    cookie = scope.get("new_cookie")
    if isinstance(answer, Redirect):
        response = Response(status_code=303, headers={"location": answer.to})
        cookie = answer.cookie if answer.cookie is not None else cookie
    else:
        session = scope["session"]
        html = renderer.page(
            answer,
            path=request.url.path,
            form_token=site.sessions.form_token(session),
            is_open=scope["is_open"],
            is_logged_in=session.is_logged_in,
            rights=scope["rights"],
            is_service=site.backend is not None,
        )
        response = Response(html, answer.status, media_type="text/html; charset=utf-8")
    if cookie is not None:
        response.set_cookie(
            site.sessions.cookie,
            cookie,
            max_age=SECONDS if cookie else 0,
            path="/",
            secure=is_secure(scope),
            httponly=True,
            samesite="strict",
        )
    return response


def _reason(error: Exception) -> tuple[int, str]:
    if isinstance(error, RefusedError):
        return error.status, str(error)
    if isinstance(error, NotHereError | NotFoundError):
        return 404, str(error)
    if isinstance(error, HTTPException):
        return error.status_code, "there is no such page" if error.status_code == 404 else str(error.detail)
    if not isinstance(error, SignalsError):  # a bug of ours, which is raised again and so logged
        return 500, "internal error; see the service's log"
    log.error("%s", error)
    return 503, str(error)


def _failure(status: int, reason: str) -> Page:
    titles = {403: "Not allowed", 404: "Not found", 503: "Not available now", 504: "It took too long"}
    return Page("failure.html", titles.get(status, "It did not work"), {"reason": reason, "login": LOGIN}, status)
