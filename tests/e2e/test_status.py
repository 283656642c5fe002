"""`status` says how far a project is, and why a day is dirty."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import shop
from tests.e2e.partial import take_only
from tests.e2e.shop import event
from typer.testing import CliRunner

from snowplow_signals import workspace
from snowplow_signals.cli.app import app
from snowplow_signals.deployment.deployed import opened, variables_of
from snowplow_signals.errors import SourceError, UsageError
from snowplow_signals.inspect.status import Status, project_status
from snowplow_signals.warehouse.connection import Warehouse

NOW = datetime(2025, 5, 1, 12, 30)
ROWS = [event(1, "ann", 0), event(2, "ann", 1), event(3, "bob", 1), event(4, None, 1), event(3, "bob", 1)]


def status_of(project: shop.Shop, now: datetime = NOW, **variables: Any) -> Status:
    with opened(project.folder, project.view, "duckdb", project.root, variables=variables) as found:
        return project_status(found, now)


@pytest.fixture
def project(tmp_path: Path) -> shop.Shop:
    made = shop.make(tmp_path, ROWS)
    made.run()
    return made


def test_a_project_that_was_never_run_says_so(tmp_path: Path) -> None:
    found = status_of(shop.make(tmp_path, ROWS))
    assert not found.was_run
    assert found.published is None
    assert (found.loads.processed.hours, found.loads.to_process.hours, found.loads.to_process.rows) == (0, 2, 5)
    assert (found.dirty_days, found.runs, found.warnings) == ((), (), ())


def test_after_a_run_all_is_processed_and_published(project: shop.Shop) -> None:
    found = status_of(project)
    assert (found.was_run, found.days_aggregated, found.dirty_days, found.warnings) == (True, 2, (), ())
    assert (found.loads.processed.hours, found.loads.processed.rows) == (2, 5)
    assert found.loads.processed.newest == shop.DAY + timedelta(days=1, hours=13)
    assert found.loads.to_process.hours == 0
    assert found.published is not None
    assert (found.published.as_of, found.published.entities) == (shop.AS_OF, 2)
    [run] = found.runs
    assert run.rows["rows_read"] == 5
    assert run.rows["rows_read"] == sum(
        n for name, n in run.rows.items() if name not in ("rows_read", "winners_replaced")
    )
    assert (run.run_id, run.days_aggregated, run.entities) == (found.published.run_id, 2, 2)
    assert run.seconds is not None
    assert run.seconds > 0


def test_what_the_models_of_runs_cost(project: shop.Shop) -> None:
    project.load(event(5, "cleo", 2))
    result = project.run()
    newest, older = status_of(project).runs
    assert newest.run_id == result.run_id
    assert newest.models == result.models
    assert older.models.keys() >= {"filtered_events", "attributes"}
    (project.folder / "target" / "signals_costs_shop_1.json").write_text("[]")
    assert not status_of(project).runs[0].models


def test_loads_in_sight_ahead_of_the_clock_and_out_of_sight(
    project: shop.Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.load(event(10, "ann", 0), event(11, "ann", 4), event(12, "ann", 5), event(13, "ann", 70))
    project.run(as_of=date(2025, 5, 1))
    project.load(event(14, "ann", 1), event(15, "ann", 5), event(16, "bob", 6))
    unloaded = event(17, "bob", 6)
    del unloaded["load_tstamp"]
    project.load(unloaded)
    # the hour of load of day 70 was not an hour of the future for a run of today
    now = shop.DAY + timedelta(days=70, hours=14)
    found = status_of(project, now=now, snowplow__load_lookback_days=65)
    assert (found.loads.to_process.hours, found.loads.out_of_sight.hours) == (3, 0)
    # where the engine does not know how many rows the events table has
    monkeypatch.setattr(Warehouse, "counts_rows", lambda self, place: False)
    found = status_of(project, now=now, snowplow__load_lookback_days=65)
    assert (found.loads.to_process.hours, found.loads.to_process.rows) == (2, 2)
    assert (found.loads.out_of_sight.hours, found.loads.out_of_sight.rows) == (1, 1)
    assert found.loads.rows_without_load == 1
    output = " ".join(found.warnings)
    assert "rows without load_tstamp: 1;" in output
    assert "--full-scan" in output
    found = status_of(project, now=shop.DAY + timedelta(days=5), snowplow__load_lookback_days=-1)
    assert (found.loads.out_of_sight.hours, found.loads.ahead.hours, found.loads.ahead.rows) == (0, 2, 2)
    assert "check the loader's clock" in " ".join(found.warnings)


def test_deferred_days_say_why_they_wait(project: shop.Shop) -> None:
    project.load(event(20, "ann", 0, loaded=40), event(21, "bob", 0, loaded=40), event(22, "bob", 38, loaded=40))
    variables = {"snowplow__min_late_events_to_process": 2}
    project.run(as_of=date(2025, 5, 1), variables=variables)
    project.load(event(23, "bob", 38, loaded=41))
    project.run(as_of=date(2025, 5, 1), variables=variables)
    [old, recent] = status_of(project, **variables).dirty_days
    assert (old.day, old.why, old.events, old.late_events) == (date(2025, 3, 1), "deferred", 0, 2)
    assert old.because == "its late events were loaded more than 5 days after the day"
    assert (recent.day, recent.why, recent.late_events) == (date(2025, 4, 8), "deferred", 1)
    assert recent.because == "fewer than 2 late events were loaded within 5 days of the day"
    assert (old.late_events_in_reach, recent.late_events_in_reach) == (0, 1)
    assert [day.why for day in status_of(project, snowplow__late_event_lookback_days=-1).dirty_days] == ["due"] * 2


def test_a_run_that_died_before_it_published_is_reported(project: shop.Shop) -> None:
    project.load(event(30, "ann", 1, loaded=2), event(31, "bob", 2))
    take_only(project)
    found = status_of(project)
    assert [(day.day, day.why) for day in found.dirty_days] == [
        (date(2025, 3, 2), "due"),
        (date(2025, 3, 3), "never aggregated"),
    ]
    newest, before = found.runs
    assert (newest.finished_at, newest.seconds, newest.rows["rows_read"]) == (None, None, 2)
    assert before.finished_at is not None
    assert found.published is not None
    assert found.published.run_id == before.run_id


def test_a_missing_events_table_is_reported(project: shop.Shop) -> None:
    with pytest.raises(SourceError, match=r"there is no events table 'atomic.nowhere'"):
        status_of(project, snowplow__events_table="nowhere")


def test_variables_are_those_of_the_project_then_those_given(project: shop.Shop) -> None:
    file = project.folder / "dbt_project.yml"
    name, older = "snowplow__min_late_events_to_process", "snowplow__min_rows_to_process"
    file.write_text(file.read_text().replace(f"{name}: 1", f"{older}: 4"))
    assert variables_of(project.folder)[name] == 4
    assert variables_of(project.folder, {older: 5})[name] == 5
    with pytest.raises(UsageError, match="did you mean 'snowplow__start_date'"):
        variables_of(project.folder, {"snowplow__start_dat": "2025-01-01"})
    with pytest.raises(UsageError, match="must be a whole number"):
        status_of(project, snowplow__load_lookback_days="three")


# --- the command


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo path as init and generate make it, before any run."""
    made = shop.make(tmp_path_factory.mktemp("repo"), ROWS)
    workspace.generate(made.root, force=True)
    return made.root


def output_of(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_a_table_and_stable_json(repo: Path) -> None:
    code, shown, _ = output_of("status", "--repo-path", repo)
    assert code == 0
    assert "has never been run" in shown
    shop.Shop(repo).run()
    code, shown, _ = output_of("status", "--repo-path", repo)
    assert code == 0
    assert "2 entities as of 2025-03-10" in shown
    code, printed, _ = output_of("status", "--repo-path", repo, "--format", "json")
    [found] = json.loads(printed)["projects"]
    assert code == 0
    assert found.keys() == {
        "project", "was_run", "loads", "published", "days_aggregated", "dirty_days", "runs", "views", "history",
        "warnings",
    }  # fmt: skip
    assert found["loads"].keys() == {"processed", "to_process", "out_of_sight", "ahead", "rows_without_load"}
    assert found["loads"]["processed"] == {
        "hours": 2, "rows": 5, "oldest": "2025-03-01T13:00:00Z", "newest": "2025-03-02T13:00:00Z",
    }  # fmt: skip
    assert found["published"]["as_of"] == "2025-03-10"
    assert found["runs"][0]["rows"]["rows_used"] == 3


def test_the_commands_refuse_a_project_that_is_not_there(repo: Path) -> None:
    for name in ("status", "verify"):
        code, _, error = output_of(name, "--repo-path", repo, "--project-name", "shop_2")
        assert code == 2
        assert "did you mean 'shop_1'" in error
