"""A warehouse with a table that somebody else keeps there, for tests of syncs."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from snowplow_signals import BatchSource, Entity, Field, View
from snowplow_signals.stores import Store, open_store
from snowplow_signals.sync.published import Published

T = datetime(2025, 3, 1)
LATER = timedelta(hours=1)
SOURCE = BatchSource(name="scores", schema="crm", table="scores", timestamp_field="changed")


def view(**more: Any) -> View:
    fields = [Field(name="score", type="double"), Field(name="tags", type="string_list")]
    given = {"entity": Entity(name="customer"), "fields": fields, "batch_source": SOURCE, **more}
    return View(**{"name": "crm", "version": 1, "owner": "owner@example.com", "offline": True} | given)


class Crm:
    """A warehouse with a table of scores, and an empty store."""

    def __init__(self, root: Path, store: str | None = None) -> None:
        self.root = root
        self.database = root / "warehouse.duckdb"
        (root / "profiles.yml").write_text(
            "snowplow_batch_engine:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
            f"      path: {self.database}\n      schema: signals\n"
        )
        self.execute("create schema crm")
        self.create("customer varchar, changed timestamp, score double, tags varchar[], secret varchar")
        self.store: Store = open_store(store or root / "profiles.sqlite")
        self.view = view()
        self.published = Published(root)

    def create(self, columns: str) -> None:
        self.execute(f"create or replace table crm.scores ({columns})")

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(sql)

    def insert(self, *rows: tuple[Any, ...]) -> None:
        """Customer, when it changed, score."""
        with duckdb.connect(str(self.database)) as connection:
            sql = "insert into crm.scores (customer, changed, score) values (?, ?, ?)"
            connection.executemany(sql, [list(row) for row in rows])

    def sync(self) -> tuple[int, int, int]:
        result = self.published.sync(self.view, self.store)
        return result.rows_changed, result.rows_written, result.rows_removed

    def scores(self, *names: str) -> dict[str, Any]:
        names = names or ("ann", "bob", "eve", "zoe", "1", "2")
        return {name: one.values["score"] for name, one in self.store.read(self.view.full_name, names).items()}
