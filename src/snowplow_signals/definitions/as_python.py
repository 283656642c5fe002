"""A definition as Python source that makes it again, laid out to be read and copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.expressions import Expression

WIDTH = 100
INDENT = " " * 4


def as_python(*definitions: Definition) -> str:
    """The source, with its imports. Executed, the names are bound to definitions equal to these.

    Each is bound to the kind of definition that it is: `view`, `service`; several of a kind are numbered.
    """
    names: dict[str, int] = {}
    bodies, used = [], set()
    for definition in definitions:
        noun = definition.noun.replace(" ", "_")
        names[noun] = names.get(noun, 0) + 1
        name = noun if names[noun] == 1 else f"{noun}_{names[noun]}"
        bodies.append(f"{name} = {_source(definition, '', len(name) + 3)}\n")
        used |= set(_classes(definition))
    return "\n".join([_imports(used), *bodies])


def _imports(used: set[type]) -> str:
    times = sorted(kind.__name__ for kind in used if kind in (datetime, timedelta))
    ours = sorted(kind.__name__ for kind in used if kind not in (datetime, timedelta))
    lines = [f"from datetime import {', '.join(times)}", ""] if times else []
    line = f"from snowplow_signals import {', '.join(ours)}"
    if len(line) > WIDTH:
        line = "\n".join(["from snowplow_signals import (", *(f"{INDENT}{name}," for name in ours), ")"])
    return "\n".join([*lines, line, ""])


def _classes(value: Any) -> Iterator[type]:
    if isinstance(value, Definition):
        yield type(value)
        for _, inner in value.__repr_args__():
            yield from _classes(inner)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _classes(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _classes(inner)
    elif isinstance(value, datetime | timedelta):
        yield type(value)


def _source(value: Any, indent: str, taken: int = 0) -> str:
    """The expression; on one line if it fits after `taken` characters, else a line for each part."""
    opening, parts, closing = _parts(value)
    if not parts:
        return f"{opening}{closing}"
    flat = f"{opening}{', '.join(f'{name}{_source(inner, indent)}' for name, inner in parts)}{closing}"
    if len(indent) + taken + len(flat) <= WIDTH and "\n" not in flat:
        return flat
    deeper = indent + INDENT
    lines = [f"{deeper}{name}{_source(inner, deeper, len(name) + 1)}," for name, inner in parts]
    return "\n".join([opening, *lines, f"{indent}{closing}"])


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """What opens an expression, its parts with what stands before each, and what closes it."""
    if isinstance(value, Definition):
        return f"{type(value).__name__}(", [(f"{name}=", inner) for name, inner in _arguments(value)], ")"
    if isinstance(value, Expression):
        value = value.to_json()
    if isinstance(value, Mapping):
        return "{", [(f"{name!r}: ", inner) for name, inner in value.items()], "}"
    if isinstance(value, list | tuple):
        return "[", [("", inner) for inner in value], "]"
    if isinstance(value, timedelta):
        parts = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
        given = [f"{name}={number}" for name, number in parts.items() if number] or ["0"]
        return f"timedelta({', '.join(given)})", [], ""
    if isinstance(value, datetime):
        return f"datetime.fromisoformat({value.isoformat()!r})", [], ""
    return _literal(value), [], ""


def _arguments(value: Definition) -> Iterable[tuple[str, Any]]:
    return ((str(name), inner) for name, inner in value.__repr_args__())


def _literal(value: Any) -> str:
    text = repr(value)
    if isinstance(value, str) and text.startswith("'") and '"' not in text and "\\" not in text:
        return f'"{text[1:-1]}"'
    return text
