"""What a profiles store can do, whichever database it is.

A store keeps, per view, one profile per identifier: the attributes' values, when they last changed, and when they were
copied. It also remembers how far each view was copied, so that the next sync reads only what changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

Row = tuple[str, Mapping[str, Any], datetime]
"""Identifier, attribute to value, and when one of the values last changed (UTC, without a zone)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One profile. Times are UTC, without a zone; `synced_at` is when it was last written."""

    values: dict[str, Any]
    changed_at: datetime
    synced_at: datetime


class Store(Protocol):
    """A profiles store. `view` is a view's full name, such as `shop_v1`. All methods raise StoreError.

    Values are None, text, integers of 64 bits, floats, booleans, bytes, datetimes without a zone, lists of these, and
    dictionaries from text to these; each is read as it was written.
    """

    def write(self, view: str, rows: Iterable[Row], synced_at: datetime) -> int:
        """Write profiles over those that are there; gives their number.

        `rows` may be endless in size: they are written in batches, each as a whole or not at all.
        """

    def remove(self, view: str, identifiers: Iterable[str]) -> int:
        """Remove profiles; gives the number of those that were there."""

    def keep_only(self, view: str, synced_at: datetime) -> int:
        """Remove the profiles of a view that were not last written at this moment; gives their number."""

    def read(self, view: str, identifiers: Sequence[str]) -> dict[str, Stored]:
        """The profiles that are there; the identifiers without one are left out."""

    def count(self, view: str) -> int:
        """The number of profiles of a view."""

    def watermark(self, view: str, source: str) -> datetime | None:
        """The last change in `source` (a table's name) that has been copied; None before the first whole sync."""

    def set_watermark(self, view: str, source: str, moment: datetime) -> None:
        """Everything in `source` up to `moment` has been copied. Other sources of the view are forgotten."""

    def close(self) -> None:
        """Give up what is held; a second time does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
