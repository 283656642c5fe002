"""`validate`, `init` and `generate`: from a definitions file to dbt projects."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snowplow_signals.cli import inspecting, options, service
from snowplow_signals.cli.documents import document
from snowplow_signals.cli.reporting import command, count, quoted, say, warn
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.definitions import View
    from snowplow_signals.workspace.init import InitResult


GroupBy = Annotated[
    Literal["view", "entity"],
    typer.Option(
        "--group-by",
        help="A project for each view, or one for all views of an entity, which reads each event once.",
    ),
]


@command
def validate(
    definitions: options.Definitions,
    target_type: options.TargetType = "duckdb",
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    group_by: GroupBy = "view",
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Check a definitions file.

    Names every error in it at once; writes nothing.
    """
    from snowplow_signals.definitions import load_views
    from snowplow_signals.workspace import check_views, select_views, why_not_computed

    views = select_views(load_views(definitions), view_name, view_version)
    check_views(views, target_type, together=group_by == "entity")
    if format == "json":
        shown = [
            {
                "name": view.name,
                "version": view.version,
                "attributes": len(view.served),
                "is_computed": why_not_computed(view) is None,
                "reason": why_not_computed(view),
            }
            for view in views
        ]
        say(document({"target_type": target_type, "views": shown}))
        for view in views:
            _remark(view)
        return
    for view in views:
        reason = why_not_computed(view)
        held = count(len(view.attributes), "attribute") if view.attributes else count(len(view.fields), "field")
        outcome = f"valid, but not computed here ({reason})" if reason else f"valid, {target_type} can compute it"
        say(f"{view.name} version {view.version}, {held}: {outcome}")
        _remark(view)


def _remark(view: "View") -> None:
    for remark in view.remarks_on_attributes():
        warn(f"Warning: {view.name} version {view.version}, {remark}")


@command
def init(
    definitions: Annotated[
        Path | None,
        typer.Option(
            "--definitions",
            envvar="SNOWPLOW_DEFINITIONS",
            metavar="FILE.py",
            help="Python file that defines the views; without it, the offline views of the service.",
        ),
    ] = None,
    target_type: options.TargetType = "duckdb",
    repo_path: options.RepoPath = Path("."),
    database: Annotated[
        Path | None,
        typer.Option(
            "--database",
            envvar="SNOWPLOW_DATABASE",
            metavar="FILE.duckdb",
            help="The DuckDB file with the events; without it, events.duckdb in the repo path.",
        ),
    ] = None,
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    project_name: options.ProjectName = None,
    group_by: GroupBy = "view",
    force: Annotated[
        bool,
        typer.Option("--force", help="Accept attributes that mean something else than before, without a new version."),
    ] = False,
    api_url: service.ApiUrl = None,
    api_key: service.ApiKey = None,
    api_key_id: service.ApiKeyId = None,
    org_id: service.OrgId = None,
    auth_mode: service.AuthMode = None,
    sandbox_token: service.SandboxToken = None,
    console_url: service.ConsoleUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Create a project folder for each view.

    With --group-by entity, for each entity: its views are computed together. Views are those of a definitions file, or
    the latest offline ones of the service. A folder holds its view's definition as data. Beside the folders it writes
    a dbt profile for DuckDB, or an example of one for other warehouses. Views with offline=False are left out: they
    are not computed in the warehouse.
    """
    from snowplow_signals import workspace
    from snowplow_signals.definitions import load_views_and_services

    together = group_by == "entity"
    if together and (view_name is not None or view_version is not None or project_name is not None):
        raise UsageError(
            "--group-by entity makes a project of all views of an entity, and drops those that are left out; it cannot "
            "be combined with --view-name, --view-version or --project-name"
        )
    if definitions is not None:
        loaded, services = load_views_and_services(definitions)
        views = workspace.select_views(loaded, view_name, view_version)
    elif api_url is not None:
        with service.connect(api_url, api_key, api_key_id, org_id, auth_mode, sandbox_token, console_url) as client:
            views = service.views_of(client, view_name, view_version)
            services = service.services_of(client)
    else:
        raise UsageError(
            "name the source of the views: --definitions FILE.py, or --api-url with the URL of the service"
        )
    views = workspace.of_project(views, project_name)
    result = workspace.init(
        views, target_type, repo_path, database=database, force=force, together=together, services=services
    )
    is_table = format == "table"
    if not is_table:
        say(document(result))
    for name, status in result.projects.items() if is_table else ():
        say(f"{repo_path / name}: {status}")
        for change in result.changes.get(name, ()):
            say(f"  {change}")
    for name in result.left_alone:
        warn(
            f"{repo_path / name} stays as it is: there is no view of its entity now. Remove the folder if its views "
            "are not to be computed any more"
        )
    for name, reason in result.left_out.items():
        warn(f"{name} left out: {reason}")
    for view in (view for view in views if view.full_name not in result.left_out):
        _remark(view)
    if is_table:
        _say_profile(result)
    if result.redefined:
        names = ", ".join(result.redefined)
        warn(f"Applications read other values of {names}: after generate, run with --accept-changes once.")
    if result.unlike:
        names = ", ".join(result.unlike)
        warn(f"The tables of {names} belong to the definition before: after generate, run with --full-refresh once.")
    if is_table:
        say(f"Next: {quoted('generate', '--repo-path', repo_path)}")


def _say_profile(result: "InitResult") -> None:
    from snowplow_signals import workspace

    if result.is_example:
        say(f"{result.profiles_file}: created; copy it to {workspace.PROFILES_FILE} and fill in your own values")
    elif result.profiles_written:
        say(f"{result.profiles_file}: created, for the DuckDB file {result.database_path}")
    else:
        say(f"{result.profiles_file}: left unchanged")


@command
def generate(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target_type: options.TargetTypeOfProjects = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand.")] = False,
    format: inspecting.Format = "table",
    update: Annotated[bool, typer.Option("--update", hidden=True)] = False,
    api_url: service.Unused.ApiUrl = None,
    api_key: service.Unused.ApiKey = None,
    api_key_id: service.Unused.ApiKeyId = None,
    org_id: service.Unused.OrgId = None,
    auth_mode: service.Unused.AuthMode = None,
    sandbox_token: service.Unused.SandboxToken = None,
    console_url: service.Unused.ConsoleUrl = None,
    verbose: options.Verbose = False,
) -> None:
    """Write the dbt project of each folder.

    Writes only files that change, and lists them. Your values under vars: in dbt_project.yml are kept.
    """
    from snowplow_signals import workspace

    results = workspace.generate(repo_path, project_name, target_type=target_type, force=force)
    if format == "json":
        for result in results:
            for warning in result.warnings:
                warn(f"Warning: {result.project}: {warning}")
        say(document({"projects": results}))
        return
    for result in results:
        kinds = (("created", result.created), ("changed", result.changed), ("removed", result.removed))
        done = [count(len(paths), "file") + f" {kind}" for kind, paths in kinds if paths]
        done += [count(result.unchanged, "file") + " unchanged"] if result.unchanged else []
        say(f"{result.folder}: {', '.join(done)}")
        is_new = result.unchanged == 0 and not result.changed and not result.removed
        for kind, paths in () if is_new and not verbose else kinds:
            for path in paths:
                say(f"  {kind} {path}")
        for warning in result.warnings:
            warn(f"Warning: {warning}")
    say(f"Next: {quoted('run', '--repo-path', repo_path)}")
