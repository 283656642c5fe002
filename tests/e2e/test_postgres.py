"""Events to profiles by the installed command, with the events in PostgreSQL."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import yaml
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.command import COMMAND, typed
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES, output_of

from snowplow_signals import View
from snowplow_signals.definitions.loading import load_views

POSTGRES = WAREHOUSES["postgres"]
COLUMNS = POSTGRES.columns(EVENTS_COLUMNS)
PROJECT = "shop_1"
DEFINITIONS = """
from datetime import timedelta
from snowplow_signals import AtomicProperty, Attribute, View, user_entity

label, value = AtomicProperty(name="se_label"), AtomicProperty(name="se_value")
shop = View(name="shop", version=1, entity=user_entity, offline=True, owner="ann@shop.com", attributes=[
    Attribute(name="events", type="int64", aggregation="counter"),
    Attribute(name="events_7_days", type="int64", aggregation="counter", period=timedelta(days=7)),
    Attribute(name="spent", type="double", aggregation="sum", property=value),
    Attribute(name="usual", type="float", aggregation="mean", property=value),
    Attribute(name="labels", type="string_list", aggregation="unique_list", property=label),
    Attribute(name="label_counts", type="dict", aggregation="category_count", property=label),
    Attribute(name="last_label", type="bytes", aggregation="last", property=label),
    Attribute(name="hours_since_last", type="double", aggregation="time_since_last", time_unit="h"),
])
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repo path made by `init`, with a profile of a database that holds some events, run once and synced."""
    folder = tmp_path_factory.mktemp("repo")
    (folder / "definitions.py").write_text(DEFINITIONS)
    output = typed(
        "init", "--target-type", "postgres", "--definitions", folder / "definitions.py", "--repo-path", folder
    ).stdout
    assert "profiles.example.yml: created; copy it to profiles.yml" in " ".join(output.split())
    assert yaml.safe_load((folder / "profiles.example.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    typed("generate", "--repo-path", folder)
    refused = typed("run", "--repo-path", folder, exit_code=2)
    assert "type: postgres" in refused.stderr
    assert "password: \"{{ env_var('PGPASSWORD') }}\"" in refused.stderr
    rows = [shop.event(number, f"user-{number % 4}", number % 6, se_value=0.1) for number in range(40)]
    harness.make_workspace(folder, rows, COLUMNS, "postgres")
    (folder / "run.txt").write_text(typed("run", "--repo-path", folder, "--as-of", "2025-03-10").stdout)
    (folder / "sync.txt").write_text(typed("sync", "--repo-path", folder).stdout)
    yield folder
    POSTGRES.drop(folder)


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
    assert values["usual"] == reference.single(0.1)
    assert values["hours_since_last"] > 0


def test_nothing_new_changes_nothing(repo: Path) -> None:
    before = harness.read_table(repo, f"{harness.DERIVED}.{PROJECT}_attributes")
    assert "nothing" in typed("run", "--repo-path", repo, "--as-of", "2025-03-10").stdout.lower()
    assert harness.read_table(repo, f"{harness.DERIVED}.{PROJECT}_attributes") == before


def test_late_and_repeated_events_by_runs_and_a_plain_build(repo: Path) -> None:
    harness.write_events(repo, [shop.event(100, "user-1", 3, loaded=6), shop.event(5, "user-9", 5)], COLUMNS)
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10", "--full-scan")
    assert differing(repo) == []
    harness.write_events(repo, [shop.event(101, "user-5", 7), shop.event(4, "user-0", 4, loaded=2)], COLUMNS)
    harness.dbt(
        repo / PROJECT, repo, snowplow__as_of_date="2025-03-10", snowplow__load_lookback_days=-1,
        snowplow__backfill_limit_days=30,
    )  # fmt: skip
    assert differing(repo) == []


def test_status_verify_and_explain(repo: Path) -> None:
    status = json.loads(typed("status", "--repo-path", repo, "--format", "json").stdout)
    assert "shop_1" in json.dumps(status)
    assert "0 of" in typed("verify", "--repo-path", repo, "--all").stdout
    assert "0 of" in typed("verify", "--repo-path", repo, "--sample", "2", "--from-source").stdout
    assert "event-" in typed("explain", "user-1", "--repo-path", repo, "--attribute", "spent").stdout
    with POSTGRES.connection(output_of(repo)) as connection:
        POSTGRES.execute(connection, f"update {harness.DERIVED}.{PROJECT}_attributes set spent = 7 where events = 10")
        wrong = typed("verify", "--repo-path", repo, "--all", exit_code=1)
        assert "spent" in wrong.stdout
        POSTGRES.execute(connection, f"delete from {harness.MANIFEST}.{PROJECT}_incremental_manifest")
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10", "--full-refresh")
    assert differing(repo) == []


def test_one_writer(repo: Path) -> None:
    """While a run holds the lease, neither another run nor a plain build does anything."""
    with POSTGRES.connection(output_of(repo)) as connection:
        POSTGRES.execute(connection, f"select pg_advisory_lock(hashtextextended('signals.{PROJECT}', 0))")
        before = harness.read_table(repo, f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits")
        refused = typed("run", "--repo-path", repo, exit_code=1)
        assert "another run of shop_1 is in progress; nothing was done" in " ".join(refused.stderr.split())
        with pytest.raises(AssertionError, match="Another run of shop_1 is in progress"):
            harness.dbt(repo / PROJECT, repo)
        assert harness.read_table(repo, f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits") == before
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10")


def test_two_runs_at_once(repo: Path) -> None:
    arguments = [COMMAND, "run", "--repo-path", str(repo), "--as-of", "2025-03-10"]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate() for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 0], [0, 1]), said  # one may be through before the other begins
    assert all("another run" in stderr for process, (_, stderr) in zip(both, said, strict=True) if process.returncode)
    assert differing(repo) == []


def test_a_warehouse_that_refuses(repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "copy")
    profiles = yaml.safe_load((tmp_path / "copy" / "profiles.yml").read_text())
    profiles["snowplow_batch_engine"]["outputs"]["dev"]["password"] = "wrong"
    (tmp_path / "copy" / "profiles.yml").write_text(yaml.safe_dump(profiles))
    refused = typed("run", "--repo-path", tmp_path / "copy", exit_code=1)
    assert "shop_1" in refused.stderr
    assert "password authentication failed" in refused.stderr


def test_a_model_that_the_warehouse_refuses_is_named(repo: Path) -> None:
    with POSTGRES.connection(output_of(repo)) as connection:
        POSTGRES.execute(connection, f"alter table {harness.DERIVED}.{PROJECT}_filtered_events rename day to dai")
        harness.write_events(repo, [shop.event(300, "user-1", 8)], COLUMNS)
        refused = typed("run", "--repo-path", repo, "--as-of", "2025-03-10", exit_code=1)
        assert "shop_1, model base_events_this_run" in " ".join(refused.stderr.split())
        assert 'column "day" does not exist' in " ".join(refused.stderr.split())
        POSTGRES.execute(connection, f"alter table {harness.DERIVED}.{PROJECT}_filtered_events rename dai to day")
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10")
    assert differing(repo) == []


def test_a_profile_of_another_type(repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "copy")
    WAREHOUSES["duckdb"].make(tmp_path / "copy")
    refused = typed("run", "--repo-path", tmp_path / "copy", exit_code=2)
    assert "shop_1 was generated for postgres, but target 'dev'" in " ".join(refused.stderr.split())


WITHOUT_ADAPTER = """
import sys
import time
sys.modules["dbt.adapters.postgres"] = None
from snowplow_signals.cli import main
sys.argv = ["snowplow-batch-engine", "run", "--repo-path", {repo!r}]
main()
"""


def test_an_adapter_that_is_not_installed(repo: Path) -> None:
    program = WITHOUT_ADAPTER.format(repo=str(repo))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'signals-batch-engine[postgres]'" in " ".join(done.stderr.split())


def test_a_server_that_is_gone(repo: Path, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "copy")
    profiles = yaml.safe_load((tmp_path / "copy" / "profiles.yml").read_text())
    profiles["snowplow_batch_engine"]["outputs"]["dev"]["port"] = 1
    (tmp_path / "copy" / "profiles.yml").write_text(yaml.safe_dump(profiles))
    assert "Connection refused" in typed("status", "--repo-path", tmp_path / "copy", exit_code=1).stderr
    with pytest.raises(psycopg2.OperationalError), POSTGRES.connection({**output_of(repo), "port": 1}):
        pass


def test_a_killed_run_is_completed_by_the_next(repo: Path) -> None:
    """The command is killed at moments spread over what it does; what it held is free at once."""
    killed = 0
    for number in range(3):
        harness.write_events(repo, [shop.event(400 + number, f"user-{number}", 7 + number % 2)], COLUMNS)
        arguments = [COMMAND, "run", "--repo-path", str(repo), "--as-of", "2025-03-10"]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        limits = f"{harness.SCRATCH}.{PROJECT}_base_new_event_limits"
        before = harness.read_table(repo, limits)
        while process.poll() is None and harness.read_table(repo, limits) == before:
            time.sleep(0.02)
        time.sleep(0.4 * number)
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 2
    typed("run", "--repo-path", repo, "--as-of", "2025-03-10")
    assert differing(repo) == []
    assert "0 of" in typed("verify", "--repo-path", repo, "--all").stdout


@pytest.mark.long
def test_what_a_role_needs(repo: Path, tmp_path: Path) -> None:
    """To read the events, and to make schemas of its own; nothing else."""
    shutil.copytree(repo, tmp_path / "copy")
    output = output_of(repo)
    with POSTGRES.connection(output) as connection:
        POSTGRES.execute(
            connection,
            f"""create role signals_writer login password 'pw';
            grant create on database {output["dbname"]} to signals_writer;
            grant usage on schema atomic to signals_writer;
            grant select on atomic.events to signals_writer""",
        )
    output |= {"user": "signals_writer", "password": "pw", "schema": "other"}
    profiles = {"snowplow_batch_engine": {"target": "dev", "outputs": {"dev": output}}}
    (tmp_path / "copy" / "profiles.yml").write_text(yaml.safe_dump(profiles))
    typed("run", "--repo-path", tmp_path / "copy", "--as-of", "2025-03-10")
    assert "0 of" in typed("verify", "--repo-path", tmp_path / "copy", "--all").stdout
