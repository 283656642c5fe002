"""What the harness writes is what the interpreter is given."""

import json
from pathlib import Path
from typing import Any

import duckdb
from tests import harness, random_events
from tests.events_table import EVENTS_COLUMNS, ZONED_COLUMNS

from snowplow_signals import user_entity


def comparable(value: Any) -> Any:
    """NaN is not equal to itself."""
    if isinstance(value, dict):
        return {name: comparable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [comparable(inner) for inner in value]
    return "NaN" if value != value else value


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = random_events.rows_of_seed(1, user_entity, 200)
    for name, columns in (("naive", EVENTS_COLUMNS), ("zoned", ZONED_COLUMNS)):
        with duckdb.connect(str(tmp_path / name)) as connection:
            connection.execute("SET TimeZone = 'America/New_York'")
            harness.write_events(connection, rows, columns)
            found = harness.read_table(connection, "atomic.events")
        assert len(found) == len(rows)
        for read, written in zip(found, rows, strict=True):
            assert comparable({name: value for name, value in read.items() if value is not None}) == comparable(written)


def test_text_of_nested_data_says_what_the_engine_says() -> None:
    """But for its order and its nulls, in which engines differ."""
    from tests.reference import text

    def without_nulls(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
        return [without_nulls(inner) for inner in value] if isinstance(value, list) else value

    rows = random_events.rows_of_seed(2, user_entity, 100)
    with duckdb.connect() as connection:
        harness.write_events(connection, rows)
        for column, field in (
            ("unstruct_event_com_acme_shop_action_1", field) for field in ("product", "items", "codes")
        ):
            found = connection.execute(
                f"SELECT CAST(to_json({column}.{field}) AS VARCHAR) FROM atomic.events"
            ).fetchall()
            expected = [text((row.get(column) or {}).get(field)) for row in rows]
            assert [value and without_nulls(json.loads(value)) for (value,) in found] == [
                value and json.loads(value) for value in expected
            ]
