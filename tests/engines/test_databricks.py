"""Databricks: the real dbt-databricks, in an environment of its own, with Spark and Delta Lake in Databricks' place.

dbt-databricks wants older versions of dbt's packages than the other adapters do, so that it cannot be beside them. Its
environment sees what is installed for the tests behind what it has itself.
"""

from __future__ import annotations

import json
import subprocess
import sysconfig
from importlib import resources
from pathlib import Path

import jinja2
import pytest
from tests.environments import python_with
from tests.warehouses import WAREHOUSES

ROOT = Path(__file__).parents[2]
PACKAGES = ("dbt-core>=1.11,<1.12", "dbt-databricks>=1.11,<1.12")


def the_python() -> Path:
    """The Python that has dbt-databricks, and behind it this package, its tests and what they need."""
    python = python_with("databricks", *PACKAGES)
    where = [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]
    own = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
    behind = (ROOT / "src", ROOT, sysconfig.get_paths()["purelib"])
    Path(own, "behind.pth").write_text("\n".join(map(str, behind)))
    return python


@pytest.mark.long
def test_a_project_runs_through_its_adapter(tmp_path: Path, record_property) -> None:
    """Parsed, compiled, run twice by `run` and once by `dbt build`; compared with the interpreter each time."""
    program = [the_python(), "-m", "tests.databricks_stand_in", str(tmp_path)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    record_property("databricks", found["version"])
    assert found["differences"] == []
    assert found["verified"] == 0
    assert found["training"] == [{"compared": 4 * 2 * 33 * 6, "different": 0}]
    assert found["entities"] == 5
    assert found["runs"] == 3
    assert found["rows"]["rows_used"] == 1
    assert "cluster by (domain_userid, day)" in found["clustered"]
    table = "insert into `hive_metastore`.`signals_derived`.`shop_1_daily_aggregates` replace where day = "
    assert f"{table}date '2025-03-06'" in found["replaced"]


@pytest.mark.spark
@pytest.mark.databricks
def test_wide_tables_are_clustered_by_a_column_at_their_end() -> None:
    """By Delta Lake on Spark. It refuses to cluster by a column of which it keeps no statistics."""
    wanted = ["domain_userid", "updated_at"]
    dialects = resources.files("snowplow_signals.dialects")
    layout = dialects.joinpath("databricks", "layout.sql").read_text("utf-8")
    macros = dialects.joinpath("spark", "macros.sql").read_text("utf-8")
    for name in ("signals_table_properties", "signals_text_literal"):
        begin = macros.index(f"{{% macro {name}(")
        layout += macros[begin : macros.index("{%- endmacro %}", begin)] + "{%- endmacro %}"
    settings = {"liquid_clustered_by": wanted, "tblproperties": {"team": "it's growth"}}
    template = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(layout)
    clause = template.make_module().signals_layout(settings)
    spark = WAREHOUSES["spark"]
    columns = ", ".join(f"{number} as c{number}" for number in range(40))
    query = f"select 'u' as domain_userid, {columns}, current_date() as updated_at"
    with spark.connection({}) as connection:
        spark.execute(connection, "create schema if not exists wide")
        spark.execute(connection, f"create or replace table wide.attributes using delta {clause} as {query}")
        detail = spark.query(connection, "describe detail wide.attributes")
        properties = spark.query(connection, "show tblproperties wide.attributes ('team')")
    assert detail[0]["clusteringColumns"] == wanted
    assert properties[0]["value"] == "it's growth"
