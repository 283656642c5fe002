"""Trying a definition over recent events: a view of the catalogue with some things changed, or one that is pasted."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HTTPRequest

from snowplow_signals.definitions import Attribute, Entity, View
from snowplow_signals.definitions.aggregations import AGGREGATIONS
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import DefinitionError, NotFoundError, Problem
from snowplow_signals.inspect.preview import Request
from snowplow_signals.server import wire
from snowplow_signals.server.console.asked import Asked, Page
from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.server.console.reading.changed import changed, number_of
from snowplow_signals.server.console.reading.distribution import distributions
from snowplow_signals.server.console.site import Site
from snowplow_signals.server.preview import while_asked
from snowplow_signals.server.schemas.requests import PREVIEWED_APP_IDS, PREVIEWED_IDENTIFIERS

WINDOWS = {"PT1H": "the last hour", "P1D": "the last day", "P7D": "the last 7 days", "P31D": "the last 31 days"}
_SECONDS = {"PT1H": 3_600, "P1D": 86_400, "P7D": 7 * 86_400, "P31D": 31 * 86_400}
USUAL_WINDOW = "P7D"
SHOWN_ROWS = 100
_EARLY_SECONDS = 1.0


def form(asked: Asked) -> Page:
    """The form, filled with a view of the catalogue."""
    return _page(asked, _chosen(asked.site, asked.query.get("view", "")), {})


async def preview(asked: Asked, http: HTTPRequest) -> Page:
    """What the definition computes over the events of the window."""
    began = time.monotonic()
    known = _chosen(asked.site, asked.form.get("view", ""))
    try:
        view, request = await run_in_threadpool(_request, asked, known)
    except DefinitionError as error:
        return _page(asked, known, asked.form, problems=[str(problem) for problem in error.problems], status=422)
    deadline = began + asked.site.limits.seconds - _EARLY_SECONDS
    try:
        outcome = await while_asked(http, asked.site.previews.run(request, deadline))
    except HTTPException as error:
        return _page(asked, known, asked.form, problems=[str(error.detail)], status=error.status_code)
    if "error" in outcome:
        return _page(asked, known, asked.form, problems=[str(outcome["message"])], status=422)
    rows, names = outcome["rows"], [part.name for part in view.served]
    result = {
        "view": view,
        "rows": rows[:SHOWN_ROWS],
        "entities": outcome["entities"],
        "computed": len(rows),
        "names": [view.entity.identifier, *names],
        "distributions": distributions(rows, names),
        "seconds": time.monotonic() - began,
    }
    return _page(asked, known, asked.form, result=result)


def _request(asked: Asked, known: KnownView | None) -> tuple[View, Request]:
    """Raises DefinitionError."""
    pasted = asked.form.get("json", "").strip()
    if pasted:
        try:
            data = json.loads(pasted)
        except (ValueError, RecursionError) as error:
            raise DefinitionError(Problem("the definition", f"is not valid JSON: {error}")) from None
    elif known is not None:
        data = changed(known.view, asked.form)
    else:
        raise DefinitionError(Problem("", "choose a view, or paste a definition"))
    view = wire.read_view(data, lambda name: _entity(asked.site, name), ("view",))
    if not view.attributes:
        raise DefinitionError(Problem("", "there is no attribute to compute: choose one at least"))
    request = Request(
        view=view.to_json(),
        folder=str(asked.site.folder),
        target=asked.site.target,
        app_ids=_texts(asked, "app_ids", PREVIEWED_APP_IDS),
        seconds=timedelta(seconds=_SECONDS[_window(asked.form)]).total_seconds(),
        ids=_texts(asked, "ids", PREVIEWED_IDENTIFIERS),
    )
    return view, request


def _entity(site: Site, name: str) -> Entity:
    """An entity that a definition only names. Raises NotFoundError."""
    if site.registry is not None:
        return site.registry.entity(name)
    known = BUILT_IN | {sql_name(one.view.entity.name): one.view.entity for one in site.catalogue().views}
    if sql_name(name) not in known:
        raise NotFoundError(f"there is no entity {name!r}")
    return known[sql_name(name)]


def _texts(asked: Asked, name: str, most: int) -> list[str]:
    """The words of a field, divided by commas or new lines."""
    text = asked.form.get(name, "").replace("\n", ",")
    found = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    longest = asked.site.limits.identifier_characters
    if len(found) > most or any(len(one) > longest or "\0" in one for one in found):
        raise DefinitionError(Problem(name, f"at most {most}, each of {longest:,} characters"))
    return found


def _window(given: Mapping[str, str]) -> str:
    window = given.get("window", USUAL_WINDOW)
    return window if window in WINDOWS else USUAL_WINDOW


def _chosen(site: Site, name: str) -> KnownView | None:
    """The view of that name, else the first one that has attributes."""
    known = [one for one in site.catalogue().views if one.view.attributes]
    return next((one for one in known if one.name == name), known[0] if known else None)


def _page(
    asked: Asked,
    known: KnownView | None,
    filled: Mapping[str, str],
    *,
    problems: list[str] | None = None,
    result: Any = None,
    status: int = 200,
) -> Page:
    attributes = known.view.attributes if known is not None else ()
    shown = {
        "views": [one.name for one in asked.site.catalogue().views if one.view.attributes],
        "known": known,
        "fields": [
            _fields(index, one.to_json(), filled) for index, one in enumerate(attributes) if isinstance(one, Attribute)
        ],
        "aggregations": AGGREGATIONS,
        "windows": WINDOWS,
        "window": _window(filled),
        "app_ids": filled.get("app_ids", ""),
        "ids": filled.get("ids", ""),
        "json": filled.get("json", ""),
        "problems": problems or [],
        "result": result,
        "has_warehouse": asked.site.has_warehouse,
        "folder": str(asked.site.folder),
    }
    return Page("try.html", "Try it", shown, status)


def _fields(index: int, attribute: dict[str, Any], filled: Mapping[str, str]) -> dict[str, Any]:
    """What the form shows of an attribute: as it was sent, else as it is declared."""
    criteria = json.dumps(attribute["criteria"], ensure_ascii=False) if "criteria" in attribute else ""
    period = attribute.get("period", "")
    days = period.removeprefix("P").removesuffix("D") if "T" not in period else ""
    name = number_of(attribute["aggregation"])
    number = str(attribute.get(name, "")) if name else ""
    return {
        "index": index,
        "name": attribute["name"],
        "is_used": filled.get(f"use-{index}") == "on" if filled else True,
        "aggregation": filled.get(f"aggregation-{index}", attribute["aggregation"]),
        "number": filled.get(f"number-{index}", number),
        "period": filled.get(f"period-{index}", days),
        "criteria": filled.get(f"criteria-{index}", criteria),
    }
