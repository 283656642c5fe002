"""Servers that the tests of one process share; what the histories did, in the summary of the test run."""

from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
from tests.servers import PostgresServer, RedisServer

played: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name, value in report.user_properties:
            if name == "played":
                played.update(value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
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
