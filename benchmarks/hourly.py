"""Rows that 24 hourly runs of a day read, as a multiple of what one run of the whole day reads.

python benchmarks/hourly.py [--events 1e6] [--days 10] [--threads 2] [--dir DIR] [--lake DIR]

`--events` is of one day. The days before are loaded and brought up to date; then the last day is loaded and taken hour
by hour, and, on a copy, at once. Rows are those that DuckDB says it scanned, after it passed over row groups by their
smallest and largest values; the search for stored copies of new events reads a narrow key of all of them, and is shown
apart. A day has 24 runs that publish where it had one, so rows of the attributes table are read more often too.
"""

import argparse
import json
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from history import START, connected, copy, lake, settle
from incremental import Bench, machine, said
from report import Results
from rich.console import Console
from rich.table import Table

RESULT = Path(__file__).with_name("results") / "hourly.json"
WANTED = 1.5
SEARCH = "base_events_this_run"
"""The model that looks for stored copies of new events."""
TABLES = ("atomic.events", "filtered_events", "daily_aggregates", "daily_values", "entity_history", "attributes")


class Hourly(Bench):
    def load_hours(self, day: int, hours: range) -> None:
        """What the loader brings in these hours of the `day`-th day."""
        date = START + timedelta(days=day - 1)
        files = f"read_parquet('{self.lake}/load_date={date}/*.parquet', hive_partitioning = false)"
        with connected(self.current, self.threads) as connection:
            connection.execute(
                f"insert into atomic.events by name select * from {files} "
                f"where hour(load_tstamp) between {hours[0]} and {hours[-1]}"
            )
            settle(connection)

    def scanned(self, day: int) -> tuple[Counter[str], Results]:
        """Rows scanned by one run as of the `day`-th day: of each table, the search apart."""
        measured = self.run(day - 1, rows=True)
        rows: Counter[str] = Counter()
        for model, tables in measured["rows_scanned_by_table"].items():
            for table, number in tables.items():
                name = next((name for name in TABLES if table.endswith(name)), "other tables")
                is_search = model == SEARCH and name == "filtered_events"
                rows["search for stored copies" if is_search else name] += number
        return rows, measured


def printed(hourly: Counter[str], daily: Counter[str], runs: list[Results], at_once: Results) -> None:
    table = Table(title="Rows scanned of a day's load", title_justify="left", box=None, header_style="dim")
    for name in ("", "24 hourly runs", "one run", "ratio"):
        table.add_column(name, justify="right" if name else "left")

    def row(name: str, one: float, other: float, form: str = "{:,.0f}") -> None:
        table.add_row(name, form.format(one), form.format(other), f"{one / other:.2f}" if other else "")

    for name in (*TABLES, "other tables", "search for stored copies"):
        row(name, hourly[name], daily[name])
    of_events = [sum(rows[name] for name in ("atomic.events", "filtered_events")) for rows in (hourly, daily)]
    row("events: raw and stored, without the search", *of_events)
    row("SQL, seconds", sum(run["sql_seconds"] for run in runs), at_once["sql_seconds"], "{:.1f}")
    console = Console(width=120)
    console.print(table)
    ratio = of_events[0] / of_events[1]
    console.print(f"events: {ratio:.2f} where at most {WANTED} is wanted: "
                  f"{'reached' if ratio <= WANTED else 'not reached'}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=1e6, help="of a day (default 1e6)")
    parser.add_argument("--days", type=int, default=10, help="before the day that is measured (default 10)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", type=Path, help="where databases go, emptied first (default: a temporary folder)")
    parser.add_argument("--lake", type=Path, help="the events as Parquet, kept and used again (default: in --dir)")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hourly-")) if given.dir is None else given.dir
    databases, lake_folder = folder / "databases", given.lake or folder / "lake"
    shutil.rmtree(databases, ignore_errors=True)
    databases.mkdir(parents=True)
    said(f"events in {lake_folder}")
    lake(lake_folder, round(given.events * given.days), given.days, given.threads)
    try:
        bench = Hourly(databases, lake_folder, given.threads, 1)
        bench.load_until(given.days)
        bench.catch_up(given.days)
        day = given.days + 1
        copy(bench.history, bench.current)
        bench.load_hours(day, range(24))
        said("one run of the day")
        daily, at_once = bench.scanned(day)
        copy(bench.history, bench.current)
        hourly: Counter[str] = Counter()
        runs = []
        for hour in range(24):
            bench.load_hours(day, range(hour, hour + 1))
            rows, measured = bench.scanned(day)
            hourly += rows
            runs.append(measured)
            said(f"hour {hour}: {measured['rows']['rows_read']:,} rows read, SQL {measured['sql_seconds']:.2f} s")
    finally:
        shutil.rmtree(databases if given.dir else folder, ignore_errors=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    found = {"machine": machine(given.threads), "hourly": hourly, "daily": daily, "runs": runs, "one": at_once}
    given.out.write_text(json.dumps(found, indent=2) + "\n")
    printed(hourly, daily, runs, at_once)


if __name__ == "__main__":
    main()
