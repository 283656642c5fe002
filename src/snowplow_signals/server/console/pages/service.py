"""The service itself: whether it works, where things are kept, API keys, versions."""

from __future__ import annotations

import platform
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version

from snowplow_signals.distribution import NAME, VERSION
from snowplow_signals.errors import RegistryError, StoreError
from snowplow_signals.registry.keys import ApiKey
from snowplow_signals.server.console.asked import Asked, Page
from snowplow_signals.server.console.reading.paging import listed
from snowplow_signals.server.console.site import Site
from snowplow_signals.stores.places import shown
from snowplow_signals.sync.regular import DEFAULT_INTERVAL, Standing, standings

PACKAGES = ("dbt-core", "duckdb", "sqlglot", "fastapi", "redis", "psycopg")
LINES = 25


def service(asked: Asked) -> Page:
    """What works, what does not, and where everything is."""
    site = asked.site
    catalogue = site.catalogue()
    problems: list[str] = []
    try:
        syncs = _standings(site)
    except StoreError as error:
        syncs = []
        problems.append(str(error))
    keys: list[ApiKey] = []
    if site.registry is not None:
        try:
            keys = site.registry.keys.list()[::-1]
        except RegistryError as error:
            problems.append(str(error))
    given = {
        "health": site.backend.health() if site.backend is not None else {},
        "notes": site.backend.notes() if site.backend is not None else {},
        "problems": problems,
        "unreadable": dict(catalogue.unreadable),
        "store": shown(site.store_place),
        "registry": shown(site.backend.settings.registry) if site.backend is not None else None,
        "folder": str(site.folder),
        "projects": list(catalogue.projects.values()),
        "has_warehouse": site.has_warehouse,
        "sync_seconds": site.sync_seconds,
        "syncs": syncs,
        "keys": listed(keys, asked.query.get("q", ""), asked.number("page", 1), LINES, _searched),
        "versions": _versions(),
    }
    return Page("service.html", "Service", given)


def _standings(site: Site) -> list[Standing]:
    """The syncs of the views that are published; of a folder alone, of all. Raises StoreError."""
    store = site.open_store()
    if store is None:
        return []
    views = [known.view for known in site.catalogue().views if known.view.offline]
    if site.backend is not None:
        views = [view for view in views if view.is_published]
    interval = timedelta(seconds=site.sync_seconds) if site.sync_seconds else DEFAULT_INTERVAL
    return standings(views, store, interval)


def _searched(key: ApiKey) -> str:
    state = "revoked" if key.revoked_at is not None else "active"
    return f"{key.key_id} {key.org_id} {' '.join(key.scopes)} {key.note} {state}"


def _versions() -> list[tuple[str, str]]:
    """What is installed here of what matters when something goes wrong."""
    found = [(NAME, VERSION), ("Python", platform.python_version())]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found
