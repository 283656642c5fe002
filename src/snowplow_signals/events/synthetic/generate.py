"""Realistic events in the canonical format: `generate_events` makes a table, or a folder of Parquet files.

DuckDB makes them. The same seed and users give the same events, whatever the number of threads, and day by day gives
the same as all days at once: appending continues the same scenario.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.targets import Folder, Progress, Table
from snowplow_signals.events.synthetic import scenario
from snowplow_signals.events.synthetic.catalogue import (
    ARRIVALS,
    ARTICLES,
    CATEGORIES,
    DEVICES,
    PLACES,
    ROBOTS,
    VIDEOS,
    Arrival,
    Device,
    Place,
    Product,
    catalogue,
)
from snowplow_signals.events.synthetic.random import constant
from snowplow_signals.events.synthetic.scenario import Scenario

if TYPE_CHECKING:
    import duckdb

# What one user makes on one day, on average over the seeds; `events` is turned into users with it, and a few more: what
# is made beyond the number is left out.
EVENTS_PER_USER_DAY = 2.05
MORE_USERS = 1.1
MOST_USERS = 2**31
MOST_DAYS = 36_500
EARLIEST, LATEST = date(1970, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What was made: rows, the days on which they were loaded, where they are, and how long it took."""

    rows: int
    days: int
    users: int
    first_load: date
    path: Path
    seconds: float


def generate_events(
    out: Path,
    *,
    days: int = 60,
    users: int = 2000,
    events: int | None = None,
    seed: int = 7,
    start: date | None = None,
    late: float = 0.01,
    duplicates: float = 0.001,
    incomplete: float = 0.0005,
    bots: float = 0.02,
    append: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> GenerateResult:
    """Make the events that are loaded on `days` days from `start`.

    `out` is a DuckDB file (`*.duckdb` or `*.db`; the table is `atomic.events`) or a folder, which gets one Parquet
    file per load date: `load_date=2025-01-31/part-0.parquet`.

    `start` is by default so that yesterday (UTC) is the last day, or with `append` the day after the newest load that
    `out` holds. With the same `seed`, `users` and rates, appended days are those that a
    longer run would have made, late events of the days before included. No event is older than the first load of
    `out`. `events` asks for exactly that many rows in all, and for as many people as make them, whatever `users` says.

    `users` is how many people there are; some come only once in a while, and browsers forget their cookies after half
    a year. Rates are shares of events, from 0 to 1: `late` ones arrive ten minutes to four weeks after they happened,
    `duplicates` arrive twice (in one load, in another, or sent twice), `incomplete` ones lack their event_id or their
    event timestamps; `bots` is the share of people who are robots.

    Either all is made, or nothing is changed. Raises UsageError when the options make no sense or `out` holds
    events of these days already.
    """
    began = time.perf_counter()
    if days < 1 or users < 1 or (events is not None and events < 1):
        raise UsageError("days, users and events must be at least 1.")
    if days > MOST_DAYS:
        raise UsageError(f"days must be at most {MOST_DAYS:,}.")
    for name, rate in {"late": late, "duplicates": duplicates, "incomplete": incomplete, "bots": bots}.items():
        if not 0 <= rate <= 1:
            raise UsageError(f"{name} must be a share of all events, from 0 to 1, not {rate}.")
    if events is not None:
        users = 1 + round(MORE_USERS * events / days / EVENTS_PER_USER_DAY)
    target = Table(out) if out.suffix in (".duckdb", ".db") else Folder(out)
    oldest, newest = target.loads()
    first_load = _first_load(out, start, days, newest, append)
    asked = Scenario(seed=seed, users=users, first_event=oldest or first_load, first_load=first_load,
                 end=first_load + timedelta(days=days), late=late, duplicates=duplicates, incomplete=incomplete,
                 bots=bots)  # fmt: skip
    report = progress or (lambda _step, _done, _total: None)
    while True:
        with _connect(threads) as connection:
            _prepare(connection, asked, report)
            if events is None or _keep(connection, events):
                made = target.write(connection, asked, report)
                return GenerateResult(made, days, asked.users, first_load, out, time.perf_counter() - began)
        if asked.users > MOST_USERS:
            raise UsageError(f"no number of people makes {events:,} events; ask for more days, or fewer late events.")
        asked = replace(asked, users=2 * asked.users)


def _keep(connection: "duckdb.DuckDBPyConnection", number: int) -> bool:
    """Leave out arrivals beyond the number, here and there in all of them. Whether there are so many."""
    counted = connection.execute("SELECT count(*) FROM arrivals").fetchone()
    there = counted[0] if counted else 0
    if there > number:
        connection.execute(
            "CREATE OR REPLACE TEMPORARY TABLE arrivals AS SELECT * FROM arrivals "
            f"QUALIFY row_number() OVER (ORDER BY md5_number(concat_ws('|', moment_key, copy))) <= {number}"
        )
    return there >= number


def _first_load(out: Path, start: date | None, days: int, newest: date | None, append: bool) -> date:
    """The first day of load. Raises UsageError when the days leave the calendar, or `out` holds events of them."""
    first = _asked_load(out, start, days, newest, append)
    if not EARLIEST <= first <= LATEST - timedelta(days=days):
        raise UsageError(
            f"--start and --days: loads must lie between {EARLIEST} and {LATEST}; the first would be {first}."
        )
    return first


def _asked_load(out: Path, start: date | None, days: int, newest: date | None, append: bool) -> date:
    if newest is None:
        return start or datetime.now(UTC).date() - timedelta(days=days)
    if not append:
        raise UsageError(f"{out} already holds events. Add days to it with --append, or name another --out.")
    if start is None:
        return newest + timedelta(days=1)
    if start <= newest:
        raise UsageError(f"{out} holds events loaded until {newest}; --start must be later, not {start}.")
    return start


def _connect(threads: int | None) -> "duckdb.DuckDBPyConnection":
    import duckdb

    connection = duckdb.connect()
    # The small tables are hashed and the big one flows past them, in its order: no sorting of wide rows.
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    if threads is not None:
        connection.execute("SET threads = ?", [threads])
    return connection


def _prepare(connection: "duckdb.DuckDBPyConnection", asked: Scenario, report: Progress) -> None:
    """Make the scenario's tables, from the catalogue to the arrivals."""
    day_columns = "(day BIGINT, date DATE, day_key BIGINT, week_key BIGINT, weight DOUBLE)"
    connection.execute(f"CREATE TEMPORARY TABLE days {day_columns}")
    connection.executemany("INSERT INTO days VALUES (?, ?, ?, ?, ?)", scenario.days(asked))
    _pool(connection, "places", Place, PLACES)
    _pool(connection, "devices", Device, DEVICES + ROBOTS)
    _pool(connection, "ways", Arrival, ARRIVALS)
    _pool(connection, "products", Product, catalogue(), key="product_key")
    connection.execute("CREATE TEMPORARY TABLE topics (page_type VARCHAR, index INTEGER, slug VARCHAR)")
    topics = {"category": CATEGORIES, "article": ARTICLES, "video": VIDEOS}
    connection.executemany(
        "INSERT INTO topics VALUES (?, ?, ?)",
        [(page_type, index, slug) for page_type, slugs in topics.items() for index, slug in enumerate(slugs)],
    )
    steps = {
        "people": scenario.people(asked),
        "visits": scenario.visits(asked),
        "sessions": scenario.sessions(asked),
        "baskets": scenario.baskets(),
        "pages": scenario.pages(),
        "moments": scenario.moments(),
        "arrivals": scenario.arrivals(asked),
    }
    for number, (name, statement) in enumerate(steps.items()):
        report(name, number, len(steps))
        connection.execute(statement)
    connection.execute("DROP VIEW moments; DROP TABLE pages; DROP TABLE visits")
    report("scenario", len(steps), len(steps))


def _pool(
    connection: "duckdb.DuckDBPyConnection", name: str, row: type, pool: Sequence[tuple[Any, ...]], key: str = ""
) -> None:
    types = {int: "INTEGER", float: "DOUBLE"}
    columns = [f"{field} {types.get(kind, 'VARCHAR')}" for field, kind in row.__annotations__.items()]
    extra = [f"{key} BIGINT"] if key else []
    connection.execute(f"CREATE TEMPORARY TABLE {name} (index INTEGER, {', '.join([*columns, *extra])})")
    values = [(index, *item, *([constant(f"{name} {index}")] if key else [])) for index, item in enumerate(pool)]
    connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values[0]))})", values)
