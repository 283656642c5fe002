"""Orchestrators: each model is a task of its own, in whatever order, by itself, and again when it failed."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import event
from tests.warehouses import WAREHOUSES

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
MORE = [event(30, "user-1", 6), event(31, "user-9", 3)]
ATTRIBUTES = f"dev_derived.{PROJECT}_attributes"


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield habits.make(tmp_path, request.param, ROWS)
    WAREHOUSES[request.param].drop(tmp_path)


def test_assets_are_materialized_alone_in_any_order(place: Place) -> None:
    """As Dagster does: by its whole name, whichever one somebody clicks on."""
    place.dbt("build")
    place.load(*MORE)
    models, manifest = place.models(), place.parsed()
    random.Random(11).shuffle(models)
    for model in models:
        folder = next(place.folder.rglob(f"models/*/{model}.sql")).parent.name
        place.dbt("run", "--select", f"fqn:{PROJECT}.{folder}.{model}", manifest=manifest)
    place.dbt("build")
    assert place.wrong(ATTRIBUTES) == []


@pytest.mark.long
def test_tasks_that_fail_are_tried_again(place: Place) -> None:
    """As Cosmos makes them for Airflow: in the order of the manifest, each tried again after it failed, before it wrote
    or after it had committed."""
    models, manifest = place.models(), place.parsed()
    for model in models:
        place.dbt("run", "--select", model, manifest=manifest)
    assert place.wrong(ATTRIBUTES) == []
    place.load(*MORE)
    for number, model in enumerate(models):
        if number % 3 == 0:
            wrong = ("--vars", "{snowplow__start_date: 2025-13-01}")
            place.dbt("run", "--select", model, *wrong, succeeds=False, manifest=manifest)
        place.dbt("run", "--select", model, manifest=manifest)
        if number % 3 == 1:
            place.dbt("run", "--select", model, manifest=manifest)
    assert place.wrong(ATTRIBUTES) == []
