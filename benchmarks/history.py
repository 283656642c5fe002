"""A history of events in a DuckDB file that grows day by day, as a loader leaves it."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb

from snowplow_signals.events.synthetic.generate import generate_events

START = date(2025, 1, 1)
SEED = 7
AS_MANY = 0.1
"""The share by which the number of events made may be off the number asked for."""
SETTLED_SECONDS = 0.1
MOST_CHECKPOINTS = 20


def lake(folder: Path, events: int, days: int, threads: int) -> float:
    """Wide events as Parquet, a folder per day of load, one day more than `days`; kept if the days are there.

    Returns the seconds that it took.
    """
    wanted = round(events * (days + 1) / days)
    there = len(list(folder.glob("load_date=*")))
    if there:
        rows = duckdb.sql(f"SELECT count(*) FROM read_parquet('{folder}/*/*.parquet')").fetchall()[0][0]
        if there == days + 1 and abs(rows / wanted - 1) < AS_MANY:
            return 0.0
        raise SystemExit(
            f"{folder} holds {rows:,} events of {there} days, not about {wanted:,} of {days + 1}: "
            "name another --lake, or remove it"
        )
    return generate_events(folder, days=days + 1, events=wanted, seed=SEED, start=START, threads=threads).seconds


@contextmanager
def connected(database: Path, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"SET threads = {threads}")
        yield connection


def load(database: Path, folder: Path, first: int, last: int, threads: int) -> dict[str, float]:
    """Load the days `first` to `last` (the first of all is 1), one insert a day, and settle the file."""
    began = time.perf_counter()
    with connected(database, threads) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS atomic")
        every = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = false, union_by_name = true)"
        connection.execute(f"CREATE TABLE IF NOT EXISTS atomic.events AS SELECT * FROM {every} LIMIT 0")
        rows = 0
        for day in range(first, last + 1):
            date_of_load = START + timedelta(days=day - 1)
            files = f"read_parquet('{folder}/load_date={date_of_load}/*.parquet', hive_partitioning = false)"
            rows += connection.execute(f"INSERT INTO atomic.events BY NAME SELECT * FROM {files}").fetchone()[0]
        loaded = time.perf_counter()
        checkpoints = settle(connection)
    return {
        "rows": rows,
        "load_seconds": loaded - began,
        "settle_seconds": time.perf_counter() - loaded,
        "checkpoints": checkpoints,
    }


def settle(connection: duckdb.DuckDBPyConnection) -> int:
    """Checkpoint until nothing is left to be written; returns how many it took.

    DuckDB rewrites the row groups of a load of wide rows not once but again at the next checkpoints (seen: 16 s and
    then 13 s for 850,000 rows of 144 columns), and it does so inside of whatever commits next. That is the loader's
    work: left undone, it would be measured as ours, or as whatever else writes to the file first. A checkpoint with
    nothing to write does nothing, hence the trivial write before each.
    """
    connection.execute("CREATE SCHEMA IF NOT EXISTS settling")
    for number in range(1, MOST_CHECKPOINTS + 1):
        connection.execute("CREATE OR REPLACE TABLE settling.written AS SELECT 1 AS one")
        began = time.perf_counter()
        connection.execute("CHECKPOINT")
        if time.perf_counter() - began < SETTLED_SECONDS:
            return number
    print(f"the file did not settle within {MOST_CHECKPOINTS} checkpoints; is the disk busy?")
    return MOST_CHECKPOINTS


def copy(source: Path, target: Path) -> None:
    """Both settled: nothing lies in a write-ahead log, and the copy is on the disk before anything is measured."""
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    shutil.copyfile(source, target)
    os.sync()


def forget_signals(database: Path, threads: int) -> None:
    """Leave nothing but the events."""
    with connected(database, threads) as connection:
        schemas = connection.execute("SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
        for (schema,) in schemas:
            if schema not in ("atomic", "main"):
                connection.execute(f"DROP SCHEMA {schema} CASCADE")
        settle(connection)
