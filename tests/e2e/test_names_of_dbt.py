"""Where dbt puts the tables is where everything looks for them: schemas, names, packages, layouts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import VIEW, event
from tests.warehouses import WAREHOUSES

from snowplow_signals.errors import DefinitionError
from snowplow_signals.inspect.status import project_status
from snowplow_signals.inspect.verify import verify_project
from snowplow_signals.stores import open_store
from snowplow_signals.sync import sync_project
from snowplow_signals.workspace.projects import Project, batch_source

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
MACROS = """
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ 'own_' ~ target.name ~ '_' ~ (custom_schema_name or 'main') }}
{%- endmacro %}

{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {{ 'mine_' ~ (custom_alias_name or node.name) }}
{%- endmacro %}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {{ target.database }}
{%- endmacro %}
"""
ATTRIBUTES = f"own_dev_derived.mine_{PROJECT}_attributes"


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield habits.make(tmp_path, request.param, ROWS)
    WAREHOUSES[request.param].drop(tmp_path)


def test_schemas_and_names_of_the_projects_own_macros(place: Place) -> None:
    (place.folder / "macros" / "names.sql").write_text(MACROS)
    place.run("dev")
    assert place.wrong(ATTRIBUTES) == []
    place.load(event(30, "user-1", 6), event(31, "user-9", 3))
    place.dbt("build")
    assert place.wrong(ATTRIBUTES) == []
    place.load(event(40, "user-2", 7))
    place.run("dev")
    assert place.wrong(ATTRIBUTES) == []
    with place.opened("dev") as deployed:
        assert deployed.was_run
        assert deployed.published() is not None
        assert project_status(deployed, deployed.published().planned_at).published is not None
        assert verify_project(deployed).differing == 0
    configs = place.folder / "configs"
    configs.mkdir()
    project = Project(place.folder, VIEW, place.kind)
    (configs / "base_config.json").write_text(project.base_config)
    with place.opened("dev") as deployed:
        database = deployed.warehouse.database
    (configs / "batch_source_config.json").write_text(json.dumps(batch_source(VIEW, database, "dev").to_json()))
    with open_store(place.root / "profiles.sqlite") as store:
        result = sync_project(place.folder, profiles_dir=place.root, store=store)
    assert (result.rows_written, result.warnings) == (4, ())
    assert result.source is not None
    assert f"{result.source.schema_}.{result.source.table}" == ATTRIBUTES


def test_a_package_of_a_project_that_names_its_own_way(place: Place) -> None:
    root = place.root / "company"
    (root / "macros").mkdir(parents=True)
    (root / "macros" / "names.sql").write_text(MACROS)
    declared = {"name": "company", "version": "1.0.0", "profile": "snowplow_batch_engine", "config-version": 2}
    (root / "dbt_project.yml").write_text(yaml.safe_dump(declared))
    (root / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": f"../{PROJECT}"}]}))
    place.dbt("deps", project=root)
    place.dbt("build", project=root)
    place.load(event(30, "user-1", 6), event(31, "user-9", 3))
    place.dbt("build", project=root)
    place.dbt("build", project=root)
    assert place.wrong(ATTRIBUTES) == []


def test_tables_of_another_layout_are_refused_before_anything_is_written(place: Place) -> None:
    place.run("dev")
    place.execute(f"delete from dev_snowplow_manifest.{PROJECT}_definition where part = 'layout'")
    place.load(event(30, "user-1", 6))
    before = place.stored("dev")
    with pytest.raises(DefinitionError, match="another version of snowplow-batch-engine made them"):
        place.run("dev")
    assert "another version of snowplow-batch-engine made them" in place.dbt("build", succeeds=False)
    place.dbt("run", "--select", f"{PROJECT}_chunk_manifest", succeeds=False)
    assert place.stored("dev") == before
    place.run("dev", full_refresh=True)
    assert place.wrong(f"dev_derived.{PROJECT}_attributes") == []
