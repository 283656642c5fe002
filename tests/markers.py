"""Which tests are of which engine: what `pytest -m postgres` and `make test-postgres` choose.

A test is of the engines that its module, its name, its fixtures and its parameters name; with none of them, a test that
builds projects is DuckDB's. One that uses another engine without naming it has its marker written above it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.warehouses import WAREHOUSES, Warehouse

BUILDS_PROJECTS = ("e2e", "engines", "histories", "property")
"""The folders of tests that build projects."""
SPELLINGS = {name: name for name in WAREHOUSES} | {"postgresql": "postgres"}
FAST_FOLDERS = ("unit", "golden")
FAST_MODULES = ("test_cli", "test_compiled", "test_criteria", "test_leaves", "test_poison", "test_run_project")
"""Of tests that build projects on DuckDB, enough to see that it still works, in half a minute."""


def mark(item: pytest.Item) -> None:
    """Add the markers of the test's engines; and `fast`, if it needs nothing but DuckDB and is not `slow`."""
    folder, module = item.path.parent.name, item.path.stem
    found = {name for name in WAREHOUSES if item.get_closest_marker(name)}
    named = _words(module, getattr(item, "originalname", ""), *getattr(item, "fixturenames", ()))
    named |= {name for value in _parameters(item) for name in _named(value)}
    if folder in BUILDS_PROJECTS:
        found = found | named or {"duckdb"}
    else:
        found |= named & {"postgres"}  # as a store, or as a registry; of other engines only text is looked at there
    for name in found:
        item.add_marker(name)
    is_chosen = folder in FAST_FOLDERS or module in FAST_MODULES
    if is_chosen and found <= {"duckdb"} and not item.get_closest_marker("slow"):
        item.add_marker("fast")


def _words(*names: str) -> set[str]:
    return {SPELLINGS[word] for name in names for word in re.split(r"[_.]", name) if word in SPELLINGS}


def _parameters(item: pytest.Item) -> list[Any]:
    return list(item.callspec.params.values()) if hasattr(item, "callspec") else []


def _named(value: Any) -> set[str]:
    if isinstance(value, Warehouse):
        return {value.name}
    if isinstance(value, type):
        return {name for name in WAREHOUSES if value.__name__.lower().startswith(name)}
    return {SPELLINGS[value]} if isinstance(value, str) and value in SPELLINGS else set()
