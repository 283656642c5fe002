"""The command, as a user types it: in a process of its own, with its own folder, environment and output."""

import atexit
import functools
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

COMMAND = Path(sys.executable).with_name("snowplow-batch-engine")
"""The installed one."""
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "ecommerce.py"
SECONDS = 300


def typed(
    *arguments: object, folder: Path | None = None, exit_code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command; fails when it exits with another code, or shows a traceback nobody asked for."""
    return _checked(_forked("snowplow-batch-engine", arguments, folder, environment), exit_code)


def dbt(*arguments: object) -> subprocess.CompletedProcess[str]:
    """dbt's own command."""
    return _forked("dbt", arguments, None, {})


def _forked(
    program: str, arguments: Iterable[object], folder: Path | None, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    words = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as outputs:
        stdout, stderr = Path(outputs, "stdout"), Path(outputs, "stderr")
        stdout.touch()
        stderr.touch()
        request = {
            "program": program,
            "arguments": words,
            "folder": str(folder or Path.cwd()),
            "environment": _clean() | environment,
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        code = _ask(request)
        return subprocess.CompletedProcess(words, code, _text(stdout), _text(stderr))


def installed(*arguments: object, folder: Path | None = None, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
    """The same by the installed program, which imports everything anew: for tests of what is imported."""
    words = [str(COMMAND), *map(str, arguments)]
    done = subprocess.run(words, cwd=folder, env=_clean(), text=True, capture_output=True, timeout=SECONDS, check=False)
    return _checked(done, exit_code)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SNOWPLOW_")}


def _checked(done: subprocess.CompletedProcess[str], exit_code: int) -> subprocess.CompletedProcess[str]:
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == exit_code, f"left with {done.returncode}:\n{said}"
    assert "--verbose" in done.args or "Traceback" not in said, said
    assert "This is a bug" not in said, said
    return done


def _text(file: Path) -> str:
    return file.read_bytes().decode().replace("\r\n", "\n")


def _ask(request: dict) -> int:
    parent = _parent()
    parent.stdin.write(json.dumps(request) + "\n")
    parent.stdin.flush()
    ready, _, _ = select.select([parent.stdout], [], [], SECONDS)
    if not ready:
        parent.kill()
        _parent.cache_clear()
        raise AssertionError(f"no end after {SECONDS} seconds: {request['arguments']}")
    return int(parent.stdout.readline())


@functools.cache
def _parent() -> subprocess.Popen[str]:
    """What forks the processes; one for each process of tests."""
    command = [sys.executable, "-m", "tests.e2e.forked"]
    # of children that are ended locks are left, which it would say at its own end
    environment = {**os.environ, "PYTHONWARNINGS": "ignore:resource_tracker:UserWarning"}
    parent = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=-1, stdout=-1, text=True)
    atexit.register(lambda process: parent.kill() if os.getpid() == process else None, os.getpid())
    return parent
