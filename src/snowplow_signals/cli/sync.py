"""`sync`: attributes into the profiles store, once or regularly."""

import contextlib
import dataclasses
import functools
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snowplow_signals.cli import erasures, inspecting, lineage_events, options, service, tables
from snowplow_signals.cli.places import opened_registry, store_place
from snowplow_signals.cli.progress import Rows, step_progress
from snowplow_signals.cli.reporting import command, count, fail, leave_if_failed, say, seconds, warn
from snowplow_signals.errors import SignalsError, UsageError
from snowplow_signals.plain_text import one_line

if TYPE_CHECKING:
    from snowplow_signals.definitions import View
    from snowplow_signals.sync import SyncResult
    from snowplow_signals.sync.regular import RegularSync

Every = Annotated[
    float | None,
    typer.Option(
        "--every",
        metavar="SECONDS",
        min=1,
        max=31_536_000,
        help="Keep running, and sync the registry's published views at this interval; a view's own refresh_rate takes "
        "precedence.",
    ),
]


@command
def sync(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    target_type: options.TargetTypeOfProjects = None,
    store: options.StoreUrl = None,
    target: options.Target = None,
    every: Every = None,
    registry: options.RegistryUrl = None,
    until_input_ends: Annotated[bool, typer.Option("--until-input-ends", hidden=True)] = False,
    api_url: service.ApiUrl = None,
    api_key: service.ApiKey = None,
    api_key_id: service.ApiKeyId = None,
    org_id: service.OrgId = None,
    auth_mode: service.AuthMode = None,
    sandbox_token: service.SandboxToken = None,
    console_url: service.ConsoleUrl = None,
    format: inspecting.Format = "table",
    quiet: inspecting.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Copy what changed to the profiles store.

    That is where applications read attributes. Only rows that changed since the last sync are read and written. With
    --api-url the view and its table are registered with the service, and published; from then on the service syncs it
    by itself.
    """
    if every is not None:
        if project_name is not None:
            raise UsageError("--every syncs all published views and cannot be combined with --project-name")
        if view_name is not None:
            raise UsageError("--every syncs all published views and cannot be combined with --view-name")
        if quiet or format == "json":
            raise UsageError(
                "--every cannot be combined with --quiet or --format json: it logs to stderr and prints no result"
            )
        _sync_regularly(repo_path, store, registry, target, timedelta(seconds=every), until_input_ends)
        return
    from snowplow_signals import workspace
    from snowplow_signals.stores import open_store
    from snowplow_signals.sync import sync_project

    found = workspace.views_of(workspace.projects(repo_path, project_name), view_name, view_version)
    workspace.require_target_type((project for project, _ in found), target_type)
    says_lines = not quiet and format == "table"
    outcomes: list[SyncResult | SignalsError] = []
    registered: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        client = None
        if api_url is not None:
            key = (api_key, api_key_id, org_id, auth_mode, sandbox_token, console_url)
            client = stack.enter_context(service.connect(api_url, *key))
        opened = stack.enter_context(open_store(store_place(repo_path, store)))
        erasures.agree(repo_path, stack.enter_context(erasures.registry_if_any(repo_path, registry)), opened)
        for project, view in found:
            told = lineage_events.SyncTold(view, opened.where)
            try:
                workspace.require_generated(project)
                with step_progress(quiet=quiet) as progress:
                    rows = Rows(progress) if progress else None
                    result = sync_project(
                        project.folder,
                        view,
                        profiles_dir=project.profiles_dir,
                        store=opened,
                        target=target,
                        progress=rows,
                        connected=told.connected,
                    )
                told.ended(result)
                _show(result, opened.where, quiet=not says_lines)
                if client is not None:
                    source = result.source or workspace.batch_source_of(project, view)
                    client.register_batch_source(view, source)
                    client.publish_registered(view)
                    registered[result.project] = f"{source.schema_}.{source.table}"
                    if says_lines:
                        say(f"{result.project}: registered at {api_url} as {registered[result.project]}, and published")
                outcomes.append(result)
            except SignalsError as error:
                fail(error, verbose=verbose)
                told.ended(error)
                outcomes.append(error)
    names = [view.project_name for _, view in found]
    if format == "json" and not quiet:
        _show_document(opened.where, names, outcomes, registered)
    elif len(found) > 1 and not quiet:
        tables.show_syncs(names, outcomes)
    leave_if_failed([item for item in outcomes if isinstance(item, SignalsError)], len(found))


def _show_document(
    store: str,
    projects: "list[str]",
    outcomes: "list[SyncResult | SignalsError]",
    registered: dict[str, str],
) -> None:
    from snowplow_signals.cli import documents

    shown: list[Any] = []
    for item in documents.outcomes(projects, outcomes):
        if not isinstance(item, dict):
            measures = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
            del measures["source"]
            item = measures | {"registered": registered.get(item.project)}
        shown.append(item)
    say(documents.document({"store": store, "projects": shown}))


def _show(result: "SyncResult", place: str, *, quiet: bool) -> None:
    for warning in result.warnings:
        warn(f"Warning: {f'{result.project}: ' if quiet else ''}{warning}")
    if quiet:
        return
    say(
        f"{result.project}: {count(result.rows_changed, 'row')} changed, {result.rows_written:,} written to {place}, "
        f"{result.rows_removed:,} removed, in {seconds(result.seconds)}"
    )
    for reason, number in sorted(result.values_nulled.items()):
        say(f"{result.project}: {count(number, 'value')} set to null, {one_line(reason)}")


def _sync_regularly(
    repo_path: Path,
    store: str | None,
    registry: str | None,
    target: str | None,
    interval: timedelta,
    until_input_ends: bool,
) -> None:
    from snowplow_signals.stores import open_store
    from snowplow_signals.sync.forgetting import forget_deleted
    from snowplow_signals.sync.process import report_to_parent
    from snowplow_signals.sync.published import Published
    from snowplow_signals.sync.regular import RegularSync

    # opened when they are needed, and then kept: they may be unavailable for a while
    kept_registry = functools.cache(lambda: opened_registry(repo_path, registry))
    opened_store = functools.cache(lambda: open_store(store_place(repo_path, store)))
    published = Published(repo_path, target, is_current=lambda view: kept_registry().is_current(view))

    def views() -> "list[View]":
        forget_deleted(opened_store(), kept_registry())
        return kept_registry().published_views()

    regular = RegularSync(
        views,
        opened_store,
        published.sync,
        interval,
        log=_log,
        ledger=lambda: kept_registry().erasures,
        looked=report_to_parent() if until_input_ends else lambda trouble: None,
    )
    signal.signal(signal.SIGTERM, lambda *_: regular.ask_to_stop())
    if until_input_ends:
        threading.Thread(target=_stop_when_input_ends, args=[regular], daemon=True).start()
    regular.run()


def _stop_when_input_ends(regular: "RegularSync") -> None:
    sys.stdin.buffer.read()
    regular.ask_to_stop()


def _log(line: str) -> None:
    warn(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}")
