"""What a changed definition costs, as a part of computing everything anew.

python benchmarks/changes.py --events 10e6 --days 60 [--threads 2] [--dir DIR] [--lake DIR]

A project is brought up to date over the whole history and its file is copied. For each kind of change the definition
gets one attribute more, and the run that brings the tables up to date is measured on a copy; beside it, the full
refresh of the same definition. Medians of the seconds of their SQL are reported.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from group import MONTH, _of, action, attributes, price, view
from history import START, connected, copy, lake, load

from snowplow_signals import AtomicProperty, Attribute, Event, View
from snowplow_signals.workspace import generate, init

RESULT = Path(__file__).with_name("results") / "changes.json"
RUN = Path(__file__).with_name("measured_run.py")

TARGETS = {"an existing state": 0.03, "stored properties": 0.20, "a new property": 0.45, "new events": 0.15}


def added(kind: str, new_events: str) -> Attribute:
    """The attribute that the definition gets."""
    if kind == "an existing state":
        period = timedelta(days=14)
        return Attribute(
            name="views_14_days", type="int64", aggregation="counter", events=view.attributes[0].events, period=period
        )
    if kind == "stored properties":
        return Attribute(
            name="dearest_bought",
            type="double",
            aggregation="max",
            events=[action],
            property=price,
            criteria=_of("transaction"),
        )
    if kind == "a new property":
        medium = AtomicProperty(name="mkt_medium")
        return Attribute(
            name="first_medium", type="string", aggregation="first", events=view.attributes[0].events, property=medium
        )
    return Attribute(name="others", type="int64", aggregation="counter", events=[Event(name=new_events)], period=MONTH)


class Bench:
    """A project that reads `current.duckdb`, and the file to begin with."""

    def __init__(self, folder: Path, threads: int, days: int) -> None:
        self.folder, self.threads, self.days = folder, threads, days
        self.history = folder / "history.duckdb"
        self.current = folder / "current.duckdb"

    def define(self, definition: View) -> Path:
        repo = self.folder / "repo"
        init([definition], "duckdb", repo, database=self.current)
        generate(repo)
        profiles = repo / "profiles.yml"
        text = profiles.read_text()
        if "settings:" not in text:
            text = text.replace("threads: 2", f"threads: {self.threads}")
            profiles.write_text(f"{text.rstrip()}\n      settings:\n        threads: {self.threads}\n")
        return repo / definition.project_name

    def run(self, project: Path, *options: str) -> dict[str, Any]:
        command = [sys.executable, RUN, project, "--as-of", str(START + timedelta(days=self.days)), *options]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the run failed:\n{done.stderr}")
        return {"wall_seconds": time.perf_counter() - began, **json.loads(done.stdout.splitlines()[-1])}

    def measured(self, definition: View, *options: str) -> dict[str, Any]:
        project = self.define(definition)
        copy(self.history, self.current)
        return self.run(project, *options)


def rare_events(bench: Bench) -> str:
    """The kind of event that the view does not want and of which the share is nearest to 5 %."""
    wanted = [event.name for attribute in attributes for event in attribute.events]
    with connected(bench.history, bench.threads) as connection:
        shares = dict(
            connection.execute(
                "SELECT event_name, count(*) / sum(count(*)) OVER () FROM atomic.events GROUP BY event_name"
            ).fetchall()
        )
    shares = {name: share for name, share in shares.items() if name not in wanted}
    if not shares:
        raise SystemExit("the events have no kind that the view does not want")
    name = min(shares, key=lambda name: abs(shares[name] - 0.05))
    said(f"new events: {name}, {shares[name]:.1%} of all")
    return name


def said(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=10e6, help="events in `--days` days (default 10e6)")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where databases go, emptied first (default: a temporary folder)")
    parser.add_argument("--lake", type=Path, help="the events as Parquet, kept and used again (default: in --dir)")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    folder = given.dir or Path(tempfile.mkdtemp(prefix="changes-"))
    databases = folder / "databases"
    shutil.rmtree(databases, ignore_errors=True)
    databases.mkdir(parents=True)
    lake_folder = given.lake or folder / "lake"
    lake(lake_folder, round(given.events), given.days, given.threads)
    bench = Bench(databases, given.threads, given.days)
    load(bench.history, lake_folder, 1, given.days, given.threads)
    new_events = rare_events(bench)
    try:
        said("bringing the project up to date")
        bench.measured(view)
        with connected(bench.current, given.threads) as connection:
            connection.execute("CHECKPOINT")
        bench.current.replace(bench.history)
        found: dict[str, Any] = {"asked": vars(given) | {"dir": None, "lake": None, "out": None}, "changes": []}
        print(f"{'one attribute more over':<24}{'change':>10}{'refresh':>10}{'part':>8}{'wanted':>8}")
        for kind, wanted in TARGETS.items():
            definition = view.model_copy(update={"attributes": (*view.attributes, added(kind, new_events))})
            runs = [bench.measured(definition) for _ in range(given.repetitions)]
            refresh = bench.measured(definition, "--full-refresh")
            seconds = statistics.median(run["sql_seconds"] for run in runs)
            part = seconds / refresh["sql_seconds"]
            found["changes"].append({"over": kind, "part": part, "wanted": wanted, "runs": runs, "refresh": refresh})
            print(f"{kind:<24}{seconds:>8.2f} s{refresh['sql_seconds']:>8.2f} s{part:>8.1%}{wanted:>8.0%}", flush=True)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(found, indent=2, default=str) + "\n")
        said(f"written to {given.out}")
    finally:
        shutil.rmtree(databases if given.dir else folder, ignore_errors=True)


if __name__ == "__main__":
    main()
