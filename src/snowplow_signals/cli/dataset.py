"""`dataset build` and `dataset sql`: training sets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.dates import day
from snowplow_signals.cli.progress import step_progress
from snowplow_signals.cli.reporting import command, count, say, seconds
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.datasets.anchors import Anchors
    from snowplow_signals.deployment.deployed import Deployed

SHOWN_EVERY = 1_000

AnchorsOption = Annotated[
    str | None,
    typer.Option(
        "--anchors",
        metavar="FILE|TABLE",
        help="A CSV or Parquet file, or a table as schema.table, with the columns 'identifier' (or the entity's own "
        "name) and 'anchor_tstamp' (UTC); its other columns are passed through.",
    ),
]
Every = Annotated[
    str | None,
    typer.Option("--every-day", metavar="FIRST..LAST", help="Instead: each entity at the start of each of these days."),
]
ModeOption = Annotated[
    Literal["as_served", "exact"],
    typer.Option(
        "--mode",
        help="as_served: what the attributes table would have held when the day of the anchor began. exact: of the "
        "events before the anchor, with windows that end at it.",
    ),
]
Known = Annotated[
    bool,
    typer.Option(
        "--known", help="Leave out events that had not been loaded by then: late data, which production did not know."
    ),
]


@command
def build_command(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write: .parquet or .csv.")],
    anchors: AnchorsOption = None,
    every_day: Every = None,
    mode: ModeOption = "as_served",
    known: Known = False,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    quiet: inspecting.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Build a training set: a view's attributes in the past.

    One row per anchor, in their order: the anchor's columns, then the attributes as they were at its time, which are null for
    entities that had no event by then.
    """
    from snowplow_signals.cli.documents import document
    from snowplow_signals.datasets import Dataset
    from snowplow_signals.datasets.files import written

    began = time.perf_counter()
    with _opened(repo_path, project_name, target, variables) as deployed:
        view = deployed.plan.view
        dataset = Dataset(deployed, mode=mode, known=known)
        with _anchors(anchors, every_day, deployed) as given, step_progress(quiet=quiet) as progress:
            types = [
                *("string", "timestamp"),
                *(None for _ in given.others),
                *("double" if getattr(one, "time_unit", None) else one.type for one in view.served),
            ]
            with written(out, dataset.header(given.others), types) as file:
                for row in dataset.whole_rows(given.rows):
                    file.write(row)
                    if progress is not None and dataset.report.rows % SHOWN_EVERY == 0:
                        progress(f"{dataset.report.rows:,} rows", dataset.report.rows, 0)
        report = dataset.report
        if format == "json":
            shares = {name: report.nulls[name] / report.rows if report.rows else None for name in dataset.columns}
            found = {"project": deployed.project, "mode": mode, "known": known, "out": str(out), "rows": report.rows}
            found |= {"rows_without_events": report.rows_without_events, "null_rates": shares}
            say(document(found | {"seconds": time.perf_counter() - began}))
        elif not quiet:
            say(
                f"{out}: {count(report.rows, 'row')}, {report.rows_without_events:,} of them without an event by then, "
                f"in {seconds(time.perf_counter() - began)}"
            )
            for name in dataset.columns:
                rate = report.nulls[name] / report.rows if report.rows else 0
                say(f"  {name}: {rate:.1%} null")


@command
def sql_command(
    anchors: AnchorsOption = None,
    every_day: Every = None,
    mode: ModeOption = "as_served",
    known: Known = False,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    verbose: options.Verbose = False,
) -> None:
    """Print the statements of a training set, to read or to run.

    The attributes time_since_first and time_since_last are the times of their events there.
    """
    from snowplow_signals.datasets import Dataset
    from snowplow_signals.datasets.dataset import ANCHORS_PER_STATEMENT

    with _opened(repo_path, project_name, target, variables) as deployed:
        dataset = Dataset(deployed, mode=mode, known=known)
        with _anchors(anchors, every_day, deployed) as given:
            while some := list(islice(given.rows, ANCHORS_PER_STATEMENT)):
                say(dataset.statement(some).rstrip("\n") + ";\n")


@contextmanager
def _opened(
    repo_path: Path, project_name: str | None, target: str | None, variables: str | None
) -> "Iterator[Deployed]":
    from snowplow_signals import workspace

    projects = workspace.projects(repo_path, project_name)
    if len(projects) > 1:
        names = ", ".join(project.name for project in projects)
        raise UsageError(f"a training set is of one project; choose it with --project-name: {names}")
    with inspecting.opened(projects[0], target, variables) as deployed:
        yield deployed


@contextmanager
def _anchors(anchors: str | None, every: str | None, deployed: "Deployed") -> "Iterator[Anchors]":
    from snowplow_signals.datasets.anchors import anchors_of, every_day

    if (anchors is None) == (every is None):
        raise UsageError("say either --anchors or --every-day")
    if anchors is not None:
        with anchors_of(anchors, deployed) as found:
            yield found
        return
    first, dots, last = (every or "").partition("..")
    if not dots:
        raise UsageError(f"--every-day {every!r} must be two days, such as 2025-03-01..2025-03-31")
    yield every_day(deployed, day(first, "--every-day"), day(last, "--every-day"))
