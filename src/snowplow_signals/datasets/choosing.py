"""The views of a training set, chosen by their names, and their projects, opened over one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from snowplow_signals import workspace
from snowplow_signals.datasets.dataset import PartOf
from snowplow_signals.deployment.deployed import Deployed, opened, opened_beside
from snowplow_signals.errors import UsageError
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


def _chosen(projects: Sequence[Project], names: Sequence[str]) -> list[workspace.Computed]:
    there = [(project, view) for project in projects for view in project.views]
    if not names:
        if len(there) > 1:
            known = ", ".join(sorted(f"{view.name}@{view.version}" for _, view in there))
            raise UsageError(
                f"there are several views: {known}. Choose with --views, or one project with --project-name"
            )
        return there
    chosen: list[workspace.Computed] = []
    for name in names:
        wanted, at, version = name.strip().partition("@")
        if at and not version.isdecimal():
            raise UsageError(f"the version of view {name.strip()!r} must be a number, as in {wanted}@2")
        found = workspace.views_of(projects, wanted, int(version) if at else None)
        chosen.append(max(found, key=lambda one: one[1].version))
    if len({view.project_name for _, view in chosen}) < len(chosen):
        raise UsageError(f"a view is named twice: {', '.join(names)}")
    return chosen
