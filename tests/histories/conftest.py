"""One warmed process per worker."""

from collections.abc import Iterator

import pytest
from tests.histories.engine import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()
