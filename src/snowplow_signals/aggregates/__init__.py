"""The aggregations, each an algebra: a state per entity and day, a merge over days, a final value.

Merging must not depend on how days were cut, so caps and casts are part of the final step only.
"""

from __future__ import annotations

from snowplow_signals.aggregates.base import Aggregation, DailyAggregation, Named, ValuesAggregation
from snowplow_signals.aggregates.daily import Counter, First, Last, Max, Mean, Min, Sum, TimeSinceFirst, TimeSinceLast
from snowplow_signals.aggregates.matching import DaysActive, Exists, Rate
from snowplow_signals.aggregates.percentile import Percentile
from snowplow_signals.aggregates.spread import StandardDeviation, Variance
from snowplow_signals.aggregates.values import (
    CategoryCount,
    CountDistinct,
    FirstN,
    LastN,
    LeastFrequent,
    ModeShare,
    MostFrequent,
    UniqueList,
)

BY_NAME: dict[str, Aggregation] = {
    "counter": Counter(),
    "sum": Sum(),
    "mean": Mean(),
    "min": Min(),
    "max": Max(),
    "first": First(),
    "last": Last(),
    "time_since_first": TimeSinceFirst(),
    "time_since_last": TimeSinceLast(),
    "unique_list": UniqueList(),
    "most_frequent": MostFrequent(),
    "least_frequent": LeastFrequent(),
    "category_count": CategoryCount(),
    "approx_count_distinct": CountDistinct(),
    "count_distinct": CountDistinct(),
    "mode_share": ModeShare(),
    "exists": Exists(),
    "rate": Rate(),
    "days_active": DaysActive(),
    "stddev": StandardDeviation(),
    "variance": Variance(),
    "percentile": Percentile(),
    "first_n": FirstN(),
    "last_n": LastN(),
}

BY_STATE: dict[str, DailyAggregation] = {
    item.state: item for item in BY_NAME.values() if isinstance(item, DailyAggregation)
}
"""Any aggregation of a state knows how to keep and merge it."""

__all__ = ["BY_NAME", "BY_STATE", "Aggregation", "DailyAggregation", "Named", "Percentile", "ValuesAggregation"]
