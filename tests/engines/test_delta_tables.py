"""Delta tables as Spark writes them, loaded by their log alone."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.warehouses import WAREHOUSES

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.load import load_events

pytestmark = pytest.mark.spark
COLUMNS = "event_id string, app_id string, event_name string, contexts_com_acme_part_1 array<struct<sku: bigint>>"
Loaded = list[tuple[Any, ...]]


class Lake:
    """A Delta table in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "_delta_log"
        self.loads = 0

    def ask(self, statement: str) -> None:
        WAREHOUSES["spark"].session.sql(statement.format(table=f"delta.`{self.folder}`"))

    def make(self, *properties: str, partitioned: bool = True) -> None:
        by = "partitioned by (event_name)" if partitioned else ""
        options = f"tblproperties ({', '.join(properties)})" if properties else ""
        self.ask(f"create table {{table}} ({COLUMNS}) using delta {by} {options}")

    def add(self, *events: str, name: str = "page_view") -> None:
        rows = ", ".join(f"('{one}', 'web', '{name}', array(named_struct('sku', 9007199254740993)))" for one in events)
        self.ask(f"insert into {{table}} select /*+ coalesce(1) */ * from values {rows}")  # in one file

    def loaded(self) -> Loaded:
        self.loads += 1
        file = self.folder.parent / f"{self.folder.name}_{self.loads}.duckdb"
        load_events([self.folder], file)
        with duckdb.connect(str(file)) as connection:
            query = "select event_id, event_name, contexts_com_acme_part_1[1].sku from atomic.events order by 1"
            return connection.execute(query).fetchall()

    def drop_log_before_checkpoint(self) -> None:
        """As the engine does after a month; without the hint where the newest checkpoint is."""
        newest = max(int(path.name[:20]) for path in self.log.glob("0*.checkpoint.*"))
        for path in self.log.glob("0*.json"):
            if ".checkpoint" not in path.name and int(path.name[:20]) <= newest:
                path.unlink()
        (self.log / "_last_checkpoint").unlink(missing_ok=True)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake # 1")


def rows(*events: str, name: str = "page_view") -> Loaded:
    return [(one, name, 9007199254740993) for one in events]


V2 = ("'delta.checkpointPolicy' = 'v2'",)


@pytest.mark.parametrize(
    ("policy", "parts"),
    [
        ((), 1),
        (V2, 1),
        pytest.param((), None, marks=pytest.mark.long),
        pytest.param(V2, None, marks=pytest.mark.long),
    ],
    ids=["several-classic", "several-v2", "one-classic", "one-v2"],
)
def test_a_log_that_is_cut_off_behind_a_checkpoint(lake: Lake, policy: tuple[str, ...], parts: int | None) -> None:
    lake.make("'delta.checkpointInterval' = '3'", *policy)
    conf = WAREHOUSES["spark"].session.conf
    if parts:
        conf.set("spark.databricks.delta.checkpoint.partSize", parts)
    try:
        lake.add("e1", "e2")
        lake.add("e3", name="a b")
        lake.ask("delete from {table} where event_id in ('e1', 'e2')")
        lake.add("e4")
        lake.add("e5")
    finally:
        conf.unset("spark.databricks.delta.checkpoint.partSize")
    expected = [*rows("e3", name="a b"), *rows("e4", "e5")]
    assert lake.loaded() == expected
    assert list(lake.log.glob("0*.checkpoint.*"))
    if policy and parts:
        assert list((lake.log / "_sidecars").iterdir())
    lake.drop_log_before_checkpoint()
    assert lake.loaded() == expected


def test_rows_marked_as_deleted_are_refused_until_they_are_purged(lake: Lake) -> None:
    lake.make("'delta.enableDeletionVectors' = 'true'", partitioned=False)
    lake.add("e1", "e2", "e3")
    assert lake.loaded() == rows("e1", "e2", "e3")
    lake.ask("delete from {table} where event_id = 'e2'")
    with pytest.raises(UsageError, match="marks rows inside of its files as deleted"):
        lake.loaded()
    lake.ask("delete from {table} where event_id = 'e3'")  # the file gets other marks in the place of these
    with pytest.raises(UsageError, match="marks rows inside of its files as deleted"):
        lake.loaded()
    lake.ask("reorg table {table} apply (purge)")
    assert lake.loaded() == rows("e1")


def test_columns_with_other_names_in_the_files_are_refused(lake: Lake) -> None:
    lake.make("'delta.columnMapping.mode' = 'name'")
    lake.add("e1")
    with pytest.raises(UsageError, match="maps columns to other names in its files"):
        lake.loaded()


def test_a_column_whose_type_was_widened(lake: Lake) -> None:
    lake.ask(
        "create table {table} (event_id string, event_name string, domain_sessionidx smallint, "
        "contexts_com_acme_part_1 array<struct<sku: int>>) using delta "
        "tblproperties ('delta.enableTypeWidening' = 'true')"
    )
    lake.ask("insert into {table} values ('e1', 'x', 7, array(named_struct('sku', 1)))")
    lake.ask("alter table {table} alter column domain_sessionidx type int")
    lake.ask("alter table {table} alter column contexts_com_acme_part_1.element.sku type bigint")
    lake.ask("insert into {table} values ('e2', 'x', 70000, array(named_struct('sku', 9007199254740993)))")
    assert lake.loaded() == [("e1", "x", 1), ("e2", "x", 9007199254740993)]


def test_features_that_nobody_knows_here_are_named(lake: Lake) -> None:
    lake.ask("create table {table} (event_id string, v variant) using delta")
    lake.ask("insert into {table} values ('e1', parse_json('1'))")
    with pytest.raises(UsageError, match="needs a reader that supports variantType"):
        lake.loaded()
