"""The pages: path, handler, and the right that one needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from snowplow_signals.server.console.pages import days, entities, login, overview, runs, service, trying, view


@dataclass(frozen=True)
class PageRoute:
    """One path and method. `right` is what a session has to grant, or None for no session at all."""

    method: Literal["GET", "POST"]
    path: str
    handler: Callable[..., Any]
    right: Literal["read", "write"] | None
    name: str


PAGES: tuple[PageRoute, ...] = (
    PageRoute("GET", "/", overview.overview, "read", "overview"),
    PageRoute("POST", "/look-again", overview.look_again, "read", "look_again"),
    PageRoute("GET", "/views/{name}", view.attributes, "read", "view"),
    PageRoute("GET", "/views/{name}/quality", view.quality, "read", "view_quality"),
    PageRoute("GET", "/views/{name}/lineage", view.lineage, "read", "view_lineage"),
    PageRoute("GET", "/views/{name}/definition", view.definition, "read", "view_definition"),
    PageRoute("GET", "/views/{name}/sql", view.sql, "read", "view_sql"),
    PageRoute("GET", "/views/{name}/versions", view.versions, "read", "view_versions"),
    PageRoute("GET", "/runs", runs.runs, "read", "runs"),
    PageRoute("GET", "/runs/{project}/{run_id}", runs.run, "read", "run"),
    PageRoute("GET", "/days", days.days, "read", "days"),
    # identifiers are in the bodies of forms: paths end up in logs
    PageRoute("GET", "/entities", entities.entities, "read", "entities"),
    PageRoute("POST", "/entities", entities.look_up, "read", "look_up_entity"),
    PageRoute("POST", "/entities/explain", entities.explain, "write", "explain_entity"),
    PageRoute("POST", "/entities/erase", entities.erase, "write", "erase_entity"),
    PageRoute("POST", "/entities/restore", entities.restore, "write", "restore_entity"),
    PageRoute("GET", "/try", trying.form, "read", "try"),
    PageRoute("POST", "/try", trying.preview, "write", "preview"),
    PageRoute("GET", "/service", service.service, "read", "service"),
    PageRoute("GET", "/login", login.form, None, "login"),
    PageRoute("POST", "/login", login.log_in, None, "log_in"),
    PageRoute("POST", "/logout", login.log_out, None, "log_out"),
)
