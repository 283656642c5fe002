"""One view: attributes, quality, lineage, definition, SQL, versions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from snowplow_signals.definitions.as_python import as_python
from snowplow_signals.errors import DefinitionError, StoreError
from snowplow_signals.plan import plan_view
from snowplow_signals.server.console.asked import Asked, NotHereError, Page
from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.server.console.pages.overview import REFRESH_SECONDS, seen_of, sync_states
from snowplow_signals.server.console.reading.freshness import freshness
from snowplow_signals.server.console.reading.origins import origins
from snowplow_signals.server.console.reading.overview import POINTS, entities_of
from snowplow_signals.server.console.reading.quality import quality_page
from snowplow_signals.server.console.reading.versions import changes

TABS = (
    ("", "Attributes"),
    ("/quality", "Quality"),
    ("/lineage", "Lineage"),
    ("/definition", "Definition"),
    ("/sql", "SQL"),
    ("/versions", "Versions"),
)


def attributes(asked: Asked) -> Page:
    """What the view has, and how fresh it is."""
    known = _known(asked)
    site = asked.site
    seen = seen_of(site, known.project.name if known.project is not None else None)
    look = seen.look if seen is not None else None
    problem = seen.problem.message if seen is not None and seen.problem is not None else None
    try:
        sync = sync_states(site).get(known.view.store_name)
    except StoreError as error:
        sync, problem = None, str(error)
    runs = [run for run in look.runs[:POINTS] if run.finished_at is not None][::-1] if look is not None else []
    is_pending = seen is not None and seen.is_pending
    return Page(
        "view.html",
        known.name,
        {
            **_frame(known, ""),
            "look": look,
            "problem": problem,
            "is_pending": is_pending,
            "freshness": freshness(look, sync),
            "sync": sync,
            "quality": {card.name: card for card in quality_page(known, look).cards},
            "entities": entities_of(known, look),
            "entities_before": [run.entities for run in runs],
            "changed_before": [run.entities_changed for run in runs],
        },
        refresh_seconds=REFRESH_SECONDS if is_pending else None,
    )


def quality(asked: Asked) -> Page:
    """How each attribute is distributed and went, what is expected of it, and what is unusual."""
    known = _known(asked)
    seen = seen_of(asked.site, known.project.name if known.project is not None else None)
    look = seen.look if seen is not None else None
    is_pending = seen is not None and seen.is_pending
    shown = {"quality": quality_page(known, look), "is_pending": is_pending, "look": look}
    return Page(
        "quality.html",
        f"{known.name}: quality",
        {**_frame(known, "/quality"), **shown},
        refresh_seconds=REFRESH_SECONDS if is_pending else None,
    )


def lineage(asked: Asked) -> Page:
    """Where its attributes come from, and who reads them."""
    known = _known(asked)
    found, reason = None, "Its values are read from a table as they are: what they are made of is not known here."
    if known.view.attributes:
        try:
            plan = known.project.plan if known.project is not None else plan_view(known.view)
            found = origins(plan, known.view, asked.site.catalogue().services)
        except DefinitionError as error:
            reason = f"This view is not computed here: {error}"
    shown = {"origins": found, "reason": reason}
    return Page("lineage.html", f"{known.name}: lineage", {**_frame(known, "/lineage"), **shown})


def definition(asked: Asked) -> Page:
    """The definition as Python, and as JSON."""
    known = _known(asked)
    services = [one for one in asked.site.catalogue().services if one.name in known.services]
    texts = {"python": as_python(known.view), "services": [as_python(one) for one in services]}
    return Page("definition.html", f"{known.name}: definition", {**_frame(known, "/definition"), **texts})


def sql(asked: Asked) -> Page:
    """The SQL of the project's models, as it is in the folder."""
    known = _known(asked)
    models = _models(known.project.folder) if known.project is not None else []
    wanted = asked.query.get("model", "")
    chosen = next((one for one in models if one[0] == wanted), None) or (models[0] if models else None)
    shown = {
        "models": [name for name, _ in models],
        "model": chosen[0] if chosen else None,
        "sql": chosen[1].read_text("utf-8") if chosen else None,
    }
    return Page("sql.html", f"{known.name}: SQL", {**_frame(known, "/sql"), **shown})


def versions(asked: Asked) -> Page:
    """The versions of the view, and what changed between them."""
    known = _known(asked)
    there = asked.site.catalogue().versions_of(known)
    compared = [changes(before.view, after.view) for after, before in pairwise(there)]
    shown = {"versions": there, "changes": compared}
    return Page("versions.html", f"{known.name}: versions", {**_frame(known, "/versions"), **shown})


def _known(asked: Asked) -> KnownView:
    known = asked.site.catalogue().view(asked.parts["name"])
    if known is None:
        raise NotHereError(f"there is no view {asked.parts['name']!r} here")
    return known


def _frame(known: KnownView, tab: str) -> dict[str, Any]:
    return {"known": known, "view": known.view, "tabs": TABS, "tab": tab}


def _models(folder: Path) -> list[tuple[str, Path]]:
    """The models that `generate` wrote, in the folders of the steps of a run; empty before it did."""
    files = sorted((folder / "models").rglob("*.sql")) if (folder / "models").is_dir() else []
    return [(str(file.relative_to(folder / "models").with_suffix("")), file) for file in files]
