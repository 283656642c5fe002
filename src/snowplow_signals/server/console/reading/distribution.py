"""How the values of an attribute are distributed over the rows of a preview."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BINS = 20
TOP = 6
LONGEST = 60


@dataclass(frozen=True)
class Bin:
    """How many values are from `low` to below `high`; the last bin has its upper end as well."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Distribution:
    """The values of one attribute. `bins` are of numbers, `top` of everything else, the most frequent first."""

    name: str
    rows: int
    nulls: int
    distinct: int
    low: float | None
    high: float | None
    mean: float | None
    bins: tuple[Bin, ...]
    top: tuple[tuple[str, int], ...]

    @property
    def coverage(self) -> float:
        """The share of rows that have a value, from 0 to 1."""
        return (self.rows - self.nulls) / self.rows if self.rows else 0.0


def distributions(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> tuple[Distribution, ...]:
    """The distribution of each of these attributes."""
    return tuple(distribution(name, [row.get(name) for row in rows]) for name in names)


def distribution(name: str, values: Sequence[Any]) -> Distribution:
    """Of numbers the bins; of texts, booleans, lists and maps, of whose elements each counts, the most frequent."""
    known = [value for value in values if value is not None]
    numbers = [float(value) for value in known if isinstance(value, int | float) and not isinstance(value, bool)]
    numbers = [number for number in numbers if math.isfinite(number)]
    distinct = len({json.dumps(value, sort_keys=True) for value in known})
    nulls = len(values) - len(known)
    if known and len(numbers) == len(known):
        low, high = min(numbers), max(numbers)
        bins = _bins(numbers, low, high)
        return Distribution(name, len(values), nulls, distinct, low, high, sum(numbers) / len(numbers), bins, ())
    counts: Counter[str] = Counter()
    for value in known:
        parts = value if isinstance(value, list) else value.items() if isinstance(value, dict) else [value]
        for part in parts:
            text, number = (str(part[0]), int(part[1])) if isinstance(part, tuple) else (_text(part), 1)
            counts[text if len(text) <= LONGEST else f"{text[:LONGEST]}…"] += number
    top = tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TOP])
    return Distribution(name, len(values), nulls, distinct, None, None, None, (), top)


def _bins(numbers: Sequence[float], low: float, high: float) -> tuple[Bin, ...]:
    if low == high:
        return (Bin(low, high, len(numbers)),)
    is_whole = all(number.is_integer() for number in numbers)
    number = min(BINS, int(high - low) + 1) if is_whole else BINS
    width = (high - low + (1 if is_whole else 0)) / number
    counts = Counter(min(int((value - low) / width), number - 1) for value in numbers)
    return tuple(Bin(low + index * width, low + (index + 1) * width, counts[index]) for index in range(number))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
