"""Erasures, and how two places that keep them come to agree: a store, and a ledger that outlives it.

Each place numbers what it learns: its *position* grows with every change, so what is new since the last time is found
without looking at the rest. Each person has a *version* that grows with every change as well: odd while erased, even
once restored. Of two versions the higher one counts, wherever it comes from and however often, so nothing depends on
the order in which places meet, and an erasure that is carried late does not undo a restore.

A store and a ledger that have agreed keep a common token, and the positions up to which they have. A place that was put
back from a copy shows another token than the other, and everything is compared once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PAGE = 5_000
"""How many erasures are transferred at once."""
BEGINNING = -1
"""Before the first position."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An identifier that must not come back, or may again. `scope` is a view's full name, or `key:` and an entity's
    key.

    `digest` stands for the identifier, which is not kept.
    """

    scope: str
    digest: bytes
    erased_at: datetime
    version: int = 1
    """Odd: erased; even: restored since."""

    @property
    def is_erased(self) -> bool:
        return self.version % 2 == 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """A store, `store`, and a ledger know the same erasures up to a position of each."""

    store: str
    token: str
    ledger_position: int
    store_position: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a place is: its last position, and what it last agreed on with the other.

    `is_swept`: a store has removed all profiles whose erasure it learned.
    """

    position: int
    agreement: Agreement | None
    is_swept: bool = True


class Log(Protocol):
    """A place that keeps erasures."""

    def after(self, position: int, limit: int) -> list[tuple[int, Erasure]]:
        """What was learned after a position, each with its own, in their order."""


def pages(log: Log, position: int, size: int = PAGE) -> Iterator[tuple[int, list[Erasure]]]:
    """What a place learned after a position, in pages; each with the position that it reaches."""
    while found := log.after(position, size):
        position = found[-1][0]
        yield position, [one for _, one in found]


def newest(erasures: Iterable[Erasure]) -> list[Erasure]:
    """Each person once, in the highest version."""
    found: dict[tuple[str, bytes], Erasure] = {}
    for one in erasures:
        known = found.get((one.scope, one.digest))
        if known is None or known.version < one.version:
            found[one.scope, one.digest] = one
    return list(found.values())


def erased_version(known: int, least: int) -> int:
    """The version of an identifier that is erased now; `known` is its version before, 0 for a new one."""
    return max(known if known % 2 else known + 1, least)


def restored_version(known: int, least: int) -> int:
    """The version of an identifier that is restored now."""
    return max(known + 1 if known % 2 else known, least)
