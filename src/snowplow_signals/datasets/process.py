"""A training set in a process of its own, for a service: `python -m snowplow_signals.datasets.process`.

It reads a line of JSON, `{"do": "sql" | "run" | "preview", "request": ...}`, for a preview with `rows` and `offset`,
and writes the outcome as JSON: what was asked for, or `{"error": ..., "message": ...}`. It ends when its input does:
whoever asked is gone.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from snowplow_signals.datasets.bundle import Bundle, BundleRequest
from snowplow_signals.deployment.program import answer, as_json


def outcome_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is written for what was read. Raises what `Bundle` raises."""
    with Bundle.opened(BundleRequest.from_data(asked["request"])) as bundle:
        match asked["do"]:
            case "sql":
                anchors, attributes, dataset = bundle.statements()
                return {
                    "anchors": anchors.as_json(), "attributes": attributes.as_json(), "dataset": dataset.as_json()
                }  # fmt: skip
            case "run":
                place = bundle.run()
                return {"database": place.database, "schema": place.schema, "table": place.table}
            case _:
                columns, rows = bundle.preview(asked["rows"], asked["offset"])
                return {"columns": columns, "data": rows, "row_count": len(rows)}


def _as_json(value: Any) -> str:
    """What the anchors brought may be of any type."""
    return as_json(value) if isinstance(value, bytes | date) else str(value)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that tables of the meantime are dropped
    answer(outcome_of, _as_json)
