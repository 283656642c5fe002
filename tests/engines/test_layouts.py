"""JSON wherever a loader may leave it: inside of a struct, in a field of text, in a whole column of text; and objects
that are read as text, whichever fields their column has."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests import harness
from tests.engines.test_regressions import SETTINGS, row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import Attribute, EntityProperty, EventProperty, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.inspect.verify import verify_project

SHOP, PART = "unstruct_event_com_acme_shop_1", "contexts_com_acme_part_1"
DATA: dict[str, Any] = {
    "payload": {"aB": [1, {"c d": "x"}], "none": None, "n": 12.0, "t": "abc"},
    "note": '{"aB": {"k": "v"}}',
    "word": "abc",
    "plain": {"bb": 12.0, "a": "x", "none": None, "list": [{"q": 1, "none": None}, None, {"q": 2}]},
    "half": 2.5,
}
TYPED = (
    "STRUCT(payload JSON, note VARCHAR, word JSON, half DOUBLE, "
    'plain STRUCT(bb DOUBLE, a VARCHAR, "none" VARCHAR, list STRUCT("none" VARCHAR, q INTEGER)[]))'
)
PATHS: dict[str, str | None] = {
    "payload.aB[0]": "1",
    "payload.aB[1].c d": "x",
    "payload.none": None,
    "payload.n": "12",
    "payload.t": "abc",
    "payload.t.deeper": None,
    "payload": '{"n":12,"t":"abc","aB":[1,{"c d":"x"}]}',
    "word": "abc",
    "plain": '{"a":"x","bb":12,"list":[{"q":1},null,{"q":2}]}',
    "plain.list[0]": '{"q":1}',
    "plain.list": '[{"q":1},null,{"q":2}]',
    "plain.bb": "12",
    "half": "2.5",
    "missing": None,
}


def view_of(paths: dict[str, Any], column: str) -> View:
    def prop(path: str) -> Any:
        schema = {"vendor": "com.acme", "major_version": 1, "path": path}
        return EntityProperty(name="part", **schema) if column == PART else EventProperty(name="shop", **schema)

    attributes = [
        Attribute(name=f"v{number}", type="string", aggregation="last", property=prop(path))
        for number, path in enumerate(paths)
    ]
    return View(name="v", entity=user_entity, attributes=attributes, owner="owner@example.com", offline=True)


def read(folder: Path, warehouse: str, column: str, kind: str, value: Any, paths: dict[str, Any]) -> dict[str, Any]:
    view = view_of(paths, column)
    harness.make_workspace(
        folder, [row(**{column: value})], WAREHOUSES[warehouse].columns(EVENTS_COLUMNS) | {column: kind}, warehouse
    )
    found = harness.run_project(folder, view, "run", **SETTINGS.for_dbt())["u"]
    with opened(folder / view.project_name, view, warehouse, folder, variables=SETTINGS.for_dbt()) as deployed:
        assert verify_project(deployed, sample=None, from_source=True).differences == ()
    return dict(zip(paths, found.values(), strict=True))


def test_json_and_objects_inside_of_a_struct(tmp_path: Path) -> None:
    in_text = {"note.aB.k": "v", "note.aB": '{"k":"v"}', "note": DATA["note"]}
    expected = PATHS | in_text | {"payload": '{"aB":[1,{"c d":"x"}],"n":12.0,"t":"abc"}'}  # JSON keeps its order
    assert read(tmp_path, "duckdb", SHOP, TYPED, DATA, expected) == expected


@pytest.mark.parametrize("warehouse", QUICK)
@pytest.mark.parametrize("column", [SHOP, PART])
def test_a_whole_column_of_text(tmp_path: Path, warehouse: str, column: str) -> None:
    value = json.dumps([DATA] if column == PART else DATA)
    expected = dict(PATHS)
    if warehouse == "duckdb":  # JSON keeps its order
        expected |= {
            "payload": '{"aB":[1,{"c d":"x"}],"n":12.0,"t":"abc"}',
            "plain": '{"bb":12.0,"a":"x","list":[{"q":1},null,{"q":2}]}',
        }
    assert read(tmp_path, warehouse, column, "VARCHAR", value, expected) == expected
