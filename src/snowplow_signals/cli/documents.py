"""Results as JSON, for programs."""

import dataclasses
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from snowplow_signals.errors import SignalsError


def document(result: Any) -> str:
    """Dataclasses by their fields, times as ISO 8601 in UTC, bytes as text."""
    return json.dumps(_plain(result), ensure_ascii=False, indent=2)


def outcomes(projects: Sequence[str], found: Sequence[Any]) -> list[Any]:
    """What each project came to, or the error that it failed with."""
    return [
        {"project": project, "error": {"kind": type(outcome).__name__, "message": str(outcome)}}
        if isinstance(outcome, SignalsError)
        else outcome
        for project, outcome in zip(projects, found, strict=True)
    ]


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat() + ("" if value.tzinfo else "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value
