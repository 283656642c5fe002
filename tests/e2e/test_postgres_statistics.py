"""What PostgreSQL needs to plan well, after dbt alone has built: statistics and indexes. No time is measured here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import warehouses
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import event

from snowplow_signals.inspect.explain import explain_entity
from snowplow_signals.inspect.verify import verify_project

ROWS = [event(number, f"user-{number % 20}", number % 5) for number in range(200)]
STORED = f"dev_derived.{PROJECT}_filtered_events"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Built by dbt alone; nobody but us looks at its tables."""
    made = habits.make(tmp_path, "postgres", ROWS)
    made.execute("alter system set autovacuum = off")
    made.execute("select pg_reload_conf()")
    made.dbt("build")
    yield made
    made.execute("alter system reset autovacuum")
    made.execute("select pg_reload_conf()")
    warehouses.WAREHOUSES["postgres"].drop(tmp_path)


def asked(place: Place, sql: str) -> list[dict[str, Any]]:
    with warehouses.connected(place.root) as (warehouse, connection):
        return warehouse.query(connection, sql)


def indexes(place: Place) -> dict[str, list[str]]:
    """What each table is looked up by."""
    found: dict[str, list[str]] = {}
    rows = asked(place, "select tablename, indexdef from pg_indexes where schemaname like 'dev%' order by 1, 2")
    for row in rows:
        found.setdefault(row["tablename"], []).append(row["indexdef"].split(" USING ")[1])
    return {table: sorted(those) for table, those in found.items()}


def test_each_table_that_dbt_builds_is_analyzed(place: Place) -> None:
    """Each time that rows come in."""
    place.load(event(900, "user-new", 5), event(901, "user-3", 6))
    before = asked(place, "select clock_timestamp() as now")[0]["now"]
    place.dbt("build")
    statistics = asked(
        place,
        "select schemaname || '.' || relname as name, n_tup_ins, last_analyze from pg_stat_user_tables"
        " where schemaname like 'dev%' and n_live_tup > 0",
    )
    assert STORED in {one["name"] for one in statistics}
    assert [one["name"] for one in statistics if one["last_analyze"] is None] == []
    assert next(one for one in statistics if one["name"] == STORED)["last_analyze"] > before


def joins_of(plan: dict[str, Any]) -> Iterator[list[str]]:
    """The joins of a plan: of which kind, and what is on their two sides."""
    below = plan.get("Plans", [])
    if plan["Node Type"] in ("Hash Join", "Merge Join", "Nested Loop"):
        yield [plan["Node Type"], *(one["Node Type"] for one in below)]
    for one in below:
        yield from joins_of(one)


def test_no_plan_of_verify_or_explain_compares_each_row_with_each(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the queries that they send, over an events table that was never analyzed."""
    joins: list[list[str]] = []
    with place.opened("dev") as deployed:
        assert asked(place, "select 1 from pg_stat_user_tables where relname = 'events' and last_analyze is null")
        fetch, rows = deployed.warehouse.fetch, deployed.warehouse.rows

        def planned(sql: str) -> str:
            joins.extend(joins_of(fetch(f"explain (format json) {sql}")[0][0][0]["Plan"]))
            return sql

        monkeypatch.setattr(deployed.warehouse, "fetch", lambda sql, *more: fetch(planned(sql), *more))
        monkeypatch.setattr(deployed.warehouse, "rows", lambda sql, *more: rows(planned(sql), *more))
        assert verify_project(deployed, sample=None).differing == 0
        assert verify_project(deployed, sample=5, from_source=True).differing == 0
        assert explain_entity(deployed, "user-3").attributes
    assert {"Hash Join", "Merge Join"} & {join for join, *_ in joins}
    loops = [sides for join, *sides in joins if join == "Nested Loop"]
    assert [sides for sides in loops if "Result" not in sides] == []  # which is one row


@pytest.mark.parametrize("column", ["day", "domain_userid"])
def test_tables_of_an_earlier_version_get_the_indexes_of_this_one(place: Place, column: str) -> None:
    """In the place of an index of days alone, and of one that refuses a long identifier; the user's own stays."""
    expected = indexes(place)
    names = asked(place, f"select indexname from pg_indexes where schemaname || '.' || tablename = '{STORED}'")
    for row in names:
        place.execute(f'drop index dev_derived."{row["indexname"]}"')
    place.execute(f'create index "{"0" * 32}" on {STORED} ({column})')
    place.execute(f"create index of_the_user on {STORED} (event_id)")
    place.load(event(902, "x" * 5_000, 5))
    place.dbt("build")
    assert indexes(place) == expected | {
        STORED.split(".")[1]: sorted([*expected[STORED.split(".")[1]], "btree (event_id)"])
    }
    assert place.wrong(f"dev_derived.{PROJECT}_attributes") == []


def test_indexes_that_are_as_they_should_be_are_left(place: Place) -> None:
    query = f"select indexrelid from pg_index where indrelid = '{STORED}'::regclass order by 1"
    before = asked(place, query)
    place.load(event(903, "user-4", 5))
    place.dbt("build")
    assert asked(place, query) == before != []
