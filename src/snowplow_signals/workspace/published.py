"""Which of a service's views a workspace is made of."""

from collections.abc import Sequence

from snowplow_signals.definitions import View
from snowplow_signals.errors import UsageError, did_you_mean


def published_views(views: Sequence[View], name: str | None = None, version: int | None = None) -> list[View]:
    """The published ones of that name and version; without `version` the latest published one of each name.

    Raises UsageError when there is none.
    """
    published = sorted((view for view in views if view.is_published), key=lambda view: view.version)
    found = [view for view in published if name in (None, view.name) and version in (None, view.version)]
    if not found:
        asked = "".join([f" {name!r}" if name else "", f" of version {version}" if version is not None else ""])
        there = ", ".join(f"{view.name} (version {view.version})" for view in published) or "none"
        near = did_you_mean(name, [view.name for view in published]) if name else ""
        silent = [view for view in views if not view.is_published and name in (None, view.name)]
        hint = f"; {len(silent)} are there and not published" if silent else ""
        raise UsageError(f"the service has no published offline view{asked}{near}; published: {there}{hint}")
    if version is not None:
        return found
    return sorted({view.name: view for view in found}.values(), key=lambda view: view.name)
