"""Which of a service's views a workspace is made of."""

from collections.abc import Sequence

from snowplow_signals.definitions import View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import UsageError, did_you_mean
from snowplow_signals.workspace.init import is_asked_for


def latest_views(views: Sequence[View], name: str | None = None, version: int | None = None) -> list[View]:
    """Those of that name and version; without `version` the latest of each name.

    Raises UsageError when there is none.
    """
    views = sorted(views, key=lambda view: view.version)
    found = [view for view in views if is_asked_for(view, name, version)]
    if not found:
        asked = "".join([f" {name!r}" if name else "", f" of version {version}" if version is not None else ""])
        there = ", ".join(f"{view.name} (version {view.version})" for view in views) or "none"
        near = did_you_mean(name, [view.name for view in views]) if name else ""
        raise UsageError(f"the service has no offline view{asked}{near}; it has: {there}")
    if version is not None:
        return found
    return sorted({sql_name(view.name): view for view in found}.values(), key=lambda view: view.project_name)
