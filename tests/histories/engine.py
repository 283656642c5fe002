"""The engine under test, at arm's length: projects are prepared once, each history has a database of its own."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import yaml

from snowplow_signals import View
from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project import compile_project

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

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="histories-", dir=_fast_folder())
        self.root = Path(self._folder.name)
        self.address = str(self.root / "socket")
        self._projects: dict[tuple[str, str], Path] = {}
        self._databases = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.histories.server", self.address],
            cwd=ROOT,
            # children that are ended leave their locks to be cleaned up, and that would be told
            env={**os.environ, "PYTHONWARNINGS": "ignore:resource_tracker:UserWarning"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        write_profiles(self.root)
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
            files = compile_project(plan_view(view), dialect_named("duckdb"))
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

    def new_database(self) -> Path:
        """A folder of its own, for each."""
        self._databases += 1
        folder = self.root / "databases" / str(self._databases)
        folder.mkdir(parents=True)
        return write_profiles(folder)


class Engine:
    """One project over one database. Use it as a context manager: the database is removed."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.database = server.new_database()
        self._connection: Connection | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()
        for file in self.database.parent.iterdir():
            file.unlink()
        self.database.parent.rmdir()

    def load(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to the events table."""
        self._ask("load", list(rows))

    def run(self, now: datetime, *, kill: Kill | None = None, chunk_rows: int = 5_000_000, **options: Any) -> Any:
        """Our `run` at that time; raises Killed where it was told to be."""
        return self._ask("run", now, kill, chunk_rows, options)

    def build(
        self, now: datetime, *, kill: Kill | None = None, as_of: date | None = None, variables: Mapping[str, Any] = {}
    ) -> None:
        """A plain `dbt build` at that time; raises Killed where it was told to be."""
        self._ask("build", now, kill, as_of, dict(variables))

    def snapshot(self) -> Tables:
        """Every table of the project, without its prefix, name -> rows; of scratch tables only the name."""
        prefix = f"{self.folder.name.split('-')[0]}_"
        return {name.removeprefix(prefix): rows for name, rows in self._ask("snapshot").items()}

    def statements(self) -> list[tuple[str | None, str]]:
        """The statements of the last run, each with its model."""
        return self._ask("said")

    def _ask(self, *request: Any) -> Any:
        if self._connection is None:
            self._connection = Client(self.server.address)
            self._ask("use", str(self.folder), str(self.database))
        try:
            self._connection.send(request)
            answer = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            self._leave()
            raise Killed from error
        if answer[0] == "failed":
            raise Failed(*answer[1:])
        return answer[1]

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def write_profiles(folder: Path) -> Path:
    """A profile for a database in `folder`; gives the database's path. One thread each: histories can be repeated."""
    database = folder / "events.duckdb"
    output = {"type": "duckdb", "path": str(database), "schema": "signals", "threads": 1}
    output["config_options"] = {"threads": 1}
    profiles = {"snowplow_batch_engine": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return database


def _fast_folder() -> str | None:
    """Memory, where there is such a folder: what a killed process wrote is there all the same."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
