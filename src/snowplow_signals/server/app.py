"""The application: routes, what every request passes, and what happens at startup and shutdown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from snowplow_signals.alerts.webhook import Webhook
from snowplow_signals.errors import SignalsError
from snowplow_signals.server import description
from snowplow_signals.server.access import needs
from snowplow_signals.server.answers import json_answer, refusal
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.console.app import Console, pages_of
from snowplow_signals.server.console.site import site_of_service
from snowplow_signals.server.metrics import Metrics
from snowplow_signals.server.middleware import Authentication, PathNormalizer, RequestLimits
from snowplow_signals.server.observed import Observed
from snowplow_signals.server.profiles.routes import READ_PROFILES, ProfileReads
from snowplow_signals.server.routes import ROUTES, Endpoint
from snowplow_signals.server.settings import Settings, check_reach
from snowplow_signals.server.staleness import Staleness
from snowplow_signals.sync.process import SyncProcess
from snowplow_signals.sync.regular import DEFAULT_INTERVAL

log = logging.getLogger("snowplow_signals.server")


def create_app(settings: Settings) -> FastAPI:
    """The service, ready to be run by an ASGI server.

    Raises UsageError when others could reach it without identifying themselves, RegistryError when the registry cannot
    be opened.
    """
    backend = Backend.open(settings)
    try:
        check_reach(settings, has_keys=backend.definitions.snapshot.has_keys)
    except SignalsError:
        backend.close()
        raise
    app = FastAPI(
        title="Signals", lifespan=_lifespan, redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None
    )
    app.state.backend = backend
    app.state.metrics = Metrics(backend)
    for endpoint in ROUTES:
        _add(app, endpoint)
    description.add_to(app)
    for kind, handler in ((SignalsError, _ours), (HTTPException, _plain), (RequestValidationError, _invalid)):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _bug)
    # the last one added is the outermost
    app.add_middleware(ProfileReads, backend=backend)
    app.add_middleware(RequestLimits, limits=settings.limits)
    app.add_middleware(Authentication, tokens=backend.tokens, definitions=backend.definitions)
    site = app.state.site = site_of_service(backend)
    app.add_middleware(Console, pages=pages_of(site))
    app.add_middleware(Observed, metrics=app.state.metrics, reads=READ_PROFILES)
    app.add_middleware(PathNormalizer)
    return app


def _add(app: FastAPI, endpoint: Endpoint) -> None:
    app.add_api_route(
        endpoint.path,
        endpoint.handler,
        methods=[endpoint.method],
        name=endpoint.name,
        operation_id=endpoint.name,
        tags=[endpoint.tag],
        dependencies=[Depends(needs(endpoint.right))] if endpoint.right else [],
        include_in_schema=endpoint.is_shown,
        response_class=Response,
        openapi_extra=description.of(endpoint),
        responses=description.answers(endpoint),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    backend: Backend = app.state.backend
    loops = [asyncio.create_task(backend.definitions.keep_fresh())]
    if not backend.settings.sync_seconds:
        loops.append(asyncio.create_task(backend.keep_agreed()))
    if backend.settings.alerts is not None:
        loops.append(asyncio.create_task(_staleness(backend, backend.settings.alerts).keep_looking()))
    sync = backend.sync = _sync(backend.settings) if backend.settings.sync_seconds else None
    if sync is not None:
        sync.start()
    try:
        yield
    finally:
        if sync is not None:
            await asyncio.to_thread(sync.stop)
        for loop in loops:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop
        await asyncio.to_thread(app.state.site.close)
        await backend.reader.close()
        backend.close()


def _staleness(backend: Backend, webhook: Webhook) -> Staleness:
    settings = backend.settings
    return Staleness(
        lambda: backend.definitions.snapshot,
        backend.store,
        webhook,
        stale_after=settings.stale_after,
        interval=timedelta(seconds=settings.sync_seconds) or DEFAULT_INTERVAL,
    )


def _sync(settings: Settings) -> SyncProcess:
    """Regular sync: beside the service, so that copying does not slow reads down."""
    arguments = ["--repo-path", str(settings.folder), "--every", f"{settings.sync_seconds:g}"]
    if settings.profile_target is not None:
        arguments += ["--target", settings.profile_target]
    places = {"SNOWPLOW_STORE": str(settings.store), "SNOWPLOW_REGISTRY": str(settings.registry)}
    return SyncProcess(arguments, places, log=log.warning)


async def _ours(_: Request, error: SignalsError) -> Response:
    return refusal(error)


async def _plain(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
        return json_answer({"detail": f"this path takes {headers['Allow']}"}, 405, headers)
    detail = "there is nothing at this path" if error.detail == "Not Found" else error.detail
    return json_answer({"detail": detail}, error.status_code, headers)


def _methods(request: Request) -> set[str]:
    """The methods that the path takes: each has a route of its own."""
    routes = [route for route in request.app.router.routes if isinstance(route, Route)]
    scope = request.scope
    return {method for route in routes if route.matches(scope)[0] is not Match.NONE for method in route.methods or ()}


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    found = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in error.errors()]
    return json_answer({"detail": found}, 422)


async def _bug(_: Request, error: Exception) -> Response:
    return json_answer({"detail": "internal error; see the service's log"}, 500)
