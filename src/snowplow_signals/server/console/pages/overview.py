"""The overview, and looking again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from snowplow_signals.errors import StoreError
from snowplow_signals.server.console.asked import Asked, Page, Redirect
from snowplow_signals.server.console.looks import Seen
from snowplow_signals.server.console.reading.attention import Attention
from snowplow_signals.server.console.reading.overview import ViewLine
from snowplow_signals.server.console.reading.overview import overview as overview_of
from snowplow_signals.server.console.reading.paging import listed
from snowplow_signals.server.console.site import Site
from snowplow_signals.stores import SyncState

LINES = 25
SHOWN_FINDINGS = 8
FIRST_LOOK_SECONDS = 0.05
REFRESH_SECONDS = 3


def overview(asked: Asked) -> Page:
    """What there is, whether it is fresh, and what needs attention."""
    site = asked.site
    catalogue = site.catalogue()
    seen = {name: site.looks.at(name) for name in catalogue.projects}
    trouble: list[Attention] = []
    try:
        syncs = sync_states(site)
    except StoreError as error:
        syncs = {}
        trouble.append(Attention("failing", "profiles store", str(error), "/service"))
    interval = timedelta(seconds=site.sync_seconds) if site.sync_seconds else None
    found = overview_of(catalogue, seen, syncs, now(), interval)
    shown = listed(found.lines, asked.query.get("q", ""), asked.number("page", 1), LINES, _searched)
    attention = (*trouble, *found.attention)
    everything = asked.query.get("all") == "1"
    return Page(
        "overview.html",
        "Overview",
        {
            "views": shown,
            "attention": attention if everything else attention[:SHOWN_FINDINGS],
            "more_attention": 0 if everything else max(len(attention) - SHOWN_FINDINGS, 0),
            "looked_at": found.looked_at,
            "is_pending": found.is_pending,
            "folder": str(site.folder),
            "services": catalogue.services,
            "projects": len(catalogue.projects),
        },
        refresh_seconds=REFRESH_SECONDS if found.is_pending else None,
    )


def look_again(asked: Asked) -> Redirect:
    """Have a look taken at a project, or at all, and go back to the page that asked for it."""
    catalogue = asked.site.catalogue()
    project = asked.form.get("project", "")
    for name in [project] if project in catalogue.projects else [] if project else catalogue.projects:
        asked.site.looks.at(name, again=True)
    if project in catalogue.projects:
        asked.site.looks.wait(project, 5)
    back = asked.form.get("back", "/")
    return Redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable() else "/")


def sync_states(site: Site) -> dict[str, SyncState]:
    """The states of the syncs by the store's names of views; empty before there is a store. Raises StoreError."""
    store = site.open_store()
    return {state.view: state for state in store.states()} if store is not None else {}


def seen_of(site: Site, project: str | None) -> Seen | None:
    """The last look at a view's project; None where no project of the folder computes it."""
    return site.looks.at(project) if project is not None else None


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _searched(line: ViewLine) -> str:
    view = line.known.view
    names = [view.name, line.known.name, view.owner, view.description or "", view.entity.name]
    return " ".join([*names, *(part.name for part in view.served)])
