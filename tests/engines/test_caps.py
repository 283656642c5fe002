"""Lists and maps of a hundred, and values that do not fit, through dbt."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engines.test_regressions import LABEL, OTHER, check, row
from tests.warehouses import QUICK

from snowplow_signals import Attribute


def made(name: str, type: str, aggregation: str, **more: Any) -> Attribute:
    return Attribute(name=name, type=type, aggregation=aggregation, property=more.pop("property", LABEL), **more)


@pytest.mark.parametrize("warehouse", QUICK)
def test_caps_apply_to_the_final_value_only(tmp_path: Path, warehouse: str) -> None:
    """150 values on three days: seen again on the last, or more often, or no numbers."""
    rows = []
    for place in range(150):
        day = timedelta(days=place // 50)
        spelled = str(place) if place % 3 else f"x{place}"
        rows.append(row(f"e{place}", after=day + timedelta(minutes=place), se_label=str(place), se_property=spelled))
    rows += [row(f"again{place}", after=timedelta(days=3), se_label=str(place)) for place in range(10)]
    found = check(
        tmp_path,
        [
            made("every", "string_list", "unique_list"),
            made("whole", "int32_list", "unique_list"),
            made("fitting", "int64_list", "unique_list", property=OTHER),
            made("counts", "dict", "category_count"),
            made("different", "int64", "approx_count_distinct"),
            made("recent", "string_list", "unique_list", period=timedelta(days=4)),
        ],
        rows,
        warehouse=warehouse,
    )
    assert found["whole"] == [int(text) for text in found["every"]]
    assert found["every"][-10:] == sorted(found["every"][-10:])
    assert set(found["every"][-10:]) == {str(place) for place in range(10)}
    assert len(found["every"]) == 100
    assert found["fitting"] == [place for place in range(150) if place % 3]
    assert len(found["counts"]) == 100
    assert [found["counts"][str(place)] for place in range(10)] == [2] * 10
    assert "50" not in found["counts"]
    assert found["different"] == 150
