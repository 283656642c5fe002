"""The interpreter's session anchors, held to cases worked out by hand from the meaning."""

from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

import pytest
from tests.reference_sessions import AnchorRow, session_anchors

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Event,
    SessionAnchors,
    TrainingSpan,
    View,
    user_entity,
)

GOAL = Criteria(all=[Criterion.eq(AtomicProperty(name="se_action"), "buy")])
MARCH = TrainingSpan(start_time=datetime(2025, 3, 1), end_time=datetime(2025, 4, 1))
VIEW = View(
    name="v",
    entity=user_entity,
    attributes=[Attribute(name="n", type="int64", aggregation="counter", events=[Event(name="never")])],
    owner="owner@example.com",
    offline=True,
)


def at(minute: int, day: int = 5) -> datetime:
    return datetime(2025, 3, day, 10) + timedelta(minutes=minute)


def row(event_id: str, minute: int, **more: Any) -> dict[str, Any]:
    """An event of user u in session s, loaded when it happened."""
    times = dict.fromkeys(("derived_tstamp", "collector_tstamp", "load_tstamp"), at(minute))
    return (
        {"event_id": event_id, "domain_userid": "u", "domain_sessionid": "s", "event_name": "page_view"} | times | more
    )


def buy(event_id: str, minute: int, **more: Any) -> dict[str, Any]:
    return row(event_id, minute, se_action="buy", **more)


def anchors(*rows: dict[str, Any], scope: dict[str, Any] | None = None, **more: Any) -> list[AnchorRow]:
    wanted = {"max_negative_ratio": None} | more
    return session_anchors(
        SessionAnchors(goal_criteria=GOAL, training_span=wanted.pop("training_span", MARCH), **wanted),
        VIEW,
        rows,
        **(scope or {}),
    )


def minutes(found: list[AnchorRow]) -> list[int]:
    return [(moment - at(0)) // timedelta(minutes=1) for _, moment, _ in found]


def test_moments_before_the_goal_are_anchors_and_nothing_from_it_on() -> None:
    rows = [row("a", 0), row("b", 1), row("c", 2), buy("d", 3), row("e", 4), buy("f", 5)]
    assert anchors(*rows) == [("u", at(1), True), ("u", at(2), True)]
    assert anchors(*rows, min_events=0) == [("u", at(minute), True) for minute in (0, 1, 2)]
    assert anchors(buy("a", 0), row("b", 1)) == []  # it began with the goal: nothing can be learnt of it


def test_without_the_goal_all_of_the_session_is_negative() -> None:
    assert anchors(row("a", 0), row("b", 1), row("c", 2)) == [("u", at(1), False), ("u", at(2), False)]


def test_what_happens_with_the_goal_is_no_anchor() -> None:
    assert anchors(row("a", 0), row("b", 1), row("c", 3), buy("d", 3)) == [("u", at(1), True)]


def test_only_earlier_events_precede() -> None:
    rows = [row("a", 0), row("b", 0), row("c", 1)]
    assert minutes(anchors(*rows, min_events=1)) == [1]
    assert minutes(anchors(*rows, min_events=2)) == [1]
    assert anchors(*rows, min_events=3) == []


def test_excluded_events_are_no_anchors_but_precede_and_can_be_the_goal() -> None:
    rows = [row("a", 0, event_name="page_ping"), row("b", 1), row("c", 2, event_name="page_ping")]
    assert anchors(*rows) == [("u", at(1), False)]
    assert minutes(anchors(*rows, excluded_events=[])) == [1, 2]
    assert anchors(*rows, buy("d", 3, event_name="page_ping"), row("e", 4)) == [("u", at(1), True)]
    assert minutes(anchors(row("a", 0), row("b", 1, event_name=None))) == [1]


def test_a_session_belongs_to_the_span_in_which_it_began() -> None:
    rows = [row("a", 0), row("b", 1), row("c", 2), buy("d", 3)]
    spans = [(-5, 0), (0, 1), (1, 9)]
    found = [anchors(*rows, training_span=TrainingSpan(start_time=at(start), end_time=at(end))) for start, end in spans]
    assert found == [[], [("u", at(1), True), ("u", at(2), True)], []]


def test_the_first_copy_of_an_event_counts_and_its_clock_cannot_run_ahead() -> None:
    late = {"load_tstamp": at(60)}
    assert minutes(anchors(row("a", 0), row("b", 1), row("b", 2, **late))) == [1]
    ahead = row("b", 9, load_tstamp=at(1))
    assert minutes(anchors(row("a", 0), ahead)) == [1]
    elsewhere = row("b", 2, domain_sessionid="t", **late)
    assert minutes(anchors(row("a", 0), row("b", 1), elsewhere)) == [1]


def test_events_out_of_scope_do_not_exist() -> None:
    kept = [row("a", 0), row("b", 1)]
    out = [
        row("", 2),
        row("c", 2, load_tstamp=None),
        row("d", 2, derived_tstamp=None, collector_tstamp=None),
        row("e", 2, domain_sessionid=None),
        row("f", 2, domain_sessionid=""),
    ]
    assert minutes(anchors(*kept, *out)) == [1]
    web = [one | {"app_id": "web"} for one in kept]
    assert minutes(anchors(*web, buy("c", 2, app_id="shop"), scope={"app_ids": ["web"]})) == [1]
    assert anchors(*kept, scope={"start_date": datetime(2025, 3, 6).date()}) == []


def test_an_anchor_is_of_whom_its_event_names_and_a_goal_need_name_nobody() -> None:
    rows = [
        row("a", 0, domain_userid=None),
        row("b", 1, domain_userid=""),
        row("c", 2),
        row("d", 3, domain_userid="w"),
        row("e", 3),
        buy("f", 4, domain_userid=None),
    ]
    assert anchors(*rows) == [("u", at(2), True), ("u", at(3), True), ("w", at(3), True)]


def test_sessions_do_not_know_of_each_other() -> None:
    others = [row("c", 2, domain_sessionid="t"), buy("d", 3, domain_sessionid="t", domain_userid="w")]
    assert anchors(row("a", 0), row("b", 4), *others) == [("u", at(4), False)]


def drawn(event_id: str, session: str = "s") -> str:
    return md5(f"{session} {event_id}".encode()).hexdigest()


def test_of_a_session_those_with_the_smallest_hashes_are_kept() -> None:
    ids = {drawn(one): minute for minute, one in enumerate("abcdefgh", start=1)}
    rows = [row("first", 0), *(row(one, minute) for minute, one in enumerate("abcdefgh", start=1))]
    for most in (1, 3, 9):
        expected = sorted(ids[draw] for draw in sorted(ids)[:most])
        assert minutes(anchors(*rows, max_anchors_per_session=most)) == expected


@pytest.mark.parametrize(("ratio", "kept"), [(0.4, 0), (0.5, 1), (1, 2), (1.9, 3), (3, 6), (100, 8), (None, 8)])
def test_negatives_are_as_many_as_the_ratio_allows(ratio: float | None, kept: int) -> None:
    reached = [row("a", 0), row("b", 1), row("c", 2), buy("d", 3)]
    ids = {md5(drawn(one, "t").encode()).hexdigest(): place for place, one in enumerate("klmnopqr", start=1)}
    other = [row("k0", 0, domain_sessionid="t", domain_userid="w")]
    other += [row(one, n, domain_sessionid="t", domain_userid="w") for n, one in enumerate("klmnopqr", start=1)]
    found = anchors(*reached, *other, max_negative_ratio=ratio)
    assert [one for one in found if one[2]] == [("u", at(1), True), ("u", at(2), True)]
    assert minutes([one for one in found if not one[2]]) == sorted(ids[draw] for draw in sorted(ids)[:kept])


def test_without_positives_a_ratio_leaves_nothing() -> None:
    rows = [row("a", 0), row("b", 1)]
    assert anchors(*rows, max_negative_ratio=5) == []
    assert minutes(anchors(*rows, max_negative_ratio=None)) == [1]


def test_equal_rows_of_several_sessions_are_one() -> None:
    rows = [row("a", 0), row("b", 1), row("c", 0, domain_sessionid="t"), row("d", 1, domain_sessionid="t")]
    assert anchors(*rows) == [("u", at(1), False)]
    assert anchors(*rows, buy("e", 2)) == [("u", at(1), False), ("u", at(1), True)]
