"""`quality`: what each publication holds, what is expected of it, and what is unusual about it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from snowplow_signals.cli import bars, inspecting, options
from snowplow_signals.cli.reporting import command, console, count, say
from snowplow_signals.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from snowplow_signals.deployment.deployed import Deployed
    from snowplow_signals.inspect.quality import AttributeQuality, ViewQuality

FAILED = 1
SHOWN_DAYS = 24


@command
def quality(
    action: Annotated[
        Literal["accept"] | None,
        typer.Argument(
            metavar="[accept]",
            help="`accept`: take the last publication as the baseline from now on.",
            show_default=False,
        ),
    ] = None,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", metavar="NAME", help="With accept: only this attribute; may be repeated."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How many days back publications are compared.")
    ] = 60,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Show how each attribute is distributed.

    Beside it what is expected of it, and what is unusual about it. Exit code 1 when an expectation is not met. What is
    only unusual is said, and fails nothing.
    """
    from snowplow_signals import workspace
    from snowplow_signals.cli.documents import document
    from snowplow_signals.inspect.quality import project_quality
    from snowplow_signals.run.idle import forget

    if attribute and action is None:
        raise UsageError("--attribute belongs to `quality accept`")
    found: list[ViewQuality] = []
    accepted = 0
    for project in workspace.projects(repo_path, project_name):
        with inspecting.opened(project, target, variables) as deployed:
            if action is None:
                found += project_quality(deployed, days)
            else:
                accepted += _accept(deployed, attribute or [])
                forget(project.folder)
    if action is not None:
        if not accepted:
            raise UsageError("nothing was published yet that could be a baseline")
        return
    failed = sum(len(view.failures) for view in found)
    if format == "json":
        say(document({"is_as_expected": not failed, "views": [_as_data(view) for view in found]}))
    else:
        for number, view in enumerate(found):
            if number:
                say()
            _show(view)
    if failed:
        raise typer.Exit(FAILED)


def _accept(deployed: "Deployed", names: list[str]) -> int:
    from snowplow_signals.inspect.quality import accept

    number = accept(deployed, _columns(deployed, names))
    say(f"{deployed.project}: baseline of {count(number, 'attribute')} pinned")
    return number


def _columns(deployed: "Deployed", names: list[str]) -> list[str]:
    """Of the attributes with these names. Raises UsageError for a name that no column of the attributes table has."""
    plan = deployed.plan
    views = [view.view for view in plan.views] or [plan.view]
    columns = {
        attribute.name: attribute.column
        for view in views
        for attribute in view.attributes
        if attribute.column not in view.computed_at_read
    }
    for name in names:
        if name not in columns:
            raise UsageError(f"{deployed.project}: no attribute {name!r} is published{did_you_mean(name, columns)}")
    return [columns[name] for name in names]


def _show(view: "ViewQuality") -> None:
    if view.as_of is None:
        say(f"{view.view}: no publication was described yet")
        return
    say(f"{view.view}, published as of {view.as_of}")
    if not view.is_current:
        say("  what is published now was not described: these are the statistics of a publication before it")
    columns = ("entities", "no value", "different", "least", "median", "most", "mean", "PSI")
    shown = inspecting.table("  attribute", *columns, "distribution", "mean by day", "", right=columns)
    for one in view.attributes:
        shown.add_row(*_row(one))
    console().print(shown)
    for _, finding in ((None, finding) for finding in view.flagged):
        say(f"  unusual  {finding.text}")
    for one in view.attributes:
        for finding in one.failed:
            say(f"  FAILED   {one.attribute}: {finding.text}")
        for finding in one.flagged:
            say(f"  unusual  {one.attribute}: {finding.text}")


def _row(one: "AttributeQuality") -> list[str]:
    last = one.last
    if last is None:
        return [f"  {one.attribute}", *["-"] * 8, "", "", ""]
    verdict = "FAILED" if one.failed else "unusual" if one.flagged else ""
    median = last.quantiles[50] if last.quantiles else None
    return [
        f"  {one.attribute}",
        f"{last.entities:,}",
        f"{last.null_rate:.1%}",
        f"{last.distinct:,}",
        *(_number(value) for value in (last.smallest, median, last.largest, last.mean)),
        "-" if last.psi_baseline is None else f"{last.psi_baseline:.2f}",
        _distribution(one),
        _course(one) if bars.are_shown() else "",
        verdict,
    ]


def _distribution(one: "AttributeQuality") -> str:
    """In the bins of the baseline; of texts the most frequent values by name."""
    assert one.last is not None
    if one.last.is_measured:
        return bars.sparkline(one.last.pinned_bins[:10]) if bars.are_shown() else ""
    return ", ".join(f"{value} {number / one.last.entities:.0%}" for value, number in one.last.frequent[:3])


def _course(one: "AttributeQuality") -> str:
    """How it went, day by day."""
    return bars.sparkline([_level(statistics.mean, statistics.null_rate) for statistics in one.history[-SHOWN_DAYS:]])


def _level(mean: float | None, null_rate: float) -> float:
    """What is drawn of each day: the mean, or how many have a value."""
    return 1 - null_rate if mean is None else mean


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.6g}"


def _as_data(view: "ViewQuality") -> dict[str, Any]:
    return {
        "view": view.view,
        "as_of": view.as_of,
        "planned_at": view.planned_at,
        "is_current": view.is_current,
        "flagged": view.flagged,
        "attributes": [
            {
                "attribute": one.attribute,
                "type": one.type,
                "expect": one.expect.to_json() if one.expect else None,
                "last": one.last,
                "failed": one.failed,
                "flagged": one.flagged,
            }
            for one in view.attributes
        ],
    }
