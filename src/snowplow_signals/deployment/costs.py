"""What each model of the last runs cost, kept in the `target` folder of the dbt project, for `status`.

It is not in the warehouse: dbt learns it after a model is built, and writing it there would be one statement more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from snowplow_signals.project.packages import root_of

MOST_RUNS = 50


@dataclass(frozen=True)
class ModelCost:
    """What one model took, summed over the chunks of a run.

    `rows_written` and `bytes_read` are the engine's own words about the model's last statement, as dbt's adapter hands
    them on, and None where it has none: PostgreSQL and Snowflake say how many rows were written, BigQuery also how many
    bytes were read; DuckDB, Spark and Databricks say neither.
    """

    seconds: float
    rows_written: int | None = None
    bytes_read: int | None = None

    @classmethod
    def of(cls, seconds: float, response: Mapping[str, object]) -> ModelCost:
        """Of what dbt's adapter answered; -1 is what database drivers say for "not known"."""
        return cls(seconds, _known(response.get("rows_affected")), _known(response.get("bytes_processed")))

    def __add__(self, other: ModelCost) -> ModelCost:
        return ModelCost(
            self.seconds + other.seconds,
            _sum(self.rows_written, other.rows_written),
            _sum(self.bytes_read, other.bytes_read),
        )


def remember(folder: Path, project: str, run_id: str, models: Mapping[str, ModelCost]) -> None:
    """Keep what a run's models cost; where the folder cannot be written to, `status` does not have it."""
    runs = {run: costs for run, costs in _read(folder, project).items() if run != run_id}
    runs[run_id] = {name: asdict(cost) for name, cost in models.items()}
    file = _file(folder, project)
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(dict(list(runs.items())[-MOST_RUNS:])), "utf-8")
        beside.replace(file)


def remembered(folder: Path, project: str) -> dict[str, dict[str, ModelCost]]:
    """Per id of a run that ran in this folder, what its models cost."""
    found = {}
    for run, models in _read(folder, project).items():
        with suppress(TypeError, AttributeError):  # of another version, or not ours
            found[run] = {name: ModelCost(**cost) for name, cost in models.items()}
    return found


def _read(folder: Path, project: str) -> dict[str, Any]:
    try:
        found = json.loads(_file(folder, project).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _file(folder: Path, project: str) -> Path:
    return root_of(folder) / "target" / f"signals_costs_{project}.json"


def _known(number: object) -> int | None:
    return number if isinstance(number, int) and number >= 0 else None


def _sum(one: int | None, other: int | None) -> int | None:
    known = [number for number in (one, other) if number is not None]
    return sum(known) if known else None
