"""Events to attributes by the installed command."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import duckdb
import pytest
from tests.e2e.command import COMMAND, EXAMPLE, typed

PROJECT = "batch_ecommerce_attributes_1"
GENERATE = ("events", "generate", "--days", 3, "--users", 60, "--start", "2025-03-01")

TWO_VIEWS = """
from snowplow_signals import Attribute, AtomicProperty, Entity, View, user_entity

events = Attribute(name="events", type="int64", aggregation="counter")
good = View(name="good", entity=user_entity, attributes=[events], owner="ann@shop.com", offline=True)
absent = Entity(name="absent", property=AtomicProperty(name="ti_sku"))
bad = View(name="bad", entity=absent, attributes=[events], owner="ann@shop.com", offline=True)
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a few events, run once and synced."""
    folder = tmp_path_factory.mktemp("repo")
    typed(*GENERATE, "--out", folder / "events.duckdb")
    typed("init", "--definitions", EXAMPLE, "--repo-path", folder)
    typed("generate", "--repo-path", folder)
    (folder / "first.txt").write_text(typed("run", "--repo-path", folder, "--as-of", "2025-03-04").stdout)
    (folder / "sync.txt").write_text(typed("sync", "--repo-path", folder).stdout)
    return folder


def cells(text: str) -> dict[str, int]:
    """The numbers of a run's table."""
    lines = [line.split("  ") for line in text.splitlines()]
    pairs = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {
        pair[0]: int(pair[1].replace(",", ""))
        for pair in pairs
        if len(pair) > 1 and pair[1][0].isdigit() and "." not in pair[1]
    }


def test_a_run_accounts_for_every_row(repo: Path) -> None:
    text = (repo / "first.txt").read_text()
    assert text.startswith(f"{PROJECT}: done as of 2025-03-04 in ")
    summary = cells(text)
    reasons = (
        "used",
        "duplicate",
        "seen before",
        "incomplete",
        "before start",
        "other app",
        "no entity",
        "irrelevant",
    )
    assert summary["rows read"] == sum(summary[reason] for reason in reasons) > 100
    assert summary["days aggregated"] >= 3
    assert summary["entities"] == summary["changed"] > 10
    assert "  daily_aggregates " in text
    with duckdb.connect(str(repo / "events.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from atomic.events").fetchone() == (summary["rows read"],)


def test_nothing_new_is_said(repo: Path) -> None:
    done = typed("run", "--repo-path", repo, "--as-of", "2025-03-04", "--project-name", PROJECT)
    assert len(done.stdout.splitlines()) == 1 or "rows read" in done.stdout
    assert done.stderr == ""


def test_sync_and_read_back(repo: Path) -> None:
    entities = cells((repo / "first.txt").read_text())["entities"]
    assert f"{entities:,} rows changed" in (repo / "sync.txt").read_text()
    assert "0 rows changed" in typed("materialize", "--repo-path", repo).stdout
    with duckdb.connect(str(repo / "events.duckdb"), read_only=True) as connection:
        table = f"signals_derived.{PROJECT}_attributes"
        found = connection.execute(f"select * from {table} where total_product_price_clv > 0 limit 1")
        row = dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))
    user = row["domain_userid"]
    asked = ("profile", "get", user, "--repo-path", repo, "--view-name", "batch_ecommerce_attributes")
    values = json.loads(typed(*asked, "--view-version", 1, "--format", "json").stdout)
    assert values == {name: value for name, value in row.items() if name != "updated_at"}
    lines = typed(*asked).stdout.splitlines()
    assert lines[0].split() == ["domain_userid", user]
    assert len(lines) == 5


def test_an_unknown_user_has_no_values(repo: Path) -> None:
    values = json.loads(typed("profile", "get", "no;body", "--repo-path", repo, "--format", "json").stdout)
    assert values.pop("domain_userid") == "no;body"
    assert set(values.values()) == {None}


def test_profile_of_a_view_that_is_not_there(repo: Path) -> None:
    asked = ("profile", "get", "x", "--repo-path", repo, "--view-name")
    assert "did you mean" in typed(*asked, "batch_ecommerce", exit_code=2).stderr
    asked = (*asked, "batch_ecommerce_attributes")
    assert "no version 2" in typed(*asked, "--view-version", 2, exit_code=2).stderr
    assert "`sync`" in typed(*asked, "--store", repo / "other.sqlite", exit_code=2).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--as-of", "yesterday"], "--as-of 'yesterday' is not a date"),
        (["--vars", "a: ["], "is not valid YAML"),
        (["--vars", "text"], "must map names to values"),
        (["--vars", "{snowplow__app_idd: [x]}"], "did you mean 'snowplow__app_id'"),
        (["--target", "prod"], "no target 'prod'"),
        (["--project-name", "batch_ecommerce_attributes_2"], f"did you mean '{PROJECT}'"),
    ],
)
def test_wrong_options(repo: Path, options: list[str], words: str) -> None:
    done = typed("run", "--repo-path", repo, *options, exit_code=2)
    assert words in done.stderr
    assert done.stdout == ""


def test_a_changed_definition_stops_the_run(repo: Path, tmp_path: Path) -> None:
    original, repo = repo, tmp_path / "copy"
    shutil.copytree(original, repo)
    profiles = repo / "profiles.yml"
    profiles.write_text(profiles.read_text().replace(str(original), str(repo)))
    definitions = tmp_path / "changed.py"
    definitions.write_text(EXAMPLE.read_text().replace("timedelta(days=7)", "timedelta(days=8)"))
    again = ("init", "--definitions", definitions, "--repo-path", repo)
    refused = typed(*again, exit_code=2).stderr
    assert "attribute products_added_to_cart_last_7_days has changed" in refused
    assert "--accept-changes" in typed(*again, "--force").stderr
    assert "changed since" in typed("run", "--repo-path", repo, exit_code=2).stderr
    typed("generate", "--repo-path", repo)
    stopped = typed("run", "--repo-path", repo, exit_code=2).stderr
    assert "--accept-changes" in stopped
    assert "products_added_to_cart_last_7_days" in stopped
    assert "as of 2025-03-04" in typed("run", "--repo-path", repo, "--accept-changes", "--as-of", "2025-03-04").stdout


def test_one_failure_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO_VIEWS)
    typed(*GENERATE, "--out", tmp_path / "events.duckdb")
    with duckdb.connect(str(tmp_path / "events.duckdb")) as connection:
        connection.execute("alter table atomic.events drop column ti_sku")
    typed("init", "--definitions", tmp_path / "two.py", "--repo-path", tmp_path)
    typed("generate", "--repo-path", tmp_path)
    done = typed("run", "--repo-path", tmp_path, exit_code=1)
    assert "no column 'ti_sku'" in done.stderr
    assert "1 of 2 projects failed" in done.stderr
    assert "good_1: done" in done.stdout
    done = typed("sync", "--repo-path", tmp_path, exit_code=1)
    assert [line.split()[:2] for line in done.stdout.splitlines()[-3:]] == [
        ["project", "sync"],
        ["bad_1", "failed"],
        ["good_1", "done"],
    ]
    done = typed("sync", "--repo-path", tmp_path, "--format", "json", exit_code=1)
    bad, good = json.loads(done.stdout)["projects"]
    assert (bad["project"], bad["error"]["kind"], good["rows_written"]) == ("bad_1", "UsageError", 0)
    assert "1 of 2 projects failed" in done.stderr
    assert typed("sync", "--repo-path", tmp_path, "--quiet", exit_code=1).stdout == ""


def test_a_run_that_is_interrupted_says_that_the_next_continues(tmp_path: Path) -> None:
    typed(*GENERATE, "--out", tmp_path / "events.duckdb")
    typed("init", "--definitions", EXAMPLE, "--repo-path", tmp_path)
    typed("generate", "--repo-path", tmp_path)
    # a background job ignores the signal, and so would its child
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        [COMMAND, "run", "--repo-path", tmp_path], stderr=subprocess.PIPE, text=True, env=os.environ
    )
    signal.signal(signal.SIGINT, before)
    said = ""
    for line in running.stderr:
        said += line
        if "take 2/" in line:
            running.send_signal(signal.SIGINT)
    assert running.wait() == 130
    assert said.rstrip().endswith("the next run continues from there.")
    assert "done as of" in typed("run", "--repo-path", tmp_path).stdout


def test_events_load_says_when_there_is_no_event(tmp_path: Path) -> None:
    (tmp_path / "header.csv").write_text("event_id,app_id\n")
    done = typed("events", "load", tmp_path / "header.csv", "--into", tmp_path / "e.duckdb")
    assert "No events were found in it" in done.stderr
    assert not (tmp_path / "e.duckdb").exists()


def test_events_load_keeps_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("not an event\n")
    asked = ("events", "load", tmp_path / "events.jsonl", "--into", tmp_path / "e.duckdb", "--format", "json")
    done = typed(*asked, exit_code=1)
    assert "1 line could not be read: see" in done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["bad_rows"], found["files"], found["loaded_before"]) == (0, 1, 1, [])
    assert found["bad_path"] == str(tmp_path / "e.duckdb.bad.jsonl")
    assert (tmp_path / "e.duckdb.bad.jsonl").exists()


def test_events_that_are_there_are_not_overwritten(repo: Path) -> None:
    assert "--append" in typed(*GENERATE, "--out", repo / "events.duckdb", exit_code=2).stderr


def test_demo_refuses_a_folder_that_holds_anything(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    assert "not an empty folder" in typed("demo", "--dir", tmp_path, exit_code=2).stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]
