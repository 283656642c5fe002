"""`explain`: how the values of one entity came about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.progress import waiting
from snowplow_signals.cli.reporting import command, console, count, say, warn
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.definitions import View
    from snowplow_signals.inspect.explain import ExplainedAttribute, ExplainedDay, ExplainedDerived
    from snowplow_signals.workspace import Project

SHOWN_VALUES = 3


@command
def explain(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the user, session, ...")],
    attribute: Annotated[
        str | None, typer.Option("--attribute", metavar="A", help="Only this attribute; without it, all.")
    ] = None,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    view_name: options.ViewName = None,
    view_version: options.ViewVersion = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many events to list; those that decide the value come first.")
    ] = 20,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Show how an entity's values came about.

    Per attribute: the window, the partial states of its days, and the events behind them.
    """
    from snowplow_signals.cli.documents import document
    from snowplow_signals.inspect.explain import explain_entity

    project, view = _project(repo_path, project_name, view_name, view_version)
    with (
        waiting(f"{project.name}: looking for the events of {identifier}"),
        inspecting.opened(project, target, variables) as deployed,
    ):
        found = explain_entity(deployed, identifier, view=view, attribute=attribute, events=limit)
    if format == "json":
        say(document(found))
        return
    say(f"{found.identifier} {found.entity}, as of {found.as_of}, last changed {found.updated_at:%Y-%m-%d %H:%M} UTC")
    for item in found.attributes:
        _show(item)
    for derived in found.derived:
        _show_derived(derived)
    for warning in found.warnings:
        warn(f"Warning: {warning}")


def _project(
    repo_path: Path, project_name: str | None, view_name: str | None, version: int | None
) -> "tuple[Project, View | None]":
    """The project, and the view that is meant of those that it computes; None: all of them."""
    from snowplow_signals import workspace

    if view_name is not None:
        return workspace.latest_of_view(repo_path, view_name, version)
    found = workspace.projects(repo_path, project_name)
    if version is not None:
        found = [project for project in found if version in {view.version for view in project.views}]
    if len(found) != 1:
        names = ", ".join(project.name for project in found) or "there is none with that version"
        raise UsageError(f"choose one project with --project-name or --view-name: {names}")
    return found[0], None


def _show(item: "ExplainedAttribute") -> None:
    from snowplow_signals.inspect.explain import DECIDING

    say()
    value = "nothing" if item.value is None else repr(item.value)
    say(f"{item.name} = {value}")
    window = f"{item.first_day} to {item.last_day}" if item.first_day else f"all days to {item.last_day}"
    default = "" if item.default is None else f", default {item.default!r}"
    say(f"  {item.aggregation} over {window}, as {item.type}{default}")
    if item.nothing_matched:
        say("  no event in the window feeds it" + (": the default is the value" if item.default is not None else ""))
    inside = [day for day in item.days if day.in_window]
    if inside:
        some_pending = any(day.pending for day in inside)
        days = inspecting.table(
            "    day", "events", *(["pending"] if some_pending else []), "state", right=("events", "pending")
        )
        for day in inside:
            pending = [f"{day.pending:,}"] if some_pending else []
            days.add_row(f"    {day.day}", f"{day.events:,}", *pending, _state(day))
        console().print(days)
    outside = len(item.days) - len(inside)
    if outside:
        say(f"    and {count(outside, 'day')} outside the window")
    if item.events:
        which = DECIDING.get(item.aggregation, "newest")
        heading = f"{which} events" if item.event_count > len(item.events) else "events"
        events = inspecting.table(f"    {heading}", "at (UTC)", "value", "")
        for event in item.events:
            remark = "pending" if event.is_pending else "" if event.in_window else "outside the window"
            at = f"{event.event_tstamp:%Y-%m-%d %H:%M:%S}"
            events.add_row(f"    {event.event_id}", at, event.value or "", remark)
        console().print(events)


def _show_derived(item: "ExplainedDerived") -> None:
    say()
    say(f"{item.name} = {'nothing' if item.value is None else repr(item.value)}")
    when = ", computed when it is read: now" if item.is_computed_at_read else ""
    say(f"  {item.expression}, as {item.type}{when}")
    for name, value in item.inputs.items():
        say(f"    {name} = {'nothing' if value is None else repr(value)}")


def _state(day: "ExplainedDay") -> str:
    if day.state is None:
        return ""
    if isinstance(day.state, dict):
        return ", ".join(f"{part} {_plain(value)}" for part, value in day.state.items())
    values = [f"{_plain(state['value'])} x {state['n']:,}" for state in day.state[:SHOWN_VALUES]]
    more = [f"and {len(day.state) - SHOWN_VALUES:,} more"] if len(day.state) > SHOWN_VALUES else []
    return ", ".join([*values, *more])


def _plain(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)
