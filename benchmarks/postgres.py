"""What a late event, `verify` and `explain` cost on PostgreSQL as a day grows, with and without statistics.

python benchmarks/postgres.py [--days 5] [--events-of-a-day 20000,300000] [--users 30000]
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from tests import harness, warehouses  # noqa: E402
from tests.events_table import EVENTS_COLUMNS  # noqa: E402
from tests.warehouses import WAREHOUSES  # noqa: E402

from snowplow_signals import AtomicProperty, Attribute, View, user_entity  # noqa: E402
from snowplow_signals.deployment.deployed import opened  # noqa: E402
from snowplow_signals.dialects.postgres.connection import PostgresSession  # noqa: E402
from snowplow_signals.errors import SignalsError  # noqa: E402
from snowplow_signals.inspect.explain import explain_entity  # noqa: E402
from snowplow_signals.inspect.verify import verify_project  # noqa: E402
from snowplow_signals.run.runner import run_project  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "postgres.json"
START = date(2025, 3, 1)
LABEL = AtomicProperty(name="se_label")
VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        Attribute(name="n", type="int64", aggregation="counter"),
        Attribute(name="n_week", type="int64", aggregation="counter", period=timedelta(days=7)),
        Attribute(name="spent", type="double", aggregation="sum", property=AtomicProperty(name="se_value")),
        Attribute(name="first_label", type="string", aggregation="first", property=LABEL),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
    ],
)
INSERT = """
insert into atomic.events (event_id, domain_userid, se_label, se_value, event_name, event_vendor, event_version, app_id,
    derived_tstamp, collector_tstamp, load_tstamp)
select md5('{day}' || number), 'user-' || (number * 7919::bigint) % {users}, 'label ' || number % 50, number % 100,
    'page_view', 'com.acme', '1-0-0', 'web', moment, moment, {load}
from (
    select number, timestamp '{day}' + number * interval '24 hours' / {events} as moment
    from generate_series(1, {rows}) as number
) as made
"""
OURS = "(select oid from pg_class where relkind = 'r' and relnamespace::regnamespace::text like 'signals%')"
FORGET = f"""
delete from pg_statistic where starelid in {OURS};
update pg_class set reltuples = -1, relpages = 0 where oid in {OURS}
"""
DROP = """
do $$ declare one record; begin
for one in select indexrelid::regclass as name from pg_index where pg_get_indexdef(indexrelid) like '%hashtextextended%'
loop execute format('drop index %s', one.name); end loop;
create index on signals_derived.v_1_filtered_events (day); end $$
"""
ANALYZE = f"""
do $$ declare one record; begin
for one in select oid::regclass as name from {OURS} as ours
loop execute format('analyze %s', one.name); end loop; end $$
"""


class Bench:
    """A database with days of events, and a project that is up to date."""

    def __init__(self, folder: Path, days: int, events: int, users: int) -> None:
        self.folder, self.days, self.events, self.users = folder, days, events, users
        harness.make_workspace(folder, [], WAREHOUSES["postgres"].columns(EVENTS_COLUMNS), "postgres")
        self.project = folder / VIEW.project_name
        harness.write_project(self.project, VIEW, "postgres")
        settings = self.project / "dbt_project.yml"
        settings.write_text(settings.read_text().replace("late_event_lookback_days: 5", "late_event_lookback_days: -1"))
        for number in range(days):
            self.load(START + timedelta(days=number), events, "moment + interval '1 minute'")
        self.ask("analyze atomic.events")

    def load(self, day: date, rows: int, load: str) -> None:
        self.ask(INSERT.format(day=day, rows=rows, load=load, users=self.users, events=self.events))

    def late(self, days: int, number: int) -> None:
        """One more event of each of these days, loaded now."""
        at = START + timedelta(days=self.days, hours=number)
        for back in range(days):
            self.ask(
                INSERT.format(
                    day=START + timedelta(days=back), rows=1, users=self.users, events=self.events,
                    load=f"timestamp '{at}' + interval '{number} hours'",
                ).replace("md5('", f"md5('late {number} ")
            )  # fmt: skip

    def ask(self, statements: str) -> None:
        with warehouses.connected(self.folder) as (engine, connection):
            for statement in [statements] if "$$" in statements else statements.split(";"):
                engine.execute(connection, statement)

    def run(self) -> Any:
        return run_project(self.project, profiles_dir=self.folder, as_of=START + timedelta(days=self.days))

    @contextmanager
    def deployed(self) -> Iterator[Any]:
        with opened(self.project, VIEW, "postgres", self.folder, variables={}) as found:
            yield found

    def verify(self) -> None:
        with self.deployed() as deployed:
            assert verify_project(deployed, sample=None).differences == ()

    def explain(self) -> None:
        with self.deployed() as deployed:
            explain_entity(deployed, "user-1")


def seconds(work: Callable[[], Any]) -> float:
    """Infinite where a statement was stopped after a minute."""
    began = time.perf_counter()
    try:
        work()
    except (SignalsError, psycopg2.Error) as error:
        if "statement timeout" not in str(error):
            raise
        return float("inf")
    return time.perf_counter() - began


def late_events(bench: Bench, number: int, days: int) -> dict[str, float]:
    """A run of one late event of each of some days: all of it, and its two models that read events."""
    bench.late(days, number)
    result = bench.run()
    models = {name: cost.seconds for name, cost in result.models.items()}
    return {"whole run": result.seconds, "its states": models["daily_aggregates"] + models["daily_values"]}


@contextmanager
def plans_of_the_server() -> Iterator[None]:
    """As PostgreSQL plans by itself, up to a minute a statement."""
    ours = PostgresSession.distrust_statistics
    PostgresSession.distrust_statistics = lambda _, handle: handle.cursor().execute("set statement_timeout = '60s'")
    try:
        yield
    finally:
        PostgresSession.distrust_statistics = ours


def measured(folder: Path, days: int, events: int, users: int) -> dict[str, Any]:
    bench = Bench(folder, days, events, users)
    found: dict[str, Any] = {"days": days, "events_of_a_day": events, "first run": seconds(bench.run)}
    found["idle run"] = seconds(bench.run)
    for number, (which, count) in enumerate((("one day", 1), ("each day", days)), start=1):
        for name, value in late_events(bench, number, count).items():
            found[f"a late event of {which}: {name}"] = value
    bench.ask(DROP)
    for name, value in late_events(bench, 3, days).items():
        found[f"  with an index of days only: {name}"] = value
    for name, statement in (("no statistics", FORGET), ("statistics", ANALYZE)):
        for whose, session in (("", nullcontext), (", as the server plans", plans_of_the_server)):
            with session():
                bench.ask(statement)
                found[f"verify --all, {name}{whose}"] = seconds(bench.verify)
                bench.ask(statement)
                found[f"explain, {name}{whose}"] = seconds(bench.explain)
    return found


def printed(results: list[dict[str, Any]]) -> None:
    table = Table(box=None, title="PostgreSQL (seconds)", title_justify="left", header_style="dim")
    table.add_column("events of a day")
    for result in results:
        table.add_column(f"{result['events_of_a_day']:,}", justify="right")
    for name in list(results[0])[2:]:
        table.add_row(name, *(f"{result[name]:.2f}" for result in results))
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--days", type=int, default=5)
    parser.add_argument("--events-of-a-day", default="20000,300000")
    parser.add_argument("--users", type=int, default=30_000)
    given = parser.parse_args()
    results = []
    for events in given.events_of_a_day.split(","):
        with tempfile.TemporaryDirectory() as folder:
            results.append(measured(Path(folder), given.days, int(events), given.users))
    machine = {"machine": platform.machine(), "system": platform.platform(), "server": WAREHOUSES["postgres"].version}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "results": results}, indent=1) + "\n")
    printed(results)


if __name__ == "__main__":
    main()
