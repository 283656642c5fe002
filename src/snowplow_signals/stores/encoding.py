"""Values as JSON text and back, each exactly as it was.

JSON has no bytes and no time, and a dictionary of the user's could look like a mark of ours: so whatever is not JSON's
own becomes an object with one key that says what it is, dictionaries included.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_PLAIN = (str, bool, int, float, type(None))


def encoded(values: Mapping[str, Any]) -> str:
    """The JSON text of the values by name. Raises TypeError for a value of a kind that no attribute has."""
    return json.dumps({name: _marked(value) for name, value in values.items()}, separators=(",", ":"))


def decoded(text: str) -> dict[str, Any]:
    """The values that `encoded` wrote."""
    return {name: _unmarked(value) for name, value in json.loads(text).items()}


def _marked(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_marked(item) for item in value]
    if isinstance(value, Mapping):
        return {"dict": {key: _marked(item) for key, item in value.items()}}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    raise TypeError(f"{type(value).__name__} is no kind of value that an attribute has")


def _unmarked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {key: _unmarked(item) for key, item in content.items()}
    return _READERS[kind](content)


_READERS = {
    "bytes": base64.b64decode,
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "decimal": Decimal,
}
