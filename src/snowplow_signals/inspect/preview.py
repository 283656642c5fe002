"""A preview of a view: its attributes over recent events, without a project, a run, or anything that is written.

As a program (`python -m snowplow_signals.inspect.preview`) it reads a `Request` as JSON and writes the outcome as JSON:
a service previews views in a process of its own, so that neither its memory nor its time is spent on them, and an
embedded database is let go of when the process ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from snowplow_signals.definitions import View
from snowplow_signals.definitions.fields import DAY
from snowplow_signals.deployment.deployed import Deployed, Published, variables_of
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import SignalsError, UsageError
from snowplow_signals.inspect.verify import usable_source
from snowplow_signals.inspect.verify.query import PlainQuery
from snowplow_signals.plan import Plan, plan_view
from snowplow_signals.project.packages import PROFILES_FILE, PROJECT_FILE
from snowplow_signals.project.variables import VARIABLES
from snowplow_signals.stores.serving import served_attributes
from snowplow_signals.warehouse.connection import Warehouse, lock_seconds
from snowplow_signals.workspace.projects import project_folders

WHERE_EVENTS_ARE = (
    "snowplow__database",
    "snowplow__databricks_catalog",
    "snowplow__atomic_schema",
    "snowplow__events_table",
)
ROWS = 1_000
LOCK_SECONDS = 10.0
"""How long a preview waits for another process that holds the database: somebody waits for the answer."""


@dataclass(frozen=True)
class Preview:
    """What a preview found: the rows as they would be served, by identifier, and how many entities there are."""

    rows: list[dict[str, Any]]
    entities: int


@dataclass(frozen=True)
class Request:
    """What to preview: a view as JSON, the folder with `profiles.yml`, and which events. `seconds` is how recent."""

    view: dict[str, Any]
    folder: str
    target: str | None
    app_ids: list[str]
    seconds: float
    ids: list[str]


def preview_view(
    view: View,
    folder: Path,
    *,
    window: timedelta,
    target: str | None = None,
    app_ids: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    now: datetime | None = None,
    rows: int = ROWS,
) -> Preview:
    """Compute a view over the events that happened in the last `window` before `now` (UTC).

    `app_ids` and `ids` narrow it down; empty means all. Only entities with such an event have a row, and the first
    `rows` of them, by identifier, are given. Periods end with the current day: else a short window would show nothing
    of them; one that is not of whole days, as streams have them, ends now. The events table is where the view's
    own project in `folder`, else the first project there, says, else where the profile's target has `atomic.events`;
    what is before the start date of the view's own project does not count. Raises UsageError without a profile,
    SourceError without an events table, DefinitionError, BusyError, RunError.
    """
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    if not (folder / PROFILES_FILE).is_file():
        raise UsageError(f"{folder} holds no {PROFILES_FILE}, which defines the connection to the warehouse")
    plan = _plan(view)
    variables = _variables(view, folder) | {"snowplow__app_id": list(app_ids)}
    with Warehouse.of_profile(folder, target, min(lock_seconds(), LOCK_SECONDS)) as warehouse:
        dialect = dialect_named(warehouse.kind)
        database = variables[dialect.events_database_variable] or warehouse.database
        schema, name = variables["snowplow__atomic_schema"], variables["snowplow__events_table"]
        place = (str(database) if database else None, str(schema), str(name))
        deployed = Deployed(plan, dialect, warehouse, variables, tables={}, events_table=place)
        published = Published(as_of=moment.date(), run_id="", planned_at=moment, days_shifted=1)
        query = PlainQuery(deployed, published, usable_source(deployed), from_source=True, since=moment - window)
        found = warehouse.fetch(query.values(ids or None, rows))
    return Preview([_served(view, row, moment) for row in found], found[0][1] if found else 0)


def _plan(view: View) -> Plan:
    """The plan of a view that may be meant for streams, with periods that no run computes; the query handles them."""
    offline = view.model_copy(update={"offline": True})
    whole = [
        one.model_copy(update={"period": None}) if one.period is not None and one.period % DAY else one
        for one in view.attributes
    ]
    return replace(plan_view(offline.model_copy(update={"attributes": tuple(whole)})), view=offline)


def _served(view: View, row: tuple[Any, ...], now: datetime) -> dict[str, Any]:
    entity, _, *values = row
    served: dict[str, Any] = {view.entity.identifier: str(entity)}
    for one, value in zip(served_attributes(view), values, strict=True):
        if one.since is not None:
            served[one.name] = one.since(value, now)
        else:
            served[one.name] = None if value is None else one.convert(value)
    return served


def _variables(view: View, folder: Path) -> dict[str, object]:
    """The defaults, where a project of the folder has its events, and from when on the view's own project has them."""
    values: dict[str, object] = {variable.name: variable.default for variable in VARIABLES}
    generated = [one for one in project_folders(folder) if (one / PROJECT_FILE).is_file()]
    own = [one for one in generated if one.name == view.project_name]
    for project in own or generated[:1]:
        there = variables_of(project)
        names = (*WHERE_EVENTS_ARE, "snowplow__start_date") if own else WHERE_EVENTS_ARE
        values |= {name: there[name] for name in names}
    return values


def main() -> None:
    """Read a request, a line of JSON; write `{"rows": ..., "entities": ...}`, or `{"error": ..., "message": ...}`."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else that is printed may end up in the answer
    try:
        request = Request(**json.loads(sys.stdin.readline()))
        _end_with_input()
        outcome: Mapping[str, Any] = asdict(
            preview_view(
                View.from_json(request.view),
                Path(request.folder),
                window=timedelta(seconds=request.seconds),
                target=request.target,
                app_ids=tuple(request.app_ids),
                ids=tuple(request.ids),
            )
        )
    except SignalsError as error:
        outcome = {"error": type(error).__name__, "message": str(error)}
    with answers:
        json.dump(outcome, answers, default=_as_json)


def _end_with_input() -> None:
    """Exit once the input ends: the process that asked is gone, however it ended."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _as_json(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='microseconds' if value.microsecond else 'seconds')}Z"
    assert isinstance(value, date), value
    return value.isoformat()


if __name__ == "__main__":
    main()
