"""`verify`: whether the attributes agree with the events."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.progress import waiting
from snowplow_signals.cli.reporting import command, count, say, seconds
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.inspect.verify import EntityDifference, EventDifference, Verification

SHOWN = 20
SAMPLE = 1000


@command
def verify(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    sample: Annotated[
        int | None, typer.Option("--sample", metavar="N", help=f"Compare N entities; without it, {SAMPLE}.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Compare all entities.")] = False,
    from_source: Annotated[
        bool,
        typer.Option(
            "--from-source",
            help="Compare with all that the events table holds now; what is deferred or not taken yet then differs.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Which entities the sample holds.")] = 0,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Compare the attributes with the events.

    Attributes are recomputed straight from the events table, by a query of its own. Exit code 1 when any value differs.
    """
    from snowplow_signals import workspace
    from snowplow_signals.cli.documents import document
    from snowplow_signals.inspect.verify import verify_project

    if every and sample is not None:
        raise UsageError("--all and --sample cannot be combined")
    size = None if every else SAMPLE if sample is None else sample
    found = []
    for project in workspace.projects(repo_path, project_name):
        with (
            waiting(f"{project.name}: comparing with the events"),
            inspecting.opened(project, target, variables) as deployed,
        ):
            found.append(verify_project(deployed, sample=size, from_source=from_source, seed=seed))
    if format == "json":
        say(document({"agrees": all(item.agrees for item in found), "projects": found}))
    else:
        for item in found:
            _show(item)
    if not all(item.agrees for item in found):
        raise typer.Exit(1)


def _show(found: "Verification") -> None:
    sampled = f" (a sample, seed {found.seed})" if found.is_sample else ""
    against = "all events of the source" if found.from_source else "the processed events"
    say(
        f"{found.project}: {found.differing:,} of {count(found.entities, 'entity', 'entities')} differ{sampled}, "
        f"as of {found.as_of}, from {against}, in {seconds(found.seconds)}"
    )
    for warning in found.warnings:
        say(f"  warning: {warning}")
    if found.missing or found.surplus:
        say(f"  {count(found.missing, 'row')} missing, {count(found.surplus, 'row')} too many")
    for table, number in found.repeated.items():
        say(
            f"  {found.project}_{table} holds {count(number, 'key')} more than once: something other than this project "
            "added rows. `run --full-refresh` rebuilds it"
        )
    if found.rows_without_load:
        rows = count(found.rows_without_load, "row")
        say(f"  without load_tstamp: {rows} of the events table; they belong to no load and are never read")
    if found.events_pending and not found.from_source:
        pending = count(found.events_pending, "pending event")
        say(f"  left out: {pending}, stored but not aggregated yet; `status` says why")
    if found.events_unfinished:
        unfinished = count(found.events_unfinished, "event")
        say(f"  {unfinished} of a run that did not finish: run again before trusting a difference")
    for difference in found.differences[:SHOWN]:
        _show_entity(difference)
    if found.differing > SHOWN:
        say(f"  and {count(found.differing - SHOWN, 'more entity', 'more entities')}, by attribute:")
        for name, number in found.cells_differing.items():
            say(f"    {name}: {number:,}")


def _show_entity(difference: "EntityDifference") -> None:
    if difference.what != "differs":
        says = "should have a row and has none" if difference.what == "missing" else "has a row and should have none"
        say(f"  {difference.entity}: {says}")
        _show_events(difference.events, "    ")
        return
    for cell in difference.cells:
        say(f"  {difference.entity} {cell.attribute}: stored {_cell(cell.stored)}, should be {_cell(cell.recomputed)}")
        _show_events(cell.events, "    ")
        if not cell.events and cell.fed_by_count is not None:
            ids = ", ".join(cell.fed_by[:5]) + (", ..." if cell.fed_by_count > 5 else "")
            fed = f"{count(cell.fed_by_count, 'event')} feed it{f' ({ids})' if ids else ''}"
            say(f"    {fed}, and filtered_events has them unchanged: the states or the attributes table were changed")


def _show_events(events: "tuple[EventDifference, ...]", indent: str) -> None:
    for event in events:
        say(f"{indent}event {event.event_id} of {event.event_tstamp:%Y-%m-%d %H:%M:%S} {event.reason}")


def _cell(value: Any) -> str:
    return "nothing" if value is None else repr(value)
