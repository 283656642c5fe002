"""The installed command, as a user types it."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("snowplow-batch-engine")
EXAMPLE = Path(__file__).parents[2] / "examples" / "ecommerce.py"


def typed(
    *arguments: object, folder: Path | None = None, exit_code: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command; fails when it leaves with another code, or shows a traceback nobody asked for."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SNOWPLOW_")}
    done = subprocess.run(
        [COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**clean, **environment},
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == exit_code, f"left with {done.returncode}:\n{said}"
    assert "--verbose" in arguments or "Traceback" not in said, said
    assert "This is a fault" not in said, said
    return done
