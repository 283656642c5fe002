"""A training set in a process of its own, for a service: `python -m snowplow_signals.datasets.process`.

It reads a line of JSON, `{"do": "sql" | "run" | "preview", "request": ...}`, for a preview with `rows` and `offset`,
and writes the outcome as JSON: what was asked for, or `{"error": ..., "message": ...}`. It ends when its input does:
whoever asked is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from snowplow_signals.datasets.bundle import Bundle, BundleRequest
from snowplow_signals.errors import SignalsError


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


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else that is printed may end up in the answer
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that tables of the meantime are dropped
    try:
        asked = json.loads(sys.stdin.readline())
        threading.Thread(target=_end_with_input, daemon=True).start()
        outcome: Mapping[str, Any] = outcome_of(asked)
    except SignalsError as error:
        outcome = {"error": type(error).__name__, "message": str(error)}
    with answers:
        json.dump(outcome, answers, default=_as_json)


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='microseconds' if value.microsecond else 'seconds')}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


if __name__ == "__main__":
    main()
