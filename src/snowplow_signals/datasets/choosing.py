"""The views of a training set, chosen by their names, and their projects, opened over one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from snowplow_signals import workspace
from snowplow_signals.datasets.dataset import PartOf
from snowplow_signals.definitions import View
from snowplow_signals.deployment.deployed import Deployed, opened, opened_beside
from snowplow_signals.errors import UsageError, did_you_mean
from snowplow_signals.workspace import Project


@contextmanager
def opened_parts(
    projects: Sequence[Project],
    views: Sequence[str] = (),
    *,
    target: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Iterator[list[PartOf]]:
    """The views with these names, each `name` (its latest version) or `name@version`; without names the only one.

    Raises UsageError for names that no view has, or no names where there are several; and what `opened` raises.
    """
    chosen = _chosen(projects, views)
    for project, _ in chosen:
        workspace.require_generated(project)
    first, _ = chosen[0]
    with opened(
        first.folder, first.definition, first.target_type, first.profiles_dir, target=target, variables=variables
    ) as deployed:
        there: dict[str, Deployed] = {first.name: deployed}
        for project, _ in chosen:
            if project.name not in there:
                there[project.name] = opened_beside(
                    deployed,
                    project.folder,
                    project.definition,
                    project.target_type,
                    project.profiles_dir,
                    target=target,
                    variables=variables,
                )
        yield [PartOf(there[project.name], view) for project, view in chosen]


def _chosen(projects: Sequence[Project], names: Sequence[str]) -> list[tuple[Project, View]]:
    there = [(project, view) for project in projects for view in project.views]
    known = ", ".join(sorted(f"{view.name}@{view.version}" for _, view in there))
    if not names:
        if len(there) > 1:
            raise UsageError(
                f"there are several views: {known}. Choose with --views, or one project with --project-name"
            )
        return there
    chosen: list[tuple[Project, View]] = []
    for name in names:
        wanted, at, version = name.strip().partition("@")
        found = [(project, view) for project, view in there if view.name == wanted]
        if not found:
            near = did_you_mean(wanted, [view.name for _, view in there])
            raise UsageError(f"there is no view {wanted!r}{near}. There are: {known}")
        if at:
            found = [(project, view) for project, view in found if str(view.version) == version]
            if not found:
                raise UsageError(f"there is no view {name.strip()!r}. There are: {known}")
        chosen.append(max(found, key=lambda one: one[1].version))
    if len(set(map(_named, chosen))) < len(chosen):
        raise UsageError(f"a view is named twice: {', '.join(names)}")
    return chosen


def _named(chosen: tuple[Project, View]) -> str:
    return chosen[1].project_name
