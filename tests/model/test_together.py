"""The SQL does what the model does: the same histories on both, compared after every run."""

from collections.abc import Iterator

import pytest
from tests.histories.engine import Engine, Server
from tests.model.together import VIEW, play

SEEDS = (1, 2)
LONG_SEEDS = range(10, 130)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """One for each warehouse, started when it is first asked for."""
    found: dict[str, Server] = {}
    yield found
    for server in found.values():
        server.close()


def played(servers: dict[str, Server], warehouse: str, seed: int) -> dict[str, int]:
    if warehouse not in servers:
        servers[warehouse] = Server(warehouse)
    server = servers[warehouse]
    with Engine(server, server.project(VIEW)) as engine:
        return play(engine, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_on_duckdb(servers: dict[str, Server], seed: int, record_property) -> None:
    record_property("played", played(servers, "duckdb", seed))


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.long) for seed in LONG_SEEDS[:20])])
def test_on_postgres(servers: dict[str, Server], seed: int, record_property) -> None:
    record_property("played", played(servers, "postgres", seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_on_duckdb_at_length(servers: dict[str, Server], seed: int, record_property) -> None:
    record_property("played", played(servers, "duckdb", seed))
