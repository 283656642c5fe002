"""A definition as Python makes the same definition again."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from snowplow_signals.definitions import BatchSource, Definition, Field, Service, View, user_entity
from snowplow_signals.definitions.as_python import as_python

EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce.py"


def made(source: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(source, "copied.py", "exec"), names)
    return names


def example() -> View:
    spec = importlib.util.spec_from_file_location("ecommerce", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: View = module.view
    return found


EXTERNAL = View(
    name="table", entity=user_entity, owner="a@b.example", offline=True, ttl=timedelta(0, 90, 5), tags={"a'\"": "\\"},
    fields=[Field(name="f", type="string")], backfill_since=datetime(2026, 1, 2, tzinfo=UTC),
    batch_source=BatchSource(name="s", wh_schema="x", table="t", timestamp_field="at", owner="a@b.example"),
)  # fmt: skip


@pytest.mark.parametrize("definition", [example(), EXTERNAL, Service(name="s", views=[example()], owner="a@b.example")])
def test_it_can_be_copied(definition: Definition) -> None:
    source = as_python(definition)
    assert made(source)[definition.noun] == definition
    assert max(map(len, source.splitlines())) <= 160


def test_several_have_names_of_their_own() -> None:
    names = made(as_python(EXTERNAL, example()))
    assert (names["view"], names["view_2"]) == (EXTERNAL, example())
