"""Aggregates of a group that stand beside each of its rows, before the rows are aggregated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from snowplow_signals.aggregates import BY_STATE, Named
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, PlannedAttribute
from snowplow_signals.project.models.layout import comma_lines, skeleton
from snowplow_signals.project.models.leaves import rendered, window_flag


@dataclass(frozen=True)
class Beside:
    """The rows that are aggregated."""

    rows: str
    """The query that holds them."""
    cte: str
    """That query, where it is not the one without the aggregates; ends in a comma and a line break, or is empty."""

    @property
    def last_cte(self) -> str:
        """The same as the last of its statement."""
        return self.cte.rstrip().removesuffix(",")

    @property
    def comma(self) -> str:
        """What is between the query before and this one."""
        return "," if self.cte else ""


def beside_events(plan: Plan, dialect: Dialect) -> Beside:
    """The rows of `events`, for the states of days."""
    columns = [one for slot in plan.day_slots for one in BY_STATE[slot.state].beside(slot, dialect)]
    return with_aggregates("events", f"{plan.identifier}, day, chunk", columns, dialect)


def beside_days(attributes: Iterable[PlannedAttribute], key: str, dialect: Dialect) -> Beside:
    """The rows of `days`, for what is merged over the windows of attributes."""
    columns: dict[str, Named] = {}
    for attribute in attributes:
        for slot, merged in () if attribute.collected else attribute.states:
            for one in BY_STATE[slot.state].beside_states(slot, merged, window_flag(attribute.window)):
                columns[one.name] = one
    return with_aggregates("days", key, list(columns.values()), dialect)


def beside_merged(plan: Plan, dialect: Dialect) -> Beside:
    """The rows of `days`, for states that are merged into states."""
    columns = [one for slot in plan.day_slots for one in BY_STATE[slot.state].beside_states(slot, slot.name, None)]
    return with_aggregates("days", plan.identifier, columns, dialect)


def with_aggregates(rows: str, key: str, columns: list[Named], dialect: Dialect) -> Beside:
    if not columns:
        return Beside(rows, "")
    over = (f"{rendered(one.expression, dialect)} over (partition by {key}) as {one.name}" for one in columns)
    return Beside("beside", skeleton("beside_cte.sql", rows=rows, aggregates=comma_lines(list(over))))
