"""The commands of the README do what it says, in its order."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from tests.e2e.command import COMMAND

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
