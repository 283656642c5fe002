"""Two processes of dbt on one project at the same moment: whatever each builds, nothing is lost or doubled."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import harness
from tests.e2e import command, habits
from tests.e2e.habits import ALL_DAYS, PROJECT, QUIET, Place
from tests.e2e.shop import event
from tests.warehouses import WAREHOUSES

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]


ENGINES = ["postgres", pytest.param("duckdb", marks=pytest.mark.long)]
"""DuckDB lets nobody in while another process has its file, whatever that one is doing: once is enough."""


@pytest.fixture(params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    place = habits.make(tmp_path, request.param, ROWS)
    place.dbt("build")
    place.load(*(event(30 + number, f"user-{number % 5}", 3 + number % 3) for number in range(9)))
    yield place
    WAREHOUSES[request.param].drop(tmp_path)


def named(*models: str) -> list[str]:
    return ["run", "--select", *(f"{PROJECT}_{model}" for model in models)]


class Two:
    """One dbt in this process, and another that comes in between, in a process of its own."""

    def __init__(self, place: Place, other: list[str]) -> None:
        self.place = place
        self.other = other
        self.said: list[str] = []
        self.begun = False

    def build(self, first: list[str], comes_in: Callable[[Any], bool]) -> bool:
        from dbt.cli.main import dbtRunner

        def listen(message: Any) -> None:
            if not self.begun and comes_in(message):
                self.begun = True
                self.come_in()

        arguments = [*first, *self._where(), "--target", "dev", *QUIET]
        done = dbtRunner(callbacks=[listen]).invoke(arguments)
        assert self.begun, "the other one never came in"
        return done.success

    def come_in(self) -> None:
        arguments = [*self.other, *self._where(), "--target-path", "other", "--log-level-file", "none"]
        done = command.dbt(*arguments)
        self.said.append(done.stdout + done.stderr)

    def _where(self) -> list[str]:
        place = self.place
        return [
            *("--project-dir", str(place.folder), "--profiles-dir", str(place.root)),
            *("--vars", json.dumps(ALL_DAYS)),
        ]

    def are_right(self) -> None:
        """Once either is repeated."""
        self.place.dbt("build")
        assert self.place.wrong(f"dev_derived.{PROJECT}_attributes") == []
        counted = self.place.run("dev").rows
        assert counted["rows_read"] == 0
        assert len(harness.read_table(self.place.root, f"dev_derived.{PROJECT}_filtered_events")) == len(ROWS) + 9


TAKING = ["definition", "base_new_event_limits", "base_events_this_run", "chunk_manifest"]
MARKING = ["daily_aggregation_manifest", "entity_day_manifest"]


def is_writing(model: str) -> Callable[[Any], bool]:
    """Before the first statement that changes a model's table is sent: what it asked was answered."""

    def comes_in(message: Any) -> bool:
        if message.info.name != "SQLQuery" or message.data.node_info.node_name != f"{PROJECT}_{model}":
            return False
        words = message.data.sql.split("*/")[-1].split()
        return bool(words) and words[0].lower() in ("insert", "delete", "with", "create", "drop")

    return comes_in


def is_finished(model: str) -> Callable[[Any], bool]:
    def comes_in(message: Any) -> bool:
        return message.info.name == "NodeFinished" and message.data.node_info.node_name == f"{PROJECT}_{model}"

    return comes_in


@pytest.mark.parametrize(
    ("place", "model"),
    [
        *(("postgres", model) for model in ("entity_day_manifest", "filtered_events")),
        ("duckdb", "filtered_events"),
        *(pytest.param("duckdb", model, marks=pytest.mark.long) for model in ("chunk_manifest", "entity_day_manifest")),
        pytest.param("postgres", "chunk_manifest", marks=pytest.mark.long),
    ],
    indirect=["place"],
)
def test_one_model_by_two_orchestrators(place: Place, model: str) -> None:
    before = [*TAKING, *MARKING, "filtered_events"]
    place.dbt(" ".join(named(*before[: before.index(model)])))
    two = Two(place, named(model))
    assert two.build(named(model), is_writing(model))
    assert any(words in two.said[0] for words in ("Another run of shop_1 is in progress", "Could not set lock on file"))
    two.are_right()


@pytest.mark.parametrize(
    ("after", "other"),
    [
        ("chunk_manifest", named(*MARKING, "filtered_events")),
        ("entity_day_manifest", named("filtered_events", "incremental_manifest")),
        pytest.param(
            "days_out_of_date",
            named("entity_days_to_process", "entity_manifest", "daily_values", "daily_aggregates"),
            marks=pytest.mark.long,
        ),
        ("attributes_this_run", named("removed_entities", "attributes", "publication_manifest", "run_history")),
        pytest.param(
            "entity_day_manifest", named("base_new_event_limits", "base_events_this_run"), marks=pytest.mark.long
        ),
        pytest.param("entity_day_manifest", ["build"], marks=pytest.mark.long),
    ],
    ids=["marks and events", "events", "states", "publication", "another plan", "all of it"],
)
def test_others_between_two_models_of_a_build(place: Place, after: str, other: list[str]) -> None:
    two = Two(place, other)
    two.build(["build"], is_finished(after))
    two.are_right()
