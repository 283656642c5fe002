"""A training set as a file, out of rows that came from any engine."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from snowplow_signals.datasets.files import written

MOMENT = datetime(2025, 3, 5, 8, 30, 0, 1)
COLUMNS = {
    'who "is"\n{{ it }}': (None, "VARCHAR", ["ann", "1"]),
    "whole": (None, "BIGINT", [1, None]),
    "mixed": (None, "DOUBLE", [1, Decimal("2.5")]),
    "day": (None, "DATE", [date(2025, 3, 5), None]),
    "at": ("timestamp", "TIMESTAMP", [MOMENT, None]),
    "spent": ("double", "DOUBLE", [math.inf, None]),
    "clicks": ("int32", "INTEGER", [7, None]),
    "labels": ("string_list", "VARCHAR[]", [["a", "b"], []]),
    "prices": ("double_list", "DOUBLE[]", [[1.5, math.inf], None]),
    "counts": ("dict", "MAP(VARCHAR, BIGINT)", [{"a": 2}, None]),
    "nothing": (None, "VARCHAR", [None, None]),
}


def test_parquet_of_rows_has_the_types_of_attributes_and_of_values(tmp_path: Path) -> None:
    file = tmp_path / "it's.parquet"
    kinds = [kind for kind, _, _ in COLUMNS.values()]
    with written(file, list(COLUMNS), kinds, lambda _: False) as writer:
        assert writer is not None
        for number in range(2):
            writer.write([values[number] for _, _, values in COLUMNS.values()])
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(file))
        assert found.columns == list(COLUMNS)
        assert list(map(str, found.types)) == [kind for _, kind, _ in COLUMNS.values()]
        rows = found.fetchall()
    wanted = [tuple(values[number] for _, _, values in COLUMNS.values()) for number in range(2)]
    assert rows == [tuple(float(cell) if isinstance(cell, Decimal) else cell for cell in row) for row in wanted]
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
