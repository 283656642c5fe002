"""What a project asks of its tables and statements in the warehouse's own terms is honoured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from tests import harness
from tests.engines.test_regressions import row
from tests.engines.test_statements import AS_OF, VIEW, WATCHED, Sent, _kept
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals.run.runner import run_project

MARK = "it's growth"


def statements_of_a_run(folder: Path, engine: str, **settings: object) -> list[str]:
    """What a first run sends when the models of its project have these settings."""
    warehouse, sent = WAREHOUSES[engine], Sent()
    harness.make_workspace(folder, [row("e1", se_label="a")], warehouse.columns(EVENTS_COLUMNS), engine)
    harness.write_project(folder / VIEW.project_name, VIEW, engine)
    file = folder / VIEW.project_name / "dbt_project.yml"
    content = yaml.safe_load(file.read_text())
    models = content.setdefault("models", {}).setdefault(VIEW.project_name, {})
    models |= {f"+{name}": value for name, value in settings.items()}
    file.write_text(yaml.safe_dump(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*_kept(*WATCHED[engine]))  # put back what `watch` replaces
        warehouse.watch(sent.seen)
        run_project(folder / VIEW.project_name, profiles_dir=folder, as_of=AS_OF)
    return sent.taken()


def test_query_tags_on_snowflake(tmp_path: Path) -> None:
    sent = statements_of_a_run(tmp_path, "snowflake", query_tag=MARK)
    tagged = [sql for sql in sent if sql.startswith("alter session set query_tag")]
    assert set(tagged) == {"alter session set query_tag = 'it''s growth'"}
    first = next(place for place, sql in enumerate(sent) if sql.startswith("create or replace"))
    assert sent.index(tagged[0]) < first


def test_labels_on_bigquery(tmp_path: Path) -> None:
    sent = statements_of_a_run(tmp_path, "bigquery", labels={"team": "growth"})
    made = [sql for sql in sent if sql.startswith("create or replace table")]
    assert made
    assert all("options (labels = [('team', 'growth')])" in sql for sql in made)


@pytest.mark.long
def test_table_properties_on_spark(tmp_path: Path) -> None:
    sent = statements_of_a_run(tmp_path, "spark", tblproperties={"team": MARK})
    made = [sql for sql in sent if sql.startswith("create or replace table")]
    assert made
    assert all(re.search(r"tblproperties \('team' = 'it\\'s growth'\)", sql) for sql in made)
    found = harness.read_table(tmp_path, f"{harness.DERIVED}.{VIEW.project_name}_attributes")
    assert [one["n"] for one in found] == [1]


def test_grants_on_postgres(tmp_path: Path) -> None:
    """Also of a table to which the run has nothing to write."""
    postgres = WAREHOUSES["postgres"]
    harness.make_workspace(tmp_path, [row("e1", se_label="a")], postgres.columns(EVENTS_COLUMNS), "postgres")
    harness.write_project(tmp_path / VIEW.project_name, VIEW, "postgres")
    file = tmp_path / VIEW.project_name / "dbt_project.yml"
    given = file.read_text()
    roles = [f"reader_{number}_{tmp_path.name.lower().replace('-', '_')}"[:60] for number in (1, 2)]
    with harness.connected(tmp_path) as connection:
        for role in roles:
            postgres.execute(connection, f"create role {role}")
    try:
        for number, role in enumerate(roles):
            harness.write_events(tmp_path, [row(f"more{number}", se_label="b")], postgres.columns(EVENTS_COLUMNS))
            content = yaml.safe_load(given)
            content.setdefault("models", {}).setdefault(VIEW.project_name, {})["+grants"] = {"select": [role]}
            file.write_text(yaml.safe_dump(content))
            run_project(tmp_path / VIEW.project_name, profiles_dir=tmp_path, as_of=AS_OF)
            for name in ("attributes", "removed_entities"):
                found = harness.read_table(
                    tmp_path,
                    "information_schema.role_table_grants",
                    f"table_name = '{VIEW.project_name}_{name}' and grantee like 'reader%'",
                )
                assert [one["grantee"] for one in found] == [role], name
    finally:
        with harness.connected(tmp_path) as connection:
            for role in roles:
                postgres.execute(connection, f"drop owned by {role}; drop role {role}")
