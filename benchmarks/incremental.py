"""What one more day costs as history grows, beside one statement by hand and beside the least that must be read.

python benchmarks/incremental.py --events 10e6 --days 60 [--threads 2] [--dir DIR] [--lake DIR] [--steps 10,20,...]

For each length of history: the days before are loaded and brought up to date, one more day is loaded, the file is
settled and copied; then the day's run is repeated on copies of that file, each in a process of its own, and once more
to count the rows that it scans. Medians are reported, and all repetitions are in the JSON. See README.md beside this.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from group import view
from history import START, connected, copy, forget_signals, lake, load, settle
from report import Results, printed
from yardsticks import by_hand, floor

from snowplow_signals.workspace import generate, init

RESULT = Path(__file__).with_name("results") / "incremental.json"
RUN = Path(__file__).with_name("measured_run.py")
SUMMARY = ("wall_seconds", "run_seconds", "cpu_seconds", "models_seconds", "sql_seconds")
# so that a run brings in everything, as the statement by hand does; by default old late events wait, which is less work
NO_LATE_EVENT_WAITS = ("snowplow__late_event_lookback_days: 5", "snowplow__late_event_lookback_days: -1")
BY_MODEL = ("seconds_by_model", "sql_seconds_by_model")


class Bench:
    """A folder with the events' database, its copies, and the project that reads the copy `current.duckdb`."""

    def __init__(self, folder: Path, lake_folder: Path, threads: int, repetitions: int) -> None:
        self.threads = threads
        self.repetitions = repetitions
        self.lake = lake_folder
        self.history = folder / "history.duckdb"
        self.current = folder / "current.duckdb"
        self.project = self._made_project(folder / "repo")
        self.loaded = 0

    def _made_project(self, repo: Path) -> Path:
        self._initialize(repo)
        generate(repo)
        profiles = repo / "profiles.yml"
        text = profiles.read_text().replace("threads: 2", f"threads: {self.threads}")
        profiles.write_text(f"{text.rstrip()}\n      settings:\n        threads: {self.threads}\n")
        [project] = repo.glob("*/dbt_project.yml")
        project.write_text(project.read_text().replace(NO_LATE_EVENT_WAITS[0], NO_LATE_EVENT_WAITS[1]))
        return project.parent

    def _initialize(self, repo: Path) -> None:
        init([view], "duckdb", repo, database=self.current)

    def load_until(self, day: int) -> dict[str, float]:
        if self.loaded >= day:
            return {}
        said(f"loading the days {self.loaded + 1} to {day}")
        loading = load(self.history, self.lake, self.loaded + 1, day, self.threads)
        self.loaded = day
        return loading

    def run(self, day: int, *, rows: bool = False) -> Results:
        """One run on the current copy, as of the day after the `day`-th."""
        command = [sys.executable, RUN, self.project, "--as-of", str(START + timedelta(days=day))]
        began = time.perf_counter()
        done = subprocess.run([*command, *(["--rows"] if rows else [])], capture_output=True, text=True)
        wall = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(f"the run failed:\n{done.stderr}")
        return {"wall_seconds": wall, **json.loads(done.stdout.splitlines()[-1])}

    def catch_up(self, days: int) -> Results:
        """The run that brings `days` days up to date; what it leaves is the history from then on."""
        copy(self.history, self.current)
        said(f"catching up with {days} days")
        catching_up = self.run(days)
        with connected(self.current, self.threads) as connection:
            settle(connection)
        self.current.replace(self.history)
        return catching_up

    def step(self, days: int) -> Results:
        """History of `days` days, brought up to date; then one more day, measured."""
        loading = self.load_until(days)
        catching_up = self.catch_up(days)
        loading_day = self.load_until(days + 1)
        each = []
        for number in range(1, self.repetitions + 1):
            copy(self.history, self.current)
            each.append(self.run(days + 1))
            said(f"day {days + 1}, {number} of {self.repetitions}: {each[-1]['wall_seconds']:.2f} s, "
                 f"SQL {each[-1]['sql_seconds']:.2f} s")  # fmt: skip
        copy(self.history, self.current)
        counted = self.run(days + 1, rows=True)
        return {
            "days": days,
            "events": self.events(),
            "loading": loading,
            "catching_up": catching_up,
            "loading_day": loading_day,
            "day": median(each),
            "each": each,
            "rows_scanned_by_model": counted["rows_scanned_by_model"],
            "rows_scanned_by_table": counted["rows_scanned_by_table"],
            **self.yardsticks(days + 1, with_floor=True),
        }

    def yardsticks(self, day: int, *, with_floor: bool) -> Results:
        as_of = START + timedelta(days=day)
        said("the yardsticks")
        found: Results = {}
        if with_floor:
            found["floor"] = floor(self.current, as_of - timedelta(days=1), self.threads, self.repetitions)
        found["by_hand"] = by_hand(self.current, as_of, self.threads, self.repetitions)
        return found

    def backfill(self, days: int) -> Results:
        """All of the history in one run, into a file that holds nothing but the events."""
        self.load_until(days)
        said(f"backfill of {days} days")
        copy(self.history, self.current)
        forget_signals(self.current, self.threads)
        run = self.run(days)
        return {"days": days, "events": self.events(), "run": run, **self.yardsticks(days, with_floor=False)}

    def events(self) -> int:
        with connected(self.current, self.threads) as connection:
            return connection.execute("SELECT count(*) FROM atomic.events").fetchone()[0]


def median(runs: list[Results]) -> Results:
    """The median of each of the seconds; what is not a time is the same in all runs."""
    found = dict(runs[0])
    for name in SUMMARY:
        found[name] = statistics.median(run[name] for run in runs)
    for name in BY_MODEL:
        found[name] = {key: statistics.median(run[name].get(key, 0.0) for run in runs) for key in runs[0][name]}
    return found


def ratios(steps: list[Results], backfill: Results | None) -> list[Results]:
    found: list[Results] = []

    def wanted(what: str, measured: float, sign: str, bound: float, unit: str = "") -> None:
        reached = measured <= bound if sign == "<=" else measured >= bound
        found.append({"what": what, "measured": measured, "wanted": f"{sign} {bound:g}{unit}", "reached": reached})

    if steps:
        first, last = steps[0], steps[-1]
        day = last["day"]["sql_seconds"]
        least = last["floor"]["reading_seconds"] + last["floor"]["writing_seconds"]
        wanted(
            f"the day's SQL at {last['days']} days / at {first['days']}", day / first["day"]["sql_seconds"], "<=", 1.2
        )
        wanted("(a) / the day's SQL", last["by_hand"]["seconds"] / day, ">=", 5)
        wanted("the day's SQL / ((b) + writing)", day / least, "<=", 4)
        wanted("whole run, seconds", last["day"]["wall_seconds"], "<=", 3, " s")
    if backfill:
        wanted("backfill / (a)", backfill["run"]["wall_seconds"] / backfill["by_hand"]["seconds"], "<=", 3)
    return found


def machine(threads: int) -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory": f"{memory / 2**30:.0f} GiB",
        "threads": threads,
        "Python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "dbt-core", "dbt-duckdb")},
        "load average": f"{os.getloadavg()[0]:.1f}",
    }


def said(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=10e6, help="events in `--days` days (default 10e6)")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--steps", help="days of history at which one more day is measured; default: six up to --days")
    parser.add_argument("--threads", type=int, default=2, help="of DuckDB, and of dbt (default 2)")
    parser.add_argument("--repetitions", type=int, default=3, help="of each measurement; medians are reported")
    parser.add_argument("--dir", type=Path, help="where databases go, emptied first (default: a temporary folder)")
    parser.add_argument("--lake", type=Path, help="the events as Parquet, kept and used again (default: in --dir)")
    parser.add_argument("--no-backfill", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULT, help="JSON (default benchmarks/results/incremental.json)")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    if given.steps:
        steps = sorted(int(step) for step in given.steps.split(","))
    else:
        steps = sorted({max(1, round(given.days * sixth / 6)) for sixth in range(1, 7)})
    if steps and steps[-1] > given.days:
        raise SystemExit(f"--steps go up to --days ({given.days})")
    folder = Path(tempfile.mkdtemp(prefix="incremental-")) if given.dir is None else given.dir
    databases = folder / "databases"
    shutil.rmtree(databases, ignore_errors=True)
    databases.mkdir(parents=True)
    lake_folder = given.lake or folder / "lake"
    said(f"events in {lake_folder}")
    results: Results = {
        "machine": machine(given.threads),
        "asked": {"events": given.events, "days": given.days, "steps": steps, "repetitions": given.repetitions},
        "generate_seconds": lake(lake_folder, round(given.events), given.days, given.threads),
        "steps": [],
    }
    bench = Bench(databases, lake_folder, given.threads, given.repetitions)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        for step in (*(step for step in steps if step < given.days), given.days):
            if step == given.days and not given.no_backfill:
                results["backfill"] = bench.backfill(step)
            if step in steps:
                results["steps"].append(bench.step(step))
            given.out.write_text(json.dumps(results, indent=2) + "\n")
        results["ratios"] = ratios(results["steps"], results.get("backfill"))
        given.out.write_text(json.dumps(results, indent=2) + "\n")
    finally:
        shutil.rmtree(databases if given.dir else folder, ignore_errors=True)
    printed(results)
    said(f"written to {given.out}")


if __name__ == "__main__":
    main()
