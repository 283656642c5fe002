"""A process that has dbt imported and projects parsed, and forks a child for whoever connects.

Everything that touches the database happens in such a child, so that one can be ended in the middle of a run as SIGKILL
would, and the next is there at once. Started by `engine.py` with a path for its socket; ends when its input does.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from tests.quick_dbt import make_dbt_quick

KILLED = 137
TWICE = "twice"
"""In the place of what to kill: every statement that writes is sent twice, as by a client that got no answer."""
WRITES = re.compile(
    r"\s*(/\*.*?\*/\s*)*(insert|merge|update|delete|create or replace table)\b", re.DOTALL | re.IGNORECASE
)
MODEL = re.compile(r'"node_id": "model\.[^.]+\.([^"]+)"')
ALL = "all"
EVENTS = ("NodeStart", "NodeFinished", "JinjaLogWarning", "JinjaLogInfo")
"""What the runner listens to."""
OURS = ("snowplow_signals.run.runner", "tests.warehouses", "tests.harness", "tests.histories.columns")

REFUSED = ("not there yet", "must be selected", "is in progress", "The definition is not the one")
"""What the project's macros say when they refuse a command."""

parsed: dict[str, Any] = {}
"""Folder of a project -> its manifest."""


# --- the parent: warmed once


def serve(address: str, warehouse: str) -> None:
    """Answer one connection after another, each by a child of its own, until the standard input is closed."""
    _warm(warehouse)
    listener = Listener(address, "AF_UNIX", backlog=8)
    threading.Thread(target=_end_with_input, args=(address,), daemon=True).start()
    print("ready", flush=True)  # noqa: T201
    while True:
        connection = listener.accept()
        first = connection.recv()
        if first[0] == "prepare":
            connection.send(_prepared(*first[1:]))
            connection.close()
            continue
        if os.fork() == 0:
            listener.close()
            _live(connection, first)
            os._exit(0)
        connection.close()
        _bury()


def _warm(warehouse: str) -> None:
    os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
    for name in (f"dbt.adapters.{warehouse}.impl", "dbt.cli.main", "dbt.task.build", *OURS):
        importlib.import_module(name)
    from dbt.config import runtime
    from dbt.mp_context import get_mp_context

    from snowplow_signals.deployment import dbt

    # a lock for other processes would outlive those that are ended here
    get_mp_context().RLock = threading.RLock
    make_dbt_quick()
    _fire_only_what_is_heard()
    # what dbt finds out again on every invocation, though nothing of it changes here
    original = runtime.Project.from_project_root
    projects: dict[str, Any] = {}

    def from_project_root(root: str, renderer: Any, **options: Any) -> Any:
        if root not in projects:
            projects[root] = original(root, renderer, **options)
        return projects[root]

    runtime.Project.from_project_root = from_project_root

    parse = dbt.Invocation._parse

    def parse_once(self: Any) -> Any:
        folder = self._arguments[self._arguments.index("--project-dir") + 1]
        if folder not in parsed:
            parsed[folder] = parse(self)
        self.project = parsed[folder].metadata.project_name
        return parsed[folder]

    dbt.Invocation._parse = parse_once


def _fire_only_what_is_heard() -> None:
    """dbt makes and formats thousands of messages that nobody reads here."""
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager

    make_event, fire_event = BaseEvent.__init__, EventManager.fire_event

    def make_if_wanted(self: Any, *given: Any, **fields: Any) -> None:
        if type(self).__name__ in EVENTS:
            make_event(self, *given, **fields)

    def fire_if_wanted(self: Any, e: Any, level: Any = None, *more: Any, **options: Any) -> None:
        if type(e).__name__ in EVENTS:
            fire_event(self, e, level, *more, **options)

    BaseEvent.__init__, EventManager.fire_event = make_if_wanted, fire_if_wanted


def _prepared(folder: str, profiles_dir: str) -> str | None:
    """Parse a project, so that children have it; returns what went wrong."""
    from snowplow_signals.deployment.dbt import Invocation

    try:
        Invocation(Path(folder), Path(profiles_dir), None, {})
        _compile_templates(parsed[folder])
    except Exception:  # whatever it is, the test is told
        return traceback.format_exc()
    gc.collect()
    gc.freeze()
    gc.disable()  # children are short-lived
    return None


def _compile_templates(manifest: Any) -> None:
    """What children would compile, each for itself."""
    from dbt_common.clients.jinja import get_environment

    own = manifest.metadata.project_name
    texts = [macro.macro_sql for macro in manifest.macros.values() if macro.package_name == own]
    for node in manifest.nodes.values():
        hooks = [*getattr(node.config, "pre_hook", []), *getattr(node.config, "post_hook", [])]
        texts += [node.raw_code, *(hook.sql for hook in hooks)]
    for text in texts:
        get_environment().compile(text)


def _end_with_input(address: str) -> None:
    sys.stdin.read()
    Path(address).unlink(missing_ok=True)
    os._exit(0)


def _bury() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


# --- a child: has one database, and does what it is told


def _live(connection: Connection, request: tuple) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = _Worker()
    while True:
        try:
            answer = ("done", getattr(worker, request[0])(*request[1:]))
        except Exception as error:  # whatever it is, the test is told
            answer = ("failed", type(error).__name__, str(error), traceback.format_exc())
        try:
            connection.send(answer)
            request = connection.recv()
        except (EOFError, ConnectionError):
            return


class _Worker:
    """What a child can do."""

    folder: Path
    profiles: Path

    def use(self, folder: str, home: str) -> int:
        """Which project, over the database of which profile. Gives this process's id."""
        from tests import warehouses

        self.folder, self.profiles = Path(folder), Path(home)
        self.warehouse = warehouses.warehouse_of(self.profiles)
        self.statements = Statements(self.warehouse.commits)
        self.warehouse.watch(self.statements.seen)
        return os.getpid()

    def limit_files(self, size: int | None) -> None:
        """Let writes beyond this size fail."""
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    def load(self, rows: list[dict[str, Any]]) -> None:
        """Add rows to the events table."""
        from tests import harness
        from tests.histories.columns import COLUMNS

        self.statements.kill = None
        harness.write_events(self.profiles, rows, self.warehouse.columns(COLUMNS))

    def run(self, now: datetime, kill: tuple | None, chunk_rows: int, options: dict[str, Any]) -> Any:
        """Our `run`, at that time."""
        from snowplow_signals.run import runner

        _set_clock(now)
        runner.chunk_rows = lambda _: chunk_rows
        self.statements.watch(kill)
        return runner.run_project(self.folder, profiles_dir=self.profiles, **options)

    def build(self, now: datetime, kill: tuple | None, as_of: date | None, variables: dict[str, Any]) -> None:
        """A plain `dbt build`, at that time."""
        import json

        from dbt.cli.main import dbtRunner

        from snowplow_signals.deployment.dbt import QUIET

        _set_clock(now)
        self.statements.watch(kill)
        if as_of is not None:
            variables = {**variables, "snowplow__as_of_date": as_of.isoformat()}
        manifest = parsed[str(self.folder)]
        where = ["--project-dir", str(self.folder), "--profiles-dir", str(self.profiles)]
        result = dbtRunner(manifest=manifest).invoke(["build", *QUIET, *where, "--vars", json.dumps(variables)])
        if not result.success:
            nodes = result.result.results if result.result is not None else []
            said = [f"{node.node.name}: {node.message}" for node in nodes if node.status in ("error", "fail")]
            only_tests = nodes and all(node.status != "error" for node in nodes)
            kind = AssertionError if only_tests else RuntimeError
            raise kind("\n".join(["dbt build failed", *said, str(result.exception or "")]))

    def dbt(
        self, now: datetime, command: tuple[str, ...], kill: tuple | None, as_of: date | None, variables: dict[str, Any]
    ) -> list[str]:
        """Any dbt command, at that time; what the macros said, refusals among it."""
        import json

        from dbt.cli.main import dbtRunner

        from snowplow_signals.deployment.dbt import QUIET

        _set_clock(now)
        self.statements.watch(kill)
        if as_of is not None:
            variables = {**variables, "snowplow__as_of_date": as_of.isoformat()}
        said: list[str] = []

        def listen(event: Any) -> None:
            if event.info.name == "JinjaLogInfo":
                said.append(event.data.msg)

        where = ["--project-dir", str(self.folder), "--profiles-dir", str(self.profiles)]
        runner = dbtRunner(manifest=parsed[str(self.folder)], callbacks=[listen])
        result = runner.invoke([*command, *QUIET, *where, "--vars", json.dumps(variables)])
        nodes = result.result.results if result.result is not None else []
        if result.exception is not None:
            raise result.exception
        failed = [node for node in nodes if node.status in ("error", "fail")]
        unexpected = [node for node in failed if not any(text in (node.message or "") for text in REFUSED)]
        if unexpected:
            kind = RuntimeError if any(node.status == "error" for node in unexpected) else AssertionError
            raise kind("\n".join(f"{node.node.name}: {node.message}" for node in unexpected))
        return said + [node.message for node in failed]

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """Every table of the project: name -> rows; the scratch tables only by their names, without rows."""
        from tests import harness, warehouses

        self.statements.kill = None  # on some engines ours are seen too
        found: dict[str, list[dict[str, Any]]] = {}
        with warehouses.connected(self.profiles) as (warehouse, connection):
            for schema, name in warehouse.tables(connection):
                is_scratch = schema == harness.SCRATCH
                try:
                    found[name] = [] if is_scratch else warehouse.query(connection, f"select * from {schema}.{name}")
                except Exception as error:
                    if name.startswith(self.folder.name.split("-")[0]):
                        raise
                    # a run died between the table of several views and one of these, which lost a column
                    found[name] = [{"unreadable": str(error)}]
        return found

    def hold(self) -> None:
        """Keep the database open until this process ends."""
        from tests import warehouses

        self.held = self.warehouse.connection(warehouses.output_of(self.profiles))

    def said(self) -> list[tuple[str | None, str]]:
        """The statements of the last run, each with its model."""
        return self.statements.said


class Statements:
    """Sees every statement that dbt sends, and ends the process at the one where it was told to."""

    def __init__(self, commits: Callable[[str], bool]) -> None:
        self.commits = commits
        self.model: str | None = None
        self.said: list[tuple[str | None, str]] = []
        self.kill: tuple | None = None
        self.counts: dict[str, int] = {}
        self.finished: set[str] = set()

    def seen(self, sql: str, send: Callable[[], Any]) -> Any:
        """What happens instead of sending a statement."""
        named = MODEL.search(sql[:400])
        if named:
            self.model = named[1]
        at = self.reached(sql)
        if at == "before":
            os._exit(KILLED)
        result = send()
        if self.kill is not None and self.kill[0] == TWICE and WRITES.match(sql):
            result = send()
        if at == "after":
            os._exit(KILLED)
        return result

    def watch(self, kill: tuple | None) -> None:
        """`kill` is (model or "all", number of its statement, "before" or "after"): see `steps.Run`."""
        self.model, self.said, self.kill, self.counts = None, [], kill, {}

    def reached(self, sql: str) -> str | None:
        short = self.model or ""
        statement = sql.split("*/")[-1].strip()
        self.said.append((self.model, statement[:60]))
        if self.kill is None:
            return None
        model, number, moment = self.kill
        counted = [ALL, short]
        if self.commits(statement):
            counted.append(f"commit {short}")
            self.model = None  # what follows without a name is dbt's own
        for key in counted:
            self.counts[key] = self.counts.get(key, 0) + 1
        return moment if model in counted and self.counts[model] == number else None


class _Clock(datetime):
    """Stands at the time of the history."""

    at = datetime(2025, 3, 3, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return cls.at.astimezone(tz) if tz else cls.at.replace(tzinfo=None)


def _set_clock(now: datetime) -> None:
    from dbt import tracking

    from snowplow_signals.run import runner

    _Clock.at = now.replace(tzinfo=UTC)
    runner.datetime = tracking.datetime = _Clock


if __name__ == "__main__":
    serve(*sys.argv[1:])
