"""An invalid request: which field, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from snowplow_signals.errors import DefinitionError, Problem

Place = tuple[str | int, ...]
"""Where in the request: `("body", "attributes", 0, "type")`."""


class InvalidError(DefinitionError):
    """The request is invalid; answered with status 422. `details` are in FastAPI's format."""

    def __init__(self, problems: Iterable[tuple[Place, str]]) -> None:
        found = list(dict.fromkeys(problems))
        self.details: list[dict[str, Any]] = [
            {"loc": list(place), "msg": message, "type": "value_error"} for place, message in found
        ]
        super().__init__([Problem(".".join(map(str, place)), message) for place, message in found])

    def __reduce__(self) -> Any:
        return InvalidError, ([(tuple(one["loc"]), one["msg"]) for one in self.details],)
