"""Runs views the way a user does: definitions, compiled to a dbt project, written, built by dbt, read from the tables.

A workspace is a folder with `profiles.yml`, the events' database and one folder per project. What is compared is read
by the engine's own client. Many projects can be built by one dbt run: each then is a package of an empty project.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import yaml
from tests import reference, warehouses
from tests.events_table import EVENTS_COLUMNS
from tests.quick_dbt import make_dbt_quick
from tests.warehouses import WAREHOUSES, Warehouse

from snowplow_signals import Attribute, Derived, View
from snowplow_signals.project.kept import Definition, plan_of

DATABASE = "events.duckdb"
DERIVED, SCRATCH, MANIFEST = "signals_derived", "signals_scratch", "signals_snowplow_manifest"
ALL_PROJECTS = "all_projects"
Where = Path | duckdb.DuckDBPyConnection
Table = list[dict[str, Any]]
Attributes = dict[str, dict[str, Any]]


@contextmanager
def connected(where: Where) -> Iterator[Any]:
    """A connection to the database of a workspace, or to a DuckDB file; one that is given is used and left open."""
    if isinstance(where, duckdb.DuckDBPyConnection):
        yield where
    elif where.is_dir():
        with warehouses.connected(where) as (_, connection):
            yield connection
    else:
        with duckdb.connect(str(where)) as connection:
            yield connection


def warehouse_of(where: Where) -> Warehouse:
    """The kind of warehouse that a workspace, a DuckDB file or a connection is of."""
    is_workspace = isinstance(where, Path) and where.is_dir()
    return warehouses.warehouse_of(where) if is_workspace else WAREHOUSES["duckdb"]


# --- events


def write_events(where: Where, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = EVENTS_COLUMNS) -> None:
    """Adds rows to `atomic.events`, which is made if it is not there. Exact for text, numbers and timestamps."""
    with connected(where) as connection:
        warehouse_of(where).write_events(connection, rows, columns)


# --- tables


def read_table(where: Where, name: str, condition: str = "true") -> Table:
    """The rows of a table, given with its schema; timestamps naive in UTC."""
    with connected(where) as connection:
        return warehouse_of(where).query(connection, f"SELECT * FROM {name} WHERE {condition}")


def attributes_of(where: Where, view: View) -> Attributes:
    """Identifier -> attribute -> value, as `reference.compute` gives it; fails when an identifier has two rows."""
    rows = read_table(where, f"{DERIVED}.{view.project_name}_attributes")
    identifiers = [row[view.entity.column] for row in rows]
    assert len(set(identifiers)) == len(rows), f"an identifier has several rows: {sorted(identifiers)}"
    read = warehouse_of(where).value
    return {
        one: {attribute.name: read(row[attribute.column], attribute.type) for attribute in columns_of(view)}
        for one, row in zip(identifiers, rows, strict=True)
    }


def columns_of(view: View) -> list[Attribute | Derived]:
    """The attributes that the table has: not those that are computed when they are read."""
    return [one for one in view.attributes if one.column not in view.computed_at_read]


# --- dbt


def make_workspace(
    folder: Path,
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str] = EVENTS_COLUMNS,
    warehouse: str = "duckdb",
) -> Path:
    """A folder with the events and a profile for them; returns the path of DuckDB's file, else the folder itself."""
    WAREHOUSES[warehouse].make(folder)
    write_events(folder, rows, columns)
    return folder / DATABASE if warehouse == "duckdb" else folder


def write_project(folder: Path, definition: Definition, warehouse: str = "duckdb") -> None:
    """The dbt project of a view, or of several, as compiled for a kind of warehouse."""
    from snowplow_signals.dialects import dialect_named
    from snowplow_signals.project.compile import compile_project

    for path, text in compile_project(plan_of(definition), dialect_named(warehouse)).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def dbt(project: Path, profiles: Path, command: str = "build", **variables: Any) -> None:
    """Runs dbt in process, quietly; fails with what dbt said when a node fails."""
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    from dbt.cli.main import dbtRunner

    make_dbt_quick()
    said: list[str] = []
    runner = dbtRunner(callbacks=[lambda event: said.append(event.info.msg) if event.info.level == "error" else None])
    arguments = [*command.split(), "--project-dir", str(project), "--profiles-dir", str(profiles), "--threads", "2"]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-print"]
    result = runner.invoke([*arguments, *quiet, "--vars", json.dumps(variables)])
    if not result.success:
        raise AssertionError("\n".join([f"dbt {command} failed", *said, str(result.exception or "")]))


def run_project(workspace: Path, view: View, command: str = "build", **variables: Any) -> Attributes:
    """The attributes of one view over the workspace's events, by one run of its project."""
    folder = workspace / view.project_name
    write_project(folder, view, warehouse_of(workspace).name)
    dbt(folder, workspace, command, **variables)
    return attributes_of(workspace, view)


def run_projects(
    workspace: Path, views: Iterable[View], command: str = "build", **variables: Any
) -> dict[str, Attributes]:
    """Project name -> attributes; all projects are built by one run of dbt. Names have to differ."""
    root = workspace / ALL_PROJECTS
    root.mkdir(exist_ok=True)
    project = {"name": ALL_PROJECTS, "version": "1.0.0", "profile": "snowplow_batch_engine", "config-version": 2}
    (root / "dbt_project.yml").write_text(yaml.safe_dump(project))
    views = list(views)
    for view in views:
        write_project(root / "dbt_packages" / view.project_name, view, warehouse_of(workspace).name)
    dbt(root, workspace, command, **variables)
    return {view.project_name: attributes_of(workspace, view) for view in views}


# --- comparison


def differences(view: View, found: Attributes, expected: Attributes) -> list[str]:
    """One line for each cell, or entity, that differs."""
    lines = [f"{view.project_name}: no row for {one!r}" for one in sorted(expected.keys() - found.keys())]
    lines += [f"{view.project_name}: a row too many for {one!r}" for one in sorted(found.keys() - expected.keys())]
    for one in sorted(found.keys() & expected.keys()):
        for attribute in columns_of(view):
            cell, truth = found[one][attribute.name], expected[one][attribute.name]
            # the last bit of a sum of doubles may decide to which single it is rounded
            tolerance = 1e-6 if attribute.type.startswith("float") else 1e-9
            if not reference.same(cell, truth, tolerance):
                lines.append(f"{view.project_name} {one!r} {attribute.name}: found {cell!r}, should be {truth!r}")
    return lines
