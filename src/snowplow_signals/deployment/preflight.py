"""Before dbt starts: the events table is there, and has the columns without which no run makes sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from snowplow_signals.deployment.deployed import Reader
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import RunError, SourceError, did_you_mean
from snowplow_signals.loader_names import columns_of, entity_column, event_column
from snowplow_signals.warehouse.connection import Warehouse

BASE_CONFIG = Path("configs", "base_config.json")


def check_source(
    warehouse: Warehouse,
    folder: Path,
    events_table: tuple[str | None, str, str],
    described: list[tuple[Any, ...]] | None = None,
) -> list[tuple[Any, ...]]:
    """What the engine says of the columns of the events table, which may have been asked already.

    Raises SourceError naming what was found and what is nearest to what was looked for.
    """
    relation, dialect = warehouse.name_of(*events_table), dialect_named(warehouse.kind)
    try:
        described = described or warehouse.described(dialect.describe(*events_table), events_table)
    except RunError as error:
        raise missing_table(warehouse, warehouse.project, events_table, error) from error
    found = [column.lower() for column in dialect.types_in(described)] if described else []
    if not found:
        raise missing_table(warehouse, warehouse.project, events_table)
    needed = {"event_id": "", "load_tstamp": ""}
    identifier = identifier_column(folder)
    if identifier:
        needed[identifier] = ", which identifies the view's entity"
    problems = [
        f"{warehouse.project}: the events table {relation} has no column {name!r}{what}{did_you_mean(name, found)}"
        for name, what in needed.items()
        if not columns_of(found, name)
    ]
    if problems:
        raise SourceError("\n".join([*problems, f"It has: {', '.join(found)}"]))
    return described


def identifier_column(folder: Path) -> str | None:
    """The column that holds the identifier of the view's entity; None when the folder keeps no definition."""
    file = folder / BASE_CONFIG
    if not file.is_file():
        return None  # a project that was moved: its own macros check the columns too
    # read as data: the definitions' classes would cost an idle run a tenth of its time
    config = json.loads(file.read_text("utf-8"))
    entity = (config.get("view") or config["views"][0])["entity"]
    prop = entity.get("property") or {"type": "atomic", "name": entity.get("key") or entity["name"]}
    if prop["type"] == "atomic":
        return str(prop["name"])
    kind = event_column if prop["type"] == "event" else entity_column
    return kind(prop["vendor"], prop["name"], prop["major_version"])


def missing_table(
    warehouse: Reader, project: str, events_table: tuple[str | None, str, str], error: RunError | None = None
) -> SourceError:
    """The message for an events table, given by its database, schema and name, that cannot be read; `error` is the
    engine's.
    """
    database, schema, name = events_table
    tables = [(found_schema, found) for found_schema, found in warehouse.tables() if not _is_ours(found_schema)]
    if any((one.lower(), other.lower()) == (schema.lower(), name.lower()) for one, other in tables):
        shown = warehouse.name_of(*events_table)
        return SourceError(f"{project}: the events table {shown} cannot be read: {error or 'it shows no columns'}")
    wanted, there = f"{schema}.{name}", [f"{one}.{other}" for one, other in tables]
    if warehouse.new_file is not None:
        return SourceError(
            f"{project}: there is no database {warehouse.new_file}; set `path` in profiles.yml to the file that holds "
            f"the events table {wanted!r}"
        )
    said = f"It has: {', '.join(there[:20])}{', ...' if len(there) > 20 else ''}" if there else "It has no tables"
    return SourceError(
        f"{project}: there is no events table {wanted!r} in database {database!r}"
        f"{did_you_mean(wanted, there)}\n{said}\n"
        f"Set {dialect_named(warehouse.kind).events_database_variable}, snowplow__atomic_schema and "
        "snowplow__events_table to where your events are"
    )


def _is_ours(schema: str) -> bool:
    return schema.endswith(("_derived", "_scratch", "_snowplow_manifest")) or schema == "information_schema"
