"""Public clients as anybody installs them, each in a folder of its own: our package has the import name of theirs.

They are installed once, and kept in pytest's cache. What they need comes from PyPI and npm.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVERS = Path(__file__).with_name("drivers")
SECONDS = 600


@dataclass(frozen=True)
class PythonClient:
    """A virtual environment with one version of the public package."""

    folder: Path
    version: str

    @classmethod
    def install(cls, cache: Path, version: str, *requirements: str) -> PythonClient:
        folder = cache / f"python-{sys.version_info.major}.{sys.version_info.minor}-{version}"
        with _to_be_installed(folder) as is_missing:
            if not is_missing:
                return cls(folder, version)
            _run([sys.executable, "-m", "venv", str(folder)])
            _run([str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", *requirements])
        return cls(folder, version)

    def drive(self, driver: str, question: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
        """What a driver of ours says about its calls of the client, as JSON."""
        command = [str(self.folder / "bin" / "python"), "-I", str(DRIVERS / driver)]
        return _said(_run(command, environment, json.dumps(question)))

    def command(
        self, name: str, *arguments: object, environment: Mapping[str, str], exit_code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """The client's own command."""
        return _run([str(self.folder / "bin" / name), *map(str, arguments)], environment, exit_code=exit_code)


@dataclass(frozen=True)
class NodeClient:
    """A folder with the public package of Node."""

    folder: Path

    @classmethod
    def install(cls, cache: Path, version: str) -> NodeClient:
        if shutil.which("npm") is None:
            raise AssertionError("npm is missing: install Node.js 18 or later (apt-get install nodejs npm)")
        folder = cache / f"node-{version}"
        with _to_be_installed(folder) as is_missing:
            if not is_missing:
                return cls(folder)
            folder.mkdir(parents=True)
            (folder / "package.json").write_text('{"private": true}')
            _run(["npm", "install", "--silent", f"@snowplow/signals-node@{version}"], folder=folder)
        return cls(folder)

    def drive(self, driver: str, question: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
        shutil.copy(DRIVERS / driver, self.folder / driver)  # modules are looked for from where the program is
        return _said(_run(["node", driver], environment, json.dumps(question), folder=self.folder))


@contextmanager
def _to_be_installed(folder: Path) -> Iterator[bool]:
    """Whether the folder is still to be made, by this process of the tests alone."""
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_missing = not (folder / "installed").exists()
        if is_missing:
            shutil.rmtree(folder, ignore_errors=True)
        yield is_missing
        if is_missing:
            (folder / "installed").touch()


def _run(
    command: list[str],
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
    folder: Path | None = None,
    exit_code: int = 0,
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNOWPLOW_", "PYTHON"))}
    done = subprocess.run(
        command,
        input=given,
        cwd=folder,
        env={**kept, "COLUMNS": "200", "TERM": "dumb", **(environment or {})},
        text=True,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == exit_code, (
        f"{' '.join(command)} left with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    )
    return done


def _said(done: subprocess.CompletedProcess[str]) -> Any:
    """The last line: clients print, too."""
    return json.loads(done.stdout.strip().splitlines()[-1])
