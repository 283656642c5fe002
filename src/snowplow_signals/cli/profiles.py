"""`profile get`, `profile erase`, `profile restore`: one entity's attributes, as an application reads them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.documents import document
from snowplow_signals.cli.erasures import ledger_of, registry_if_any
from snowplow_signals.cli.places import existing_store
from snowplow_signals.cli.reporting import command, count, say, warn
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.definitions import Entity
    from snowplow_signals.registry import Registry
    from snowplow_signals.stores import Store
    from snowplow_signals.sync.erasing import Scopes


FEW, SOME = 3, 10
"""How many identifiers are named, and how many are listed."""


def _list(store: "Store", view: str, key: str, format: str) -> None:
    known = store.some(view, SOME)
    if format == "json":
        say(json.dumps({key: known}, ensure_ascii=False, indent=2))
        return
    if not known:
        warn(f"{view} has no profiles yet: `run`, then `sync`")
    for identifier in known:
        say(identifier)


@command
def get(
    identifier: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="Identifier of the user, session, ...; without it, some of them are listed."
        ),
    ] = None,
    repo_path: options.RepoPath = Path("."),
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    store: options.StoreUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Print the attributes of one entity.

    As an application would read them now. An unknown user or session has no values, which is not an error. Without an
    identifier, some of those that have values are listed.
    """
    from datetime import UTC, datetime

    from snowplow_signals import workspace
    from snowplow_signals.cli.tables import show_profile
    from snowplow_signals.stores.serving import read_profiles

    if view_name is None:
        found = workspace.projects(repo_path)
        names = sorted({view.name for project in found for view in project.views})
        if len(names) > 1:
            raise UsageError(f"choose one view with --view-name: {', '.join(names)}")
        view_name = names[0]
    _, view = workspace.latest_of_view(repo_path, view_name, view_version)
    with existing_store(repo_path, store) as opened:
        if identifier is None:
            _list(opened, view.store_name, view.entity.identifier, format)
            return
        values = read_profiles(opened, view, [identifier], datetime.now(UTC))[identifier]
        if not opened.read(view.store_name, [identifier]):
            known = opened.some(view.store_name, FEW)
            there = f"some that exist are {', '.join(known)}" if known else "no profiles have been synced yet"
            warn(f"No profile has {view.entity.identifier} {identifier!r}; {there}.")
    if format == "json":
        data = {view.entity.identifier: identifier, **values}
        say(json.dumps(data, ensure_ascii=False, default=_as_json, indent=2))
    else:
        show_profile(view, identifier, values)


Erased = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the user, session, ...")]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="COLUMN",
        help="All views read by this identifier: its column, such as domain_userid, or its entity's name.",
    ),
]
View = Annotated[str | None, typer.Option("--view", metavar="NAME_vN", help="Only this view, such as shop_v1.")]


@command
def erase(
    identifier: Erased,
    key: Key = None,
    view: View = None,
    repo_path: options.RepoPath = Path("."),
    store: options.StoreUrl = None,
    registry: options.RegistryUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Remove one entity from the profiles store, for good.

    No sync brings it back until `profile restore`. The store remembers it by a digest, not by its identifier.
    """
    from datetime import UTC, datetime

    from snowplow_signals.sync import erasing

    at = datetime.now(UTC).replace(tzinfo=None)
    if not identifier:
        raise UsageError("the identifier is empty; nothing was done")
    with existing_store(repo_path, store) as opened, registry_if_any(repo_path, registry) as kept:
        scopes = _scopes(repo_path, opened, kept)
        key = scopes.column(key) if key is not None else None
        view = scopes.view(view) if view is not None else None
        with ledger_of(repo_path, kept) as ledger:
            removed = erasing.erase(opened, identifier, at, view=view, key=key, ledger=ledger)
    if format == "json":
        say(document({"view": view, "key": key, "profiles_removed": removed, "erased_at": at}))
        return
    say(
        f"erased from {view or f'all views by {key}'}: {count(removed, 'profile')} removed; syncs no longer copy this "
        "identifier"
    )


@command
def restore(
    identifier: Erased,
    key: Key = None,
    view: View = None,
    repo_path: options.RepoPath = Path("."),
    store: options.StoreUrl = None,
    registry: options.RegistryUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Undo an erasure.

    The next sync copies the entity's attributes again, if it still has any.
    """
    from snowplow_signals.sync import erasing

    with existing_store(repo_path, store) as opened, registry_if_any(repo_path, registry) as kept:
        # a view that is gone may still have erasures
        key = key and _scopes(repo_path, opened, kept).columns.get(key, key)
        with ledger_of(repo_path, kept) as ledger:
            was_erased = erasing.restore(opened, identifier, view=view, key=key, ledger=ledger)
        if not was_erased:
            raise UsageError(f"the identifier was not erased from {view or f'all views by {key}'}; nothing was done")
    if format == "json":
        say(document({"view": view, "key": key, "is_restored": True}))
        return
    say("restored: the next sync copies it again")


def _scopes(repo_path: Path, store: "Store", registry: "Registry | None") -> "Scopes":
    """What can be erased from, as the store, the registry and the projects of the folder know."""
    from snowplow_signals import workspace
    from snowplow_signals.sync.erasing import Scopes

    views = [view for project in workspace.all_projects(repo_path) for view in project.views]
    entities: list[Entity] = []
    if registry is not None:
        views += registry.views()
        entities = registry.entities()
    return Scopes.of(entities, views, store.keys())


def _as_json(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value.isoformat()
