"""Tables of Spark in a folder, with a catalogue of Hive's beside them, so that one process after another can use them.

As a program (`python -m tests.e2e.spark_lake FOLDER load|differing|time_passes`) it does one thing in a session of its
own, and writes what it found as JSON: a process has one session, and that of the tests keeps its tables to itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tests import harness, reference
from tests.e2e import shop
from tests.histories.columns import COLUMNS
from tests.spark_warehouse import SETTINGS, java_home
from tests.warehouses import PROFILE, SCHEMA, WAREHOUSES

from snowplow_signals.definitions.loading import load_views

SPARK = WAREHOUSES["spark"]


def environment() -> dict[str, str]:
    return {"JAVA_HOME": java_home(), "SPARK_LOCAL_IP": "127.0.0.1"}


def settings(folder: Path) -> dict[str, str]:
    """Those of the tests, with the tables and the catalogue in a folder."""
    return SETTINGS | {
        "spark.master": "local[2]",
        "spark.log.level": "OFF",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": (
            f"{SETTINGS['spark.driver.extraJavaOptions']} -Dderby.stream.error.file={folder / 'derby.log'}"
        ),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder / 'metastore'};create=true",
    }


def make(folder: Path) -> None:
    """The profile."""
    output = {"type": "spark", "method": "session", "host": "localhost", "schema": SCHEMA, "threads": 2}
    output["server_side_parameters"] = settings(folder)
    (folder / "profiles.yml").write_text(yaml.safe_dump({PROFILE: {"target": "dev", "outputs": {"dev": output}}}))


def output_of(folder: Path, what: str, *arguments: object) -> Any:
    """What the program says."""
    command = [sys.executable, "-m", "tests.e2e.spark_lake", str(folder), what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment(), check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def load(session: Any, first: str, last: str, day: str) -> int:
    """Events of four users, on the days up to one."""
    numbers = range(int(first), int(last))
    rows = [shop.event(number, f"user-{number % 4}", number % int(day), se_value=0.1) for number in numbers]
    SPARK.write_events(session, rows, COLUMNS)
    return len(rows)


def differing(session: Any, definitions: str) -> list[str]:
    view = load_views(Path(definitions))[0]
    rows = SPARK.query(session, "select * from atomic.events")
    table = SPARK.query(session, f"select * from {harness.DERIVED}.{view.project_name}_attributes")
    names = [attribute.name for attribute in view.attributes]
    found = {row[view.entity.identifier]: {name: row[name] for name in names} for row in table}
    return harness.differences(view, found, reference.compute(view, rows, as_of=shop.AS_OF))


def time_passes(session: Any, project: str) -> int:
    """The lease of whoever was killed ends; gives how many there were."""
    lease = f"{harness.MANIFEST}.{project}_lease"
    found = session.sql(f"select * from {lease}").count()
    session.sql(f"update {lease} set until = timestamp_ntz '2025-01-01 00:00:00'")
    return found


def main(folder: str, what: str, *arguments: str) -> None:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("lake").enableHiveSupport()
    for name, value in settings(Path(folder)).items():
        builder = builder.config(name, value)
    functions = {"load": load, "differing": differing, "time_passes": time_passes}
    print(json.dumps(functions[what](builder.getOrCreate(), *arguments)))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
