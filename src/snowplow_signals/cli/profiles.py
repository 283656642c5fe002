"""`sync` and `profile get`: attributes into the profiles store, and out of it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from snowplow_signals.cli import options
from snowplow_signals.cli.progress import Rows, step_progress
from snowplow_signals.cli.reporting import command, count, fail, leave_if_failed, say, seconds, warn
from snowplow_signals.errors import SignalsError, UsageError

if TYPE_CHECKING:
    from snowplow_signals.sync import SyncResult

STORE_FILE = "profiles.sqlite"


@command
def sync(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    store: options.StorePath = None,
    target: options.Target = None,
    verbose: options.Verbose = False,
) -> None:
    """Copy what changed to the profiles store.

    That is where applications read attributes. Only rows that changed since the last sync are read and written.
    """
    from snowplow_signals import workspace
    from snowplow_signals.stores import open_store
    from snowplow_signals.sync import sync_project

    found = workspace.projects(repo_path, project_name)
    place = store or repo_path / STORE_FILE
    failures: list[SignalsError] = []
    with open_store(place) as opened:
        for project in found:
            try:
                workspace.require_generated(project)
                with step_progress() as progress:
                    told = Rows(progress) if progress else None
                    result = sync_project(
                        project.folder, profiles_dir=repo_path, store=opened, target=target, progress=told
                    )
            except SignalsError as error:
                fail(error, verbose=verbose)
                failures.append(error)
                continue
            _show(result, place)
    leave_if_failed(failures, len(found))


def _show(result: "SyncResult", place: Path) -> None:
    for warning in result.warnings:
        warn(f"Warning: {warning}")
    say(
        f"{result.project}: {count(result.rows_changed, 'row')} changed, {result.rows_written:,} written to {place}, "
        f"{result.rows_removed:,} removed, in {seconds(result.seconds)}"
    )


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
    """Print the attributes of one entity.

    As an application would read them now. A user, a session, ... that is not known has no values, which is no error.
    """
    from datetime import UTC, datetime

    from snowplow_signals import workspace
    from snowplow_signals.cli.tables import show_profile
    from snowplow_signals.profiles import read_profiles
    from snowplow_signals.stores import open_store

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
    with open_store(place) as opened:
        values = read_profiles(opened, project.view, [identifier], datetime.now(UTC))[identifier]
    if format == "json":
        data = {project.view.entity.identifier: identifier, **values}
        say(json.dumps(data, ensure_ascii=False, default=_as_json, indent=2))
    else:
        show_profile(project.view, identifier, values)


def _as_json(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value.isoformat()
