"""Runs: what each read and did, as a list and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from snowplow_signals.inspect.status import Run
from snowplow_signals.server.console.asked import Asked, NotHereError, Page
from snowplow_signals.server.console.pages.overview import REFRESH_SECONDS
from snowplow_signals.server.console.reading.accounting import OUTCOMES, Accounting, accounting
from snowplow_signals.server.console.reading.paging import listed
from snowplow_signals.workspace.failed_runs import FailedRun, failed_runs

LINES = 25
FAILURES = 5
"""How many errors are shown."""


@dataclass(frozen=True)
class RunLine:
    """One run of one project."""

    project: str
    run: Run

    @property
    def accounting(self) -> Accounting:
        return accounting(self.run)


def runs(asked: Asked) -> Page:
    """The runs of all projects, or of one, the newest first."""
    site = asked.site
    projects = site.catalogue().projects
    chosen = asked.query.get("project", "")
    seen = {name: site.looks.at(name) for name in projects if chosen in ("", name)}
    lines = [RunLine(name, run) for name, one in seen.items() if one.look is not None for run in one.look.runs]
    failed = [one for name in seen for one in _failed(name, projects[name].folder)]
    failed.sort(key=lambda one: one[1].ended_at, reverse=True)
    lines.sort(key=lambda line: line.run.planned_at, reverse=True)
    is_pending = any(one.is_pending for one in seen.values())
    shown = {
        "runs": listed(lines, asked.query.get("q", ""), asked.number("page", 1), LINES, _searched),
        "projects": list(projects),
        "project": chosen,
        "is_pending": is_pending,
        "problems": [(name, one.problem.message) for name, one in seen.items() if one.problem is not None],
        "outcomes": OUTCOMES,
        "failed": failed[:FAILURES],
        "folder": str(site.folder),
    }
    return Page("runs.html", "Runs", shown, refresh_seconds=REFRESH_SECONDS if is_pending else None)


def run(asked: Asked) -> Page:
    """One run, with its accounting."""
    project, run_id = asked.parts["project"], asked.parts["run_id"]
    if project not in asked.site.catalogue().projects:
        raise NotHereError(f"there is no project {project!r} here")
    seen = asked.site.looks.at(project)
    found = next((one for one in seen.look.runs if one.run_id == run_id), None) if seen.look is not None else None
    if found is None:
        raise NotHereError(f"{project} has no run {run_id!r} that is known here")
    return Page("run.html", f"Run of {project}", {"project": project, "run": found, "accounting": accounting(found)})


def _failed(project: str, folder: Path) -> list[tuple[str, FailedRun]]:
    """The last runs of a project that failed, as far as they left word here."""
    return [(project, one) for one in islice(failed_runs(folder), FAILURES)]


def _searched(line: RunLine) -> str:
    state = "finished" if line.run.finished_at is not None else "not finished"
    return f"{line.project} {line.run.run_id} {line.run.planned_at:%Y-%m-%d %H:%M} {line.run.as_of} {state}"
