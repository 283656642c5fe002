"""Virtual environments for what cannot live beside our own packages: kept in `.cache` of the repository."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

CACHE = Path(__file__).parents[1] / ".cache"


def python_with(name: str, *packages: str) -> Path:
    """The Python of an environment with these packages, made when it is first asked for; one process makes it."""
    folder = CACHE / name
    made = folder / "made.txt"
    wanted = "\n".join((sys.version, *packages))
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.is_file() or made.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, *packages], check=True)
            made.write_text(wanted)
    return folder / "bin" / "python"
