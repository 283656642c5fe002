"""What `generate` writes, keeps and refuses to overwrite."""

import json
from pathlib import Path

import pytest
import yaml
from tests.unit.test_workspace import a_view, everything

from snowplow_signals import UsageError, WorkspaceError
from snowplow_signals.workspace import generate, init, projects, require_generated


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    init([a_view()], "duckdb", tmp_path)
    generate(tmp_path)
    return tmp_path


def test_the_same_input_gives_the_same_bytes_and_touches_no_file(repo: Path) -> None:
    before = everything(repo)
    times = {file: file.stat().st_mtime_ns for file in repo.rglob("*") if file.is_file()}
    result = generate(repo)[0]
    assert (result.created, result.changed, result.removed) == ((), (), ())
    assert result.unchanged > 10
    assert everything(repo) == before
    assert {file: file.stat().st_mtime_ns for file in repo.rglob("*") if file.is_file()} == times


def test_a_changed_definition_changes_only_what_depends_on_it(repo: Path) -> None:
    init([a_view(days=8)], "duckdb", repo, force=True)
    with pytest.raises(UsageError, match="generate"):
        require_generated(projects(repo)[0])
    result = generate(repo)[0]
    assert result.changed
    assert result.created == ()
    assert "macros/signals_run.sql" not in result.changed
    require_generated(projects(repo)[0])


def test_a_project_that_was_not_generated_is_told(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    with pytest.raises(UsageError, match="not generated yet"):
        require_generated(projects(tmp_path)[0])


def test_edited_files_are_all_named_and_nothing_is_written(repo: Path) -> None:
    folder = repo / "shop_1"
    edited = [folder / "models" / "schema.yml", folder / "macros" / "signals_run.sql"]
    for file in edited:
        file.write_text(file.read_text() + "\n-- mine\n")
    (folder / "models" / "sources.yml").unlink()
    before = everything(repo)
    with pytest.raises(WorkspaceError) as raised:
        generate(repo)
    assert all(str(file) in str(raised.value) for file in edited)
    assert "--force" in str(raised.value)
    assert everything(repo) == before
    result = generate(repo, force=True)[0]
    assert sorted(result.changed) == ["macros/signals_run.sql", "models/schema.yml"]
    assert result.created == ("models/sources.yml",)
    assert "-- mine" not in "".join(everything(repo).values())


def test_an_edit_that_is_what_would_be_written_is_no_edit(repo: Path) -> None:
    (repo / "shop_1" / "configs" / "generated.json").unlink()
    assert generate(repo)[0].changed == ()


def test_a_file_that_generate_did_not_write_is_refused(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    file = tmp_path / "shop_1" / "models" / "schema.yml"
    file.parent.mkdir()
    file.write_text("mine")
    with pytest.raises(WorkspaceError, match=r"schema\.yml"):
        generate(tmp_path)
    assert file.read_text() == "mine"


def test_files_of_others_are_never_touched(repo: Path) -> None:
    mine = repo / "shop_1" / "models" / "mine.sql"
    mine.write_text("select 1")
    generate(repo, force=True)
    assert mine.read_text() == "select 1"


def test_files_that_no_longer_belong_are_removed(repo: Path) -> None:
    folder, manifest = repo / "shop_1", repo / "shop_1" / "configs" / "generated.json"
    generate(repo)
    content = json.loads(manifest.read_text())
    (folder / "old").mkdir()
    for name in ("gone.sql", "edited.sql"):
        (folder / "old" / name).write_text("old")
        content["files"][f"old/{name}"] = _hash_of("old")
    content["files"]["../outside.sql"] = _hash_of("old")
    (repo / "outside.sql").write_text("old")
    (folder / "old" / "edited.sql").write_text("mine")
    manifest.write_text(json.dumps(content))
    with pytest.raises(WorkspaceError, match=r"edited\.sql"):
        generate(repo)
    assert (folder / "old" / "gone.sql").exists()
    assert sorted(generate(repo, force=True)[0].removed) == ["old/edited.sql", "old/gone.sql"]
    assert not (folder / "old").exists()
    assert (repo / "outside.sql").exists()


def _hash_of(text: str) -> str:
    from snowplow_signals.workspace.files import digest

    return digest(text)


def test_users_values_of_variables_survive_with_their_layout(repo: Path) -> None:
    file = repo / "shop_1" / "dbt_project.yml"
    text = file.read_text().replace("snowplow__app_id: []", "snowplow__app_id:  # ours\n    - shop\n    - blog")
    file.write_text(text)
    assert generate(repo)[0].changed == ()
    assert file.read_text() == text
    init([a_view(days=8)], "duckdb", repo, force=True)
    generate(repo)
    assert file.read_text() == text


def test_values_survive_when_a_variable_is_new(repo: Path) -> None:
    file = repo / "shop_1" / "dbt_project.yml"
    text = file.read_text()
    head = text[: text.index("\nvars:") + 1]
    file.write_text(head + "vars:\n  snowplow__app_id: [shop]\n  mine: {a: 1}\n")
    assert generate(repo)[0].changed == ("dbt_project.yml",)
    values = yaml.safe_load(file.read_text())["vars"]
    assert (values["snowplow__app_id"], values["mine"]) == (["shop"], {"a": 1})
    assert values["snowplow__events_table"] == "events"


def test_the_rest_of_the_project_file_is_ours(repo: Path) -> None:
    file = repo / "shop_1" / "dbt_project.yml"
    file.write_text(file.read_text().replace("name: shop_1", "name: other"))
    with pytest.raises(WorkspaceError, match="dbt_project"):
        generate(repo)
    text = file.read_text().replace("name: other", "name: shop_1")
    file.write_text(text + "seeds: {}\n")
    with pytest.raises(WorkspaceError, match="dbt_project"):
        generate(repo)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  snowplow__app_idd: [x]\n", "did you mean 'snowplow__app_id'"),
        ("  shop_1: {snowplow__start_dat: x}\n", "did you mean 'snowplow__start_date'"),
        ("  a: [\n", "is not valid YAML"),
    ],
)
def test_wrong_variables_are_refused(repo: Path, line: str, message: str) -> None:
    file = repo / "shop_1" / "dbt_project.yml"
    file.write_text(file.read_text() + line)
    with pytest.raises(UsageError, match=message):
        generate(repo)


def test_older_names_are_taken_with_a_warning(repo: Path) -> None:
    file = repo / "shop_1" / "dbt_project.yml"
    file.write_text(file.read_text() + "  snowplow__reprocess_days: 9\n")
    assert "snowplow__late_event_lookback_days" in generate(repo)[0].warnings[0]


def test_windows_line_ends_are_no_edit(repo: Path) -> None:
    for file in (repo / "shop_1" / "models").rglob("*.sql"):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert generate(repo)[0].changed == ()


def test_a_file_with_other_bytes_is_an_edit(repo: Path) -> None:
    (repo / "shop_1" / "models" / "schema.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(WorkspaceError, match=r"schema\.yml"):
        generate(repo)
    generate(repo, force=True)


def test_a_folder_in_the_way_is_named(repo: Path) -> None:
    file = repo / "shop_1" / "models" / "schema.yml"
    file.unlink()
    file.mkdir()
    with pytest.raises(WorkspaceError, match=r"schema\.yml"):
        generate(repo)


def test_only_the_named_project_is_generated(tmp_path: Path) -> None:
    init([a_view(), a_view("media")], "duckdb", tmp_path)
    assert [result.project for result in generate(tmp_path, "media_1")] == ["media_1"]
    assert not (tmp_path / "shop_1" / "models").exists()
