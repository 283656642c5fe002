"""What dbt compiles on an engine, before there are tables and after a run: it runs, it parses, and calls only functions
that the engine has.

The view has every aggregation, type, kind of criterion and awkward text at once; see tests/golden/cases.py.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from tests import harness
from tests.engines.test_regressions import row
from tests.golden.cases import ALL
from tests.histories.columns import COLUMNS
from tests.warehouses import EXECUTED, WAREHOUSES

from snowplow_signals.definitions.names import SCOPE_COLUMNS, identifier_problem
from snowplow_signals.plan import plan_view

CALL = re.compile(r"(?<![\w.$`\"])([a-z_][a-z0-9_]*)\s*\(")
SYNTAX = frozenset(
    re.findall(
        r"\w+",
        "all and any array as between by case cast coalesce distinct else exists extract filter from greatest in is "
        "join lateral least not nullif on or order over partition replace select then try_cast union unnest when where "
        "with like decimal bit double precision varchar using values interval set number group timestampadd "
        "timestampdiff",
    )
)
"""Words before a parenthesis that are the language's own, not functions'."""
TEXT_OR_NAME = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)

STRICTER = {"spark": "databricks"}
"""Databricks' text is Spark's, and it documents fewer functions."""
SLOW = ("spark",)
"""A run of this view takes minutes there; tests/histories/test_spark_histories.py runs one like it."""
PLAN = plan_view(ALL)
PLANNED = {
    PLAN.identifier,
    *(one.name for one in (*PLAN.attributes, *PLAN.derived, *PLAN.columns, *PLAN.filters, *PLAN.slots)),
}
BESIDE_ATTRIBUTES = ("base_events_this_run", "daily_aggregates", "daily_values", "attributes_this_run")
"""The models with columns that are named after what the user declares."""
STEMS = tuple({*(one.merged for one in PLAN.attributes), *(slot.name for slot in PLAN.slots)})


BESIDE_VALUES = ("computed", "exact", "factors", "given", "operands")
"""What subqueries within an expression are called: a value that is needed twice has a name there, and only there."""


def compiled(project: Path, workspace: Path) -> dict[str, str]:
    harness.dbt(project, workspace, "compile")
    files = (project / "target" / "compiled").rglob("models/**/*.sql")
    return {file.stem: file.read_text() for file in files}


def called(sql: str) -> set[str]:
    sql = TEXT_OR_NAME.sub("''", sql)
    names = {name for name in CALL.findall(sql) if name not in SYNTAX}
    of_ctes = re.findall(r"(\w+)(?: \([\w\s,]+\))? as (?:materialized )?\(", sql)
    of_tables = re.findall(r"\bas (\w+) ?\(", sql)
    return names - {*of_ctes, *of_tables}


def names_of_ours(tree: exp.Expression) -> set[str]:
    """The names of columns that the model makes up; no attribute may have them."""
    selects = [select for select in tree.find_all(exp.Select) if not _names_one_value(select)]
    names = {column.alias for select in selects for column in select.expressions} - {"", *PLANNED}
    return {name for name in names if not name.startswith(STEMS)}


def _names_one_value(select: exp.Select) -> bool:
    """Whether it stands in an expression, for a value that is needed twice."""
    return isinstance(select.parent, exp.Subquery) and select.parent.alias in BESIDE_VALUES


@pytest.mark.parametrize("engine", EXECUTED)
def test_what_dbt_compiles_runs_parses_and_calls_known_functions(engine: str, tmp_path: Path) -> None:
    warehouse = WAREHOUSES[engine]
    harness.make_workspace(tmp_path, [row("e1"), row("e2")], warehouse.columns(COLUMNS), engine)
    project = tmp_path / ALL.project_name
    harness.write_project(project, ALL, engine)
    found = [compiled(project, tmp_path)]
    if engine not in SLOW:
        harness.dbt(project, tmp_path, "run")
        found.append(compiled(project, tmp_path))
        assert found[0].keys() == found[1].keys()
        assert found[0] != found[1]
    known = WAREHOUSES[STRICTER.get(engine, engine)].functions()
    unknown: dict[str, set[str]] = defaultdict(set)
    for files in found:
        for name, sql in files.items():
            statements = sqlglot.parse(sql, dialect=warehouse.dialect.sqlglot_name)
            assert len(statements) == 1, name
            unknown[name] |= called(sql) - known
            if name.removeprefix(f"{ALL.project_name}_") in BESIDE_ATTRIBUTES:
                ours = names_of_ours(statements[0])
                assert {one for one in ours if identifier_problem(one) is None} <= {*SCOPE_COLUMNS}, name
    assert {name: functions for name, functions in unknown.items() if functions} == {}
