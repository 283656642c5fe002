"""Expressions of derived attributes over single values, on each engine and in Python, are what the interpreter says."""

from datetime import datetime
from typing import Any

import pytest
from tests import reference
from tests.engines.test_leaves import DOUBLES, POOL
from tests.warehouses import EXECUTED, Warehouse

from snowplow_signals import Attribute, Derived, View, coalesce, time_between, user_entity, value, when
from snowplow_signals.definitions.evaluating import evaluate, fitted
from snowplow_signals.plan import plan_view
from snowplow_signals.project.models.derived import value_of

on_every_warehouse = pytest.mark.parametrize("warehouse", EXECUTED.values(), ids=list(EXECUTED))

X = value("x")
SIZES = (1.5, 1e20, 1e154, 1e-154, 1e200, 1e-200, 1.7976931348623157e308, 5e-324, 3.0, 0.5)
NUMBERS = (
    None, *DOUBLES, *SIZES, *(-size for size in SIZES), 2.675, 1.005, 0.125, -0.375, 4503599627370497.5, 7.0,
    0.49999999999999994, 2.0**53 + 2, 1234.5678,
)  # fmt: skip
ARITHMETIC = {
    "sum": X + X,
    "difference": X - 1,
    "product": X * X,
    "scaled": X * 0.1,
    "scaled_far": 1e-30 * X * 1e30,
    "quotient": X / X,
    "reciprocal": 1 / X,
    "twice_reciprocal": 1 / (1 / X),
    "third": X / 3,
    "tiny": X / 1e300,
    "mixed": (X * X - X) / (X + 2) * -X,
    "literals": X * 0 + value("x").round() / 7,
    "whole": X.round(),
    "cents": X.round(2),
    "digits": (X / 7).round(12),
    "logarithm": X.log(),
    "logarithm_of_square": (X * X).log(),
    "negative": -X - -2,
    "other": coalesce(X * X * X, X / 2, 0),
    "chosen": when(X * X > 1e300).then(1).when(X > 0).then(X / 2),
    "thirds": when(X > 0).then(1).otherwise(2) / when(X.is_not_null()).then(3),
}
CONDITIONS = {
    "positive": X > 0,
    "far": (X * X >= 1e300) | (X * X).is_null(),
    "not_far": ~(X * X >= 1e300),
    "either": (X > 1) | (X * 1e308 < 0),
    "both": (X > -1) & ~(X / 0 > 0),
    "same": X == X,
    "other": X != 2.5,
    "alike": (X > 0) == (X < 10),
}
TEXTS = {
    "is": X == "true",
    "is_not": X != "true",
    "before": X < "a",
    "from": X >= "É",
    "word": when(X <= "2025").then(X).when(X > "{{ x }}").then("{{ 'quoted' }}\n").otherwise("it's"),
    "or": coalesce(X, "none"),
}
MOMENTS = (
    None,
    datetime(2025, 3, 1),
    datetime(2024, 2, 29, 23, 59, 59, 999999),
    datetime(1969, 12, 31, 23, 59, 59, 500000),
    datetime(1, 1, 1),
    datetime(9999, 12, 31, 23, 59, 59, 999999),
)
TIMES = {
    "since": time_between(datetime(2025, 1, 1, 12), X, "d"),
    "until": time_between(X, datetime(2025, 1, 1, 0, 0, 0, 1), "s").round(3),
    "minutes": time_between(X, X, "min"),
    "hours": time_between(X, datetime(2025, 1, 1), "h") / 24,
    "is_later": datetime(2025, 2, 28, 23) < X,
    "or": coalesce(X, datetime(2025, 1, 1)),
}


def differing(warehouse: Warehouse, cases: dict[str, tuple[Any, str]], values: tuple, kind: str, column: str) -> list:
    attribute = Attribute(name="x", type=kind, aggregation="last", property="se_label")
    made = [Derived(name=name, type=type_name, expression=one) for name, (one, type_name) in cases.items()]
    view = View(name="v", entity=user_entity, attributes=[attribute, *made], offline=True, owner="a@example.com")
    plan = plan_view(view)
    planned = {one.column: one for one in plan.derived}
    sql = [value_of(planned[one.column], plan.types, warehouse.dialect) for one in made]
    wrong = []
    for one, found in zip(made, warehouse.evaluated_each(sql, values, column), strict=True):
        for value_, cell in zip(values, found, strict=True):
            truth = reference.cast(reference.evaluated(one.expression.to_json(), {"x": value_}), one.type)
            in_python = fitted(evaluate(one.expression, {"x": value_}), one.type)
            if one.type == "float":
                cell = reference.single(cell)
            if not reference.same(in_python, truth):
                wrong.append(("Python", one.name, value_, in_python, truth))
            if warehouse.name == "postgres" and isinstance(value_, float) and 0 < abs(value_) < 1e-270:
                continue  # counts as 0 where a result could vanish, which is an error there
            if not reference.same(cell, truth):
                wrong.append((one.name, value_, cell, truth))
    return wrong


@on_every_warehouse
def test_numbers(warehouse: Warehouse) -> None:
    cases = {name: (one, "double") for name, one in ARITHMETIC.items()}
    cases |= {
        f"{name}_as_{kind}": (ARITHMETIC[name], kind)
        for name in ("product", "whole", "third")
        for kind in ("int32", "int64", "float")
    }
    cases |= {f"is_{name}": (one, "bool") for name, one in CONDITIONS.items()}
    assert differing(warehouse, cases, NUMBERS, "double", "DOUBLE") == []


@on_every_warehouse
def test_texts(warehouse: Warehouse) -> None:
    cases = {f"is_{name}": (one, "string" if name in ("word", "or") else "bool") for name, one in TEXTS.items()}
    assert differing(warehouse, cases, (None, "", "É", "é", "Z", "a", *POOL[::7]), "string", "VARCHAR") == []


@on_every_warehouse
def test_times(warehouse: Warehouse) -> None:
    types = {"is_later": "bool", "or": "timestamp"}
    cases = {f"is_{name}": (one, types.get(name, "double")) for name, one in TIMES.items()}
    cases["seconds"] = (TIMES["or"], "unix_timestamp")
    assert differing(warehouse, cases, MOMENTS, "timestamp", "TIMESTAMP") == []
