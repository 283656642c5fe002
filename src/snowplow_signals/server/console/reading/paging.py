"""One page of a long list, and the words that it was searched for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Listed(Generic[T]):
    """The items of one page. `total` are found in all, of the `all` that there are."""

    items: tuple[T, ...]
    search: str
    number: int
    pages: int
    total: int
    all: int

    @property
    def is_long(self) -> bool:
        """Whether the list is worth being searched, or has more than one page."""
        return self.pages > 1 or bool(self.search) or self.all > 8


def listed(items: Sequence[T], search: str, number: int, size: int, text: Callable[[T], str]) -> Listed[T]:
    """The items that have each word of `search` in their text, whatever its case; the page of that number of them."""
    words = search.lower().split()
    found = [item for item in items if all(word in text(item).lower() for word in words)] if words else list(items)
    pages = max((len(found) + size - 1) // size, 1)
    number = min(max(number, 1), pages)
    start = (number - 1) * size
    return Listed(tuple(found[start : start + size]), search.strip(), number, pages, len(found), len(items))
