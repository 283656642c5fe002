"""`events generate` and `events load`."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from snowplow_signals.cli import inspecting, options
from snowplow_signals.cli.dates import day
from snowplow_signals.cli.documents import document
from snowplow_signals.cli.progress import step_progress
from snowplow_signals.cli.reporting import command, count, say, seconds, warn

SHOWN_FILES = 5


def _rate(name: str, what: str) -> Any:
    return typer.Option(f"--{name}", min=0.0, max=1.0, help=f"Share of {what}.")


@command
def generate_command(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE.duckdb|DIR",
            help="A DuckDB file (table atomic.events), or a folder of Parquet files.",
        ),
    ],
    days: Annotated[int, typer.Option("--days", min=1, max=36_500, help="Days on which events are loaded.")] = 60,
    users: Annotated[int, typer.Option("--users", min=1, max=100_000_000, help="Number of people.")] = 2000,
    events: Annotated[
        int | None,
        typer.Option(
            "--events",
            min=1,
            max=10_000_000_000,
            help="Exactly this many rows in all, whatever --users is.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**63 - 1, help="The same seed produces the same events.")
    ] = 7,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DATE", help="First day of load; without it, the days end with yesterday."),
    ] = None,
    late: Annotated[float, _rate("late", "events that are loaded ten minutes to four weeks late")] = 0.01,
    duplicates: Annotated[float, _rate("duplicates", "events that are loaded twice")] = 0.001,
    incomplete: Annotated[
        float, _rate("incomplete", "events without an event_id, or without their timestamps")
    ] = 0.0005,
    bots: Annotated[float, _rate("bots", "people who are robots")] = 0.02,
    append: Annotated[bool, typer.Option("--append", help="Continue the events that OUT already holds.")] = False,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Generate realistic events of a web shop.

    The same seed produces the same events.
    """
    from snowplow_signals.events.synthetic.generate import generate_events

    first: date | None = day(start, "--start") if start else None
    with step_progress() as progress:
        result = generate_events(
            out,
            days=days,
            users=users,
            events=events,
            seed=seed,
            start=first,
            late=late,
            duplicates=duplicates,
            incomplete=incomplete,
            bots=bots,
            append=append,
            progress=progress,
        )
    if format == "json":
        say(document(result))
    else:
        say(
            f"{result.path}: {count(result.rows, 'row')} of {count(result.users, 'person', 'people')}, "
            f"loaded on {count(result.days, 'day')} from {result.first_load}, in {seconds(result.seconds)}"
        )
    if not result.rows:
        warn("No events were generated for these days: increase --users or --days, or set --events.")


@command
def load_command(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="Files, folders or patterns: TSV, CSV, JSON, Parquet."),
    ],
    into: Annotated[
        Path, typer.Option("--into", metavar="FILE.duckdb", help="The DuckDB file; events are added to atomic.events.")
    ],
    bad: Annotated[
        Path | None,
        typer.Option("--bad", help="Where to write lines that cannot be read; without it, FILE.duckdb.bad.jsonl."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Load files again whose content was loaded before.")] = False,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Load your own enriched events.

    TSV of a pipeline, CSV with a header, JSON of an analytics SDK or of Snowplow Micro (all also gzipped); Parquet in
    the lake layout, also a Delta table.
    """
    from snowplow_signals.events.loading.load import load_events

    with step_progress() as progress:
        result = load_events(sources, into, bad=bad, again=again, progress=progress)
    if format == "json":
        say(document(result))
    else:
        files = count(result.files, "file")
        say(f"{into}: {count(result.rows, 'row')} loaded from {files} in {seconds(result.seconds)}")
    for one in result.loaded_before[:SHOWN_FILES]:
        when = f"on {one.loaded_at:%Y-%m-%d at %H:%M} UTC" if one.loaded_at else "just now"
        origin = "" if one.as_path in (one.path, one.path.resolve()) else f", as {one.as_path}"
        warn(f"{one.path} was already loaded {when}{origin}: skipped; load it again with --again")
    if len(result.loaded_before) > SHOWN_FILES:
        warn(f"and {count(len(result.loaded_before) - SHOWN_FILES, 'more file')} that were already loaded: skipped")
    if result.bad_rows:
        warn(f"{count(result.bad_rows, 'line')} could not be read: see {result.bad_path}")
    if result.bad_rows and not result.rows:
        raise typer.Exit(1)
    if result.files and not result.rows:
        warn(f"No events were found in {'it' if result.files == 1 else 'them'}: {into} was not changed.")
