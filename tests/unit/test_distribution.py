"""The name of the package: free to install, said in one place, and distinguished from the public SDK's."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from snowplow_signals import __version__
from snowplow_signals.distribution import NAME, SDK, VERSION, installing, warn_if_mixed

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_name_and_the_version_are_those_of_the_project() -> None:
    assert PROJECT["project"]["name"] == NAME != SDK
    assert "version" not in PROJECT["project"]
    version_file = ROOT / PROJECT["tool"]["hatch"]["version"]["path"]
    assert f'VERSION = "{VERSION}"' in version_file.read_text()
    assert __version__ == VERSION


def test_the_version_needs_no_metadata() -> None:
    """A checkout that was installed under another name, or not at all, still knows its version."""
    program = "import sys; sys.argv = ['x', '--version']; from snowplow_signals.cli import main; main()"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {[p for p in sys.path if p]!r}; {program}"]
    done = subprocess.run(command, text=True, capture_output=True, check=True)
    assert done.stdout == f"snowplow-batch-engine {VERSION}\n"


def test_both_commands_are_installed() -> None:
    scripts = PROJECT["project"]["scripts"]
    assert scripts["snowplow-batch-autogen"] == scripts["snowplow-batch-engine"] == "snowplow_signals.cli:main"


def test_no_page_and_no_message_installs_the_public_sdk_for_ours() -> None:
    """`pip install 'snowplow-signals[...]'` would install something else."""
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.py"), ROOT / "pyproject.toml"]
    found = {file.name for file in texts if re.search(rf"{SDK}\[", file.read_text())}
    assert not found


def test_every_extra_that_a_message_names_is_there() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    sources = "\n".join(file.read_text() for file in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"""installing\(["']([\w-]+)["']\)""", sources))
    assert {"server", "redis", "postgres-store", "spark"} <= named <= set(extras)
    assert "batch-engine" in extras
    assert installing("server") == f"pip install '{NAME}[server]'"


@pytest.mark.filterwarnings("error")
def test_the_sdk_beside_us_is_noticed(tmp_path: Path) -> None:
    warn_if_mixed(str(tmp_path))
    warn_if_mixed(str(tmp_path / "no such folder"))
    other = tmp_path / "other"
    (other / "signals_batch_engine-0.1.0.dist-info").mkdir(parents=True)
    warn_if_mixed(str(other))
    (tmp_path / "snowplow_signals-0.4.10.dist-info").mkdir()
    with pytest.raises(UserWarning, match=r"are both installed in .*virtual environment of its own"):
        warn_if_mixed.__wrapped__(str(tmp_path))


def test_a_program_that_imports_the_mixture_is_warned_once(tmp_path: Path) -> None:
    (tmp_path / "snowplow_signals-0.4.10.dist-info").mkdir()
    (tmp_path / "snowplow_signals").symlink_to(ROOT / "src" / "snowplow_signals")
    program = "import snowplow_signals; from snowplow_signals.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"],
        env={"PYTHONPATH": str(tmp_path)},
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stderr.count("both installed") == 1
    assert "virtual environment" in done.stderr
