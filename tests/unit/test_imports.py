"""Arrows go one way: what each part of the package may import; and the command line starts quickly."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "snowplow_signals"

MAY_IMPORT: dict[str, set[str]] = {
    "__init__": {"client", "definitions", "distribution", "errors"},
    "distribution": set(),
    "client": {"definitions", "distribution", "errors"},
    "errors": set(),
    "naming": set(),
    "plain_text": set(),
    "yaml_files": {"errors"},
    "settings": {"errors", "yaml_files"},
    "definitions": {"errors", "naming"},
    "plan": {"definitions", "errors", "naming"},
    "dialects": {"definitions", "distribution", "errors", "naming"},
    "aggregates": {"definitions", "plan", "dialects"},
    "models": {"definitions", "plan", "aggregates", "dialects", "naming", "settings"},
    "limits": {"definitions", "plan", "dialects", "models", "errors", "naming"},
    "project": {"plan", "dialects", "models", "limits"},
    "workspace": {"definitions", "errors", "plan", "dialects", "models", "project", "settings", "yaml_files"},
    "warehouse": {"dialects", "distribution", "errors", "yaml_files"},
    "invocation": {"errors", "warehouse"},
    "events": {"definitions", "errors", "naming"},
    "stores": {"definitions", "distribution", "errors"},
    "registry": {"definitions", "distribution", "errors", "stores"},
    "profiles": {"definitions", "stores"},
}
"""The parts at the beginning of the way of the data. What comes later may import any of these, but see `LATER`."""

LATER = {
    "lease",
    "missing",
    "server",
    "preflight",
    "runner",
    "sync",
    "deployed",
    "source_columns",
    "status",
    "trial",
    "unused",
    "verify",
    "explain",
    "cli",
}
"""May import what is above, and each other; only `cli` is imported by none of them."""

HEAVY = (
    "pydantic",
    "sqlglot",
    "dbt",
    "duckdb",
    "rich",
    "yaml",
    "snowplow_analytics_sdk",
    "fastapi",
    "sqlalchemy",
    "httpx2",
)
BY_TYPER = ("pydantic",)
"""What typer itself loads to read the arguments."""


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The parts of the package that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == PACKAGE.name else []
            found |= {(names or [node.module])[0]} if node.module != PACKAGE.name else set(names)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    ours = {name.split(".")[1] for name in found if name.startswith(f"{PACKAGE.name}.")}
    return {name for name in ours if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_arrows_go_one_way(file: Path) -> None:
    part = part_of(file)
    others = imported(file) - {part}
    if part in MAY_IMPORT:
        assert others <= MAY_IMPORT[part]
    else:
        assert part in LATER, f"say in MAY_IMPORT what {part} may import"
        assert part == "cli" or "cli" not in others


def test_no_part_is_listed_that_is_gone() -> None:
    assert set(MAY_IMPORT) <= {part_of(file) for file in FILES}


@pytest.mark.parametrize(
    "program",
    [
        "import snowplow_signals",
        "import snowplow_signals.cli.app",
        "import sys; sys.argv = ['x', 'run', '--help']; from snowplow_signals.cli import main\n"
        "try: main()\nexcept SystemExit: pass",
    ],
    ids=["package", "commands", "help"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(program: str) -> None:
    loaded = f"{program}\nimport sys; print('LOADED', *sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", loaded], text=True, capture_output=True, check=True)
    modules = done.stdout.rpartition("LOADED")[2].split()
    allowed = BY_TYPER if "main()" in program else ()
    assert [name for name in HEAVY if name in modules and name not in allowed] == []
