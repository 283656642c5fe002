"""What each engine reads from single values: texts that are, or nearly are, a number, a time or a boolean."""

from typing import Any

import pytest
from sqlglot import exp
from tests import random_events, reference
from tests.random_views import SCALARS
from tests.warehouses import EXECUTED, Warehouse

on_every_warehouse = pytest.mark.parametrize("warehouse", EXECUTED.values(), ids=list(EXECUTED))
NUMBERS = (
    "0", "-0", "+0", "0.0", "00", "1e0", "1E5", "1e+5", "1e-5", "1.e3", ".5e1", "5.", "+.5", "-.5", "..5", "5..",
    "1e5.0",
    "1 000", "1'000", "\t5", "5\t", "\u00a05", "5f", "5d", "5L", "0b1", "0o7", "infinity", "inf", "nan", "-NaN",
    "+Infinity",
    "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "9007199254740993", "1e18", "1e19", "1e38", "3.4028235e38",
    "3.5e38",
    "1e39", "1.7976931348623157e308", "1.8e308", "1e-45", "1e-60", "1e-400", "0.1", "16777217", "2.5", "2147483647.0",
    "2147483647.5", "9223372036854775807.0", "٥", "５", "½", "1e", "e1", "1e1e1", "--1", "+-1", "1_0", "$5", "5%",
    "1;2",
)  # fmt: skip
TIMES = (
    "2025-03-10T08:30:00.1Z", "2025-03-10T08:30:00.12", "2025-03-10 08:30:00.123456789+02:00",
    "2025-03-10T23:59:59.999999999",
    "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999+00:01", "9999-12-31T23:59:59.999999-00:01",
    "0001-01-01T00:00:00-00:01", "0001-01-01T00:00:00+00:01", "0001-01-01T00:00:00Z", "1582-10-10", "1900-02-29",
    "2000-02-29",
    "2025-00-10", "2025-03-00", "2025-04-31", "2025-03-10T8:30", "2025-03-10T08:3", "2025-03-10T08:30:0",
    "2025-03-10T08:30:00,5",
    "2025-03-10T08:30:00+1:00", "2025-03-10T08:30:00+24:00", "2025-03-10T08:30:00+23:59", "2025-03-10T08:30:00-23:59",
    "2025-03-10T08:30:00+01:60", "2025-03-10T08:30:00+15", "2025-03-10T08:30:00+0000", "2025-03-10T08:30:00-00",
    "2025-03-10T08Z",
    "2025-03-10T08:30:00 +01:00", "2025-03-10T08:30:00Z ", "2025-03-10T08:30:00Z\n", "2025-03-10T08:30:00UTC",
    "2025-03-10+01:00",
    "2025-03-10T0830", "2025/03/10", "10.03.2025", "2025-03", "2025", "20250310T083000Z", "+2025-03-10",
    "2025-03-10_08:30",
    "2025-03-10T08:30:00 Europe/Berlin", "2025-03-10 08:30:00 PM", "2025-03-10 00:00:00 BC", "２０２５-03-10",
    "2025-03-10T24:00",
    "2025-03-10T23:60", "2025-06-30T23:59:60Z", "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z",
    "0000-12-31", "epoch",
    "-infinity", "2025-03-10T08:30:00.+01:00", "2025-03-10T08:30.5", "2025-03-30T02:30:00", "2025-11-02 01:30",
)  # fmt: skip
POOL = tuple(
    dict.fromkeys(
        (
            *NUMBERS,
            *TIMES,
            *random_events.TEXTS,
            *random_events.SPELLED,
            *random_events.ISO_TEXTS,
            "tRuE",
            "TRUE ",
            "ſ",
            "on",
        )
    )
)

DOUBLES = (
    0.0, -1.0, 2.5, 2.0**31, 2.0**31 - 1, -(2.0**31), 2.0**63, -(2.0**63), 2.0**62, 1e300, -1e300, 1e-300, 0.1, 1e38,
    4e38, 3.4028235677973362e38, 3.4028235677973366e38, 7.006492321624085e-46, 7.006492321624087e-46, 5e-324, 1.7e308,
)  # fmt: skip


def wrong(values: tuple, found: list[Any], expected: list[Any], type_name: str = "") -> list[tuple]:
    if type_name == "float":  # which can come as the shortest text that stands for it
        found = [reference.single(cell) for cell in found]
    cells = zip(values, found, expected, strict=True)
    return [(value, cell, truth) for value, cell, truth in cells if not reference.same(cell, truth)]


@pytest.mark.parametrize("type_name", SCALARS)
@on_every_warehouse
def test_text_as_every_type(warehouse: Warehouse, type_name: str) -> None:
    found = warehouse.evaluated(warehouse.dialect.cast(exp.column("x"), "text", type_name), POOL)
    assert wrong(POOL, found, [reference.cast(value, type_name) for value in POOL], type_name) == []


@pytest.mark.parametrize("type_name", ["int32", "int64", "double", "float"])
@on_every_warehouse
def test_numbers_as_every_type(warehouse: Warehouse, type_name: str) -> None:
    found = warehouse.evaluated(warehouse.dialect.cast(exp.column("x"), "number", type_name), DOUBLES, "DOUBLE")
    assert wrong(DOUBLES, found, [reference.cast(value, type_name) for value in DOUBLES], type_name) == []


@pytest.mark.parametrize(
    ("kind", "reading"), [("number", reference.double), ("boolean", reference.boolean), ("time", reference.moment)]
)
@on_every_warehouse
def test_text_as_every_kind(warehouse: Warehouse, kind: str, reading: Any) -> None:
    found = warehouse.evaluated(warehouse.dialect.convert(exp.column("x"), "text", kind), POOL)
    assert wrong(POOL, found, [reading(value) for value in POOL]) == []


@pytest.mark.parametrize("part", list(reference.PARTS))
@on_every_warehouse
def test_date_parts(warehouse: Warehouse, part: str) -> None:
    times = tuple(dict.fromkeys(time for text in POOL if (time := reference.moment(text))))
    found = warehouse.evaluated(warehouse.dialect.date_part(exp.column("x"), part, "text"), times, "TIMESTAMP")
    assert wrong(times, found, [str(reference.PARTS[part](time)) for time in times]) == []


@on_every_warehouse
def test_date_parts_as_numbers(warehouse: Warehouse) -> None:
    times = random_events.MOMENTS
    for part in ("hour_of_day", "day_of_week", "month_of_year"):
        found = warehouse.evaluated(warehouse.dialect.date_part(exp.column("x"), part, "number"), times, "TIMESTAMP")
        assert found == [float(reference.PARTS[part](time)) for time in times]


@pytest.mark.parametrize("not_finite", ["nan", "inf", "-inf"])
@on_every_warehouse
def test_what_is_not_finite_is_missing(warehouse: Warehouse, not_finite: str) -> None:
    for kind in ("text", "number"):
        assert warehouse.evaluated(
            warehouse.dialect.convert(exp.column("x"), "float", kind), (float(not_finite),), "DOUBLE"
        ) == [None]
