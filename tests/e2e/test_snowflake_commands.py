"""Events to profiles by the installed command, with the events in the emulator of Snowflake."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.command import typed
from tests.e2e.test_postgres import DEFINITIONS, PROJECT
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES, output_of

from snowplow_signals import View
from snowplow_signals.definitions.loading import load_views

SNOWFLAKE = WAREHOUSES["snowflake"]
COLUMNS = SNOWFLAKE.columns(EVENTS_COLUMNS)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repo path made by `init`, with a profile of a database that holds some events, run once and synced."""
    folder = tmp_path_factory.mktemp("repo")
    (folder / "definitions.py").write_text(DEFINITIONS)
    typed("init", "--target-type", "snowflake", "--definitions", folder / "definitions.py", "--repo-path", folder)
    assert yaml.safe_load((folder / "profiles.example.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    typed("generate", "--repo-path", folder)
    refused = typed("run", "--repo-path", folder, exit_code=2)
    assert "type: snowflake" in refused.stderr
    assert "private_key_path: \"{{ env_var('SNOWFLAKE_PRIVATE_KEY_PATH') }}\"" in refused.stderr
    rows = [shop.event(number, f"user-{number % 4}", number % 6, se_value=0.1) for number in range(40)]
    harness.make_workspace(folder, rows, COLUMNS, "snowflake")
    (folder / "run.txt").write_text(typed("run", "--repo-path", folder, "--as-of", "2025-03-10").stdout)
    (folder / "sync.txt").write_text(typed("sync", "--repo-path", folder).stdout)
    yield folder
    SNOWFLAKE.drop(folder)


def the_view(repo: Path) -> View:
    return load_views(repo / "definitions.py")[0]


def differing(repo: Path) -> list[str]:
    view, rows = the_view(repo), harness.read_table(repo, "atomic.events")
    expected = reference.compute(view, rows, as_of=shop.AS_OF)
    return harness.differences(view, harness.attributes_of(repo, view), expected)


def test_attributes_are_what_the_interpreter_says(repo: Path) -> None:
    assert differing(repo) == []


def test_an_events_table_that_is_not_there(repo: Path) -> None:
    for command in ("run", "status", "verify"):
        said = typed(command, "--repo-path", repo, "--vars", "{snowplow__events_table: evnts}", exit_code=1).stderr
        assert "shop_1: there is no events table 'atomic.evnts'" in said
        assert "did you mean 'atomic.events'" in said


def test_profiles_are_what_the_table_holds(repo: Path) -> None:
    values = json.loads(typed("profile", "get", "user-1", "--repo-path", repo, "--format", "json").stdout)
    row = harness.attributes_of(repo, the_view(repo))["user-1"]
    names = ("events", "spent", "labels", "label_counts")
    assert {name: values[name] for name in names} == {name: row[name] for name in names}
    assert values["hours_since_last"] > 0


@pytest.mark.long
def test_late_and_repeated_events_then_nothing(repo: Path) -> None:
    harness.write_events(repo, [shop.event(100, "user-1", 3, loaded=6), shop.event(5, "user-9", 5)], COLUMNS)
    harness.write_events(repo, [shop.event(4, "user-0", 4, loaded=2)], COLUMNS)
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10", "--full-scan")
    assert differing(repo) == []
    before = harness.read_table(repo, f"{harness.DERIVED}.{PROJECT}_attributes")
    assert "nothing" in typed("run", "--repo-path", repo, "--as-of", "2025-03-10").stdout.lower()
    assert harness.read_table(repo, f"{harness.DERIVED}.{PROJECT}_attributes") == before


def test_status_verify_and_explain(repo: Path) -> None:
    status = json.loads(typed("status", "--repo-path", repo, "--format", "json").stdout)
    assert "shop_1" in json.dumps(status)
    assert "0 of" in typed("verify", "--repo-path", repo, "--all").stdout
    assert "event-" in typed("explain", "user-1", "--repo-path", repo, "--attribute", "spent").stdout


@pytest.mark.long
def test_a_full_refresh(repo: Path) -> None:
    with SNOWFLAKE.connection(output_of(repo)) as connection:
        wrong = f"update {harness.DERIVED}.{PROJECT}_attributes set spent = 7 where domain_userid = 'user-2'"
        SNOWFLAKE.execute(connection, wrong)
    assert "spent" in typed("verify", "--repo-path", repo, "--all", exit_code=1).stdout
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10", "--full-refresh")
    assert differing(repo) == []


@pytest.mark.long
def test_one_writer(repo: Path) -> None:
    """While another holds the lease, neither a run nor a plain build does anything."""
    lease = f"{harness.MANIFEST}.{PROJECT}_lease"
    with SNOWFLAKE.connection(output_of(repo)) as connection:
        SNOWFLAKE.execute(connection, f"update {lease} set holder = 'another', until = dateadd('minute', 5, sysdate())")
        before = harness.read_table(repo, f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits")
        refused = typed("run", "--repo-path", repo, exit_code=1)
        assert "Another run of shop_1 is in progress" in " ".join(refused.stderr.split())
        with pytest.raises(AssertionError, match="Another run of shop_1 is in progress"):
            harness.dbt(repo / PROJECT, repo)
        assert harness.read_table(repo, f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits") == before
        SNOWFLAKE.execute(connection, f"update {lease} set until = dateadd('minute', -1, sysdate())")
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10")  # a killed run's lease ends by itself
    assert [row["holder"] != "another" for row in harness.read_table(repo, lease)] == [True]


@pytest.mark.long
def test_a_model_that_the_warehouse_refuses_is_named(repo: Path) -> None:
    stored = f"{harness.DERIVED}.{PROJECT}_filtered_events"
    with SNOWFLAKE.connection(output_of(repo)) as connection:
        SNOWFLAKE.execute(connection, f"alter table {stored} rename column day to dai")
        harness.write_events(repo, [shop.event(300, "user-1", 8)], COLUMNS)
        refused = typed("run", "--repo-path", repo, "--as-of", "2025-03-10", exit_code=1)
        assert "shop_1, model base_events_this_run" in " ".join(refused.stderr.split())
        SNOWFLAKE.execute(connection, f"alter table {stored} rename column dai to day")
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10")
    assert differing(repo) == []


@pytest.mark.long
def test_a_server_that_is_gone(repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "copy")
    profiles = yaml.safe_load((tmp_path / "copy" / "profiles.yml").read_text())
    profiles["snowplow_batch_engine"]["outputs"]["dev"]["port"] = 1
    (tmp_path / "copy" / "profiles.yml").write_text(yaml.safe_dump(profiles))
    refused = typed("status", "--repo-path", tmp_path / "copy", exit_code=1, SF_LOGIN_TIMEOUT="1")
    assert "shop_1" in refused.stderr


WITHOUT_ADAPTER = """
import sys
import time
sys.modules["dbt.adapters.snowflake"] = None
from snowplow_signals.cli import main
sys.argv = ["snowplow-batch-engine", "run", "--repo-path", {repo!r}]
main()
"""


@pytest.mark.long
def test_an_adapter_that_is_not_installed(repo: Path) -> None:
    program = WITHOUT_ADAPTER.format(repo=str(repo))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'signals-batch-engine[snowflake]'" in " ".join(done.stderr.split())
