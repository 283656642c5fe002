"""What the histories did, in the summary of the test run."""

from collections import Counter

import pytest

played: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name, value in report.user_properties:
            if name == "played":
                played.update(value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if played:
        told = ", ".join(f"{number:,} {name}" for name, number in sorted(played.items()))
        terminalreporter.write_line(f"histories: {told}")
