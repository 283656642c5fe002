"""One entity: what applications are served of it, how its values came about, erasing it and taking that back.

Identifiers are sent in forms, never in a path: paths end up in logs.
"""

from __future__ import annotations

from typing import Any

from snowplow_signals.definitions.names import sql_name
from snowplow_signals.inspect.explain import DECIDING
from snowplow_signals.inspect.looking import Failure
from snowplow_signals.server.console.asked import Asked, NotHereError, Page, RefusedError
from snowplow_signals.server.console.pages.overview import now
from snowplow_signals.server.console.reading.profile import profiles
from snowplow_signals.stores import Store
from snowplow_signals.sync import erasing

EXAMPLES = 5
NO_STORE = "nothing was synced yet, so there are no profiles: `sync` copies them"


def entities(asked: Asked) -> Page:
    """The form to look an identifier up with."""
    return _page(asked, asked.query.get("key", ""))


def look_up(asked: Asked) -> Page:
    """What is served of an identifier, in every view that is read by its key."""
    return _page(asked, *_named(asked))


def explain(asked: Asked) -> Page:
    """How the values of an entity came about, down to days and events."""
    key, identifier = _named(asked)
    name, attribute = asked.form.get("view", ""), asked.form.get("attribute") or None
    known = asked.site.catalogue().view(name)
    if known is None:
        raise NotHereError(f"there is no view {name!r} here")
    if known.project is None:
        raise RefusedError(404, f"{known.name} cannot be explained here: no project of this folder computes it")
    found = asked.site.looks.explain(known.project.name, known.name, identifier, attribute)
    failed = isinstance(found, Failure)
    shown = {
        "known": known,
        "key": key,
        "identifier": identifier,
        "attribute": attribute,
        "found": None if failed else found,
        "problem": found.message if isinstance(found, Failure) else None,
        "deciding": DECIDING,
    }
    return Page("explain.html", f"Why {known.name} has these values", shown)


def erase(asked: Asked) -> Page:
    """Ask whether that is meant; erase the identifier once it is confirmed."""
    key, identifier = _named(asked)
    store = _store(asked)
    views = asked.site.catalogue().read_by(key)
    if asked.form.get("confirmed") != "yes":
        found = profiles(store, views, identifier, now())
        shown = {"key": key, "identifier": identifier, "profiles": [one for one in found if one.is_there]}
        return Page("erase.html", "Erase?", shown)
    with asked.site.ledger() as ledger:
        removed = erasing.erase(store, identifier, now(), key=key, ledger=ledger)
    what = "1 profile was" if removed == 1 else f"{removed:,} profiles were"
    return _page(asked, key, identifier, f"Erased: {what} removed, and no sync brings this identifier back.")


def restore(asked: Asked) -> Page:
    """Take an erasure back."""
    key, identifier = _named(asked)
    with asked.site.ledger() as ledger:
        was_erased = erasing.restore(_store(asked), identifier, key=key, ledger=ledger)
    said = "Restored: the next sync copies this identifier again." if was_erased else "It was not erased by this key."
    return _page(asked, key, identifier, said)


def _page(asked: Asked, key: str, identifier: str = "", said: str = "") -> Page:
    catalogue = asked.site.catalogue()
    keys = catalogue.keys
    key = key if key in keys else (keys[0] if keys else "")
    store = asked.site.open_store()
    views = catalogue.read_by(key)
    shown: dict[str, Any] = {
        "keys": keys,
        "key": key,
        "identifier": identifier,
        "said": said,
        "has_store": store is not None,
        "profiles": profiles(store, views, identifier, now()) if store is not None and identifier else (),
        "examples": _examples(store, [one.view.store_name for one in views]) if store and not identifier else [],
    }
    return Page("entities.html", "Entities", shown)


def _examples(store: Store, views: list[str]) -> list[str]:
    """A few identifiers that are there."""
    found: dict[str, None] = {}
    for view in views:
        found |= dict.fromkeys(store.some(view, EXAMPLES))
        if len(found) >= EXAMPLES:
            break
    return list(found)[:EXAMPLES]


def _named(asked: Asked) -> tuple[str, str]:
    """The key and the identifier of a form. Raises RefusedError for those that cannot be meant."""
    key, identifier = sql_name(asked.form.get("key", "")), asked.form.get("identifier", "").strip()
    longest = asked.site.limits.identifier_characters
    if not identifier:
        raise RefusedError(400, "the identifier is empty; nothing was done")
    if len(identifier) > longest or "\0" in identifier:
        raise RefusedError(400, f"an identifier has {longest:,} characters at most, and none is NUL")
    if key not in asked.site.catalogue().keys:
        raise RefusedError(404, f"no view is read by the key {key!r}")
    return key, identifier


def _store(asked: Asked) -> Store:
    store = asked.site.open_store()
    if store is None:
        raise RefusedError(404, NO_STORE)
    return store
