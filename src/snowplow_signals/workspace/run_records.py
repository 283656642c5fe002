"""What the last runs of a project did, as files beside it: what its tables do not keep.

One file a run, in dbt's `target` folder, which is not committed: the seconds of each model, or the error with the
engine's words. Whoever runs elsewhere has none here.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDER = Path("target", "signals_runs")
KEPT = 500
"""How many runs are remembered."""


@dataclass(frozen=True)
class RunRecord:
    """One run that ended (UTC). `run_id` is None for one that failed before or without saying which it was."""

    ended_at: datetime
    run_id: str | None = None
    chunks: int | None = None
    seconds: float | None = None
    seconds_by_model: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    """The kind of the error; None for a run that finished."""
    message: str | None = None
    warnings: tuple[str, ...] = ()


def keep(project: Path, record: RunRecord) -> None:
    """Write the record of a run of the project in a folder, and remove the oldest. Raises OSError."""
    folder = project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{record.ended_at:%Y%m%dT%H%M%S%f}.json"
    text = json.dumps(asdict(record), default=datetime.isoformat, indent=2)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False, encoding="utf-8") as new:
        new.write(text)
    os.replace(new.name, folder / name)
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        with suppress(OSError):
            old.unlink()


def records(project: Path) -> Iterator[RunRecord]:
    """The records of a project's runs, the newest first, each read when it is asked for; files that cannot be read are
    left out.
    """
    for file in sorted((project / FOLDER).glob("*.json"), reverse=True):
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            yield _read(json.loads(file.read_text("utf-8")))


def _read(data: dict[str, Any]) -> RunRecord:
    return RunRecord(
        **data
        | {
            "ended_at": datetime.fromisoformat(data["ended_at"]),
            "seconds_by_model": {str(name): float(value) for name, value in data["seconds_by_model"].items()},
            "warnings": tuple(map(str, data["warnings"])),
        }
    )
