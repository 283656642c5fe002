"""Training sets: each cell as the interpreter says, on every engine, at moments around the events."""

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, reference_datasets
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Derived,
    EntityProperty,
    Event,
    View,
    coalesce,
    user_entity,
    value,
    when,
)
from snowplow_signals.datasets import Anchor, Anchors, Dataset, PartOf, scratch
from snowplow_signals.datasets.bundle import Bundle, BundleRequest
from snowplow_signals.datasets.bundle import Place as PlaceOfTable
from snowplow_signals.deployment.deployed import opened, opened_beside
from snowplow_signals.errors import UsageError
from snowplow_signals.project.kept import Definition
from snowplow_signals.run.runner import run_project
from snowplow_signals.stores.serving import typed
from snowplow_signals.workspace.projects import project_name

LABEL, VALUE = AtomicProperty(name="se_label"), AtomicProperty(name="se_value")
CLICK = Event(name="click")
WEEK, DAY = timedelta(days=7), timedelta(days=1)


def attribute(name: str, aggregation: str, kind: str, **more: Any) -> Attribute:
    return Attribute(name=name, type=kind, aggregation=aggregation, **more)


def product(path: str, index: Any) -> EntityProperty:
    return EntityProperty(vendor="com.acme", name="product", major_version=1, path=path, index=index)


VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        attribute("n", "counter", "int64"),
        attribute("Clicks_last_day", "counter", "int32", events=[CLICK], period=DAY),
        attribute("spent", "sum", "double", property=VALUE),
        attribute("spent_last_week", "sum", "double", property=VALUE, period=WEEK, default_value=-1.0),
        attribute("mean_value", "mean", "double", property=VALUE, period=WEEK),
        attribute("dearest", "max", "double", property=VALUE, events=[CLICK]),
        attribute("first_label", "first", "string", property=LABEL),
        attribute("last_label", "last", "string", property=LABEL, period=WEEK, default_value="none"),
        attribute("labels", "unique_list", "string_list", property=LABEL),
        attribute("labels_last_day", "unique_list", "string_list", property=LABEL, period=DAY),
        attribute("usual", "most_frequent", "string", property=LABEL, period=WEEK),
        attribute("counts", "category_count", "dict", property=LABEL),
        attribute("kinds", "approx_count_distinct", "int64", property=LABEL, period=WEEK),
        attribute(
            "cheap", "counter", "int64", criteria=Criteria(all=[Criterion.lt(VALUE, 3)]), events=[CLICK], period=WEEK
        ),
        attribute("hours_since_last", "time_since_last", "double", time_unit="h", period=WEEK),
        attribute("days_since_first", "time_since_first", "double", time_unit="d", default_value=99.0),
        attribute("products", "unique_list", "string_list", property=product("label", "all"), period=WEEK),
        attribute("paid", "sum", "double", property=product("unit_price", "all")),
        attribute("with_a", "counter", "int64", criteria=Criteria(all=[Criterion.eq(product("label", "any"), "a")])),
        Derived(name="Per_event", type="double", expression=value("spent") / value("n")),
        Derived(name="is_new", type="bool", expression=value("days_since_first") < 3),
        Derived(
            name="stage",
            type="string",
            expression=when(value("is_new") & (value("per_event") > 2)).then("new").otherwise(value("last_label")),
        ),
        Derived(name="weeks", type="int32", expression=(coalesce(value("hours_since_last"), -168) / 168).round()),
        attribute("n_week_before", "counter", "int64", period=WEEK, offset=WEEK),
        attribute("spent_day_before", "sum", "double", property=VALUE, period=DAY, offset=DAY, events=[CLICK]),
        attribute("labels_2_days_before", "unique_list", "string_list", property=LABEL, period=2 * DAY, offset=2 * DAY),
        attribute("n_this_week", "counter", "int64", period="week"),
        attribute("label_of_last_week", "last", "string", property=LABEL, period="week", offset=1),
        attribute("counts_2_weeks_ago", "category_count", "dict", property=LABEL, period="week", offset=2),
        attribute("spent_this_month", "sum", "double", property=VALUE, period="month"),
        attribute("labels_last_month", "unique_list", "string_list", property=LABEL, period="month", offset=1),
        attribute("mean_this_quarter", "mean", "double", property=VALUE, period="quarter"),
        attribute("n_last_quarter", "counter", "int64", period="quarter", offset=1),
        attribute("usual_this_year", "most_frequent", "string", property=LABEL, period="year"),
        attribute("days_since_last_of_last_year", "time_since_last", "double", time_unit="d", period="year", offset=1),
    ],
)
START = date(2025, 3, 1)
FIRST = datetime(2025, 3, 1)
AS_OF = date(2025, 3, 25)
VARIABLES = {"snowplow__start_date": START.isoformat(), "snowplow__late_event_lookback_days": -1}
PRODUCTS = [{"label": "a", "unit_price": 0.5}, {"label": "b", "unit_price": None}, {"label": "a", "unit_price": 2.0}]
SEAMS = [
    midnight + timedelta(microseconds=beside)
    for midnight in (datetime(2025, 3, 10), datetime(2025, 4, 1), datetime(2026, 1, 1))
    for beside in (-1, 0)
]
"""Where a week, a month and a quarter, a year ends, and the next begins."""
USERS = ("ann", "bob", "o'neil\n{{ 1 }}")
ENGINES = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "snowflake", "spark"))]
MODES = [(mode, known) for mode in ("as_served", "exact") for known in (False, True)]


def events(seed: int) -> list[dict[str, Any]]:
    """Events at whole hours, so that many meet an anchor; late ones, copies of which another was loaded first."""
    chance, rows = random.Random(seed), []
    for number in range(120):
        happened = FIRST + timedelta(days=chance.randint(0, 16), hours=chance.choice((0, 8, 12, 23)))
        load = happened + timedelta(hours=chance.choice((0, 1, 1, 30, 200)))
        row = {
            "event_id": f"e{number % 100}",
            "domain_userid": chance.choice(USERS),
            "event_name": chance.choice(("click", "view")),
            "derived_tstamp": happened,
            "collector_tstamp": happened,
            "load_tstamp": load,
            "se_label": chance.choice(("a", "b", "c", None)),
            "se_value": chance.choice((0.5, 2.0, 7.25, None)),
            "contexts_com_acme_product_1": chance.choice((None, [], PRODUCTS[:1], PRODUCTS, PRODUCTS[::-1])),
        }
        rows.append(row)
    return rows


def anchors(rows: list[dict[str, Any]], seed: int) -> list[Anchor]:
    """At the times of events, a microsecond beside, at midnight, before all and after all; some twice."""
    chance, found = random.Random(seed), []
    for row in chance.sample(rows, 30):
        moment = row["derived_tstamp"] + chance.choice((-1, 0, 0, 1)) * timedelta(microseconds=1)
        found.append(Anchor(row["domain_userid"], moment + chance.choice((timedelta(), DAY, WEEK)), (row["event_id"],)))
    ends = (FIRST - DAY, FIRST, FIRST + WEEK, *SEAMS, datetime(2025, 4, 20), datetime(2025, 5, 1))
    return [*found, *found[:2], *(Anchor(user, end, ("end",)) for user in (*USERS, "nobody") for end in ends)]


OTHER = VIEW.model_copy(
    update={
        "name": "other",
        "attributes": (
            attribute("n", "counter", "int64", events=[Event(name="view")]),
            attribute("Last_seen", "time_since_last", "double", time_unit="min", events=[Event(name="view")]),
            attribute("labels_seen", "unique_list", "string_list", property=LABEL, events=[Event(name="view")]),
        ),
    }
)


@pytest.fixture(autouse=True)
def _several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anchors come to a warehouse in several statements."""
    monkeypatch.setattr(scratch, "ROWS_PER_STATEMENT", 20)


@pytest.mark.parametrize("warehouse", ENGINES)
def test_values_are_what_the_interpreter_says(tmp_path: Path, warehouse: str, record_property) -> None:
    rows = made(tmp_path, warehouse, VIEW)
    asked = anchors(rows, 5)
    compared = 0
    with opened(tmp_path / VIEW.project_name, VIEW, warehouse, tmp_path, variables=VARIABLES) as deployed:
        for mode, known in MODES:
            compared += compare([PartOf(deployed, VIEW)], rows, asked, mode, known)
    assert compared == len(MODES) * len(asked) * len(VIEW.attributes)
    record_property("compared", compared)


@pytest.mark.parametrize("together", [True, False], ids=["one project", "two projects"])
@pytest.mark.parametrize("warehouse", ENGINES)
def test_several_views(tmp_path: Path, warehouse: str, together: bool) -> None:
    """Views of one project, or of two; who has no event of a view by then has no value of it."""
    one_view, other_view = (
        view.model_copy(update={"name": f"{view.name}_{'together' if together else 'apart'}"}) for view in (VIEW, OTHER)
    )
    definitions = [(one_view, other_view)] if together else [one_view, other_view]
    rows = made(tmp_path, warehouse, *definitions)
    asked = anchors(rows, 6)
    with opened(folder_of(tmp_path, definitions[0]), definitions[0], warehouse, tmp_path, variables=VARIABLES) as one:
        other = one
        if not together:
            folder = folder_of(tmp_path, other_view)
            other = opened_beside(one, folder, other_view, warehouse, tmp_path, variables=VARIABLES)
        for mode, known in MODES:
            compare([PartOf(one, one_view), PartOf(other, other_view)], rows, asked, mode, known)


@pytest.mark.parametrize("warehouse", ENGINES)
def test_without_a_project(tmp_path: Path, warehouse: str) -> None:
    """From the events table alone, as a service builds it: run, and as the three statements."""
    rows = events(3)
    harness.make_workspace(tmp_path, rows, WAREHOUSES[warehouse].columns(EVENTS_COLUMNS), warehouse)
    asked = list({(one.entity, one.moment): one for one in anchors(rows, 7)}.values())
    request = BundleRequest(
        folder=str(tmp_path),
        target=None,
        views=[VIEW.to_json(), OTHER.model_copy(update={"offline": False}).to_json()],
        sessions=None,
        source=PlaceOfTable("moments", schema="atomic"),
        has_label=True,
        anchors=None,
        attributes=PlaceOfTable("attributes_then"),
        dataset=PlaceOfTable("trained"),
        lookback_days=None,
    )
    with Bundle.opened(request) as bundle:
        dialect, warehouse_open = bundle.deployed[0].dialect, bundle.warehouse
        given = [
            [dialect.sql(dialect.literal(one.entity)), dialect.sql(dialect.timestamp(str(one.moment))), str(number)]
            for number, one in enumerate(asked)
        ]
        table = warehouse_open.name_of(warehouse_open.database or None, "atomic", "moments")
        query = dialect.inline_rows(["identifier", "anchor_tstamp", "label"], given)
        warehouse_open.execute(dialect.create_table(table, query))
        bundle.run()
        columns, found = bundle.preview(10_000, 0)
        by_hand = replace(bundle, request=replace(request, dataset=PlaceOfTable("by_hand")))
        for part in by_hand.statements():
            if part.sql is not None:
                warehouse_open.execute(part.sql)
        assert by_hand.preview(10_000, 0) == (columns, found)
    assert columns[:3] == ["domain_userid", "anchor_tstamp", "label"]
    compared = 0
    for row in found:
        anchor = asked[int(row[2])]
        assert (row[0], row[1]) == (anchor.entity, anchor.moment)
        values = iter(row[3:])
        for view in (VIEW, OTHER):
            [truth] = reference_datasets.training_set(view, rows, [(anchor.entity, anchor.moment)], mode="exact")
            for one in view.attributes:
                value = next(values)
                wanted = None if truth is None else served(one, truth[one.name], anchor.moment)
                if warehouse == "bigquery" and wanted is None and one.type.endswith(("_list", "dict")):
                    wanted = {} if one.type == "dict" else []  # it stores no list that is null
                assert reference.same(
                    typed(value, "double" if getattr(one, "time_unit", None) else one.type), wanted
                ), (anchor, one.name)
                compared += 1
    assert compared == len(asked) * (len(VIEW.attributes) + len(OTHER.attributes))
    WAREHOUSES[warehouse].drop(tmp_path)


def made(workspace: Path, warehouse: str, *definitions: Definition) -> list[dict[str, Any]]:
    """Projects over events that came in two loads."""
    columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
    rows = events(3)
    if definitions != (VIEW,):  # views that are computed together see one copy of an event
        kinds = {row["event_id"]: row["event_name"] for row in rows}
        rows = [row | {"event_name": kinds[row["event_id"]]} for row in rows]
    harness.make_workspace(workspace, rows[:70], columns, warehouse)
    for number, definition in enumerate(definitions):
        harness.write_project(folder_of(workspace, definition), definition, warehouse)
        if not number:
            run_project(folder_of(workspace, definition), profiles_dir=workspace, variables=VARIABLES, as_of=AS_OF)
    harness.write_events(workspace, rows[70:], columns)
    for definition in definitions:
        folder = folder_of(workspace, definition)
        run_project(folder, profiles_dir=workspace, variables=VARIABLES, as_of=AS_OF, full_scan=True)
    return rows


def folder_of(workspace: Path, definition: Definition) -> Path:
    return workspace / project_name(definition)


def compare(parts: list[PartOf], rows: list[dict[str, Any]], asked: list[Anchor], mode: str, known: bool) -> int:
    """How many cells were as the interpreter says."""
    dataset = Dataset.of(parts, mode=mode, known=known)
    pairs = [(one.entity, one.moment) for one in asked]
    views = [part.view for part in parts]
    expected = [
        reference_datasets.training_set(view, rows, pairs, mode=mode, known=known, start_date=START) for view in views
    ]
    with dataset.built(Anchors(("note",), iter(asked))) as built:
        found, report = list(built.rows()), built.report()
    assert [row[:3] for row in found] == [[one.entity, one.moment, *one.others] for one in asked]
    compared, nulls = 0, dict.fromkeys(dataset.columns, 0)
    for number, (anchor, row) in enumerate(zip(asked, found, strict=True)):
        values = iter(zip(dataset.columns, row[3:], strict=True))
        for view, truths in zip(views, expected, strict=True):
            truth = truths[number]
            for one in view.attributes:
                name, value = next(values)
                wanted = None if truth is None else served(one, truth[one.name], anchor.moment)
                assert reference.same(value, wanted), (mode, known, anchor, name, value, wanted)
                nulls[name] += wanted is None
                compared += 1
    unknown = sum(all(truths[number] is None for truths in expected) for number in range(len(asked)))
    assert 0 < unknown < len(asked)
    assert (report.rows, report.rows_without_events, report.nulls) == (len(asked), unknown, nulls)
    assert report.rows_before_start == sum(one.moment < FIRST for one in asked) > 0
    return compared


def served(one: Attribute | Derived, value: Any, moment: datetime) -> Any:
    """As an application reads it."""
    if isinstance(one, Derived) or one.time_unit is None:
        return value
    if not isinstance(value, datetime):
        return one.default_value
    return (moment - value) / timedelta(**{{"min": "minutes", "h": "hours", "d": "days"}[one.time_unit]: 1})


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, events(3), EVENTS_COLUMNS, "duckdb")
    folder = tmp_path / VIEW.project_name
    harness.write_project(folder, VIEW, "duckdb")
    with (
        opened(folder, VIEW, "duckdb", tmp_path, variables=VARIABLES) as deployed,
        pytest.raises(UsageError, match="v_1 has published nothing yet"),
    ):
        Dataset.of([PartOf(deployed, VIEW)])
    run_project(folder, profiles_dir=tmp_path, variables=VARIABLES, as_of=AS_OF)
    with (
        opened(folder, VIEW, "duckdb", tmp_path, variables=VARIABLES) as deployed,
        pytest.raises(UsageError, match="as_served or exact, not 'served'"),
    ):
        Dataset.of([PartOf(deployed, VIEW)], mode="served")  # type: ignore[arg-type]
