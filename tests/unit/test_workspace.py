"""What `init` makes of views, and what it refuses to touch."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from snowplow_signals import Attribute, BatchSource, Field, PageView, UsageError, View, WorkspaceError, user_entity
from snowplow_signals.errors import DefinitionError
from snowplow_signals.workspace import (
    BASE_CONFIG,
    BATCH_SOURCE_CONFIG,
    check_views,
    init,
    latest_of_view,
    projects,
    read_project,
    select_views,
)


def a_view(name: str = "shop", version: int = 1, days: int = 7, **more) -> View:
    views = Attribute(
        name="views", type="int64", aggregation="counter", events=[PageView()], period=timedelta(days=days)
    )
    given = {"entity": user_entity, "attributes": [views], "owner": "ann@shop.com", "offline": True, **more}
    return View(name=name, version=version, **given)


def everything(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_per_view_with_nothing_left_to_fill_in(tmp_path: Path) -> None:
    result = init([a_view(), a_view("media", 2)], "duckdb", tmp_path)
    assert result.projects == {"shop_1": "created", "media_2": "created"}
    assert read_project(tmp_path / "shop_1").views[0] == a_view()
    source = BatchSource.from_json((tmp_path / "media_2" / BATCH_SOURCE_CONFIG).read_text())
    assert (source.database, source.schema_, source.table) == ("events", "signals_derived", "media_2_attributes")
    assert (source.timestamp_field, source.owner, bool(source.description)) == ("updated_at", "ann@shop.com", True)
    output = yaml.safe_load((tmp_path / "profiles.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    assert (output["path"], output["schema"]) == (str(tmp_path / "events.duckdb"), "signals")


def test_the_definition_is_there_as_data(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    config = json.loads((tmp_path / "shop_1" / BASE_CONFIG).read_text())
    assert config["target_type"] == "duckdb"
    assert View.from_json(config["view"]) == a_view()


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    before = everything(tmp_path)
    assert init([a_view()], "duckdb", tmp_path).projects == {"shop_1": "unchanged"}
    assert everything(tmp_path) == before


def test_views_that_are_not_computed_are_left_out_and_named(tmp_path: Path) -> None:
    ready_made = a_view(
        "ready_made",
        attributes=[],
        fields=[Field(name="ltv", type="double")],
        batch_source=BatchSource(name="t", schema="s", table="t", timestamp_field="at"),
    )
    result = init([a_view(), a_view("live", offline=False), ready_made], "duckdb", tmp_path)
    assert list(result.projects) == ["shop_1"]
    assert "offline views only" in result.left_out["live_v1"]
    assert "fields" in result.left_out["ready_made_v1"]


def test_no_view_to_compute_is_an_error_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="offline=True"):
        init([a_view(offline=False)], "duckdb", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_changed_definition_under_the_same_version_is_refused_with_what_changed(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    before = everything(tmp_path)
    with pytest.raises(
        WorkspaceError, match=r"attribute views has changed\n.*version 2,.*--force, then `run --accept-changes`"
    ):
        init([a_view(days=8), a_view("other")], "duckdb", tmp_path)
    assert everything(tmp_path) == before
    assert init([a_view(days=8)], "duckdb", tmp_path, force=True).redefined == ("shop_1",)
    assert read_project(tmp_path / "shop_1").views[0] == a_view(days=8)


def test_descriptions_and_owners_may_change(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    assert init([a_view(owner="bob@shop.com")], "duckdb", tmp_path).projects == {"shop_1": "updated"}
    assert read_project(tmp_path / "shop_1").views[0].owner == "bob@shop.com"
    assert json.loads((tmp_path / "shop_1" / BATCH_SOURCE_CONFIG).read_text())["owner"] == "bob@shop.com"


def test_an_adapted_batch_source_stays(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path)
    file = tmp_path / "shop_1" / BATCH_SOURCE_CONFIG
    mine = {**json.loads(file.read_text()), "description": "mine"}
    file.write_text(json.dumps(mine))
    assert init([a_view()], "duckdb", tmp_path).projects == {"shop_1": "unchanged"}
    with pytest.raises(WorkspaceError, match="edited by hand"):
        init([a_view(owner="bob@shop.com")], "duckdb", tmp_path)
    assert json.loads(file.read_text()) == mine


@pytest.mark.parametrize("what", ["notes.txt", "configs/base_config.json"])
def test_a_foreign_folder_is_refused_and_nothing_is_written(tmp_path: Path, what: str) -> None:
    file = tmp_path / "shop_1" / what
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    with pytest.raises(WorkspaceError, match="shop_1"):
        init([a_view("other"), a_view()], "duckdb", tmp_path)
    assert everything(tmp_path) == {f"shop_1/{what}": "{}"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "shop_1").mkdir()
    assert init([a_view()], "duckdb", tmp_path).projects == {"shop_1": "created"}


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(WorkspaceError, match="is a file, not a folder"):
            init([a_view()], "duckdb", place)
    (tmp_path / "shop_1").write_text("x")
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        init([a_view()], "duckdb", tmp_path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="/dev/null"):
        init([a_view()], "duckdb", Path("/dev/null/x"))
    with pytest.raises(WorkspaceError, match="cannot be"):
        init([a_view()], "duckdb", tmp_path / ("long" * 100))


def test_a_users_profile_is_never_written_to(tmp_path: Path) -> None:
    profile = tmp_path / "profiles.yml"
    output = {"type": "duckdb", "path": "/data/lake.duckdb", "schema": "marts"}
    text = yaml.safe_dump({"snowplow_batch_engine": {"target": "prod", "outputs": {"prod": output}}})
    profile.write_text(text)
    assert not init([a_view()], "duckdb", tmp_path).profiles_written
    assert profile.read_text() == text
    source = json.loads((tmp_path / "shop_1" / BATCH_SOURCE_CONFIG).read_text())
    assert (source["database"], source["schema"]) == ("lake", "marts_derived")


def test_a_profile_for_another_database_is_refused(tmp_path: Path) -> None:
    init([a_view()], "duckdb", tmp_path, database=tmp_path / "a.duckdb")
    init([a_view("other")], "duckdb", tmp_path, database=tmp_path / "a.duckdb")
    with pytest.raises(WorkspaceError, match="names another database"):
        init([a_view("third")], "duckdb", tmp_path, database=tmp_path / "b.duckdb")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("snowplow_batch_engin: {}", "no profile 'snowplow_batch_engine'. Add it"),
        ("a: [", "is not valid YAML"),
        ("snowplow_batch_engine: {target: x, outputs: {}}", "no output 'x'"),
    ],
)
def test_a_profile_that_is_not_to_be_used_is_explained(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "profiles.yml").write_text(text)
    with pytest.raises(WorkspaceError, match=message):
        init([a_view()], "duckdb", tmp_path)
    assert not (tmp_path / "shop_1").exists()


@pytest.mark.parametrize("name", ["my events.duckdb", "temp.duckdb", "a.b.duckdb", "{{ x }}.duckdb"])
def test_a_database_is_named_after_its_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--database"):
        init([a_view()], "duckdb", tmp_path, database=tmp_path / name)


def test_paths_with_odd_characters_survive(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s: "odd" #1 ünï'
    init([a_view()], "duckdb", folder)
    output = yaml.safe_load((folder / "profiles.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
    assert output["path"] == str(folder / "events.duckdb")
    assert [project.name for project in projects(folder)] == ["shop_1"]


def test_an_unknown_target_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'duckdb'"):
        init([a_view()], "duckbd", tmp_path)


def test_projects_are_found_by_name(tmp_path: Path) -> None:
    init([a_view(), a_view(version=2), a_view("media")], "duckdb", tmp_path)
    (tmp_path / "notes").mkdir()
    assert [project.name for project in projects(tmp_path)] == ["media_1", "shop_1", "shop_2"]
    with pytest.raises(UsageError, match="did you mean 'shop_1'"):
        projects(tmp_path, "shp_1")
    assert latest_of_view(tmp_path, "shop")[0].name == "shop_2"
    assert latest_of_view(tmp_path, "shop", 1)[0].name == "shop_1"
    with pytest.raises(UsageError, match="no version 3 of view 'shop'; it holds: 1, 2"):
        latest_of_view(tmp_path, "shop", 3)
    with pytest.raises(UsageError, match="did you mean 'media'"):
        latest_of_view(tmp_path, "medai")


def test_no_projects_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        projects(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="holds no project"):
        projects(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 9}, "format 9"),
        ({"made_by": "me"}, "not made by"),
        ({"view": {}}, "changed, or made by another version"),
        ({"view": a_view("other").to_json()}, "its folder is called 'shop_1'"),
    ],
)
def test_a_broken_configuration_is_explained(tmp_path: Path, change: dict, message: str) -> None:
    init([a_view()], "duckdb", tmp_path)
    file = tmp_path / "shop_1" / BASE_CONFIG
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(WorkspaceError, match=message):
        read_project(tmp_path / "shop_1")


def test_views_are_selected_by_name_and_version() -> None:
    views = [a_view(), a_view(version=2), a_view("media")]
    assert select_views(views, None, None) == views
    assert select_views(views, "shop", 2) == [views[1]]
    with pytest.raises(UsageError, match="did you mean 'media'"):
        select_views(views, "medea", None)
    with pytest.raises(UsageError, match="of version 7"):
        select_views(views, "shop", 7)


def test_check_views_names_the_problems_of_all_views(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [view.name for view in check_views([a_view(), a_view("live", offline=False)], "duckdb")] == ["shop"]

    def refuse(view: View):
        raise DefinitionError(f"{view.name} is wrong")

    monkeypatch.setattr("snowplow_signals.workspace.validate.plan_of", refuse)
    with pytest.raises(DefinitionError, match=r"(?s)shop is wrong.*media is wrong"):
        check_views([a_view(), a_view("media")], "duckdb")
