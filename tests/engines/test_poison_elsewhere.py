"""The rows of `test_poison` on the other engines, as far as their types can hold them."""

import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, reference, warehouses
from tests.engines.test_poison import GOOD, LONG, NOT_JSON, ODD_JSON, ODD_NUMBERS, SHOP, VIEW, WIDE, shop
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import Attribute, EventProperty
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.inspect.explain import explain_entity
from snowplow_signals.inspect.status import project_status
from snowplow_signals.inspect.verify import verify_project

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
        pytest.param("snowflake", "VARCHAR", marks=pytest.mark.long),
        pytest.param("snowflake", "JSON", marks=pytest.mark.long),
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


TYPED = "unstruct_event_com_acme_typed_1"
TYPE = "STRUCT(label VARCHAR, n DOUBLE, deep STRUCT(a INTEGER[]), at TIMESTAMP, on_day DATE)"
LABELS = (
    "",
    " ",
    "\0",
    "a\1b",
    "\uffff",
    "a\u2028b",
    '"',
    "\\",
    "1e999",
    "NaN",
    "9" * 5_000,
    LONG,
    WIDE,
    LARGE["spark"],
)
NOT_UTF8 = "cast(X'61FF' as string)"
"""Text of Spark that is not UTF-8."""


def in_struct(name: str, type: str, aggregation: str, path: str) -> Attribute:
    prop = EventProperty(vendor="com.acme", name="typed", major_version=1, path=path)
    return Attribute(name=name, type=type, aggregation=aggregation, property=prop)


STRUCTURED = [
    in_struct("t_label", "string", "last", "label"),
    in_struct("t_labels", "string_list", "unique_list", "label"),
    in_struct("t_counts", "dict", "category_count", "label"),
    in_struct("t_total", "double", "sum", "n"),
    in_struct("t_number", "int32", "last", "n"),
    in_struct("t_numbers", "string_list", "unique_list", "n"),
    in_struct("t_deep", "string", "last", "deep"),
    in_struct("t_at", "timestamp", "max", "at"),
    in_struct("t_at_text", "string", "last", "at"),
    in_struct("t_day", "string", "last", "on_day"),
    in_struct("t_all", "string", "last", "deep.a"),
]


LENIENT = {'{"label": "a"} trailing': {"label": "a"}, "{'label': 1}": {"label": 1}}
"""What Spark reads as JSON and others do not."""


def as_json(text: str) -> Any:
    """What Spark makes of text; it has no text with half of a surrogate pair."""
    try:
        found = LENIENT.get(text) or json.loads(text, parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        return None
    halves = isinstance(found, dict) and re.search("[\ud800-\udfff]", str(found.get("label")))
    return found | {"label": None} if halves else found


def as_it_should_be(given: dict[str, Any]) -> dict[str, Any]:
    return given | ({SHOP: as_json(given[SHOP])} if SHOP in given else {})


def of_times(users: list[str]) -> Iterator[dict[str, Any]]:
    """The rows that `spoil_times` made, of the times that are in the calendar."""
    for user in users:
        column, number = user.split()
        kept = None
        if TIMES["spark"][int(number)].startswith("9999"):
            kept = datetime(9999, 12, 30, 5 if column == "true_tstamp" else 0)  # the column has the session's zone
        if column != "load_tstamp":  # no load, or one to come
            yield row(user, domain_userid=user, **{column: kept})


@pytest.mark.long
def test_no_row_stops_a_project_on_spark(tmp_path: Path) -> None:
    """Through `run`, `status`, `verify` and `explain`, each cell as the interpreter says. One project has data in text
    and in a struct: a run on Spark takes long."""
    view = VIEW.model_copy(update={"attributes": (*VIEW.attributes, *STRUCTURED)})
    columns = EVENTS_COLUMNS | {SHOP: "VARCHAR", TYPED: TYPE}
    cells = [{"label": one} for one in LABELS] + [{"n": one, "deep": {"a": [None, 1]}} for one in NUMBERS]
    rows = [good("ann", 1, json.dumps(GOOD)) | {TYPED: GOOD}, *poisoned(True, LARGE["spark"])]
    rows += [row(f"t{number}", domain_userid=f"t{number}", **{TYPED: cell}) for number, cell in enumerate(cells)]
    harness.make_workspace(tmp_path, rows, columns, "spark")
    users = spoil_times(tmp_path, "spark")
    when = "timestamp_ntz '2025-03-05 10:00:00'"
    with warehouses.connected(tmp_path) as (engine, connection):
        for name, label, year in (("'far'", NOT_UTF8, "+294000"), (NOT_UTF8, "'x'", "-3999")):
            time, day = f"cast('{year}-01-01 00:00:00' as timestamp_ntz)", f"cast('{year}-01-01' as date)"
            struct = f"named_struct('label', {label}, 'n', 1, 'deep', null, 'at', {time}, 'on_day', {day})"
            times = f"{when} as derived_tstamp, {when} as collector_tstamp, {when} as load_tstamp"
            cells_of = f"{name} as event_id, {name} as domain_userid, {struct} as {TYPED}"
            engine.execute(connection, f"insert into atomic.events by name select {times}, {cells_of}")
    harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    later = good("ann", 2, json.dumps(GOOD))
    harness.write_events(tmp_path, [later], columns)
    found = harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    rows += [later, *of_times(users)]
    rows += [row("far", domain_userid="far", **{TYPED: {"label": "a\ufffd", "n": 1.0}})]
    rows += [row("a\ufffd", domain_userid="a\ufffd", **{TYPED: {"label": "x", "n": 1.0}})]
    expected = reference.compute(view, map(as_it_should_be, rows), **SETTINGS.for_reference())
    for cell in found.values():  # the form of large and small ones is the engine's own
        cell |= {name: [reference.text(float(one)) for one in cell[name]] for name in ("seen_values", "t_numbers")}
    assert harness.differences(view, found, expected) == []
    with opened(tmp_path / view.project_name, view, "spark", tmp_path, variables=SETTINGS.for_dbt()) as deployed:
        status = project_status(deployed, datetime(2025, 3, 10))
        assert (status.loads.to_process.rows, status.loads.ahead.rows, status.loads.rows_without_load) == (0, 1, 3)
        assert verify_project(deployed, sample=None).differing == 0
        source = verify_project(deployed, sample=None, from_source=True)
        assert [one.entity for one in source.differences] == ["load_tstamp 3"]
        assert explain_entity(deployed, "far", attribute="t_at").attributes[0].value is None


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
