"""Rows that no run reads or uses: how many, why, and what to do about it."""

from __future__ import annotations

from snowplow_signals.deployment.deployed import Deployed, Reader

SHOWN = 5


def rows_without_load(warehouse: Reader, events: str) -> int:
    """How many rows of the events table, as it is written in a query, no run will ever read."""
    return int(warehouse.fetch(f"select count(*) from {events} where load_tstamp is null")[0][0])


def without_load(number: int) -> list[str]:
    """A warning about so many rows that no run will ever read; nothing when there are none."""
    return [f"rows without load_tstamp: {number:,}; they belong to no load and are never read"] if number else []


def why_nothing(deployed: Deployed) -> list[str]:
    """Why a project that has no attributes has none; nothing when some row was used, or is yet to be taken."""
    read, reasons = _what_became(deployed)
    if read:
        left_out = sum(number for number, _ in reasons)
        if left_out < read:
            return []
        said = "; ".join(f"{number:,} {reason}" for number, reason in reasons if number)
        return [f"none of the {read:,} rows that were read is used: {said}"]
    events, start = deployed.events, deployed.start_date
    asked = f"select count(*), count(load_tstamp), cast(max(load_tstamp) as date) from {events}"
    rows, with_load, newest = deployed.warehouse.fetch(asked)[0]
    if not rows:
        return [f"the events table {events} is empty: nothing has been loaded into it yet"]
    if with_load and newest < start:
        return [
            f"none of the {with_load:,} rows is read: all were loaded before snowplow__start_date, which is {start}, "
            f"the newest on {newest}. Set an earlier day in dbt_project.yml, and run with --full-refresh once"
        ]
    return []


def _what_became(deployed: Deployed) -> tuple[int, list[tuple[int, str]]]:
    """Rows that runs have read, and those that they left out, each with the reason and what to do."""
    if not deployed.has("run_history"):
        return 0, []
    reasons = {
        "rows_incomplete": "lack an event_id or their timestamps",
        "rows_before_start": f"happened before snowplow__start_date, which is {deployed.start_date}",
        "rows_other_app": f"are from applications other than those in snowplow__app_id: {', '.join(deployed.app_ids)}",
        "rows_no_entity": f"have no {deployed.plan.identifier}, which identifies the view's entity",
        "rows_irrelevant": "are of events that no attribute asks for",
    }
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in ("rows_read", *reasons))
    read, *left_out = map(int, deployed.warehouse.fetch(f"select {sums} from {deployed.table('run_history')}")[0])
    found = list(zip(left_out, reasons.items(), strict=True))
    return read, [(number, _with_what_is_there(deployed, name, reason, number)) for number, (name, reason) in found]


def _with_what_is_there(deployed: Deployed, name: str, reason: str, number: int) -> str:
    """The reason with the values that the events table has instead, where that helps."""
    column = {"rows_other_app": "app_id", "rows_irrelevant": "event_name"}.get(name)
    if column is None or not number:
        return reason
    counted = (
        f"select {column}, count(*) from {deployed.events} where {column} is not null "
        f"group by {column} order by 2 desc, 1 limit {SHOWN}"
    )
    there = ", ".join(str(value) for value, _ in deployed.warehouse.fetch(counted))
    return f"{reason} (the events table has {there or 'none'})"
