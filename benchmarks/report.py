"""The benchmark's results as tables."""

from typing import Any

from rich.console import Console
from rich.table import Table

Results = dict[str, Any]


def printed(results: Results) -> None:
    console = Console(width=120)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()), highlight=False)
    steps = results["steps"]
    if steps:
        console.print(_days(steps))
        console.print(_models(steps))
    if results.get("backfill"):
        console.print(_backfill(results["backfill"]))
    if results.get("ratios"):
        console.print(_ratios(results["ratios"]))


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _days(steps: list[Results]) -> Table:
    table = _table("One more day (seconds; median)", "days of history", *(str(step["days"]) for step in steps))

    def row(name: str, of: Any, form: str = "{:.2f}") -> None:
        table.add_row(name, *(form.format(of(step)) for step in steps))

    row("events in the table", lambda step: step["events"], "{:,}")
    row("events of the day", lambda step: step["day"]["rows"]["rows_read"], "{:,}")
    row("rows of attributes changed", lambda step: step["day"]["entities_changed"], "{:,}")
    row("whole run, process start to end", lambda step: step["day"]["wall_seconds"])
    row("  its models, as dbt counts", lambda step: step["day"]["models_seconds"])
    row("  its SQL", lambda step: step["day"]["sql_seconds"])
    row("  processor seconds of the run", lambda step: step["day"]["cpu_seconds"])
    row("rows scanned", lambda step: sum(step["rows_scanned_by_model"].values()), "{:,}")
    row("(a) all by hand", lambda step: step["by_hand"]["seconds"])
    row("    cells that differ", lambda step: step["by_hand"]["cells_that_differ"], "{:,}")
    row("(b) reading the day's columns", lambda step: step["floor"]["reading_seconds"], "{:.3f}")
    row("    writing the changed rows", lambda step: step["floor"]["writing_seconds"], "{:.3f}")
    return table


def _models(steps: list[Results]) -> Table:
    first, last = steps[0], steps[-1]
    names = [f"{first['days']} days", f"{last['days']} days"]
    table = _table(
        "Per model (seconds of SQL, statements, rows scanned)",
        "model",
        *(f"SQL, {name}" for name in names),
        "statements",
        *(f"rows, {name}" for name in names),
    )
    for model in last["day"]["sql_seconds_by_model"]:
        table.add_row(
            model,
            *(f"{step['day']['sql_seconds_by_model'].get(model, 0):.3f}" for step in (first, last)),
            str(last["day"]["statements_by_model"].get(model, 0)),
            *(f"{step['rows_scanned_by_model'].get(model, 0):,}" for step in (first, last)),
        )
    return table


def _backfill(backfill: Results) -> Table:
    run, hand = backfill["run"], backfill["by_hand"]
    table = _table(
        f"Backfill of {backfill['days']} days ({backfill['events']:,} events) into an empty database", "", ""
    )
    table.add_row("seconds, process start to end", f"{run['wall_seconds']:.2f}")
    table.add_row("chunks", str(run["chunks"]))
    table.add_row("peak memory", f"{run['peak_memory_bytes'] / 1e9:.2f} GB")
    table.add_row("(a) all by hand, seconds", f"{hand['seconds']:.2f}")
    table.add_row("    cells that differ", f"{hand['cells_that_differ']:,} of {hand['cells']:,}")
    return table


def _ratios(ratios: list[Results]) -> Table:
    table = _table("What it should reach", "", "measured", "wanted", "")
    for ratio in ratios:
        reached = "reached" if ratio["reached"] else "not reached"
        table.add_row(ratio["what"], f"{ratio['measured']:.2f}", ratio["wanted"], reached)
    return table
