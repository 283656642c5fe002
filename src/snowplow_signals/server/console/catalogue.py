"""What there is: views, the projects that compute them, the services that read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from snowplow_signals.definitions import Service, View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import SignalsError
from snowplow_signals.workspace.projects import BASE_CONFIG, Project, project_folders, read_project


@dataclass(frozen=True)
class KnownView:
    """A view, the project of the folder that computes it, and the services that read it."""

    view: View
    project: Project | None
    is_registered: bool
    """Whether the registry has it; false where it is known from the folder alone."""
    services: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The full name, as URLs have it."""
        return self.view.full_name


@dataclass(frozen=True)
class Catalogue:
    """All of it at one moment; `views` by name and version."""

    views: tuple[KnownView, ...]
    services: tuple[Service, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Definitions and folders that cannot be read, and why."""

    @cached_property
    def by_name(self) -> dict[str, KnownView]:
        """By full name, in lower case."""
        return {known.view.store_name: known for known in self.views}

    @cached_property
    def projects(self) -> dict[str, Project]:
        """The projects that compute them, by name."""
        found = {known.project.name: known.project for known in self.views if known.project is not None}
        return dict(sorted(found.items()))

    def view(self, name: str) -> KnownView | None:
        """The view of that full name, whatever its case."""
        return self.by_name.get(name.lower())

    def versions_of(self, known: KnownView) -> tuple[KnownView, ...]:
        """All versions of a view, the latest first."""
        same = [one for one in self.views if sql_name(one.view.name) == sql_name(known.view.name)]
        return tuple(sorted(same, key=lambda one: -one.view.version))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys by which views are read."""
        return tuple(sorted({known.view.entity.column for known in self.views}))

    def read_by(self, key: str) -> tuple[KnownView, ...]:
        """The views that are read by a key."""
        return tuple(known for known in self.views if known.view.entity.column == sql_name(key))

    def project_of(self, name: str) -> Path | None:
        """The folder of a project."""
        project = self.projects.get(name)
        return project.folder if project is not None else None


class Projects:
    """The projects of a folder; each is read again when its configuration has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[object, Project]] = {}

    def now(self) -> tuple[list[Project], dict[str, str]]:
        """Those that are there, and why others cannot be read."""
        found: list[Project] = []
        broken: dict[str, str] = {}
        try:
            folders = project_folders(self._folder) if self._folder.is_dir() else []
        except SignalsError as error:
            return [], {str(self._folder): str(error)}
        for folder in folders:
            try:
                found.append(self._project(folder))
            except (SignalsError, OSError) as error:
                broken[f"project {folder.name}"] = str(error)
        return found, broken

    def _project(self, folder: Path) -> Project:
        status = (folder / BASE_CONFIG).stat()
        stamp = (status.st_mtime_ns, status.st_size)
        kept = self._read.get(folder)
        if kept is None or kept[0] != stamp:
            kept = self._read[folder] = (stamp, read_project(folder))
        return kept[1]


def catalogue_of(
    registered: Iterable[View],
    services: Sequence[Service],
    projects: Iterable[Project],
    unreadable: Mapping[str, str],
) -> Catalogue:
    """The catalogue of a registry's views and a folder's projects; where both have a view, the registry's counts."""
    computed = {view.store_name: (project, view) for project in projects for view in project.views}
    readers: dict[str, list[str]] = {}
    for service in services:
        for reference in service.views:
            readers.setdefault(reference.store_name, []).append(service.name)
    found: dict[str, KnownView] = {}
    for view in registered:
        project = computed.get(view.store_name, (None, view))[0]
        found[view.store_name] = KnownView(view, project, True, tuple(readers.get(view.store_name, ())))
    for name, (project, view) in computed.items():
        if name not in found:
            found[name] = KnownView(view, project, False, tuple(readers.get(name, ())))
    ordered = sorted(found.values(), key=lambda known: (sql_name(known.view.name), known.view.version))
    return Catalogue(tuple(ordered), tuple(services), dict(unreadable))
