"""dbt's own commands on a project, as its users type them: they work, or say what to do, and harm nothing."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.shop import event

ROWS = [event(number, f"user-{number % 4}", number % 4) for number in range(20)]


class Dbt:
    """dbt for one project; `said` is what its last command showed of the project's macros, and its errors."""

    def __init__(self, project: shop.Shop) -> None:
        self.project = project
        self.said = ""

    def __call__(self, *command: str, **variables: Any) -> bool:
        from dbt.cli.main import dbtRunner

        said: list[str] = []

        def listen(told: Any) -> None:
            if told.info.name == "JinjaLogInfo" or told.info.level == "error":
                said.append(told.info.msg)

        where = ["--project-dir", str(self.project.folder), "--profiles-dir", str(self.project.root)]
        quiet = ["--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats"]
        if command[0] != "retry":
            variables = {"snowplow__as_of_date": shop.AS_OF.isoformat(), **variables}
            quiet += ["--vars", json.dumps(variables)]
        result = dbtRunner(callbacks=[listen]).invoke([*command, *where, *quiet])
        self.said = " ".join("\n".join(said).split())
        return result.success

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the project has stored."""
        with duckdb.connect(str(self.project.database)) as connection:
            names = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables where table_schema <> 'atomic'"
            ).fetchall()
            return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names}

    def is_right(self) -> None:
        project = self.project
        rows = harness.read_table(project.database, "atomic.events")
        expected = reference.compute(project.view, rows, as_of=shop.AS_OF)
        found = harness.attributes_of(project.database, project.view)
        assert harness.differences(project.view, found, expected) == []


@pytest.fixture
def dbt(tmp_path: Path) -> Dbt:
    return Dbt(shop.make(tmp_path, ROWS))


def test_a_build_tells_how_many_days_of_load_are_left(dbt: Dbt) -> None:
    for left in ("3 days of load left", "2 days of load left", "1 day of load left"):
        assert dbt("build")
        assert left in dbt.said
    assert dbt("build")
    assert "of load left" not in dbt.said
    dbt.is_right()
    assert dbt("build", "--threads", "8")
    dbt.is_right()


def test_a_variable_that_is_none_of_ours_is_refused(dbt: Dbt) -> None:
    assert not dbt("build", snowplow__start_dat="2025-01-01")
    assert "there is no such variable; did you mean 'snowplow__start_date'?" in dbt.said
    assert dbt.tables() == {}
    assert dbt("build", snowplow__reprocess_days=3, my_own="value")


@pytest.mark.parametrize("option", [["--empty"], ["--sample", "1 day"]])
def test_tables_without_all_of_their_rows_are_refused(dbt: Dbt, option: list[str]) -> None:
    for _ in range(2):
        before = dbt.tables()
        for command in (["build", *option], ["run", "--select", "shop_1_filtered_events", *option]):
            assert not dbt(*command)
        assert option[0] in dbt.said or "not there yet" in dbt.said
        assert dbt.tables() == before
        assert dbt("build", snowplow__backfill_limit_days=9)
    dbt.is_right()


def test_what_only_reads_changes_nothing_before_and_after_the_first_build(dbt: Dbt) -> None:
    reading = (
        ["compile"],
        ["compile", "--full-refresh"],
        ["ls"],
        ["docs", "generate"],
        ["show", "--select", "shop_1_base_new_event_limits"],
    )
    for _ in range(2):
        before = dbt.tables()
        for command in reading:
            assert dbt(*command), (command, dbt.said)
            assert dbt.tables() == before, command
        assert dbt("build", snowplow__backfill_limit_days=9)
    assert dbt("show", "--select", "shop_1_attributes")
    dbt.is_right()


def test_a_full_refresh_is_of_all_models_and_starts_from_nothing(dbt: Dbt) -> None:
    assert dbt("build", snowplow__backfill_limit_days=9)
    before = dbt.tables()
    for selection in (["--select", "shop_1_attributes"], ["--exclude", "shop_1_filtered_events"]):
        assert not dbt("build", "--full-refresh", *selection)
        assert "all models of shop_1 have to be selected" in dbt.said
        assert dbt.tables() == before
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute("insert into signals_derived.shop_1_attributes from signals_derived.shop_1_attributes")
    assert dbt("build", "--full-refresh", snowplow__backfill_limit_days=9)
    dbt.is_right()
    assert len(dbt.project.table("attributes")) == 4


def test_what_failed_is_retried(dbt: Dbt) -> None:
    """Whichever model fails, `dbt retry` goes on there; what others did meanwhile is no harm."""
    for name in ("take/shop_1_filtered_events", "publish/shop_1_daily_aggregates", "publish/shop_1_attributes"):
        file = dbt.project.folder / "models" / f"{name}.sql"
        text = file.read_text()
        file.write_text(f"{text} where no_such_column")
        assert not dbt("build")
        file.write_text(text)
        assert dbt("retry"), dbt.said
        assert "nothing done" not in dbt.said
    assert dbt("build")
    dbt.is_right()
    dbt.project.run()
    dbt.is_right()


def test_a_model_that_nobody_planned_for_says_what_is_missing(dbt: Dbt) -> None:
    assert not dbt("run", "--select", "shop_1_attributes")
    assert "shop_1_attributes needs shop_1_definition, shop_1_attributes_this_run" in dbt.said
    assert dbt.tables() == {}


def test_a_changed_definition_stops_every_model(dbt: Dbt) -> None:
    assert dbt("build", snowplow__backfill_limit_days=9)
    for name in ("base_new_event_limits", "daily_aggregates", "attributes"):
        assert not dbt("run", "--select", f"shop_1_{name}", snowplow__start_date="2025-03-02")
        assert "The definition is not the one that the tables were built from" in dbt.said
