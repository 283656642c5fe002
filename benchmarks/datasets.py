"""What a training set costs: `dataset build` of anchors at random moments, beside one range join by hand.

python benchmarks/datasets.py [--events 10e6] [--days 60] [--anchors 1e5,1e6] [--threads 2] [--dir DIR] [--lake DIR]

The events are loaded and brought up to date once. Anchors are users of the events, at moments drawn over the days, in a
Parquet file; the training set is another. Each build is a process of its own, of which the seconds and the most memory
are shown. By hand is a statement over the events that the project stored, without what it takes to write a file.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from string import Template
from typing import Any

from history import START, connected, lake
from incremental import Bench, machine, said
from rich.console import Console
from rich.table import Table

RESULT = Path(__file__).with_name("results") / "datasets.json"
BY_HAND = Path(__file__).with_name("datasets_by_hand.sql")
MODES = ("as_served", "exact")
WANTED = {"as_served": (15.0, 2.0), "exact": (60.0, None)}
"""Seconds and gibibytes, of a million anchors over ten million events of 60 days."""
P = "benchmark_1"

MEASURED = """
import json, sys, time
from snowplow_signals.cli.app import app
began = time.perf_counter()
try:
    app(sys.argv[1:], standalone_mode=False)
except SystemExit as left:
    if left.code:
        raise
# not ru_maxrss, which begins with that of the parent process
most = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"seconds": time.perf_counter() - began, "gibibytes": most / 2**20}), file=sys.stderr)
"""


def anchors(database: Path, file: Path, number: int, days: int, threads: int) -> None:
    """So many anchors in a Parquet file."""
    with connected(database, threads) as connection:
        connection.execute("select setseed(0.5)")
        connection.execute(f"""
            create temp table users as
            select domain_userid, row_number() over (order by domain_userid) - 1 as place
            from (select distinct domain_userid from signals_derived.{P}_filtered_events)""")
        (users,) = connection.execute("select count(*) from users").fetchone()
        connection.execute(f"""
            copy (
                select
                    domain_userid,
                    timestamp '{START}' + random() * interval {days} day as anchor_tstamp,
                    range % 2 as label
                from range({number})
                inner join users on users.place = range % {users}
            ) to '{file}' (format parquet)""")


def built(bench: Bench, file: Path, out: Path, mode: str) -> dict[str, Any]:
    """One `dataset build`, in a process of its own."""
    arguments = ["dataset", "build", "--repo-path", bench.project.parent, "--anchors", file, "--out", out]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, arguments), "--mode", mode], capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stderr.splitlines()[-1])


def by_hand(bench: Bench, file: Path, mode: str) -> float:
    """Seconds of the range join."""
    is_exact = mode == "exact"
    with connected(bench.current, bench.threads) as connection:
        columns = [row[0] for row in connection.execute(f"describe signals_derived.{P}_filtered_events").fetchall()]

        def kept(part: str) -> str:
            return next(name for name in columns if part in name)

        def within(days: int) -> str:
            if is_exact:
                return f"events.event_tstamp >= anchors.anchor_tstamp - interval {days} day"
            return f"events.day >= anchors.anchor_tstamp::date - {days}"

        before = "event_tstamp < anchors.anchor_tstamp" if is_exact else "day < anchors.anchor_tstamp::date"
        statement = Template(BY_HAND.read_text()).substitute(
            before=f"events.{before}",
            in_7_days=within(7), in_30_days=within(30),
            events=f"signals_derived.{P}_filtered_events",
            type=kept("type"), price=kept("price"), device=kept("device"), category=kept("category"),
        )  # fmt: skip
        connection.execute("create schema if not exists by_hand")
        connection.execute(f"create temp table anchors as select distinct domain_userid, anchor_tstamp from '{file}'")
        began = time.perf_counter()
        connection.execute(statement)
        seconds = time.perf_counter() - began
        connection.execute("drop table by_hand.dataset")
        return seconds


def printed(results: dict[str, Any]) -> None:
    console = Console(width=120)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()), highlight=False)
    table = Table(title=f"Training sets over {results['events']:,} events of {results['days']} days", box=None)
    for name in ("anchors", "mode", "seconds", "GiB", "by hand", "wanted"):
        table.add_column(name, justify="left" if name == "mode" else "right")
    for one in results["builds"]:
        seconds, most = WANTED[one["mode"]]
        wanted = f"<= {seconds:.0f} s" + (f", {most:.0f} GiB" if most else "") if one["anchors"] == 1_000_000 else ""
        by_hand = "" if one["by_hand"] is None else f"{one['by_hand']:.1f}"
        table.add_row(
            f"{one['anchors']:,}", one["mode"], f"{one['seconds']:.1f}", f"{one['gibibytes']:.2f}", by_hand, wanted
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=10e6)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--anchors", default="1e5,1e6,5e6")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--lake", type=Path)
    parser.add_argument("--again", action="store_true", help="use the database that is in --dir")
    parser.add_argument("--no-hand", action="store_true", help="without the range join")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="datasets-")) if given.dir is None else given.dir
    databases = folder / "databases"
    if not given.again:
        shutil.rmtree(databases, ignore_errors=True)
        databases.mkdir(parents=True)
        lake_folder = given.lake or folder / "lake"
        said(f"events in {lake_folder}")
        lake(lake_folder, round(given.events), given.days, given.threads)
        bench = Bench(databases, lake_folder, given.threads, 1)
        bench.load_until(given.days)
        bench.catch_up(given.days)
        bench.history.replace(bench.current)
    else:
        bench = Bench.__new__(Bench)
        bench.threads, bench.current = given.threads, databases / "current.duckdb"
        [made] = (databases / "repo").glob("*/dbt_project.yml")
        bench.project = made.parent
    results: dict[str, Any] = {
        "machine": machine(given.threads), "events": bench.events(), "days": given.days, "builds": [],
    }  # fmt: skip
    for number in (round(float(one)) for one in given.anchors.split(",")):
        file = databases / "anchors.parquet"
        anchors(bench.current, file, number, given.days, given.threads)
        for mode in MODES:
            said(f"{number:,} anchors, {mode}")
            found = built(bench, file, databases / "out.parquet", mode)
            found |= {"anchors": number, "mode": mode}
            found["by_hand"] = None if given.no_hand else by_hand(bench, file, mode)
            said(f"{found['seconds']:.1f} s, {found['gibibytes']:.2f} GiB, by hand {found['by_hand']}")
            results["builds"].append(found)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=1))
    printed(results)


if __name__ == "__main__":
    main()
