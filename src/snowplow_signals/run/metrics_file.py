"""What runs did, in a file for the textfile collector of Prometheus' node exporter.

https://github.com/prometheus/node_exporter#textfile-collector: files of the name `*.prom`, replaced as a whole, without
times of their own. The file says when each project last succeeded, also after a run that failed: that is taken from
the file that it replaces.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from snowplow_signals.errors import QualityError, SignalsError, UsageError
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.run.quality import FailedExpectation
from snowplow_signals.run.runner import RunResult

ENDING = ".prom"
SUCCESS = "signals_run_success"
LAST_SUCCESS = "signals_run_last_success_timestamp_seconds"
PUBLISHED = "signals_view_published_timestamp_seconds"
FAILED = "signals_run_expectations_failed"
METRICS: dict[str, tuple[tuple[str, ...], str]] = {
    SUCCESS: (("project",), "Whether the last run succeeded: 1 or 0."),
    "signals_run_timestamp_seconds": (("project",), "When the last run ended (Unix time)."),
    LAST_SUCCESS: (("project",), "When the last run that succeeded ended (Unix time)."),
    PUBLISHED: (("project", "view"), "When the attributes of the view were last brought up to date (Unix time)."),
    "signals_run_as_of_timestamp_seconds": (
        ("project",),
        "The day as of which attributes were computed: its beginning (Unix time).",
    ),
    "signals_run_duration_seconds": (("project",), "How long the run took."),
    "signals_run_rows": (
        ("project", "kind"),
        "What became of the rows of the run; `read` is the sum of the others but `winners_replaced`.",
    ),
    "signals_run_days_aggregated": (("project",), "Days that were aggregated."),
    "signals_run_days_deferred": (("project",), "Days that hold deferred late events."),
    "signals_run_events_deferred": (("project",), "Late events that are deferred."),
    "signals_run_entities": (("project",), "Entities that have attributes."),
    "signals_run_entities_changed": (("project",), "Entities whose attributes the run changed."),
    "signals_run_warnings": (("project",), "Warnings of the run."),
    FAILED: (
        ("project", "view"),
        "Expectations that the view does not meet, as it is published or as `--fail-on-quality` refused it.",
    ),
}
"""Each metric, its labels and its meaning; all are gauges. A project whose run failed has when that was, and what is
kept of the last one that succeeded."""
OF_SUCCESS = (LAST_SUCCESS, PUBLISHED, FAILED)
"""What stays as it was when a run fails."""
_KEPT = re.compile(rf'({"|".join(OF_SUCCESS)})\{{(project="((?:[^"\\]|\\.)*)"[^}}]*)\}} (\S+)')


@dataclass(frozen=True)
class ProjectRun:
    """The run of a project: what it came to, and when it ended (UTC). `views` by their full names."""

    project: str
    views: tuple[str, ...]
    outcome: RunResult | SignalsError
    ended_at: datetime


def check(file: Path) -> None:
    """Raises UsageError when the collector would not read the file, or it cannot be written."""
    if file.suffix != ENDING:
        raise UsageError(f"--metrics-file {file}: the collector reads files that end in {ENDING}")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"--metrics-file {file}: there is no folder {file.absolute().parent}")


def write(file: Path, runs: Sequence[ProjectRun]) -> None:
    """Replace the file with what these runs came to. Raises OSError."""
    before = file.read_text("utf-8", "replace") if file.exists() else ""
    part = file.with_name(f".{file.name}.{os.getpid()}")  # the collector reads no such name
    try:
        part.write_text(text_of(runs, before), "utf-8")
        part.chmod(0o644)  # the collector is another user
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def text_of(runs: Sequence[ProjectRun], before: str = "") -> str:
    """The text of the file; `before` is that of the file before."""
    samples: dict[str, list[str]] = {name: [] for name in METRICS}
    for run in runs:
        for name, labels, value in _samples(run):
            samples[name].append(f"{name}{_labels(labels)} {value:.17g}")
    failed = {_escaped(run.project): run.outcome for run in runs if isinstance(run.outcome, SignalsError)}
    for name, labels, project, value in _KEPT.findall(before):
        if project in failed and not (name == FAILED and isinstance(failed[project], QualityError)):
            samples[name].append(f"{name}{{{labels}}} {value}")
    lines = []
    for name, (_, meaning) in METRICS.items():
        if samples[name]:
            lines += [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *samples[name]]
    return "".join(f"{line}\n" for line in lines)


def _samples(run: ProjectRun) -> list[tuple[str, dict[str, str], float]]:
    of = {"project": run.project}
    ended, result = run.ended_at.replace(tzinfo=UTC).timestamp(), run.outcome
    found: list[tuple[str, dict[str, str], float]] = [
        (SUCCESS, of, float(not isinstance(result, SignalsError))),
        ("signals_run_timestamp_seconds", of, ended),
    ]
    if isinstance(result, QualityError):
        found += _expectations(run, result.failed)
    if isinstance(result, SignalsError):
        return found
    midnight = datetime.combine(result.as_of, time(), UTC).timestamp()
    found += [
        (LAST_SUCCESS, of, ended),
        *((PUBLISHED, of | {"view": view}, ended) for view in run.views),
        ("signals_run_as_of_timestamp_seconds", of, midnight),
        ("signals_run_duration_seconds", of, result.seconds),
        *(("signals_run_rows", of | {"kind": name.removeprefix("rows_")}, result.rows[name]) for name in ROW_COUNTS),
        ("signals_run_days_aggregated", of, result.days_aggregated),
        ("signals_run_days_deferred", of, result.days_deferred),
        ("signals_run_events_deferred", of, result.events_deferred),
        ("signals_run_entities", of, result.entities),
        ("signals_run_entities_changed", of, result.entities_changed),
        ("signals_run_warnings", of, len(result.warnings)),
        *_expectations(run, result.expectations_failed),
    ]
    return found


def _expectations(run: ProjectRun, failed: Sequence[FailedExpectation]) -> Iterator[tuple[str, dict[str, str], float]]:
    for view in run.views:
        yield FAILED, {"project": run.project, "view": view}, sum(one.view == view for one in failed)


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
