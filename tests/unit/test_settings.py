"""The variables that users tune: their names, their older names, and how they stand in a project."""

import math
import re
from datetime import date, datetime
from importlib import resources

import pytest
import yaml

from snowplow_signals import Attribute, View, user_entity
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError
from snowplow_signals.plan import plan_view
from snowplow_signals.project.models.properties import dbt_project
from snowplow_signals.project.variables import OLDER_NAMES, PREFIX, VARIABLES, Variable, checked

NAMES = [variable.name for variable in VARIABLES]
DUCKDB = dialect_named("duckdb")
PLAN = plan_view(
    View(
        name="shop",
        entity=user_entity,
        attributes=[Attribute(name="n", type="int64", aggregation="counter")],
        owner="owner@example.com",
        offline=True,
    )
)


def test_each_variable_is_named_and_explained_once() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(re.fullmatch(rf"{PREFIX}[a-z_]+", variable.name) and variable.meaning for variable in VARIABLES)


def test_the_defaults_pass_as_they_are() -> None:
    defaults = {variable.name: variable.default for variable in VARIABLES}
    assert checked(defaults, "dbt_project.yml") == (defaults, [])


def test_variables_of_others_are_none_of_our_business() -> None:
    others = {"elementary": 1, "start_date": 1, "signals__run": {}, "snowplow_web": {"x": [date(2025, 1, 1)]}}
    assert checked(others, "--vars") == (others, [])


@pytest.mark.parametrize(("older", "name"), list(OLDER_NAMES.items()))
def test_older_names_are_taken_with_a_warning(older: str, name: str) -> None:
    assert name in NAMES
    assert older not in NAMES
    assert checked({older: 3}, "--vars")[1] == [f"--vars: {older!r} is an older name; use {name!r}"]


def test_the_projects_macros_know_the_same_older_names() -> None:
    macros = resources.files("snowplow_signals.project").joinpath("macros", "signals_variables.sql").read_text("utf-8")
    section = macros[macros.index("set older") : macros.index("} -%}")]
    assert {older: name for name, older in re.findall(r"'(\w+)': '(\w+)'", section)} == OLDER_NAMES


def test_a_name_that_is_near_another_is_proposed() -> None:
    with pytest.raises(UsageError) as refused:
        checked({"snowplow__start_data": "2025-01-01"}, "dbt_project.yml")
    assert str(refused.value) == (
        "dbt_project.yml: there is no variable 'snowplow__start_data'; did you mean 'snowplow__start_date'?"
    )


def test_all_wrong_names_are_said_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        checked({"snowplow__app_ids": [], "snowplow__app_id": [], "snowplow__as_of": "x"}, "--vars")
    assert str(refused.value).splitlines() == [
        "--vars: there is no variable 'snowplow__app_ids'; did you mean 'snowplow__app_id'?",
        "--vars: there is no variable 'snowplow__as_of'; did you mean 'snowplow__as_of_date'?",
    ]


@pytest.mark.parametrize("name", ["snowplow_start_date", "Snowplow__Start_Date", "snowplow-start-date"])
def test_another_spelling_of_one_of_ours_is_not_somebody_elses(name: str) -> None:
    with pytest.raises(UsageError, match="did you mean 'snowplow__start_date'"):
        checked({name: "2025-01-01"}, "--vars")


def test_a_name_that_is_near_to_none_is_answered_with_all() -> None:
    with pytest.raises(UsageError, match="the variables are snowplow__start_date, snowplow__app_id, "):
        checked({"snowplow__zzz": 1}, "--vars")


WRONG: dict[str, list[object]] = {
    "date": ["hello", "2025-13-01", "2025-02-30", "2025-1-1", "20250101", 20250101, datetime(2025, 1, 1), [], True, ""],
    "list": ["shop", 7, {"a": "b"}, [1], [None], [["a"]], [True], date(2025, 1, 1)],
    "days": ["3", 1.5, True, [3], -2, 36_501, 99_999_999_999, math.inf],
    "number": ["3", 1.5, False, -1, 2**31],
    "flag": ["true", "maybe", 1, 0, [True]],
    "text": [5, 1.5, ["a"], {"a": 1}, "", True, date(2025, 1, 1)],
}


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_every_value_of_another_kind_is_refused_by_name(variable: Variable) -> None:
    wrong = [*WRONG[variable.kind], *([] if variable.default in (None, ()) else [None])]
    for value in wrong:
        with pytest.raises(UsageError, match=f"^--vars: {variable.name} must be .*, not .+"):
            checked({variable.name: value}, "--vars")


def test_a_day_may_be_written_with_or_without_quotes() -> None:
    assert checked({"snowplow__as_of_date": date(2025, 1, 31)}, "") == ({"snowplow__as_of_date": "2025-01-31"}, [])
    assert checked({"snowplow__start_date": "2024-02-29"}, "") == ({"snowplow__start_date": "2024-02-29"}, [])


def test_a_number_where_a_text_is_meant_is_answered_with_the_text() -> None:
    with pytest.raises(UsageError, match=re.escape("a list of texts, such as ['7', 'web'], not [7, 'web']")):
        checked({"snowplow__app_id": [7, "web"]}, "--vars")
    with pytest.raises(UsageError, match=re.escape("(in quotes: '2024'), not 2024")):
        checked({"snowplow__atomic_schema": 2024}, "--vars")


def test_the_project_holds_every_variable_with_its_default() -> None:
    text = dbt_project(PLAN, DUCKDB, {})
    for variable in VARIABLES:
        assert f"  # {variable.meaning}\n" in text
    values = yaml.safe_load(text)["vars"]
    expected = {item.name: item.default for item in VARIABLES if item.default is not None}
    assert values == {name: list(value) if isinstance(value, tuple) else value for name, value in expected.items()}
    assert "  # snowplow__as_of_date:\n" in text


@pytest.mark.parametrize(
    "values",
    [
        {"snowplow__app_id": ["web", "it's: #1", "{{ x }}", "🛒"], "snowplow__backfill_limit_days": 30},
        {"snowplow__database": None, "snowplow__start_date": "2024-02-29", "snowplow__allow_refresh": True},
        {"mine": {"nested": [1, 2.5, None]}, "snowplow__reprocess_days": 9, "snowplow__events_table": "on"},
    ],
)
def test_the_users_values_survive(values: dict) -> None:
    kept = yaml.safe_load(dbt_project(PLAN, DUCKDB, values))["vars"]
    assert {name: kept[name] for name in values} == values
