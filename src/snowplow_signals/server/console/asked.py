"""A request to a page, as a handler gets it; and what a handler answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from snowplow_signals.server.console.sessions import Session
from snowplow_signals.server.console.site import Site
from snowplow_signals.server.tokens import Rights

MOST_FIELDS = 1_000


@dataclass(frozen=True)
class Asked:
    """One request. `query` and `form` have the last value of each name; a form is there for POST alone."""

    site: Site
    path: str
    parts: Mapping[str, str]
    """The variable parts of the path."""
    query: Mapping[str, str]
    form: Mapping[str, str]
    session: Session
    rights: Rights

    @property
    def may_write(self) -> bool:
        """Whether the reader may erase, and cause work in the warehouse."""
        return "write" in self.rights

    def number(self, name: str, default: int, least: int = 1, most: int = 1_000_000) -> int:
        """A number of the query, within bounds; the default when it is none."""
        text = self.query.get(name, "")
        return min(max(int(text), least), most) if text.isdecimal() and len(text) < 9 else default


@dataclass(frozen=True)
class Page:
    """A template to be filled."""

    template: str
    title: str
    context: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    refresh_seconds: int | None = None
    """The browser asks again after so many seconds: something is being read."""


@dataclass(frozen=True)
class Redirect:
    """See another page; `cookie` is the new value of the session's cookie, empty to have it forgotten."""

    to: str
    cookie: str | None = None


class NotHereError(Exception):
    """There is no such page; the message says what there is not."""


class RefusedError(Exception):
    """A request that is not done, with a status and the reason to show."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def fields_of(body: bytes) -> dict[str, str]:
    """The fields of a form as browsers send it. Raises RefusedError for too many, or for another kind of body."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise RefusedError(400, "the form cannot be read") from error
    return dict(pairs)
