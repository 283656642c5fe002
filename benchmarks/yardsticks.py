"""What a run is held against: one statement by hand over all events, and the least that any program must do."""

import statistics
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
from history import connected

HERE = Path(__file__).parent
ATTRIBUTES = "signals_derived.benchmark_1_attributes"
RELATIVE = 1e-9


def by_hand(database: Path, as_of: date, threads: int, repetitions: int) -> dict[str, object]:
    """Seconds of the statement (the median), and the cells in which its result differs from the attributes table."""
    with connected(database, threads) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS by_hand")
    each = []
    for _ in range(repetitions):
        with connected(database, threads) as connection:
            connection.execute(f"SET VARIABLE as_of = DATE '{as_of}'")
            each.append(_seconds(connection, (HERE / "by_hand.sql").read_text()))
    with connected(database, threads) as connection:
        return {"seconds": statistics.median(each), "each": each, **differences(connection)}


def differences(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Cells of both tables that are not the same: floats to a relative 1e-9, a missing row in each of its cells."""
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE by_hand.attributes").fetchall()}
    counts = []
    for name, kind in kinds.items():
        differs = f"ours.{name} IS DISTINCT FROM hand.{name}"
        if kind == "DOUBLE":
            near = f"abs(ours.{name} - hand.{name}) <= {RELATIVE} * greatest(abs(ours.{name}), abs(hand.{name}))"
            differs = f"{differs} AND NOT coalesce({near}, false)"
        counts.append(f"count(*) FILTER (WHERE {differs}) AS {name}")
    row = connection.execute(
        f"SELECT count(*), {', '.join(counts)} FROM {ATTRIBUTES} AS ours "
        "FULL JOIN by_hand.attributes AS hand ON hand.domain_userid = ours.domain_userid"
    ).fetchone()
    per_column = dict(zip(kinds, row[1:], strict=True))
    return {
        "cells": row[0] * len(kinds),
        "cells_that_differ": sum(per_column.values()),
        "columns_that_differ": {name: count for name, count in per_column.items() if count},
    }


def floor(database: Path, load_date: date, threads: int, repetitions: int) -> dict[str, object]:
    """Median seconds of reading the day's needed columns once, and of writing the rows that its run changed."""
    reading, writing = [], []
    for _ in range(repetitions):
        with connected(database, threads) as connection:
            connection.execute(f"SET VARIABLE loaded_from = DATE '{load_date}'")
            connection.execute(f"SET VARIABLE loaded_before = DATE '{load_date + timedelta(days=1)}'")
            reading.append(_seconds(connection, (HERE / "floor.sql").read_text()))
            connection.execute("CREATE SCHEMA IF NOT EXISTS by_hand")
            writing.append(
                _seconds(
                    connection,
                    f"CREATE OR REPLACE TABLE by_hand.changed AS SELECT * FROM {ATTRIBUTES} "
                    f"WHERE updated_at = (SELECT max(updated_at) FROM {ATTRIBUTES})",
                )
            )
            changed = connection.execute("SELECT count(*) FROM by_hand.changed").fetchone()[0]
    return {
        "reading_seconds": statistics.median(reading),
        "writing_seconds": statistics.median(writing),
        "rows_changed": changed,
        "each_reading": reading,
        "each_writing": writing,
    }


def _seconds(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    began = time.perf_counter()
    connection.execute(statement).fetchall()
    return time.perf_counter() - began
