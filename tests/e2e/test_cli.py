"""Definitions to projects by the installed command: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest
from tests.documentation import COMMANDS
from tests.e2e.command import EXAMPLE, typed
from tests.e2e.test_cli_run import GENERATE

PROJECT = "batch_ecommerce_attributes_1"

WRONG = """
from datetime import timedelta
from snowplow_signals import Attribute, View, user_entity

a = Attribute(name="half_a_day", type="int64", aggregation="counter", period=timedelta(hours=12))
b = Attribute(name="no_property", type="double", aggregation="sum")
view = View(name="v", entity=user_entity, attributes=[a, b], owner="nobody", offline=True)
"""

LIVE = """
from snowplow_signals import Attribute, StreamAttributeGroup, user_entity

a = Attribute(name="events", type="int64", aggregation="counter")
view = StreamAttributeGroup(name="live", entity=user_entity, attributes=[a], owner="ann@shop.com")
"""


def init(repo: Path, *more: object, **options) -> str:
    return typed("init", "--definitions", EXAMPLE, "--repo-path", repo, *more, **options).stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["profile"],
        ["events"],
        ["dataset"],
        *[[name] for name in ("init", "generate", "validate", "run", "sync", "materialize", "demo")],
        ["profile", "get"],
        ["events", "generate"],
        ["events", "load"],
        ["dataset", "build"],
    ],
    ids=" ".join,
)
def test_help(words: list[str]) -> None:
    said = typed(*words, "--help").stdout
    assert "Usage: snowplow-batch-engine" in said
    assert "..." not in said.partition("Commands:")[2]


def test_version() -> None:
    assert typed("--version").stdout.startswith("snowplow-batch-engine ")


def test_wrong_use_leaves_with_2() -> None:
    assert "No such command" in typed("bogus", exit_code=2).stderr
    assert "No such option" in typed("run", "--bogus", exit_code=2).stderr
    assert "SNOWPLOW_DEFINITIONS" in typed("validate", exit_code=2).stderr


def test_validate_says_what_is_right() -> None:
    said = typed("validate", "--definitions", EXAMPLE).stdout
    assert "batch_ecommerce_attributes version 1, 4 attributes: valid" in said


def test_all_commands_but_these_print_documents() -> None:
    without = {name for name, one in COMMANDS.items() if not any("--format" in param.opts for param in one.params)}
    assert without == {"dataset sql", "demo", "serve", "console"}, "as docs/reference/cli.md says"


def test_what_is_shown_is_also_one_document(tmp_path: Path) -> None:
    found = json.loads(typed("validate", "--definitions", EXAMPLE, "--format", "json").stdout)
    assert found["target_type"] == "duckdb"
    [view] = found["views"]
    assert (view["name"], view["version"], view["attributes"]) == ("batch_ecommerce_attributes", 1, 4)
    assert view["is_computed"]
    made = json.loads(typed("init", "--definitions", EXAMPLE, "--repo-path", tmp_path, "--format", "json").stdout)
    assert made["projects"] == {"batch_ecommerce_attributes_1": "created"}
    assert (made["profiles_file"], made["profiles_written"]) == (str(tmp_path / "profiles.yml"), True)
    assert made["left_out"] == made["changes"] == {}
    [project] = json.loads(typed("generate", "--repo-path", tmp_path, "--format", "json").stdout)["projects"]
    assert project["folder"] == str(tmp_path / "batch_ecommerce_attributes_1")
    assert "catalog.json" in project["created"]
    into = tmp_path / "events.duckdb"
    events = json.loads(typed(*GENERATE, "--out", into, "--format", "json").stdout)
    assert (events["path"], events["days"], events["first_load"]) == (str(into), 3, "2025-03-01")
    assert events["rows"] > 0
    asked = ("test-connection", "--api-url", "http://127.0.0.1:9", "--format", "json")
    checks = json.loads(typed(*asked, exit_code=1).stdout)["checks"]
    assert set(checks) == {"authentication", "service"}
    assert all(state.startswith("failed, ") for state in checks.values())


def test_the_shell_completes_commands_and_options() -> None:
    for words, place, completed in (("snowplow-batch-engine st", 1, "status"), ("x run --for", 2, "--format")):
        asked = {"_SNOWPLOW_BATCH_ENGINE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        assert typed(**asked).stdout.split() == [completed]


def test_validate_names_every_error_at_once(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    done = typed("validate", "--definitions", file, exit_code=2)
    assert done.stdout == ""
    for words in ("half_a_day", "no_property", "nobody", "wrong.py:5", "wrong.py:6", "Error: 3 problems"):
        assert words in done.stderr, words


def test_an_error_shows_where_it_came_from_when_asked(tmp_path: Path) -> None:
    done = typed("run", "--repo-path", tmp_path, "--verbose", exit_code=2)
    assert "Traceback" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise ValueError('no luck')", "definitions.py:1: raised ValueError: no luck"),
        ("x = 1", "defines no View"),
        ("x = (", "SyntaxError"),
    ],
)
def test_a_definitions_file_that_is_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "definitions.py").write_text(text)
    assert words in typed("validate", "--definitions", tmp_path / "definitions.py", exit_code=2).stderr


def test_views_that_are_not_offline(tmp_path: Path) -> None:
    file = tmp_path / "live.py"
    file.write_text(LIVE)
    assert "offline views only" in typed("validate", "--definitions", file).stdout
    done = typed("init", "--definitions", file, "--repo-path", tmp_path / "repo", exit_code=2)
    assert "offline views only" in done.stderr
    assert not (tmp_path / "repo").exists()


def test_init_and_generate(tmp_path: Path) -> None:
    said = init(tmp_path / "repo")
    assert f"{PROJECT}: created" in said
    assert "Next: snowplow-batch-engine generate --repo-path" in said
    said = typed("generate", "--repo-path", tmp_path / "repo").stdout
    assert "files created" in said
    assert typed("generate", "--repo-path", tmp_path / "repo").stdout.count("unchanged") == 1
    assert f"{PROJECT}: unchanged" in init(tmp_path / "repo")


def test_options_come_from_the_environment(tmp_path: Path) -> None:
    there = {"SNOWPLOW_REPO_PATH": str(tmp_path / "repo"), "SNOWPLOW_TARGET_TYPE": "duckdb"}
    typed("init", SNOWPLOW_DEFINITIONS=str(EXAMPLE), SNOWPLOW_VIEW_NAME="batch_ecommerce_attributes", **there)
    assert (tmp_path / "repo" / PROJECT).is_dir()
    assert f"{PROJECT}: " in typed("generate", SNOWPLOW_PROJECT_NAME=PROJECT, **there).stdout
    assert (tmp_path / "repo" / PROJECT / "dbt_project.yml").is_file()
    said = typed("generate", SNOWPLOW_PROJECT_NAME="other", exit_code=2, **there).stderr
    assert "holds no project 'other'" in said
    said = typed("init", SNOWPLOW_DEFINITIONS=str(EXAMPLE), SNOWPLOW_TARGET_TYPE="oracle", exit_code=2).stderr
    assert "target type 'oracle'" in said


@pytest.mark.parametrize("word", ["view", "attribute-group"])
def test_a_view_is_chosen_by_either_spelling(tmp_path: Path, word: str) -> None:
    name, version = f"--{word}-name", f"--{word}-version"
    init(tmp_path / "repo", name, "batch_ecommerce_attributes", version, 1)
    assert (tmp_path / "repo" / PROJECT).is_dir()
    args = ("init", "--definitions", EXAMPLE, "--repo-path", tmp_path / "none")
    done = typed(*args, name, "batch_ecommerce_attribute", exit_code=2)
    assert "did you mean 'batch_ecommerce_attributes'" in done.stderr
    variable = f"SNOWPLOW_{word.upper().replace('-', '_')}_VERSION"
    assert "of version 7" in typed(*args, exit_code=2, **{variable: "7"}).stderr
    assert not (tmp_path / "none").exists()


def test_a_repo_path_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for words in (["init", "--definitions", EXAMPLE], ["generate"], ["run"], ["sync"], ["profile", "get", "x"]):
        done = typed(*words, "--repo-path", file, exit_code=2)
        assert "is a file, not a folder" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert file.read_text() == "mine"


def test_edited_by_hand(tmp_path: Path) -> None:
    init(tmp_path)
    typed("generate", "--repo-path", tmp_path)
    file = tmp_path / PROJECT / "models" / "schema.yml"
    file.write_text(file.read_text() + "# mine\n")
    done = typed("generate", "--repo-path", tmp_path, exit_code=2)
    assert str(file) in done.stderr
    assert "--force" in done.stderr
    assert file.read_text().endswith("# mine\n")
    assert "  changed models/schema.yml" in typed("generate", "--repo-path", tmp_path, "--force").stdout


def test_run_before_generate(tmp_path: Path) -> None:
    init(tmp_path)
    assert "was not generated yet" in typed("run", "--repo-path", tmp_path, exit_code=2).stderr
