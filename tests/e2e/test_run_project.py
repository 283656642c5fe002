"""Whole runs of a project, by real dbt on real DuckDB."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from tests import harness
from tests.e2e import habits, shop
from tests.e2e.shop import event
from tests.warehouses import WAREHOUSES

from snowplow_signals.errors import DefinitionError, RunError, SourceError, UsageError
from snowplow_signals.run.runner import run_project

ROWS = [event(1, "ann", 0), event(2, "ann", 1), event(3, "bob", 1), event(4, None, 1), event(3, "bob", 1)]


class Steps:
    """Remembers the progress that a run reports."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int, int, int, int]] = []

    def step(self, *progress) -> None:
        self.seen.append(progress)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One project's history: a first run, an idle one, one as of a later day, one with more events."""
    ahead = event(9, "dora", 2, load_tstamp=datetime.now() + timedelta(days=30))
    project = shop.make(tmp_path_factory.mktemp("history"), [*ROWS, ahead])
    steps = Steps()
    past: dict = {"project": project, "steps": steps.seen}

    def remember(name: str, **options) -> None:
        past[name] = (project.run(**options), project.attributes())

    remember("first", progress=steps)
    remember("idle", as_of=None, variables={"snowplow__as_of_date": shop.AS_OF.isoformat()})
    remember("later", as_of=date(2025, 3, 20))
    project.load(event(5, "bob", 2), event(6, "cleo", 2))
    remember("more", as_of=date(2025, 3, 20))
    past["history"] = project.table("run_history", harness.MANIFEST)
    return past


def test_a_first_run_takes_everything_and_says_what_it_was(history: dict) -> None:
    result, attributes = history["first"]
    assert result.project == "shop_1"
    assert result.as_of == shop.AS_OF
    assert result.chunks == 1
    assert result.rows["rows_read"] == 5
    assert result.rows["rows_used"] == 3
    assert result.rows["rows_duplicate"] == 1
    assert result.rows["rows_no_entity"] == 1
    assert (result.days_aggregated, result.entities, result.entities_changed) == (2, 2, 2)
    assert not result.changed_nothing
    assert {name: row["events"] for name, row in attributes.items()} == {"ann": 2, "bob": 1}
    assert attributes["ann"]["labels"] == ["label-1", "label-2"]
    assert set(result.models) >= {"filtered_events", "attributes", "run_history"}
    assert 0 < sum(cost.seconds for cost in result.models.values()) < result.seconds


def test_progress_is_reported_for_every_model(history: dict) -> None:
    steps = history["steps"]
    assert {phase for phase, *_ in steps} == {"take", "publish"}
    for phase in ("take", "publish"):
        of_phase = [step for step in steps if step[0] == phase]
        total = of_phase[0][3]
        assert len(of_phase) == 2 * total
        assert [step[2] for step in of_phase][-1] == total
    assert steps[0][4:] == (0, 0)
    assert steps[-1][4:] == (5, 5)


def test_an_idle_run_builds_no_more_than_it_must(history: dict) -> None:
    built = set(history["idle"][0].models)
    assert {"definition", "base_new_event_limits", "run_history"} <= built
    assert not built & {"base_events_this_run", "filtered_events"}


def test_an_idle_run_changes_nothing_and_says_so(history: dict) -> None:
    (_, before), (result, after) = history["first"], history["idle"]
    assert result.changed_nothing
    assert set(result.rows.values()) == {0}
    assert (result.days_aggregated, result.entities_changed, result.entities) == (0, 0, 2)
    assert after == before


def test_a_later_day_alone_publishes_what_it_changes(history: dict) -> None:
    (_, before), (result, after) = history["idle"], history["later"]
    assert result.as_of == date(2025, 3, 20)
    assert result.rows["rows_read"] == 0
    assert {row["events_7_days"] for row in after.values()} == {0}
    changed = {name for name in after if after[name]["updated_at"] != before[name]["updated_at"]}
    assert changed == {name for name in before if before[name]["events_7_days"]}
    assert result.entities_changed == len(changed)


def test_more_events_change_only_whom_they_are_about(history: dict) -> None:
    (_, before), (result, after) = history["later"], history["more"]
    assert result.rows["rows_used"] == 2
    assert result.entities_changed == 2
    assert after["ann"] == before["ann"]
    assert after["bob"]["events"] == 2
    assert after["bob"]["updated_at"] > before["bob"]["updated_at"]
    assert after["cleo"]["last_label"] == "label-6"


def test_every_run_has_its_line_in_the_history(history: dict) -> None:
    lines = {line["run_id"]: line for line in history["history"]}
    runs = [history[name][0] for name in ("first", "idle", "later", "more")]
    assert set(lines) == {run.run_id for run in runs}
    assert [lines[run.run_id]["rows_used"] for run in runs] == [3, 0, 0, 2]


@pytest.mark.slow
def test_a_limit_that_was_set_bounds_each_chunk(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(number, "ann", number) for number in range(5)])
    assert project.run(variables={"snowplow__backfill_limit_days": 1}).chunks == 5
    assert project.attributes()["ann"]["events"] == 5
    other = shop.make(tmp_path / "other", [event(number, "ann", number) for number in range(5)])
    file = other.folder / "dbt_project.yml"
    file.write_text(file.read_text().replace("snowplow__backfill_limit_days: 1", "snowplow__backfill_limit_days: 2"))
    steps = Steps()
    result = other.run(publish_each=True, progress=steps)
    assert result.chunks == 3
    assert result.days_aggregated == 5
    assert [step[4:] for step in steps.seen if step[1] == "run_history" and step[0] == "publish"][::2] == [
        (2, 5),
        (4, 5),
        (5, 5),
    ]
    assert other.attributes()["ann"]["events"] == 5


def test_loads_after_the_time_of_planning_wait_with_a_warning(history: dict) -> None:
    for name in ("first", "idle", "later", "more"):
        result, attributes = history[name]
        assert "dora" not in attributes
        assert len(result.warnings) == 1
        assert result.warnings[0].startswith("1 hour of load lies after")


@pytest.mark.slow
def test_what_waits_or_was_overlooked_comes_in_when_it_is_asked_for(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(1, "ann", 0), event(2, "ann", 20)])
    as_of = date(2025, 4, 1)
    project.run(as_of=as_of)
    project.load(event(3, "ann", 0, loaded=20))
    waiting = project.run(as_of=as_of)
    assert (waiting.days_deferred, waiting.events_deferred, waiting.entities_changed) == (1, 1, 0)
    done = project.run(as_of=as_of, reprocess_late=True)
    assert (done.days_deferred, done.events_deferred, done.entities_changed) == (0, 0, 1)
    assert project.attributes()["ann"]["events"] == 3


@pytest.mark.parametrize("warehouse", ["duckdb", "postgres"])
def test_a_row_that_is_loaded_under_an_old_timestamp_is_found_at_any_age(tmp_path: Path, warehouse: str) -> None:
    """Where the engine knows how many rows the events table has; elsewhere when it is asked for."""
    place = habits.make(tmp_path, warehouse, [event(1, "ann", 0), event(2, "ann", 40), event(3, "bob", 80)])
    place.run("dev")
    place.load(event(4, "ann", 0))
    if warehouse == "postgres":
        assert place.run("dev").changed_nothing
        seen = place.run("dev", full_scan=True)
    else:
        seen = place.run("dev")
    assert (seen.rows["rows_read"], seen.rows["rows_seen_before"], seen.rows["rows_used"]) == (2, 1, 1)
    assert place.run("dev").changed_nothing
    # rows that belong to no hour of load are not looked for again and again
    place.load(event(5, "ann", -400))
    place.run("dev")
    place.load(event(6, "ann", 80), event(7, "ann", 40))
    seen = place.run("dev", full_scan=warehouse == "postgres")
    assert seen.rows["rows_used"] == 2
    assert place.run("dev").chunks == 0
    assert place.wrong(f"dev_derived.{habits.PROJECT}_attributes") == []
    WAREHOUSES[warehouse].drop(tmp_path)


def test_the_newest_hours_are_compared_first(tmp_path: Path) -> None:
    """And those of the lookback, or all, when the rows do not add up."""
    project = shop.make(tmp_path, [event(number, "ann", hour) for number, hour in enumerate((0, 60, 70, 80))])
    compared = []

    def run(*events: dict[str, Any], used: int) -> None:
        if events:
            project.load(*events)
        assert project.run(as_of=date(2025, 7, 1)).rows["rows_used"] == used
        plan = next((project.folder / "target" / "run").rglob("*_base_new_event_limits.sql")).read_text()
        compared.append(re.findall(r"events.*\n +where load_tstamp >= .*'(.*)'", plan))

    run(used=4)
    run(event(4, "ann", 81), used=1)
    run(event(5, "ann", 80), event(6, "ann", 82), used=2)
    run(event(7, "ann", 1), used=1)
    first, newest, lookback = "2025-01-01 00:00:00", "2025-05-20 13:00:00", "2025-05-18 13:00:00"
    assert compared == [[first], [newest], [lookback], [first]]


def test_plain_builds_find_it_with_the_build_after(tmp_path: Path) -> None:
    place = habits.make(tmp_path, "duckdb", [event(1, "ann", 0), event(2, "ann", 40), event(3, "bob", 80)])
    place.run("dev")
    place.load(event(4, "ann", 0), event(5, "bob", 80))
    stored = f"dev_derived.{habits.PROJECT}_filtered_events"
    for number in (4, 5, 5):
        place.dbt("build")
        assert len(harness.read_table(place.root, stored)) == number
    assert place.wrong(f"dev_derived.{habits.PROJECT}_attributes") == []


def test_events_that_are_kept_for_some_weeks_only_hold_no_build_up(tmp_path: Path) -> None:
    """Somebody deletes the oldest day of load each day: a plain build takes the newest one all the same."""
    place = habits.make(tmp_path, "duckdb", [event(number, "ann", number) for number in range(30)])
    place.run("dev")
    stored = f"dev_derived.{habits.PROJECT}_filtered_events"
    for number in range(30, 34):
        with duckdb.connect(str(shop.Shop(tmp_path).database)) as connection:
            connection.execute("delete from atomic.events where event_id = ?", [f"event-{number - 30}"])
        place.load(event(number, "ann", number))
        place.dbt("build", "--vars", "{snowplow__as_of_date: 2025-03-10}")
        assert len(harness.read_table(place.root, stored)) == number + 1


@pytest.mark.slow
def test_an_old_hour_all_of_whose_rows_were_deleted_is_said_once(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(1, "ann", 0), event(2, "ann", 0), event(3, "bob", 80)])
    as_of = date(2025, 7, 1)
    project.run(as_of=as_of)
    for gone, kept in (("event-1", 1), ("event-2", 0)):
        with duckdb.connect(str(project.database)) as connection:
            connection.execute("delete from atomic.events where event_id = ?", [gone])
        said = project.run(as_of=as_of)
        assert [text for text in said.warnings if text.startswith("1 row is gone from the events table")]
        assert said.rows["rows_read"] == kept
        assert project.run(as_of=as_of).chunks == 0
    assert project.attributes()["ann"]["events"] == 2


@pytest.mark.slow
def test_deleted_rows_are_said_once_and_stop_nothing(tmp_path: Path) -> None:
    project = shop.make(tmp_path, [event(1, "ann", 0), event(2, "ann", 0), event(3, "bob", 0)])
    project.run()
    before = project.attributes()
    with duckdb.connect(str(project.database)) as connection:
        connection.execute("delete from atomic.events where event_id = 'event-3'")
    said = project.run()
    assert [text for text in said.warnings if text.startswith("1 row is gone from the events table")]
    assert (said.rows["rows_read"], said.rows["rows_seen_before"], said.entities_changed) == (2, 2, 0)
    assert project.attributes() == before
    after = project.run()
    assert after.changed_nothing
    assert not [text for text in after.warnings if "gone" in text]
    project.load(event(4, "ann", 0))
    assert project.run().rows["rows_used"] == 1
    assert project.attributes()["ann"]["events"] == 3
    assert "bob" in project.attributes()


@pytest.mark.slow
def test_a_changed_definition_stops_the_run_until_all_is_computed_anew(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    file = tmp_path / "profiles.yml"
    profiles = yaml.safe_load(file.read_text())
    outputs = profiles["snowplow_batch_engine"]["outputs"]
    outputs["prod"] = outputs["dev"]
    file.write_text(yaml.safe_dump(profiles))
    project.run(target="prod")
    before = project.attributes()
    events = shop.VIEW.attributes[0].model_copy(update={"period": timedelta(days=8)})
    project.write(shop.VIEW.model_copy(update={"attributes": (events, shop.VIEW.attributes[1])}))
    with pytest.raises(DefinitionError, match=r"shop_1: The definition is not the one that the tables were built from"):
        project.run(target="prod")
    with pytest.raises(UsageError, match=r"allowed on the target 'dev'.*not on 'prod'"):
        project.run(target="prod", full_refresh=True)
    assert project.attributes() == before
    result = project.run(target="prod", full_refresh=True, variables={"snowplow__allow_refresh": True})
    assert result.rows["rows_used"] == 3
    assert set(project.attributes()["ann"]) == {"events", "events_7_days", "updated_at"}


def test_what_the_engine_says_comes_through(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    model = project.folder / "models" / "publish" / "shop_1_attributes.sql"
    model.write_text(model.read_text() + "\nand nonsense_column = 1\n")
    with pytest.raises(RunError, match="nonsense_column") as caught:
        project.run()
    assert (caught.value.project, caught.value.model) == ("shop_1", "attributes")
    assert str(caught.value).startswith("shop_1, model attributes: ")
    assert "compiled code" not in str(caught.value)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> shop.Shop:
    """A project that has never run."""
    return shop.make(tmp_path_factory.mktemp("bad"), ROWS)


def profiles_with(folder: Path, **output: str) -> Path:
    """`folder` with a profiles.yml whose target is `output`."""
    profiles = {"snowplow_batch_engine": {"target": "dev", "outputs": {"dev": {"schema": "signals", **output}}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return folder


class TestBadInput:
    """Each is refused in one message, before anything is written."""

    @pytest.fixture(autouse=True)
    def _nothing_written(self, project: shop.Shop):
        yield
        with harness.connected(project.database) as connection:
            tables = connection.execute("select table_schema from information_schema.tables").fetchall()
        assert tables == [("atomic",)]

    def test_unknown_variable(self, project: shop.Shop) -> None:
        with pytest.raises(UsageError, match="did you mean 'snowplow__start_date'"):
            project.run(variables={"snowplow__start_dte": "2025-01-01"})

    def test_unknown_variable_in_the_project(self, project: shop.Shop) -> None:
        file = project.folder / "dbt_project.yml"
        text = file.read_text()
        file.write_text(text.replace("snowplow__app_id", "snowplow__app_ids"))
        try:
            with pytest.raises(UsageError, match=r"dbt_project\.yml.*did you mean 'snowplow__app_id'"):
                project.run()
        finally:
            file.write_text(text)

    @pytest.mark.parametrize(
        "variables",
        [
            {"snowplow__start_date": "last week"},
            {"snowplow__app_id": "web"},
            {"snowplow__load_lookback_days": "three"},
            {"snowplow__backfill_limit_days": "one"},
        ],
    )
    def test_variable_of_another_kind(self, project: shop.Shop, variables: dict) -> None:
        with pytest.raises(UsageError, match=next(iter(variables))):
            project.run(variables=variables)

    def test_no_date(self, project: shop.Shop) -> None:
        with pytest.raises(UsageError, match="snowplow__as_of_date must be a date"):
            project.run(as_of=None, variables={"snowplow__as_of_date": "tomorrow"})

    def test_no_project(self, project: shop.Shop) -> None:
        with pytest.raises(UsageError, match="holds no dbt project"):
            run_project(project.root, profiles_dir=project.root)

    def test_no_profiles(self, project: shop.Shop, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"profiles\.yml does not exist(.|\n)*type: duckdb"):
            run_project(project.folder, profiles_dir=tmp_path)

    def test_no_such_profile(self, project: shop.Shop, tmp_path: Path) -> None:
        (tmp_path / "profiles.yml").write_text("snowplow_batch_engin: {target: dev, outputs: {}}\n")
        with pytest.raises(UsageError, match="no profile 'snowplow_batch_engine'; did you mean 'snowplow_batch_engin'"):
            run_project(project.folder, profiles_dir=tmp_path)

    def test_an_adapter_that_is_not_installed(self, project: shop.Shop, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"(?s)profiles\.yml.*oracle9"):
            run_project(project.folder, profiles_dir=profiles_with(tmp_path, type="oracle9"))

    def test_no_such_database(self, project: shop.Shop, tmp_path: Path) -> None:
        file = tmp_path / "evnets.duckdb"
        with pytest.raises(SourceError, match=rf"there is no database {file}; set `path` in profiles\.yml"):
            run_project(project.folder, profiles_dir=profiles_with(tmp_path, type="duckdb", path=str(file)))
        assert not file.exists()

    def test_a_database_that_is_none(self, project: shop.Shop, tmp_path: Path) -> None:
        (tmp_path / "a.duckdb").write_text("not a database" * 1000)
        profiles_with(tmp_path, type="duckdb", path=str(tmp_path / "a.duckdb"))
        with pytest.raises(RunError, match=r"shop_1: .*a\.duckdb.* not a valid DuckDB database"):
            run_project(project.folder, profiles_dir=tmp_path)

    def test_no_such_target(self, project: shop.Shop) -> None:
        with pytest.raises(UsageError, match="no target 'dve'; did you mean 'dev'"):
            project.run(target="dve")

    def test_no_such_events_table(self, project: shop.Shop) -> None:
        with pytest.raises(SourceError, match=r"no events table 'atomic\.event' .*did you mean 'atomic\.events'"):
            project.run(variables={"snowplow__events_table": "event"})

    @pytest.mark.parametrize(
        ("column", "other"),
        [("event_id", "event_uid"), ("load_tstamp", "load_timestamp"), ("domain_userid", "domain_user_id")],
    )
    def test_column_missing(self, project: shop.Shop, column: str, other: str) -> None:
        rename = "alter table atomic.events rename {} to {}"
        with harness.connected(project.database) as connection:
            connection.execute(rename.format(column, other))
        try:
            with pytest.raises(SourceError, match=rf"no column '{column}'.*did you mean '{other}'"):
                project.run()
        finally:
            with harness.connected(project.database) as connection:
                connection.execute(rename.format(other, column))


@pytest.mark.slow
def test_a_chunk_ends_with_the_hour_that_fills_it(tmp_path: Path) -> None:
    """With the rows that the user says: by a run on the way, and by a plain build, which takes one chunk."""
    project = shop.make(tmp_path, [event(number, "ann", number // 2) for number in range(6)])
    assert project.run(variables={"snowplow__backfill_limit_rows": 3}).chunks == 2
    other = shop.make(tmp_path / "other", [event(number, "ann", number // 2) for number in range(6)])
    harness.dbt(other.folder, other.root, "build", snowplow__backfill_limit_rows=3, snowplow__backfill_limit_days=30)
    (taken,) = other.table("run_history", harness.MANIFEST)
    assert taken["rows_used"] == 4
