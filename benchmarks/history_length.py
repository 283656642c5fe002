"""What one more day costs when the company is old: at 1,000 days of history, as a multiple of the cost at 60.

python benchmarks/history_length.py [--events 3e6] [--days 1000] [--threads 2] [--dir DIR] [--lake DIR]

Both have as many events a day. The first 60 days are events that the engine took; of the long history the days before
them are made directly, as copies of the stored events and of the states with other days and event ids. Then two days
are loaded. The run of the first one makes the cache of early days, which happens once in two weeks and is shown apart;
that of the second is measured, on copies of the file, each in a process of its own. Medians of three.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from history import START, connected, copy, lake, settle
from incremental import Bench, machine, median, said
from rich.console import Console
from rich.table import Table

BASE = 60
"""Days that the engine took, and of which those before them are copies."""
RESULT = Path(__file__).with_name("results") / "history_length.json"
WANTED = 1.15
SEARCH = "base_events_this_run"
"""The model that looks for stored copies of new events, which may be as old as the company."""
EARLIEST = "2000-01-01"

COPIES = {
    "signals_derived.{p}_filtered_events": "event_id || '-{n}' as event_id, event_key + {n} as event_key, "
    "day - {days} as day, event_tstamp - interval {days} day as event_tstamp, "
    "load_tstamp - interval {days} day as load_tstamp, collector_tstamp - interval {days} day as collector_tstamp",
    "signals_derived.{p}_daily_aggregates": "day - {days} as day",
    "signals_derived.{p}_daily_values": "day - {days} as day, last_tstamp - interval {days} day as last_tstamp",
    "signals_snowplow_manifest.{p}_daily_aggregation_manifest": "day - {days} as day",
    "signals_snowplow_manifest.{p}_incremental_manifest": "bucket - interval {days} day as bucket",
}
"""Table to what is another in a copy that is `days` older, the `n`-th."""


class OldCompany(Bench):
    """A bench whose project has an early start date, so that there is room for days before the first one."""

    def _made_project(self, repo: Path) -> Path:
        project = super()._made_project(repo)
        file = project / "dbt_project.yml"
        lines = [
            f"  snowplow__start_date: {EARLIEST}" if line.lstrip().startswith("snowplow__start_date:") else line
            for line in file.read_text().splitlines()
        ]
        file.write_text("\n".join(lines) + "\n")
        return project

    def make_older(self, days: int) -> None:
        """Days before the first one, until there are `days`."""
        said(f"making {days - BASE} days before them")
        with connected(self.history, self.threads) as connection:
            (p,) = connection.execute(
                "select replace(table_name, '_filtered_events', '') from information_schema.tables "
                "where table_name like '%filtered_events'"
            ).fetchone()
            for table, changes in COPIES.items():
                name = table.format(p=p)
                connection.execute(f"create or replace temporary table base as from {name}")
                for number in range(1, -(-(days - BASE) // BASE) + 1):
                    shift = changes.format(n=number, days=number * BASE)
                    time = "bucket" if "incremental" in table else "day"
                    connection.execute(
                        f"insert into {name} by name select * replace ({shift}) from base "
                        f"where {time} - interval {number * BASE} day >= date '{START}' - {days - BASE}"
                    )
                connection.execute(f"create or replace table {name} as from {name} order by "
                                   f"{'bucket' if 'incremental' in table else 'day'}")  # fmt: skip
            connection.execute(f"drop table if exists signals_derived.{p}_entity_history")
            settle(connection)

    def one_more_day(self, days: int) -> dict[str, Any]:
        """The run that makes the cache, then the one of the day after it."""
        self.load_until(BASE + 1)
        copy(self.history, self.current)
        said(f"{days} days: the run that makes the cache")
        making = self.run(BASE + 1)
        with connected(self.current, self.threads) as connection:
            settle(connection)
        self.current.replace(self.history)
        self.load_until(BASE + 2)
        each = []
        for number in range(1, self.repetitions + 1):
            copy(self.history, self.current)
            each.append(self.run(BASE + 2))
            said(f"{days} days: {number} of {self.repetitions}: SQL {each[-1]['sql_seconds']:.2f} s")
        copy(self.history, self.current)
        counted = self.run(BASE + 2, rows=True)
        with connected(self.current, self.threads) as connection:
            (p,) = connection.execute(
                "select replace(table_name, '_filtered_events', '') from information_schema.tables "
                "where table_name like '%filtered_events'"
            ).fetchone()
            sizes = {
                name: connection.execute(f"select count(*) from signals_derived.{p}_{name}").fetchone()[0]
                for name in ("filtered_events", "daily_aggregates", "entity_history", "attributes")
            }
        return {
            "days": days,
            "making": making,
            "day": median(each),
            "each": each,
            "rows_scanned_by_table": counted["rows_scanned_by_table"],
            "rows": sizes,
        }


def without_search(step: dict[str, Any]) -> float:
    seconds = step["day"]["sql_seconds_by_model"]
    return sum(of for model, of in seconds.items() if model not in (SEARCH, "(outside of models)"))


def scanned(step: dict[str, Any], name: str) -> int:
    """Rows of the tables whose name ends so, by all models but the search."""
    return sum(
        rows
        for model, tables in step["rows_scanned_by_table"].items()
        if model != SEARCH
        for table, rows in tables.items()
        if table.endswith(name)
    )


def printed(steps: list[dict[str, Any]]) -> None:
    table = Table(title="One more day", title_justify="left", box=None, header_style="dim")
    table.add_column("days of history")
    for step in steps:
        table.add_column(f"{step['days']:,}", justify="right")
    table.add_column("ratio", justify="right")

    def row(name: str, values: list[float], form: str) -> None:
        ratio = values[-1] / values[0] if values[0] else float("nan")
        table.add_row(name, *(form.format(value) for value in values), f"{ratio:.2f}")

    row("stored events", [step["rows"]["filtered_events"] for step in steps], "{:,}")
    row("states of days", [step["rows"]["daily_aggregates"] for step in steps], "{:,}")
    row("SQL without the search for stored copies, s", [without_search(step) for step in steps], "{:.2f}")
    row("the search for stored copies, s", [step["day"]["sql_seconds_by_model"][SEARCH] for step in steps], "{:.2f}")
    row("SQL of the run that makes the cache, s", [step["making"]["sql_seconds"] for step in steps], "{:.2f}")
    for name in ("filtered_events", "daily_aggregates", "daily_values", "entity_history", "attributes"):
        row(f"rows scanned of {name}", [scanned(step, name) for step in steps], "{:,}")
    console = Console(width=120)
    console.print(table)
    ratio = without_search(steps[-1]) / without_search(steps[0])
    console.print(f"{ratio:.2f} where at most {WANTED} is wanted: {'reached' if ratio <= WANTED else 'not reached'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=3e6, help=f"events in the first {BASE} days (default 3e6)")
    parser.add_argument("--days", type=int, default=1000, help="of the long history (default 1000)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where databases go, emptied first (default: a temporary folder)")
    parser.add_argument("--lake", type=Path, help="the events as Parquet, kept and used again (default: in --dir)")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="history-length-")) if given.dir is None else given.dir
    lake_folder = given.lake or folder / "lake"
    databases = folder / "databases"
    steps = []
    said(f"events in {lake_folder}")
    lake(lake_folder, round(given.events * (BASE + 1) / BASE), BASE + 1, given.threads)
    try:
        for days in (BASE, given.days):
            shutil.rmtree(databases, ignore_errors=True)
            databases.mkdir(parents=True)
            bench = OldCompany(databases, lake_folder, given.threads, given.repetitions)
            bench.load_until(BASE)
            bench.catch_up(BASE)
            if days > BASE:
                bench.make_older(days)
            steps.append(bench.one_more_day(days))
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps({"machine": machine(given.threads), "steps": steps}, indent=2) + "\n")
    finally:
        shutil.rmtree(databases if given.dir else folder, ignore_errors=True)
    printed(steps)


if __name__ == "__main__":
    main()
