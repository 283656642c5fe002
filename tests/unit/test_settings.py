"""The variables that users tune: their names, their older names, and how they stand in a project."""

import re
from importlib import resources

import pytest
import yaml

from snowplow_signals import Attribute, View, user_entity
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError
from snowplow_signals.models.properties import dbt_project
from snowplow_signals.plan import plan_view
from snowplow_signals.settings import OLDER_NAMES, PREFIX, VARIABLES, check_names

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


def test_names_that_are_known_pass() -> None:
    assert check_names(dict.fromkeys(NAMES, 1), "dbt_project.yml") == []


def test_variables_of_others_are_none_of_our_business() -> None:
    assert check_names({"elementary": 1, "snowplow_start_date": 1, "signals__run": {}}, "--vars") == []


@pytest.mark.parametrize(("older", "name"), list(OLDER_NAMES.items()))
def test_older_names_are_taken_with_a_warning(older: str, name: str) -> None:
    assert name in NAMES
    assert older not in NAMES
    assert check_names({older: 3}, "--vars") == [f"--vars: {older!r} is an older name; please say {name!r}"]


def test_the_projects_macros_know_the_same_older_names() -> None:
    macros = resources.files("snowplow_signals.models").joinpath("macros", "signals_run.sql").read_text("utf-8")
    section = macros[macros.index("set older") : macros.index("} -%}")]
    assert {older: name for name, older in re.findall(r"'(\w+)': '(\w+)'", section)} == OLDER_NAMES


def test_a_name_that_is_near_another_is_proposed() -> None:
    with pytest.raises(UsageError) as refused:
        check_names({"snowplow__start_data": "2025-01-01"}, "dbt_project.yml")
    assert str(refused.value) == (
        "dbt_project.yml: there is no variable 'snowplow__start_data'; did you mean 'snowplow__start_date'?"
    )


def test_all_wrong_names_are_said_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        check_names({"snowplow__app_ids": [], "snowplow__app_id": [], "snowplow__as_of": "x"}, "--vars")
    assert str(refused.value).splitlines() == [
        "--vars: there is no variable 'snowplow__app_ids'; did you mean 'snowplow__app_id'?",
        "--vars: there is no variable 'snowplow__as_of'; did you mean 'snowplow__as_of_date'?",
    ]


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
