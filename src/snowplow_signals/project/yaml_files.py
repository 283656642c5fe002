"""YAML that people write: read whole, or one message that says which file, and what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from snowplow_signals.errors import UsageError


def parsed(text: str, where: object) -> Any:
    """The value of a YAML text; `where` is what a message calls it. Raises UsageError."""
    import yaml

    try:
        value = yaml.safe_load(text)
        if "&" in text:  # an anchor: the value may hold itself, and nothing could pass it on
            json.dumps(value, default=str, skipkeys=True)
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2025-13-01 is YAML, and is not a day
        raise UsageError(f"{where} is not valid YAML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{where} is not valid YAML: it is nested too deeply") from error
    return value


def read(file: Path) -> Any:
    """The content of a YAML file. Raises UsageError, also when the file is not there or cannot be read."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"{file} cannot be read: {reason}") from error
    return parsed(text, file)


def read_mapping(file: Path) -> dict[Any, Any]:
    """The same for a file of names with values; an empty one has none."""
    content = read(file)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"{file} must map names to values, not {shortened(content)}")
    return content


def shortened(value: object) -> str:
    """A value as messages show it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
