"""Default values, and whether one fits the type of its attribute."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from snowplow_signals.definitions.base import refused
from snowplow_signals.definitions.fields import text_problem
from snowplow_signals.definitions.frozen import FrozenDict

_INTEGER_BITS = {"int32": 31, "int64": 63, "unix_timestamp": 63}
LARGEST_FLOAT = 3.4028234663852886e38
_ISO_8601 = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?", re.ASCII)


def _read_default(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenDict(value)
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise refused(f"default_value {value!r} is neither text, number, boolean, list nor dict")


DefaultValue = Annotated[
    str | bool | int | float | tuple[Any, ...] | FrozenDict | None,
    PlainValidator(_read_default),
    PlainSerializer(lambda value: dict(value) if isinstance(value, FrozenDict) else value),
]


def default_problem(kind: str, value: Any) -> str | None:
    """Why the value does not fit an attribute of this type, or None."""
    if kind == "dict":
        return _dict_problem(value)
    if kind.endswith("_list"):
        if not isinstance(value, tuple):
            return "it takes a list"
        problems = (scalar_default_problem(kind.removesuffix("_list"), item) for item in value)
        return next((f"its elements: {problem}" for problem in problems if problem), None)
    return scalar_default_problem(kind, value)


def fitted(kind: str, value: Any) -> Any:
    """The value, which fits the type, with its numbers as the type has them: 3.0 is 3 for an integer type."""
    if isinstance(value, tuple):
        return tuple(fitted(kind.removesuffix("_list"), item) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return int(value) if kind in _INTEGER_BITS else float(value)


def scalar_default_problem(kind: str, value: Any) -> str | None:
    """Why the value does not fit a scalar type, or None."""
    if kind in ("string", "bytes"):
        return text_problem(value) if isinstance(value, str) else "it takes text"
    if kind == "bool":
        return None if isinstance(value, bool) else "it takes True or False"
    if kind == "timestamp":
        return _timestamp_problem(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "it takes a number"
    if kind in _INTEGER_BITS:
        return _integer_problem(value, _INTEGER_BITS[kind])
    return _fraction_problem(value, LARGEST_FLOAT if kind == "float" else math.inf)


def _integer_problem(value: int | float, bits: int) -> str | None:
    if isinstance(value, float) and not value.is_integer():
        return "it takes a whole number"
    # whole numbers in JSON that are less than -2**63 are read as doubles, the nearest of which may be just that
    is_less = value < -(2**bits) or (isinstance(value, float) and value == -(2.0**63))
    return None if not is_less and value < 2**bits else f"it takes whole numbers from -2**{bits} to 2**{bits} - 1"


def _fraction_problem(value: int | float, largest: float) -> str | None:
    try:
        number = float(value)
    except OverflowError:
        return "it is too large"
    if not math.isfinite(number):
        return "it takes finite numbers"
    return None if abs(number) <= largest else "it is too large"


def _timestamp_problem(value: Any) -> str | None:
    if isinstance(value, str) and _ISO_8601.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                moment.astimezone(UTC)
        except ValueError as error:
            return str(error)
        except OverflowError:
            return "it is outside the years 1 to 9999 in UTC"
        return None
    return "it takes ISO 8601 text, such as '2025-01-31T12:00:00Z'"


def _dict_problem(value: Any) -> str | None:
    if not isinstance(value, FrozenDict):
        return "it takes a dict of text to whole numbers, such as {'a': 1}"
    for key, count in value.items():
        if not isinstance(key, str) or text_problem(key):
            return f"its keys are text, which {key!r} is not"
        if isinstance(count, bool) or not isinstance(count, int) or not -(2**63) <= count < 2**63:
            return f"its values are whole numbers, which {count!r} is not"
    return None
