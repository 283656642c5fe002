"""`demo`: the whole way from made-up events to one user's attributes, each step typed as a user would."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from snowplow_signals.cli import options
from snowplow_signals.cli.reporting import command, quoted, say, seconds
from snowplow_signals.errors import UsageError

DAYS, USERS = 60, 2000


@command
def demo(
    folder: Annotated[
        Path, typer.Option("--dir", envvar="SNOWPLOW_DEMO_DIR", help="New or empty folder for all of it.")
    ] = Path(".demo"),
    verbose: options.Verbose = False,
) -> None:
    """Show everything, from events to attributes.

    Generates events and a project, runs it twice, and reads one user's attributes back; takes about a minute.
    """
    began = time.perf_counter()
    definitions = _prepare(folder)
    database = folder / "events.duckdb"
    start = datetime.now(UTC).date() - timedelta(days=DAYS + 1)
    steps = _Steps(verbose)
    say(f"Four attributes of a web shop's users, defined in {definitions}:")
    say(_snippet(definitions))

    steps.show(f"{DAYS} days of events of {USERS:,} users, in DuckDB")
    events = ("events", "generate", "--out", database)
    steps.type(*events, "--days", DAYS, "--users", USERS, "--start", start)
    steps.show("A project folder for each view")
    steps.type("init", "--definitions", definitions, "--target-type", "duckdb", "--repo-path", folder)
    steps.show("The dbt project: yours to read, to commit, and to run with plain dbt")
    steps.type("generate", "--repo-path", folder)
    steps.show("The first run processes everything that was loaded so far")
    steps.type("run", "--repo-path", folder)
    steps.show("One day later, more events have been loaded")
    steps.type(*events, "--users", USERS, "--days", 1, "--append")
    steps.show("The next run processes only what is new")
    steps.type("run", "--repo-path", folder)
    steps.show("What changed goes to the profiles store")
    steps.type("sync", "--repo-path", folder)
    steps.show("One user's attributes, as an application reads them")
    view = ("--view-name", "batch_ecommerce_attributes", "--view-version", 1)
    steps.type("profile", "get", "--repo-path", folder, *view, _interesting_user(database))
    say()
    say(f"Done in {seconds(time.perf_counter() - began)}. Everything is in {folder}; continue from there.")
    say("To see it at http://127.0.0.1:8080, with its runs, its days and why a user has these values:")
    say(f"$ {quoted('console', '--repo-path', folder)}")


class _Steps:
    """Types commands: each is printed as it is, and run as a process of its own, as a user's would be."""

    def __init__(self, verbose: bool) -> None:
        self.verbose = verbose
        self.number = 0

    def show(self, what: str) -> None:
        self.number += 1
        say(f"\n{self.number}. {what}")

    def type(self, *arguments: Any) -> None:
        said = [*map(str, arguments), *(["--verbose"] if self.verbose else [])]
        say(f"$ {quoted(*said)}")
        sys.stdout.flush()
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "snowplow_signals.cli", *said], check=False)
        if done.returncode:
            raise typer.Exit(done.returncode)
        say(f"({seconds(time.perf_counter() - began)})")


def _prepare(folder: Path) -> Path:
    """The folder with the definitions in it; refuses a folder that holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; remove it, or choose another one with --dir")
    definitions = folder / "ecommerce.py"
    text = _example().read_text("utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        definitions.write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(f"{definitions} cannot be written: {error.strerror}") from error
    return definitions


def _example() -> Path:
    """The example as installed with the package, or in the repository that the package runs from."""
    package = Path(__file__).parents[1]
    for file in (package / "examples" / "ecommerce.py", package.parents[1] / "examples" / "ecommerce.py"):
        if file.is_file():
            return file
    raise UsageError("examples/ecommerce.py is missing from this installation; reinstall the package")


def _snippet(definitions: Path) -> str:
    """The view itself, as it stands in the file."""
    lines = definitions.read_text("utf-8").splitlines()
    first = lines.index("view = View(")
    return "\n".join(f"    {line}" for line in lines[first : lines.index(")", first) + 1])


def _interesting_user(database: Path) -> str:
    """Somebody who has a value in every attribute, and many products in the cart."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select domain_userid from signals_derived.batch_ecommerce_attributes_1_attributes "
            "order by (first_mkt_source is not null)::int + (total_product_price_clv > 0)::int "
            "+ (products_added_to_cart_last_7_days > 0)::int desc, "
            "total_product_price_clv desc, domain_userid limit 1"
        ).fetchone()
    if found is None:
        raise UsageError("the runs computed no attributes")
    return str(found[0])
