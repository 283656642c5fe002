"""What one more day costs when one project computes 20 views of an entity, as a multiple of what it costs one view.

python benchmarks/several_views.py [--events 1e6] [--views 20] [--threads 2] [--dir DIR] [--lake DIR]

Each view has 13 attributes, of which every other one has a state that the other views have as well; the rest are over
the same properties with criteria of the view's own. The same days are loaded for both; then one more day, whose run is
measured on copies of the file, each in a process of its own. Medians of three. A project for each of the views would
cost the views' number times the one view.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from group import attributes, view
from history import copy, lake
from incremental import Bench, machine, median, said
from rich.console import Console
from rich.table import Table

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, View
from snowplow_signals.workspace import init

RESULT = Path(__file__).with_name("results") / "several_views.json"
DAYS = 30
WANTED = 3
SESSION = AtomicProperty(name="domain_sessionidx")


def own(attribute: Attribute, number: int) -> Attribute:
    """The attribute with a state that no other view has: a criterion that differs by view."""
    narrower = Criterion.gt(SESSION, number)
    criteria = attribute.criteria
    all_of = [*(criteria.all or ()), narrower] if criteria else [narrower]
    any_of = criteria.any if criteria else None
    return attribute.model_copy(update={"criteria": Criteria(all=all_of, any=any_of)})


def views(number: int) -> list[View]:
    return [
        view.model_copy(
            update={
                "name": f"view_{of_view}",
                "attributes": tuple(
                    own(attribute, of_view) if place % 2 else attribute for place, attribute in enumerate(attributes)
                ),
            }
        )
        for of_view in range(number)
    ]


class Views(Bench):
    """A bench whose project computes several views."""

    def __init__(self, given: list[View], *arguments: Any) -> None:
        self.views = given
        super().__init__(*arguments)

    def _initialize(self, repo: Path) -> None:
        init(self.views, "duckdb", repo, database=self.current, together=True)

    def one_more_day(self) -> dict[str, Any]:
        self.load_until(DAYS)
        said(f"views: {len(self.views)}")
        self.catch_up(DAYS)
        self.load_until(DAYS + 1)
        each = []
        for number in range(1, self.repetitions + 1):
            copy(self.history, self.current)
            each.append(self.run(DAYS + 1))
            said(f"{len(self.views)} views: {number} of {self.repetitions}: SQL {each[-1]['sql_seconds']:.2f} s")
        return {"views": len(self.views), "day": median(each), "each": each}


def printed(steps: list[dict[str, Any]]) -> None:
    one, many = steps
    table = Table(title="One more day", title_justify="left", box=None, header_style="dim")
    for name in ("", "1 view", f"{many['views']} views", "ratio"):
        table.add_column(name, justify="left" if not name else "right")
    for name, key in (("SQL, s", "sql_seconds"), ("the whole run, s", "wall_seconds"), ("processor, s", "cpu_seconds")):
        first, second = one["day"][key], many["day"][key]
        table.add_row(name, f"{first:.2f}", f"{second:.2f}", f"{second / first:.2f}")
    console = Console(width=120)
    console.print(table)
    ratio = many["day"]["sql_seconds"] / one["day"]["sql_seconds"]
    console.print(f"{ratio:.2f} where at most {WANTED} is wanted: {'reached' if ratio <= WANTED else 'not reached'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=float, default=1e6, help=f"events in {DAYS} days (default 1e6)")
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--dir", type=Path, help="where databases go, emptied first (default: a temporary folder)")
    parser.add_argument("--lake", type=Path, help="the events as Parquet, kept and used again (default: in --dir)")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="several-views-")) if given.dir is None else given.dir
    lake_folder, databases = given.lake or folder / "lake", folder / "databases"
    said(f"events in {lake_folder}")
    lake(lake_folder, round(given.events), DAYS, given.threads)
    steps = []
    try:
        for number in (1, given.views):
            shutil.rmtree(databases, ignore_errors=True)
            databases.mkdir(parents=True)
            steps.append(Views(views(number), databases, lake_folder, given.threads, given.repetitions).one_more_day())
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps({"machine": machine(given.threads), "steps": steps}, indent=2) + "\n")
    finally:
        shutil.rmtree(databases if given.dir else folder, ignore_errors=True)
    printed(steps)


if __name__ == "__main__":
    main()
