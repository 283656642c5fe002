"""`run`: bring the attributes up to date, and report."""

import gc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snowplow_signals.cli import alerting, inspecting, lineage_events, options, tables
from snowplow_signals.cli.dates import day
from snowplow_signals.cli.inspecting import mapping
from snowplow_signals.cli.progress import run_progress
from snowplow_signals.cli.reporting import command, fail, leave_if_failed, say, warn
from snowplow_signals.errors import QualityError, SignalsError

if TYPE_CHECKING:
    from snowplow_signals.run.runner import RunResult
    from snowplow_signals.workspace import Project


@command(stopped="Stopped. What was finished is kept; the next run continues from there.")
def run(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            envvar="SNOWPLOW_AS_OF",
            metavar="DATE",
            help="Compute as of this day; without it, as of today (UTC).",
        ),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Drop everything that was computed, and compute it again.")
    ] = False,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Take attributes that mean something else than before, under the names they have."
        ),
    ] = False,
    full_scan: Annotated[
        bool, typer.Option("--full-scan", help="Compare all loads with what was processed, not only recent ones.")
    ] = False,
    reprocess_late: Annotated[
        bool, typer.Option("--reprocess-late", help="Bring in deferred late events, however old their days are.")
    ] = False,
    publish_each: Annotated[
        bool, typer.Option("--publish-each", help="Publish after each chunk of a backlog, not only at the end.")
    ] = False,
    fail_on_quality: Annotated[
        bool,
        typer.Option("--fail-on-quality", help="Publish nothing when an attribute is not what its `expect` says."),
    ] = False,
    target: options.Target = None,
    variables: Annotated[
        str | None,
        typer.Option(
            "--vars", envvar="SNOWPLOW_VARS", metavar="YAML", help="Values of variables for this run: '{name: value}'."
        ),
    ] = None,
    metrics_file: Annotated[
        Path | None,
        typer.Option(
            "--metrics-file",
            envvar="SNOWPLOW_METRICS_FILE",
            metavar="FILE.prom",
            help="Replace this file with what the runs did, for the textfile collector of Prometheus' node exporter.",
        ),
    ] = None,
    alert_url: options.AlertUrl = None,
    alert_secret: options.AlertSecret = None,
    format: inspecting.Format = "table",
    quiet: inspecting.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Bring the attributes up to date.

    Takes what was loaded since the last run, aggregates each touched day once, and publishes at the end.
    """
    from snowplow_signals import workspace

    given: dict[str, Any] = {
        "target": target,
        "as_of": day(as_of, "--as-of") if as_of else None,
        "full_refresh": full_refresh,
        "full_scan": full_scan,
        "reprocess_late": reprocess_late,
        "publish_each": publish_each,
        "fail_on_quality": fail_on_quality,
        "log": _log if verbose else None,
        "variables": {
            **(mapping(variables) if variables else {}),
            **({"snowplow__accept_changes": True} if accept_changes else {}),
        },
    }
    if metrics_file is not None:
        from snowplow_signals.run.metrics_file import check

        check(metrics_file)
    webhook = alerting.webhook(alert_url, alert_secret)
    found = workspace.projects(repo_path, project_name)
    outcomes: list[RunResult | SignalsError] = []
    ended: list[datetime] = []
    gc.disable()  # the objects of the last project go with the process: looking through them takes a third of a second
    for project in found:
        if outcomes:
            gc.collect()
        told = lineage_events.RunTold(project)
        try:
            outcome: RunResult | SignalsError = _run(project, given | told.given(), quiet=quiet)
        except SignalsError as error:
            fail(error, verbose=verbose)
            outcome = error
        told.ended(outcome)
        outcomes.append(outcome)
        ended.append(datetime.now(UTC).replace(tzinfo=None))
        _keep(project, outcome, ended[-1])
        if not isinstance(outcome, SignalsError):
            _show(outcome, project, quiet=quiet or format == "json", is_first=len(outcomes) == 1)
    if format == "json" and not quiet:
        from snowplow_signals.cli import documents

        say(documents.document({"projects": documents.outcomes([project.name for project in found], outcomes)}))
    elif len(found) > 1 and not quiet:
        tables.show_runs([project.name for project in found], outcomes)
    if metrics_file is not None:
        _write_metrics(metrics_file, found, outcomes, ended)
    if webhook is not None:
        names = [project.name for project in found]
        alerting.send(webhook, [*alerting.failures(names, outcomes), *alerting.expectations(names, outcomes)])
    leave_if_failed([item for item in outcomes if isinstance(item, SignalsError)], len(found))


def _run(project: "Project", given: dict[str, Any], *, quiet: bool) -> "RunResult":
    from snowplow_signals import workspace
    from snowplow_signals.run.runner import run_project

    workspace.require_generated(project)
    with run_progress(project.name, quiet=quiet) as progress:
        return run_project(project.folder, profiles_dir=project.profiles_dir, progress=progress, **given)


def _keep(project: "Project", outcome: "RunResult | SignalsError", ended: datetime) -> None:
    """How it ended, for the console and the service: where that cannot be written, it has been printed at least."""
    from snowplow_signals.workspace.failed_runs import FailedRun, keep
    from snowplow_signals.workspace.last_run import LastRun, keep_last_run, last_run

    with suppress(OSError):
        before = last_run(project.folder)
        if isinstance(outcome, SignalsError):
            keep(project.folder, FailedRun(ended, type(outcome).__name__, str(outcome)))
            succeeded, error = before.succeeded_at if before else None, type(outcome).__name__
        else:
            succeeded, error = ended, None
        if isinstance(outcome, SignalsError) and not isinstance(outcome, QualityError):
            unmet = before.expectations_failed if before else {}
        else:
            failed = outcome.failed if isinstance(outcome, QualityError) else outcome.expectations_failed
            unmet = {view.full_name: sum(one.view == view.full_name for one in failed) for view in project.views}
        keep_last_run(project.folder, LastRun(ended, error, succeeded, unmet))


def _write_metrics(
    file: Path, found: "list[Project]", outcomes: "list[RunResult | SignalsError]", ended: list[datetime]
) -> None:
    """What the runs did is done: a file that cannot be written does not make them fail."""
    from snowplow_signals.run.metrics_file import ProjectRun, write

    runs = [
        ProjectRun(project.name, tuple(view.full_name for view in project.views), outcome, moment)
        for project, outcome, moment in zip(found, outcomes, ended, strict=True)
    ]
    try:
        write(file, runs)
    except OSError as error:
        warn(f"Warning: {file} could not be written, and has what it had: {error.strerror or error}")


def _log(line: str) -> None:
    warn(line)


def _show(result: "RunResult", project: "Project", *, quiet: bool, is_first: bool) -> None:
    for warning in result.warnings:
        warn(f"Warning: {f'{project.name}: ' if quiet else ''}{warning}")
    if quiet:
        return
    if not is_first:
        say()
    tables.show_run(result, project.views[0].entity.name)
