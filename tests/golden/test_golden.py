"""The SQL that users commit, kept as it was reviewed: a change of it is a change of theirs.

`example/` has the project of the example: in `every_engine` the files that all engines share, beside it the others by
engine, and of Databricks what differs from Spark. Macros that are copies of files of the package are read there.
`expressions/` has what other views have besides: by engine and case the expressions that no file before it has; of an
engine other than DuckDB those that differ from DuckDB's, of Databricks from Spark's. `together/` has what a project of
several views has of its own.

Whether it computes what it should is asked elsewhere, on the engines. `make golden` writes these files anew.
"""

import functools
import hashlib
import os
import subprocess
import sys
from difflib import unified_diff
from importlib import resources
from pathlib import Path

import pytest
from tests.golden.cases import CASES, OF_AGGREGATIONS
from tests.golden.excerpts import expressions

from snowplow_signals import View
from snowplow_signals.definitions.aggregations import AGGREGATIONS
from snowplow_signals.definitions.loading import load_views
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view, plan_views
from snowplow_signals.project.compile import compile_project

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXAMPLE = ROOT / "examples" / "ecommerce.py"
SHARED = "every_engine"
LIKE = {"databricks": "spark"}
"""Of these engines only what differs from another one's is kept."""
DIFFER_BY_CASE = ("base_events_this_run", "daily_aggregates", "daily_values", "attributes_this_run")
"""The models whose expressions are another view's; the others are read in the example's project."""
UPDATE = os.environ.get("SIGNALS_UPDATE_GOLDEN") == "1"
Texts = dict[str, str]


@functools.cache
def project_of(view: str, engine: str) -> Texts:
    """The project of a case, or of the example, without the macros that are files of the package."""
    found = load_views(EXAMPLE)[0] if view == "example" else CASES[view]
    copied = packaged()
    files = compile_project(plan_view(found), dialect_named(engine))
    return {path: text for path, text in files.items() if text.partition("\n")[2] not in copied}


@functools.cache
def packaged() -> frozenset[str]:
    """The texts of the files of SQL in the package."""
    files = Path(str(resources.files("snowplow_signals"))).rglob("*.sql")
    return frozenset(file.read_text("utf-8") for file in files)


@functools.cache
def example() -> Texts:
    """What is kept of the example: path below `example` to text."""
    projects = {engine: project_of("example", engine) for engine in TARGET_TYPES}
    first, *others = projects.values()
    shared = {path for path, text in first.items() if all(other.get(path) == text for other in others)}
    kept = {f"{SHARED}/{path}": text for path, text in first.items() if path in shared}
    for engine, files in projects.items():
        base = projects[LIKE[engine]] if engine in LIKE else {}
        assert base.keys() <= files.keys() or not base, "a file that is not there cannot be shown"
        own = {path: text for path, text in files.items() if path not in shared and base.get(path) != text}
        kept |= {f"{engine}/{path}": text for path, text in own.items()}
    return kept


def models_of(case: str, engine: str) -> Texts:
    """Name to text of the models of a case that may have expressions of their own."""
    files = {Path(path).stem: text for path, text in project_of(case, engine).items() if path.endswith(".sql")}
    prefix = f"{CASES[case].project_name}_"
    return {name: files[prefix + name] for name in DIFFER_BY_CASE if prefix + name in files}


@functools.cache
def new_expressions(engine: str) -> dict[tuple[str, str], list[str]]:
    """Case and model to the expressions that neither the example nor a case before it has."""
    files = project_of("example", engine)
    seen = {one for path, text in files.items() if path.startswith("models/") for one in expressions(text)}
    found = {}
    for case in CASES:
        for model, text in models_of(case, engine).items():
            found[case, model] = [one for one in dict.fromkeys(expressions(text)) if one not in seen]
            seen.update(found[case, model])
    return found


@functools.cache
def excerpts() -> Texts:
    """What is kept of the cases: path below `expressions` to text."""
    kept = {}
    for engine in TARGET_TYPES:
        other = {} if engine == "duckdb" else new_expressions(LIKE.get(engine, "duckdb"))
        for case in CASES:
            parts = []
            for model in DIFFER_BY_CASE:
                mine = new_expressions(engine).get((case, model), [])
                own = [one for one in mine if one not in other.get((case, model), [])]
                if own:
                    parts.append("\n".join([f"-- {model}", *own]) + "\n")
            if parts:
                kept[f"{engine}/{case}.sql"] = "\n".join(parts)
    return kept


@functools.cache
def together() -> Texts:
    """What a project of several views has that one of a single view has not, on DuckDB."""
    files = compile_project(plan_views([load_views(EXAMPLE)[0], OF_AGGREGATIONS["counter"]]), dialect_named("duckdb"))
    own = ("_attributes_this_run.sql", "_attributes.sql", "_publication_manifest.sql", "_removed_entities.sql")
    return {path: text for path, text in files.items() if path.startswith("models/") and path.endswith(own)}


KEPT = {"example": example, "expressions": excerpts, "together": together}


def read(folder: Path) -> Texts:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in files}


def write(folder: Path, texts: Texts) -> None:
    for path in read(folder).keys() - texts.keys():
        (folder / path).unlink()
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def differences(old: Texts, new: Texts) -> str:
    lines = []
    for path in sorted(old.keys() | new.keys()):
        before, after = (texts.get(path, "").splitlines(keepends=True) for texts in (old, new))
        lines += unified_diff(before, after, f"kept/{path}", f"made/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines)


@pytest.mark.parametrize("kind", KEPT)
def test_sql_is_what_was_reviewed(kind: str) -> None:
    folder, made = HERE / kind, KEPT[kind]()
    if UPDATE:
        write(folder, made)
    found = differences(read(folder), made)
    assert not found, f"The SQL is not as kept. If it should be so: `make golden`, and read it.\n{found}"


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_aggregation_has_a_case(aggregation: str) -> None:
    view: View = OF_AGGREGATIONS[aggregation]
    assert {attribute.aggregation for attribute in view.attributes} == {aggregation}
    assert f"duckdb/{aggregation}.sql" in excerpts()


PRINT_ALL = "from tests.golden.test_golden import fingerprint; print(fingerprint())"


def fingerprint() -> str:
    """Of all projects on one engine."""
    projects = {case: project_of(case, "duckdb") for case in [*CASES, "example"]}
    return hashlib.sha256(repr(projects).encode()).hexdigest()


def test_the_same_bytes_whatever_the_order_of_sets() -> None:
    def made(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", PRINT_ALL], env=environment, cwd=ROOT, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    assert made("1") == made("2")
