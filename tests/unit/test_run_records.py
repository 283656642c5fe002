"""What runs leave beside their project."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from snowplow_signals.workspace import run_records
from snowplow_signals.workspace.run_records import FOLDER, RunRecord, keep, records

NOW = datetime(2026, 3, 31, 12, 0, 0, 5)


def test_a_record_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert list(records(tmp_path)) == []
    done = RunRecord(NOW, "run-1", 2, 3.5, {"attributes": 1.25}, warnings=("odd",))
    failed = RunRecord(NOW + timedelta(seconds=1), error="RunError", message="model x: no such column\nline 2")
    for one in (done, failed):
        keep(tmp_path, one)
    assert list(records(tmp_path)) == [failed, done]


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_records, "KEPT", 3)
    for number in range(5):
        keep(tmp_path, RunRecord(NOW + timedelta(hours=number), f"run-{number}"))
    assert [one.run_id for one in records(tmp_path)] == ["run-4", "run-3", "run-2"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"ended_at": "x", "seconds_by_model": {}, "warnings": []}'])
def test_a_damaged_file_is_left_out(tmp_path: Path, text: str) -> None:
    keep(tmp_path, RunRecord(NOW, "run-1"))
    (tmp_path / FOLDER / "20270101T000000000000.json").write_text(text)
    assert [one.run_id for one in records(tmp_path)] == ["run-1"]
