"""Paths into the JSON of events and entities, such as `a.b[0].c`.

A key that holds a dot, a bracket or a quote at its start is written in quotes: `a["b.c"]`, or `a."b.c"`. Every path has
one normal form, which is what is compared, published and rendered.
"""

import re

from snowplow_signals.definitions.fields import text_problem

_KEY = re.compile(r"[^.\[\]\"'][^.\[\]]*")
_INDEX = re.compile(r"\[([0-9]+)\]", re.ASCII)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<key>(?:[^\\]|\\["'\\])*?)(?P=quote)""", re.DOTALL)
_LARGEST_INDEX = 2**31 - 1
MOST_STEPS = 100
"""No event is nested that deeply, and reading a path recurses once per step."""
_HOW = "write it as 'a.b[0].c': keys joined by '.', indexes from 0 in '[ ]' after a key"
_HOW_QUOTED = """a key with '.', '[' or ']' in it is written as a["b.c"]"""


def parse_path(path: str) -> tuple[str | int, ...]:
    """Keys as text and list indexes as numbers: `$.a.b[0]["c.d"]` is ("a", "b", 0, "c.d"). ValueError if it is not a
    path.

    A leading `$.`, or `$` before a bracket, stands for the whole. In quotes, a backslash goes before a quote or another
    backslash.
    """
    rest = path.removeprefix("$") if path.startswith(("$.", "$[")) else path
    rest = rest.removeprefix(".") if rest is not path else rest
    problem = text_problem(rest)
    if problem:
        raise ValueError(problem)
    if rest == "$":
        raise ValueError("'$' stands for the whole; name a key below it, such as '$.price'")
    segments: list[str | int] = []
    position, is_joined = 0, True
    while position < len(rest) or is_joined:
        key, position = _key(rest, position, is_joined, segments)
        segments.append(key)
        if len(segments) > MOST_STEPS:
            raise ValueError(f"it has more than {MOST_STEPS} steps")
        is_joined = rest.startswith(".", position)
        position += is_joined
        if is_joined and position == len(rest):
            raise ValueError("it ends with '.'")
    return tuple(segments)


def _key(text: str, position: int, is_joined: bool, before: list[str | int]) -> tuple[str | int, int]:
    """The key or index at a position, and where it ends; `is_joined`: at the start, or after a '.'."""
    if text.startswith("[", position):
        index = _INDEX.match(text, position)
        if index and before and not (is_joined and position):
            if int(index[1]) > _LARGEST_INDEX:
                raise ValueError("an index is too large")
            return int(index[1]), index.end()
        if text[position + 1 : position + 2] in ("'", '"') and not (is_joined and position):
            key, end = _quoted(text, position + 1)
            if text.startswith("]", end):
                return key, end + 1
            raise ValueError(f"a quoted key ends with its quote and ']': {_HOW_QUOTED}")
        raise ValueError(f"{_HOW}; {_HOW_QUOTED}")
    if is_joined and text[position : position + 1] in ("'", '"'):
        return _quoted(text, position)
    plain = _KEY.match(text, position) if is_joined else None
    if plain is None:
        raise ValueError(f"{_HOW}; {_HOW_QUOTED}")
    if plain[0] == "$" and not before:
        raise ValueError("'$' stands for the whole and goes first, once; a key of that name is written as [\"$\"]")
    return plain[0], plain.end()


def _quoted(text: str, position: int) -> tuple[str, int]:
    found = _QUOTED.match(text, position)
    if found is None:
        raise ValueError(
            f"a quote is not closed, or a backslash in it is not followed by a quote or backslash: {_HOW_QUOTED}"
        )
    key = re.sub(r"\\(.)", r"\1", found["key"])
    if not key:
        raise ValueError("a key is empty, and no loader makes a field of it")
    return key, found.end()


def render_path(segments: tuple[str | int, ...], quote: str = '"') -> str:
    """The path in its normal form, with keys in quotes only where they need them."""
    steps = [_rendered(step, quote, is_first=place == 0) for place, step in enumerate(segments)]
    return "".join(steps).removeprefix(".")


def _rendered(step: str | int, quote: str, *, is_first: bool) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _KEY.fullmatch(step) and not (is_first and step == "$"):
        return f".{step}"
    escaped = step.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"[{quote}{escaped}{quote}]"
