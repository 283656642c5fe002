"""What the next run will do, before anything is written: how the definition has changed, what is read for that, and
which loads are taken.

How the definition has changed is asked of the model that a run begins with, so that a run does what was planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from snowplow_signals.definitions.names import sql_name
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.inspect.status import loads_of

Change = Literal["new", "changed", "dropped", "untouched"]
_HOW: dict[str, Change] = {"is new": "new", "has changed": "changed", "is gone": "dropped"}


@dataclass(frozen=True)
class PlannedAttribute:
    """An attribute, and what becomes of it."""

    name: str
    change: Change


@dataclass(frozen=True)
class Read:
    """A table that is read because the definition has changed."""

    what: str
    """What for."""
    table: str
    columns: tuple[str, ...]
    """Those that are read beside the ones that tell rows apart."""
    days: int
    """Days of events, or of loads where the events table is read."""
    rows: int
    bytes: int | None
    """How large the table is; None when the engine does not tell that without reading it."""


@dataclass(frozen=True)
class PlannedRun:
    """What the next run of a project does."""

    project: str
    is_first: bool
    """Nothing was computed yet: everything is new."""
    attributes: tuple[PlannedAttribute, ...]
    refused: tuple[str, ...]
    """Why the run will stop."""
    ways: str
    """What to do about that."""
    appeared: tuple[str, ...]
    """Columns or fields of the events table that the view reads, and that were not there before."""
    reads: tuple[Read, ...]
    """What is read for what has changed, beyond what every run reads."""
    publishes_all: bool
    """The table of attributes is replaced as a whole."""
    hours: int
    """Hours of load that hold rows which were not taken yet."""
    rows: int
    """Such rows."""


def planned_run(deployed: Deployed, change: Mapping[str, Any], now: datetime) -> PlannedRun:
    """`change` is what `Invocation.change` finds. Raises SourceError when the events table is missing."""
    is_first = not deployed.was_run
    to_process = loads_of(deployed, now, deployed.was_run).to_process
    known: dict[str, Change] = {name: _HOW[how] for name, how in change.get("attributes", {}).items()}
    names = {item.column: item.name for item in deployed.plan.served}
    rest: Change = "new" if is_first else "untouched"
    attributes = [PlannedAttribute(name, known.get(column, rest)) for column, name in names.items()]
    attributes += [PlannedAttribute(column, "dropped") for column, how in known.items() if how == "dropped"]
    refused = tuple(line.strip() for line in change.get("refused", ()))
    is_changed = bool(change.get("is_any")) and not refused
    return PlannedRun(
        project=deployed.project,
        is_first=is_first,
        attributes=tuple(attributes),
        refused=refused,
        ways=_ways(change, refused),
        appeared=tuple(change.get("appeared", ())),
        reads=tuple(_reads(deployed, change)) if is_changed and not is_first else (),
        publishes_all=is_first or is_changed,
        hours=to_process.hours,
        rows=to_process.rows,
    )


def _ways(change: Mapping[str, Any], refused: tuple[str, ...]) -> str:
    if not refused:
        return ""
    return "declare a new version of the view, or compute everything anew with `run --full-refresh`" + (
        "; or, if applications are to read something else under the same name, `run --accept-changes`"
        if change.get("ways")
        else ""
    )


def _reads(deployed: Deployed, change: Mapping[str, Any]) -> list[Read]:
    fetch = deployed.warehouse.fetch
    reads = []
    events = "filtered_events"
    if not deployed.has(events):
        return []
    if change.get("is_derived_only"):
        return _reads_of_derived(deployed, change)
    [(stored,)] = fetch(f"select count(*) from {deployed.table(events)}")
    [(days,)] = fetch(f"select count(*) from {deployed.table('daily_aggregation_manifest')}")
    taken = f"{deployed.table('incremental_manifest')} where bucket_rows >= 0"
    [(load_days, loaded)] = fetch(
        f"select count(distinct cast(bucket as date)), coalesce(sum(bucket_rows), 0) from {taken}"
    )
    properties, slots = change["properties"], change["slots"]
    columns = {column.name: column for column in deployed.plan.columns}
    of_events = []
    for name in properties:
        sources = columns[name].sources if name in columns else ()
        of_events += [deployed.dialect.access(prop).column for prop in sources] or [name]
    of_events = list(dict.fromkeys(of_events))
    if properties:
        what = f"values of {', '.join(properties)}"
        reads.append(_read(deployed, what, deployed.events, of_events, load_days, loaded))
    if properties or change["narrowed"]:
        what = "events that stay in scope" if change["narrowed"] else "the events that they are of"
        reads.append(_read(deployed, what, deployed.table(events), ["*"], days, stored))
    if slots or change["narrowed"]:
        used = [column.name for slot in deployed.plan.slots if slot.name in slots for column in slot.columns]
        what = f"states {', '.join(slots)}" if slots else "entities that stay in scope"
        reads.append(_read(deployed, what, deployed.table(events), list(dict.fromkeys(used)), days, stored))
    if change["added"]:
        what = f"{', '.join(change['added'])}; of rows that were there only these are taken"
        wanted = [column.name for column in deployed.plan.columns]
        reads.append(_read(deployed, what, deployed.events, wanted, load_days, loaded))
    return reads


def _reads_of_derived(deployed: Deployed, change: Mapping[str, Any]) -> list[Read]:
    """Derived attributes are computed from the others, as they are published: neither events nor states are read."""
    table = deployed.table("attributes")
    known = {one.column: one for one in deployed.plan.published}
    read = [
        name for one in change["derived"] if one in known for name in map(sql_name, known[one].expression.attributes)
    ]
    [(rows,)] = deployed.warehouse.fetch(f"select count(*) from {table}")
    what = f"derived: {', '.join(change['derived'])}; reads no event and no state"
    return [_read(deployed, what, table, list(dict.fromkeys(read)), 0, rows)]


def _read(deployed: Deployed, what: str, table: str, columns: list[str], days: int, rows: int) -> Read:
    return Read(what, table, tuple(columns), int(days), int(rows), _size(deployed, table))


def _size(deployed: Deployed, table: str) -> int | None:
    asked = deployed.dialect.size_query(table)
    if asked is None or not deployed.warehouse.exists(table):
        return None
    found = deployed.warehouse.fetch(asked)
    return int(found[0][0]) if found and found[0][0] is not None else None
