"""The engine under test, at arm's length: projects are prepared once, each history has a database of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from tests import warehouses
from tests.histories.together import plan_of
from tests.warehouses import WAREHOUSES

from snowplow_signals import View
from snowplow_signals.project.compile import compile_project

Files = dict[str, str]
Tables = dict[str, list[dict[str, Any]]]
Kill = tuple[str, int, str]
ROOT = Path(__file__).parents[2]


class Killed(Exception):
    """The process that was asked is gone."""


class Failed(Exception):
    """What the process that was asked raised; `kind` is the name of its class."""

    def __init__(self, kind: str, message: str, trace: str) -> None:
        super().__init__(f"{kind}: {message}\n{trace}")
        self.kind = kind
        self.message = message


class Server:
    """The warmed process. Projects are told by view and defect."""

    def __init__(self, warehouse: str = "duckdb") -> None:
        self.warehouse = WAREHOUSES[warehouse]
        self._folder = tempfile.TemporaryDirectory(prefix="histories-", dir=_fast_folder())
        self.root = Path(self._folder.name)
        self.address = str(self.root / "socket")
        self._projects: dict[tuple[str, str], Path] = {}
        self._databases = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.histories.server", self.address, warehouse],
            cwd=ROOT,
            # children that are ended leave their locks to be cleaned up, and that would be told
            env={**os.environ, "PYTHONWARNINGS": "ignore:resource_tracker:UserWarning"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.warehouse.make(self.root, 1)
        assert self._process.stdout.readline() == b"ready\n", "the process that runs dbt did not start"
        atexit.register(self.close)

    def close(self) -> None:
        """End the process; a second time does nothing."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()

    def project(self, view: View, name: str = "", change: Callable[[Files], Files] | None = None) -> Path:
        """The folder of the view's project, parsed; with a `change` of its files, known by `name`."""
        key = (view.project_name, name)
        if key not in self._projects:
            files = compile_project(plan_of(view), self.warehouse.dialect)
            folder = self.root / f"{view.project_name}{'-' + name if name else ''}"
            for path, text in (change(files) if change else files).items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            with Client(self.address) as connection:
                connection.send(("prepare", str(folder), str(self.root)))
                problem = connection.recv()
            assert problem is None, problem
            self._projects[key] = folder
        return self._projects[key]

    def new_folder(self) -> Path:
        """One for each database."""
        self._databases += 1
        folder = self.root / "databases" / str(self._databases)
        folder.mkdir(parents=True)
        return folder


class Engine:
    """One project over one database. Use it as a context manager: the database is removed.

    `threads` is what dbt and DuckDB have each; with one, the same history gives the same statements. `home` is a
    folder for the database that is there already.
    """

    defect: tuple[str, Callable[[Files], Files] | None] = ("", None)
    """A change of the files of every project that is used, and how it is called."""

    def __init__(self, server: Server, folder: Path, *, threads: int = 1, home: Path | None = None) -> None:
        self.server = server
        self.folder = folder
        self.home = home or server.new_folder()
        if not (self.home / "profiles.yml").exists():
            # of the same name for all, as dbt has written it into the parsed project
            server.warehouse.make(self.home, threads, named_as=server.root)
        self.process = 0
        self._connection: Connection | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
        self.server.warehouse.drop(self.home)
        shutil.rmtree(self.home)

    def redefine(self, view: View, variant: str) -> None:
        """The project computes another view from now on, over the same database; with the defect that it has."""
        self.leave()
        name, change = self.defect
        self.folder = self.server.project(view, "-".join(filter(None, (variant, name))), change)

    @property
    def database(self) -> Path:
        """DuckDB's file."""
        return Path(warehouses.output_of(self.home)["path"])

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to the events table."""
        self._ask("load", list(rows))

    def run(self, now: datetime, *, kill: Kill | None = None, chunk_rows: int = 5_000_000, **options: Any) -> Any:
        """Our `run` at that time; raises Killed where it was told to be. A kill of "process" is a real one, after as
        many milliseconds."""
        if kill is None or kill[0] != "process":
            return self._ask("run", now, kill, chunk_rows, options)
        self._connect()
        timer = threading.Timer(kill[1] / 1000, os.kill, (self.process, signal.SIGKILL))
        timer.start()
        try:
            result = self._ask("run", now, None, chunk_rows, options)
        finally:
            timer.cancel()
            timer.join()
        return result

    def build(
        self, now: datetime, *, kill: Kill | None = None, as_of: date | None = None, variables: Mapping[str, Any] = {}
    ) -> None:
        """A plain `dbt build` at that time; raises Killed where it was told to be."""
        self._ask("build", now, kill, as_of, dict(variables))

    def dbt(
        self,
        now: datetime,
        command: tuple[str, ...],
        *,
        kill: Kill | None = None,
        as_of: date | None = None,
        variables: Mapping[str, Any] = {},
    ) -> list[str]:
        """A dbt command at that time; what the macros said. Raises Killed where it was told to be, and
        Failed when it fails with anything but a refusal of theirs."""
        return self._ask("dbt", now, command, kill, as_of, dict(variables))

    def snapshot(self) -> Tables:
        """Every table of the project, without its prefix, name -> rows; of scratch tables only the name."""
        prefix = f"{self.folder.name.split('-')[0]}_"
        return {name.removeprefix(prefix): rows for name, rows in self._ask("snapshot").items()}

    def statements(self) -> list[tuple[str | None, str]]:
        """The statements of the last run, each with its model."""
        return self._ask("said")

    def limit_files(self, size: int | None) -> None:
        """How large a file may grow, in bytes; None takes the limit away."""
        self._ask("limit_files", size)

    @property
    def has_transactions(self) -> bool:
        """Whether a killed run leaves what a whole number of its models has done."""
        return self.server.warehouse.dialect.has_transactions

    def counts_rows(self, *, plain: bool) -> bool:
        """Whether a run, or a plain build, asks how many rows the events table has."""
        warehouse = self.server.warehouse
        return warehouse.dialect.counts_without_reading or (warehouse.name == "bigquery" and not plain)

    def let_time_pass(self) -> None:
        """What a killed run held is free again."""
        self.server.warehouse.let_time_pass(self.home, self.folder.name.split("-")[0])

    def leave(self) -> None:
        """End the process that has the database open; the next request starts another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> None:
        if self._connection is None:
            self._connection = Client(self.server.address)
            self.process = self._ask("use", str(self.folder), str(self.home))

    def _ask(self, *request: Any) -> Any:
        self._connect()
        try:
            self._connection.send(request)
            answer = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            self.leave()
            raise Killed from error
        if answer[0] == "failed":
            raise Failed(*answer[1:])
        return answer[1]


def _fast_folder() -> str | None:
    """Memory, where there is such a folder: what a killed process wrote is there all the same."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
