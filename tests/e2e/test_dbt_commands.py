"""dbt's own commands on a project, as its users type them: they work, or say what to do, and harm nothing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.shop import event

from snowplow_signals import Attribute
from snowplow_signals.errors import UsageError
from snowplow_signals.project.variables import checked

ROWS = [event(number, f"user-{number % 4}", number % 4) for number in range(20)]


class Dbt:
    """dbt for one project; `said` is what its last command showed of the project's macros, and its errors."""

    def __init__(self, project: shop.Shop) -> None:
        self.project = project
        self.said = ""

    def __call__(self, *command: str, **variables: Any) -> bool:
        from dbt.cli.main import dbtRunner

        said: list[str] = []

        def listen(message: Any) -> None:
            if message.info.name in ("JinjaLogInfo", "JinjaLogWarning") or message.info.level == "error":
                said.append(message.info.msg)

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


WRONG_VALUES = (
    ({"snowplow__app_id": 5}, "snowplow__app_id must be a list of texts, such as ['5'], not 5"),
    ({"snowplow__app_id": ["a", 5]}, "snowplow__app_id must be a list of texts, such as ['a', '5'], not ['a', 5]"),
    ({"snowplow__app_id": "a"}, "snowplow__app_id must be a list of texts, such as ['a'], not 'a'"),
    ({"snowplow__start_date": "2025-13-01"}, "snowplow__start_date must be a date such as 2025-01-31"),
    ({"snowplow__start_date": "2025-02-29"}, "snowplow__start_date must be a date such as 2025-01-31"),
    ({"snowplow__start_date": None}, "not nothing"),
    ({"snowplow__as_of_date": "9999-12-31"}, "snowplow__as_of_date must be between 1900-01-01 and 9000-01-01"),
    ({"snowplow__as_of_date": "tomorrow"}, "snowplow__as_of_date must be a date such as 2025-01-31"),
    ({"snowplow__backfill_limit_days": -7}, "snowplow__backfill_limit_days must be between -1 and 36,500, not -7"),
    ({"snowplow__backfill_limit_days": "abc"}, "snowplow__backfill_limit_days must be a whole number, not 'abc'"),
    ({"snowplow__load_lookback_days": 1.5}, "snowplow__load_lookback_days must be a whole number, not 1.5"),
    ({"snowplow__late_event_lookback_days": True}, "snowplow__late_event_lookback_days must be a whole number"),
    ({"snowplow__reprocess_days": "abc"}, "snowplow__reprocess_days must be a whole number, not 'abc'"),
    ({"snowplow__min_late_events_to_process": -1}, "must be between 0 and 2,147,483,647, not -1"),
    ({"snowplow__allow_refresh": "no"}, "snowplow__allow_refresh must be true or false, not 'no'"),
    ({"snowplow__include_current_day_in_windows": 1}, "must be true or false, not 1"),
    ({"snowplow__dev_target_name": 5}, "(in quotes: '5'), not 5"),
    ({"snowplow_start_date": "2025-01-01"}, "did you mean 'snowplow__start_date'?"),
    ({"snowplow__StartDate": "2025-01-01"}, "did you mean 'snowplow__start_date'?"),
)


@pytest.mark.parametrize(
    ("command", "values"),
    [
        (["build"], WRONG_VALUES[::3]),
        pytest.param(["build"], WRONG_VALUES, marks=pytest.mark.long),  # each is a parse of the whole project
        (["run", "--select", "shop_1_attributes"], WRONG_VALUES[1::6]),
    ],
    ids=["some", "all", "by one model"],
)
def test_wrong_values_of_variables_are_refused_before_anything_is_written(
    dbt: Dbt, command: list[str], values: Sequence[tuple[dict[str, Any], str]]
) -> None:
    """As our own commands say it; see `settings.checked`."""
    for given, words in values:
        with pytest.raises(UsageError):
            checked(given, "--vars")
        assert not dbt(*command, **given), given
        assert words in dbt.said
        assert dbt.tables() == {}


def test_a_name_in_the_project_file_that_is_none_of_ours_is_refused(dbt: Dbt) -> None:
    file = dbt.project.folder / "dbt_project.yml"
    text = file.read_text()
    for given in ("  snowplow__late_event_lookbck_days: 3\n", "  shop_1:\n    snowplow__late_event_lookbck_days: 3\n"):
        file.write_text(text + given)
        assert not dbt("build")
        assert "dbt_project.yml has 'snowplow__late_event_lookbck_days'" in dbt.said
        assert "did you mean 'snowplow__late_event_lookback_days'?" in dbt.said
        assert dbt.tables() == {}
    file.write_text(text + "  my_own: 3\n  another_package:\n    snowplow__its_own: 3\n")
    assert dbt("build")


@pytest.mark.parametrize("option", [["--empty"], pytest.param(["--sample", "1 day"], marks=pytest.mark.long)])
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
        assert "all models of shop_1 must be selected" in dbt.said
        assert dbt.tables() == before
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute("insert into signals_derived.shop_1_attributes from signals_derived.shop_1_attributes")
    assert dbt("build", "--full-refresh", snowplow__backfill_limit_days=9)
    dbt.is_right()
    assert len(dbt.project.table("attributes")) == 4


def test_what_failed_is_retried(dbt: Dbt) -> None:
    """Whichever model fails, `dbt retry` goes on there; what others did meanwhile is not a harm."""
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
    assert "shop_1_attributes needs shop_1_definition" in dbt.said
    assert dbt.tables() == {}


def change_type(dbt: Dbt, column: str, kind: str) -> None:
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute(f"alter table atomic.events alter {column} set data type {kind}")


def test_a_changed_type_stops_every_model(dbt: Dbt) -> None:
    """What is stored as text would be another text for an equal value."""
    assert dbt("build", snowplow__backfill_limit_days=9)
    change_type(dbt, "se_label", "json using to_json(se_label)")
    before = dbt.tables()
    for command in (
        ["build", "--exclude", "shop_1_definition"],
        ["build", "--exclude", "shop_1_definition", "shop_1_base_new_event_limits"],
        *(["run", "--select", f"shop_1_{name}"] for name in ("base_events_this_run", "filtered_events", "attributes")),
        ["build"],
    ):
        assert not dbt(*command)
        assert "type of column se_label has changed from text to json" in dbt.said
        assert dbt.tables() == before


def test_a_type_with_the_same_texts_is_remembered_first(dbt: Dbt) -> None:
    """Else it would be forgotten when the type changes once more."""
    view = dbt.project.view
    values = Attribute(name="prices", type="string_list", aggregation="unique_list", property=shop.VALUE)
    dbt.project = dbt.project.write(view.model_copy(update={"attributes": (*view.attributes, values)}))
    change_type(dbt, "se_value", "integer")
    assert dbt("build", snowplow__backfill_limit_days=9)
    change_type(dbt, "se_value", "double")
    before = dbt.tables()
    assert not dbt("build", "--exclude", "shop_1_definition")
    assert "type of column se_value is float now" in dbt.said
    assert "dbt build --select shop_1_definition" in dbt.said
    assert dbt.tables() == before
    assert dbt("build", "--select", "shop_1_definition")
    assert dbt("build", "--exclude", "shop_1_definition")
    dbt.is_right()


def test_a_column_that_appeared_stops_every_model(dbt: Dbt) -> None:
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute("alter table atomic.events drop se_label")
    assert dbt("build", snowplow__backfill_limit_days=9)
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute("alter table atomic.events add se_label text")
    before = dbt.tables()
    for command in (["build", "--exclude", "shop_1_definition"], ["run", "--select", "shop_1_filtered_events"]):
        assert not dbt(*command)
        assert "column se_label has changed" in dbt.said
        assert dbt.tables() == before


def test_a_missing_column_is_named_with_the_nearest(dbt: Dbt) -> None:
    with duckdb.connect(str(dbt.project.database)) as connection:
        connection.execute("alter table atomic.events rename se_label to se_labels")
    assert dbt("build")
    assert "has no se_label; did you mean 'se_labels'?" in dbt.said


def test_a_changed_definition_stops_every_model(dbt: Dbt) -> None:
    assert dbt("build", snowplow__backfill_limit_days=9)
    for name in ("base_new_event_limits", "daily_aggregates", "attributes"):
        assert not dbt("run", "--select", f"shop_1_{name}", snowplow__start_date="2025-03-02")
        assert "The definition is not the one that the tables were built from" in dbt.said
