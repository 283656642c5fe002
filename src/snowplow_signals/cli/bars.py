"""Numbers as small bars, for people at a terminal. Elsewhere there are none: output stays what programs expect."""

import sys
from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
WIDTH = 10


def are_shown() -> bool:
    """Whether the result goes to a terminal that can show them."""
    if not sys.stdout.isatty():
        return False
    try:
        (_EIGHTHS + _LEVELS).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(value: float, most: float, width: int = WIDTH) -> str:
    """A bar of `value`, as long as `width` for `most`. What is not nothing is at least the thinnest bar."""
    if value <= 0 or most <= 0:
        return ""
    eighths = max(round(min(value / most, 1) * width * 8), 1)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "")


def sparkline(values: Sequence[float]) -> str:
    """A character for each value, the largest as high as there are; none where there is nothing to compare."""
    most = max(values, default=0)
    if len(values) < 2 or most <= 0:
        return ""
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[round(max(value, 0) / most * top)] for value in values)
