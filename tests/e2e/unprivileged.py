"""The command without the right to read and write whatever it likes, which tests that run as root have."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.e2e.command import COMMAND

RIGHTS = "-dac_override,-dac_read_search"


def typed(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command so that the modes of files bind it, whoever runs the tests."""
    as_all = ["setpriv", f"--bounding-set={RIGHTS}", f"--inh-caps={RIGHTS}"] if os.geteuid() == 0 else []
    assert not as_all or shutil.which(as_all[0]), "as root, these tests need setpriv (Debian: util-linux)"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SNOWPLOW_")}
    command = [*as_all, str(COMMAND), *map(str, arguments)]
    done = subprocess.run(command, env=clean, text=True, capture_output=True, timeout=300, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert "This is a bug" not in done.stderr, done.stderr
    return done


class Mode:
    """Files with another mode for the time of a `with` block."""

    def __init__(self, mode: int, *paths: Path) -> None:
        self.mode = mode
        self.before = [(path, path.stat().st_mode & 0o777) for path in paths]

    def __enter__(self) -> None:
        for path, _ in self.before:
            path.chmod(self.mode)

    def __exit__(self, *_: object) -> None:
        for path, mode in reversed(self.before):
            path.chmod(mode)
