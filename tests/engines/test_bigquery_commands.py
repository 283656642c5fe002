"""The commands over a project on BigQuery, through dbt-bigquery and Google's client, on the emulator."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.test_postgres import DEFINITIONS, PROJECT
from tests.histories.columns import COLUMNS
from tests.warehouses import WAREHOUSES
from typer.testing import CliRunner

from snowplow_signals.cli.app import app
from snowplow_signals.definitions.loading import load_views

BIGQUERY = WAREHOUSES["bigquery"]
LEASE = f"{harness.MANIFEST}.{PROJECT}_lease"
AS_OF = ("--as-of", shop.AS_OF.isoformat())

pytestmark = pytest.mark.long


def typed(*arguments: object, exit_code: int = 0) -> str:
    """What the command says."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="snowplow-batch-engine")
    assert done.exit_code == exit_code, f"{shlex.join(map(str, arguments))}: {done.exit_code}\n{done.output}"
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repo path made by `init`, with a profile of a project that holds some events, run once and synced."""
    folder = tmp_path_factory.mktemp("repo")
    (folder / "definitions.py").write_text(DEFINITIONS)
    typed("init", "--target-type", "bigquery", "--definitions", folder / "definitions.py", "--repo-path", folder)
    assert yaml.safe_load((folder / "profiles.example.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    typed("generate", "--repo-path", folder)
    assert "type: bigquery" in typed("run", "--repo-path", folder, exit_code=2)
    rows = [shop.event(number, f"user-{number % 4}", number % 6, se_value=0.1) for number in range(40)]
    BIGQUERY.make(folder)
    missing = typed("run", "--repo-path", folder, exit_code=1)
    assert "there is no events table" in missing
    harness.write_events(folder, rows, COLUMNS)
    typed("run", "--repo-path", folder, *AS_OF)
    typed("sync", "--repo-path", folder)
    yield folder
    BIGQUERY.drop(folder)


def differing(repo: Path) -> list[str]:
    view, rows = load_views(repo / "definitions.py")[0], harness.read_table(repo, "atomic.events")
    expected = reference.compute(view, rows, as_of=shop.AS_OF)
    return harness.differences(view, harness.attributes_of(repo, view), expected)


def test_attributes_are_what_the_interpreter_says(repo: Path) -> None:
    assert differing(repo) == []


def test_an_events_table_that_is_not_there(repo: Path) -> None:
    for command in ("run", "status", "verify"):
        said = typed(command, "--repo-path", repo, "--vars", "{snowplow__events_table: evnts}", exit_code=1)
        assert "shop_1: there is no events table 'atomic.evnts'" in said
        assert "did you mean 'atomic.events'" in said


def test_profiles_are_what_the_table_holds(repo: Path) -> None:
    values = json.loads(typed("profile", "get", "user-1", "--repo-path", repo, "--format", "json"))
    row = harness.attributes_of(repo, load_views(repo / "definitions.py")[0])["user-1"]
    names = ("events", "spent", "labels", "label_counts")
    assert {name: values[name] for name in names} == {name: row[name] for name in names}
    assert isinstance(values["labels"], list)
    assert isinstance(values["label_counts"], dict)
    assert values["usual"] == reference.single(0.1)
    assert values["hours_since_last"] > 0


def test_status_verify_and_explain(repo: Path) -> None:
    assert "shop_1" in json.dumps(json.loads(typed("status", "--repo-path", repo, "--format", "json")))
    assert "0 of" in typed("verify", "--repo-path", repo, "--all")
    assert "0 of" in typed("verify", "--repo-path", repo, "--sample", "2", "--from-source")
    assert "event-" in typed("explain", "user-1", "--repo-path", repo, "--attribute", "spent")


def test_one_writer(repo: Path) -> None:
    """While a run has the lease, neither another run nor a plain build does anything; one that was killed loses it."""
    limits = f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits"
    with BIGQUERY.connection({}) as connection:
        held = "datetime_add(current_datetime('UTC'), interval 300 second)"
        BIGQUERY.execute(connection, f"update {LEASE} set holder = 'another',\nuntil = {held} where true")
        before = harness.read_table(repo, limits)
        refused = typed("run", "--repo-path", repo, exit_code=1)
        assert "Another run of shop_1 is in progress" in refused
        assert "what it holds is free after 20" in refused
        assert harness.read_table(repo, limits) == before
        BIGQUERY.execute(connection, f"update {LEASE} set until = datetime '2025-01-01 00:00:00' where true")
    harness.write_events(repo, [shop.event(100, "user-1", 3, loaded=6), shop.event(5, "user-9", 5)], COLUMNS)
    typed("run", "--repo-path", repo, *AS_OF, "--full-scan")
    assert differing(repo) == []


class LeftOver:
    """A job of the service, as Google's client shows it."""

    def __init__(self, query: str, labels: dict[str, str]) -> None:
        self.query, self.labels, self.is_cancelled = query, labels, False

    def cancel(self) -> None:
        self.is_cancelled = True


def test_what_a_killed_run_left_running_is_cancelled(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By who has the lease, and neither its own jobs nor anybody else's."""
    from dbt_common.invocation import get_invocation_id

    stored = f"`emulated`.`{harness.DERIVED}`.`{PROJECT}_filtered_events`"
    of_another = {"dbt_invocation_id": "another"}
    jobs = [
        LeftOver(f"insert into {stored} select 1", of_another),
        LeftOver("insert into `emulated`.`other_derived`.`shop_1_filtered_events` select 1", of_another),
        LeftOver(f"select * from {stored}", {}),  # somebody looks at it
        LeftOver(f"/* dbt */ create or replace table theirs as select * from {stored}", of_another),
        LeftOver(f"/* dbt */\nmerge into {stored} as stored using (select 1) as given on false", of_another),
    ]

    def running(self: Any, state_filter: str) -> list[LeftOver]:
        assert state_filter == "running"
        return [*jobs, LeftOver(f"select 1 from {stored}", {"dbt_invocation_id": get_invocation_id()})]

    monkeypatch.setattr("google.cloud.bigquery.Client.list_jobs", running)
    harness.write_events(repo, [shop.event(101, "user-1", 6)], COLUMNS)
    with BIGQUERY.connection({}) as connection:
        held = "datetime_add(current_datetime('UTC'), interval 300 second)"
        BIGQUERY.execute(connection, f"update {LEASE} set holder = 'another',\nuntil = {held} where true")
        typed("run", "--repo-path", repo, *AS_OF, exit_code=1)
        assert not any(job.is_cancelled for job in jobs)
        BIGQUERY.execute(connection, f"update {LEASE} set until = datetime '2025-01-01 00:00:00' where true")
    typed("run", "--repo-path", repo, *AS_OF)
    assert [job.is_cancelled for job in jobs] == [True, False, False, False, True]
    assert differing(repo) == []


def test_a_model_that_the_warehouse_refuses_is_named(repo: Path) -> None:
    with BIGQUERY.connection({}) as connection:
        table = f"{harness.DERIVED}.{PROJECT}_filtered_events"
        kept = f"{harness.DERIVED}.kept"
        BIGQUERY.execute(connection, f"create or replace table {kept} as select * from {table}")
        BIGQUERY.execute(connection, f"create or replace table {table} as select 1 as one")
        harness.write_events(repo, [shop.event(300, "user-1", 8)], COLUMNS)
        refused = typed("run", "--repo-path", repo, *AS_OF, exit_code=1)
        assert "shop_1, model base_events_this_run" in refused
        assert "Unrecognized name: event_key" in refused
        BIGQUERY.execute(connection, f"create or replace table {table} as select * from {kept}")
    typed("run", "--repo-path", repo, *AS_OF)
    assert differing(repo) == []
