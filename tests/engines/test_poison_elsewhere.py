"""The rows of `test_poison` on the other engines, as far as their types can hold them."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, warehouses
from tests.engines.test_poison import GOOD, LONG, NOT_JSON, ODD_JSON, ODD_NUMBERS, SHOP, VIEW, WIDE, shop
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

LARGE = {"spark": "m" * 5_000_000, "snowflake": "m" * 5_000_000, "bigquery": "m" * 200_000}
"""GoogleSQL's reference implementation takes no row of more than a mebibyte."""
NESTED = '{"a":' * 2_000 + "1" + "}" * 2_000
TEXTS = (*NOT_JSON, *ODD_JSON, *ODD_NUMBERS, NESTED, '{"n": NaN}', '{"n": -Infinity}')
NUMBERS = (math.nan, math.inf, -math.inf, 1.7e308, 5e-324)
TIMES = {
    "spark": ("+10013-01-01 00:00:00", "+294000-01-01 00:00:00", "-3999-01-01 00:00:00", "9999-12-30 00:00:00"),
    "snowflake": ("infinity", "-infinity", "10013-01-01 00:00:00", "4000-01-01 (BC) 00:00:00", "9999-12-30 00:00:00"),
    "bigquery": ("0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"),
}
TIME_COLUMNS = ("derived_tstamp", "collector_tstamp", "load_tstamp", "dvce_created_tstamp", "true_tstamp")


def good(name: str, number: int, body: Any) -> dict[str, Any]:
    times = {"dvce_created_tstamp": datetime(2025, 3, 3, 4), "true_tstamp": datetime(2025, 3, 3, 4)}
    return row(
        event_id=f"good {number}", domain_userid=name, **times, se_value=2.0, domain_sessionidx=7, **{SHOP: body}
    )


def poisoned(is_text: bool, large: str) -> list[dict[str, Any]]:
    """Each row of a user of its own."""
    made = [row(**{SHOP: text}) for text in (*TEXTS, json.dumps({"label": large}))] if is_text else []
    made += [row(se_value=one, domain_sessionidx=2**63 - 1) for one in NUMBERS]
    for one in (LONG, WIDE, "1e999", "9" * 5_000, large, "\x00", "a\x01b"):
        cell = {"label": one, "n": one}
        made.append(row(**{SHOP: json.dumps(cell) if is_text else cell}))
    for number, one in enumerate(made):
        one |= {"event_id": f"p{number}", "domain_userid": f"p{number}"}
    made += [row(event_id=LONG, domain_userid="long event"), row(event_id="long 1", domain_userid=LONG)]
    return [*made, row(event_id="wide 1", domain_userid=WIDE)]


def spoil_times(folder: Path, warehouse: str) -> list[str]:
    """Rows whose times are outside of the calendar, one user for each time and column; the users."""
    users = []
    with warehouses.connected(folder) as (engine, connection):
        for column in TIME_COLUMNS:
            for number, time in enumerate(TIMES[warehouse]):
                user = f"{column} {number}"
                kind = {"spark": "timestamp_ntz", "bigquery": "datetime"}.get(warehouse, "timestamp")
                values = dict.fromkeys(TIME_COLUMNS[:3], f"cast('2025-03-05 10:00:00' as {kind})")
                values |= {column: f"cast('{time}' as {kind})"}
                names = ", ".join(["event_id", "domain_userid", *values])
                cells = ", ".join([f"'{user}'", f"'{user}'", *values.values()])
                if warehouse == "snowflake":
                    engine.emulator.duckdb(
                        f"insert into {connection.database}.ATOMIC.EVENTS ({names}) values ({cells})"
                    )
                else:
                    engine.execute(connection, f"insert into atomic.events ({names}) select {cells}")
                users.append(user)
    return users


@pytest.mark.parametrize(
    ("warehouse", "kind"),
    [
        ("snowflake", "VARCHAR"),
        ("snowflake", "JSON"),
        pytest.param("bigquery", "VARCHAR", marks=pytest.mark.long),
        pytest.param("bigquery", "JSON", marks=pytest.mark.long),
    ],
)
def test_no_row_stops_a_project(tmp_path: Path, warehouse: str, kind: str) -> None:
    plain = {name: "TIMESTAMP" if one == "TIMESTAMP WITH TIME ZONE" else one for name, one in EVENTS_COLUMNS.items()}
    columns = WAREHOUSES[warehouse].columns(plain) | {SHOP: kind}
    is_text = kind == "VARCHAR"
    body = json.dumps(GOOD) if is_text else GOOD
    harness.make_workspace(tmp_path, [good("ann", 1, body), *poisoned(is_text, LARGE[warehouse])], columns, warehouse)
    users = spoil_times(tmp_path, warehouse)
    harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
    harness.write_events(tmp_path, [good("ann", 2, body)], columns)
    found = harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
    ann = found["ann"]
    names = ("n", "label", "labels", "total", "number", "deep", "value", "mean", "big")
    assert {name: ann[name] for name in names} == {
        "n": 2, "label": "good", "labels": ["good"], "total": 24.0, "number": 12, "deep": '{"a":[1]}', "value": 4.0,
        "mean": 2.0, "big": 7,
    }  # fmt: skip
    assert (ann["seen_values"], ann["created"], ann["week_of"]) == (["2"], datetime(2025, 3, 3, 4), "2025-03-03")
    assert ann["events"] == ["good 1", "good 2"]
    for user in (LONG, WIDE, "long event"):
        assert found[user]["n"] == 1
    assert found["long event"]["events"] == [LONG]
    if is_text:
        cells = [found[f"p{number}"] for number in range(len(NOT_JSON))]
        assert [cell["label"] for cell in cells] == [None] * len(NOT_JSON)
        assert found[f"p{len(TEXTS)}"]["label"] == LARGE[warehouse]
    assert {user for user in found if user.startswith("load_tstamp")} == set()
    for user in users:
        column, number = user.split()
        is_in_calendar = TIMES[warehouse][int(number)][:2] in ("99", "00")
        if column == "load_tstamp" or (column == "derived_tstamp" and is_in_calendar):
            continue
        assert found[user]["since"] == datetime(2025, 3, 5, 10), user
        assert (found[user]["created"] is not None) == (column == "dvce_created_tstamp" and is_in_calendar), user
        assert (found[user]["created_text"] is not None) == (column == "true_tstamp" and is_in_calendar), user


def test_no_value_ends_a_statement_of_spark() -> None:
    """In ANSI mode. Spark reads some text as JSON that others refuse: single quotes, and what comes after a value."""
    spark = WAREHOUSES["spark"]
    access = spark.dialect.access(shop("label"))
    ((sql, leaf),) = spark.dialect.found({access.column: "string"}, access)
    value = exp.Var(this=sql.replace(access.column, "x"))
    large = json.dumps({"label": LARGE["spark"]})
    kinds = ("text", "number", "boolean", "time")
    asked = [spark.dialect.convert(value, leaf, kind) for kind in kinds]
    text, number, boolean, time = spark.evaluated_each(asked, [*TEXTS, large])
    assert set(text[: len(NOT_JSON)]) <= {None, "a", "1"}
    assert text[-1] == LARGE["spark"]
    assert {one for one in (*number, *boolean, *time) if one is not None} <= {1.0}
    read = spark.dialect.sql(spark.dialect.convert(exp.column("t"), "timestamp", "time"))
    for moment in TIMES["spark"]:
        query = f"select {read} as t from (select cast('{moment}' as timestamp_ntz) as t)"
        (found,) = spark.query(spark.session, query)
        assert (found["t"] is None) == (moment[0] in "+-"), moment
