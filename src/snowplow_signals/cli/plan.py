"""`plan`: what the next run will do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.cli import bars, inspecting, options
from snowplow_signals.cli.reporting import command, console, count, say

if TYPE_CHECKING:
    from snowplow_signals.inspect.planned_run import PlannedRun, Read


@command
def plan(
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Show what the next run will do, and write nothing.

    Which attributes are new, changed, dropped or untouched; what has to be read because the definition has changed, or
    why the run will stop; which loads it will take.
    """
    from snowplow_signals import workspace
    from snowplow_signals.cli.documents import document
    from snowplow_signals.deployment.dbt import Invocation
    from snowplow_signals.inspect.planned_run import planned_run

    now = datetime.now(UTC).replace(tzinfo=None)
    found = []
    for project in workspace.projects(repo_path, project_name):
        given = inspecting.mapping(variables) if variables else {}
        with inspecting.opened(project, target, variables) as deployed:
            change = Invocation(project.folder, project.profiles_dir, target, given).change()
            found.append(planned_run(deployed, change, now))
    if format == "json":
        say(document({"projects": found}))
        return
    for number, item in enumerate(found):
        if number:
            say()
        _show(item)


def _show(plan: "PlannedRun") -> None:
    first = "; nothing was computed yet" if plan.is_first else ""
    say(f"{plan.project}: what the next run will do{first}")
    for change in ("new", "changed", "dropped", "untouched"):
        names = [item.name for item in plan.attributes if item.change == change]
        if names:
            say(f"  {change}: {', '.join(names)}")
    for part in plan.appeared:
        say(f"  the events table has {part} now")
    if plan.refused:
        say("  It will stop:")
        for line in plan.refused:
            say(f"    {line}")
        say(f"  {plan.ways[0].upper()}{plan.ways[1:]}.")
        return
    if plan.reads:
        has_bars, numbers = bars.are_shown(), ("days", "rows", "bytes")
        shown = inspecting.table("read for", "table", "columns", *numbers, *((" ",) if has_bars else ()), right=numbers)
        most = max(item.rows for item in plan.reads)
        for item in plan.reads:
            columns = (item.what, item.table, ", ".join(item.columns))
            drawn = (bars.bar(item.rows, most),) if has_bars else ()
            shown.add_row(*columns, f"{item.days:,}", f"{item.rows:,}", _bytes(item), *drawn)
        console().print(shown)
    if not plan.is_first and plan.publishes_all:
        say("  The attributes are replaced as a whole, when all of it is there.")
    say(f"  Loads to take: {count(plan.hours, 'hour')}, {count(plan.rows, 'row')}.")


def _bytes(item: "Read") -> str:
    return "not told by the engine" if item.bytes is None else f"{item.bytes:,}"
