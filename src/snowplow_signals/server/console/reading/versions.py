"""What changed between two versions of a view."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from snowplow_signals.definitions import View
from snowplow_signals.definitions.names import sql_name

_SILENT = ("version", "attributes", "fields", "is_published", "batch_source")


@dataclass(frozen=True)
class FieldChange:
    """A field of a view or attribute that differs; as JSON, None where it is not set."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class AttributeChange:
    """An attribute that differs. `fields` are empty for one that was added or removed."""

    name: str
    what: str
    """`added`, `removed` or `changed`."""
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class VersionChange:
    """What is different in a version, compared with the one before it."""

    version: int
    before: int
    view: tuple[FieldChange, ...]
    attributes: tuple[AttributeChange, ...]

    @property
    def is_empty(self) -> bool:
        return not self.view and not self.attributes


def changes(before: View, after: View) -> VersionChange:
    """How `after` differs from `before`."""
    old, new = ({sql_name(part.name): part.to_json() for part in view.served} for view in (before, after))
    found = [AttributeChange(new[name]["name"], "added") for name in new.keys() - old.keys()]
    found += [AttributeChange(old[name]["name"], "removed") for name in old.keys() - new.keys()]
    for name in old.keys() & new.keys():
        differing = _fields(old[name], new[name])
        if differing:
            found.append(AttributeChange(new[name]["name"], "changed", differing))
    order = {"added": 0, "removed": 1, "changed": 2}
    views = ({name: value for name, value in view.to_json().items() if name not in _SILENT} for view in (before, after))
    return VersionChange(
        after.version,
        before.version,
        _fields(*views),
        tuple(sorted(found, key=lambda one: (order[one.what], one.name))),
    )


def _fields(before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    names = [*before, *(name for name in after if name not in before)]
    return tuple(
        FieldChange(name, _text(before.get(name)), _text(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )


def _text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
