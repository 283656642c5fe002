"""Types of numbers: the narrowest that holds the values of two others, digit by digit.

A double holds every whole number up to 2^53 and every decimal of 15 digits; others meet a fraction only as text.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any

TEXT = "VARCHAR"
EXACT_IN_DOUBLE = "BIGINT(53)"
"""A BIGINT all of whose values a double holds too; the type of its column is BIGINT."""

_INTEGERS: dict[str, tuple[int, int]] = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    EXACT_IN_DOUBLE: (-(2**53), 2**53),
    "BIGINT": (-(2**63), 2**63 - 1),
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "UHUGEINT": (0, 2**128 - 1),
}
_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", EXACT_IN_DOUBLE, "BIGINT", "HUGEINT")
_OF_JSON = ("INTEGER", EXACT_IN_DOUBLE, "BIGINT", "HUGEINT")
FLOATS = ("FLOAT", "DOUBLE")
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_MOST_DIGITS = 38
_DIGITS_IN_DOUBLE = 15


def read_json(text: str) -> Any:
    """JSON whose numbers keep their digits: a fraction that no double stands for is its text, `12.0` is 12."""
    return json.loads(text, parse_float=exact)


def exact(text: str) -> int | float | str:
    """The number with this text, a whole one as such; the text itself where no double stands for it.

    One does for at most 15 digits, and for what is written as a double is.
    """
    double = float(text)
    if not math.isfinite(double):
        return text
    number = Decimal(text)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")  # to normalize would round to 28 of them
    is_short = len(digits) <= _DIGITS_IN_DOUBLE and (double != 0 or not digits)
    if not is_short and number != Decimal(repr(double)):
        return text
    return int(double) if double.is_integer() and abs(double) <= 2**53 else double


def decimal_type(text: str) -> str:
    """The narrowest decimal that holds the number with this text; text for one of more than 38 digits."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    scale = max(-exponent, 0)
    digits = max(number.adjusted() + 1, 1) + scale
    return f"DECIMAL({digits},{scale})" if digits <= _MOST_DIGITS else TEXT


def type_of(value: int) -> str:
    """The narrowest type of a whole number that JSON has; text for those of more than 127 bits."""
    return next((name for name in _OF_JSON if _INTEGERS[name][0] <= value <= _INTEGERS[name][1]), TEXT)


def is_number(kind: str) -> bool:
    """Whether a type is one of numbers."""
    return kind in _INTEGERS or kind in FLOATS or _DECIMAL.fullmatch(kind) is not None


def has_fractions(kind: str) -> bool:
    """Whether a type is one of numbers that may have a fraction."""
    return kind in FLOATS or _DECIMAL.fullmatch(kind) is not None


def wider(one: str, other: str) -> str:
    """The narrowest type that holds every value of both types of numbers; text when no number type does."""
    if one in _INTEGERS and other in _INTEGERS:
        return _of_integers(one, other)
    if one in FLOATS or other in FLOATS:
        exact = one if other in FLOATS else other
        return "DOUBLE" if exact in FLOATS or _fits_double(exact) else TEXT
    (whole, scale), (other_whole, other_scale) = _digits(one), _digits(other)
    most, scale = max(whole, other_whole), max(scale, other_scale)
    return f"DECIMAL({most + scale},{scale})" if most + scale <= _MOST_DIGITS else TEXT


def if_exact_in_double(kind: str) -> str:
    """The type, taken to hold only what a double holds too."""
    if kind in _INTEGERS and not _fits_double(kind):
        return EXACT_IN_DOUBLE
    found = _DECIMAL.fullmatch(kind)
    if found and not _fits_double(kind):
        return f"DECIMAL({_DIGITS_IN_DOUBLE},{min(int(found[2]), _DIGITS_IN_DOUBLE)})"
    return kind


def _of_integers(one: str, other: str) -> str:
    low, high = min(_INTEGERS[one][0], _INTEGERS[other][0]), max(_INTEGERS[one][1], _INTEGERS[other][1])
    for name in (one, other, *_SIGNED):
        if _INTEGERS[name][0] <= low and high <= _INTEGERS[name][1]:
            return name
    return TEXT


def _fits_double(kind: str) -> bool:
    if kind in _INTEGERS:
        low, high = _INTEGERS[kind]
        return low >= -(2**53) and high <= 2**53
    return sum(_digits(kind)) <= _DIGITS_IN_DOUBLE


def _digits(kind: str) -> tuple[int, int]:
    """Digits before and after the point."""
    found = _DECIMAL.fullmatch(kind)
    if found:
        return int(found[1]) - int(found[2]), int(found[2])
    return max(len(str(abs(edge))) for edge in _INTEGERS[kind]), 0
