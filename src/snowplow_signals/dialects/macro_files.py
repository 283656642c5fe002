"""The macros that only one engine needs: kept as files, with its types filled in."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from snowplow_signals.dialects.base import Dialect, Leaf

_WIDTH = 112


def macros_of(dialect: Dialect, folder: str, classes: Mapping[str, Leaf], file: str = "macros.sql") -> str:
    """A file of an engine's folder, with its types as the dialect has them.

    `$classes` stands for the classes of its types, `$text` and `$timestamp` for its types of texts and timestamps.
    """
    text = resources.files("snowplow_signals.dialects").joinpath(folder, file).read_text("utf-8")
    types = {"$classes": _entries(classes), "$text": dialect.kind_type("text"), "$timestamp": dialect.timestamp_type}
    for name, value in types.items():
        text = text.replace(name, value)
    return text


def _entries(classes: Mapping[str, Leaf]) -> str:
    lines = [""]
    for name, leaf in classes.items():
        entry = f"'{name}': '{leaf}', "
        if len(lines[-1]) + len(entry) > _WIDTH:
            lines.append("")
        lines[-1] += entry
    return "\n".join(f"      {line.rstrip()}" for line in lines).removesuffix(",")
