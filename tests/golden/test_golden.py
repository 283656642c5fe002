"""The SQL that users commit, kept as it was reviewed: a change of it is a change of theirs.

Whether it computes what it should is asked elsewhere, on the engine. `make golden` writes these files anew.
"""

import os
import re
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from tests.golden.cases import CASES, OF_AGGREGATIONS
from tests.golden.rendering import rendered
from tests.warehouses import WAREHOUSES

from snowplow_signals import View
from snowplow_signals.definitions.attributes import AGGREGATIONS
from snowplow_signals.definitions.loading import load_views
from snowplow_signals.definitions.names import SCOPE_COLUMNS, identifier_problem
from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project import compile_project

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "ecommerce.py"
TELLING = ("base_events_this_run", "daily_aggregates", "daily_values", "attributes_this_run")
"""The models that differ by case; the others are read in `whole_project`."""
UPDATE = os.environ.get("SIGNALS_UPDATE_GOLDEN") == "1"

DIALECTS = TARGET_TYPES
all_dialects = pytest.mark.parametrize("dialect", DIALECTS)
all_cases = pytest.mark.parametrize("case", [*CASES, "whole_project"])


def project_of(view: View, dialect: str) -> dict[str, str]:
    return compile_project(plan_view(view), dialect_named(dialect))


def texts_of(case: str, dialect: str) -> dict[str, str]:
    """What is kept of a case: path below its folder to text."""
    if case == "whole_project":
        return project_of(load_views(EXAMPLE)[0], dialect)
    view = CASES[case]
    wanted = {f"{view.project_name}_{name}": name for name in TELLING}
    files = {Path(path).stem: text for path, text in project_of(view, dialect).items()}
    return {f"{name}.sql": files[stem] for stem, name in wanted.items() if stem in files}


def kept(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in files}


def write(folder: Path, texts: dict[str, str]) -> None:
    for path in kept(folder).keys() - texts.keys():
        (folder / path).unlink()
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def differences(old: dict[str, str], new: dict[str, str]) -> str:
    lines = []
    for path in sorted(old.keys() | new.keys()):
        before, after = (texts.get(path, "").splitlines(keepends=True) for texts in (old, new))
        lines += unified_diff(before, after, f"kept/{path}", f"made/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in lines)


@all_dialects
@all_cases
def test_sql_is_what_was_reviewed(case: str, dialect: str) -> None:
    folder, made = HERE / case / dialect, texts_of(case, dialect)
    if UPDATE:
        write(folder, made)
    found = differences(kept(folder), made)
    assert not found, f"{case} on {dialect} is not as kept. If it should be so: `make golden`, and read it.\n{found}"


@all_dialects
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_aggregation_has_a_case(aggregation: str, dialect: str) -> None:
    view = OF_AGGREGATIONS[aggregation]
    assert {attribute.aggregation for attribute in view.attributes} == {aggregation}
    assert (HERE / aggregation / dialect / "attributes_this_run.sql").is_file()


def test_no_case_is_kept_that_is_gone() -> None:
    folders = {folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert folders == {*CASES, "whole_project"}
    assert {file.name for case in folders for file in (HERE / case).iterdir()} == set(DIALECTS)


PRINT_ALL = """
import hashlib, json
from tests.golden.test_golden import CASES, texts_of
made = {case: texts_of(case, "duckdb") for case in [*CASES, "whole_project"]}
print(hashlib.sha256(json.dumps(made).encode()).hexdigest())
"""


def test_the_same_bytes_whatever_the_order_of_sets() -> None:
    def made(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        root = str(HERE.parents[1])
        done = subprocess.run([sys.executable, "-c", PRINT_ALL], env=environment, cwd=root, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    assert made("1") == made("2")


@all_dialects
@all_cases
@pytest.mark.parametrize("is_first", [True, False])
def test_sql_parses(case: str, dialect: str, is_first: bool) -> None:
    """By sqlglot in the engine's dialect, whatever tables exist already; that it runs is shown on the engines."""
    files = texts_of(case, dialect)
    for path, text in files.items():
        if path.endswith(".sql") and not path.startswith("macros/"):
            sql = rendered(text, is_first)
            assert len(sqlglot.parse(sql, dialect=dialect_named(dialect).sqlglot_name)) == 1, path


@all_dialects
@all_cases
@pytest.mark.parametrize("is_first", [True, False])
def test_the_engine_itself_parses(case: str, dialect: str, is_first: bool) -> None:
    for path, text in texts_of(case, dialect).items():
        if path.endswith(".sql") and not path.startswith("macros/"):
            assert WAREHOUSES[dialect].syntax_error(rendered(text, is_first)) is None, path


CALL = re.compile(r"(?<![\w.$])([a-z_][a-z0-9_]*)\s*\(")
SYNTAX = frozenset(
    re.findall(
        r"\w+",
        "all and as between by case cast coalesce distinct else exists extract filter from greatest in is join least "
        "not nullif on or order over partition replace select then try_cast union when where with like decimal bit "
        "double precision varchar using values interval set number group",
    )
)
"""Words before a parenthesis that are the language's own, not functions'."""


@all_dialects
@all_cases
def test_every_function_is_one_that_the_engine_has(case: str, dialect: str) -> None:
    known = WAREHOUSES[dialect].functions()
    for path, text in texts_of(case, dialect).items():
        if path.endswith(".sql") and not path.startswith("macros/"):
            sql = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--.*", "''", rendered(text, False))
            called = {name for name in CALL.findall(sql) if name not in SYNTAX}
            ours = set(re.findall(r"(\w+) as \(", sql))
            assert called - ours <= known, path


def is_refused(name: str) -> bool:
    return identifier_problem(name) is not None


def _names_one_value(select: exp.Select) -> bool:
    """Whether it stands in an expression, for a value that is needed twice; only there it has that name."""
    return isinstance(select.parent, exp.Subquery) and select.parent.alias == "computed"


@all_dialects
@pytest.mark.parametrize("case", ["criteria", "mean", "unique_list", "identifier_of_entity"])
def test_no_identifier_has_the_name_of_a_column_beside_it(case: str, dialect: str) -> None:
    plan = plan_view(CASES[case])
    planned = {plan.identifier, *(attribute.name for attribute in plan.attributes)}
    planned |= {item.name for item in (*plan.columns, *plan.filters, *plan.slots)}
    stems = tuple({*(attribute.merged for attribute in plan.attributes), *(slot.name for slot in plan.slots)})
    for text in texts_of(case, dialect).values():
        tree = sqlglot.parse_one(rendered(text, False), dialect=dialect_named(dialect).sqlglot_name)
        selects = [select for select in tree.find_all(exp.Select) if not _names_one_value(select)]
        names = {column.alias for select in selects for column in select.expressions} - {""}
        ours = {name for name in names - planned if not name.startswith(stems)}
        assert {name for name in ours if not is_refused(name)} <= {*SCOPE_COLUMNS}
