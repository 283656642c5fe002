"""Arrows go one way: what each part of the package may import; and the command line starts quickly."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "snowplow_signals"

MAY_IMPORT: dict[str, set[str]] = {
    # names of things, which everybody may know
    "distribution": set(),
    "errors": set(),
    "loader_names": set(),
    "plain_text": set(),
    # the way of the data: definitions -> plan -> project -> run -> sync -> serve
    "definitions": {"errors", "loader_names"},
    "plan": {"definitions", "errors", "loader_names"},
    "dialects": {"definitions", "distribution", "errors", "loader_names"},
    "aggregates": {"definitions", "plan", "dialects"},
    "project": {"definitions", "plan", "aggregates", "dialects", "errors", "loader_names"},
    "workspace": {"definitions", "plan", "dialects", "project", "errors"},
    "warehouse": {"dialects", "project", "distribution", "errors"},
    "deployment": {
        *("definitions", "plan", "dialects", "project", "workspace", "warehouse"),
        *("errors", "loader_names"),
    },
    "run": {"definitions", "project", "dialects", "warehouse", "deployment", "inspect", "distribution", "errors"},
    "stores": {"definitions", "distribution", "errors"},
    "registry": {"definitions", "stores", "distribution", "errors"},
    "sync": {
        *("definitions", "dialects", "project", "workspace", "warehouse", "deployment", "stores", "registry"),
        "errors",
    },
    "inspect": {
        *("definitions", "plan", "dialects", "aggregates", "project", "workspace", "warehouse", "deployment", "stores"),
        "errors",
    },
    "datasets": {
        *("definitions", "plan", "dialects", "aggregates", "project", "workspace", "warehouse", "deployment", "stores"),
        *("distribution", "errors"),
    },
    "server": {
        *(
            "alerts",
            "definitions",
            "plan",
            "workspace",
            "warehouse",
            "stores",
            "registry",
            "sync",
            "inspect",
            "datasets",
        ),
        *("distribution", "errors", "plain_text"),
    },
    # beside it
    "alerts": {"distribution", "errors"},
    "openlineage": {"definitions", "plan", "distribution"},
    "client": {"definitions", "distribution", "errors"},
    "events": {"definitions", "errors", "loader_names"},
    "__init__": {"client", "definitions", "distribution", "errors"},
}
"""What each part of the package may import; `cli` may import all of them, and is imported by none."""

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


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_imported(file: Path) -> set[str]:
    """The modules of the package that a file imports when it runs, wherever in it; not for its types alone."""
    modules, found = {module_of(one) for one in FILES}, set()
    pending: list[ast.AST] = [ast.parse(file.read_text())]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else str(node.module) for name in names}
        pending += ast.iter_child_nodes(node)
    return (found & modules) - {module_of(file)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_arrows_go_one_way(file: Path) -> None:
    part = part_of(file)
    others = imported(file) - {part}
    if part != "cli":
        assert part in MAY_IMPORT, f"say in MAY_IMPORT what {part} may import"
        assert others <= MAY_IMPORT[part]


def test_no_module_is_imported_in_a_circle() -> None:
    """Imports inside of functions included."""
    order = graphlib.TopologicalSorter({module_of(file): modules_imported(file) for file in FILES})
    order.prepare()


def test_no_part_is_listed_that_is_gone() -> None:
    assert {*MAY_IMPORT, "cli"} == {part_of(file) for file in FILES}


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
