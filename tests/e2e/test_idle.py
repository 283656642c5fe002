"""A run that finds nothing to do: dbt is not started, nothing is written, and anything that is new is found."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pytest
import yaml
from tests import harness
from tests.e2e import shop
from tests.e2e.shop import AS_OF, DAY, Shop, event

from snowplow_signals.deployment.dbt import Invocation
from snowplow_signals.errors import SourceError
from snowplow_signals.run import idle
from snowplow_signals.workspace import files

ROWS = [event(1, "ann", 0), event(2, "ann", 3), event(3, "bob", 3), event(4, None, 3)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A project after its first run."""
    project = shop.make(tmp_path_factory.mktemp("idle"), ROWS)
    project.run()
    return project


@pytest.fixture
def project(made: Shop, tmp_path: Path) -> Shop:
    """Another one, which is as that run left it."""
    project = made.copy(tmp_path / "shop")
    assert starts_dbt(project), "a project in another folder, with another database, is not the one that was run"
    place = idle.Place(project.folder, project.root, None, {})
    left = json.loads(place.file.read_text())
    left |= {"given": place.given(), "warnings": (), "database": str(project.database)}
    idle.remember(place, idle.Finished(**left))
    assert not starts_dbt(project)
    return project


class _Started(Exception):
    pass


def starts_dbt(project: Shop, **options: Any) -> bool:
    """Whether a run goes so far that the dbt project is parsed; it ends there."""

    def parsed(self: Invocation) -> NoReturn:
        raise _Started

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Invocation, "_parse", parsed)
        try:
            assert project.run(**options).changed_nothing
        except _Started:
            return True
    return False


def execute(project: Shop, *statements: str) -> None:
    with duckdb.connect(str(project.database)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_it_says_what_a_run_says_and_writes_nothing(project: Shop) -> None:
    before, stored = project.database.read_bytes(), project.table("run_history", harness.MANIFEST)
    result = project.run()
    assert result.changed_nothing
    assert (result.project, result.as_of, result.chunks) == ("shop_1", AS_OF, 0)
    assert set(result.rows.values()) == {0}
    assert (result.days_aggregated, result.days_deferred, result.events_deferred) == (0, 0, 0)
    assert (result.entities, result.entities_changed, result.models) == (2, 0, {})
    assert project.database.read_bytes() == before
    assert project.table("run_history", harness.MANIFEST) == stored


def test_the_command_does_not_import_dbt(project: Shop) -> None:
    program = (
        "import sys; from snowplow_signals.cli.app import app; app(sys.argv[1:], standalone_mode=False); "
        "print(sorted(name for name in sys.modules if name == 'dbt' or name.startswith('dbt.')))"
    )
    # a project of `init` knows from what it was generated
    generated = {"definition": files.digest((project.folder / "configs" / "base_config.json").read_text("utf-8"))}
    (project.folder / "configs" / "generated.json").write_text(json.dumps(generated))
    profiles = yaml.safe_load((project.root / "profiles.yml").read_text())
    del profiles["snowplow_batch_engine"]["outputs"]["dev"]["settings"]
    (project.root / "profiles.yml").write_text(yaml.safe_dump(profiles))
    where = ["run", "--repo-path", str(project.root), "--as-of", AS_OF.isoformat()]

    def typed() -> str:
        done = subprocess.run([sys.executable, "-c", program, *where], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "'dbt.cli.main'" in typed()
    said = typed()
    assert f"nothing new as of {AS_OF}, nothing changed" in said
    assert said.endswith("[]\n")


def test_new_rows_are_taken(project: Shop) -> None:
    project.load(event(5, "cleo", 3))
    assert project.run().rows["rows_used"] == 1
    assert not starts_dbt(project)


def test_a_late_row_of_an_hour_that_was_taken_is_found(project: Shop) -> None:
    project.load(event(2, "ann", 3) | {"event_id": "another"})
    assert starts_dbt(project)


def test_a_row_of_an_old_hour_is_found_by_the_number_of_rows(project: Shop) -> None:
    project.load(event(9, "ann", 40))
    project.run(as_of=date(2025, 5, 1))
    assert not starts_dbt(project, as_of=date(2025, 5, 1))
    project.load(event(8, "ann", 0))
    assert starts_dbt(project, as_of=date(2025, 5, 1))


def test_deleted_rows_are_said(project: Shop) -> None:
    execute(project, "delete from atomic.events where event_id = 'event-3'")
    assert any("gone from the events table" in warning for warning in project.run().warnings)
    assert not starts_dbt(project)


def test_rows_without_a_load_are_said_when_they_come_and_ever_after(project: Shop) -> None:
    project.load({name: value for name, value in event(7, "ann", 3).items() if name != "load_tstamp"})
    for starts in (True, False):
        assert starts_dbt(project) is starts
        result = project.run()
        assert [text for text in result.warnings if text.startswith("rows without load_tstamp: 1;")]


def test_hours_that_have_yet_to_come_are_said(project: Shop) -> None:
    project.load(event(7, "ann", 3, load_tstamp=DAY + timedelta(days=20_000)))
    assert not starts_dbt(project)
    assert project.run().warnings[0].startswith("1 hour of load lies after")


@pytest.mark.parametrize(
    "change",
    [
        "alter table atomic.events add column more integer",
        "alter table atomic.events alter column se_value type decimal(18, 3)",
        f"drop table {harness.DERIVED}.shop_1_attributes",
        f"drop table {harness.DERIVED}.shop_1_daily_values",
        f"update {harness.MANIFEST}.shop_1_daily_aggregation_manifest set is_out_of_date = true",
        f"update {harness.MANIFEST}.shop_1_chunk_manifest set is_stored = false",
        f"insert into {harness.MANIFEST}.shop_1_entity_manifest (domain_userid) values ('ann')",
        f"update {harness.MANIFEST}.shop_1_publication_manifest set run_id = 'of another run'",
        f"update {harness.MANIFEST}.shop_1_run_history set finished_at = null",
    ],
)
def test_what_changed_in_the_warehouse_is_looked_at_by_dbt(project: Shop, change: str) -> None:
    execute(project, change)
    assert starts_dbt(project)


def test_another_day_other_windows_and_other_variables_are_not_idle(project: Shop) -> None:
    for options in (
        {"as_of": AS_OF + timedelta(days=1)},
        {"variables": {"snowplow__include_current_day_in_windows": True}},
        {"variables": {"snowplow__late_event_lookback_days": 1}},
        {"full_refresh": True},
    ):
        assert starts_dbt(project, **options), options


def test_deferred_events_come_in_when_it_is_asked_for(project: Shop) -> None:
    as_of = date(2025, 4, 1)
    project.load(event(6, "ann", 0, loaded=20))
    waiting = project.run(as_of=as_of)
    assert (waiting.days_deferred, waiting.events_deferred) == (1, 1)
    assert not starts_dbt(project, as_of=as_of)
    again = project.run(as_of=as_of)
    assert (again.chunks, again.days_deferred, again.events_deferred) == (0, 1, 1)
    done = project.run(as_of=as_of, reprocess_late=True)
    assert (done.days_deferred, done.entities_changed) == (0, 1)


@pytest.mark.parametrize("name", ["dbt_project.yml", "models/take/shop_1_filtered_events.sql", "macros/own.sql"])
def test_a_file_of_the_project_that_changed_is_looked_at(project: Shop, name: str) -> None:
    file = project.folder / name
    file.write_text((file.read_text() if file.exists() else "") + "\n")
    assert starts_dbt(project)


def test_a_profile_or_an_environment_that_changed_is_looked_at(project: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project.root / "profiles.yml"
    profiles = yaml.safe_load(file.read_text())
    profiles["snowplow_batch_engine"]["outputs"]["dev"]["schema"] = "{{ env_var('OUR_SCHEMA', 'signals') }}"
    file.write_text(yaml.safe_dump(profiles))
    assert starts_dbt(project)
    project.run()
    assert not starts_dbt(project)
    monkeypatch.setenv("OUR_SCHEMA", "elsewhere")
    assert starts_dbt(project)


def test_a_project_that_is_another_one_with_each_run_is_never_taken_for_idle(project: Shop) -> None:
    (project.folder / "macros" / "own.sql").write_text(
        "{% macro generate_schema_name(name, node) %}{{ run_started_at.strftime('%Y') }}_{{ name }}{% endmacro %}"
    )
    project.run()
    assert starts_dbt(project)


def test_a_plain_build_in_between_is_seen(project: Shop) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "build", "--quiet", "--project-dir", str(project.folder)),
            *("--profiles-dir", str(project.root), "--vars", json.dumps({"snowplow__as_of_date": AS_OF.isoformat()})),
        ],
        env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert starts_dbt(project)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"given": 1}', "\0", None])
def test_what_the_run_before_left_may_be_damaged_or_gone(project: Shop, content: str | None) -> None:
    (file,) = (project.folder / "target").glob("signals_shop_1_*.json")
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    assert starts_dbt(project)


def test_an_events_table_that_is_gone_is_an_error(project: Shop) -> None:
    execute(project, "drop table atomic.events")
    with pytest.raises(SourceError, match="there is no events table"):
        project.run()
