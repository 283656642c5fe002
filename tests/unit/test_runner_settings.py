"""What a run is told, and what it takes from the project's file."""

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from snowplow_signals.errors import UsageError
from snowplow_signals.run.settings import RunSettings, chunk_rows

PLANNED_AT = datetime(2025, 3, 10, 23, 59)
LIMIT = "snowplow__backfill_limit_days"


def settings(folder: Path, given: dict | None = None, **project: object) -> RunSettings:
    content = {"name": "shop_1", "vars": {LIMIT: 1, **project}}
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(content))
    return RunSettings.read(folder, given or {})


def test_the_day_is_the_options_else_the_variables_else_the_clocks(tmp_path: Path) -> None:
    both = settings(tmp_path, {"snowplow__as_of_date": "2025-01-02"}, snowplow__as_of_date=date(2025, 1, 3))
    assert both.as_of(date(2025, 1, 1), PLANNED_AT) == date(2025, 1, 1)
    assert both.as_of(None, PLANNED_AT) == date(2025, 1, 2)
    assert settings(tmp_path, snowplow__as_of_date=date(2025, 1, 3)).as_of(None, PLANNED_AT) == date(2025, 1, 3)
    assert settings(tmp_path).as_of(None, PLANNED_AT) == date(2025, 3, 10)


@pytest.mark.parametrize("value", ["tomorrow", "2025-13-01", 20250101, ""])
def test_no_date(tmp_path: Path, value: object) -> None:
    with pytest.raises(UsageError, match=r"snowplow__as_of_date must be a date such as 2025-01-31"):
        settings(tmp_path, snowplow__as_of_date=value).as_of(None, PLANNED_AT)


@pytest.mark.parametrize(
    ("project", "given", "expected"),
    [(1, None, -1), (1, 1, 1), (2, None, 2), (2, 3, 3), (0, None, 1), (-1, None, -1), (1, -1, -1)],
)
def test_the_limit_is_the_users_when_he_changed_it(
    tmp_path: Path, project: int, given: int | None, expected: int
) -> None:
    assert settings(tmp_path, {} if given is None else {LIMIT: given}, **{LIMIT: project}).limit_days == expected


@pytest.mark.parametrize("value", ["one", 1.5, True])
def test_no_limit(tmp_path: Path, value: object) -> None:
    with pytest.raises(UsageError, match=f"{LIMIT} must be a whole number"):
        _ = settings(tmp_path, {LIMIT: value}).limit_days


def test_rows_of_a_chunk(tmp_path: Path) -> None:
    """As many as the user says, else as suit the warehouse; where it is in this process, as fit the memory."""
    name = "snowplow__backfill_limit_rows"
    assert settings(tmp_path).limit_rows is None
    assert settings(tmp_path, {name: 5}, **{name: 7}).limit_rows == 5
    assert settings(tmp_path, **{name: 7}).limit_rows == 7
    with pytest.raises(UsageError, match=f"{name} must be a whole number"):
        settings(tmp_path, {name: "many"})
    with pytest.raises(UsageError, match=f"{name} must be between 0 and"):
        settings(tmp_path, {name: -1})
    assert chunk_rows("bigquery") > chunk_rows("postgres") == 10_000_000
    assert chunk_rows("databricks") == chunk_rows("spark")
    assert 200_000 <= chunk_rows("duckdb") < 10**10


def test_variables_of_the_project_itself_and_older_names(tmp_path: Path) -> None:
    read = settings(tmp_path, {"snowplow__reprocess_days": 3}, shop_1={"snowplow__as_of_date": "2025-01-04"})
    assert read.as_of(None, PLANNED_AT) == date(2025, 1, 4)
    assert read.warnings == (
        "--vars: 'snowplow__reprocess_days' is an older name; use 'snowplow__late_event_lookback_days'",
    )
    with pytest.raises(UsageError, match="no variable 'snowplow__apps'"):
        settings(tmp_path, shop_1={"snowplow__apps": []})


def test_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("{")
    with pytest.raises(UsageError, match="is not valid YAML"):
        RunSettings.read(tmp_path, {})
