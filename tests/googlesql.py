"""GoogleSQL itself: ZetaSQL's analyzer and reference implementation, in WebAssembly, as a process of the tests.

Its packages cannot live beside dbt's (another protobuf), so it has an environment of its own. Sessions are in a zone
with daylight-saving changes.
"""

from __future__ import annotations

import atexit
import base64
import functools
import json
import os
import subprocess
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.environments import CACHE, python_with

PACKAGE = "zetasql==0.1.5"
_FROM_JSON = {
    "double": float,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "bytes": base64.b64decode,
}


class GoogleSqlError(Exception):
    """What GoogleSQL has against a statement."""


class GoogleSql:
    """The process, started when it is first asked."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._lock = threading.Lock()

    @functools.cached_property
    def _process(self) -> subprocess.Popen[str]:
        python = python_with("googlesql", PACKAGE)
        settings = CACHE / "wasmtime.toml"
        settings.write_text(f'[cache]\ndirectory = "{CACHE / "wasmtime"}"\n')
        found = subprocess.Popen(
            [python, Path(__file__).with_name("googlesql_worker.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "SIGNALS_WASMTIME_CONFIG": str(settings), "SIGNALS_ZONE": self.zone},
        )
        atexit.register(found.kill)
        return found

    def _asked(self, do: str, sql: str) -> Any:
        with self._lock:
            self._process.stdin.write(json.dumps({"do": do, "sql": sql}) + "\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline() or '{"error": "the process has ended"}')
        if "error" in told:
            raise GoogleSqlError(told["error"])
        return told["answer"]

    def rows(self, sql: str) -> list[list[Any]]:
        """The rows of a query. Raises GoogleSqlError."""
        return [[_read(cell) for cell in row] for row in self._asked("query", sql)]

    def analyze(self, sql: str) -> None:
        """Raises GoogleSqlError when the statement is none."""
        self._asked("analyze", sql)

    def parse(self, sql: str) -> None:
        """Raises GoogleSqlError when the statement's form is not right, whatever tables it names."""
        self._asked("parse", sql)


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in _FROM_JSON:
            name, text = next(iter(value.items()))
            return _FROM_JSON[name](text)
        return {name: _read(inner) for name, inner in value.items()}
    return value
