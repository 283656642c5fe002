"""Results as tables, for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from snowplow_signals.cli import inspecting
from snowplow_signals.cli.reporting import console, count, say, seconds
from snowplow_signals.errors import SignalsError
from snowplow_signals.project.accounting import OUTCOME_COLUMNS, OUTCOMES

if TYPE_CHECKING:
    from rich.table import Table

    from snowplow_signals.definitions import View
    from snowplow_signals.deployment.costs import ModelCost
    from snowplow_signals.run.runner import RunResult
    from snowplow_signals.sync import SyncResult

T = TypeVar("T")
_Line = tuple[bool, tuple[int, ...], float]
"""Whether anything was done, the measures, and the seconds."""

_REMARKS = {
    "duplicate": "another copy of an event was loaded first",
    "seen_before": "in an hour of load that was taken again",
    "incomplete": "without event_id or timestamps",
    "before_start": "snowplow__start_date",
    "other_app": "snowplow__app_id",
    "no_entity": "without the identifier",
    "irrelevant": "no attribute asks for such events",
}
"""A remark on an outcome of the accounting."""


def show_run(result: "RunResult", entity: str) -> None:
    """What a run did."""
    took = seconds(result.seconds)
    if result.changed_nothing:
        say(f"{result.project}: nothing new as of {result.as_of}, nothing changed ({took})")
        return
    chunks = f", {result.chunks} chunks" if result.chunks > 1 else ""
    say(f"{result.project}: done as of {result.as_of} in {took}{chunks}")
    table = _columns()
    table.add_row("rows read", f"{result.rows['rows_read']:,}", "")
    for outcome, column in zip(OUTCOMES, OUTCOME_COLUMNS, strict=True):
        value = result.rows[column]
        table.add_row(f"  {outcome.replace('_', ' ')}", f"{value:,}", _REMARKS.get(outcome, "") if value else "")
    if result.rows["winners_replaced"]:
        table.add_row("events replaced", f"{result.rows['winners_replaced']:,}", "a copy loaded earlier turned up")
    table.add_row("days aggregated", f"{result.days_aggregated:,}", "")
    if result.days_deferred:
        deferred = f"{count(result.events_deferred, 'late event')} on them; --reprocess-late brings them in"
        table.add_row("days deferred", f"{result.days_deferred:,}", deferred)
    table.add_row("entities", f"{result.entities:,}", f"rows in {result.project}_attributes, one for each {entity}")
    table.add_row("  changed", f"{result.entities_changed:,}", "")
    _print(table)
    say()
    show_models(result.models, result.seconds)


def show_runs(projects: Sequence[str], outcomes: "Sequence[RunResult | SignalsError]") -> None:
    """A line for each of several projects, after all of them."""

    def line(result: "RunResult") -> "_Line":
        numbers = (
            result.rows["rows_read"],
            result.rows["rows_used"],
            result.days_aggregated,
            result.entities,
            result.entities_changed,
        )
        return not result.changed_nothing, numbers, result.seconds

    _show_outcomes("run", ("read", "used", "days", "entities", "changed"), projects, outcomes, line)


def show_syncs(projects: Sequence[str], outcomes: "Sequence[SyncResult | SignalsError]") -> None:
    """A line for each of several projects, after all of them."""

    def line(result: "SyncResult") -> "_Line":
        numbers = (result.rows_changed, result.rows_written, result.rows_removed, result.suppressed)
        return bool(result.rows_written or result.rows_removed), numbers, result.seconds

    _show_outcomes("sync", ("changed", "written", "removed", "suppressed"), projects, outcomes, line)


def _show_outcomes(
    what: str,
    measures: tuple[str, ...],
    projects: Sequence[str],
    outcomes: "Sequence[T | SignalsError]",
    line: "Callable[[T], _Line]",
) -> None:
    right = (*measures, "took")
    table = inspecting.table("project", what, *right, right=right)
    for project, outcome in zip(projects, outcomes, strict=True):
        if isinstance(outcome, SignalsError):
            table.add_row(project, "failed", *("-" for _ in right))
            continue
        has_done, numbers, took = line(outcome)
        did = "done" if has_done else "nothing new"
        table.add_row(project, did, *(f"{number:,}" for number in numbers), seconds(took))
    say()
    _print(table)


def show_models(costs: "Mapping[str, ModelCost]", whole: float) -> None:
    """What the models of a run cost: as far as the engine tells, with the rows written and the bytes read."""
    measured = {
        "rows written": [cost.rows_written for cost in costs.values()],
        "bytes read": [cost.bytes_read for cost in costs.values()],
    }
    told = {name: numbers for name, numbers in measured.items() if any(number is not None for number in numbers)}
    table = inspecting.table("model", "seconds", *told, right=("seconds", *told))
    for place, (model, cost) in enumerate(costs.items()):
        numbers = [column[place] for column in told.values()]
        shown = ("-" if number is None else f"{number:,}" for number in numbers)
        table.add_row(f"  {model}", f"{cost.seconds:.2f}", *shown)
    besides = max(whole - sum(cost.seconds for cost in costs.values()), 0)
    table.add_row("  besides, mostly dbt's startup", f"{besides:.2f}", *("" for _ in told))
    _print(table)


def _print(table: "Table") -> None:
    """The table without the padding of its last column."""
    printer = console()
    with printer.capture() as captured:
        printer.print(table)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _columns() -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(min_width=20)
    table.add_column(justify="right", min_width=9)
    table.add_column(style="dim")
    return table


def show_profile(view: "View", identifier: str, values: Mapping[str, Any]) -> None:
    """One entity's attributes."""
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row(view.entity.identifier, identifier)
    for name, value in values.items():
        table.add_row(name, shown(value))
    _print(table)


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "(none)"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) or "(none)"
    return str(value)
