"""Whole projects on the emulator of Snowflake, and what Snowflake needs said its way.

The emulator is DuckDB behind Snowflake's protocol: what it shows is that the SQL, read as Snowflake documents it,
computes what it should, and that dbt-snowflake sends it; not that Snowflake takes it.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, random_events, reference, strategies
from tests.engines.test_postgres_leaves import COLUMN, DATA, PATHS, shop
from tests.engines.test_regressions import SETTINGS, row
from tests.engines.test_spark import VIEW, Statements
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.dialects.base import JSON_COLUMN

SNOWFLAKE = WAREHOUSES["snowflake"]
DIALECT = SNOWFLAKE.dialect
COLUMNS = SNOWFLAKE.columns(EVENTS_COLUMNS)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4, 6, 7, 8))])
def test_attributes_equal_the_interpreter(tmp_path: Path, seed: int) -> None:
    """Of random views; the session is in a zone with daylight-saving changes."""
    example = strategies.example_of_seed(seed, number_of_views=1).for_warehouse(SNOWFLAKE)
    harness.make_workspace(tmp_path, example.rows, example.columns, "snowflake")
    found = harness.run_projects(tmp_path, example.views, "run", **example.settings.for_dbt())
    for view in example.views:
        expected = reference.compute(view, example.rows, **example.settings.for_reference())
        assert expected
        assert harness.differences(view, found[view.project_name], expected) == []


def _later(hours: int) -> Any:
    return row("e")["load_tstamp"] + timedelta(hours=hours)


MOMENTS = (
    "insert into signals_derived.v_1_filtered_events",  # not committed yet
    "delete from signals_derived.v_1_daily_aggregates",
    "merge into signals_snowplow_manifest.v_1_daily_aggregation_manifest",
)


ROWS = [row("e1", se_label="a"), row("e2", se_label="b", load_tstamp=_later(5)), row("e3", domain_userid="w")]
# a copy of e2 that was loaded earlier takes its place, on another day; a late event; a new entity
MORE = [
    row("e2", se_label="c", load_tstamp=_later(2), derived_tstamp=_later(-20)),
    row("e4", se_label="a", load_tstamp=_later(30)),
    row("e5", domain_userid="x", load_tstamp=_later(30)),
]


@pytest.mark.long  # tests/histories/test_emulator_histories.py has a shorter one
def test_late_repeated_and_replaced_events(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS, COLUMNS, "snowflake")
    _run(tmp_path, ROWS)
    harness.write_events(tmp_path, MORE, COLUMNS)
    _run(tmp_path, ROWS + MORE)
    _check_accounting(tmp_path)


@pytest.mark.long
def test_runs_that_die_in_a_transaction_are_done_again(tmp_path: Path) -> None:
    """What was not committed never was; the session's end takes it back."""
    harness.make_workspace(tmp_path, ROWS, COLUMNS, "snowflake")
    _run(tmp_path, ROWS)
    harness.write_events(tmp_path, MORE, COLUMNS)
    statements = Statements()
    with pytest.MonkeyPatch.context() as patch:
        from snowflake.connector.cursor import SnowflakeCursor

        patch.setattr(SnowflakeCursor, "execute", SnowflakeCursor.execute)  # put back what `watch` replaces
        # without comments, and without the name of the database
        SNOWFLAKE.watch(lambda sql, send: statements.seen(re.sub(r"/\*.*?\*/|test_\d+_\d+\.", "", sql), send))
        for moment in MOMENTS:
            with statements.dying_after(moment):
                harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
            SNOWFLAKE.let_time_pass(tmp_path, VIEW.project_name)
    _run(tmp_path, ROWS + MORE)
    _check_accounting(tmp_path)


def _check_accounting(workspace: Path) -> None:
    history = harness.read_table(workspace, f"{harness.MANIFEST}.v_1_run_history")
    stored = harness.read_table(workspace, f"{harness.DERIVED}.v_1_filtered_events")
    assert sum(one["rows_used"] - one["winners_replaced"] for one in history) == len(stored) == 5


def _run(workspace: Path, rows: list[dict[str, Any]]) -> None:
    found = harness.run_project(workspace, VIEW, "run", **SETTINGS.for_dbt())
    assert harness.differences(VIEW, found, reference.compute(VIEW, rows, **SETTINGS.for_reference())) == []


# --- values


@pytest.fixture
def connection() -> Iterator[Any]:
    with SNOWFLAKE.connection(SNOWFLAKE._output("model", 1)) as found:
        SNOWFLAKE.execute(found, "create schema if not exists s")
        SNOWFLAKE.execute(found, "use schema s")
        yield found


@pytest.mark.parametrize("kind", ["object", "variant", "varchar"])
def test_json_in_every_type_that_holds_it(connection: Any, kind: str) -> None:
    """Keys as they were tracked, elements of lists, JSON null, numbers that are text."""
    SNOWFLAKE.execute(connection, f"create or replace table given (i integer, {COLUMN} {kind})")
    for number, text in enumerate((json.dumps(DATA), None, "null", "{}", "[1]")):
        literal = "null" if text is None else DIALECT.sql(DIALECT.literal(text))
        value = literal if kind == "varchar" else f"parse_json({literal})"
        SNOWFLAKE.execute(connection, f"insert into given select {number}, {value}")
    source = SourceColumns({COLUMN.upper(): kind.upper()}, DIALECT)
    cells = ", ".join(f"{source.sql(shop(path), 'text')} as c{n}" for n, path in enumerate(PATHS))
    found = SNOWFLAKE.query(connection, f"select {cells} from given order by i")
    for number, (path, expected) in enumerate(PATHS.items()):
        assert [cells[f"c{number}"] for cells in found] == [expected, None, None, None, None], path


def test_what_is_stored() -> None:
    columns = {"a": "OBJECT", "b": "NUMBER(38,0)", "c": "ARRAY", "d": "TIMESTAMP_TZ(9)", "e": "character varying(8)"}
    assert DIALECT.leaf(columns, "A", ("x",)) == JSON_COLUMN
    assert DIALECT.leaf(columns, "c", (0, "x")) == JSON_COLUMN
    assert DIALECT.leaf(columns, "e", ("x",)) == JSON_COLUMN
    assert DIALECT.leaf(columns, "b", ("x",)) is None
    found = [DIALECT.leaf(columns, name, ()) for name in "abcdef"]
    assert found == ["json", "integer", "json", "timestamptz", "text", None]


def test_totals_never_overflow() -> None:
    large = [1e308, 1e308, -1e308, 1.0]
    total = DIALECT.cast(DIALECT.total(exp.column("x")), "number", "double")
    assert SNOWFLAKE.evaluated(total, large, "DOUBLE") == [None]
    assert SNOWFLAKE.evaluated(total, [1e289] * 100, "DOUBLE") == [pytest.approx(1e291)]
    assert SNOWFLAKE.evaluated(total, [None], "DOUBLE") == [None]


@pytest.mark.parametrize(
    ("old", "new", "is_other"),
    [
        (1.0, 1.0 + 1e-13, False),
        (1.0, 1.0 + 1e-11, True),
        (1.7e308, -1.7e308, True),
        (5e-324, 0.0, True),
        (1e-320, 1e-320, False),
        (None, 0.0, True),
        (None, None, False),
    ],
)
def test_what_differs(old: float | None, new: float | None, is_other: bool) -> None:
    other = exp.null() if new is None else DIALECT.default(new, "double")
    assert SNOWFLAKE.evaluated(DIALECT.differs(exp.column("x"), other, "double"), [old], "DOUBLE") == [is_other]


def test_order_of_text_is_that_of_code_points() -> None:
    texts = [*(text for text in random_events.TEXTS if text is not None), "Z", "z", "é", "\U0001f600", "\ufffd"]
    kept = DIALECT.convert(exp.column("x"), "text", "text")
    ordered = DIALECT.list_of(kept, [exp.Ordered(this=kept, nulls_first=False)], None)
    least, most, listed = SNOWFLAKE.evaluated_each([exp.Min(this=kept), exp.Max(this=kept), ordered], texts)
    assert (least, most, listed) == ([min(texts)], [max(texts)], [sorted(texts)])
