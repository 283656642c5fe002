"""The commands over a project on Spark, in this process and its session: starting another takes longer than they do."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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

SPARK = WAREHOUSES["spark"]
pytestmark = pytest.mark.long  # tests/histories/test_spark_histories.py runs and reads a project in `make test`
LEASE = f"{harness.MANIFEST}.{PROJECT}_lease"
AS_OF = ("--as-of", shop.AS_OF.isoformat())


def typed(*arguments: object, exit_code: int = 0) -> str:
    """What the command says."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="snowplow-batch-engine")
    assert done.exit_code == exit_code, f"{shlex.join(map(str, arguments))}: {done.exit_code}\n{done.output}"
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repo path made by `init`, with a profile of a database that holds some events, run once and synced."""
    folder = tmp_path_factory.mktemp("repo")
    (folder / "definitions.py").write_text(DEFINITIONS)
    output = typed("init", "--target-type", "spark", "--definitions", folder / "definitions.py", "--repo-path", folder)
    assert "profiles.example.yml: created; copy it to profiles.yml" in output
    assert yaml.safe_load((folder / "profiles.example.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    typed("generate", "--repo-path", folder)
    assert "type: spark" in typed("run", "--repo-path", folder, exit_code=2)
    rows = [shop.event(number, f"user-{number % 4}", number % 6, se_value=0.1) for number in range(40)]
    SPARK.make(folder)
    missing = typed("run", "--repo-path", folder, exit_code=1)
    assert "there is no events table 'atomic.events'" in missing
    harness.write_events(folder, rows, COLUMNS)
    typed("run", "--repo-path", folder, *AS_OF)
    typed("sync", "--repo-path", folder)
    yield folder
    SPARK.drop(folder)


def differing(repo: Path) -> list[str]:
    view, rows = load_views(repo / "definitions.py")[0], harness.read_table(repo, "atomic.events")
    expected = reference.compute(view, rows, as_of=shop.AS_OF)
    return harness.differences(view, harness.attributes_of(repo, view), expected)


def test_attributes_are_what_the_interpreter_says(repo: Path) -> None:
    assert differing(repo) == []
    assert is_free(repo)


def is_free(repo: Path) -> bool:
    """Whether the lease has ended by what its holder wrote, not because time went by."""
    return all(row["until"] <= datetime.now(UTC).replace(tzinfo=None) for row in harness.read_table(repo, LEASE))


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
    status = json.loads(typed("status", "--repo-path", repo, "--format", "json"))
    assert "shop_1" in json.dumps(status)
    assert "0 of" in typed("verify", "--repo-path", repo, "--all")
    assert "event-" in typed("explain", "user-1", "--repo-path", repo, "--attribute", "spent")


def files(table: str) -> set[str]:
    """The files that hold its rows now; the folder tells the day."""
    with SPARK.connection({}) as session:
        return set(session.table(f"{harness.DERIVED}.{PROJECT}_{table}").inputFiles())


def test_literal_days_choose_the_files(repo: Path) -> None:
    day = shop.DAY.date().isoformat()
    with SPARK.connection({}) as session:
        asked = session.sql(f"select * from {harness.DERIVED}.{PROJECT}_daily_aggregates where day in (date '{day}')")
        plan = asked._jdf.queryExecution().executedPlan().toString()
    assert "PartitionFilters: [isnotnull(day#" in plan
    assert set(asked.inputFiles()) == {file for file in files("daily_aggregates") if f"day={day}" in file}
    assert set(asked.inputFiles()) < files("daily_aggregates")


def test_one_writer(repo: Path) -> None:
    """While a run has the lease, neither another run nor a plain build does anything; one that was killed loses it."""
    limits = f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits"
    held = "timestampadd(second, 300, cast(current_timestamp() as timestamp_ntz))"
    with SPARK.connection({}) as connection:
        SPARK.execute(connection, "set time zone 'UTC'")
        SPARK.execute(connection, f"update {LEASE} set holder = 'another', until = {held}")
        before = harness.read_table(repo, limits)
        refused = typed("run", "--repo-path", repo, exit_code=1)
        assert "Another run of shop_1 is in progress" in refused
        assert "what it holds is free after 20" in refused
        with pytest.raises(AssertionError, match="Another run of shop_1 is in progress"):
            harness.dbt(repo / PROJECT, repo)
        assert harness.read_table(repo, limits) == before
        assert [row["holder"] for row in harness.read_table(repo, LEASE)] == ["another"]
        SPARK.execute(connection, f"update {LEASE} set until = timestamp_ntz '2025-01-01 00:00:00'")
    harness.write_events(repo, [shop.event(100, "user-1", 3, loaded=6), shop.event(5, "user-9", 5)], COLUMNS)
    before = {table: files(table) for table in ("daily_aggregates", "daily_values")}
    harness.dbt(
        repo / PROJECT, repo, snowplow__as_of_date="2025-03-10", snowplow__load_lookback_days=-1,
        snowplow__backfill_limit_days=30,
    )  # fmt: skip
    assert is_free(repo)
    assert differing(repo) == []
    changed = f"day={(shop.DAY + timedelta(days=3)).date()}"
    for table, those in before.items():
        assert {file for file in files(table) ^ those if changed not in file} == set(), "files of other days changed"
        assert files(table) != those
