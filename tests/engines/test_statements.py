"""How many statements a run sends: on the managed services each is waited for, and some of them are billed."""

from __future__ import annotations

import importlib
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import harness
from tests.engines.test_regressions import row
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import AtomicProperty, Attribute, View, user_entity
from snowplow_signals.run.runner import RunResult, run_project

LABEL = AtomicProperty(name="se_label")
VIEW = View(
    name="v",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        Attribute(name="n", type="int64", aggregation="counter", period=timedelta(days=7)),
        Attribute(name="spent", type="double", aggregation="sum", property=AtomicProperty(name="se_value")),
        Attribute(name="first", type="string", aggregation="first", property=LABEL),
        Attribute(name="last", type="string", aggregation="last", property=LABEL),
    ],
)
AS_OF = date(2025, 3, 10)

SENT = {
    "postgres": {"idle": 5, "ordinary": 116},
    "spark": {"idle": 2, "ordinary": 45},
    "snowflake": {"idle": 2, "ordinary": 53},
    "bigquery": {"idle": 1, "ordinary": 31},
}
"""The statements of a run that finds nothing to do, and of one that finds an hour of load with a late event."""


WATCHED = {
    "postgres": ("dbt.adapters.postgres.connections", "", "psycopg2"),
    "spark": ("dbt.adapters.spark.session", "Cursor", "execute"),
    "snowflake": ("snowflake.connector.cursor", "SnowflakeCursor", "execute"),
    "bigquery": ("google.cloud.bigquery", "Client", "query"),
}
"""What `watch` replaces: module, class, name."""


def _kept(module: str, kind: str, name: str) -> tuple[Any, str, Any]:
    holder = importlib.import_module(module)
    holder = getattr(holder, kind) if kind else holder
    return holder, name, getattr(holder, name)


class Sent:
    """The statements that an engine gets in this process."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def seen(self, sql: str, send: Any) -> Any:
        self.statements.append(re.sub(r"/\*.*?\*/", "", str(sql), flags=re.DOTALL).strip())
        return send()

    def taken(self) -> list[str]:
        """Without what a thread sends every minute to keep the lease: on a busy machine a run takes longer."""
        found, self.statements = self.statements, []
        renewals = [sql for sql in found if re.match(r"update \S+_lease\S* set until", sql, re.IGNORECASE)][:-1]
        return [sql for sql in found if sql not in renewals]


ENGINES = ["postgres", "snowflake", "bigquery", pytest.param("spark", marks=pytest.mark.long)]
RECORDED = {"postgres": 6, "spark": 2, "snowflake": 2, "bigquery": 2}
"""What an ordinary run sends besides, when the view keeps its history: whether it has all, and one that records;
on PostgreSQL with those of a model's transaction."""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_sends_no_more_statements_than_it_must(engine: str, tmp_path: Path) -> None:
    assert sent_by_runs(VIEW, engine, tmp_path) == SENT[engine]


@pytest.mark.long
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_records_what_it_publishes(engine: str, tmp_path: Path) -> None:
    view = VIEW.model_copy(update={"snapshot": True})
    wanted = SENT[engine] | {"ordinary": SENT[engine]["ordinary"] + RECORDED[engine]}
    assert sent_by_runs(view, engine, tmp_path) == wanted


def sent_by_runs(view: View, engine: str, tmp_path: Path) -> dict[str, int]:
    """How many statements runs of these kinds send."""
    warehouse, sent = WAREHOUSES[engine], Sent()
    columns = warehouse.columns(EVENTS_COLUMNS)
    start = row("e")["load_tstamp"]
    rows = [row("e1", se_label="a"), row("e2", se_label="b", load_tstamp=start + timedelta(hours=5))]
    harness.make_workspace(tmp_path, rows, columns, engine)
    harness.write_project(tmp_path / view.project_name, view, engine)
    counts: dict[str, int] = {}

    def run(name: str) -> RunResult:
        sent.taken()
        result = run_project(tmp_path / view.project_name, profiles_dir=tmp_path, as_of=AS_OF)
        statements = sent.taken()
        counts[name] = len(statements)
        (tmp_path / f"{name}.sql").write_text(";\n\n".join(statements))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*_kept(*WATCHED[engine]))  # put back what `watch` replaces
        warehouse.watch(sent.seen)
        run("first")
        idle = run("idle")
        late = {"load_tstamp": start + timedelta(days=2, hours=5), "derived_tstamp": start}
        harness.write_events(tmp_path, [row("e3", se_label="c", **late)], columns)
        ordinary = run("ordinary")
    assert idle.changed_nothing
    assert ordinary.rows["rows_used"] == 1
    return {name: counts[name] for name in SENT[engine]}
