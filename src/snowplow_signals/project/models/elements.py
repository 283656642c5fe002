"""The macros that read every element of a list: of projects that have such a property, and no others."""

from __future__ import annotations

from typing import get_args

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan
from snowplow_signals.plan.planned import Kind, Reduction
from snowplow_signals.project.models.layout import skeleton


def reads_elements(plan: Plan) -> bool:
    """Whether the plan has a property of every element."""
    return any(column.reduction is not None for column in plan.columns)


def element_macros(plan: Plan, dialect: Dialect) -> str:
    used = {(column.reduction, column.kind) for column in plan.columns if column.reduction is not None}
    branches = [
        f"{{%- {'if' if not number else 'elif'} reduction == '{reduction}' and kind == '{kind}' -%}}\n"
        f"{dialect.reduced('{{ values }}', reduction, kind)}"
        for number, (reduction, kind) in enumerate(
            (reduction, kind)
            for reduction in get_args(Reduction)
            for kind in get_args(Kind)
            if (reduction, kind) in used
        )
    ]
    missing = [
        f"{{%- {'if' if not number else 'elif'} reduction == '{reduction}' and kind == '{kind}' -%}}\n"
        f"cast(null as {dialect.reduced_type(reduction, kind)})"
        for number, (reduction, kind) in enumerate(sorted(used))
    ]
    return skeleton(
        "elements.sql",
        reduced="\n".join(branches),
        missing="\n".join(missing),
        values=dialect.values_of_each("{{ items }}", "{{ value }}"),
        joined=dialect.joined("{{ values }}", "{{ more }}"),
        items=dialect.items_macro().rstrip("\n"),
    )
