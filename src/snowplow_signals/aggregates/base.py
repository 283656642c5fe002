"""The interface of an aggregation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import PlannedAttribute, Slot


@dataclass(frozen=True)
class Named:
    """A column of a query: its expression and its name."""

    name: str
    expression: exp.Expr


class Aggregation(ABC):
    """One aggregation: how its final value comes out of its merged state."""

    nothing: ClassVar[object] = None
    """The value when no matching event had a value."""

    @abstractmethod
    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """The value before its cast, over merged state; null when nothing matched."""

    @abstractmethod
    def cast(self, raw: exp.Expr, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """`raw` in the type of the output; null when it does not fit."""

    def final(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """The output column: the default where nothing matched, else the value in its type."""
        raw = self.raw(attribute, dialect)
        fallback = self.nothing if attribute.default is None else attribute.default
        if fallback is None:
            return self.cast(raw, attribute, dialect)
        default = dialect.default(fallback, attribute.type)
        value = self.cast(raw, attribute, dialect)
        if value is raw:
            return exp.func("coalesce", raw, default)
        chosen = exp.case().when(raw.is_(exp.null()), default)
        if not isinstance(value, exp.Case):
            return chosen.else_(value)
        for branch in value.args["ifs"]:
            chosen = chosen.when(branch.this, branch.args["true"])
        return chosen.else_(value.args["default"]) if value.args.get("default") else chosen


class DailyAggregation(Aggregation):
    """State kept in columns of daily_aggregates."""

    state: ClassVar[str]

    def beside(self, slot: Slot, dialect: Dialect) -> list[Named]:
        """Aggregates over the events of an entity and day that `daily` finds beside each event."""
        return []

    def beside_states(self, slot: Slot, merged: str, window: exp.Expr | None) -> list[Named]:
        """Aggregates over the states of an entity that `merge` finds beside each state."""
        return []

    @abstractmethod
    def daily(self, slot: Slot, dialect: Dialect) -> list[Named]:
        """The state's columns, over the events of one entity and day."""

    @abstractmethod
    def merge(self, slot: Slot, merged: str, window: exp.Expr | None, dialect: Dialect) -> list[Named]:
        """What the final value is made of, over the states in `window`, in columns that start with `merged`."""

    def over_events(self, slot: Slot, dialect: Dialect) -> list[Named]:
        """What `merge` returns, over the events of any number of days: they are in a window that begins at any time."""
        return self.daily(slot, dialect)

    def merged_state(self, slot: Slot, dialect: Dialect) -> list[Named]:
        """The state over several states, in the state's own columns."""
        return self.merge(slot, slot.name, None, dialect)


class ValuesAggregation(Aggregation):
    """State kept as rows of daily_values: value, number of events, order of the last one."""

    @abstractmethod
    def collect(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """The aggregate over the merged rows of one entity, ranked as `ranking` says."""

    @abstractmethod
    def ranking(self, attribute: PlannedAttribute, dialect: Dialect) -> list[exp.Ordered]:
        """The order in which an entity's values are ranked, best first; empty when no rank is needed."""

    def fitting(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        """The value as it is collected; values for which this is null are not ranked."""
        return exp.column("value")

    def raw(self, attribute: PlannedAttribute, dialect: Dialect) -> exp.Expr:
        return exp.column("collected", table=attribute.collected)


def flag(slot: Slot) -> exp.Expr | None:
    """The condition that an event feeds the slot; None when all do."""
    return exp.column(slot.filter.name) if slot.filter.name else None


def as_double(number: exp.Expr, dialect: Dialect) -> exp.Expr:
    """A number of rows as a double: a quotient of integers is not a fraction on every engine."""
    return exp.cast(number, dialect.kind_type("number"), dialect=dialect.sqlglot_name)


def share_to(share: exp.Expr, type_name: str, dialect: Dialect) -> exp.Expr:
    """A number from 0 to 1 in the type of the output: any double is one."""
    return share if type_name == "double" else dialect.cast(share, "number", type_name)


def both(*conditions: exp.Expr | None) -> exp.Expr | None:
    """The conjunction of the given conditions; None when there is none."""
    given = [condition for condition in conditions if condition is not None]
    return exp.and_(*given) if given else None
