"""`sync` and `profile get`: attributes into the profiles store, and out of it."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from snowplow_signals.cli import options
from snowplow_signals.cli.reporting import command, count, fail, say, seconds, warn
from snowplow_signals.errors import SignalsError, UsageError

STORE_FILE = "profiles.sqlite"


@command
def sync(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    store: options.StorePath = None,
    target: options.Target = None,
    verbose: options.Verbose = False,
) -> None:
    """Write the rows that changed since the last sync into the profiles store, where applications read them."""
    from snowplow_signals import workspace
    from snowplow_signals.sync import open_store, sync_project

    found = workspace.projects(repo_path, project_name)
    place = store or repo_path / STORE_FILE
    failures = []
    opened = open_store(place)
    for project in found:
        try:
            workspace.require_generated(project)
            result = sync_project(project.folder, profiles_dir=repo_path, store=opened, target=target)
        except SignalsError as error:
            fail(error, verbose=verbose)
            failures.append((project.name, error))
            continue
        say(
            f"{result.project}: {count(result.rows_changed, 'row')} changed, {result.rows_written:,} written to {place}, "
            f"{result.rows_removed:,} removed, in {seconds(result.seconds)}"
        )
    if failures:
        if len(found) > 1:
            warn(f"{len(failures)} of {len(found)} projects failed: {', '.join(name for name, _ in failures)}")
        raise typer.Exit(max(error.exit_code for _, error in failures) if len(found) == 1 else 1)


@command
def get(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the user, session, ...")],
    repo_path: options.RepoPath = Path("."),
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    store: options.StorePath = None,
    format: Annotated[Literal["table", "json"], typer.Option("--format", help="How to print them.")] = "table",
    verbose: options.Verbose = False,
) -> None:
    """Print the attributes of one user, session, ..., as an application would read them now."""
    from datetime import UTC, datetime

    from snowplow_signals import workspace
    from snowplow_signals.cli.tables import show_profile
    from snowplow_signals.sync import open_store, read_profiles

    if view_name is None:
        found = workspace.projects(repo_path)
        names = sorted({project.view.name for project in found})
        if len(names) > 1:
            raise UsageError(f"--view-name: choose one of {', '.join(names)}")
        view_name = names[0]
    project = workspace.project_of_view(repo_path, view_name, view_version)
    place = store or repo_path / STORE_FILE
    if not place.exists():
        raise UsageError(f"there is no profiles store {place}; make it with `sync`")
    values = read_profiles(open_store(place), project.view, [identifier], datetime.now(UTC))[identifier]
    if format == "json":
        data = {project.view.entity.identifier: identifier, **values}
        say(json.dumps(data, ensure_ascii=False, default=str, indent=2))
    else:
        show_profile(project.view, identifier, values)
