"""`console`: the pages of a folder of projects, without a service."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snowplow_signals.cli import options
from snowplow_signals.cli.erasures import ledger_of, registry_if_any
from snowplow_signals.cli.places import store_place
from snowplow_signals.cli.reporting import command, say
from snowplow_signals.cli.serve import require_server

if TYPE_CHECKING:
    from snowplow_signals.sync.erasing import Ledger


@command(stopped="Stopped.")
def console(
    repo_path: options.RepoPath = Path("."),
    port: Annotated[
        int,
        typer.Option(
            "--port", envvar="SNOWPLOW_CONSOLE_PORT", min=0, max=65535, help="Port to listen on; 0 chooses a free one."
        ),
    ] = 8080,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser, if a terminal asks for it.")
    ] = True,
    store: options.StoreUrl = None,
    registry: options.RegistryUrl = None,
    target: options.Target = None,
    verbose: options.Verbose = False,
) -> None:
    """Show the projects of a folder in the browser.

    What they compute, whether it is fresh, their runs and days, one user's values and how they came about. It needs no
    service and no registry, reads the projects' own tables and the profiles store, and is for this machine only.
    """
    require_server()
    from snowplow_signals import workspace
    from snowplow_signals.server.console.running import run
    from snowplow_signals.server.console.site import site_of_folder

    workspace.projects(repo_path)  # a folder without any has nothing to show

    @contextmanager
    def ledger() -> "Iterator[Ledger]":
        with registry_if_any(repo_path, registry) as kept, ledger_of(repo_path, kept) as opened:
            yield opened

    site = site_of_folder(repo_path, store_place(repo_path, store), target, ledger)

    def started(bound: socket.socket) -> None:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        say(f"The console of {repo_path} is at {url}, for this machine only. Ctrl-C stops it.")
        sys.stdout.flush()
        if browser and sys.stdout.isatty():
            typer.launch(url)

    run(site, port, started)
