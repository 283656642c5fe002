"""A service in this process, and our client of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.service import Client, served

from snowplow_signals import Signals


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path) as found:
        yield found


@pytest.fixture
def signals(service: Client) -> Iterator[Signals]:
    """A client without a key, of a service that is open to this machine."""
    with connected(service) as found:
        yield found


def connected(service: Client, **key: str) -> Signals:
    return Signals("http://localhost", **key, transport=service.http._transport)
