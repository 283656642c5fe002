"""Servers that the tests of one process share; the summary of the test run: on which engines it was, what the histories
did."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from tests import warehouses
from tests.markers import mark
from tests.servers import PostgresServer, RedisServer

os.environ.setdefault("SNOWPLOW_LOCK_SECONDS", "1")  # no test waits for a minute for another process to end

# no test fails because the machine is slow
settings.register_profile("signals", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("signals")

# what dbt makes of a project is looked through in a third of a second, as often as a project is run: see _collected
gc.disable()
GARBAGE = 2_000_000
"""Objects made and not freed, at which a test's process collects garbage."""

played: Counter[str] = Counter()
engines: set[str] = set()


chosen: set[str] = set()
"""The engines of the tests that were chosen."""


@pytest.fixture(autouse=True)
def _engines(record_property) -> Iterator[None]:
    """Every test says which engines its process has used so far; those have to be engines of chosen tests."""
    yield
    record_property("engines", warehouses.versions())
    used = {warehouse.name for warehouse in warehouses.WAREHOUSES.values() if warehouse.was_used} - {"duckdb"}
    assert used <= chosen, f"a test that is not marked with the engine started it: {', '.join(used - chosen)}"


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    if gc.get_count()[0] > GARBAGE:
        gc.collect()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that at the end no worker has much left while the others have nothing. Tests of an engine
    follow each other: workers take each a part of this list, and a session of Spark takes long to start."""
    for item in items:
        mark(item)
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    """Spark, which takes half a minute to start, then what takes minutes, then what takes seconds, then units."""
    if item.get_closest_marker("spark") or item.get_closest_marker("databricks"):
        return 0 if "test_spark_histories" in item.nodeid else 1
    if any(item.get_closest_marker(name) for name in ("bigquery", "snowflake")):
        return 2
    return {"histories": 3, "unit": 5}.get(item.path.parent.name, 4)


def pytest_collection_finish(session: pytest.Session) -> None:
    chosen.update(name for item in session.items for name in warehouses.WAREHOUSES if item.get_closest_marker(name))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name, value in report.user_properties:
            if name == "played":
                played.update(value)
    if report.when == "teardown":
        engines.update(version for name, value in report.user_properties if name == "engines" for version in value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if engines:
        terminalreporter.write_line(f"engines: {', '.join(sorted(engines))}")
    if played:
        told = ", ".join(f"{number:,} {name}" for name, number in sorted(played.items()))
        terminalreporter.write_line(f"histories: {told}")


_databases = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL that is started when it is first asked for. It is shared: who kills it starts its own."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of PostgreSQL."""
    name = f"test_{next(_databases)}"
    yield postgres_server.create_database(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis that is started when it is first asked for. It is shared: who kills it starts its own."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url
