"""Rows that no engine likes, among good ones: the run goes through, the next one too, and all good values are right."""

import json
import math
import random
import string
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, warehouses
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, EventProperty, View, user_entity

LETTERS = random.Random(7)
LONG = "".join(LETTERS.choice(string.ascii_letters + string.digits) for _ in range(5_000))
WIDE = "".join(chr(LETTERS.randrange(0x1F300, 0x1F600)) for _ in range(1_000))
GOOD = {"label": "good", "n": 12, "deep": {"a": [1]}}
DEEP = "[" * 50_000 + "]" * 50_000
SHOP = "unstruct_event_com_acme_shop_1"
NOT_JSON = (
    "",
    " ",
    '{"label": "cut',
    "plain text",
    '{"label": "a"} trailing',
    "{'label': 1}",
    DEEP,
    "NaN",
    "[,]",
    "\\u0000",
)
ODD_JSON = (r'{"label": "a\u0000b"}', r'{"label": "\\u0000"}', r'{"label": "\ud800"}', r'{"label": "x\udc00y"}')
ODD_NUMBERS = ('{"label": 1e400}', '{"label": 1e400000}', '{"n": 1e-400}', '{"n": 123456789012345678901234567890}')
TIMES = ("infinity", "-infinity", "10013-01-01 00:00:00", "4000-01-01 00:00:00 BC", "9999-12-30 00:00:00")
FAR = ("infinity", "-infinity")
IN_DUCKDB = {"4000-01-01 00:00:00 BC": "4000-01-01 (BC) 00:00:00"}


def attribute(name: str, type: str, aggregation: str, prop: Any = None) -> Attribute:
    return Attribute(name=name, type=type, aggregation=aggregation, property=prop)


def shop(path: str) -> EventProperty:
    return EventProperty(vendor="com.acme", name="shop", major_version=1, path=path)


ATTRIBUTES = [
    attribute("n", "int64", "counter"),
    attribute("label", "string", "last", shop("label")),
    attribute("labels", "string_list", "unique_list", shop("label")),
    attribute("counts", "dict", "category_count", shop("label")),
    attribute("total", "double", "sum", shop("n")),
    attribute("number", "int32", "last", shop("n")),
    attribute("deep", "string", "last", shop("deep")),
    attribute("value", "double", "sum", AtomicProperty(name="se_value")),
    attribute("mean", "float", "mean", AtomicProperty(name="se_value")),
    attribute("seen_values", "string_list", "unique_list", AtomicProperty(name="se_value")),
    attribute("big", "int64", "max", AtomicProperty(name="domain_sessionidx")),
    attribute("created", "timestamp", "last", AtomicProperty(name="dvce_created_tstamp")),
    attribute("created_text", "string", "last", AtomicProperty(name="true_tstamp")),
    attribute("week_of", "string", "last", AtomicProperty(name="dvce_created_tstamp", date_part="active_week")),
    attribute("events", "string_list", "unique_list", AtomicProperty(name="event_id")),
    Attribute(name="since", type="double", aggregation="time_since_last", time_unit="h"),
]
VIEW = View(name="v", entity=user_entity, attributes=ATTRIBUTES, owner="owner@example.com", offline=True)


def poisoned() -> list[dict[str, Any]]:
    """Each row of a user of its own."""
    made = [row(**{SHOP: text}) for text in (*NOT_JSON, *ODD_JSON, *ODD_NUMBERS)]
    made += [row(se_value=one, domain_sessionidx=2**63 - 1) for one in (math.nan, math.inf, -math.inf, 1.7e308, 5e-324)]
    made += [row(**{SHOP: json.dumps({"label": one, "n": one})}) for one in (LONG, WIDE, "1e999", "9" * 5_000)]
    for number, one in enumerate(made):
        one |= {"event_id": f"p{number}", "domain_userid": f"p{number}"}
    made += [row(event_id=LONG, domain_userid="long event"), row(event_id="long 1", domain_userid=LONG)]
    return [*made, row(event_id="wide 1", domain_userid=WIDE)]


def good(name: str, number: int) -> dict[str, Any]:
    times = {"dvce_created_tstamp": datetime(2025, 3, 3, 4), "true_tstamp": datetime(2025, 3, 3, 4)}
    values = {"se_value": 2.0, "domain_sessionidx": 7, SHOP: json.dumps(GOOD)}
    return row(event_id=f"good {number}", domain_userid=name, **times, **values)


def spoil_times(folder: Path, warehouse: str, columns: tuple[str, ...]) -> list[str]:
    """Rows whose times are outside of the calendar, one user for each time and column; the users."""
    users = []
    names = "event_id, domain_userid, derived_tstamp, collector_tstamp, load_tstamp"
    with warehouses.connected(folder) as (engine, connection):
        for column in columns:
            for number, text in enumerate(TIMES):
                user = f"{column} {number}"
                time = IN_DUCKDB.get(text, text) if warehouse == "duckdb" else text
                kind = EVENTS_COLUMNS[column]
                plain = "timestamp '2025-03-05 10:00:00'"
                values = dict.fromkeys(("derived_tstamp", "collector_tstamp", "load_tstamp"), plain)
                values |= {column: f"cast('{time}' as {kind})"}
                more = "" if column in names else f", {column}"
                cells = ", ".join([*(values[name] for name in list(values)[:3]), *([values[column]] if more else [])])
                query = f"insert into atomic.events ({names}{more}) values ('{user}', '{user}', {cells})"
                engine.execute(connection, query)
                users.append(user)
    return users


@pytest.mark.parametrize("kind", ["VARCHAR", pytest.param("JSON", marks=pytest.mark.slow)])
@pytest.mark.parametrize("warehouse", QUICK)
def test_no_row_stops_a_project(tmp_path: Path, warehouse: str, kind: str) -> None:
    columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS) | {SHOP: "VARCHAR"}
    harness.make_workspace(tmp_path, [good("ann", 1), *poisoned()], columns, warehouse)
    users = spoil_times(
        tmp_path, warehouse, ("derived_tstamp", "collector_tstamp", "load_tstamp", "dvce_created_tstamp", "true_tstamp")
    )
    if kind == "JSON":
        with warehouses.connected(tmp_path) as (engine, connection):
            if warehouse == "duckdb":  # which does not take what is not valid JSON
                engine.execute(
                    connection, f"alter table atomic.events alter {SHOP} type json using try_cast({SHOP} as json)"
                )
            else:
                invalid = f"length({SHOP}) > 90000 or not pg_input_is_valid({SHOP}, 'json')"
                engine.execute(connection, f"update atomic.events set {SHOP} = null where {invalid}")
                engine.execute(
                    connection, f"alter table atomic.events alter {SHOP} type json using cast({SHOP} as json)"
                )
    harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
    later = good("ann", 2) | ({SHOP: GOOD} if kind == "JSON" else {})
    harness.write_events(tmp_path, [later], columns | {SHOP: kind})
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
    cells = [found[f"p{number}"] for number in range(len(NOT_JSON))]
    assert [cell["label"] for cell in cells] == [None] * len(NOT_JSON)
    for user in users:
        column = user.split()[0]
        if column == "load_tstamp" or user == "derived_tstamp 4":
            continue
        assert found[user]["since"] == datetime(2025, 3, 5, 10), user
        assert (found[user]["created"] is None) == (user != "dvce_created_tstamp 4")
        assert (found[user]["created_text"] is None) == (user != "true_tstamp 4")
    assert not any(user.startswith("load_tstamp") for user in found)


@pytest.mark.parametrize("warehouse", [*QUICK, "snowflake", "spark"])
def test_a_date_outside_of_the_calendar_is_missing(warehouse: str) -> None:
    """However it is read; it may go further than timestamps do."""
    dates = ("10013-01-01", "5000000-01-01", "2025-03-03", *(FAR if warehouse in QUICK else ()))
    dates = tuple(f"+{one}" if warehouse == "spark" and one[4] != "-" else one for one in dates)
    engine = WAREHOUSES[warehouse]
    date = engine.dialect.cast_to(exp.column("x"), "date")
    text, time = (engine.dialect.convert(date, "date", kind) for kind in ("text", "time"))
    assert engine.evaluated(text, dates) == [None, None, "2025-03-03"] + [None] * (len(dates) - 3)
    assert engine.evaluated(time, dates) == [None, None, datetime(2025, 3, 3)] + [None] * (len(dates) - 3)
