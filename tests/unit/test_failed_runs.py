"""What runs that failed leave beside their project."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from snowplow_signals.workspace import failed_runs as failed
from snowplow_signals.workspace.failed_runs import FOLDER, FailedRun, failed_runs, keep

NOW = datetime(2026, 3, 31, 12, 0, 0, 5)


def test_it_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert list(failed_runs(tmp_path)) == []
    first = FailedRun(NOW, "RunError", "model x: no such column\nline 2")
    second = FailedRun(NOW + timedelta(seconds=1), "BusyError", "held")
    for one in (first, second):
        keep(tmp_path, one)
    assert list(failed_runs(tmp_path)) == [second, first]


def test_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed, "KEPT", 3)
    for number in range(5):
        keep(tmp_path, FailedRun(NOW + timedelta(hours=number), "RunError", str(number)))
    assert [one.message for one in failed_runs(tmp_path)] == ["4", "3", "2"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"ended_at": "x", "error": "", "message": ""}'])
def test_a_damaged_file_is_left_out(tmp_path: Path, text: str) -> None:
    keep(tmp_path, FailedRun(NOW, "RunError", "kept"))
    (tmp_path / FOLDER / "20270101T000000000000.json").write_text(text)
    assert [one.message for one in failed_runs(tmp_path)] == ["kept"]
