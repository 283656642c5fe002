"""What the macros of a project have to know of it: its models in their order, its variables, its definition."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import date

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.project.models.columns import columns_of
from snowplow_signals.project.models.layout import skeleton
from snowplow_signals.project.variables import OLDER_NAMES, VARIABLES, Variable, bounds_of

TABLES_LAYOUT = 4
"""Which columns the tables have that are kept from run to run: another number as soon as they are others. Tables
without a number were made before there was one, and are of another layout."""


def project_macros(plan: Plan, dialect: Dialect, models: Sequence[tuple[str, str]]) -> str:
    """`models`: phase and name, in the order in which they are built."""
    phases = {phase: ["definition"] for phase, _ in models}
    for phase, name in models:
        if name != "definition":
            phases[phase].append(name)
    named = {variable.name: variable for variable in VARIABLES}
    named |= {older: named[name] for older, name in OLDER_NAMES.items()}
    return skeleton(
        "project_macros.sql",
        identifier=plan.identifier,
        counts_rows=str(dialect.counts_without_reading).lower(),
        phases=",\n".join(_listed(names) for names in phases.values()),
        columns="" if dialect.inserts_by_name else _columns(plan, dialect),
        variables=",\n".join(_variable(name, variable) for name, variable in named.items()),
    )


def _columns(plan: Plan, dialect: Dialect) -> str:
    found = columns_of(plan, dialect).items()
    listed = [f"'{name}': {_listed(names)}" for name, names in found if name != "daily_values" or plan.value_slots]
    return skeleton("columns_macros.sql", columns=",\n".join(listed))


def _variable(name: str, variable: Variable) -> str:
    known: dict[str, object] = {"kind": variable.kind, "default": variable.default}
    bounds = bounds_of(variable)
    if bounds is not None:
        known |= {
            end: bound.isoformat() if isinstance(bound, date) else bound
            for end, bound in zip(("least", "most"), bounds, strict=True)
        }
    values = ", ".join(f"'{key}': {_literal(value)}" for key, value in known.items())
    return f"'{name}': {{{values}}}"


def _literal(value: object) -> str:
    """A value of Python's in Jinja, which says some of them in lower case."""
    if isinstance(value, tuple):
        return repr(list(value))
    return repr(value).lower() if value is None or isinstance(value, bool) else repr(value)


def _listed(names: list[str]) -> str:
    lines = textwrap.wrap(", ".join(f"'{name}'" for name in names), 100)
    return "[\n" + "\n".join(f"    {line}" for line in lines) + "\n]"
