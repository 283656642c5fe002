"""The console of a folder without a warehouse: what a look sees is made up here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from snowplow_signals.definitions import Service, View
from snowplow_signals.inspect.look import DayEvents, Look
from snowplow_signals.inspect.looking import Answer, Failure, Question
from snowplow_signals.inspect.status import DirtyDay, Hours, PublishedState, Run
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.server.console.app import pages_of
from snowplow_signals.server.console.catalogue import Catalogue, KnownView
from snowplow_signals.server.console.looks import Looker, Looks, Seen
from snowplow_signals.server.console.site import Site, site_of_folder
from snowplow_signals.workspace.projects import Project

NOW = datetime(2026, 3, 31, 12)
HOSTILE = "<script>alert('x')</script>\"&"


def view(name: str = "shop", version: int = 1, **more: Any) -> View:
    """A view with an attribute that counts."""
    clicks = {"name": "clicks", "type": "int64", "aggregation": "counter"}
    fields = {"entity": {"name": "user", "key": "domain_userid"}, "offline": True, "owner": "a@b.example"}
    return View.from_json({"name": name, "version": version, "attributes": [clicks], **fields} | more)


def run(number: int, **more: Any) -> Run:
    """A run whose rows add up: of ten rows for each run before it half are used."""
    read = 10 * (number + 1)
    rows = dict.fromkeys(ROW_COUNTS, 0) | {
        "rows_read": read,
        "rows_used": read // 2,
        "rows_irrelevant": read - read // 2,
    }
    planned = NOW - timedelta(days=200) + timedelta(hours=number)
    made = Run(f"run-{number}", planned, planned + timedelta(seconds=8), 8.0, planned.date(), rows, 2, 1, 3, 100, 7)
    return replace(made, **more)


def look(project: str = "shop_1", **more: Any) -> Look:
    """A project that was run thrice."""
    runs = tuple(run(number) for number in (2, 1, 0))
    days = tuple(DayEvents(date(2026, 3, 1) + timedelta(days=one), 50 + one, one % 3, True) for one in range(30))
    dirty = (DirtyDay(date(2026, 3, 5), "deferred", "its late events were loaded too late", 0, 2, 0),)
    published = PublishedState(date(2026, 3, 30), "run-2", NOW, NOW, 1234, NOW)
    made = Look(
        project=project,
        target="duckdb",
        at=NOW,
        signature=(project,),
        was_run=True,
        is_redefined=False,
        processed=Hours(24, 600, NOW - timedelta(days=30), NOW - timedelta(hours=1)),
        published=published,
        views=(),
        history=None,
        runs=runs,
        days=days,
        dirty_days=dirty,
        quality=(),
    )
    return replace(made, **more)


@dataclass
class MadeUp(Looker):
    """Answers with what it was given."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def ask(self, question: Question, seconds: float) -> Answer:
        self.asked.append(question)
        return self.answers.get(question.folder.name, Failure("RunError", "nothing was made up"))


def project_of(folder: Path, *views: View) -> Project:
    """A project that computes a view, or several together."""
    definition = views[0] if len(views) == 1 else views
    return Project(folder / views[0].project_name, definition, "duckdb")


@dataclass
class Pages:
    """A browser without scripts, at the pages of a site."""

    http: TestClient
    site: Site

    def get(self, path: str, status: int = 200) -> str:
        answer = self.http.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.text

    def send(self, page: str, path: str, status: int = 200, **fields: str) -> str:
        """Send a form of a page."""
        answer = self.http.post(path, data={"form_token": token_in(self.get(page)), **fields}, follow_redirects=False)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.text if status != 303 else answer.headers["location"]


def token_in(html: str) -> str:
    """The token of a form."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', html)
    assert found is not None
    return found[1]


@contextmanager
def pages(
    folder: Path,
    views: tuple[View, ...] = (),
    looks: dict[str, Answer] | None = None,
    services: tuple[Service, ...] = (),
) -> Iterator[Pages]:
    """The pages of views that each have a project, of which looks see what is given."""
    known = tuple(
        KnownView(one, project_of(folder, one), False, tuple(s.name for s in services if one.store_name in
                  {reference.store_name for reference in s.views}))
        for one in views
    )  # fmt: skip
    catalogue = Catalogue(known, services)
    seen_by = Looks(lambda name: folder / name, None, MadeUp(answers=looks or {}))
    plain = site_of_folder(folder, folder / "profiles.sqlite", None)
    site = replace(plain, catalogue=lambda: catalogue, looks=seen_by)
    with TestClient(pages_of(site), base_url="http://localhost") as http:
        for name in catalogue.projects:
            site.looks.at(name)
            assert site.looks.wait(name, 10) != Seen()
        yield Pages(http, site)
    site.close()
