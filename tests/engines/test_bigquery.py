"""Projects on BigQuery: built by dbt-bigquery over GoogleSQL's reference implementation, first and again.

It has no transaction over the statements of a model. A run is made to die after a statement by having none of its
further statements reach the engine; each statement by itself is done or not.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp
from tests import harness, reference, strategies
from tests.bigquery_warehouse import text_literal
from tests.engines.test_regressions import SETTINGS, row
from tests.engines.test_spark import VIEW, Statements, _later
from tests.histories.columns import COLUMNS as NARROW
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, EntityProperty, EventProperty, Property, View, user_entity
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.dialects.base import Leaf

BIGQUERY = WAREHOUSES["bigquery"]
DIALECT = BIGQUERY.dialect
COLUMNS = BIGQUERY.columns(NARROW)


def _run(workspace: Path, rows: list[dict[str, Any]]) -> None:
    found = harness.run_project(workspace, VIEW, "run", **SETTINGS.for_dbt())
    assert harness.differences(VIEW, found, reference.compute(VIEW, rows, **SETTINGS.for_reference())) == []


def _first() -> list[dict[str, Any]]:
    return [row("e1", se_label="a"), row("e2", se_label="b", load_tstamp=_later(5)), row("e3", domain_userid="w")]


def _more() -> list[dict[str, Any]]:
    """A copy of e2 that was loaded earlier and takes its place, on another day; a late event; a new entity."""
    return [
        row("e2", se_label="c", load_tstamp=_later(2), derived_tstamp=_later(-20)),
        row("e4", se_label="a", load_tstamp=_later(30)),
        row("e5", domain_userid="x", load_tstamp=_later(30)),
    ]


@pytest.mark.long  # tests/histories/test_emulator_histories.py has a shorter one
def test_late_and_repeated_events(tmp_path: Path) -> None:
    rows = _first()
    harness.make_workspace(tmp_path, rows, COLUMNS, "bigquery")
    _run(tmp_path, rows)
    harness.write_events(tmp_path, _more(), COLUMNS)
    _run(tmp_path, rows + _more())


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 4])
def test_attributes_equal_the_interpreter(tmp_path: Path, seed: int) -> None:
    """Of random views; the session is in a zone with daylight-saving changes."""
    example = strategies.example_of_seed(seed, number_of_views=1).for_warehouse(BIGQUERY)
    harness.make_workspace(tmp_path, example.rows, example.columns, "bigquery")
    found = harness.run_projects(tmp_path, example.views, "run", **example.settings.for_dbt())
    for view in example.views:
        expected = reference.compute(view, example.rows, **example.settings.for_reference())
        assert expected
        assert harness.differences(view, found[view.project_name], expected) == []


MOMENTS = (
    "insert into `emulated`.`signals_snowplow_manifest`.`v_1_entity_day_manifest`",  # marked, not stored
    "merge into `emulated`.`signals_derived`.`v_1_filtered_events`",  # stored, not in the ledger
    "merge into `emulated`.`signals_derived`.`v_1_daily_values`",  # lists are new, the other states are not
    "merge into `emulated`.`signals_derived`.`v_1_daily_aggregates`",  # aggregated, the marks not cleared
    "merge into `emulated`.`signals_derived`.`v_1_attributes`",  # published, but not that it was
)


@pytest.mark.long
def test_runs_that_die_between_two_statements_are_finished_by_the_next(tmp_path: Path) -> None:
    statements = Statements()
    with pytest.MonkeyPatch.context() as patch:
        from google.cloud.bigquery import Client

        patch.setattr(Client, "query", Client.query)  # put back what `watch` replaces
        BIGQUERY.watch(statements.seen)
        rows = _first()
        harness.make_workspace(tmp_path, rows, COLUMNS, "bigquery")
        _run(tmp_path, rows)
        harness.write_events(tmp_path, _more(), COLUMNS)
        rows += _more()
        for moment in MOMENTS:
            with statements.dying_after(moment):
                harness.run_project(tmp_path, VIEW, "run", **SETTINGS.for_dbt())
            BIGQUERY.let_time_pass(tmp_path, VIEW.project_name)
        _run(tmp_path, rows)
    history = harness.read_table(tmp_path, f"{harness.MANIFEST}.v_1_run_history")
    stored = harness.read_table(tmp_path, f"{harness.DERIVED}.v_1_filtered_events")
    assert sum(one["rows_used"] - one["winners_replaced"] for one in history) == len(stored) == 5


# --- columns: of RECORD with the newer and the older names, with JSON inside, of JSON, of text that holds JSON

SHOP = "unstruct_event_com_acme_shop"
PART = "contexts_com_acme_part"
TYPED = {
    f"{SHOP}_1": "struct<label string, unit_price numeric, `at` timestamp, tags array<string>, extra json>",
    f"{SHOP}_1_0_0": "struct<label string, old string>",
    f"{SHOP}_1_0_2": "struct<label string>",
    f"{SHOP}_1_0_10": "struct<label string>",
    f"{SHOP}_10_0_0": "struct<label string>",
    f"{SHOP}_1_recovered_1_1_0_00ab12ff": "struct<label int64, unit_price string>",
    f"{PART}_1": "array<struct<sku_code int64, size struct<w float64>>>",
    "unstruct_event_com_acme_json_1": "json",
    "unstruct_event_com_acme_text_1": "string",
}
TRACKED = {"label": "a", "none": None, "size": 2.5, "done": True, 'we\'ird "key"': "w", "p": {"q": [1, {"r": "s"}]}}
JSON = text_literal(json.dumps(TRACKED))
ROWS = (
    {f"{SHOP}_1": "('a', 2.5, timestamp '2025-03-10 08:30:00-04', ['x', 'y'], json '{\"aB\": [1, \"z\"]}')"},
    {f"{SHOP}_1_0_0": "('zero', 'o')", f"{SHOP}_1_0_2": "('two')", f"{SHOP}_1_0_10": "('ten')"},
    {f"{SHOP}_1_0_0": "('zero', 'o')", f"{SHOP}_10_0_0": "('other')", f"{PART}_1": "[(7, struct(1.5)), (8, null)]"},
    {"unstruct_event_com_acme_json_1": f"parse_json({JSON})", "unstruct_event_com_acme_text_1": JSON},
    {
        "unstruct_event_com_acme_json_1": "json '[1]'",
        "unstruct_event_com_acme_text_1": "'no JSON'",
        f"{SHOP}_1_recovered_1_1_0_00ab12ff": "(11, '7.5')",
    },
)


def shop(path: str, name: str = "shop") -> EventProperty:
    return EventProperty(vendor="com.acme", name=name, major_version=1, path=path)


def part(path: str, index: int = 0) -> EntityProperty:
    return EntityProperty(vendor="com.acme", name="part", major_version=1, path=path, index=index)


READ: list[tuple[Property, str, list[Any]]] = [
    (shop("label"), "text", ["a", "ten", "zero", None, "11"]),
    (shop("old"), "text", [None, "o", "o", None, None]),
    (shop("unitPrice"), "number", [2.5, None, None, None, 7.5]),
    (shop("at"), "time", [datetime(2025, 3, 10, 12, 30), None, None, None, None]),
    (shop("tags"), "text", ['["x","y"]', None, None, None, None]),
    (shop("tags[1]"), "text", ["y", None, None, None, None]),
    (shop("tags[2]"), "text", [None, None, None, None, None]),
    (shop("extra.aB[1]"), "text", ["z", None, None, None, None]),
    (shop("extra.aB[0]"), "number", [1.0, None, None, None, None]),
    (shop("missing"), "text", [None] * 5),
    (part("SKU-code"), "text", [None, None, "7", None, None]),
    (part("SKU-code", 1), "number", [None, None, 8.0, None, None]),
    (part("SKU-code", 2), "number", [None] * 5),
    (part("size.w"), "number", [None, None, 1.5, None, None]),
    (part("size"), "text", [None, None, '{"w":1.5}', None, None]),
]
for _name in ("json", "text"):
    READ += [
        (shop(path, _name), kind, [None, None, None, value, None])
        for path, kind, value in (
            ("label", "text", "a"),
            ("none", "text", None),
            ("size", "number", 2.5),
            ("done", "boolean", True),
            ('we\'ird "key"', "text", "w"),
            ("p.q[1].r", "text", "s"),
            ("p.q", "text", '[1,{"r":"s"}]'),
            ("p.q.r", "text", None),
            ("label[0]", "text", None),
        )
    ]


@pytest.fixture(scope="module")
def typed_events() -> str:
    """A table that has them all; gives a query of it."""
    asked = []
    for number, cells in enumerate(ROWS):
        values = ", ".join(
            f"{kind if kind.startswith(('struct', 'array')) else ''}{cells[name]} as {name}"
            if name in cells
            else f"cast(null as {kind}) as {name}"
            for name, kind in TYPED.items()
        )
        asked.append(f"select {number} as n, {values}")
    return " union all ".join(asked)


def test_properties_in_every_column_that_holds_them(typed_events: str) -> None:
    types = {name: re.sub(r"\bW\b", "w", kind.upper()) for name, kind in TYPED.items()}  # names of fields as they are
    source = SourceColumns(types, DIALECT)
    read = ", ".join(f"{source.sql(prop, kind)} as v{number}" for number, (prop, kind, _) in enumerate(READ))
    found = BIGQUERY.query(BIGQUERY.googlesql, f"select {read} from ({typed_events}) order by n")
    for number, (prop, _, expected) in enumerate(READ):
        assert [one[f"v{number}"] for one in found] == expected, prop


@pytest.mark.long
def test_the_models_read_them_alike(tmp_path: Path, typed_events: str) -> None:
    """Each as the only value of its own person, by the macros of the project."""
    BIGQUERY.make(tmp_path)
    ask = BIGQUERY.googlesql.rows
    ask("create schema if not exists atomic")
    ask(
        "create or replace table `emulated`.`atomic`.`events` as select concat('e', n) as event_id, "
        "timestamp '2025-03-10 09:00:00+00' as load_tstamp, timestamp '2025-03-10 08:00:00+00' as derived_tstamp, "
        "timestamp '2025-03-10 08:00:00+00' as collector_tstamp, 'x' as event_name, 'com.acme' as event_vendor, "
        f"'1-0-0' as event_version, 'web' as app_id, concat('u', n) as domain_userid, typed.* "
        f"from ({typed_events}) as typed"
    )
    types = {"text": "string", "number": "double", "boolean": "bool", "time": "timestamp"}
    attributes = [
        Attribute(name=f"v{number}", type=types[kind], aggregation="last", property=prop)
        for number, (prop, kind, _) in enumerate(READ)
    ]
    view = View(name="v", entity=user_entity, owner="o@example.com", offline=True, attributes=attributes)
    found = harness.run_project(tmp_path, view, "run", **SETTINGS.for_dbt())
    for number, (prop, _, expected) in enumerate(READ):
        assert [found[f"u{one}"][f"v{number}"] for one in range(len(ROWS))] == expected, prop


# --- values


@pytest.mark.parametrize(
    ("stored", "path", "leaf"),
    [
        ("STRUCT<a STRING, b ARRAY<STRUCT<c NUMERIC(10, 2), d JSON>>>", ("b", 0, "c"), "decimal"),
        ("STRUCT<a STRING, b ARRAY<STRUCT<c NUMERIC(10, 2), d JSON>>>", ("b", 0, "d", "e"), "json"),
        ("STRUCT<a STRING, b ARRAY<STRUCT<c NUMERIC(10, 2), d JSON>>>", ("b",), "list"),
        ("STRUCT<a STRING, b ARRAY<STRUCT<c NUMERIC(10, 2), d JSON>>>", ("b", 0), "nested"),
        ("STRUCT<a STRING>", ("z",), None),
        ("STRING(20)", (), "text"),
        ("BIGNUMERIC", (), "decimal"),
        ("DATETIME", (), "timestamp"),
        ("TIME", (), "text"),
    ],
)
def test_what_is_stored(stored: str, path: tuple[str | int, ...], leaf: Leaf | None) -> None:
    assert DIALECT.leaf({"c": stored}, "C", path) == leaf


def test_totals_never_overflow() -> None:
    large = [1e308, 1e308, -1e308, 1.0]
    total = DIALECT.cast(DIALECT.total(exp.column("x")), "number", "double")
    assert BIGQUERY.evaluated(total, large, "DOUBLE") == [None]
    assert BIGQUERY.evaluated(total, [1e289] * 100, "DOUBLE") == [pytest.approx(1e291)]
    assert BIGQUERY.evaluated(total, [None], "DOUBLE") == [None]


@pytest.mark.parametrize(
    ("old", "new", "is_other"),
    [
        (1.0, 1.0 + 1e-13, False),
        (1.0, 1.0 + 1e-11, True),
        (1e308, -1e308, True),
        (None, 0.0, True),
        (None, None, False),
    ],
)
def test_what_differs(old: float | None, new: float | None, is_other: bool) -> None:
    other = exp.cast(exp.null() if new is None else exp.Literal.string(repr(new)), "float64", dialect="bigquery")
    assert BIGQUERY.evaluated(DIALECT.differs(exp.column("x"), other, "double"), [old], "DOUBLE") == [is_other]


def test_lists_and_maps_that_are_empty_stay_so() -> None:
    """A stored array is never null, so that nothing else may stand for an empty one."""
    order = [exp.Ordered(this=exp.column("x"))]
    collected = DIALECT.list_of(exp.column("x"), order, exp.false())
    listed = exp.func("coalesce", collected, DIALECT.default((), "string_list"))
    assert BIGQUERY.evaluated(listed, ["a"]) == [[]]
    assert BIGQUERY.evaluated(DIALECT.default({}, "dict"), ["a"]) == [{}]
    assert BIGQUERY.evaluated(DIALECT.default({"a'\n": 3}, "dict"), ["a"]) == [{"a'\n": 3}]


def test_the_order_of_text_is_that_of_code_points() -> None:
    texts = ["Z", "z", "é", "e\u0301", "\U0001f600", "\ufffd", ""]
    least, most = (BIGQUERY.evaluated(function(this=exp.column("x")), texts)[0] for function in (exp.Min, exp.Max))
    assert (least, most) == (min(texts), max(texts))


def test_the_zone_of_the_session_is_not_utc() -> None:
    """Or nothing would be shown by the rest."""
    moment = AtomicProperty(name="load_tstamp")
    assert SourceColumns({"load_tstamp": "TIMESTAMP"}, DIALECT).sql(moment, "time") == "datetime(load_tstamp, 'UTC')"
    found = BIGQUERY.query(BIGQUERY.googlesql, "select cast(timestamp '2025-03-10 02:00:00+00' as date) as day")
    assert str(found[0]["day"]) == "2025-03-09"
