"""`explain` shows how a value came about."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import shop
from tests.e2e.shop import event
from tests.e2e.test_status import output_of

from snowplow_signals import Attribute, Criteria, Criterion, workspace
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import SignalsError, UsageError
from snowplow_signals.inspect.explain import Explanation, explain_entity

ANN = 'ann o\'neil "x"'
VIEW = shop.VIEW.model_copy(
    update={
        "attributes": (
            *shop.VIEW.attributes,
            Attribute(
                name="label_2",
                type="string",
                aggregation="first",
                property=shop.LABEL,
                criteria=Criteria(all=[Criterion.eq(shop.LABEL, "it's")]),
                default_value="none",
            ),
            Attribute(name="first_label", type="string", aggregation="first", property=shop.LABEL),
            Attribute(name="least", type="double", aggregation="min", property=shop.VALUE),
            Attribute(name="most", type="double", aggregation="max", property=shop.VALUE),
            Attribute(
                name="events_2_days_before_6",
                type="int64",
                aggregation="counter",
                period=timedelta(days=2),
                offset=timedelta(days=6),
            ),
            Attribute(name="events_last_month", type="int64", aggregation="counter", period="month", offset=1),
            Attribute(name="mean_spent", type="double", aggregation="mean", property=shop.VALUE),
            Attribute(name="spread", type="double", aggregation="variance", property=shop.VALUE),
            Attribute(name="active", type="int32", aggregation="days_active"),
            Attribute(
                name="dear",
                type="double",
                aggregation="rate",
                criteria=Criteria(all=[Criterion.gt(shop.VALUE, 1)]),
            ),
            Attribute(name="newest", type="string_list", aggregation="last_n", n=2, property=shop.LABEL),
        )
    }
)
ROWS = [
    event(1, ANN, 0, se_label="it's"),
    event(2, ANN, 1, se_value=0.5),
    event(3, ANN, 1, se_label="label-2", se_value=2.5),
    event(4, ANN, 8, se_value=None),
    event(5, "bob", 3),
    event(6, "later", 20),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> shop.Shop:
    """The shop after a run, and a late event of Ann's that is deferred."""
    made = shop.make(tmp_path_factory.mktemp("explain"), ROWS, VIEW)
    workspace.generate(made.root, force=True)
    made.run()
    made.load(event(7, ANN, 1, loaded=40))
    made.run()
    return made


def explained(project: shop.Shop, entity: str = ANN, **options: Any) -> Explanation:
    with opened(project.folder, project.view, "duckdb", project.root) as found:
        return explain_entity(found, entity, **options)


def test_a_windowed_counter(project: shop.Shop) -> None:
    [found] = explained(project, attribute="events_2_days_before_6").attributes
    assert (found.value, found.first_day, found.last_day) == (2, date(2025, 3, 2), date(2025, 3, 3))
    assert [day.in_window for day in found.days] == [False, True, False]
    [found] = explained(project, attribute="events_last_month").attributes
    assert (found.value, found.first_day, found.last_day) == (0, date(2025, 2, 1), date(2025, 2, 28))
    [found] = explained(project, attribute="events_7_days").attributes
    assert (found.value, found.first_day, found.last_day) == (1, date(2025, 3, 3), date(2025, 3, 9))
    assert [(day.day, day.in_window, day.events, day.pending, day.state) for day in found.days] == [
        (date(2025, 3, 9), True, 1, 0, {"count": 1}),
        (date(2025, 3, 2), False, 3, 1, {"count": 2}),
        (date(2025, 3, 1), False, 1, 0, {"count": 1}),
    ]
    assert [(one.event_id, one.in_window, one.is_pending) for one in found.events] == [
        ("event-4", True, False),
        ("event-7", False, True),
        ("event-3", False, False),
        ("event-2", False, False),
        ("event-1", False, False),
    ]


def test_states_of_sums_means_values_and_times(project: shop.Shop) -> None:
    found = {item.name: item for item in explained(project).attributes}
    assert [day.state for day in found["spent"].days] == [{"sum": 3.0}, {"sum": 1.5}]
    assert [day.state for day in found["mean_spent"].days] == [
        {"total": 3.0, "count": 2},
        {"total": 1.5, "count": 1},
    ]
    labels = found["labels"]
    assert labels.value == ["it's", "label-2", "label-4"]
    second = next(day.state for day in labels.days if day.day == date(2025, 3, 2))
    assert isinstance(second, tuple)
    assert [(state["value"], state["n"], state["last_event_id"]) for state in second] == [("label-2", 2, "event-3")]
    assert found["hours_since_last"].days[0].state == {"last_seen": found["hours_since_last"].value}
    assert found["label_2"].event_count == 1
    assert [(one.event_id, one.value) for one in found["label_2"].events] == [("event-1", "it's")]


def test_states_of_spreads_rates_days_and_lists(project: shop.Shop) -> None:
    found = {item.name: item for item in explained(project).attributes}
    assert [day.state for day in found["spread"].days] == [
        {"count": 2, "least": 0.5, "above": 2.0, "squares": 4.0},
        {"count": 1, "least": 1.5, "above": 0.0, "squares": 0.0},
    ]
    assert found["spread"].value == pytest.approx(2 / 3, rel=1e-12)
    assert (found["active"].value, [day.state for day in found["active"].days]) == (3, [{"days": 1}] * 3)
    assert [day.state for day in found["dear"].days] == [
        {"matching": 0, "count": 1},
        {"matching": 1, "count": 2},
        {"matching": 1, "count": 1},
    ]
    assert [(one.event_id, one.value) for one in found["dear"].events if not one.is_pending] == [
        ("event-4", "false"),
        ("event-3", "true"),
        ("event-2", "false"),
        ("event-1", "true"),
    ]
    newest = found["newest"]
    assert newest.value == ["label-2", "label-4"]
    assert [[state["last_event_id"] for state in day.state or ()] for day in newest.days] == [
        ["event-4"],
        ["event-3", "event-2"],
        ["event-1"],
    ]


def test_nothing_matched_gives_the_default(project: shop.Shop) -> None:
    [found] = explained(project, "bob", attribute="label_2").attributes
    assert (found.value, found.default, found.nothing_matched, found.days) == ("none", "none", True, ())


def test_only_the_newest_events_are_listed(project: shop.Shop) -> None:
    [found] = explained(project, attribute="events", events=2).attributes
    assert [one.event_id for one in found.events] == ["event-4", "event-7"]
    assert found.event_count == 5


@pytest.mark.parametrize(
    ("attribute", "deciding"),
    [("first_label", "event-1"), ("last_label", "event-4"), ("least", "event-2"), ("most", "event-3")],
)
def test_the_event_that_decides_comes_first(project: shop.Shop, attribute: str, deciding: str) -> None:
    [found] = explained(project, attribute=attribute, events=1).attributes
    assert [one.event_id for one in found.events] == [deciding]


def test_unknown_ids_and_attributes(project: shop.Shop) -> None:
    with pytest.raises(SignalsError, match="has processed no events of domain_userid 'nobody'") as unknown:
        explained(project, "nobody")
    assert unknown.value.exit_code == 1
    with pytest.raises(SignalsError, match="has no row as of 2025-03-10: its first event is of 2025-03-21"):
        explained(project, "later")
    with pytest.raises(UsageError, match="no attribute 'spend'; did you mean 'spent'"):
        explained(project, attribute="spend")


def test_before_the_first_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has published nothing yet"):
        explained(shop.make(tmp_path, ROWS, VIEW))


def test_the_commands(project: shop.Shop) -> None:
    root = project.root
    code, shown, _ = output_of("explain", ANN, "--repo-path", root, "--attribute", "events")
    assert code == 0
    assert "events = 4" in shown
    assert "pending" in shown
    code, printed, _ = output_of("explain", ANN, "--repo-path", root, "--format", "json", "--view-name", "shop")
    assert code == 0
    found = json.loads(printed)
    fields = ("project", "identifier", "entity", "as_of", "updated_at", "attributes", "derived", "warnings")
    assert set(found) == {*fields}
    assert found["attributes"][0]["days"][0]["state"] == {"count": 1}
    code, _, error = output_of("explain", "nobody", "--repo-path", root)
    assert (code, "has processed no events of domain_userid" in error) == (1, True)
    code, _, error = output_of("explain", ANN, "--repo-path", root, "--attribute", "event")
    assert (code, "did you mean 'events'" in error) == (2, True)
    code, shown, _ = output_of("verify", "--repo-path", root, "--all")
    assert (code, "0 of 2 entities differ" in shown) == (0, True)
    code, shown, _ = output_of("verify", "--repo-path", root, "--from-source")
    assert (code, "1 of 2 entities differ" in shown) == (1, True)
    assert "event event-7 of 2025-03-02 12:07:00 is deferred" in shown
    code, printed, _ = output_of("verify", "--repo-path", root, "--format", "json")
    found = json.loads(printed)
    assert (code, found["agrees"], found["projects"][0]["differing"]) == (0, True, 0)
    code, _, error = output_of("verify", "--repo-path", root, "--all", "--sample", "3")
    assert (code, "cannot be combined" in error) == (2, True)
