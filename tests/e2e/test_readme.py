"""The commands of the README do what it says, in its order."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.command import COMMAND
from tests.server.test_processes import serving

ROOT = Path(__file__).parents[2]


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]
    assert len(lines) >= 7
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    said = ""
    for line in lines:
        done = subprocess.run(
            shlex.split(line),
            cwd=tmp_path,
            env=environment,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        said += done.stdout
    assert "done as of" in said
    assert "first_mkt_source" in said
    _type_the_python(tmp_path, path)


def _type_the_python(folder: Path, path: str) -> None:
    """All of it in one session, as somebody would who types it in this folder."""
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.M | re.S)
    assert len(blocks) >= 3
    with serving(folder / "signals") as service:
        session = "\n".join([*blocks, "print('values:', signals.get_view_attributes(view, identifier='some-user'))"])
        done = subprocess.run(
            [sys.executable, "-"],
            input=session.replace("http://127.0.0.1:8000", service.url),
            cwd=folder,
            env={**os.environ, "PATH": path},
            text=True,
            capture_output=True,
            check=False,
        )
    assert done.returncode == 0, f"{session}\n{done.stdout}\n{done.stderr}"
    assert "values: {'products_added_to_cart_last_7_days': None" in done.stdout
