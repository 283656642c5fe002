"""The value of an expression for one entity, in Python: what is computed when attributes are read.

The same numbers as in the warehouse: doubles, and a result that is not finite is missing.
"""

import math
import struct
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

from snowplow_signals.definitions.expressions import LITERALS, Expression
from snowplow_signals.definitions.names import sql_name

Scalar = float | str | bool | datetime | None
SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "add": add,
    "subtract": sub,
    "multiply": mul,
    "divide": truediv,
}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equal": eq,
    "not_equal": ne,
    "less": lt,
    "less_or_equal": le,
    "greater": gt,
    "greater_or_equal": ge,
}


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Scalar:
    """The value over those of the attributes, by their columns: numbers, texts, booleans, times in UTC without a zone.

    None is missing. The expression has no problems.
    """
    operation, operands = expression.operation, expression.operands
    if operation == "attribute":
        return _read(values[sql_name(str(expression.argument))])
    if operation == "time":
        return datetime.fromisoformat(str(expression.argument))
    if operation in LITERALS:
        return expression.argument
    if operation == "case":
        for condition, value in expression.branches:
            if evaluate(condition, values) is True:
                return evaluate(value, values)
        return None if expression.otherwise is None else evaluate(expression.otherwise, values)
    found = [evaluate(one, values) for one in operands]
    if operation == "is_null":
        return found[0] is None
    if operation == "coalesce":
        return next((one for one in found if one is not None), None)
    if operation in ("and", "or"):
        decisive = operation == "or"
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if None in found:
        return None
    return _of_values(expression, found)


def fitted(value: Scalar, type_name: str) -> Scalar:
    """The value of an expression in the type of its attribute; None where it does not fit."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(seconds=1) if type_name == "unix_timestamp" else value
    if isinstance(value, bool) or not isinstance(value, float) or type_name == "double":
        return value
    if type_name == "float":
        try:
            return float(struct.unpack("<f", struct.pack("<f", value))[0])
        except OverflowError:
            return None
    limit = 2.0 ** (31 if type_name == "int32" else 63)
    return int(value) if value.is_integer() and -limit <= value < limit else None


def _of_values(expression: Expression, found: list[Any]) -> Scalar:
    """Of an operation whose operands are there."""
    operation = expression.operation
    if operation in _COMPARISONS:
        return bool(_COMPARISONS[operation](*found))
    if operation == "not":
        return not found[0]
    if operation == "negate":
        return -float(found[0])
    if operation == "time_between":
        passed: int = (found[1] - found[0]) // _MICROSECOND
        return passed / (SECONDS[str(expression.argument)] * 1e6)
    if operation == "round":
        return _finite(_rounded(found[0], float(10 ** int(expression.argument or 0))))
    if operation == "log":
        return math.log(found[0]) if found[0] > 0 else None
    if operation == "divide" and found[1] == 0:
        return None
    return _finite(reduce(_ARITHMETIC[operation], found))


def _read(value: Any) -> Scalar:
    """A stored value: whole numbers and decimals are doubles."""
    if value is None or isinstance(value, bool | str | datetime):
        return value
    return _finite(float(value))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _rounded(number: float, shift: float) -> float:
    """Half away from zero: what is cut off is exact, and so is twice of it."""
    shifted = number * shift
    if not math.isfinite(shifted):
        return shifted
    whole = math.trunc(shifted)
    return (whole + math.trunc(2 * (shifted - whole))) / shift
