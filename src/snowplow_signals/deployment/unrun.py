"""Views where their events are, without a project: for what is computed from the events table itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from snowplow_signals.definitions import View
from snowplow_signals.deployment.deployed import Deployed, variables_of
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError
from snowplow_signals.plan import Plan
from snowplow_signals.project.packages import PROFILES_FILE, PROJECT_FILE
from snowplow_signals.project.variables import VARIABLES
from snowplow_signals.warehouse.connection import Warehouse
from snowplow_signals.workspace.projects import project_folders

WHERE_EVENTS_ARE = (
    "snowplow__database",
    "snowplow__databricks_catalog",
    "snowplow__atomic_schema",
    "snowplow__events_table",
)


@contextmanager
def opened_without_project(
    views: Sequence[View],
    folder: Path,
    plan: Callable[[View], Plan],
    *,
    target: str | None = None,
    app_ids: Sequence[str] = (),
    wait: float | None = None,
) -> Iterator[list[Deployed]]:
    """Each view as it would be deployed on the target of the profile in `folder`, with a connection in common; no
    table of a project is there.

    The events table is where the view's own project in `folder`, else the first project there, says, else where the
    profile's target has `atomic.events`; what is before the start date of the view's own project does not count. Raises
    UsageError without a profile, and what `Warehouse.of_profile` and `plan` raise.
    """
    if not (folder / PROFILES_FILE).is_file():
        raise UsageError(f"{folder} holds no {PROFILES_FILE}, which defines the connection to the warehouse")
    planned = [(plan(view), _variables(view, folder) | {"snowplow__app_id": list(app_ids)}) for view in views]
    with Warehouse.of_profile(folder, target, wait) as warehouse:
        dialect = dialect_named(warehouse.kind)
        found = []
        for one, variables in planned:
            database = variables[dialect.events_database_variable] or warehouse.database
            schema, name = variables["snowplow__atomic_schema"], variables["snowplow__events_table"]
            place = (str(database) if database else None, str(schema), str(name))
            found.append(Deployed(one, dialect, warehouse, variables, tables={}, events_table=place))
        yield found


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
