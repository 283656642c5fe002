"""`verify` finds what is wrong and nothing else, and agrees with the interpreter on random definitions."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests import harness, reference, strategies
from tests.e2e import shop
from tests.e2e.partial import take_only
from tests.e2e.shop import event
from tests.events_table import EVENTS_COLUMNS, JSON_COLUMNS, ZONED_COLUMNS, as_tracked

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, View
from snowplow_signals.definitions.aggregations import WITHOUT_PROPERTY
from snowplow_signals.deployment.deployed import Deployed, opened
from snowplow_signals.errors import SourceError, UsageError
from snowplow_signals.inspect.verify import CellDifference, EntityDifference, Verification, verify_project
from snowplow_signals.inspect.verify.result import same

ANN, BOB = "ann o'neil", 'bob "the \\ builder" {{ x }}'
ROWS = [event(1, ANN, 0), event(2, ANN, 1), event(3, BOB, 1), event(4, None, 1), event(3, BOB, 1), event(5, ANN, 2)]


@contextmanager
def deployed(project: shop.Shop, **variables: Any) -> Iterator[Deployed]:
    with opened(project.folder, project.view, "duckdb", project.root, variables=variables) as found:
        yield found


def verified(project: shop.Shop, variables: dict[str, Any] | None = None, **options: Any) -> Verification:
    with deployed(project, **(variables or {})) as found:
        return verify_project(found, **{"sample": None, **options})


def change(project: shop.Shop, statement: str, *values: Any) -> None:
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(statement, values)


def the_cell(found: Verification) -> tuple[EntityDifference, CellDifference]:
    [difference] = found.differences
    [cell] = difference.cells
    return difference, cell


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> shop.Shop:
    """A project after its first run."""
    project = shop.make(tmp_path_factory.mktemp("made"), ROWS)
    project.run()
    return project


@pytest.fixture
def project(made: shop.Shop, tmp_path: Path) -> shop.Shop:
    """Another one, as that run left it."""
    return made.copy(tmp_path / "shop")


def test_nothing_differs_after_a_run(project: shop.Shop) -> None:
    found = verified(project)
    assert (found.entities, found.differing, found.differences) == (2, 0, ())
    assert found.agrees
    assert not found.is_sample
    assert (found.as_of, found.rows_without_load, found.events_pending) == (shop.AS_OF, 0, 0)


def test_a_value_that_was_changed_is_found_with_the_events_that_feed_it(project: shop.Shop) -> None:
    change(project, "update signals_derived.shop_1_attributes set spent = spent + 1e-6 where domain_userid = ?", ANN)
    difference, cell = the_cell(verified(project))
    assert (difference.entity, difference.what, cell.attribute) == (ANN, "differs", "spent")
    assert cell.recomputed == 4.5
    assert cell.events == ()
    assert (cell.fed_by, cell.fed_by_count) == (("event-5", "event-2", "event-1"), 3)


def test_the_last_digits_of_a_sum_are_no_difference(project: shop.Shop) -> None:
    change(project, "update signals_derived.shop_1_attributes set spent = spent + 1e-12")
    assert verified(project).agrees


def test_rows_that_are_missing_or_too_many_are_found(project: shop.Shop) -> None:
    change(
        project, "update signals_derived.shop_1_attributes set domain_userid = 'nobody' where domain_userid = ?", ANN
    )
    found = verified(project)
    assert [(one.entity, one.what) for one in found.differences] == [(ANN, "missing"), ("nobody", "surplus")]
    assert (found.entities, found.differing, found.missing, found.surplus) == (3, 2, 1, 1)


@pytest.mark.parametrize("table", ["attributes", "filtered_events", "daily_aggregates", "daily_values"])
def test_rows_that_are_there_twice_are_found_and_go_with_a_full_refresh(project: shop.Shop, table: str) -> None:
    whole = f"signals_derived.shop_1_{table}"
    change(project, f"insert into {whole} select * from {whole}")
    found = verified(project)
    assert not found.agrees
    assert set(found.repeated) == {table}
    assert verified(project, sample=1).repeated == found.repeated
    project.run(full_refresh=True)
    found = verified(project)
    assert (found.agrees, found.repeated) == (True, {})


def test_an_event_lost_from_filtered_events_is_named(project: shop.Shop) -> None:
    change(project, "delete from signals_derived.shop_1_filtered_events where event_id = 'event-2'")
    assert verified(project).agrees  # the aggregates still hold it
    # her states of the day are recomputed from what is left where an earlier copy replaces an event
    project.load(event(6, ANN, 1, loaded=2))
    project.run()
    assert verified(project).agrees  # what is new was added
    project.load(event(6, ANN, 1, load_tstamp=shop.DAY + timedelta(days=1, hours=20)))
    project.run()
    found = verified(project)
    assert found.cells_differing.keys() == {"events", "spent", "labels"}
    cells = {cell.attribute: cell for cell in found.differences[0].cells}
    [lost] = cells["events"].events
    assert (lost.event_id, lost.side) == ("event-2", "recomputed")
    assert lost.reason == "should be in filtered_events and is not"
    assert (cells["events"].stored, cells["events"].recomputed) == (3, 4)


def test_an_event_that_the_source_lost_is_named(project: shop.Shop) -> None:
    change(project, "delete from atomic.events where event_id = 'event-3'")
    found = verified(project, from_source=True)
    assert [(one.entity, one.what) for one in found.differences] == [(BOB, "surplus")]
    [gone] = found.differences[0].events
    assert (gone.event_id, gone.side) == ("event-3", "stored")


def test_a_deferred_event_differs_from_the_source_only(project: shop.Shop) -> None:
    project.load(event(7, ANN, 1, loaded=40))
    project.run(as_of=date(2025, 5, 1))
    found = verified(project)
    assert found.agrees
    assert (found.events_pending, found.events_unfinished) == (1, 0)
    found = verified(project, from_source=True)
    assert found.cells_differing.keys() == {"events", "spent", "labels"}
    reasons = {each.reason for cell in found.differences[0].cells for each in cell.events}
    assert reasons == {"is deferred: it came late, and its day is not aggregated again yet"}
    assert {each.event_id for cell in found.differences[0].cells for each in cell.events} == {"event-7"}
    project.run(as_of=date(2025, 5, 1), reprocess_late=True)
    assert verified(project, from_source=True).agrees


def test_a_deferred_copy_leaves_the_earlier_one_in_place(project: shop.Shop) -> None:
    project.load(event(8, ANN, 1, loaded=30, se_value=2.0))
    project.run(as_of=date(2025, 5, 1), reprocess_late=True)
    project.load(event(8, ANN, 1, loaded=29, se_value=3.0))  # committed later under an older time: it wins, pending
    project.run(as_of=date(2025, 5, 1))
    assert verified(project).agrees
    [difference] = verified(project, from_source=True).differences
    assert {(cell.attribute, cell.stored, cell.recomputed) for cell in difference.cells} == {("spent", 6.5, 7.5)}


def test_what_is_not_taken_yet_differs_from_the_source_only(project: shop.Shop) -> None:
    # one row in an hour that was taken, one in a new hour
    project.load(event(9, ANN, 2), event(10, "cleo", 3))
    assert verified(project).agrees
    found = verified(project, from_source=True)
    assert [(one.entity, one.what) for one in found.differences] == [(ANN, "differs"), ("cleo", "missing")]
    reason = "is not taken yet: its hour of load is not in the ledger, or has grown since"
    assert {each.reason for each in found.differences[1].events} == {reason}
    assert {each.reason for cell in found.differences[0].cells for each in cell.events} == {reason}
    project.run()
    assert verified(project, from_source=True).agrees


def test_what_a_run_took_and_did_not_aggregate_is_left_out(project: shop.Shop) -> None:
    project.load(event(11, ANN, 3), event(12, "cleo", 3))
    take_only(project)
    found = verified(project)
    assert found.agrees
    assert (found.events_pending, found.events_unfinished) == (2, 2)
    reasons = {each.reason for one in verified(project, from_source=True).differences for each in one.events}
    assert reasons == {"was taken and is not aggregated yet: the next run does it"}


def test_rows_without_a_load_are_counted_and_not_missed(project: shop.Shop) -> None:
    unloaded = event(13, ANN, 2)
    del unloaded["load_tstamp"]
    project.load(unloaded)
    found = verified(project, from_source=True)
    assert (found.differing, found.rows_without_load) == (0, 1)


def test_a_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(number, f"user-{number}", 1) for number in range(40)])
    project.run()
    change(project, "update signals_derived.shop_1_attributes set events = 0")

    def sampled(seed: int) -> list[str]:
        found = verified(project, sample=10, seed=seed)
        assert (found.entities, found.differing, found.is_sample) == (10, 10, True)
        return [one.entity for one in found.differences]

    assert sampled(1) == sampled(1)
    assert sampled(1) != sampled(2)


def test_the_windows_are_those_of_the_publication(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(1, ANN, 9), event(2, ANN, 2)])
    project.run(variables={"snowplow__include_current_day_in_windows": True})
    assert project.attributes()[ANN]["events_7_days"] == 1
    assert verified(project).agrees


@pytest.mark.parametrize("as_of", ["2025-03-31", "2025-04-01", "2025-04-07"])
def test_windows_that_end_with_the_calendar(tmp_path: Path, as_of: str) -> None:
    counted = [
        Attribute(name=f"events_{number}", type="int64", aggregation="counter", period=period, offset=offset)
        for number, (period, offset) in enumerate(
            [(timedelta(days=3), timedelta(days=5)), *((u, n) for u in ("week", "month", "quarter") for n in (0, 1))]
        )
    ]
    view = shop.VIEW.model_copy(update={"attributes": tuple(counted)})
    project = shop.make(tmp_path, [event(number, ANN, number) for number in range(38)], view)
    project.run(as_of=date.fromisoformat(as_of))
    assert verified(project).agrees
    change(project, "update signals_derived.shop_1_attributes set events_1 = events_1 + 1")
    assert not verified(project).agrees


def test_before_the_first_run_there_is_nothing_to_verify(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    with pytest.raises(UsageError, match="has published nothing yet"):
        verified(project)


def test_a_source_without_its_columns_is_refused(project: shop.Shop) -> None:
    change(project, "alter table atomic.events rename column domain_userid to domain_user_id")
    with pytest.raises(SourceError, match=r"has no column 'domain_userid'.*did you mean 'domain_user_id'"):
        verified(project)
    change(project, "drop table atomic.events")
    with pytest.raises(SourceError, match="there is no events table"):
        verified(project)


@pytest.mark.parametrize(
    ("stored", "recomputed", "type_name", "scale", "expected"),
    [
        (1.0, 1.0 + 1e-10, "double", None, True),
        (1.0, 1.0 + 1e-8, "double", None, False),
        (1.0, 1.0 + 1e-7, "float", None, True),
        (0.0, 5.5e-17, "double", 0.6, True),
        (0.0, 5.5e-17, "double", None, False),
        (1, 2, "int64", None, False),
        (None, 0.0, "double", 1.0, False),
        ([1.0, 2.0], [1.0, 2.0 + 1e-12], "double_list", None, True),
        ([1.0], [1.0, 2.0], "double_list", None, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "dict", None, True),
    ],
)
def test_when_cells_are_the_same(stored: Any, recomputed: Any, type_name: str, scale: float, expected: bool) -> None:
    assert same(stored, recomputed, type_name, scale) is expected


# --- against the interpreter

TYPES = {
    "counter": "int64",
    "sum": "double",
    "mean": "double",
    "min": "double",
    "max": "double",
    "first": "string",
    "last": "int32",
    "unique_list": "string_list",
    "most_frequent": "string",
    "least_frequent": "bool",
    "category_count": "dict",
    "approx_count_distinct": "int64",
    "time_since_first": "double",
    "time_since_last": "double",
    "count_distinct": "int64",
    "mode_share": "double",
    "exists": "bool",
    "rate": "double",
    "days_active": "int64",
    "stddev": "double",
    "variance": "double",
    "percentile": "double",
    "first_n": "string_list",
    "last_n": "int32_list",
}


def one_of_each(view: View) -> View:
    """The view with every aggregation in it, besides what was drawn."""
    label, price = AtomicProperty(name="se_property"), AtomicProperty(name="se_value")
    added = []
    for aggregation, wanted in TYPES.items():
        made: dict[str, Any] = {"name": f"all_{aggregation}", "type": wanted, "aggregation": aggregation}
        if aggregation.startswith("time_since"):
            made["time_unit"] = "h"
        elif aggregation == "rate":
            made["criteria"] = Criteria(all=[Criterion.gt(price, 1)])
        elif aggregation not in WITHOUT_PROPERTY:
            of_numbers = ("sum", "mean", "min", "max", "stddev", "variance")
            made["property"] = price if aggregation in of_numbers else label
        if aggregation in ("first_n", "last_n"):
            made["n"] = 3
        if aggregation == "percentile":
            made["q"] = 0.9
        added.append(Attribute(**made, period=random.Random(aggregation).choice((None, timedelta(days=7)))))
    return view.model_copy(update={"attributes": (*view.attributes, *added)})


@settings(deadline=None, max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_verify_agrees_with_the_interpreter(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    entity = data.draw(strategies.entities)
    views = [one_of_each(data.draw(strategies.views(entity, f"v{number}"))) for number in range(4)]
    rows = data.draw(strategies.event_rows(entity, 150))
    chosen = data.draw(strategies.settings)
    columns = data.draw(st.sampled_from((EVENTS_COLUMNS, ZONED_COLUMNS, JSON_COLUMNS)))
    if columns is JSON_COLUMNS:
        rows = [as_tracked(row) for row in rows]
    root = tmp_path_factory.mktemp("random")
    harness.make_workspace(root, rows, columns)
    found = harness.run_projects(root, views, "run", **chosen.for_dbt())
    for view in views:
        expected = reference.compute(view, rows, **chosen.for_reference())
        assert harness.differences(view, found[view.project_name], expected) == []
        folder = root / harness.ALL_PROJECTS / "dbt_packages" / view.project_name
        with opened(folder, view, "duckdb", root, variables=chosen.for_dbt()) as project:
            for from_source in (False, True):
                result = verify_project(project, sample=None, from_source=from_source)
                assert result.differences == ()
                assert result.entities == len(expected)
                assert result.rows_without_load == sum(row.get("load_tstamp") is None for row in rows)
