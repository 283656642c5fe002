"""Laying out SQL text: model skeletons with `$placeholders`, filled with rendered leaves."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from string import Template

_LONE_PLACEHOLDER = re.compile(r"^(?P<indent>[ ]*)\$(?P<name>[a-z_]+)(?P<rest>,?)$", re.MULTILINE)


def fill(text: str, **parts: str) -> str:
    """`text` with its placeholders filled.

    A placeholder alone on its line may be filled with many lines, each indented as the placeholder was; filled with
    nothing, its line goes. What is filled in is never looked at again, so users' text cannot act as a placeholder.
    """

    def block(match: re.Match[str]) -> str:
        lines = parts[match["name"]].split("\n")
        return "\n".join(match["indent"] + line if line else line for line in lines) + match["rest"]

    pieces: list[str] = []
    end = 0
    for match in _LONE_PLACEHOLDER.finditer(text):
        pieces.append(Template(text[end : match.start()]).substitute(parts))
        end = match.end()
        if parts[match["name"]] == "":
            end += 1  # the line's end goes with it
            continue
        pieces.append(block(match))
    pieces.append(Template(text[end:]).substitute(parts))
    return "".join(pieces)


def skeleton(file: str, **parts: str) -> str:
    """The skeleton that lies in `file` beside this module, with its placeholders filled."""
    return fill(_text(file), **parts)


@cache
def _text(file: str) -> str:
    return resources.files(__package__).joinpath(file).read_text("utf-8")


def comma_lines(items: list[str]) -> str:
    """One item a line, with commas between."""
    return ",\n".join(items)


def hanging(text: str, indent: str = "    ") -> str:
    """`text` with all lines but the first one indented."""
    return text.replace("\n", f"\n{indent}")


def block(text: str) -> str:
    """`text` on lines of its own, in parentheses."""
    return f"(\n    {hanging(text)}\n)"


def in_parentheses(text: str) -> str:
    """`text` in parentheses, which stand on their own lines when it has several."""
    return block(text) if "\n" in text else f"({text})"


def jinja_safe(sql: str) -> str:
    """SQL that holds users' text, so that Jinja passes every character of it through.

    Jinja would read `{{`, `{%` and `{#` as its own, and would turn carriage returns into newlines; and the layout would
    indent what follows a newline.
    """
    return _READ_BY_JINJA.sub(lambda found: _LITERALS[found[0]], sql)


_READ_BY_JINJA = re.compile(r"\{(?=[{%#\r\n])|[\r\n]")
_LITERALS = {"{": "{{ '{' }}", "\r": "{{ '\\r' }}", "\n": "{{ '\\n' }}"}


def without_jinja(text: str) -> str:
    """SQL that was laid out with `jinja_safe` parts, as Jinja makes it: for statements that no model holds."""
    return _WRITTEN_FOR_JINJA.sub(lambda found: _CHARACTERS[found[0]], text)


_CHARACTERS = {literal: character for character, literal in _LITERALS.items()}
_WRITTEN_FOR_JINJA = re.compile("|".join(map(re.escape, _CHARACTERS)))


def jinja_text(text: str) -> str:
    """A Jinja string literal of `text`, safe in an expression: whatever could end it is written as an escape."""
    return "'" + "".join(_jinja_character(character) for character in text) + "'"


def _jinja_character(character: str) -> str:
    code = ord(character)
    if character.isascii() and character.isprintable() and character not in "'\\{}%#":
        return character
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
