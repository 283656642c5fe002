"""Text of others as it may be printed: what a terminal would obey is shown, not done."""

from __future__ import annotations

import re

_OBEYED = "\x00-\x08\x0b-\x1f\x7f-\x9f"  # but for the tab and the new line
_TURNING = "\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"  # what comes after it would stand elsewhere
_UNPRINTABLE = "\ud800-\udfff"
_LINES = re.compile(f"[{_OBEYED}{_TURNING}{_UNPRINTABLE}]")
_LINE = re.compile(f"[\t\n{_OBEYED}{_TURNING}{_UNPRINTABLE}]")


def plain(text: str) -> str:
    """The text with `\\u001b` for the character that begins a terminal's command, and so on; JSON stays JSON."""
    return _LINES.sub(_shown, text)


def one_line(text: str) -> str:
    """The same, and with `\\u000a` for a new line: what somebody wrote does not look like a line of ours."""
    return _LINE.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
