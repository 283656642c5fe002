"""Views that keep what was published: where that can be meant, and what it changes of a view and of its project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from examples.ecommerce import view as example

from snowplow_signals import Attribute, BatchSource, DefinitionError, Field, View, user_entity
from snowplow_signals.client.wire import view_body
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view, plan_views
from snowplow_signals.project.compile import compile_project
from snowplow_signals.workspace import init

CLICKS = Attribute(name="clicks", type="int64", aggregation="counter")


def declared(**more: Any) -> View:
    given = {"name": "shop", "entity": user_entity, "owner": "you@example.com", "offline": True, "attributes": [CLICKS]}
    return View(**given | more)


def test_a_view_without_a_snapshot_is_written_as_ever() -> None:
    assert "snapshot" not in declared().to_json()
    assert "snapshot" not in view_body(declared(snapshot=False))
    assert declared() == declared(snapshot=False) == View.from_json(declared().to_json())


def test_a_snapshot_comes_through_json() -> None:
    assert View.from_json(declared(snapshot=True).to_json()) == declared(snapshot=True)
    assert view_body(declared(snapshot=True))["snapshot"] is True


SOURCE = BatchSource(name="table", schema="public", table="users", timestamp_field="changed_at")
REFUSED = {
    "set offline=True": {"offline": False},
    "fields come from a table": {
        "attributes": [],
        "fields": [Field(name="plan", type="string")],
        "batch_source": SOURCE,
    },
    "a column 'valid_from'": {"attributes": [Attribute(name="Valid_From", type="int64", aggregation="counter")]},
}


@pytest.mark.parametrize("said", REFUSED)
def test_where_a_snapshot_cannot_be_meant(said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        declared(snapshot=True, **REFUSED[said])
    declared(**{"online": True} | REFUSED[said])


def test_views_that_are_computed_together_have_none() -> None:
    with pytest.raises(DefinitionError, match="leave out --group-by, or snapshot"):
        plan_views([declared(snapshot=True), declared(name="other")])


def test_it_is_no_part_of_what_is_computed() -> None:
    assert plan_view(declared()).fingerprints() == plan_view(declared(snapshot=True)).fingerprints()


@pytest.mark.parametrize("engine", TARGET_TYPES)
def test_only_a_view_with_a_snapshot_has_a_history(engine: str) -> None:
    dialect = dialect_named(engine)
    without = compile_project(plan_view(example), dialect)
    kept = compile_project(plan_view(example.model_copy(update={"snapshot": True})), dialect)
    assert not any("signals_record" in text or "_attributes_history.sql" in path for path, text in without.items())
    name = example.project_name
    assert sorted(kept.keys() - without.keys()) == [
        "macros/signals_attributes_history.sql",
        f"models/publish/{name}_attributes_history.sql",
        f"tests/{name}_published_once.sql",
    ]
    assert sorted(path for path in without if kept[path] != without[path]) == [
        "macros/signals_anew.sql",
        "macros/signals_project.sql",
        f"models/publish/{name}_attribute_statistics.sql",
        f"models/publish/{name}_attributes.sql",
        f"models/publish/{name}_attributes_this_run.sql",
        "models/schema.yml",
    ]


def test_it_can_be_switched_on_and_off(tmp_path: Path) -> None:
    """Neither is another definition: `init` asks for no --force."""
    for snapshot in (False, True, False):
        init([declared(snapshot=snapshot)], "duckdb", tmp_path)
        assert ('"snapshot": true' in (tmp_path / "shop_1" / "configs" / "base_config.json").read_text()) is snapshot
