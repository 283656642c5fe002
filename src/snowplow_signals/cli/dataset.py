"""`dataset build`, `dataset sql` and `dataset check`: training sets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.dates import day
from snowplow_signals.cli.progress import step_progress
from snowplow_signals.cli.reporting import command, count, say, seconds, warn
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.datasets import Anchors, Mode, PartOf, Report
    from snowplow_signals.datasets.served_then import ServedThen
    from snowplow_signals.deployment.deployed import Deployed

Views = Annotated[
    list[str] | None,
    typer.Option(
        "--views",
        metavar="NAME[@VERSION],...",
        help="The views whose attributes are wanted, all of one entity; without a version the latest. May be left out "
        "where there is one view.",
    ),
]
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
Goal = Annotated[
    Path | None,
    typer.Option(
        "--goal",
        metavar="FILE.py",
        help="Instead: moments of sessions, labelled with whether the session then reached the goal of the "
        "SessionAnchors in this file.",
    ),
]
ModeOption = Annotated[
    Literal["as_served", "exact"] | None,
    typer.Option(
        "--mode",
        help="as_served: what the attributes table would have held when the day of the anchor began. exact: of the "
        "events before the anchor, with windows that end at it. Default: as_served, with --goal exact.",
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
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="FILE|TABLE",
            help="The file to write, .parquet or .csv, or a new table of the warehouse as schema.table.",
        ),
    ],
    views: Views = None,
    anchors: AnchorsOption = None,
    every_day: Every = None,
    goal: Goal = None,
    mode: ModeOption = None,
    known: Known = False,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    quiet: inspecting.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Build a training set: attributes of views in the past.

    One row per anchor, in their order: the anchor's columns, then the attributes as they were at its time, which are
    null for entities that had no event by then. The rows of a table of anchors are sorted by identifier and time.
    """
    from snowplow_signals.cli.documents import document
    from snowplow_signals.datasets import Dataset
    from snowplow_signals.datasets.files import ENDINGS, check_file

    began = time.perf_counter()
    file = Path(out) if out.lower().endswith(ENDINGS) else None
    if file is not None:
        check_file(file)
    with _opened(repo_path, project_name, views, target, variables) as parts:
        mode = _mode(mode, goal)
        dataset = Dataset.of(parts, mode=mode, known=known)
        if file is None:
            dataset.require_free(out)
        with _anchors(anchors, every_day, goal, parts[0].deployed) as given, step_progress(quiet=quiet) as progress:
            say_progress = None if progress is None else lambda words: progress(words, 0, 0)
            with dataset.built(given, say_progress) as built:
                report = built.report()
                if say_progress is not None:
                    say_progress(f"writing {out}")
                if file is None:
                    built.create(out)
                else:
                    built.write(file)
    spent = time.perf_counter() - began
    for words in _warnings(report):
        warn(words)
    if format == "json":
        found: dict[str, object] = {
            "views": [part.view.full_name for part in parts],
            "mode": mode,
            "known": known,
            "out": out,
        }
        found |= {"rows": report.rows, "rows_without_events": report.rows_without_events}
        found |= {"rows_before_start": report.rows_before_start, "rows_in_future": report.rows_in_future}
        found |= {"null_rates": {name: report.null_rate(name) for name in dataset.columns}, "seconds": spent}
        say(document(found))
    elif not quiet:
        without = f"{report.rows_without_events:,} of them without an event by then"
        say(f"{out}: {count(report.rows, 'row')}, {without}, in {seconds(spent)}")
        for name in dataset.columns if report.rows else ():
            say(f"  {name}: {report.null_rate(name):.1%} null")


def _warnings(report: "Report") -> Iterator[str]:
    if not report.rows:
        yield "there are no anchors, and so no rows"
    if report.rows_before_start:
        rows = count(report.rows_before_start, "anchor")
        yield f"{rows} before the start date of the project, of which nothing is known"
    if report.rows_in_future:
        yield f"{count(report.rows_in_future, 'anchor')} in the future: what happens until then is not in the values"


@command
def sql_command(
    views: Views = None,
    anchors: AnchorsOption = None,
    every_day: Every = None,
    goal: Goal = None,
    mode: ModeOption = None,
    known: Known = False,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    verbose: options.Verbose = False,
) -> None:
    """Print the statements of a training set, to read or to run.

    Anchors of a file are in them as literals, 5,000 in each, without their other columns.
    """
    from snowplow_signals.datasets import Dataset
    from snowplow_signals.datasets.scratch import ROWS_PER_STATEMENT

    with _opened(repo_path, project_name, views, target, variables) as parts:
        mode = _mode(mode, goal)
        dataset = Dataset.of(parts, mode=mode, known=known)
        with _anchors(anchors, every_day, goal, parts[0].deployed) as given:
            if given.rows is None:
                say(dataset.statement(given).rstrip("\n") + ";\n")
                return
            while some := list(islice(given.rows, ROWS_PER_STATEMENT)):
                say(dataset.statement(some).rstrip("\n") + ";\n")


@command
def check_command(
    views: Views = None,
    anchors: AnchorsOption = None,
    every_day: Every = None,
    goal: Goal = None,
    mode: ModeOption = None,
    known: Known = False,
    rounds: Annotated[
        int, typer.Option("--rounds", min=1, help="How many anchors of an entity are looked at, one after the other.")
    ] = 3,
    against: Annotated[
        bool,
        typer.Option(
            "--against-history",
            help="Instead: compare as_served with what was really served then, where the view has snapshot.",
        ),
    ] = False,
    repo_path: options.RepoPath = Path("."),
    project_name: options.ProjectName = None,
    target: options.Target = None,
    variables: inspecting.Variables = None,
    format: inspecting.Format = "table",
    quiet: inspecting.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Show that a training set does not look into the future.

    Everything that is later than the anchor is changed, in a copy: one third of the days is dropped and one third
    doubled. No value may become another; if one does, the exit code is 1.
    """
    from snowplow_signals.cli.documents import document
    from snowplow_signals.datasets.check import check
    from snowplow_signals.datasets.served_then import against_history

    if against and mode == "exact":
        raise UsageError("the history is of what was served: leave --mode exact out")
    with (
        _opened(repo_path, project_name, views, target, variables) as parts,
        _anchors(anchors, every_day, goal, parts[0].deployed) as given,
    ):
        if against:
            _say_history(against_history(parts, given, known=known), format, quiet=quiet)
            return
        found = check(parts, given, mode=_mode(mode, goal), known=known, rounds=rounds)
    leaks = {name: number for name, number in found.changed.items() if number}
    if format == "json":
        say(document(asdict(found)))
    elif not quiet:
        say(
            f"{count(found.anchors, 'anchor')} of {found.anchors_given:,}, {count(found.values, 'value')}: "
            f"{sum(leaks.values()):,} changed when {count(found.rows_later, 'later row')} did"
        )
        say(f"  as of after the last event, {count(found.changed_at_the_end, 'value')} changed")
    if not found.changed_at_the_end:
        warn("nothing that is later than these anchors changes any value, so that this shows nothing")
    if leaks:
        attributes = ", ".join(f"{name} ({number:,})" for name, number in leaks.items())
        warn(f"values depend on what is later than their anchors: {attributes}")
        raise typer.Exit(1)


def _say_history(found: "ServedThen", format: inspecting.Format, *, quiet: bool) -> None:
    from snowplow_signals.cli.documents import document

    if format == "json":
        say(document(asdict(found)))
    elif not quiet:
        differing = sum(found.differing.values())
        anchors = f"{count(found.anchors, 'anchor')}, {found.not_served:,} of them not served then"
        say(f"{anchors}; of {found.values:,} values {differing:,} were served as others")
        for name, number in found.differing.items():
            if number:
                say(f"  {name}: {number:,}")


def _mode(mode: "Mode | None", goal: Path | None) -> "Mode":
    return mode or ("exact" if goal else "as_served")


@contextmanager
def _opened(
    repo_path: Path, project_name: str | None, views: list[str] | None, target: str | None, variables: str | None
) -> "Iterator[list[PartOf]]":
    from snowplow_signals import workspace
    from snowplow_signals.datasets.choosing import opened_parts

    projects = workspace.projects(repo_path, project_name)
    names = [name for given in views or () for name in given.split(",")]
    given = inspecting.mapping(variables) if variables else {}
    with opened_parts(projects, names, target=target, variables=given) as parts:
        yield parts


@contextmanager
def _anchors(anchors: str | None, every: str | None, goal: Path | None, deployed: "Deployed") -> "Iterator[Anchors]":
    from snowplow_signals.datasets import load_goal
    from snowplow_signals.datasets.anchors import anchors_of, every_day, of_sessions

    if sum(given is not None for given in (anchors, every, goal)) != 1:
        raise UsageError("say one of --anchors, --every-day and --goal")
    if goal is not None:
        yield of_sessions(load_goal(goal), deployed)
    elif anchors is not None:
        with anchors_of(anchors, deployed) as found:
            yield found
    else:
        first, dots, last = (every or "").partition("..")
        if not dots:
            raise UsageError(f"--every-day {every!r} must be two days, such as 2025-03-01..2025-03-31")
        yield every_day(deployed, day(first, "--every-day"), day(last, "--every-day"))
