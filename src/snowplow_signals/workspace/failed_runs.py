"""Why the last runs of a project failed, as files beside it: a run that failed leaves no line in its tables.

One file a run, in dbt's `target` folder, which is not committed. Whoever runs elsewhere has none here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from snowplow_signals.workspace.kept_files import keep_file

FOLDER = Path("target", "signals_failed_runs")
KEPT = 50
"""How many are remembered."""


@dataclass(frozen=True)
class FailedRun:
    """A run that ended (UTC) with an error of that kind; `message` has the engine's words."""

    ended_at: datetime
    error: str
    message: str


def keep(project: Path, failed: FailedRun) -> None:
    """Note it beside the project in a folder, and forget the oldest. Raises OSError."""
    folder = project / FOLDER
    keep_file(folder / f"{failed.ended_at:%Y%m%dT%H%M%S%f}.json", asdict(failed))
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        with suppress(OSError):
            old.unlink()


def failed_runs(project: Path) -> Iterator[FailedRun]:
    """Those of a project, the newest first, each read when it is asked for; files that cannot be read are left out."""
    for file in sorted((project / FOLDER).glob("*.json"), reverse=True):
        with suppress(OSError, ValueError, TypeError, KeyError):
            data = json.loads(file.read_text("utf-8"))
            yield FailedRun(datetime.fromisoformat(data["ended_at"]), str(data["error"]), str(data["message"]))
