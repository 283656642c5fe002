"""Every operator on each engine, between every text and every literal of the pools, missing values among them."""

from typing import Any

import pytest
from sqlglot import exp
from tests import random_events, reference
from tests.random_views import NUMBER_LITERALS, OPERATORS_OF, PATTERNS, TEXT_LITERALS
from tests.warehouses import EXECUTED, Warehouse

from snowplow_signals import AtomicProperty, Criterion, EventProperty
from snowplow_signals.plan import Column, Comparison
from snowplow_signals.project.models.conditions import comparison

on_every_warehouse = pytest.mark.parametrize("warehouse", EXECUTED.values(), ids=list(EXECUTED))
CASED = (
    "É",
    "k",
    "\u212a",
    "S",
    "ſ",
    "ß",
    "ẞ",
    "SS",
    "İ",
    "i",
    "ı",
    "I",
    "Σ",
    "σ",
    "ς",
    "ǅ",
    "ǆ",
    "\U00010400",
    "\U00010428",
)
"""Where lower case is one thing on one engine, and another on the next."""
TEXTS = (
    *random_events.TEXTS,
    *random_events.SPELLED,
    '{"a":[1,null]}',
    "Z",
    "z",
    "ab\n\nb",
    "e\u0301",
    "é",
    *CASED,
    None,
)
LITERALS: dict[str, tuple] = {
    "text": (*TEXT_LITERALS, *PATTERNS),
    "number": NUMBER_LITERALS,
    "boolean": (True, False),
}
READINGS = {"text": lambda value: value, "number": reference.double, "boolean": reference.boolean}
PROPERTY = EventProperty(vendor="com.acme", name="shop", major_version=1, path="x")


def compared(
    warehouse: Warehouse, operator: str, literals: list[Any], kind: str, values: list[Any]
) -> list[list[bool]]:
    """Whether each value compares with each literal, by the SQL, after it was read as the kind."""
    expressions = []
    for literal in literals:
        expression = comparison(Comparison(Column("x", PROPERTY, kind), operator, literal), warehouse.dialect)
        if kind == "text":  # as it is kept
            kept = warehouse.dialect.convert(exp.column("x"), "text", "text")
            expression = expression.transform(lambda node, kept=kept: kept if isinstance(node, exp.Column) else node)
        expressions.append(exp.func("coalesce", expression, exp.false()))
    types = {"text": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN"}
    return warehouse.evaluated_each(expressions, values, types[kind])


@pytest.mark.parametrize("kind", ["text", "number", "boolean"])
@on_every_warehouse
def test_every_operator(warehouse: Warehouse, kind: str) -> None:
    values = [READINGS[kind](text) for text in TEXTS]
    for operator in OPERATORS_OF[kind]:
        pool = LITERALS[kind]
        literals = pool if operator not in ("in", "not in", "between") else zip(pool, pool[1:] + pool[:1], strict=True)
        if operator.endswith("ilike"):
            literals = (*pool, *CASED, *(f"%{''.join(CASED[start:])}%" for start in (0, 9)))
        if operator == "starts with":
            literals = (literal for literal in pool if literal)
        criteria = [Criterion(property=PROPERTY, operator=operator, value=literal) for literal in literals]
        all_found = compared(warehouse, operator, [criterion.value for criterion in criteria], kind, values)
        for criterion, found in zip(criteria, all_found, strict=True):
            expected = [reference.holds(criterion, {"unstruct_event_com_acme_shop_1": {"x": text}}) for text in TEXTS]
            wrong = [case for case in zip(TEXTS, found, expected, strict=True) if case[1] != case[2]]
            assert wrong == [], f"{operator} {criterion.value!r}"


@pytest.mark.parametrize("operator", ["is null", "is not null"])
@on_every_warehouse
def test_missing(warehouse: Warehouse, operator: str) -> None:
    criterion = Criterion(property=AtomicProperty(name="se_label"), operator=operator)
    expected = [reference.holds(criterion, {"se_label": text}) for text in TEXTS]
    assert compared(warehouse, operator, [None], "text", list(TEXTS)) == [expected]
