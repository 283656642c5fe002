"""Runs views the way a user does: definitions, compiled to a dbt project, written, built by dbt, read from the tables.

A workspace is a folder with `profiles.yml`, the events' database and one folder per project. What is compared is read
by DuckDB's own client. Many projects can be built by one dbt run: each then is a package of an empty project.
"""

import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml
from tests import reference
from tests.events_table import EVENTS_COLUMNS

from snowplow_signals import View

DATABASE = "events.duckdb"
DERIVED, SCRATCH, MANIFEST = "signals_derived", "signals_scratch", "signals_snowplow_manifest"
ALL_PROJECTS = "all_projects"
Where = Path | duckdb.DuckDBPyConnection
Table = list[dict[str, Any]]
Attributes = dict[str, dict[str, Any]]


@contextmanager
def connected(where: Where) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is given is used and left open; a path is opened and closed."""
    if isinstance(where, duckdb.DuckDBPyConnection):
        yield where
        return
    with duckdb.connect(str(where)) as connection:
        yield connection


# --- events


def write_events(where: Where, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = EVENTS_COLUMNS) -> None:
    """Adds rows to `atomic.events`, which is made if it is not there. Exact for text, numbers and timestamps."""
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    kinds = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in columns.items())
    names = ", ".join(f'"{name}"' for name in columns)
    with connected(where) as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("CREATE SCHEMA IF NOT EXISTS atomic")
        connection.execute(f"CREATE TABLE IF NOT EXISTS atomic.events ({declared})")
        lines = [json.dumps({name: _told(value, columns[name]) for name, value in row.items()}) for row in rows]
        if lines:
            file = Path(folder, "rows.json")
            file.write_text("\n".join(lines))
            source = f"read_json({_text(str(file))}, format = 'newline_delimited', columns = {{{kinds}}})"
            connection.execute(f"INSERT INTO atomic.events ({names}) SELECT {names} FROM {source}")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _told(value: Any, kind: str = "") -> Any:
    """The value for JSON. Rows are naive and mean UTC, which text for a type with a time zone has to say."""
    if isinstance(value, datetime):
        return f"{value}+00" if kind == "TIMESTAMP WITH TIME ZONE" else str(value)
    if isinstance(value, dict):
        return {name: _told(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


# --- tables


def read_table(where: Where, name: str, condition: str = "true") -> Table:
    """The rows of a table, given with its schema; timestamps naive in UTC."""
    with connected(where) as connection:
        found = connection.execute(f"SELECT * FROM {name} WHERE {condition}")
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, map(_plain, row), strict=True)) for row in found.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def attributes_of(where: Where, view: View) -> Attributes:
    """Identifier -> attribute -> value, as `reference.compute` gives it; fails when an identifier has two rows."""
    rows = read_table(where, f"{DERIVED}.{view.project_name}_attributes")
    identifiers = [row[view.entity.identifier] for row in rows]
    assert len(set(identifiers)) == len(rows), f"an identifier has several rows: {sorted(identifiers)}"
    names = [attribute.name for attribute in view.attributes]
    return {one: {name: row[name] for name in names} for one, row in zip(identifiers, rows, strict=True)}


# --- dbt


def make_workspace(
    folder: Path, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str] = EVENTS_COLUMNS
) -> Path:
    """A folder with the events and a profile for them; gives the database's path."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / DATABASE
    output = {"type": "duckdb", "path": str(database), "schema": "signals", "threads": 2}
    output["settings"] = {"TimeZone": "America/New_York"}  # what is UTC stays UTC whatever the session says
    profiles = {"snowplow_batch_engine": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    write_events(database, rows, columns)
    return database


def write_project(folder: Path, view: View) -> None:
    """The view's dbt project, as compiled."""
    from snowplow_signals.dialects import dialect_named
    from snowplow_signals.plan import plan_view
    from snowplow_signals.project import compile_project

    for path, text in compile_project(plan_view(view), dialect_named("duckdb")).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def dbt(project: Path, profiles: Path, command: str = "build", **variables: Any) -> None:
    """Runs dbt in process, quietly; fails with what dbt said when a node fails."""
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    from dbt.cli.main import dbtRunner

    said: list[str] = []
    runner = dbtRunner(callbacks=[lambda event: said.append(event.info.msg) if event.info.level == "error" else None])
    arguments = [command, "--project-dir", str(project), "--profiles-dir", str(profiles), "--threads", "2"]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-print"]
    result = runner.invoke([*arguments, *quiet, "--vars", json.dumps(variables)])
    if not result.success:
        raise AssertionError("\n".join([f"dbt {command} failed", *said, str(result.exception or "")]))


def run_project(workspace: Path, view: View, command: str = "build", **variables: Any) -> Attributes:
    """The attributes of one view over the workspace's events, by one run of its project."""
    folder = workspace / view.project_name
    write_project(folder, view)
    dbt(folder, workspace, command, **variables)
    return attributes_of(workspace / DATABASE, view)


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
        write_project(root / "dbt_packages" / view.project_name, view)
    dbt(root, workspace, command, **variables)
    return {view.project_name: attributes_of(workspace / DATABASE, view) for view in views}


# --- comparison


def differences(view: View, found: Attributes, expected: Attributes) -> list[str]:
    """One line for each cell, or entity, that differs."""
    lines = [f"{view.project_name}: no row for {one!r}" for one in sorted(expected.keys() - found.keys())]
    lines += [f"{view.project_name}: a row too many for {one!r}" for one in sorted(found.keys() - expected.keys())]
    for one in sorted(found.keys() & expected.keys()):
        for attribute in view.attributes:
            cell, truth = found[one][attribute.name], expected[one][attribute.name]
            # the last bit of a sum of doubles may decide to which single it is rounded
            tolerance = 1e-6 if attribute.type.startswith("float") else 1e-9
            if not reference.same(cell, truth, tolerance):
                lines.append(f"{view.project_name} {one!r} {attribute.name}: found {cell!r}, should be {truth!r}")
    return lines
