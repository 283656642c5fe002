"""What the pages show, wherever it is kept: of a service, or of a folder of projects alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from snowplow_signals.registry.database import Registry
from snowplow_signals.registry.erasures import erasure_file
from snowplow_signals.server.backend import Backend, LateStore
from snowplow_signals.server.console.catalogue import Catalogue, Projects, catalogue_of
from snowplow_signals.server.console.looks import Looks
from snowplow_signals.server.console.sessions import Sessions
from snowplow_signals.server.preview_processes import Previews
from snowplow_signals.server.settings import Limits
from snowplow_signals.server.tokens import Tokens
from snowplow_signals.stores import Store, open_store
from snowplow_signals.stores.places import file_of
from snowplow_signals.sync.erasing import Ledger
from snowplow_signals.workspace import PROFILES_FILE


@dataclass(frozen=True)
class Site:
    """Everything behind the pages. `registry` and `backend` are there for a service alone."""

    folder: Path
    target: str | None
    store_place: str | Path
    catalogue: Callable[[], Catalogue]
    looks: Looks
    sessions: Sessions
    tokens: Tokens | None
    previews: Previews
    limits: Limits
    sync_seconds: float
    ledger: Callable[[], AbstractContextManager[Ledger]]
    open_store: Callable[[], Store | None]
    """The profiles store; None before the first sync made its file. Raises StoreError."""
    backend: Backend | None = None

    @property
    def registry(self) -> Registry | None:
        return self.backend.registry if self.backend is not None else None

    @property
    def has_warehouse(self) -> bool:
        """Whether there is a profile to reach a warehouse with."""
        return (self.folder / PROFILES_FILE).is_file()

    def close(self) -> None:
        self.looks.close()


def site_of_service(backend: Backend) -> Site:
    """The pages of a service: what its registry has, and the projects that are in its folder."""
    settings = backend.settings
    projects = Projects(settings.folder)

    def catalogue() -> Catalogue:
        snapshot = backend.definitions.snapshot
        found, broken = projects.now()
        services = sorted(snapshot.services.values(), key=lambda one: one.name)
        return catalogue_of(snapshot.views.values(), services, found, {**snapshot.unreadable, **broken})

    @contextmanager
    def ledger() -> Iterator[Ledger]:
        yield backend.registry.erasures

    return Site(
        folder=settings.folder,
        target=settings.profile_target,
        store_place=settings.store,
        catalogue=catalogue,
        looks=Looks(lambda name: catalogue().project_of(name), settings.profile_target),
        sessions=Sessions(backend.tokens.signing_key, backend.tokens),
        tokens=backend.tokens,
        previews=backend.previews,
        limits=settings.limits,
        sync_seconds=settings.sync_seconds,
        ledger=ledger,
        open_store=backend.store,
        backend=backend,
    )


def site_of_folder(
    folder: Path,
    store_place: str | Path,
    target: str | None,
    ledger: Callable[[], AbstractContextManager[Ledger]] | None = None,
) -> Site:
    """The pages of a folder of projects, without a service: for this machine alone.

    `ledger` keeps erasures; without one a file in the folder does.
    """
    projects = Projects(folder)
    late = LateStore(lambda: open_store(store_place))

    def catalogue() -> Catalogue:
        found, broken = projects.now()
        return catalogue_of((), (), found, broken)

    def opened() -> Store | None:
        file = file_of(store_place)
        return late() if file is None or file.exists() else None

    return Site(
        folder=folder,
        target=target,
        store_place=store_place,
        catalogue=catalogue,
        looks=Looks(lambda name: catalogue().project_of(name), target),
        sessions=Sessions(secrets.token_bytes(32), None),
        tokens=None,
        previews=Previews(),
        limits=Limits(),
        sync_seconds=0.0,
        ledger=ledger or (lambda: erasure_file(folder)),
        open_store=opened,
    )
