"""How the last run of a project ended, as a file beside it: for a service on this machine, which runs nothing itself.

It is in dbt's `target` folder, which is not committed. Whoever runs elsewhere has none here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from snowplow_signals.workspace.kept_files import keep_file

FILE = Path("target", "signals_last_run.json")


@dataclass(frozen=True)
class LastRun:
    """Times are UTC."""

    ended_at: datetime
    error: str | None
    """The kind of error that it failed with."""
    succeeded_at: datetime | None
    """When the last one that succeeded ended; None: none did here."""
    expectations_failed: Mapping[str, int]
    """Of each view how many expectations are not met by what is published, or was refused by this run."""


def keep_last_run(project: Path, last: LastRun) -> None:
    """Note it beside the project in a folder. Raises OSError."""
    keep_file(project / FILE, asdict(last))


def last_run(project: Path) -> LastRun | None:
    """That of a project; None where there is none, or it cannot be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        data = json.loads((project / FILE).read_text("utf-8"))
        succeeded = data["succeeded_at"]
        return LastRun(
            datetime.fromisoformat(data["ended_at"]),
            None if data["error"] is None else str(data["error"]),
            None if succeeded is None else datetime.fromisoformat(succeeded),
            {str(view): int(number) for view, number in data["expectations_failed"].items()},
        )
    return None
