"""Stores, and a ledger of erasures beside them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.erasures import Place

from snowplow_signals.registry.erasures import Erasures, erasure_file


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    url = str(tmp_path / "profiles.sqlite")
    if request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_url")
    found = Place(request.param, url, tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Erasures]:
    with erasure_file(tmp_path) as opened:
        yield opened
