"""Windows as the console's pages say them."""

from datetime import timedelta
from typing import Any

import pytest

from snowplow_signals import Attribute
from snowplow_signals.server.console.rendering import window


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ({}, "lifetime"),
        ({"period": timedelta(days=7)}, "7 days"),
        ({"period": timedelta(minutes=15)}, "15 min 0 s"),
        ({"period": timedelta(days=7), "offset": timedelta(days=14)}, "7 days, until 14 days ago"),
        ({"period": "month"}, "month to date"),
        ({"period": "month", "offset": 1}, "last month"),
        ({"period": "quarter", "offset": 3}, "quarter, 3 ago"),
    ],
)
def test_windows(declared: dict[str, Any], shown: str) -> None:
    assert window(Attribute(name="a", type="int64", aggregation="counter", **declared)) == shown
