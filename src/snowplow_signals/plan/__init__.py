"""What a view means: the typed plan that every later step reads.

A plan is made from definitions once and never changes. It is the only place where column names are made: the
columns of ``filtered_events`` (one per property and kind of value), the flags that say which events feed an attribute,
the slots in which partial states are kept, and the windows over which they are merged.

Attributes that differ only in window, type or default share one slot, so their state is computed once.
"""

from snowplow_signals.plan.planned import (
    Column,
    Comparison,
    Condition,
    Filter,
    Group,
    Plan,
    PlannedAttribute,
    PlannedDerived,
    PlannedView,
    Slot,
)
from snowplow_signals.plan.planner import plan_view
from snowplow_signals.plan.several import group_name, plan_views
from snowplow_signals.plan.windows import Window

__all__ = [
    "Column",
    "Comparison",
    "Condition",
    "Filter",
    "Group",
    "Plan",
    "PlannedAttribute",
    "PlannedDerived",
    "PlannedView",
    "Slot",
    "Window",
    "group_name",
    "plan_view",
    "plan_views",
]
