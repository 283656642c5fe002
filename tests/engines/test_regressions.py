"""Small cases in which the generated SQL was once wrong, each found by the random definitions and events."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference, strategies
from tests.events_table import EVENTS_COLUMNS

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, View, user_entity

LABEL, OTHER = AtomicProperty(name="se_label"), AtomicProperty(name="se_property")
SETTINGS = strategies.Settings(date(2025, 3, 10), date(2025, 1, 1), (), False)


def row(event_id: str = "e1", after: timedelta = timedelta(), **more: Any) -> dict[str, Any]:
    when = datetime(2025, 3, 5, 10) + after
    times = {"derived_tstamp": when, "collector_tstamp": when, "load_tstamp": when}
    return {"event_id": event_id, "domain_userid": "u", **times, **more}


def check(workspace: Path, attributes: list[Attribute], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of the user u, after it was found to be what the interpreter says."""
    view = View(name="v", entity=user_entity, attributes=attributes, owner="owner@example.com", offline=True)
    harness.make_workspace(workspace, rows, EVENTS_COLUMNS)
    found = harness.run_project(workspace, view, "run", **SETTINGS.for_dbt())
    assert harness.differences(view, found, reference.compute(view, rows, **SETTINGS.for_reference())) == []
    return found["u"]


@pytest.mark.parametrize("text", ["a\nb", "a\n  b\r\nc", "\n"])
def test_lines_in_a_text_are_not_indented_with_the_sql(tmp_path: Path, text: str) -> None:
    criteria = Criteria(all=[Criterion(property=LABEL, operator="=", value=text)])
    found = check(
        tmp_path,
        [
            Attribute(name="n", type="int64", aggregation="counter", criteria=criteria),
            Attribute(
                name="d",
                type="string",
                aggregation="first",
                property=AtomicProperty(name="se_property"),
                default_value=text,
            ),
        ],
        [row(se_label=text), row("e2", se_label="other")],
    )
    assert found == {"n": 1, "d": text}
