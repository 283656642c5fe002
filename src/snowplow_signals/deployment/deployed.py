"""A project where it runs: its plan and engine, the warehouse, the names of its tables, the values of its variables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from snowplow_signals.deployment.costs import ModelCost, remembered
from snowplow_signals.deployment.dbt import Invocation, Place
from snowplow_signals.dialects import dialect_named
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import DefinitionError, UsageError
from snowplow_signals.plan import Plan
from snowplow_signals.project.kept import Definition, from_config, plan_of
from snowplow_signals.project.models.order import TABLES_LAYOUT
from snowplow_signals.project.packages import PROJECT_FILE
from snowplow_signals.project.variables import LATEST, OLDER_NAMES, VARIABLES, checked, project_variables


class Reader(Protocol):
    """What is used of a warehouse here; `snowplow_signals.warehouse.connection.Warehouse` implements it."""

    new_file: Path | None

    @property
    def kind(self) -> str: ...

    @property
    def database(self) -> str: ...

    def name_of(self, database: str | None, schema: str, name: str) -> str: ...

    def fetch(self, sql: str) -> list[tuple[Any, ...]]: ...

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]: ...

    def exists(self, relation: str) -> bool: ...

    def tables(self) -> list[tuple[str, str]]: ...

    def counts_rows(self, place: Place) -> bool: ...

    def columns(self, relation: str) -> list[str]: ...

    def execute(self, sql: str) -> None: ...


@dataclass(frozen=True)
class Published:
    """What the attributes table holds: as of which day, by which run, planned when (UTC)."""

    as_of: date
    run_id: str
    planned_at: datetime
    days_shifted: int | None
    """1 when windows end with `as_of`, 0 when they end before it; None when it was not recorded."""


@dataclass(frozen=True)
class Deployed:
    """One project in one warehouse."""

    plan: Plan
    dialect: Dialect
    warehouse: Reader
    variables: Mapping[str, object]
    """The values of the project's variables: what was given, else what the project says, else the defaults."""
    tables: Mapping[str, str]
    """The project's tables, as they are written in a query: name without the project's prefix to where dbt has it."""
    events_table: Place
    scratch: tuple[str | None, str] | None = None
    """Database and schema of the tables that a run fills anew each time; None where no project is."""
    costs: Mapping[str, Mapping[str, ModelCost]] = field(default_factory=dict)
    """Per id of a run that ran in this folder, what its models cost."""

    @property
    def project(self) -> str:
        return self.plan.project_name

    def table(self, name: str) -> str:
        """One of the project's tables, without the project's prefix, as it is written in a query."""
        return self.tables[name]

    def has(self, name: str) -> bool:
        """Whether one of the project's tables is there."""
        return name in self.tables and self.warehouse.exists(self.table(name))

    @property
    def was_run(self) -> bool:
        """Whether a run has ever taken a load."""
        return self.has("incremental_manifest")

    @property
    def events(self) -> str:
        """The events table as it is written in a query."""
        return self.warehouse.name_of(*self.events_table)

    def text(self, value: str) -> str:
        """A literal of any text."""
        return self.dialect.sql(self.dialect.literal(value))

    @cached_property
    def start_date(self) -> date:
        """The start date the tables were built with; before the first run, the variable's."""
        if self.has("definition"):
            asked = f"select fingerprint from {self.table('definition')} where part = 'snowplow__start_date'"
            stored = self.warehouse.fetch(asked)
            if stored:
                return date.fromisoformat(stored[0][0])
        return date.fromisoformat(str(self.variables["snowplow__start_date"]))

    @property
    def app_ids(self) -> tuple[str, ...]:
        """Only events of these applications count; empty: of all."""
        given = self.variables["snowplow__app_id"] or ()
        assert isinstance(given, list | tuple)  # checked when it was read
        return tuple(sorted({str(item) for item in given}))

    @property
    def duplicate_days(self) -> int:
        """By how many days the copies of an event differ at most; -1: by any number."""
        return self.whole_number("snowplow__duplicate_lookback_days")

    def whole_number(self, name: str) -> int:
        value = self.variables[name]
        assert isinstance(value, int)  # checked when it was read
        return value

    @property
    def is_redefined(self) -> bool:
        """Whether what is published is by a definition of before, until runs have brought the tables up to date."""
        if not self.has("attributes") or not self.has("definition"):
            return False
        asked = f"""
            select part, fingerprint
            from {self.table("definition")}
            where part like 'attribute %' or part like 'view %'"""
        stored = {str(part): str(fingerprint) for part, fingerprint in self.warehouse.fetch(asked)}
        parts = self.plan.fingerprints()
        now = {part: value for part, value in parts.items() if part.startswith(("attribute ", "view "))}
        return stored != now or not self.has("publication_manifest")

    def require_its_definition(self) -> None:
        """Raises UsageError while what is published is by a definition of before: it cannot be judged by this one."""
        if self.is_redefined:
            raise UsageError(
                f"{self.project}: the definition has changed, and what is published is still by the one of before; "
                "`run` brings the tables up to date"
            )

    def published(self) -> Published | None:
        """What the attributes table holds now; None when nothing was ever published.

        The one place that asks as of which day that is.
        """
        if not self.has("attributes"):
            return None
        if self.has("publication_manifest"):
            asked = f"select as_of, run_id, planned_at, days_shifted from {self.table('publication_manifest')}"
        elif self.has("run_history"):
            finished = f"{self.table('run_history')} where finished_at is not null"
            asked = f"select as_of, run_id, planned_at, null from {finished} order by planned_at desc limit 1"
        else:
            return None
        rows = self.warehouse.fetch(asked)
        # no event is later than LATEST, which earlier versions did not refuse to go beyond
        return Published(min(rows[0][0], LATEST), *rows[0][1:]) if rows else None

    def windows_end_with_as_of(self, published: Published) -> bool:
        """Whether the day as of which was published is itself in the windows."""
        if published.days_shifted is not None:
            return published.days_shifted > 0
        return bool(self.variables["snowplow__include_current_day_in_windows"])


@contextmanager
def opened(
    folder: Path,
    definition: Definition,
    target_type: str,
    profiles_dir: Path,
    *,
    target: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Iterator[Deployed]:
    """The project in `folder`, of one view or several, connected to the target of its profile.

    Raises what `variables_of`, `Warehouse.open` and `Invocation` raise, and DefinitionError for tables of another
    layout.
    """
    from snowplow_signals.warehouse.connection import Warehouse

    given = dict(variables or {})
    values = variables_of(folder, given)
    with Warehouse.open(folder, profiles_dir, target, given) as warehouse:
        warehouse.distrust_statistics()
        dbt = Invocation(folder, profiles_dir, target, given)
        yield _deployed(folder, definition, target_type, warehouse, values, dbt)


def opened_beside(
    deployed: Deployed,
    folder: Path,
    definition: Definition,
    target_type: str,
    profiles_dir: Path,
    *,
    target: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Deployed:
    """Another project of the same target, over the connection of one that is open. Raises as `opened` does."""
    given = dict(variables or {})
    dbt = Invocation(folder, profiles_dir, target, given)
    return _deployed(folder, definition, target_type, deployed.warehouse, variables_of(folder, given), dbt)


def _deployed(
    folder: Path,
    definition: Definition,
    target_type: str,
    warehouse: Reader,
    values: Mapping[str, object],
    dbt: Invocation,
) -> Deployed:
    database, schema, _ = dbt.place("base_new_event_limits")
    plan = plan_of(definition)
    deployed = Deployed(
        plan,
        dialect_named(target_type),
        warehouse,
        values,
        dbt.tables,
        dbt.events_table,
        (database, schema),
        remembered(folder, plan.project_name),
    )
    _check_layout(deployed)
    return deployed


def _check_layout(deployed: Deployed) -> None:
    """Raises DefinitionError when another version made the tables: they cannot be read as those of this one are."""
    if not deployed.has("definition"):
        return
    asked = f"select fingerprint from {deployed.table('definition')} where part = 'layout'"
    found = deployed.warehouse.fetch(asked)
    if not found or found[0][0] != str(TABLES_LAYOUT):
        raise DefinitionError(
            f"{deployed.project}: its tables were created by another version of snowplow-batch-engine, with another "
            "layout. Recompute everything with `run --full-refresh` (on the dev target, or with "
            "snowplow__allow_refresh), or declare a new version of the view, which is filled while this one is served"
        )


def deployed_in(
    folder: Path, warehouse: Reader, variables: Mapping[str, object], invocation: Invocation
) -> Deployed | None:
    """The project in a folder by the definition that it keeps, in a warehouse that is open; None when it keeps none."""
    file = folder / "configs" / "base_config.json"
    if not file.is_file():
        return None
    config = json.loads(file.read_text("utf-8"))
    plan = plan_of(from_config(config))
    values, dialect = variables_of(folder, variables), dialect_named(config["target_type"])
    return Deployed(plan, dialect, warehouse, values, invocation.tables, invocation.events_table)


def variables_of(folder: Path, given: Mapping[str, object] | None = None) -> dict[str, object]:
    """The values of a project's variables: `given`, else those of the projects that dbt parses, else the defaults.

    Raises UsageError for a name that looks like ours and is not, a value of the wrong kind, or when `folder` holds no
    dbt project.
    """
    if not (folder / PROJECT_FILE).exists():
        raise UsageError(f"{folder} holds no dbt project yet; create it with `generate`")
    values: dict[str, object] = {variable.name: variable.default for variable in VARIABLES}
    for some in (project_variables(folder)[0], checked(given or {}, "--vars")[0]):
        values |= {OLDER_NAMES.get(name, name): value for name, value in some.items()}
    return values
