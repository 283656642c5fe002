"""The queries that compute a view's attributes as they were at moments of the past, from what its project keeps.

They are built of the same states, merges and final values as the models, by identifier and moment instead of
identifier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from sqlglot import exp

from snowplow_signals.aggregates import BY_STATE, Named
from snowplow_signals.definitions import Attribute, View
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects.base import Dialect, is_not_null
from snowplow_signals.plan import Filter, Plan, PlannedAttribute, PlannedDerived, PlannedView, Slot, Window
from snowplow_signals.project.models.attributes import collected_cte, final, merges
from snowplow_signals.project.models.beside import Beside, beside_days, with_aggregates
from snowplow_signals.project.models.conditions import condition
from snowplow_signals.project.models.derived import derived_ctes
from snowplow_signals.project.models.events import kept_names
from snowplow_signals.project.models.layout import comma_lines, fill, in_parentheses
from snowplow_signals.project.models.leaves import rendered
from snowplow_signals.project.models.states import (
    last_event,
    last_event_id_of_events,
    last_tstamp_of_events,
    source_of,
    state_columns,
    value_keys,
)

Mode = Literal["as_served", "exact"]
TSTAMP = "anchor_tstamp"
MOMENT, DAY = "signals_moment", "signals_day"
"""The columns of an anchor beside its identifier: its moment, and the UTC day of that."""


@dataclass(frozen=True)
class DatasetQuery:
    """What computes the attributes of one view, of a project of its own or of one of several.

    `exact`: of events before the moment, with windows that end at it. `as_served`: as the attributes table would have
    been at the start of the moment's day. `known`: only of events that had been loaded by then.
    """

    deployed: Deployed
    mode: Mode
    known: bool
    days_shifted: int
    """1 when the project's windows end with the current day, of which nothing has happened when it begins."""
    part: PlannedView | None = None
    """Which of the views of a project that computes several."""
    lookback_days: int | None = None
    """How long before the moment an event may be and still count, whatever the attribute's period; None: any time."""

    @cached_property
    def plan(self) -> Plan:
        """That of the project, without the attributes of other views."""
        plan = self.deployed.plan
        if self.part is None:
            return plan
        own = {attribute.column for _, attribute in self.part.columns} | {self.part.first_event.column}
        attributes = tuple(one for one in plan.attributes if one.column in own)
        derived = {one.column for _, one in self.part.derived}
        slots = {slot for one in attributes for slot, _ in one.states}
        windows = {one.window for one in attributes}
        return replace(
            plan,
            attributes=attributes,
            derived=tuple(one for one in plan.derived if one.column in derived),
            slots=tuple(slot for slot in plan.slots if slot in slots),
            windows=tuple(window for window in plan.windows if window in windows),
        )

    @property
    def view(self) -> View:
        return self.deployed.plan.view if self.part is None else self.part.view

    @property
    def columns(self) -> list[tuple[Attribute, PlannedAttribute]]:
        """The view's attributes, in its order, and the columns of `computed` that hold them."""
        planned = self.plan.attributes if self.part is None else [one for _, one in self.part.columns]
        return list(zip(self.view.aggregated, planned, strict=True))

    @property
    def derived(self) -> list[tuple[str, PlannedDerived]]:
        """The view's derived attributes, each after those that it reads: its own column, and what it is in the plan."""
        return [(one.column, one) for one in self.plan.derived] if self.part is None else list(self.part.derived)

    @property
    def dialect(self) -> Dialect:
        return self.deployed.dialect

    @property
    def _key(self) -> str:
        return f"{self.plan.identifier}, {MOMENT}"

    def ctes(self) -> str:
        """The queries from `anchors`, of identifier, moment and day, to `computed`: a row per anchor whose entity had
        an event by then, with the columns of the plan's attributes."""
        plan = self.plan
        from_events = self.mode == "exact" or self.known
        beside = self._beside_events() if from_events else beside_days(plan.attributes, self._key, self.dialect)
        base, derived = derived_ctes(plan, self.dialect)
        return fill(
            DATASET,
            key=self._key,
            moment=MOMENT,
            states=self._events() if from_events else self._states(),
            merges=comma_lines([self._key, *(self._merges_of_events() if from_events else merges(plan, self.dialect))]),
            merged_from=beside.rows,
            beside=beside.cte,
            values="".join(f"\n{cte}" for cte in self._value_ctes(from_events)),
            base=base,
            derived="".join(f",\n\n{cte}" for cte in derived),
            finals=comma_lines([final(one, self.dialect) for one in plan.attributes]),
            identifier=plan.identifier,
            joins="\n".join(dict.fromkeys(self._join(one) for one in plan.attributes if one.collected)),
        )

    # --- from events

    def _events(self) -> str:
        plan = self.plan
        before = f"events.event_tstamp < anchors.{MOMENT}" if self.mode == "exact" else f"events.day < anchors.{DAY}"
        if self.lookback_days is not None:
            before += f"\nand events.event_tstamp >= {self.dialect.sql(_earlier(self.lookback_days, 'anchors'))}"
        if self.known:
            before += f"\nand events.load_tstamp <= anchors.{MOMENT}"
        return fill(
            EVENTS,
            identifier=plan.identifier,
            moment=MOMENT,
            day=DAY,
            columns="\n".join(f"events.{name}," for name in dict.fromkeys(kept_names(plan))),
            filtered_events=self.deployed.table("filtered_events"),
            before=before,
            flags=comma_lines(["*", *self._flags()]),
        )

    @cached_property
    def _fed(self) -> list[tuple[Filter, Window]]:
        """Which events feed some state over some window."""
        fed = ((slot.filter, one.window) for one in self.plan.attributes for slot, _ in one.states)
        return list(dict.fromkeys(fed))

    @cached_property
    def _flag_names(self) -> dict[tuple[Filter, Window], str]:
        """What says whether an event feeds the states of a filter over a window; no name where all events do."""
        names: dict[tuple[Filter, Window], str] = {}
        for fed, window in self._fed:
            parts = [fed.name, None if window.is_lifetime else f"in_{window.name}"]
            name, number = "_".join(part for part in parts if part), 1
            key = (fed, window)
            if key not in names and name:
                taken = {*names.values(), *kept_names(self.plan)}
                while (numbered := name if number == 1 else f"{name}_{number}") in taken:
                    number += 1
                names[key] = numbered
        return names

    def _flags(self) -> list[str]:
        lines = []
        for fed, window in self._fed:
            name = self._flag_names.get((fed, window))
            parts = [condition(fed, self.dialect)] if fed.name else []
            if (within := self._window(window)) is not None:
                parts.append(within)
            if name is not None:
                lines.append(f"{in_parentheses(rendered(exp.and_(*parts), self.dialect))} as {name}")
        return lines

    def _windowed(self, slot: Slot, merged: str, window: Window) -> Slot:
        """A state over the events of a window, under the name of what is merged."""
        name = self._flag_names.get((slot.filter, window))
        return replace(slot, name=merged, filter=replace(slot.filter, name=name))

    def _window(self, window: Window) -> exp.Expr | None:
        """Whether an event of the past lies in a window; None for lifetime."""
        if window.is_lifetime:
            return None
        if self.mode == "exact" and window.days is not None:
            tstamp = exp.column("event_tstamp")
            ends = [tstamp < _earlier(window.offset)] if window.offset else []
            return exp.and_(tstamp >= _earlier(window.days + window.offset), *ends)
        return self._within(window)

    def _within(self, window: Window, events: str | None = None, anchors: str | None = None) -> exp.Expr:
        """Whether the day of an event, which is before the anchor's, lies in a window; both by their tables."""
        dialect = self.dialect
        of_event, of_anchor = exp.column("day", events), exp.column(DAY, anchors)
        ago = dialect.days_between(of_event, of_anchor)
        if window.days is not None:
            first, last = window.days + window.offset - self.days_shifted, window.offset - self.days_shifted
            return exp.and_(ago <= first, *([ago.copy() > last] if window.offset else []))
        if window.unit == "week":
            monday = dialect.date_part(of_anchor, "day_of_week", "number") - 1
            ends = [ago.copy() > monday + (7 * window.offset - 7)] if window.offset else []
            return exp.and_(ago <= monday + 7 * window.offset, *ends)
        return _units_between(window.unit, of_event, of_anchor).eq(window.offset)

    def _beside_events(self) -> Beside:
        columns: dict[str, Named] = {}
        for attribute in self.plan.attributes:
            for state, merged in () if attribute.collected else attribute.states:
                slot = self._windowed(state, merged, attribute.window)
                columns |= {one.name: one for one in BY_STATE[slot.state].beside(slot, self.dialect)}
        return with_aggregates("events", self._key, list(columns.values()), self.dialect)

    def _merges_of_events(self) -> list[str]:
        columns: dict[str, str] = {}
        for attribute in self.plan.attributes:
            for state, merged in () if attribute.collected else attribute.states:
                slot = self._windowed(state, merged, attribute.window)
                for column in BY_STATE[slot.state].over_events(slot, self.dialect):
                    columns[column.name] = f"{rendered(column.expression, self.dialect)} as {column.name}"
        return list(columns.values())

    # --- from states

    def _states(self) -> str:
        windows = [window for window in self.plan.windows if not window.is_lifetime]
        flags = [f"{rendered(self._within(window), self.dialect)} as in_{window.name}" for window in windows]
        return fill(
            STATES,
            identifier=self.plan.identifier,
            moment=MOMENT,
            day=DAY,
            states="\n".join(f"states.{name}," for name in state_columns(self.plan, self.dialect)),
            daily_aggregates=self.deployed.table("daily_aggregates"),
            flags=comma_lines(["*", *flags]),
        )

    # --- sets of values

    def _value_ctes(self, from_events: bool) -> list[str]:
        ctes: dict[str, str] = {}
        for attribute in self.plan.attributes:
            if attribute.collected:
                rows = self._values_of_events(attribute) if from_events else self._values_of_states(attribute)
                ctes.setdefault(attribute.merged, rows)
                ctes.setdefault(attribute.collected, collected_cte(attribute, self._key, self.dialect))
        return list(ctes.values())

    def _values_of_events(self, attribute: PlannedAttribute) -> str:
        slot = self._windowed(attribute.slot, attribute.merged, attribute.window)
        value = slot.of.name
        has_value = rendered(is_not_null(exp.column(value)), self.dialect)
        return fill(
            VALUES_OF_EVENTS,
            name=attribute.merged,
            key=self._key,
            value=value,
            source=source_of(slot, [self.plan.identifier, MOMENT], self.dialect),
            last_tstamp=last_tstamp_of_events(slot),
            last_event_id=last_event_id_of_events(slot, self.dialect),
            value_keys=f"{value}, event_tstamp, event_id" if slot.is_of_events else value,
            condition=f"{slot.filter.name} and {has_value}" if slot.filter.name else has_value,
        )

    def _values_of_states(self, attribute: PlannedAttribute) -> str:
        within = f"states.day < anchors.{DAY}"
        if not attribute.window.is_lifetime:
            within += f"\nand {rendered(self._within(attribute.window, 'states', 'anchors'), self.dialect)}"
        return fill(
            VALUES_OF_STATES,
            name=attribute.merged,
            identifier=self.plan.identifier,
            moment=MOMENT,
            slot=attribute.slot.name,
            last_event=comma_lines(last_event(attribute.slot, self.dialect)),
            value_keys=value_keys(attribute.slot),
            daily_values=self.deployed.table("daily_values"),
            within=within,
        )

    def _join(self, attribute: PlannedAttribute) -> str:
        name, identifier = attribute.collected, self.plan.identifier
        lines = [f"{name}.{column} = merged.{column}" for column in (identifier, MOMENT)]
        return f"left join {name}\n    on {lines[0]}\n    and {lines[1]}"


def moment_sql(dialect: Dialect, moment: datetime) -> str:
    """A moment as a literal."""
    return dialect.sql(dialect.timestamp(f"{moment:%Y-%m-%d %H:%M:%S.%f}"))


def _units_between(unit: str | None, first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """How many months, quarters or years of the calendar the date `last` is after the date `first`."""

    def apart(part: str) -> exp.Expr:
        return _part(part, last) - _part(part, first)

    months = {"month": 12, "quarter": 4}
    if unit not in months:
        return apart("year")
    return exp.Paren(this=apart("year")) * months[unit] + apart(unit)


def _part(part: str, day: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.Var(this=part), expression=day.copy())


def _earlier(days: int, table: str | None = None) -> exp.Expr:
    """So many days before the moment of an anchor."""
    length = exp.Interval(this=exp.Literal.string(str(days)), unit=exp.Var(this="day"))
    return exp.Sub(this=exp.column(MOMENT, table=table), expression=length)


DATASET = """\
$states
$beside
merged as (

    select
        $merges
    from $merged_from
    group by $key

),
$values
$base as (

    select
        merged.$identifier,
        merged.$moment,
        $finals
    from merged
    $joins

)$derived
"""

EVENTS = """\
events as (

    -- what had happened by then
    select
        $flags
    from (
        select
            anchors.$identifier,
            anchors.$moment,
            anchors.$day,
            events.event_id,
            events.day,
            $columns
            events.event_tstamp
        from $filtered_events as events
        inner join anchors on anchors.$identifier = events.$identifier
        where
            $before
    ) as happened

),
"""

STATES = """\
days as (

    -- what was known of the days before
    select
        $flags
    from (
        select
            anchors.$identifier,
            anchors.$moment,
            anchors.$day,
            $states
            states.day
        from $daily_aggregates as states
        inner join anchors on anchors.$identifier = states.$identifier
        where states.day < anchors.$day
    ) as before

),
"""

VALUES_OF_EVENTS = """\
$name as (

    select
        $key,
        $value as value,
        count(*) as n,
        $last_tstamp as last_tstamp,
        $last_event_id as last_event_id
    from $source
    where $condition
    group by $key, $value_keys

),
"""

VALUES_OF_STATES = """\
$name as (

    select
        $identifier,
        $moment,
        value,
        sum(n) as n,
        $last_event
    from (
        select
            anchors.$identifier,
            anchors.$moment,
            states.value,
            states.n,
            states.last_tstamp,
            states.last_event_id
        from $daily_values as states
        inner join anchors on anchors.$identifier = states.$identifier
        where
            states.slot = '$slot'
            and $within
    ) as counted
    group by $identifier, $moment, $value_keys

),
"""
