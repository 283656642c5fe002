"""Small bars at a terminal: how long they are, and that there are none elsewhere."""

from __future__ import annotations

import io
import sys
from datetime import date, datetime
from typing import Any

import pytest

from snowplow_signals.cli import bars, status
from snowplow_signals.inspect.status import Run
from snowplow_signals.project.accounting import ROW_COUNTS


@pytest.mark.parametrize(
    ("value", "most", "drawn"),
    [(10, 10, "██████████"), (5, 10, "█████"), (0, 10, ""), (1, 1_000_000, "▏"), (3, 0, ""), (20, 10, "█" * 10)],
)
def test_a_bar_is_as_long_as_its_value(value: float, most: float, drawn: str) -> None:
    assert bars.bar(value, most) == drawn


def test_bars_grow_with_their_values() -> None:
    lengths = [bars.bar(value, 80) for value in range(81)]
    assert len(set(lengths)) == 81
    assert all(len(one) <= bars.WIDTH for one in lengths)


def test_a_sparkline_has_a_character_for_each_value() -> None:
    assert bars.sparkline([0, 1, 2, 7]) == "▁▂▃█"
    assert bars.sparkline([5, 5]) == "██"
    assert bars.sparkline([5]) == bars.sparkline([]) == bars.sparkline([0, 0]) == ""


class Output(io.TextIOWrapper):
    def __init__(self, encoding: str, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("encoding", "is_terminal", "shown"), [("utf-8", True, True), ("utf-8", False, False), ("ascii", True, False)]
)
def test_they_are_for_terminals_that_can_show_them(
    encoding: str, is_terminal: bool, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Output(encoding, is_terminal))
    assert bars.are_shown() is shown


def run(number: int, **changes: Any) -> Run:
    given: dict[str, Any] = {
        "run_id": str(number),
        "planned_at": datetime(2026, 3, number),
        "finished_at": datetime(2026, 3, number, 1),
        "seconds": 3600.0,
        "as_of": date(2026, 3, number),
        "rows": dict.fromkeys(ROW_COUNTS, 0) | {"rows_read": number},
        "days_aggregated": 1,
        "days_deferred": 0,
        "events_deferred": 0,
        "entities": 9,
        "entities_changed": number,
    }
    return Run(**given | changes)


@pytest.mark.parametrize("shown", [True, False])
def test_status_draws_the_rows_of_runs_at_a_terminal(
    shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bars, "are_shown", lambda: shown)
    status._show_runs((run(8), run(4), run(2, entities_changed=None, finished_at=None, seconds=None)))
    said = capsys.readouterr().out
    assert [line.split()[-1] for line in said.splitlines()[1:3]] == (["██████████", "█████"] if shown else ["s", "s"])
    assert ("changed, from the oldest of these runs to the newest: ▁▅█" in said) is shown
    assert said.isascii() is not shown
