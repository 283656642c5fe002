"""Properties that no event can have: `run`, `status`, `explain` and dbt name them, with what is nearest."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests import harness
from tests.e2e.command import typed
from tests.events_table import EVENTS_COLUMNS

PART, BUY = "contexts_com_acme_part_1", "unstruct_event_com_acme_buy_now_1"
DEFINITIONS = """
from snowplow_signals import *

def part(kind=EntityProperty, **changes):
    return kind(**{"vendor": "com.acme", "name": "part", "major_version": 1, "path": "skuCode", **changes})

def last(name, prop):
    return Attribute(name=name, type="string", aggregation="last", property=prop)

never = Criteria(all=[Criterion(property=part(EventProperty, name="buyNow", path="amout"), operator="=", value="x")])
view = View(name="missing", version=1, entity=user_entity, offline=True, owner="ann@acme.com", attributes=[
    last("fine", part()),
    last("vendor", part(vendor="com.acm")),
    last("as_event", part(EventProperty)),
    last("as_entity", part(name="buyNow", path="amount")),
    last("major", part(major_version=3)),
    last("field", part(path="skuCod")),
    last("deep", part(path="size.wdth")),
    last("element", part(path="tags[3].x")),
    last("listed", part(path="tags.x")),
    last("other", part(vendor="org.zzz", name="qqqqqqq")),
    Attribute(name="compared", type="int64", aggregation="counter", criteria=never),
    last("also_field", part(path="skuCod")),
])
"""
BY_COLUMN = {
    "vendor": "the events table has no column contexts_com_acm_part_1; did you mean 'contexts_com_acme_part_1'?",
    "as_event": f"the events table has no column unstruct_event_com_acme_part_1; it has {PART}: declare an "
    "EntityProperty",
    "as_entity": f"the events table has no column contexts_com_acme_buy_now_1; it has {BUY}: declare an EventProperty",
    "major": "the events table has no column contexts_com_acme_part_3; it has major version 1, 2",
    "other": "the events table has no column contexts_org_zzz_qqqqqqq_1",
}
LOOKED = "none of the 2 values examined has it"
EXPECTED = {
    "duckdb": {
        "field, also_field": f"{PART}[0] of the events table has no field sku_cod; did you mean 'sku_code'?",
        "deep": f"{PART}[0].size of the events table has no field wdth; did you mean 'width'?",
        "listed": f"{PART}[0].tags of the events table is a list; say which element, as in [0].x",
        "compared": f"{BUY} of the events table has no field amout; did you mean 'amount'?",
    },
    "postgres": {
        "field, also_field": f"{PART}[0] of the events table has no key skuCod: {LOOKED}; did you mean 'skuCode'?",
        "deep": f"{PART}[0].size of the events table has no key wdth: {LOOKED}; did you mean 'width'?",
        "element": f"{PART}[0].tags of the events table has no [3]: {LOOKED}",
        "listed": f"{PART}[0].tags of the events table has no key x: {LOOKED}",
        "compared": f"{BUY} of the events table has no key amout: {LOOKED}; did you mean 'amount'?",
    },
}


def _row(number: int, *, as_loaded: bool) -> dict[str, Any]:
    at = datetime(2025, 3, 1, number)
    part = {"size": {"width": 1}, "tags": [{"x": "a"}], "sku_code" if as_loaded else "skuCode": "b"}
    return {
        "event_id": f"e{number}",
        "domain_userid": "ann",
        "collector_tstamp": at,
        "load_tstamp": at,
        PART: [part],
        f"{PART[:-1]}2": [part],
        BUY: {"amount": 1},
    }


TYPES = {
    PART: "STRUCT(sku_code VARCHAR, size STRUCT(width BIGINT), tags STRUCT(x VARCHAR)[])[]",
    BUY: "STRUCT(amount BIGINT)",
}


@pytest.mark.parametrize("target_type", ["duckdb", "postgres"])
def test_what_is_missing_is_said_by_name(tmp_path: Path, target_type: str) -> None:
    is_typed = target_type == "duckdb"
    rows = [_row(number, as_loaded=is_typed) for number in range(2)]
    nested = {name: TYPES.get(name, TYPES[PART]) if is_typed else "JSON" for name in rows[0]}
    types = {name: EVENTS_COLUMNS.get(name, kind) for name, kind in nested.items()}
    harness.make_workspace(tmp_path, rows, types, target_type)
    (tmp_path / "definitions.py").write_text(DEFINITIONS)
    where = ("--repo-path", tmp_path)
    typed("init", "--target-type", target_type, "--definitions", tmp_path / "definitions.py", *where)
    typed("generate", *where)
    expected = {
        f"no event has the property of attribute{'s' if ',' in names else ''} {names}: {what}"
        for names, what in (BY_COLUMN | EXPECTED[target_type]).items()
    }
    said = typed("run", *where).stderr.splitlines()
    assert {line.removeprefix("Warning: ") for line in said if line.startswith("Warning: ")} == expected
    (status,) = json.loads(typed("status", "--format", "json", *where).stdout)["projects"]
    assert set(status["warnings"]) == expected
    assert all(f"warning           {line}" in typed("status", *where).stdout for line in sorted(expected)[:1])
    for attribute in ("vendor", "fine"):
        explained = typed("explain", "ann", "--attribute", attribute, "--format", "json", *where).stdout
        assert json.loads(explained)["warnings"] == [line for line in expected if f"attribute {attribute}:" in line]
    idle = typed("run", *where).stderr
    assert all(line in idle for line in expected if "no column" in line)
