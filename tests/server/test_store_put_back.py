"""A service that syncs nothing finds by itself that its store was put back."""

import time
from datetime import datetime
from pathlib import Path

import pytest
from tests.server.service import served

from snowplow_signals.server import backend
from snowplow_signals.sync.erasing import erase_all

AT = datetime(2025, 3, 1)


def test_who_was_erased_does_not_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "AGREE_SECONDS", 0.05)
    with served(tmp_path) as service:
        store = service.backend.store()
        store.declare("shop_v1", "domain_userid")
        erase_all(store, ["u1"], AT, key="domain_userid", ledger=service.backend.registry.erasures)
        with store._transaction() as connection:  # as a copy of the file from before
            for table in ("erased", "agreement"):
                connection.execute(f"delete from {table}")
            row = ("shop_v1", "u1", b"", 0, 0)
            connection.execute("insert into profiles values (?, ?, ?, ?, ?)", row)
        until = time.monotonic() + 60
        while store.count("shop_v1") and time.monotonic() < until:
            time.sleep(0.05)
        assert store.count("shop_v1") == 0
        assert [one.is_erased for one in store.erasures()] == [True]
