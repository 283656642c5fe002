"""The OpenAPI description of the service, and the page that shows it."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from snowplow_signals.distribution import VERSION
from snowplow_signals.server.answers import json_answer
from snowplow_signals.server.profiles.routes import READ_PROFILES
from snowplow_signals.server.routes import Endpoint
from snowplow_signals.server.schemas import described
from snowplow_signals.server.schemas.parts import reference

PATH = "/openapi.json"
PAGE = "/docs"

TEXT = """
The registry holds what your team has declared; the Profiles API serves the attributes to your applications.

Clients of several years call the same things by two names: *attribute group* and *attribute key*, or *view* and
*entity*. Both are answered. Paths may end in a slash or not.

Every request but `/health-all` needs `Authorization: Bearer <token>`: the service's static token, or one that was
exchanged for an API key. While the service listens on this machine only, and neither exists, it needs none.
""".strip()

_TAGS = (
    ("Profiles", "What applications read"),
    ("Attribute groups", "Views, as later clients call them"),
    ("Attribute keys", "Entities, as later clients call them"),
    ("Services", "The attributes of several views by one name"),
    ("Publication", "What is to be served, by name"),
    ("Training sets", "Attributes as they were at moments of the past"),
    ("Service", "How it is, and how to get a token"),
    ("Views", "The same as attribute groups, as older clients call them"),
    ("Entities", "The same as attribute keys, as older clients call them"),
)
"""The headings, in their order."""

_INVALID = {
    "type": "object",
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                },
                "required": ["loc", "msg", "type"],
            },
        }
    },
    "required": ["detail"],
}
_REFUSED = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
_MEANINGS = {
    "400": "It exists already: PUT replaces it",
    "401": "The token is missing, invalid, expired or revoked",
    "403": "The token does not grant the right",
    "404": "Nothing of that name exists",
    "409": "Another definition needs it; or the body and the path, or two parts of the body, contradict each other",
    "413": "The body is too large",
    "422": "The request is invalid: which field, and why",
    "503": "The registry or the profiles store cannot be reached now",
    "504": "It took too long",
}
_EXAMPLES: dict[str, Any] = {
    "View": {
        "name": "shop",
        "version": 1,
        "attribute_key": {"name": "domain_userid"},
        "offline": True,
        "attributes": [{"name": "clicks", "type": "int64", "aggregation": "counter", "period": "P7D"}],
        "owner": "user@company.com",
        "is_published": True,
    },
    "Entity": {"name": "customer", "property": {"type": "atomic", "name": "user_id"}, "owner": "user@company.com"},
    "Service": {"name": "home", "attribute_groups": [{"name": "shop", "version": 1}], "owner": "user@company.com"},
    "BatchSource": {
        "name": "shop",
        "database": "ANALYTICS",
        "schema": "derived",
        "table": "shop_1_attributes",
        "timestamp_field": "updated_at",
    },
}
_QUESTION = {
    "schema": reference("Question"),
    "example": {"attribute_keys": {"domain_userid": ["8f1a"]}, "attributes": ["shop_v1:clicks"]},
}
_ANSWER = {
    "type": "object",
    "description": "Each value is a list with one element per identifier, in their order; null where there is none",
    "additionalProperties": {"type": "array"},
    "examples": [{"domain_userid": ["8f1a"], "clicks": [7]}],
}


def of(endpoint: Endpoint) -> dict[str, Any] | None:
    """What the description of an endpoint says beside what its handler's signature says."""
    extra: dict[str, Any] = {} if endpoint.right else {"security": []}
    if endpoint.body is not None:
        content: dict[str, Any] = {"schema": reference(endpoint.body)}
        if endpoint.body in _EXAMPLES:
            content["example"] = _EXAMPLES[endpoint.body]
        extra["requestBody"] = {"required": endpoint.is_body_required, "content": {"application/json": content}}
    return extra or None


_MAY_CONFLICT = ("get_training_set_sql", "build_training_set", "preview_training_set")


def answers(endpoint: Endpoint) -> dict[int | str, dict[str, Any]]:
    """The answers that an endpoint may give."""
    is_creation = endpoint.method == "POST" and endpoint.name.startswith("create_")
    possible = ["503", "504"]
    if endpoint.right is not None or endpoint.name == "exchange_api_key":
        possible += ["401"]
    if endpoint.right is not None:
        possible += ["403"]
    if "{" in endpoint.path or endpoint.body is not None:
        possible += ["422", "404"]
    if endpoint.body is not None:
        possible += ["413"]
    if is_creation:
        possible += ["400"]
    is_preview = endpoint.body is not None and endpoint.body.startswith("Test_")
    if (
        endpoint.method in ("DELETE", "PUT")
        or is_preview
        or endpoint.name in _MAY_CONFLICT
        or endpoint.body in ("View", "Service")
    ):
        possible += ["409"]
    done = "201" if is_creation else "202" if endpoint.name == "build_training_set" else "200"
    plain = {"description": "Done", "content": {endpoint.media_type: {"schema": {"type": "string"}}}}
    is_json = endpoint.media_type == "application/json"
    found: dict[int | str, dict[str, Any]] = {done: _answer("Done", {}) if is_json else plain}
    return found | {status: _refusal(status) for status in sorted(possible)}


def _refusal(status: str) -> dict[str, Any]:
    return _answer(_MEANINGS[status], _INVALID if status == "422" else _REFUSED)


def _answer(meaning: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": meaning, "content": {"application/json": {"schema": schema}}}


def add_to(app: FastAPI) -> None:
    """Routes of the description and its page; the page's parts come with the package, not from elsewhere."""
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]

    async def document(_: Any) -> Response:
        return json_answer(app.openapi())

    async def page(_: Any) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=PATH,
            title="Signals",
            swagger_js_url=f"{PAGE}/parts/swagger-ui-bundle.js",
            swagger_css_url=f"{PAGE}/parts/swagger-ui.css",
            swagger_favicon_url=f"{PAGE}/parts/favicon.png",
        )

    app.router.routes += [
        Route(PATH, document),
        Route(PAGE, page),
        Mount(f"{PAGE}/parts", StaticFiles(directory=str(files("fastapi_offline") / "static"))),
    ]


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        found = get_openapi(title="Signals", version=VERSION, description=TEXT, routes=app.routes)
        components = found.setdefault("components", {})
        components["schemas"] = components.get("schemas", {}) | described()
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        found["tags"] = [{"name": name, "description": text} for name, text in _TAGS]
        found["paths"][READ_PROFILES] = {"post": _reading()}
        app.openapi_schema = found
    return app.openapi_schema


def _reading() -> dict[str, Any]:
    return {
        "tags": ["Profiles"],
        "summary": "Read attributes",
        "description": "The attributes of one or many identifiers, of a service or by name.",
        "operationId": "get_online_attributes",
        "requestBody": {"required": True, "content": {"application/json": _QUESTION}},
        "responses": {"200": _answer("The attributes", _ANSWER)}
        | {status: _refusal(status) for status in ("401", "403", "404", "409", "413", "422", "503", "504")},
    }
