"""A program that a service starts for one question: a line of JSON comes in, the outcome goes out as JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from snowplow_signals.errors import SignalsError


def answer(outcome_of: Callable[[dict[str, Any]], Mapping[str, Any]], default: Callable[[Any], Any]) -> None:
    """Write the outcome of the question, or `{"error": ..., "message": ...}` for one of our errors.

    `default` makes JSON of what is none. The process ends when its input does: whoever asked is gone, however it ended.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing else that is printed may end up in the answer
    try:
        asked = json.loads(sys.stdin.readline())
        threading.Thread(target=_end_with_input, daemon=True).start()
        outcome = outcome_of(asked)
    except SignalsError as error:
        outcome = {"error": type(error).__name__, "message": str(error)}
    with answers:
        json.dump(outcome, answers, default=default)


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)


def as_json(value: Any) -> str:
    """Bytes, a timestamp (UTC) or a date as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='microseconds' if value.microsecond else 'seconds')}Z"
    assert isinstance(value, date), value
    return value.isoformat()
