"""Runs the command as the installed one does, or dbt's, in a process of its own that need not import dbt first: it is
forked from one that has. Started by `command.py`; reads a request a line, and writes the exit code.
"""

import atexit
import gc
import importlib
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

PROFILE = """
snowplow_batch_engine:
  target: dev
  outputs: {dev: {type: duckdb, path: ":memory:", schema: signals}}
"""
HEAVY = ("dbt.cli.main", "dbt.task.build", "dbt.adapters.duckdb.impl", "dbt.adapters.postgres.impl", "duckdb")


def serve() -> None:
    from dbt.mp_context import get_mp_context
    from tests.quick_dbt import make_dbt_quick

    for name in HEAVY:
        importlib.import_module(name)
    importlib.import_module("snowplow_signals.cli.app")
    make_dbt_quick()
    # a lock for several processes has a process of its own that children would share
    get_mp_context().RLock = threading.RLock
    with tempfile.TemporaryDirectory() as folder:
        _parse_a_project(Path(folder))
    gc.collect()
    gc.freeze()  # what is shared with the children stays shared
    gc.disable()  # they are short-lived
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _parse_a_project(folder: Path) -> None:
    """So that what dbt keeps of any project, its own macros above all, is there already."""
    from tests import harness
    from tests.e2e.shop import VIEW

    (folder / "profiles.yml").write_text(PROFILE)
    harness.write_project(folder / "project", VIEW)
    os.environ["DBT_STATIC_PARSER"] = "false"  # its threads would not be there in the children, which wait for them
    harness.dbt(folder / "project", folder, "parse")


def _run(
    program: str, arguments: list[str], folder: str, environment: dict[str, str], stdout: str, stderr: str
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path, mode in ((0, os.devnull, os.O_RDONLY), (1, stdout, os.O_WRONLY), (2, stderr, os.O_WRONLY)):
        os.dup2(os.open(path, mode), number)
    sys.argv = [program, *arguments]
    code: Any = 0
    try:
        if program == "dbt":
            from dbt.cli.main import cli as main
        else:
            from snowplow_signals.cli import main
        main()
    except SystemExit as left:
        code = left.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve()
