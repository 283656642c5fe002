"""One warmed process per worker."""

from collections.abc import Iterator

import pytest
from tests.histories.engine import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def pytest_collection_modifyitems(items: list) -> None:
    """Histories take longer than `make test` may: all of them are played by `make test-long`."""
    for item in items:
        if "histories" in item.path.parts and "postgres" not in item.path.stem:
            item.add_marker("long")
