"""The text of a value does not depend on the type of its column: types widen between loads, and fields appear."""

from decimal import Decimal
from typing import Any

import pytest
from sqlglot import exp
from tests.warehouses import EXECUTED, Warehouse

on_every_warehouse = pytest.mark.parametrize("warehouse", EXECUTED.values(), ids=list(EXECUTED))
WHOLE = (12, 0, -7, 2**53, 10**18, -(10**18), 2**31, 10_000_000)
TEXTS = [str(number) for number in WHOLE]
FRACTIONS = (12.5, 0.1, -3.25, 0.001, 123456.75)


def texts(warehouse: Warehouse, values: tuple[Any, ...], leaf: Any, kind: str) -> list[Any]:
    return warehouse.evaluated(warehouse.dialect.convert(exp.column("x"), leaf, "text"), values, kind)


@on_every_warehouse
def test_a_whole_number_is_its_digits_in_every_type(warehouse: Warehouse) -> None:
    assert texts(warehouse, WHOLE, "integer", "BIGINT") == TEXTS
    assert texts(warehouse, tuple(map(float, WHOLE)), "float", "DOUBLE") == TEXTS
    assert texts(warehouse, tuple(map(Decimal, WHOLE)), "decimal", "DECIMAL(30, 2)") == TEXTS
    assert texts(warehouse, (-0.0,), "float", "DOUBLE") == ["0"]


@on_every_warehouse
def test_a_fraction_is_that_of_a_double_in_every_type(warehouse: Warehouse) -> None:
    doubles = texts(warehouse, FRACTIONS, "float", "DOUBLE")
    assert texts(warehouse, tuple(Decimal(str(one)) for one in FRACTIONS), "decimal", "DECIMAL(30, 8)") == doubles
    assert doubles == [str(one) for one in FRACTIONS]


@on_every_warehouse
def test_what_is_too_large_for_digits_is_no_error(warehouse: Warehouse) -> None:
    found = texts(warehouse, (1e20, 1e300, -1e300, 2.0**63, 5e-324), "float", "DOUBLE")
    assert [float(one) for one in found] == [1e20, 1e300, -1e300, 2.0**63, 5e-324]
