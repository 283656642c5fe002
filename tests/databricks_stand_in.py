"""Spark with Delta Lake in the place of Databricks, below dbt-databricks, which is the real one.

As a program (`python -m tests.databricks_stand_in FOLDER`), run by the Python of an environment with dbt-databricks: a
project is built twice by our `run` and once by `dbt build`, and what differs from the interpreter is written as JSON.
What Databricks' SQL connector would send goes to a session of Spark instead. What is changed on the way is in
`translated`; nothing of Databricks' own engine, catalogue or permissions is tried by it.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

CATALOG = "hive_metastore"
VERSION = "16.4.x-scala2.12"
SESSION_SETTINGS = {"spark.databricks.clusterUsageTags.sparkVersion": VERSION}


def translated(sql: str) -> str:
    """A statement as Spark takes it: its only catalogue has another name, and is not named."""
    sql = re.sub(rf"`?\b{CATALOG}\b`?\.", "", sql)
    return re.sub(rf"(?i)\b(show schemas) in `?{CATALOG}`?", r"\1", sql)


class Cursor:
    """One of Databricks' SQL connector, over a session of Spark."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._session = connection.session
        self._rows: list[tuple[Any, ...]] = []
        self.description: list[tuple[Any, ...]] = []
        self.query_id = "stand-in"
        self.active_op_handle = None

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def execute(self, sql: str, parameters: Any = None) -> Cursor:
        assert not parameters, parameters
        self.connection.said.append(sql)
        from databricks.sql.exc import ServerOperationError
        from pyspark.errors import PySparkException

        try:
            return self._over(self._session.sql(translated(sql)))
        except PySparkException as error:
            raise ServerOperationError(str(error)) from error

    def _over(self, frame: Any) -> Cursor:
        self.description = [(field.name, field.dataType.simpleString(), *[None] * 5) for field in frame.schema.fields]
        self._rows = [tuple(row) for row in frame.collect()]
        return self

    def schemas(self, catalog: str, schema: str | None = None) -> Cursor:
        return self._over(self._session.sql("show schemas" + (f" like '{schema}'" if schema else "")))

    def tables(self, catalog: str, schema: str) -> Cursor:
        if not self._session.catalog.databaseExists(schema):
            return self._over(self._session.sql("select 1 as TABLE_NAME, 1 as TABLE_TYPE where false"))
        tables = self._session.sql(f"show tables in {schema}")
        return self._over(tables.selectExpr("tableName as TABLE_NAME", "'TABLE' as TABLE_TYPE"))

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows, []
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def cancel(self) -> None:
        return None

    def close(self) -> None:
        return None


class Connection:
    """One of Databricks' SQL connector."""

    said: list[str] = []

    def __init__(self, session: Any) -> None:
        self.session = session

    def cursor(self) -> Cursor:
        return Cursor(self)

    def get_session_id_hex(self) -> str:
        return "stand-in"

    def close(self) -> None:
        return None


def main(root: str) -> None:
    import databricks.sql as connector
    from tests import harness, reference
    from tests.e2e import shop
    from tests.e2e.shop import VIEW
    from tests.histories.columns import COLUMNS
    from tests.warehouses import WAREHOUSES, output_of

    from snowplow_signals.deployment.deployed import opened
    from snowplow_signals.inspect.status import project_status
    from snowplow_signals.inspect.verify import verify_project
    from snowplow_signals.run.runner import run_project
    from snowplow_signals.workspace.projects import Project

    warehouse, folder = WAREHOUSES["databricks"], Path(root)
    session = warehouse.session
    for name, value in SESSION_SETTINGS.items():
        session.conf.set(name, value)
    connector.connect = lambda **_: Connection(session)
    project = folder / VIEW.project_name
    harness.make_workspace(folder, [shop.event(n, f"user-{n % 4}", n % 6) for n in range(30)], COLUMNS, "databricks")
    harness.write_project(project, VIEW, "databricks")
    (project / "configs").mkdir()
    (project / "configs" / "base_config.json").write_text(Project(project, VIEW, "databricks").base_config)
    assert output_of(folder)["type"] == "databricks"
    version = importlib.metadata.version("dbt-databricks")
    found: dict[str, Any] = {"differences": [], "version": f"dbt-databricks {version} over {warehouse.version}"}

    def compare() -> None:
        rows = harness.read_table(folder, "atomic.events")
        expected = reference.compute(VIEW, rows, as_of=shop.AS_OF)
        found["differences"] += harness.differences(VIEW, harness.attributes_of(folder, VIEW), expected)

    harness.dbt(project, folder, "parse")
    run_project(project, profiles_dir=folder, as_of=shop.AS_OF)
    harness.dbt(project, folder, "compile")
    compare()
    harness.write_events(folder, [shop.event(100, "user-1", 5, loaded=6), shop.event(5, "user-9", 5)], COLUMNS)
    found["rows"] = run_project(project, profiles_dir=folder, as_of=shop.AS_OF).rows
    compare()
    harness.write_events(folder, [shop.event(101, "user-5", 5)], COLUMNS)
    harness.dbt(project, folder, snowplow__as_of_date=shop.AS_OF.isoformat(), snowplow__backfill_limit_days=30)
    compare()
    with opened(project, VIEW, "databricks", folder) as deployed:
        found["runs"] = len(project_status(deployed, datetime(2025, 3, 20)).runs)
        found["entities"] = len(harness.attributes_of(folder, VIEW))
        found["verified"] = verify_project(deployed, sample=None).differing
        found["training"] = [_trained(deployed, harness.read_table(folder, "atomic.events"))]
    found["clustered"] = sorted({line.strip() for sql in Connection.said for line in re.findall(r"cluster by.*", sql)})
    found["replaced"] = sorted(
        set(re.findall(r"insert into \S+ replace where day = date '[^']*'", " ".join(Connection.said)))
    )
    print(json.dumps(found, default=str))  # noqa: T201


def _trained(deployed: Any, rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many cells of training sets were compared with the interpreter, and how many differ."""
    from tests import reference, reference_datasets
    from tests.e2e.shop import VIEW

    from snowplow_signals.datasets import Anchor, Anchors, Dataset, PartOf

    asked = [
        Anchor(row["domain_userid"], row["derived_tstamp"] + timedelta(hours=hours), (row["event_id"],))
        for row in rows
        for hours in (0, 30)
    ]
    cells = {"compared": 0, "different": 0}
    for mode in ("as_served", "exact"):
        for known in (False, True):
            pairs = [(one.entity, one.moment) for one in asked]
            truths = reference_datasets.training_set(VIEW, rows, pairs, mode=mode, known=known)
            with Dataset.of([PartOf(deployed, VIEW)], mode=mode, known=known).built(
                Anchors(("note",), iter(asked))
            ) as built:
                found = list(built.rows())
            assert [row[2] for row in found] == [one.others[0] for one in asked]
            for anchor, row, truth in zip(asked, found, truths, strict=True):
                for attribute, value in zip(VIEW.attributes, row[3:], strict=True):
                    wanted = None if truth is None else truth[attribute.name]
                    if attribute.time_unit and wanted is not None:
                        wanted = (anchor.moment - wanted) / timedelta(hours=1)
                    cells["compared"] += 1
                    cells["different"] += not reference.same(value, wanted)
    return cells


if __name__ == "__main__":
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    main(*sys.argv[1:])
