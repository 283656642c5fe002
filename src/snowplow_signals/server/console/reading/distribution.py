"""How the values of an attribute are distributed: over the rows of a preview, and over those of a publication."""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from snowplow_signals.inspect.statistics import Statistics

BINS = 20
TOP = 6
LONGEST = 60


@dataclass(frozen=True)
class Bin:
    """How many values are from `low` to below `high`. Of whole numbers, and in the last bin, `high` counts as well."""

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
    is_estimate: bool = False
    """The bins were worked out from quantiles, and go from the first percentile to the last, as `low` and `high` do."""

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
        bins = _bins(Counter(numbers))
        return Distribution(name, len(values), nulls, distinct, low, high, sum(numbers) / len(numbers), bins, ())
    counts: Counter[str] = Counter()
    for value in known:
        parts = value if isinstance(value, list) else value.items() if isinstance(value, dict) else [value]
        for part in parts:
            text, number = (str(part[0]), int(part[1])) if isinstance(part, tuple) else (_text(part), 1)
            counts[text if len(text) <= LONGEST else f"{text[:LONGEST]}…"] += number
    top = tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:TOP])
    return Distribution(name, len(values), nulls, distinct, None, None, None, (), top)


def of_publication(name: str, last: Statistics) -> Distribution:
    """That of an attribute in a publication. Bins of a few numbers are counted, of many worked out from quantiles."""
    known = last.entities - last.null_values
    found = Distribution(
        name, last.entities, last.null_values, last.distinct, last.smallest, last.largest, last.mean, (), ()
    )
    if not last.is_measured:
        return replace(found, top=last.frequent)
    if known and sum(count for _, count in last.frequent) == known:
        counts: Counter[float] = Counter()
        for value, count in last.frequent:
            counts[float(value)] += count
        return replace(found, bins=_bins(counts))
    bins = _bins_by_quantiles(last, known)
    return replace(found, bins=bins, low=bins[0].low, high=bins[-1].high, is_estimate=True)


def _bins(counts: Counter[float]) -> tuple[Bin, ...]:
    low, high = min(counts), max(counts)
    bounds = _bounds(low, high, is_whole=all(value.is_integer() for value in counts))
    found = [0] * len(bounds)
    starts = [start for start, _ in bounds]
    for value, count in counts.items():
        found[bisect_right(starts, value) - 1] += count
    return tuple(Bin(*ends, count) for ends, count in zip(bounds, found, strict=True))


def _bins_by_quantiles(last: Statistics, known: int) -> tuple[Bin, ...]:
    """As if values were spread evenly from each quantile that is known to the next."""
    assert last.quantiles is not None
    assert last.smallest is not None
    assert last.largest is not None
    deciles = {10 * place: edge for place, edge in enumerate(last.edges, 1)}
    points = sorted((share / 100, value) for share, value in (deciles | dict(last.quantiles)).items())
    points = [(0.0, last.smallest), *points, (1.0, last.largest)]
    shares, values = [share for share, _ in points], [value for _, value in points]

    def up_to(value: float, *, is_in: bool) -> float:
        """The share of the values that are less than this one, or the same where it `is_in`."""
        place = (bisect_right if is_in else bisect_left)(values, value)
        if place in (0, len(values)):
            return float(place > 0)
        width = values[place] - values[place - 1]
        part = (value - values[place - 1]) / width if width else 1.0
        return shares[place - 1] + part * (shares[place] - shares[place - 1])

    low, high = last.quantiles[min(last.quantiles)], last.quantiles[max(last.quantiles)]
    is_whole = all(value.is_integer() for value in values)
    bounds, found, before = _bounds(low, high, is_whole=is_whole), [], up_to(low, is_in=False)
    for start, end in bounds:
        after = up_to(end, is_in=is_whole or end == high)
        found.append(Bin(start, end, round(known * (after - before))))
        before = after
    return tuple(found)


def _bounds(low: float, high: float, *, is_whole: bool) -> list[tuple[float, float]]:
    """The ends of bins of one width from `low` to `high`: of whole numbers both are in the bin."""
    if low == high:
        return [(low, high)]
    if is_whole:
        width = float(math.ceil((high - low + 1) / BINS))
        starts = _steps(low, width, math.ceil((high - low + 1) / width))
        return [(start, min(start + width - 1, high)) for start in starts]
    width = (high - low) / BINS
    starts = _steps(low, width, BINS)
    return list(zip(starts, [*starts[1:], high], strict=True))


def _steps(low: float, width: float, number: int) -> list[float]:
    return [low + step * width for step in range(number)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
