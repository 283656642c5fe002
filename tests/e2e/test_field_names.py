"""Keys that are not names: from the file that was tracked to the attributes, as loaders name the fields in between."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness, reference
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import Attribute, EntityProperty, EventProperty, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.events.loading.load import load_events
from snowplow_signals.inspect.verify import verify_project

PAY = "unstruct_event_com_acme_pay_1"
PART = "contexts_com_acme_part_1"
PATHS = {
    "secure": "3dSecure",
    "amount": "$.$amount",
    "price": "price:eur",
    "source": "utm source",
    "dotted": '$["b.c"]["d.e"]',
    "size": "Größe",
    "emoji": "\U0001f6d2.x",
    "quote": """it's "odd" {{ x }}.{% y %}""",
    "bracket": "a['[0]'][1]",
    "dollar": "x.$",
    "number": "items[1].0",
}


def pay(path: str) -> EventProperty:
    return EventProperty(vendor="com.acme", name="pay", major_version=1, path=path)


def part(path: str) -> EntityProperty:
    return EntityProperty(vendor="com.acme", name="part", major_version=1, path=path)


VIEW = View(
    name="fields",
    version=1,
    entity=user_entity,
    offline=True,
    owner="ann@acme.com",
    attributes=[
        *(Attribute(name=name, type="string", aggregation="last", property=pay(path)) for name, path in PATHS.items()),
        Attribute(name="shares", type="double", aggregation="sum", property=part('["%.share"]')),
        Attribute(
            name="secured",
            type="int64",
            aggregation="counter",
            criteria={"all": [{"property": pay("3dSecure"), "operator": "=", "value": True}]},
        ),
    ],
)


def tracked(number: int) -> dict[str, Any]:
    body = {
        "3dSecure": number % 2 == 0,
        "$amount": number,
        "price:eur": 2.5,
        "utm source": f"ad {number}",
        "b.c": {"d.e": "dots"},
        "Größe": "XL",
        "\U0001f6d2": {"x": "cart"},
        """it's "odd" {{ x }}""": {"{% y %}": "braces"},
        "a": {"[0]": ["zero", "one"]},
        "x": {"$": "money"},
        "items": [{}, {"0": "nought"}],
    }
    at = datetime(2025, 3, 1) + timedelta(hours=number)
    return {
        "event_id": f"e{number}",
        "event_name": "pay",
        "event_vendor": "com.acme",
        "domain_userid": f"user-{number % 3}",
        "collector_tstamp": at.isoformat(),
        "derived_tstamp": at.isoformat(),
        "load_tstamp": (at + timedelta(minutes=5)).isoformat(),
        PAY: body,
        PART: [{"%.share": 0.5}],
    }


def stored(event: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(value) if key.endswith("_tstamp") else value for key, value in event.items()}


EVENTS = [tracked(number) for number in range(10)]


@pytest.mark.parametrize("layout", ["loaded", "json", "postgres"])
def test_awkward_keys_from_load_to_verify(tmp_path: Path, layout: str) -> None:
    warehouse = WAREHOUSES["postgres" if layout == "postgres" else "duckdb"]
    warehouse.make(tmp_path)
    if layout == "loaded":
        file = tmp_path / "events.ndjson"
        file.write_text("".join(json.dumps(event) + "\n" for event in EVENTS))
        assert load_events([file], tmp_path / harness.DATABASE).rows == len(EVENTS)
    else:
        types = {name: EVENTS_COLUMNS.get(name, "JSON") for name in EVENTS[0]}
        harness.write_events(tmp_path, map(stored, EVENTS), types)
    found = harness.run_project(tmp_path, VIEW, snowplow__as_of_date="2025-03-02")
    expected = reference.compute(VIEW, [stored(event) for event in EVENTS], as_of=datetime(2025, 3, 2).date())
    assert expected["user-0"] | {"secure": "false", "number": "nought", "shares": 2.0} == expected["user-0"]
    assert None not in expected["user-0"].values()
    assert harness.differences(VIEW, found, expected) == []
    variables = {"snowplow__as_of_date": "2025-03-02"}
    with opened(tmp_path / VIEW.project_name, VIEW, warehouse.name, tmp_path, variables=variables) as project:
        result = verify_project(project, sample=None, from_source=True)
    assert result.differences == ()
