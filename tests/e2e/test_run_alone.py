"""One writer at a time, and what a killed run leaves behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.e2e import shop
from tests.e2e.shop import event

from snowplow_signals.errors import BusyError
from snowplow_signals.stores import open_store

ROWS = [event(number, f"user-{number % 3}", number) for number in range(6)]

# A run that stops before a model until it is killed.
STUCK_RUN = """
import sys, time
from datetime import date
from pathlib import Path
from snowplow_signals.run.runner import run_project

class Stop:
    def step(self, phase, model, done, total, rows_done, rows_in_sight):
        if model == sys.argv[2]:
            print("here", flush=True)
            time.sleep(60)

folder = Path(sys.argv[1])
run_project(folder, profiles_dir=folder.parent, as_of=date(2025, 3, 10), progress=Stop())
"""


def stuck_run(project: shop.Shop, model: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", STUCK_RUN, str(project.folder), model], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "here\n"
    return process


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.long
def test_a_second_run_stops_and_a_killed_one_frees_the_database(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    process = stuck_run(project, "filtered_events")
    try:
        started = time.perf_counter()
        with pytest.raises(BusyError, match=r"another run, or another program, holds .*shop_1.*PID"):
            project.run()
        assert time.perf_counter() - started < 20
        with (
            open_store(tmp_path / "profiles.sqlite") as store,
            pytest.raises(BusyError, match="holds the database"),
        ):
            project.sync(store)
    finally:
        kill(process)
    result = project.run()
    assert result.rows["rows_used"] == 6
    assert {name: row["events"] for name, row in project.attributes().items()} == {f"user-{n}": 2 for n in range(3)}

    project.load(event(20, "user-0", 6))
    kill(stuck_run(project, "attributes"))
    assert project.run().entities == 3
    assert project.attributes()["user-0"]["events"] == 3
    assert project.run().changed_nothing
