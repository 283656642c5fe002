"""Anchors out of sessions: the rows that the interpreter gives, the same ones on every engine."""

import random
import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference_sessions
from tests.events_table import EVENTS_COLUMNS, as_tracked
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    SessionAnchors,
    TrainingSpan,
    View,
    user_entity,
)
from snowplow_signals.datasets.sessions import session_query, session_rows
from snowplow_signals.definitions import session_entity, user_id
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import SourceError

START = date(2025, 3, 2)
FIRST = datetime(2025, 3, 1, 20)
VARIABLES = {"snowplow__start_date": START.isoformat(), "snowplow__app_id": ["web", "it's\n{{ 1 }}"]}
ENGINES = [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in ("bigquery", "snowflake", "spark"))]
ACTION = {"vendor": "com.acme", "name": "shop_action", "major_version": 1}
PRODUCT = {"vendor": "com.acme", "name": "product", "major_version": 1}
BOUGHT = Criterion.eq(AtomicProperty(name="se_label"), "bought {{ 'it' }}\n")
GOALS = {
    "atomic": Criteria(all=[BOUGHT, Criterion.gt(AtomicProperty(name="se_value"), 1)]),
    "event": Criteria(all=[Criterion.eq(EventProperty(**ACTION, path="type"), "buy")]),
    "entity": Criteria(any=[Criterion.gte(EntityProperty(**PRODUCT, path="unitPrice"), 5), BOUGHT]),
    "nested": Criteria(
        any=[
            Criteria(all=[BOUGHT, Criterion.lt(AtomicProperty(name="se_value"), 3)]),
            Criterion.gt(EntityProperty(**PRODUCT, path="unitPrice"), AtomicProperty(name="se_value")),
        ]
    ),
    "missing": Criteria(all=[Criterion.eq(EventProperty(**ACTION | {"name": "nowhere"}, path="type"), "buy")]),
}
SPAN = TrainingSpan(start_time=FIRST + timedelta(hours=9), end_time=FIRST + timedelta(hours=99))
WANTED = [
    {},
    {"max_negative_ratio": None, "training_span": TrainingSpan(start_time=FIRST, end_time=datetime(2025, 3, 5))},
    {"max_negative_ratio": 0.29, "min_events": 0},
    {"max_negative_ratio": 1, "min_events": 3, "excluded_events": []},
    {"max_anchors_per_session": 1, "excluded_events": [Event(name="page_ping"), Event(vendor="org.other")]},
    {"max_anchors_per_session": 2, "max_negative_ratio": None, "min_events": 0},
]


def view(entity: Entity) -> View:
    """Only of page views, which has no say in what happens in a session."""
    n = Attribute(name="n", type="int64", aggregation="counter", events=[Event(name="page_view")])
    return View(name="v", entity=entity, attributes=[n], owner="owner@example.com", offline=True)


def events(seed: int) -> list[dict[str, Any]]:
    """Some dozen sessions at whole hours, so that events tie; users that log in midway; copies in several sessions."""
    chance, rows = random.Random(seed), []
    for number in range(400):
        session = chance.randint(0, 39)
        happened = FIRST + timedelta(hours=3 * session + chance.randint(0, 6))
        row = {
            "event_id": f"e{number % 320}" if number % 50 else chance.choice((None, "")),
            "domain_sessionid": chance.choice((f"s{session}",) * 12 + ("", None)),
            "domain_userid": chance.choice((f"u{session // 2 % 5}",) * 8 + (f"ü{session % 4}", None, "")),
            "user_id": chance.choice((None, f"User{session % 9}")),
            "derived_tstamp": chance.choice((happened, happened, happened, None)),
            "collector_tstamp": chance.choice((happened, happened + timedelta(hours=1))),
            "load_tstamp": happened + timedelta(hours=chance.choice((-1, 0, 1, 1, 30))) if number % 60 else None,
            "app_id": chance.choice(("web", "web", "web", VARIABLES["snowplow__app_id"][1], "shop")),
            "event_name": chance.choice(("page_view", "page_view", "page_ping", "buy", None)),
            "event_vendor": chance.choice(("com.acme", "com.acme", "org.other", None)),
            "event_version": "1-0-0",
            "se_label": chance.choice((None, None, None, None, BOUGHT.value)),
            "se_value": chance.choice((0.5, 2.0, None)),
        }
        if chance.random() < 0.2:
            row["unstruct_event_com_acme_shop_action_1"] = {"type": chance.choice(("buy", "look", "look", None))}
        if chance.random() < 0.2:
            row["contexts_com_acme_product_1"] = [{"unit_price": chance.choice((2.5, 1.0, 7.0))}]
        rows.append(row)
    for row in chance.sample(rows, 60):  # copies of one load, which differ in something else
        others = chance.sample(("collector_tstamp", "derived_tstamp", "domain_userid", "domain_sessionid"), 2)
        rows.append(row | {name: chance.choice(rows)[name] for name in others})
    for moment in SPAN.utc:  # sessions that begin just when the span does, and when it ends
        for hours in (0, 1):
            times = dict.fromkeys(("derived_tstamp", "load_tstamp"), moment + timedelta(hours=hours))
            who = {"domain_sessionid": f"at {moment}", "domain_userid": "edge", "user_id": "edge", "app_id": "web"}
            rows.append(times | who | {"event_id": f"{moment} {hours}"})
    return rows


@pytest.mark.parametrize("warehouse", ENGINES)
def test_anchors_are_what_the_interpreter_says(tmp_path: Path, warehouse: str) -> None:
    rows, compared = events(11), Counter[bool]()
    columns = WAREHOUSES[warehouse].columns(EVENTS_COLUMNS)
    is_json = "JSON" in columns["contexts_com_acme_product_1"]
    harness.make_workspace(tmp_path, [as_tracked(row) for row in rows] if is_json else rows, columns, warehouse)
    for entity, days in ((user_entity, -1), (user_entity, 0), (user_id, -1), (session_entity, 0)):
        shown, folder = view(entity), tmp_path / entity.column
        harness.write_project(folder, shown, warehouse)
        variables = VARIABLES | {"snowplow__duplicate_lookback_days": days}
        scope = {"start_date": START, "app_ids": VARIABLES["snowplow__app_id"], "duplicate_days": days}
        with opened(folder, shown, warehouse, tmp_path, variables=variables) as deployed:
            for place, (name, goal) in enumerate(GOALS.items()):
                for given in WANTED if place == days + 1 else WANTED[place : place + 2]:
                    wanted = SessionAnchors(goal_criteria=goal, **{"training_span": SPAN} | given)
                    expected = reference_sessions.session_anchors(wanted, shown, rows, **scope)
                    found = list(session_rows(wanted, deployed))
                    assert found == expected, (entity.column, days, name, given)
                    if name == "missing":  # a goal that nobody reached leaves no anchor, unless there is no limit
                        assert bool(expected) == (wanted.max_negative_ratio is None)
                    compared.update(row[2] for row in found)
    assert min(compared[True], compared[False]) > 150, compared


def test_an_events_table_without_sessions_is_said(tmp_path: Path) -> None:
    columns = {name: kind for name, kind in EVENTS_COLUMNS.items() if name != "domain_sessionid"}
    harness.make_workspace(tmp_path, [], columns)
    harness.write_project(tmp_path / "v_1", view(user_entity))
    wanted = SessionAnchors(goal_criteria=GOALS["atomic"], training_span=SPAN)
    with (
        opened(tmp_path / "v_1", view(user_entity), "duckdb", tmp_path) as deployed,
        pytest.raises(SourceError, match="has no column 'domain_sessionid', needed to tell sessions apart"),
    ):
        list(session_rows(wanted, deployed))


def test_the_query_is_laid_out_as_models_are(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, [], EVENTS_COLUMNS)
    harness.write_project(tmp_path / "v_1", view(user_entity))
    wanted = SessionAnchors(goal_criteria=GOALS["event"], training_span=SPAN, max_anchors_per_session=3)
    with opened(tmp_path / "v_1", view(user_entity), "duckdb", tmp_path) as deployed:
        text = session_query(wanted, deployed)
    names = re.findall(r"^(?:with )?(\w+) as \($", text, re.MULTILINE)
    assert names == ["loaded", "dated", "in_scope", "winners", "placed", "candidates", "sampled", "drawn"]
    assert "as goal_shop_action_type\n" in text
    assert "\n\n\n" not in text
    assert max(map(len, text.splitlines())) <= 120
    assert text == text.rstrip() + "\n"
