"""What users do that nobody meant: odd names, closed files, wrong values. One message each, and nothing half-done."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e import unprivileged
from tests.e2e.command import EXAMPLE, installed, typed
from tests.e2e.unprivileged import Mode

PROJECT = "batch_ecommerce_attributes_1"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo path with a project that was run and synced."""
    folder = tmp_path_factory.mktemp("made") / "repo"
    typed("events", "generate", "--out", folder / "events.duckdb", "--days", 3, "--users", 20)
    typed("init", "--definitions", EXAMPLE, "--repo-path", folder)
    typed("generate", "--repo-path", folder)
    typed("run", "--repo-path", folder)
    typed("sync", "--repo-path", folder)
    return folder


@pytest.fixture
def repo(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    folder = tmp_path / "repo"
    shutil.copytree(made, folder)
    profiles = folder / "profiles.yml"
    profiles.write_text(profiles.read_text().replace(str(made), str(folder)))
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "a#b {{c}} {% é%20",
        pytest.param("a#b", marks=pytest.mark.long),
        pytest.param("a 'b' \"c\" 日本", marks=pytest.mark.long),
    ],
)
def test_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    repo = tmp_path / name
    typed("events", "generate", "--out", repo / "events.duckdb", "--days", 2, "--users", 20)
    typed("init", "--definitions", EXAMPLE, "--repo-path", repo)
    again = typed("init", "--definitions", EXAMPLE, "--repo-path", repo, "--database", repo / "events.duckdb")
    assert "unchanged" in again.stdout
    typed("generate", "--repo-path", repo)
    assert "done as of" in typed("run", "--repo-path", repo).stdout
    assert "published" in typed("status", "--repo-path", repo).stdout
    assert " 0 of " in typed("verify", "--repo-path", repo).stdout
    assert "rows changed" in typed("sync", "--repo-path", repo).stdout


@pytest.mark.parametrize("name", ["a?b", "a\\b"])
def test_a_folder_in_which_duckdb_keeps_no_file(tmp_path: Path, name: str) -> None:
    repo = tmp_path / name
    said = typed("init", "--definitions", EXAMPLE, "--repo-path", repo, exit_code=2).stderr
    assert "DuckDB cannot use a path with" in said
    assert "--database" in said
    assert not repo.exists()
    typed("init", "--definitions", EXAMPLE, "--repo-path", repo, "--database", tmp_path / "events.duckdb")
    said = typed("events", "generate", "--out", repo / "events.duckdb", exit_code=2).stderr
    assert "DuckDB cannot use a path with" in said


SHADOWS = ("enum", "types", "json", "select", "signal", "typing", "yaml", "dbt", "duckdb", "rich", "snowplow_signals")


@pytest.mark.long
def test_files_in_the_users_folder_are_nobodys_modules(repo: Path) -> None:
    """Neither ours, nor those of the programs that Python starts by itself while dbt works."""
    for name in SHADOWS:
        (repo / f"{name}.py").write_text("raise SystemError('the wrong module')")
    for command in ("run", "sync"):
        done = installed(command, "--repo-path", ".", folder=repo)
        assert "wrong module" not in done.stderr


@pytest.mark.parametrize(
    "name",
    ["json", "dbt", *(pytest.param(name, marks=pytest.mark.long) for name in SHADOWS if name not in ("json", "dbt"))],
)
def test_a_definitions_file_of_any_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text("import pyarrow, json, types, yaml, select\n" + EXAMPLE.read_text())
    assert "1, 4 attributes: valid" in installed("validate", "--definitions", file.name, folder=tmp_path).stdout


VALUES = (
    ("{snowplow__start_date: 2025-13-01}", "month must be in 1..12"),
    ("{snowplow__start_date: '2025-13-01'}", "snowplow__start_date must be a date such as 2025-01-31"),
    ("{snowplow__as_of_date: 0000-00-00}", "is not valid YAML"),
    ("{snowplow__load_lookback_days: 99999999999}", "must be between -1 and 36,500"),
    ("{snowplow__app_id: [1]}", "must be a list of texts, such as ['1'], not [1]"),
    ("{snowplow__include_current_day_in_windows: maybe}", "must be true or false"),
    ("{snowplow__atomic_schema: 5}", "in quotes: '5'"),
    ("{snowplow_start_date: 2025-01-01}", "did you mean 'snowplow__start_date'?"),
    ("{x: &x [*x]}", "is not valid YAML"),
    ("{x: {2025-01-01: 1}}", "keys must be"),
)


@pytest.mark.parametrize(("values", "words"), VALUES)
def test_wrong_variables_are_refused_alike_everywhere(made: Path, values: str, words: str) -> None:
    everywhere = (["verify"], ["explain", "x"]) if values == VALUES[0][0] else ()
    for command in (["run"], ["status"], *everywhere):
        said = typed(*command, "--repo-path", made, "--vars", values, exit_code=2).stderr
        assert words in said
        assert "Error: :" not in said


def test_a_profile_with_a_variable_of_the_environment(repo: Path) -> None:
    profiles = repo / "profiles.yml"
    profiles.write_text(
        profiles.read_text()
        .replace(f"path: {repo}", "path: \"{{ env_var('EVENTS_FOLDER') }}")
        .replace(".duckdb", '.duckdb"')
    )
    for command in ("status", "run"):
        typed(command, "--repo-path", repo, EVENTS_FOLDER=str(repo))
        said = typed(command, "--repo-path", repo, exit_code=2).stderr
        assert "Env var required but not provided: 'EVENTS_FOLDER'" in said


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("profiles.yml", "a: [", "is not valid YAML"),
        ("profiles.yml", "[1]", "must map names to values, not [1]"),
        ("profiles.yml", "snowplow_batch_engine: {target: [a], outputs: {}}", "must be the name of one of its outputs"),
        (f"{PROJECT}/dbt_project.yml", "a: 2025-13-01", "is not valid YAML"),
        (f"{PROJECT}/configs/base_config.json", "[" * 3000, "is not valid JSON"),
        (f"{PROJECT}/configs/generated.json", "[1]", "was not generated yet"),
        (
            f"{PROJECT}/configs/base_config.json",
            '{"made_by": "snowplow-batch-engine", "format": 1, "view": 5}',
            "was changed, or made by another version",
        ),
    ],
)
def test_files_that_somebody_broke(repo: Path, file: str, text: str, words: str) -> None:
    (repo / file).write_text(text)
    for command in ("run", "status"):
        assert words in typed(command, "--repo-path", repo, exit_code=2).stderr


def test_a_project_that_lacks_a_file(repo: Path) -> None:
    (repo / PROJECT / "models" / "sources.yml").unlink()
    said = typed("run", "--repo-path", repo, exit_code=1).stderr
    assert said.startswith(f"Error: {PROJECT}: ")
    assert "a source named 'atomic.events' which was not found" in said
    typed("generate", "--repo-path", repo)
    typed("run", "--repo-path", repo)


def test_an_events_table_that_is_not_there(repo: Path) -> None:
    for command in ("run", "status", "verify"):
        said = typed(command, "--repo-path", repo, "--vars", "{snowplow__events_table: evnts}", exit_code=1).stderr
        assert f"{PROJECT}: there is no events table 'atomic.evnts'" in said
        assert "did you mean 'atomic.events'" in said


def test_a_store_that_cannot_be_written_is_read(repo: Path) -> None:
    store = repo / "profiles.sqlite"
    with Mode(0o444, store), Mode(0o555, repo):
        assert "fine" in unprivileged.typed("status", "--repo-path", repo).stdout
        assert "domain_userid" in unprivileged.typed("profile", "get", "--repo-path", repo, "x").stdout
        for command in (["sync"], ["profile", "erase", "x", "--key", "domain_userid"]):
            done = unprivileged.typed(*command, "--repo-path", repo)
            assert (done.returncode, "attempt to write a readonly database" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("closed", "command", "exit_code", "words"),
    [
        ("profiles.yml", ["run"], 2, "profiles.yml cannot be read: Permission denied"),
        (f"{PROJECT}/dbt_project.yml", ["status"], 2, "dbt_project.yml cannot be read: Permission denied"),
        (PROJECT, ["sync"], 2, "cannot be read: Permission denied"),
        (f"{PROJECT}/models", ["run"], 2, "it cannot be read"),
        ("events.duckdb", ["verify"], 1, "Permission denied"),
        ("profiles.sqlite", ["status"], 1, "could not be opened"),
        ("", ["init", "--definitions", EXAMPLE], 2, "not readable"),
    ],
)
def test_what_cannot_be_read_is_named(
    repo: Path, closed: str, command: list[object], exit_code: int, words: str
) -> None:
    with Mode(0o000, repo / closed):
        done = unprivileged.typed(*command, "--repo-path", repo)
    assert (done.returncode, words in done.stderr) == (exit_code, True), done.stderr


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with Mode(0o555, tmp_path):
        for command in (
            ["init", "--definitions", EXAMPLE, "--repo-path", tmp_path / "repo"],
            ["events", "generate", "--out", tmp_path / "events.duckdb"],
            ["events", "generate", "--out", tmp_path / "folder"],
            ["demo", "--dir", tmp_path / "demo"],
        ):
            done = unprivileged.typed(*command)
            assert (done.returncode > 0, "ermission denied" in done.stderr) == (True, True), done.stderr


def test_a_project_that_may_not_be_written_is_named(repo: Path) -> None:
    models = repo / PROJECT / "models"
    (models / "schema.yml").unlink()
    with Mode(0o555, models):
        done = unprivileged.typed("generate", "--repo-path", repo)
    assert done.returncode > 0
    assert "ermission denied" in done.stderr


def test_a_fault_of_ours_is_said_to_be_one(repo: Path) -> None:
    program = (
        "import sys; from snowplow_signals import cli\n"
        "import snowplow_signals.workspace as w; w.projects = lambda *_: 1 / 0\n"
        "sys.argv = ['x', 'status']; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ZeroDivisionError: division by zero\nThis is a bug in snowplow-batch-engine")
