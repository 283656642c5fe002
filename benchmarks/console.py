"""How long the server takes for each page of the console: 50 views, 1,000 runs, a million entities.

python benchmarks/console.py [--views 50] [--runs 1000] [--profiles 1e6] [--times 30]

The application is called without a network, by one browser that is logged in. What a look into the warehouse sees is
made up, since no page waits for one; explaining and trying ask the warehouse, and are not measured here.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from starlette.testclient import TestClient

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from tests.server.console_site import MadeUp, look, project_of, run, token_in, view  # noqa: E402
from tests.server.test_console_quality import NUMBERS  # noqa: E402
from tests.unit.test_flags import history  # noqa: E402

from snowplow_signals.definitions import Attribute, Service, View  # noqa: E402
from snowplow_signals.inspect.look import DayEvents  # noqa: E402
from snowplow_signals.inspect.quality import ViewQuality, quality_of_attribute  # noqa: E402
from snowplow_signals.server.console.app import pages_of  # noqa: E402
from snowplow_signals.server.console.catalogue import Catalogue, KnownView  # noqa: E402
from snowplow_signals.server.console.looks import Looks, Seen  # noqa: E402
from snowplow_signals.server.console.site import Site, site_of_folder  # noqa: E402
from snowplow_signals.stores import SyncState, open_store  # noqa: E402
from snowplow_signals.stores.base import Batch  # noqa: E402
from snowplow_signals.workspace import PROFILES_FILE  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "console.json"
ATTRIBUTES = 20
DAYS = 730


def main() -> None:
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        site = made_up(Path(folder), asked.views, asked.runs, int(asked.profiles))
        with TestClient(pages_of(site), base_url="http://localhost") as http:
            found = {name: timed(http, page, asked.times) for name, page in pages().items()}
        site.close()
    shown = Table("page", "median ms", "slowest ms", "kB", title=f"{asked.views} views, {asked.runs:,} runs")
    for name, (median, slowest, size) in found.items():
        shown.add_row(name, f"{median:.1f}", f"{slowest:.1f}", f"{size / 1_000:.0f}")
    Console().print(shown)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"asked": vars(asked), "pages": found}, indent=2))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=50)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--profiles", type=float, default=1e6)
    parser.add_argument("--times", type=int, default=30)
    return parser.parse_args()


def pages() -> dict[str, tuple[str, dict[str, str]]]:
    """Each page by a name: its path, and the fields of a form if it is sent one."""
    tabs = ("", "/quality", "/lineage", "/definition", "/versions")
    plain = ("/", "/?page=2", "/runs", "/runs?project=view_7_1", "/runs/view_7_1/run-3", "/days?project=view_7_1")
    paths = (*plain, *(f"/views/view_7_v1{tab}" for tab in tabs), "/entities", "/try?view=view_7_v1", "/service")
    user = {"key": "domain_userid", "identifier": "user-777777"}
    return {path: (path, {}) for path in paths} | {
        "/entities (one)": ("/entities", user),
        "/entities/erase": ("/entities/erase", user),
    }


def timed(http: TestClient, page: tuple[str, dict[str, str]], times: int) -> tuple[float, float, int]:
    """Median and slowest in milliseconds, and the bytes of the page."""
    path, fields = page
    form = {"form_token": token_in(http.get("/").text), **fields} if fields else None
    took, size = [], 0
    for _ in range(times):
        began = time.perf_counter()
        answer = http.post(path, data=form) if form else http.get(path)
        took.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, (path, answer.status_code)
        size = len(answer.content)
    return statistics.median(took), max(took), size


def made_up(folder: Path, views: int, runs: int, profiles: int) -> Site:
    """A site of many views with many attributes, each with its share of the runs, over a store of many profiles."""
    title = {"type": "atomic", "name": "page_title"}
    last = {"type": "string", "aggregation": "last", "property": title}
    attributes = [{"name": f"attribute_{day}", "period": f"P{day}D", **last} for day in range(1, ATTRIBUTES + 1)]
    (folder / PROFILES_FILE).touch()
    made = [view(f"view_{number}", attributes=attributes, is_published=True) for number in range(views)]
    services = tuple(Service(name=f"service_{one.name}", views=[one], owner="a@b.example") for one in made[:10])
    known = tuple(KnownView(one, project_of(folder, one), True, (f"service_{one.name}",)) for one in made)
    catalogue = Catalogue(known, services)
    some = tuple(run(number) for number in reversed(range(max(runs // views, 4))))
    days = tuple(DayEvents(date(2025, 1, 1) + timedelta(days=day), 1_000 + day, day % 7, True) for day in range(DAYS))
    looks = {one.project_name: look(one.project_name, runs=some, days=days, quality=(quality(one),)) for one in made}
    seen_by = Looks(lambda name: folder / name, None, MadeUp(answers=dict(looks)))
    file = folder / "profiles.sqlite"
    fill(file, made, profiles)
    site = replace(site_of_folder(folder, file, None), catalogue=lambda: catalogue, looks=seen_by)
    for one in made:
        seen_by.at(one.project_name)
        assert seen_by.wait(one.project_name, 60) != Seen()
    return site


def quality(one: View) -> ViewQuality:
    """Sixty publications of each attribute, by turns of texts and of numbers; the last is not as expected."""
    declared = [part for part in one.attributes if isinstance(part, Attribute)]
    attributes = [
        quality_of_attribute(part, tuple(history(60, **({} if number % 2 else NUMBERS))))
        for number, part in enumerate(declared)
    ]
    found = ViewQuality(one.full_name, date(2026, 3, 30), look().at, True, tuple(attributes), ())
    return found.shortened


def fill(file: Path, views: list[Any], profiles: int) -> None:
    """Profiles of the views, the same number of each."""
    now = look().at
    names = ("attribute_1", "attribute_2")
    each = profiles // len(views)
    with open_store(file) as store:
        for number, one in enumerate(views):
            store.declare(one.store_name, "domain_userid", [names])
            people = range(number * each, (number + 1) * each) if number != 7 else range(777_000, 777_000 + each)
            records = [(f"user-{person}", now, "some title", "another") for person in people]
            store.write_batch(one.store_name, Batch(names, records), now)
            store.set_state(SyncState(one.store_name, started_at=now, finished_at=now, profiles=each))


if __name__ == "__main__":
    main()
