"""The definition that a project keeps as data: one view, or several of one entity that it computes together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snowplow_signals.definitions import View
from snowplow_signals.errors import DefinitionError
from snowplow_signals.plan import Plan, plan_view, plan_views

Definition = View | tuple[View, ...]
"""The view of a project; or the views of one that computes several, of which there may be one only."""

FORMATS = (1, 2)
"""Of one view, and of several, which versions before there were such projects refuse to read."""


def as_config(definition: Definition) -> dict[str, Any]:
    if isinstance(definition, View):
        return {"format": FORMATS[0], "view": definition.to_json()}
    return {"format": FORMATS[1], "views": [view.to_json() for view in definition]}


def from_config(config: Mapping[str, Any]) -> Definition:
    """Raises DefinitionError when what is there is not what `as_config` writes."""
    if config.get("format") == FORMATS[0]:
        return _view(config.get("view"))
    views = config.get("views")
    if not isinstance(views, list) or not views:
        raise DefinitionError("it has no views")
    return tuple(_view(view) for view in views)


def _view(data: Any) -> View:
    return View.from_json(data if isinstance(data, dict) else {})


def plan_of(definition: Definition) -> Plan:
    """Raises what `plan_view` and `plan_views` raise."""
    return plan_view(definition) if isinstance(definition, View) else plan_views(definition)
