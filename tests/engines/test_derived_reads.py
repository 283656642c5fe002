"""Derived attributes as applications read them: out of the store, over HTTP, in previews of what is not published."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests import reference
from tests.e2e import shop
from tests.e2e.shop import DAY, VIEW
from tests.engines.test_derived_in_place import BASE, IDLE, PER_EVENT, ROWS, TIER

from snowplow_signals import Derived, View, coalesce, value, when
from snowplow_signals.definitions.as_python import as_python
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.inspect.explain import explain_entity
from snowplow_signals.inspect.verify import verify_project
from snowplow_signals.stores import open_store
from snowplow_signals.stores.serving import read_profiles

WEEKS = Derived(name="Weeks", type="int32", expression=(coalesce(value("hours_since_last"), 0) / 168).round())
STAGE = Derived(
    name="stage", type="string", expression=when(value("weeks") > 1).then("gone").otherwise(value(TIER)), ttl="P30D"
)
OF_READ = VIEW.model_copy(update={"attributes": (STAGE, *BASE, PER_EVENT, WEEKS, TIER, IDLE)})


def test_what_is_read_explained_and_verified(tmp_path: Path) -> None:
    made = shop.make(tmp_path, ROWS, OF_READ)
    made.run()
    expected = reference.compute(OF_READ, ROWS, as_of=shop.AS_OF)
    for now in (DAY + timedelta(days=9, hours=7, microseconds=3), DAY + timedelta(days=19)):
        with open_store(tmp_path / f"{now.day}.sqlite") as store:
            made.sync(store)
            found = read_profiles(store, OF_READ, list(expected), now)
        for user, row in expected.items():
            assert found[user] == reference.with_derived(OF_READ, row, now), user
    columns = set(made.attributes()["user-1"])
    assert {"per_event", "tier"} <= columns
    assert not {"weeks", "stage", "idle"} & columns

    with opened(made.folder, OF_READ, "duckdb", tmp_path) as deployed:
        assert verify_project(deployed, sample=None).agrees
        explained = explain_entity(deployed, "user-1", attribute="TIER")
        [tier], row = explained.derived, expected["user-1"]
        assert (tier.value, tier.inputs, tier.is_computed_at_read) == (
            row["Tier"],
            {"per_event": row["per_event"], "Latest": row["Latest"]},
            False,
        )
        [stage] = explain_entity(deployed, "user-1", attribute="stage").derived
        assert (stage.value, stage.is_computed_at_read) == ("gone", True)
        assert stage.inputs.keys() == {"Weeks", "Tier"}
        deployed.warehouse.fetch(f"update {deployed.table('attributes')} set tier = 'x' where domain_userid = 'user-2'")
        wrong = verify_project(deployed, sample=None)
        assert wrong.cells_differing == {"Tier": 1}
        [cell] = wrong.differences[0].cells
        assert (cell.stored, cell.recomputed) == ("x", expected["user-2"]["Tier"])


def test_a_definition_can_be_written_as_python_and_is_the_same() -> None:
    names: dict[str, Any] = {}
    exec(as_python(OF_READ), names)
    assert names["view"] == OF_READ
    assert View.from_json(json.dumps(OF_READ.to_json())) == OF_READ


def test_the_example_of_the_documentation_computes_what_it_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "derived-attributes.md").read_text()
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    view = names["buyers"]
    rows = [
        shop.event(1, "ann", 0, event_name="seen"),
        shop.event(2, "ann", 2, event_name="purchase", tr_total=10.0),
        shop.event(3, "ann", 3, event_name="purchase", tr_total=75.5),
        shop.event(4, "bob", 3, event_name="seen"),
    ]
    made = shop.make(tmp_path, rows, view)
    made.run()
    found = made.attributes()
    assert (found["ann"]["order_value"], found["ann"]["tier"]) == (42.75, "middle")
    assert found["ann"]["hours_to_order"] == 48 + 1 / 60
    assert (found["bob"]["order_value"], found["bob"]["tier"], found["bob"]["hours_to_order"]) == (None, "low", None)
    assert "is_lapsing" not in found["ann"]
    expected = reference.compute(view, rows, as_of=shop.AS_OF)
    assert {one: row["order_value"] for one, row in found.items()} == {
        one: row["order_value"] for one, row in expected.items()
    }
