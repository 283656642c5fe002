"""Files that define a goal: the one that is found in them, and what is told of others."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from snowplow_signals import AtomicProperty, Criteria, Criterion, DefinitionError, Event, UsageError
from snowplow_signals.datasets import SessionAnchors, TrainingSpan, load_goal

BASIS = """\
from snowplow_signals import *
bought = Criteria(all=[Criterion.eq(AtomicProperty(name="se_action"), "buy")])
span = TrainingSpan(start_time="2025-03-01", end_time="2025-04-01T00:00:00+02:00")
"""
GOAL = SessionAnchors(
    goal_criteria=Criteria(all=[Criterion.eq(AtomicProperty(name="se_action"), "buy")]),
    training_span=TrainingSpan(
        start_time=datetime(2025, 3, 1, tzinfo=UTC), end_time=datetime(2025, 3, 31, 22, tzinfo=UTC)
    ),
)


def loaded(folder: Path, text: str) -> SessionAnchors:
    file = folder / "goal.py"
    file.write_text(BASIS + text, "utf-8")
    return load_goal(file)


@pytest.mark.parametrize(
    "text",
    [
        "goal = SessionAnchors(goal_criteria=bought, training_span=span)",
        "goal = same = SessionAnchors(goal_criteria=bought, training_span=span)\nothers = [goal, 1]",
        "made = [SessionAnchors(goal_criteria=bought, training_span=span)]",
    ],
)
def test_the_one_of_a_file(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text) == GOAL


def test_what_is_left_out() -> None:
    assert GOAL.excluded_events == (Event(name="page_ping"),)
    assert (GOAL.min_events, GOAL.max_anchors_per_session, GOAL.max_negative_ratio) == (1, None, 5.0)
    assert GOAL.training_span.utc == (datetime(2025, 3, 1), datetime(2025, 3, 31, 22))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, {}),
        ({"max_negative_ratio": None}, {}),
        ({"excluded_events": None, "min_events": None}, {"excluded_events": [], "min_events": 0}),
        ({"max_anchors_per_session": 2, "max_negative_ratio": 1}, {}),
    ],
)
def test_json_and_back(given: dict, meant: dict) -> None:
    common = {"goal_criteria": GOAL.goal_criteria, "training_span": GOAL.training_span}
    made = SessionAnchors(**common, **given)
    assert SessionAnchors.from_json(made.to_json()) == made == SessionAnchors(**common, **given | meant)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere.py: there is no such file; give the Python file that defines the g"):
        load_goal(tmp_path / "nowhere.py")
    with pytest.raises(UsageError, match="is a folder; give the Python file in it that defines the goal"):
        load_goal(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "goal.py: defines no SessionAnchors; assign one to a variable at the top level of the file"),
        (
            "one = SessionAnchors(goal_criteria=bought, training_span=span)\n"
            "two = SessionAnchors(goal_criteria=bought, training_span=span, min_events=2)",
            "goal.py: defines 2 SessionAnchors, at goal.py:4, goal.py:5; give each a file of its own",
        ),
        ("1 / 0", "goal.py:4: raised ZeroDivisionError: division by zero"),
        ("goal =", "goal.py:4: SyntaxError: invalid syntax"),
        (
            "goal = SessionAnchors(goal_criteria=Criteria(), training_span=span, min_event=3)",
            "goal.py:4 criteria: criteria are empty; give all=[...], any=[...] or both, or leave criteria out\n"
            "goal.py:4 session anchors: unknown argument 'min_event'; did you mean 'min_events'?",
        ),
        (
            "goal = SessionAnchors(goal_criteria=bought, min_events=-1, max_anchors_per_session=0,\n"
            "    max_negative_ratio=-2, excluded_events=[Event(), Event(event_specification_id='x')],\n"
            "    training_span=TrainingSpan(start_time=span.end_time, end_time=span.start_time))",
            "goal.py:6 training span: start_time 2025-03-31T22:00:00+00:00 is not before end_time "
            "2025-03-01T00:00:00+00:00\n"
            "goal.py:4 session anchors: min_events -1 must be a whole number from 0 to 2147483647\n"
            "goal.py:4 session anchors: max_anchors_per_session 0 must be a whole number from 1 to 2147483647\n"
            "goal.py:4 session anchors: max_negative_ratio -2 must be a number above 0, or None for no limit\n"
            "goal.py:4 session anchors: excluded_events hold a pattern that matches every event, which leaves no "
            "anchor; name the events\n"
            "goal.py:4 session anchors: excluded_events name an event_specification_id, which is not computed here; "
            "name the events",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        loaded(tmp_path, text)
    assert str(caught.value) == said


def test_a_calculated_property_can_be_the_goal() -> None:
    calculated = {"type": "calculated", "operation": "concat", "properties": [{"type": "atomic", "name": "se_action"}]}
    criteria = Criteria.from_json({"any": [{"property": calculated, "operator": "=", "value": "x"}]})
    made = SessionAnchors(goal_criteria=criteria, training_span=GOAL.training_span)
    assert made.goal_criteria == criteria


def test_the_example() -> None:
    purchase = load_goal(Path(__file__).parents[2] / "examples" / "purchase.py")
    assert purchase.goal_criteria.all is not None
    assert [one.value for one in purchase.goal_criteria.all] == ["transaction"]
    assert purchase.max_anchors_per_session == 3
