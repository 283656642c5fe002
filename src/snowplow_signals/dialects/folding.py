"""Letters that differ in case alone: those that Unicode's simple case folding takes to one code point.

Engines disagree about `lower` and `ilike`: about the Turkish İ, final ς, the Kelvin sign, about all that is not ASCII
under a collation of C. So letters of a pattern are replaced in the value instead, one code point for another.
"""

from __future__ import annotations

from functools import cache

_CASED = 0x1F000
"""All letters with case are below."""


def folded(text: str) -> str:
    """The text with each code point as its simple case folding (statuses C and S of CaseFolding.txt of Unicode 15.0).

    What would become several, such as ß or İ, stays what it is; no language is special.
    """
    return "".join(map(_folded, text))


def others_of(text: str) -> dict[str, str]:
    """The code points that stand for one of a folded text besides itself, each with that one."""
    others = _others()
    return {other: one for one in sorted(set(text)) for other in others.get(one, "")}


@cache
def _folded(one: str) -> str:
    return next((form for form in (one.casefold(), one.lower()) if len(form) == 1), one)


@cache
def _others() -> dict[str, str]:
    found: dict[str, str] = {}
    for code in range(_CASED):
        form = _folded(chr(code))
        if form != chr(code):
            found[form] = found.get(form, "") + chr(code)
    return found
