"""What the statistics of a publication have to be: computed in Python from the rows of the attributes table.

The definitions are those of docs/reference/tables.md. Values are the table's, as the harness reads them.
"""

import math
from collections import Counter
from datetime import date, datetime
from typing import Any

from tests import reference

from snowplow_signals import Attribute, Derived

QUANTILES = (1, 5, 25, 50, 75, 95, 99)
NUMBERS = ("int32", "int64", "double", "float")


def is_elapsed(attribute: Attribute | Derived) -> bool:
    return isinstance(attribute, Attribute) and attribute.aggregation.startswith("time_since")


def cell(value: Any, attribute: Attribute | Derived, as_of: date) -> float | str | None:
    """A value as it is described: as a number, or as a word."""
    if value is None:
        return None
    if is_elapsed(attribute) or attribute.type == "timestamp":
        return float((as_of - value.date()).days)
    if attribute.type == "unix_timestamp":
        return float((as_of - datetime.fromtimestamp(0).date()).days - value // 86_400)
    if attribute.type == "bool":
        return "true" if value else "false"
    if attribute.type in NUMBERS:
        return float(value)
    return value[:200] if attribute.type == "string" else float(len(value))


def is_default(value: Any, attribute: Attribute | Derived) -> bool:
    """Whether it is what an entity has without a matching event; what is computed from others has nothing then."""
    if isinstance(attribute, Derived):
        return value is None
    nothing = reference.NOTHING_MATCHED.get(attribute.aggregation)
    if attribute.default_value is not None:
        nothing = reference.default(attribute.default_value, attribute.type)
    if nothing is None or is_elapsed(attribute):
        return value is None
    return len(value) == len(nothing) if isinstance(nothing, list | dict) else value == nothing


def described(
    values: list[Any], attribute: Attribute | Derived, as_of: date, baseline: dict[str, Any] | None
) -> dict[str, Any]:
    """The columns of one attribute that its values decide; `baseline` is the row whose bins are used."""
    cells = [cell(value, attribute, as_of) for value in values]
    there = [one for one in cells if one is not None]
    counts = Counter(there)
    found: dict[str, Any] = {
        "entities": len(values),
        "null_values": len(values) - len(there),
        "defaults": sum(is_default(value, attribute) for value in values),
        "distinct_values": len(counts),
    }
    numbers = sorted(one for one in there if isinstance(one, float))
    found |= measures(numbers)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]
    for place in range(1, 11):
        value, n = ranked[place - 1] if place <= len(ranked) else (None, 0)
        is_named = n >= 5
        found[f"value_{place}"] = name_of(value) if is_named else None
        found[f"count_{place}"] = n if is_named else None
    for stem, edges in (("bin", found), ("pinned", baseline or found)):
        placed = Counter(bin_of(one, edges) for one in there)
        found |= {f"{stem}_{place}": placed[place] for place in range(1, 12)}
    return found


def measures(numbers: list[float]) -> dict[str, Any]:
    names = ["smallest", *(f"p{share:02}" for share in QUANTILES), "largest", "mean", "deviation"]
    names += [f"edge_{place}" for place in range(1, 10)]
    if not numbers:
        return dict.fromkeys(names)
    mean = math.fsum(numbers) / len(numbers)
    return {
        "smallest": numbers[0],
        **{f"p{share:02}": quantile(numbers, share, 100) for share in QUANTILES},
        "largest": numbers[-1],
        "mean": mean,
        "deviation": math.sqrt(math.fsum((one - mean) ** 2 for one in numbers) / len(numbers)),
        **{f"edge_{place}": quantile(numbers, place, 10) for place in range(1, 10)},
    }


def quantile(numbers: list[float], share: int, of: int) -> float:
    """The least number that is reached by this share of all."""
    return next(one for place, one in enumerate(numbers, 1) if place * of >= len(numbers) * share)


def name_of(value: float | str | None) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def bin_of(value: float | str, edges: dict[str, Any]) -> int:
    if isinstance(value, float):
        return 1 + sum(edges[f"edge_{place}"] is not None and edges[f"edge_{place}"] < value for place in range(1, 10))
    return next((place for place in range(1, 11) if edges[f"value_{place}"] == value), 11)


def shares(row: dict[str, Any], stem: str) -> list[float]:
    counts = [*(row[f"{stem}_{place}"] for place in range(1, 12)), row["null_values"]]
    return [(count + 0.5) / (row["entities"] + 6) for count in counts]


def psi(now: dict[str, Any], other: dict[str, Any], stem: str) -> float:
    pairs = zip(shares(now, "pinned"), shares(other, stem), strict=True)
    return math.fsum((p - q) * math.log(p / q) for p, q in pairs)
