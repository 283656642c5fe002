"""What is expected of attributes, and which publications meet it."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from snowplow_signals import AtomicProperty, Attribute, DefinitionError, Expect, View, user_entity
from snowplow_signals.inspect.quality import unmet
from snowplow_signals.inspect.statistics import LastDay, Statistics
from snowplow_signals.server.wire import read_view, view_answer

LABEL = AtomicProperty(name="se_label")


def attribute(expect: Any, type: str = "int64", **more: Any) -> Attribute:
    return Attribute(name="a", type=type, aggregation=more.pop("aggregation", "counter"), expect=expect, **more)


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ({}, "expects nothing"),
        ({"min": 3, "max": 1}, "min 3 is above max 1"),
        ({"max_null_rate": 1.5}, "max_null_rate 1.5 must be a share of the entities, from 0 to 1"),
        ({"max_psi": -1}, "max_psi -1 must be 0 or more"),
        ({"min": True}, "min True must be a finite number"),
        ({"max": float("nan")}, "max nan must be a finite number"),
        ({"max": 10**400}, "must be a finite number"),
        ({"max_rate": 1}, "max_rate"),
    ],
)
def test_what_cannot_be_expected(expect: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        attribute(expect)
    assert problem in str(raised.value)


def test_texts_have_no_bounds() -> None:
    with pytest.raises(DefinitionError, match="values of type 'string' have no min"):
        attribute(Expect(min=1), "string", aggregation="last", property=LABEL)
    attribute(Expect(max_null_rate=0), "string", aggregation="last", property=LABEL)


def test_it_is_kept_in_json_and_on_the_wire() -> None:
    declared = attribute(Expect(max_null_rate=0.25, min=0, max_change=2))
    assert Attribute.from_json(json.dumps(declared.to_json())) == declared
    view = View(name="v", entity=user_entity, attributes=[declared], owner="owner@example.com", offline=True)
    answer = json.loads(json.dumps(view_answer(view)))
    assert answer["attributes"][0]["expect"] == {"max_null_rate": 0.25, "min": 0.0, "max_change": 2.0}
    answer["attributes"][0]["expect"]["max"] = None
    assert read_view(answer, lambda name: user_entity).attributes == view.attributes


def test_who_expects_nothing_is_written_as_before() -> None:
    assert "expect" not in attribute(None).to_json()


def published(**more: Any) -> Statistics:
    given: dict[str, Any] = {
        "view": "v_1", "attribute": "a", "type": "int64", "run_id": "r", "chunk": 1, "planned_at": datetime(2025, 3, 2),
        "as_of": date(2025, 3, 2), "is_pinned": False, "entities": 100, "null_values": 10, "defaults": 0, "distinct": 5,
        "smallest": 1.0, "quantiles": {50: 2.0}, "largest": 9.0, "mean": 3.0, "deviation": 1.0,
        "frequent": (("3", 40),), "edges": (), "bins": (), "pinned_bins": (), "psi_baseline": 0.3, "psi_before": 0.1,
        "last_day": LastDay(date(2025, 3, 1), 50, 70, 40, 60.0),
    }  # fmt: skip
    return Statistics(**given | more)


def unmet_rules(last: Statistics, before: Statistics | None = None, **expected: float) -> list[str]:
    history = [last] if before is None else [before, last]
    return [finding.rule for finding in unmet(Expect(**expected), history)]


def test_each_expectation_is_met_up_to_its_bound() -> None:
    met = {"max_null_rate": 0.1, "min": 1, "max": 9, "max_psi": 0.3}
    assert unmet_rules(published(), **met) == []
    beyond = {"max_null_rate": 0.09, "min": 1.01, "max": 8.99, "max_psi": 0.29}
    assert unmet_rules(published(), **beyond) == ["max_null_rate", "min", "max", "max_psi"]


def test_a_change_is_of_the_mean_or_of_a_share() -> None:
    before = published(mean=2.0)
    assert unmet_rules(published(), before, max_change=0.5) == []
    assert unmet_rules(published(), before, max_change=0.49) == ["max_change"]
    assert unmet_rules(published(), None, max_change=0) == []
    words = {"mean": None, "smallest": None, "quantiles": None}
    before, last = published(frequent=(("a", 60),), **words), published(frequent=(("a", 20), ("b", 40)), **words)
    assert unmet_rules(last, before, max_change=0.4) == []
    assert unmet_rules(last, before, max_change=0.39) == ["max_change"]


def test_without_values_only_their_number_is_judged() -> None:
    unknown = dict.fromkeys(("smallest", "largest", "mean", "quantiles", "psi_baseline"))
    empty = published(null_values=100, frequent=(), **unknown)
    assert unmet_rules(empty, min=5, max=6, max_psi=0, max_null_rate=1) == []
    assert unmet_rules(published(entities=0, null_values=0), max_null_rate=0) == []


def test_a_baseline_is_not_compared_with_the_one_before() -> None:
    assert unmet_rules(published(is_pinned=True), max_psi=0.1) == []
