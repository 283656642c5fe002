"""A project that a company's own dbt project has as a package: every command follows what that one makes of it."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests import harness, reference, warehouses
from tests.e2e.command import dbt, typed
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import AS_OF, VIEW, event
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import Service, workspace
from snowplow_signals.errors import UsageError, WorkspaceError
from snowplow_signals.inspect.preview import preview_view
from snowplow_signals.plan import plan_view
from snowplow_signals.plan.lineage import lineage
from snowplow_signals.project.variables import project_variables

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
START = date(2025, 3, 2)

SCHEMAS = """
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ 'own_' ~ (custom_schema_name or 'main') }}
{%- endmacro %}
"""
NAMES = """
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {{ 'mine_' ~ (custom_alias_name or node.name) }}
{%- endmacro %}
"""
DATABASES = """
{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {{ target.database }}
{%- endmacro %}
"""
PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "dbt.md").read_text("utf-8")
AS_PACKAGE, COMMANDS = re.findall(r"^```(?:yaml|bash)\n(.*?)^```", PAGE, re.M | re.S)
OF_THE_PAGE = "../signals/batch_ecommerce_attributes_1"
NAMED = f"{PROJECT}_attributes"


@dataclass(frozen=True)
class Ways:
    """How a company's project names: macros, and settings of the package's models."""

    macros: str
    settings: Mapping[str, Any]
    attributes: str
    """Where the attributes are then, but for their database."""


WAYS = {
    "nothing said": Ways("", {}, f"mart_derived.{NAMED}"),
    "macros": Ways(SCHEMAS + NAMES + DATABASES, {}, f"own_derived.mine_{NAMED}"),
    "one schema": Ways(SCHEMAS, {"+schema": "signals"}, f"own_signals.{NAMED}"),
    "settings": Ways("", {"+schema": "marts", "publish": {NAMED: {"+alias": "shop_people"}}}, "mart_marts.shop_people"),
}


@dataclass(frozen=True)
class Company(Place):
    """A dbt project in `company`, with profile and variables of its own, and a generated project as its package."""

    @property
    def project(self) -> Path:
        return self.root / "company"

    def typed(self, *words: str, **options: Any) -> str:
        return typed(*words, "--repo-path", self.project.name, folder=self.root, **options).stdout

    def built(self) -> str:
        words = self.dbt("build", "--profiles-dir", str(self.project), project=self.project)
        if self.kind == "duckdb":  # dbt keeps the database, which the next command is to have
            from dbt.adapters.duckdb.connections import DuckDBConnectionManager

            DuckDBConnectionManager.close_all_connections()
        return words

    def schemas(self) -> set[str]:
        """Where there are tables of the project, in any database."""
        with warehouses.connected(self.root) as (warehouse, connection):
            asked = "select table_schema from information_schema.tables where table_name like '%_manifest'"
            return {row["table_schema"] for row in warehouse.query(connection, asked)}

    def differing(self, attributes: str) -> list[str]:
        found = {row["domain_userid"]: row for row in harness.read_table(self.root, attributes)}
        events = harness.read_table(self.root, "atomic.events")
        expected = reference.compute(self.view, events, as_of=AS_OF, start_date=START)
        read = WAREHOUSES[self.kind].value
        values = {
            one: {item.name: read(row[item.name], item.type) for item in self.view.attributes}
            for one, row in found.items()
        }
        return harness.differences(self.view, values, expected)


Make = Callable[..., Company]


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    kind = request.param

    def make(ways: Ways = WAYS["nothing said"], more: Mapping[str, Any] | None = None) -> Company:
        harness.make_workspace(tmp_path, ROWS, WAREHOUSES[kind].columns(EVENTS_COLUMNS), kind)
        place = Company(tmp_path)
        output = yaml.safe_load((tmp_path / "profiles.yml").read_text())["snowplow_batch_engine"]["outputs"]["dev"]
        workspace.init([VIEW], kind, tmp_path)
        workspace.generate(tmp_path)
        (place.project / "macros").mkdir(parents=True)
        (place.project / "macros" / "names.sql").write_text(ways.macros)
        profile = {"company": {"target": "dev", "outputs": {"dev": {**output, "schema": "mart"}}}}
        (place.project / "profiles.yml").write_text(yaml.safe_dump(profile))
        declared = {
            "name": "company",
            "version": "1.0.0",
            "profile": "company",
            "config-version": 2,
            "models": {PROJECT: ways.settings},
            "vars": {
                "snowplow__start_date": "2025-01-15",
                "snowplow__of_another_package": 1,
                "snowplow__as_of_date": AS_OF.isoformat(),
                PROJECT: {"snowplow__start_date": START.isoformat()},
            },
        }
        (place.project / "dbt_project.yml").write_text(yaml.safe_dump({**declared, **(more or {})}))
        (place.project / "packages.yml").write_text(AS_PACKAGE.replace(OF_THE_PAGE, f"../{PROJECT}"))
        place.dbt("deps", project=place.project)
        return place

    yield make
    WAREHOUSES[kind].drop(tmp_path)


@pytest.mark.parametrize("company", ["duckdb"], indirect=True)
def test_dbt_documents_what_attributes_come_from_and_who_reads_them(company: Make) -> None:
    place = company()
    reading = Service(name="checkout", views=[VIEW], owner="checkout@example.com", description="Reads {{ this }}")
    other = Service(name="other", views=[{"name": "elsewhere"}], owner="other@example.com")
    workspace.init([VIEW], place.kind, place.root, services=[reading, other])
    workspace.generate(place.root)
    dbt("docs", "generate", "--project-dir", place.project, "--profiles-dir", place.project)
    manifest = json.loads((place.project / "target" / "manifest.json").read_text())
    assert list(manifest["exposures"]) == [f"exposure.{PROJECT}.checkout"]
    exposure = manifest["exposures"][f"exposure.{PROJECT}.checkout"]
    assert exposure["owner"]["email"] == "checkout@example.com"
    assert exposure["description"] == "Reads {{ this }}"
    assert exposure["depends_on"]["nodes"] == [f"model.{PROJECT}.{NAMED}"]
    model = manifest["nodes"][f"model.{PROJECT}.{NAMED}"]
    assert model["meta"]["owner"] == VIEW.owner
    graph = lineage(plan_view(VIEW))
    for attribute in VIEW.attributes:
        found = model["columns"][attribute.column]["meta"]["comes_from"]
        sources = graph.properties(graph.attribute(VIEW, attribute.name))
        assert found == {name: ", ".join(roles) for name, roles in sources.items()}
    workspace.init([VIEW], place.kind, place.root)  # nobody reads it any more
    [done] = workspace.generate(place.root)
    assert done.removed == ("models/exposures.yml",)
    assert done.changed == ("catalog.json",)


@pytest.mark.parametrize(
    ("company", "ways"),
    [
        ("duckdb", "nothing said"),
        ("postgres", "macros"),
        *(
            pytest.param(kind, ways, marks=pytest.mark.long)
            for kind in ("duckdb", "postgres")
            for ways in WAYS
            if (kind, ways) not in (("duckdb", "nothing said"), ("postgres", "macros"))
        ),
    ],
    indirect=["company"],
)
def test_every_command_follows_the_project_that_has_it_as_a_package(company: Make, ways: str) -> None:
    attributes = WAYS[ways].attributes
    place = company(WAYS[ways])
    place.typed("run")  # as the page has it
    assert f"snowplow-batch-engine run --repo-path {place.project.name}\n" == COMMANDS
    schemas = place.schemas()
    assert not any(schema.startswith("signals_") for schema in schemas)  # as it would be by itself
    assert place.differing(attributes) == []
    place.load(event(30, "user-1", 6), event(31, "user-9", 3))
    place.built()
    assert place.differing(attributes) == []
    place.load(event(40, "user-2", 7))
    place.typed("run")
    assert place.differing(attributes) == []
    assert place.schemas() == schemas

    status = json.loads(place.typed("status", "--format", "json"))["projects"][0]
    assert (status["was_run"], status["published"]["entities"], len(status["runs"])) == (True, 4, 3)
    verified = json.loads(place.typed("verify", "--all", "--from-source", "--format", "json"))["projects"][0]
    assert (verified["entities"], verified["differing"], verified["warnings"]) == (4, 0, [])
    explained = json.loads(place.typed("explain", "user-1", "--format", "json"))
    assert [item["value"] for item in explained["attributes"] if item["name"] == "events"] == [
        4
    ]  # without that of the first day
    synced = json.loads(place.typed("sync", "--format", "json"))["projects"][0]
    assert (synced["rows_written"], synced["warnings"]) == (4, [])
    profile = place.typed("profile", "get", "--view-name", "shop", "user-9", "--format", "json")
    assert json.loads(profile)["last_label"] == "label-31"
    kept = json.loads(next(place.project.glob("registry/batch_sources/*.json")).read_text())["batch_source"]
    assert f"{kept['schema']}.{kept['table']}" == attributes


def test_by_itself_in_an_attached_database_by_its_own_macro(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS)
    file = tmp_path / "profiles.yml"
    profiles = yaml.safe_load(file.read_text())
    profiles["snowplow_batch_engine"]["outputs"]["dev"]["attach"] = [
        {"path": str(tmp_path / "other.duckdb"), "alias": "other"}
    ]
    file.write_text(yaml.safe_dump(profiles))
    workspace.init([VIEW], "duckdb", tmp_path)
    workspace.generate(tmp_path)
    (tmp_path / PROJECT / "macros" / "databases.sql").write_text(
        "{% macro generate_database_name(custom_database_name=none, node=none) %}other{% endmacro %}"
    )
    where = ("--repo-path", tmp_path)
    days = ("--vars", f"{{snowplow__as_of_date: {AS_OF}}}")
    typed("run", *where, *days)
    harness.write_events(tmp_path, [event(30, "user-9", 3)])
    typed("run", *where, *days)
    status = json.loads(typed("status", *where, "--format", "json").stdout)["projects"][0]
    assert (status["published"]["entities"], len(status["runs"])) == (4, 2)
    verified = json.loads(typed("verify", "--all", *where, "--format", "json").stdout)["projects"][0]
    assert (verified["entities"], verified["differing"]) == (4, 0)
    typed("explain", "user-9", *where)
    synced = json.loads(typed("sync", *where, "--format", "json").stdout)["projects"][0]
    assert (synced["rows_written"], synced["warnings"]) == (4, [])
    kept = json.loads(next(tmp_path.glob("registry/batch_sources/*.json")).read_text())["batch_source"]
    assert (kept["database"], kept["schema"], kept["table"]) == ("other", "signals_derived", NAMED)
    with warehouses.connected(tmp_path) as (warehouse, connection):
        made = warehouse.query(connection, "select table_catalog from information_schema.tables")
    assert len(made) == 1  # nothing but the events in the target's own database


def test_a_preview_reads_the_events_that_the_company_names(company: Make) -> None:
    place = company(more={"vars": {PROJECT: {"snowplow__events_table": "happened"}}})
    place.execute("create view atomic.happened as select * from atomic.events where domain_userid = 'user-2'")
    profiles = yaml.safe_load((place.project / "profiles.yml").read_text())
    (place.project / "profiles.yml").write_text(yaml.safe_dump({"snowplow_batch_engine": profiles["company"]}))
    now = datetime(2025, 3, 10, 12)
    shown = preview_view(VIEW, place.project, window=timedelta(days=30), now=now)
    assert [row["domain_userid"] for row in shown.rows] == ["user-2"]
    assert preview_view(VIEW, place.root, window=timedelta(days=30), now=now).entities == 3


def test_variables_of_the_company_go_before_the_projects_own(company: Make) -> None:
    place = company(more={"vars": {"snowplow__start_date": "2025-02-01", "snowplow__sessions": 1, PROJECT: {"x": 1}}})
    installed = place.project / "dbt_packages" / PROJECT
    assert project_variables(installed)[0]["snowplow__start_date"] == "2025-02-01"
    assert "snowplow__sessions" not in project_variables(installed)[0]
    assert project_variables(place.folder)[0]["snowplow__start_date"] == "2025-01-01"
    declared = yaml.safe_load((place.project / "dbt_project.yml").read_text())
    declared["vars"][PROJECT] = {"snowplow__start_dat": "2025-02-01"}
    (place.project / "dbt_project.yml").write_text(yaml.safe_dump(declared))
    with pytest.raises(UsageError, match=r"company/dbt_project.yml: .* did you mean 'snowplow__start_date'"):
        project_variables(installed)


def test_which_folder_is_named(tmp_path: Path) -> None:
    """Nobody has to know where dbt puts packages, and nobody works beside the company's project without knowing it."""
    company = tmp_path / "company"
    company.mkdir()
    (company / "dbt_project.yml").write_text("name: company\nprofile: company\n")
    with pytest.raises(UsageError, match=r"holds no project; .* or install it into .*/dbt_packages with `dbt deps`"):
        workspace.projects(company)
    workspace.init([VIEW], "duckdb", tmp_path)
    workspace.generate(tmp_path)
    shutil.copytree(tmp_path / PROJECT, company / "dbt_packages" / PROJECT)
    (found,) = workspace.projects(company)
    assert (found.repo_path, found.profiles_dir) == (company, Path.home() / ".dbt")
    with pytest.raises(UsageError, match=r"holds the packages of a dbt project; use --repo-path .*/company$"):
        workspace.projects(company / "dbt_packages")
    with pytest.raises(WorkspaceError, match="copies that `dbt deps` made"):
        workspace.generate(company)
    (found,) = workspace.projects(tmp_path)
    assert (found.repo_path, found.profiles_dir) == (tmp_path, tmp_path)
