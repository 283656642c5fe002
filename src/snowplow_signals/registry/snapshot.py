"""All definitions at one moment, for readers that must not wait for the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from snowplow_signals.definitions import Entity, Service, View
from snowplow_signals.definitions.names import sql_name


@dataclass(frozen=True)
class Snapshot:
    """What the registry held when its revision was `revision`.

    `views` by full name, entities and services by name, each in lower case; `active_keys`: ids of the API keys that are
    not revoked; `has_keys`: whether there ever was one.
    """

    revision: int
    entities: Mapping[str, Entity] = field(repr=False)
    views: Mapping[str, View] = field(repr=False)
    services: Mapping[str, Service] = field(repr=False)
    active_keys: frozenset[str] = field(repr=False)
    has_keys: bool
    unreadable: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Definitions that this version of the program cannot read, and why: the others are served."""

    def latest(self) -> dict[str, View]:
        """The latest version of each view, by name in lower case."""
        found: dict[str, View] = {}
        for view in self.views.values():
            name = sql_name(view.name)
            if name not in found or found[name].version < view.version:
                found[name] = view
        return found

    def prepared(self) -> Self:
        """With what takes a while worked out, where views are many: before somebody waits for it."""
        assert self.by_attribute is not None
        return self

    @cached_property
    def by_attribute(self) -> dict[str, dict[str, list[View]]]:
        """Name of an attribute or field, and then of an entity or its column, to the views that have the one and are
        read by the other, each in its latest version; all in lower case."""
        found: dict[str, dict[str, list[View]]] = {}
        for view in self.latest().values():
            keys = {sql_name(view.entity.name), view.entity.column}
            for part in view.served:
                by_key = found.setdefault(sql_name(part.name), {})
                for key in keys:
                    by_key.setdefault(key, []).append(view)
        return found
