"""One project for all views of an entity, by the installed command: made, run, looked at, changed, refused."""

import json
from pathlib import Path

import duckdb
import pytest
from tests.e2e.command import typed

PROJECT = "domain_userid_views_1"
DEFINITIONS = """
from datetime import timedelta

from snowplow_signals import AtomicProperty, Attribute, Event, View, session_entity, user_entity

viewed = [Event(name="page_view")]
pages = Attribute(name="pages", type="int64", aggregation="counter", events=viewed)
url = Attribute(name="url", type="string", aggregation="last", property=AtomicProperty(name="page_url"))
events = Attribute(name="events", type="int64", aggregation="counter", period=timedelta(days=2))

reading = View(name="Reading", version=2, entity=user_entity, attributes=[pages], owner="ann@shop.com", offline=True)
latest = View(name="latest", entity=user_entity, attributes=[url, events], owner="bob@shop.com", offline=True)
visits = View(name="visits", entity=session_entity, attributes=[pages], owner="bob@shop.com", offline=True)
"""
AS_OF = ("--as-of", "2025-03-04")


def made(folder: Path, definitions: str, *more: object, exit_code: int = 0) -> str:
    """What `init` said, and `generate` after it."""
    (folder / "views.py").write_text(definitions)
    given = (
        "init",
        "--definitions",
        folder / "views.py",
        "--repo-path",
        folder / "repo",
        "--group-by",
        "entity",
        *more,
    )
    done = typed(*given, exit_code=exit_code)
    if not exit_code:
        typed("generate", "--repo-path", folder / "repo")
    return done.stdout + done.stderr


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A workspace with a few events, run and synced."""
    repo = tmp_path / "repo"
    made(tmp_path, DEFINITIONS)
    typed("events", "generate", "--days", 3, "--users", 60, "--start", "2025-03-01", "--out", repo / "events.duckdb")
    typed("run", "--repo-path", repo, *AS_OF)
    typed("sync", "--repo-path", repo)
    return repo


def rows(repo: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(repo / "events.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_views_of_an_entity_are_computed_together(repo: Path) -> None:
    projects = sorted(folder.name for folder in repo.iterdir() if (folder / "dbt_project.yml").exists())
    assert projects == ["domain_sessionid_views_1", PROJECT]
    assert "0 of" in typed("verify", "--repo-path", repo, "--all").stdout
    [(pages,)] = rows(repo, "select count(*) from signals_derived.reading_2_attributes")
    [(everybody,)] = rows(repo, "select count(*) from signals_derived.latest_1_attributes")
    assert 0 < pages <= everybody

    status = json.loads(typed("status", "--repo-path", repo, "--format", "json").stdout)
    of_users = next(project for project in status["projects"] if project["project"] == PROJECT)
    assert {view["view"]: view["entities"] for view in of_users["views"]} == {
        "Reading_v2": pages,
        "latest_v1": everybody,
    }
    assert "Reading_v2: " in typed("status", "--repo-path", repo).stdout
    assert typed("run", "--repo-path", repo, "--project-name", PROJECT, *AS_OF).stdout.count("nothing changed") == 1


def test_each_view_is_synced_read_and_explained_by_its_name(repo: Path) -> None:
    [(user,)] = rows(repo, "select min(domain_userid) from signals_derived.reading_2_attributes")
    read = json.loads(
        typed("profile", "get", user, "--repo-path", repo, "--view-name", "reading", "--format", "json").stdout
    )
    assert [(read["pages"],)] == rows(
        repo, f"select pages from signals_derived.reading_2_attributes where domain_userid = '{user}'"
    )
    listed = typed("profile", "get", "--repo-path", repo, "--view-name", "Reading").stdout.split()
    assert user in listed
    explained = typed("explain", user, "--repo-path", repo, "--view-name", "latest", "--attribute", "url").stdout
    assert "latest_v1:url = " in explained
    assert "Reading_v2" not in explained
    wrong = typed("explain", user, "--repo-path", repo, "--view-name", "latest", "--attribute", "pages", exit_code=2)
    assert "has no attribute 'pages'" in wrong.stderr


def test_a_view_comes_and_another_goes(repo: Path) -> None:
    more = (
        DEFINITIONS.replace(
            'latest = View(name="latest"',
            'counts = View(name="counts", entity=user_entity, attributes=[events], '
            'owner="ann@shop.com", offline=True)\nnobody = View(name="gone"',
        )
        .replace("nobody = View", "nobody_ = View")
        .replace("offline=True)\nvisits", "offline=False)\nvisits")
    )
    said = made(repo.parent, more)
    assert "attribute counts_v1:events is new" in said
    assert "attribute latest_v1:url is gone" in said
    assert not (repo / PROJECT / "configs" / "latest_1_batch_source_config.json").exists()
    plan = typed("plan", "--repo-path", repo, "--project-name", PROJECT).stdout
    assert "new: counts_v1:events" in plan
    assert "untouched: Reading_v2:pages" in plan
    typed("run", "--repo-path", repo, *AS_OF)
    assert "0 of" in typed("verify", "--repo-path", repo, "--all").stdout
    typed("sync", "--repo-path", repo, "--view-name", "counts")


def test_a_view_is_computed_by_one_project(repo: Path) -> None:
    one = ("init", "--definitions", repo.parent / "views.py", "--repo-path", repo, "--view-name", "latest")
    said = typed(*one, exit_code=2).stderr
    assert "view 'latest' version 1 is computed by" in said
    assert "use --group-by entity" in said
    alone = repo.parent / "alone"
    typed(*one[:4], alone, *one[5:])
    given = ("init", "--definitions", repo.parent / "views.py", "--repo-path", alone, "--group-by", "entity")
    said = typed(*given, exit_code=2).stderr
    assert "and drop its tables latest_1_attributes and latest_1_removed_entities" in said
    assert sorted(folder.name for folder in alone.iterdir() if folder.is_dir()) == ["latest_1"]


def test_a_view_of_another_entity_is_another_version(tmp_path: Path) -> None:
    made(tmp_path, DEFINITIONS)
    moved = DEFINITIONS.replace('name="latest", entity=user', 'name="latest", entity=session')
    said = made(tmp_path, moved, exit_code=2)
    assert "view 'latest' version 1 is not the one in" in said
    assert "entity has changed\nDeclare it as version 2" in said
    assert "attribute latest_v1:url is gone" in made(tmp_path, moved, "--force")
    # the folder of an entity that has no view any more computes on: another must not compute its views
    last = moved.replace('name="visits", entity=session', 'name="visits", entity=user')
    last = last.replace('name="latest", entity=session', 'name="latest", entity=user')
    said = made(tmp_path, last, "--force", exit_code=2)
    assert "view 'visits' version 1 is computed by" in said
    assert "Remove that folder, or declare the view, whose entity has changed, as version 2" in said


def test_an_entity_without_views_keeps_its_folder_and_init_says_so(tmp_path: Path) -> None:
    made(tmp_path, DEFINITIONS)
    said = made(tmp_path, DEFINITIONS[: DEFINITIONS.index("visits = ")])
    assert "domain_sessionid_views_1 stays as it is: there is no view of its entity now" in said
    assert (tmp_path / "repo" / "domain_sessionid_views_1" / "dbt_project.yml").exists()


def test_some_of_the_views_are_not_made_into_a_project(tmp_path: Path) -> None:
    for option in (("--view-name", "latest"), ("--view-version", 2), ("--project-name", "latest_1")):
        assert "cannot be combined" in made(tmp_path, DEFINITIONS, *option, exit_code=2)
    assert not (tmp_path / "repo").exists()


def test_what_cannot_be_computed_together_is_said_before_anything_is_written(tmp_path: Path) -> None:
    twice = (
        DEFINITIONS
        + 'again = View(name="LATEST", entity=user_entity, attributes=[url], owner="a@b.com", offline=True)\n'
    )
    said = made(tmp_path, twice, exit_code=2)
    assert "LATEST" in said
    assert not (tmp_path / "repo").exists()
