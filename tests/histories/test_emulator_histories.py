"""Histories on the emulators of Snowflake and BigQuery: few, since a run takes seconds there, and of the same kind.

A run is killed before or after any statement. With Snowflake's transactions the tables lie in one of the model's states
after that, as on PostgreSQL. BigQuery has none over the statements of a model: there the next run has to come where it
had come without the killed one. What time does to leases and transactions of killed runs, the tests' warehouse does.
"""

from collections.abc import Iterator

import pytest
from tests.histories import dbt_commands, recorded_by_hand
from tests.histories.by_hand import day, event, load
from tests.histories.changes import OF_EVERY_ENGINE, OF_ONE_CHANGE
from tests.histories.checking import check
from tests.histories.early_days import A_DAY, EARLY, EARLY_DAYS, HOURS, LAST, LATE, MARKED, NEXT, RECENT
from tests.histories.engine import Server
from tests.histories.made_up import LOADS_AND_RUNS, history_of_seed
from tests.histories.steps import History, Run
from tests.histories.together import VIEWS

WAREHOUSES = ("snowflake", "bigquery")
SEED, STEPS = 37, 5
"""Of a short history of the view with every aggregation, in which two runs are killed."""
LONG_HISTORIES = range(100, 124)
RECORDED_HERE = (
    "changed, removed, and returned",
    "another definition",
    "other types",
    "switched on",
    *recorded_by_hand.KILLED,
)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """One for each warehouse, started when it is first asked for."""
    found: dict[str, Server] = {}
    yield found
    for server in found.values():
        server.close()


def _check(servers: dict[str, Server], warehouse: str, seed: int, steps: int) -> dict[str, int]:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    done = dict(check(servers[warehouse], history_of_seed(seed, VIEWS, steps, LOADS_AND_RUNS)))
    return done | {f"{name} on {warehouse}": done.get(name, 0) for name in ("histories", "runs", "kills", "cells")}


@pytest.mark.parametrize("warehouse", ["bigquery", pytest.param("snowflake", marks=pytest.mark.long)])
def test_history(servers: dict[str, Server], warehouse: str, record_property) -> None:
    done = _check(servers, warehouse, SEED, STEPS)
    record_property("played", done)
    assert done["kills"]


OF_DBT = "an attempt that died between two statements"


@pytest.mark.long
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_the_next_run_makes_right_what_dbt_left(servers: dict[str, Server], warehouse: str, record_property) -> None:
    """Each model in a process of its own; the one that stores events dies, and is tried again."""
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    done = dict(check(servers[warehouse], dbt_commands.HISTORIES[OF_DBT]))
    record_property("played", done)
    assert done["kills"]


@pytest.mark.parametrize("warehouse", ["snowflake", pytest.param("bigquery", marks=pytest.mark.long)])
def test_a_definition_changes(servers: dict[str, Server], warehouse: str, record_property) -> None:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    done = dict(check(servers[warehouse], OF_ONE_CHANGE))
    record_property("played", done)
    assert done["kills"] == 1


@pytest.mark.long
@pytest.mark.bigquery
def test_early_days_are_marked(servers: dict[str, Server], record_property) -> None:
    """Without transactions; with them the histories of PostgreSQL do it."""
    if "bigquery" not in servers:
        servers["bigquery"] = Server("bigquery")
    done = dict(check(servers["bigquery"], MARKED))
    record_property("played", done)
    assert done["rows of early days"]


TWICE = ("twice", 0, "")
SENT_TWICE = History(
    "everything",
    (
        *(EARLY, Run(as_of=day(0), kill=TWICE), RECENT, Run(as_of=day(0), kill=TWICE)),
        *(A_DAY, LATE, Run(as_of=day(0), reprocess_late=True, kill=TWICE)),
        # an earlier copy, of another entity: it takes the place of the one that is stored
        *(HOURS, load(event("e6", "ann", -0.1, loaded=-0.1)), NEXT, Run(as_of=day(1), full_scan=True, kill=TWICE)),
        *(A_DAY, LAST, Run(as_of=day(16), kill=TWICE)),
    ),
)


@pytest.mark.bigquery
@pytest.mark.long
def test_statements_that_are_sent_twice(servers: dict[str, Server], record_property) -> None:
    """dbt-bigquery sends one again, as another job, when it got no answer (`job_retries`)."""
    if "bigquery" not in servers:
        servers["bigquery"] = Server("bigquery")
    done = dict(check(servers["bigquery"], SENT_TWICE))
    record_property("played", done)
    assert done["rows of early days"]


@pytest.mark.long
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_definitions_change(servers: dict[str, Server], warehouse: str, record_property) -> None:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    record_property("played", dict(check(servers[warehouse], OF_EVERY_ENGINE)))


@pytest.mark.long
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_early_days(servers: dict[str, Server], warehouse: str, record_property) -> None:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    done = dict(check(servers[warehouse], EARLY_DAYS))
    record_property("played", done)
    assert done["rows of early days"]


def test_a_first_run_on_snowflake_that_dies_when_its_first_table_is_made(servers: dict[str, Server]) -> None:
    """On Snowflake a table may be made without rows, which come in a transaction after it. That of the definition must
    not be: it would be another definition to every later run."""
    created = ("counts_2_definition", 9, "after")
    history = History("counts", (load(event("e1", "ann", 0)), Run(as_of=day(1), kill=created), Run(as_of=day(1))))
    if "snowflake" not in servers:
        servers["snowflake"] = Server("snowflake")
    assert check(servers["snowflake"], history)["kills"] == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_HISTORIES)
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_history_at_length(servers: dict[str, Server], warehouse: str, seed: int, record_property) -> None:
    record_property("played", _check(servers, warehouse, seed, 12))


@pytest.mark.long
@pytest.mark.parametrize("name", RECORDED_HERE)
@pytest.mark.parametrize("warehouse", WAREHOUSES)
def test_what_was_published_is_recorded(servers: dict[str, Server], warehouse: str, name: str, record_property) -> None:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    done = dict(check(servers[warehouse], (recorded_by_hand.BY_HAND | recorded_by_hand.KILLED)[name]))
    record_property("played", done)
    assert done["looks at histories"]
