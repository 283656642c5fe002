"""The installed command on Spark: each time a session of its own, over tables and a catalogue that are kept."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.e2e import shop, spark_lake
from tests.e2e.command import COMMAND, typed
from tests.e2e.test_postgres import DEFINITIONS, PROJECT

AS_OF = ("--full-scan", "--as-of", shop.AS_OF.isoformat())

pytestmark = pytest.mark.long


def test_a_killed_run_is_completed_by_the_next(tmp_path: Path) -> None:
    environment = spark_lake.environment()
    definitions = tmp_path / "definitions.py"
    definitions.write_text(DEFINITIONS)
    typed("init", "--target-type", "spark", "--definitions", definitions, "--repo-path", tmp_path)
    typed("generate", "--repo-path", tmp_path)
    spark_lake.make(tmp_path)
    spark_lake.output_of(tmp_path, "load", 0, 40, 6)
    typed("run", "--repo-path", tmp_path, *AS_OF, **environment)
    spark_lake.output_of(tmp_path, "load", 40, 60, 8)
    _killed_while_it_writes(tmp_path, environment)
    refused = typed("run", "--repo-path", tmp_path, *AS_OF, exit_code=1, **environment)
    assert "Another run of shop_1 is in progress" in " ".join(refused.stderr.split())
    assert spark_lake.output_of(tmp_path, "time_passes", PROJECT) == 1
    typed("run", "--repo-path", tmp_path, *AS_OF, **environment)
    assert spark_lake.output_of(tmp_path, "differing", definitions) == []
    assert "0 of" in typed("verify", "--repo-path", tmp_path, "--all", **environment).stdout
    typed("sync", "--repo-path", tmp_path, **environment)
    assert '"events":' in typed("profile", "get", "user-1", "--repo-path", tmp_path, "--format", "json").stdout


def _killed_while_it_writes(folder: Path, environment: dict[str, str]) -> None:
    """By SIGKILL, once the second chunk is marked."""
    log = folder / "warehouse" / f"signals_snowplow_manifest.db/{PROJECT}_entity_day_manifest/_delta_log"
    before = len(list(log.glob("*.json")))
    arguments = [COMMAND, "run", "--repo-path", str(folder), *AS_OF]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | environment, text=True
    )
    while process.poll() is None and len(list(log.glob("*.json"))) == before:
        time.sleep(0.05)
    process.kill()
    said = process.communicate()
    assert process.returncode == -signal.SIGKILL, said
