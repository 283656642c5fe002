"""Profiles of 30 attributes, for benchmarks: a table of them in DuckDB, and the view that serves it."""

from datetime import timedelta
from pathlib import Path

import duckdb

from snowplow_signals import BatchSource, Entity, Field, View

KINDS = {
    "count": ("int64", "(i * {k}) % 1000"),
    "total": ("double", "((i * {k}) % 100000) / 7.0"),
    "text": ("string", "'value ' || ((i + {k}) % 977)"),
    "moment": ("timestamp", "timestamp '2025-01-01' + to_seconds((i * {k}) % 5000000)"),
    "list": ("string_list", "['item ' || (i % {k}), 'item ' || ((i + 1) % {k}), 'item ' || ((i + 2) % {k})]"),
    "counts": ("dict", "map(['desktop', 'mobile'], [i % {k}, 3])"),
}
HOW_MANY = {"count": 10, "total": 6, "text": 6, "moment": 4, "list": 2, "counts": 2}
ATTRIBUTES = [(f"{kind}_{number}", kind, number + 3) for kind, many in HOW_MANY.items() for number in range(many)]
KEY = "domain_userid"


def identifier(number: int) -> str:
    """The identifier of a profile: as long as a UUID, and in no order."""
    import hashlib

    return hashlib.md5(str(number).encode()).hexdigest()


def view(ttl: timedelta | None = None) -> View:
    return View(
        name="speed",
        version=1,
        entity=Entity(name=KEY),
        fields=[Field(name=name, type=KINDS[kind][0]) for name, kind, _ in ATTRIBUTES],
        batch_source=BatchSource(name="speed", schema="main", table="speed", timestamp_field="updated_at"),
        offline=True,
        is_published=True,
        owner="bench@example.com",
        ttl=ttl,
    )


def make_warehouse(folder: Path, rows: int, memory: str = "80%") -> None:
    """A DuckDB file with the table, and the profile that leads to it; `memory` is DuckDB's limit of its own."""
    database = folder / "warehouse.duckdb"
    (folder / "profiles.yml").write_text(
        "snowplow_batch_engine:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
        f"      path: {database}\n      schema: main\n      threads: 2\n"
        f"      settings:\n        memory_limit: '{memory}'\n"
    )
    columns = ", ".join(f"{KINDS[kind][1].format(k=k)} as {name}" for name, kind, k in ATTRIBUTES)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"create table speed as select md5(i::varchar) as {KEY}, timestamp '2025-03-01' as updated_at, {columns}"
            f" from range({rows}) as rows(i)"
        )


def change(folder: Path, one_in: int) -> None:
    """Change one of so many rows, later than all changes before."""
    # by more than the hour before the newest that each sync reads again
    changed = "(select max(updated_at) from speed) + interval 2 hours"
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(
            f"update speed set count_0 = count_0 + 1, updated_at = {changed} where hash({KEY}) % {one_in} = 0"
        )
