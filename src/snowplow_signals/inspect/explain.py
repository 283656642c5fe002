"""How the values of one entity came about: windows, the partial states of days, and the events behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlglot import exp

from snowplow_signals.aggregates import BY_STATE, Named
from snowplow_signals.definitions import View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.deployment.deployed import Deployed, Published
from snowplow_signals.deployment.missing_properties import missing_properties
from snowplow_signals.dialects.base import AFTER_EVENT_ID
from snowplow_signals.errors import SignalsError, UsageError, did_you_mean
from snowplow_signals.plan import PlannedAttribute, PlannedDerived
from snowplow_signals.project.models.conditions import condition
from snowplow_signals.project.models.states import last_event_id, last_tstamp, value_keys
from snowplow_signals.stores.serving import served_row

NUMBERS = {"count", "matching", "days"}
"""Parts of states that are numbers of events or days."""
DECIDING = {
    "first": "earliest",
    "time_since_first": "earliest",
    "first_n": "earliest",
    "last": "newest",
    "last_n": "newest",
    "time_since_last": "newest",
    "min": "least",
    "max": "greatest",
}
"""Which events of the window decide the value; of other aggregations all do."""


@dataclass(frozen=True)
class ExplainedEvent:
    """One event that feeds the attribute; in a list those that decide come first."""

    event_id: str
    event_tstamp: datetime
    load_tstamp: datetime
    day: date
    value: str | None
    """The value that it contributes, as text; None for aggregations that need none."""
    in_window: bool
    is_pending: bool
    """It was taken and its day was not aggregated since, so it is not in the value (a deferred late event)."""


@dataclass(frozen=True)
class ExplainedDay:
    """One day's partial state."""

    day: date
    in_window: bool
    events: int
    """Events of the day that feed the attribute, pending ones included."""
    pending: int
    """Those of them that are stored and not aggregated yet: no value has them."""
    state: dict[str, Any] | tuple[dict[str, Any], ...] | None
    """By part; for lists, frequencies and distinct counts one entry per value. None: the day has no state yet."""


@dataclass(frozen=True)
class ExplainedAttribute:
    """How one value came about."""

    name: str
    aggregation: str
    type: str
    value: Any
    default: Any
    """The value when no event matches; None for the aggregation's own (0, empty or null)."""
    nothing_matched: bool
    """No event in the window feeds it."""
    first_day: date | None
    """The first day of the window; None for lifetime."""
    last_day: date
    days: tuple[ExplainedDay, ...]
    """Newest first."""
    events: tuple[ExplainedEvent, ...]
    """Those that decide the value come first, at most the requested number of the `event_count`."""
    event_count: int


@dataclass(frozen=True)
class ExplainedDerived:
    """How the value of a derived attribute came about."""

    name: str
    type: str
    expression: str
    value: Any
    inputs: dict[str, Any]
    """The attributes that it is computed from, with their values."""
    is_computed_at_read: bool
    """It depends on when it is read: `value`, and the inputs, are those of now."""


@dataclass(frozen=True)
class Explanation:
    """How the values of one entity came about."""

    project: str
    identifier: str
    entity: str
    as_of: date
    updated_at: datetime
    """The run in which some value of the row last changed."""
    attributes: tuple[ExplainedAttribute, ...]
    warnings: tuple[str, ...] = ()
    """Properties of these attributes that the events table does not have."""
    derived: tuple[ExplainedDerived, ...] = ()


def explain_entity(
    deployed: Deployed, entity: str, *, view: View | None = None, attribute: str | None = None, events: int = 20
) -> Explanation:
    """How the published values of `entity` came about, with `events` events behind each, those that decide first.

    `attribute` asks for one only; `view` for those of one of the views that the project computes. Raises UsageError
    when the view has no such attribute, nothing was published yet or `events` is negative; SignalsError when the
    attributes table has no such entity.
    """
    all_of_them, all_derived = _of_view(deployed, view), _derived_of_view(deployed, view)
    names = [item.name for item in all_of_them.values()] + [item.name for item in all_derived.values()]
    wanted = None if attribute is None else sql_name(attribute)
    chosen = [item for own, item in all_of_them.items() if wanted in (None, own, sql_name(item.name))]
    derived = [item for own, item in all_derived.items() if wanted in (None, own, sql_name(item.name))]
    if not chosen and not derived:
        raise UsageError(
            f"{deployed.project} has no attribute {attribute!r}{did_you_mean(str(attribute), names)}; "
            f"it has: {', '.join(names)}"
        )
    if events < 0:
        raise UsageError("--limit must not be negative")
    published = deployed.published()
    if published is None:
        raise UsageError(f"{deployed.project} has published nothing yet; run it first")
    deployed.require_its_definition()
    read = [item.column for item in (deployed.plan.outputs if derived else chosen)]
    rows = deployed.warehouse.fetch(
        f"select {', '.join(['updated_at', *read])} from {deployed.table('attributes')} where {_is(deployed, entity)}"
    )
    if not rows:
        raise SignalsError(_unknown(deployed, entity, published))
    updated_at, *values = rows[0]
    stored = dict(zip(read, values, strict=True))
    explain = _Explain(deployed, published, entity, events)
    return Explanation(
        project=deployed.project,
        identifier=deployed.plan.view.entity.identifier,
        entity=entity,
        as_of=published.as_of,
        updated_at=updated_at,
        attributes=tuple(explain.attribute(item, stored[item.column]) for item in chosen),
        warnings=missing_properties(deployed, [item.name for item in chosen]),
        derived=tuple(_explained_derived(deployed, derived, stored)),
    )


def _derived_of_view(deployed: Deployed, view: View | None) -> dict[str, PlannedDerived]:
    """The derived attributes, by the column that each has for its view."""
    plan = deployed.plan
    if plan.views and view is not None:
        return {own: item for one in plan.views if one.view.full_name == view.full_name for own, item in one.derived}
    return {item.column: item for item in plan.derived}


def _explained_derived(
    deployed: Deployed, derived: Sequence[PlannedDerived], stored: dict[str, Any]
) -> Iterator[ExplainedDerived]:
    if not derived:
        return
    plan, now = deployed.plan, datetime.now(UTC).replace(tzinfo=None)
    names = {item.column: item.name for item in plan.served}
    served = {sql_name(name): value for name, value in served_row(plan.view, stored, now).items()}
    for item in derived:
        inputs = {names[sql_name(name)]: served[sql_name(name)] for name in item.expression.attributes}
        shown = str(
            item.expression.renamed({sql_name(name): names[sql_name(name)] for name in item.expression.attributes})
        )
        yield ExplainedDerived(item.name, item.type, shown, served[item.column], inputs, item.is_read)


def _of_view(deployed: Deployed, view: View | None) -> dict[str, PlannedAttribute]:
    """The attributes that somebody declared, by the column that each has for its view."""
    plan = deployed.plan
    if plan.views and view is not None:
        return {own: item for one in plan.views if one.view.full_name == view.full_name for own, item in one.columns}
    return {item.column: item for item in plan.declared}


def _is(deployed: Deployed, entity: str) -> str:
    return f"{deployed.plan.identifier} = {deployed.text(entity)}"


def _unknown(deployed: Deployed, entity: str, published: Published) -> str:
    """Why the attributes table has no row for an entity."""
    which = f"{deployed.plan.identifier} {entity!r}"
    fetch = deployed.warehouse.fetch
    found = fetch(f"select count(*), min(day) from {deployed.table('filtered_events')} where {_is(deployed, entity)}")
    number, first = found[0]
    if not number:
        return f"{deployed.project} has processed no events of {which}"
    if first > published.as_of:
        return f"{which} has no row as of {published.as_of}: its first event is of {first}"
    return f"{which} has no row as of {published.as_of}, but {number:,} pending events: `status` says why"


@dataclass(frozen=True)
class _Explain:
    deployed: Deployed
    published: Published
    entity: str
    limit: int

    def attribute(self, item: PlannedAttribute, value: Any) -> ExplainedAttribute:
        first, last = self._window(item)
        counts = self._counts(item)
        states = self._values(item) if item.slot.is_rows else self._state(item)
        days = []
        for day in sorted(counts.keys() | states.keys(), reverse=True):
            number, pending = counts.get(day, (0, 0))
            inside = last >= day and (first is None or day >= first)
            days.append(ExplainedDay(day, inside, number, pending, states.get(day)))
        events = tuple(self._event(row, first, last) for row in self._events(item, first, last))
        return ExplainedAttribute(
            name=item.name,
            aggregation=item.aggregation,
            type=item.type,
            value=value,
            default=item.default,
            nothing_matched=not any(day.in_window and day.events > day.pending for day in days),
            first_day=first,
            last_day=last,
            days=tuple(days),
            events=events,
            event_count=sum(day.events for day in days),
        )

    def _window(self, item: PlannedAttribute) -> tuple[date | None, date]:
        """Its first day, None for lifetime, and its last, which is the day before where the window is empty."""
        shift = int(self.deployed.windows_end_with_as_of(self.published))
        first, after = item.window.between(self.published.as_of, shift)
        return first, after - timedelta(days=1)

    def _feeding(self, item: PlannedAttribute) -> str:
        """The entity's events that feed the attribute, whichever their day; of a rate all that it is a share of."""
        dialect, slot = self.deployed.dialect, item.among or item.slot
        parts = [_is(self.deployed, self.entity)]
        if slot.filter.name:
            parts.append(f"({dialect.sql(condition(slot.filter, dialect))})")
        if slot.value is not None:
            parts.append(f"{slot.value.name} is not null")
        value = "null"
        if item.among is not None:  # whether it meets the criteria
            meets = dialect.sql(condition(item.slot.filter, dialect))
            value = f"case when {meets} then 'true' else 'false' end"
        elif slot.value is not None:
            value = f"cast({slot.value.name} as {dialect.kind_type('text')})"
        decides = slot.value.name if slot.value is not None and item.aggregation in ("min", "max") else "null"
        events, days = (self.deployed.table(name) for name in ("filtered_events", "daily_aggregation_manifest"))
        return f"""
            select
                events.event_id, events.event_tstamp, events.load_tstamp, events.day, events.given, events.decides,
                coalesce(days.is_out_of_date and events.chunk > coalesce(days.aggregated_chunk, 0), false) as is_pending
            from (select *, {value} as given, {decides} as decides from {events} where {" and ".join(parts)}) as events
            left join {days} as days on days.day = events.day"""

    def _counts(self, item: PlannedAttribute) -> dict[date, tuple[int, int]]:
        """Per day: events that feed the attribute, and those of them that are pending."""
        asked = f"""
            select day, count(*), count(case when is_pending then 1 end)
            from ({self._feeding(item)}) as feeding
            group by day"""
        return {day: (events, pending) for day, events, pending in self.deployed.warehouse.fetch(asked)}

    def _events(self, item: PlannedAttribute, first: date | None, last: date) -> list[tuple[Any, ...]]:
        """Those that decide come first: of the window, and not pending, the earliest, the extreme, else the newest."""
        inside = f"day <= date '{last}'" + (f" and day >= date '{first}'" if first is not None else "")
        direction = "" if DECIDING.get(item.aggregation) == "earliest" else " desc"
        keys = [f"case when {inside} and not is_pending then 0 else 1 end"] if item.aggregation in DECIDING else []
        if item.aggregation in ("min", "max"):
            keys.append(f"decides{'' if item.aggregation == 'min' else ' desc'}")
        keys += [f"event_tstamp{direction}", f"event_id{direction}"]
        asked = f"""
            select event_id, event_tstamp, load_tstamp, day, given, is_pending
            from ({self._feeding(item)}) as feeding
            order by {", ".join(keys)}
            limit {self.limit}"""
        return self.deployed.warehouse.fetch(asked)

    def _event(self, row: tuple[Any, ...], first: date | None, last: date) -> ExplainedEvent:
        event_id, event_tstamp, load_tstamp, day, value, is_pending = row
        inside = last >= day and (first is None or day >= first)
        return ExplainedEvent(event_id, event_tstamp, load_tstamp, day, value, inside, is_pending)

    def _state(self, item: PlannedAttribute) -> dict[date, dict[str, Any]]:
        beside: list[Named] = []
        columns: list[Named] = []
        parts: list[str] = []
        for slot, _ in item.states:
            beside += BY_STATE[slot.state].beside_states(slot, slot.name, None)
            columns += BY_STATE[slot.state].merged_state(slot, self.deployed.dialect)
            named = "count" if slot is item.among else "matching" if item.among is not None else slot.state
            parts += [column.name.removeprefix(slot.name).lstrip("_") or named for column in columns[len(parts) :]]
        merged = ", ".join(self.deployed.dialect.sql(column.expression) for column in columns)
        shown = (f"{self.deployed.dialect.sql(one.expression)} over (partition by day) as {one.name}" for one in beside)
        rows = self.deployed.warehouse.fetch(
            f"select day, {merged} from (select {', '.join(['*', *shown])} from "
            f"{self.deployed.table('daily_aggregates')} where {_is(self.deployed, self.entity)}) as states group by day"
        )
        states = {day: dict(zip(parts, values, strict=True)) for day, *values in rows}
        for state in states.values():
            for part in NUMBERS & state.keys():  # some engines add integers up to a decimal
                state[part] = int(state[part])
            if item.slot.state == "days":
                del state["on"]
        return {day: state for day, state in states.items() if not _says_nothing(state)}

    def _values(self, item: PlannedAttribute) -> dict[date, tuple[dict[str, Any], ...]]:
        slot = exp.column("slot").eq(self.deployed.dialect.literal(item.slot.name))
        rows = self.deployed.warehouse.fetch(
            f"select day, value, sum(n), {last_tstamp(item.slot)}, {last_event_id(self.deployed.dialect, item.slot)} "
            f"from {self.deployed.table('daily_values')} "
            f"where {_is(self.deployed, self.entity)} and {self.deployed.dialect.sql(slot)} "
            f"group by day, {value_keys(item.slot)} order by 1, 4 desc, 5 desc"
        )
        found: dict[date, tuple[dict[str, Any], ...]] = {}
        for day, value, n, tstamp, event_id in rows:
            if item.slot.of.reduction is not None:  # an element's id ends in its place
                event_id = event_id.partition(AFTER_EVENT_ID)[0]
            state = {"value": value, "n": int(n), "last_tstamp": tstamp, "last_event_id": event_id}
            found[day] = (*found.get(day, ()), state)
        return found


def _says_nothing(state: dict[str, Any]) -> bool:
    """Whether no event of the day fed the slot: counts are 0 then, everything else is null."""
    for part in ("count", "days"):
        if part in state:
            return not state[part]
    return all(value is None for value in state.values())
