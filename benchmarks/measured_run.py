"""One run of a project in a process of its own, as the command line makes it, with what it cost.

python benchmarks/measured_run.py FOLDER --as-of 2025-03-01 [--rows] [--full-refresh]

Prints one line of JSON. `--rows` also counts the rows that each model's statements scanned, which takes time itself:
the seconds of such a run are not to be reported.
"""

import argparse
import json
import re
import resource
import threading
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

MODEL = re.compile(r'"node_id": "model\.(?P<project>\w+)\.(?P<model>\w+)"')
OUTSIDE = "(outside of models)"


class Statements:
    """What every statement that dbt sends took, by the model that dbt names in the comment before it."""

    def __init__(self, with_rows: bool) -> None:
        self.with_rows = with_rows
        self.seconds: Counter[str] = Counter()
        self.count: Counter[str] = Counter()
        self.rows: dict[str, Counter[str]] = defaultdict(Counter)
        self._here = threading.local()

    def model(self, sql: str) -> str:
        """BEGIN and COMMIT have no comment: they belong to the model of the statement before them."""
        found = MODEL.search(sql[:1000])
        if found:
            self._here.model = found["model"].removeprefix(f"{found['project']}_")
        elif "/* {" in sql[:10]:
            self._here.model = OUTSIDE
        return getattr(self._here, "model", OUTSIDE)

    def execute(self, wrapper: Any, original: Any, sql: str, bindings: Any) -> Any:
        model = self.model(sql)
        if self.with_rows:
            wrapper._cursor.execute("PRAGMA enable_profiling = 'no_output'")
        began = time.perf_counter()
        result = original(wrapper, sql, bindings)
        self.seconds[model] += time.perf_counter() - began
        self.count[model] += 1
        if self.with_rows:
            self.add_rows(model, wrapper._cursor.get_profiling_information())
        return result

    def add_rows(self, model: str, profile: str) -> None:
        operators = list(json.loads(profile or "{}").get("operator", []))
        while operators:
            operator = operators.pop()
            operators += operator.get("children", [])
            table = operator.get("extra_info", {}).get("Table")
            if table:
                self.rows[model][table.split(".", 1)[-1]] += operator.get("rows_scanned", 0)


def watch(statements: Statements) -> None:
    from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

    original = DuckDBCursorWrapper.execute
    DuckDBCursorWrapper.execute = lambda self, sql, bindings=None: statements.execute(self, original, sql, bindings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--full-refresh", action="store_true")
    given = parser.parse_args()
    from snowplow_signals.run.runner import run_project
    from snowplow_signals.warehouse.connection import collector_resting

    statements = Statements(given.rows)
    with collector_resting():  # as the run itself imports dbt
        watch(statements)
    result = run_project(
        given.folder, profiles_dir=given.folder.parent, as_of=given.as_of, full_refresh=given.full_refresh
    )
    measured = {
        "run_seconds": result.seconds,
        "models_seconds": sum(cost.seconds for cost in result.models.values()),
        "sql_seconds": sum(seconds for model, seconds in statements.seconds.items() if model != OUTSIDE),
        "seconds_by_model": {name: cost.seconds for name, cost in result.models.items()},
        "sql_seconds_by_model": dict(statements.seconds),
        "statements_by_model": dict(statements.count),
        "rows_scanned_by_model": {model: sum(tables.values()) for model, tables in statements.rows.items()},
        "rows_scanned_by_table": {model: dict(tables) for model, tables in statements.rows.items()},
        "cpu_seconds": time.process_time(),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "chunks": result.chunks,
        "rows": result.rows,
        "days_aggregated": result.days_aggregated,
        "entities": result.entities,
        "entities_changed": result.entities_changed,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
