"""A service for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.service import Client, served


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path) as found:
        yield found
