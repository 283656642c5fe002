"""From a view to its plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from snowplow_signals.definitions import (
    Attribute,
    Criteria,
    Criterion,
    Event,
    Property,
    View,
    every_element,
)
from snowplow_signals.definitions.aggregations import LISTING
from snowplow_signals.definitions.derived import kind_of, levels
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.plan.column_names import Names, comparison_stem, filter_stem, property_stem
from snowplow_signals.plan.planned import (
    ENDINGS_OF,
    NUMERIC_TYPES,
    REDUCTION_OF,
    STATE_OF,
    TIME_TYPES,
    Column,
    Comparison,
    Condition,
    Filter,
    Group,
    Kind,
    Literals,
    Plan,
    PlannedAttribute,
    PlannedDerived,
    Reduction,
    Slot,
    State,
    set_fields,
)
from snowplow_signals.plan.refused import refuse_what_is_not_computed
from snowplow_signals.plan.windows import Window


def plan_view(view: View) -> Plan:
    """The plan of an offline view.

    Raises DefinitionError when the view is not offline, has no attributes of its own to compute, or declares something
    that is published and served but cannot be computed.
    """
    refuse_what_is_not_computed(view)
    return _Planner(view).plan()


class _Planner:
    """Collects columns, filters, slots and windows.

    Attributes are taken by name, so that no generated name depends on the order in which they are declared: stored
    tables stay right when attributes change places. The result is in the order of the view.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.relevant = relevant_events(view.aggregated)
        self.columns: dict[tuple[object, ...], Column] = {}
        self.filters: dict[tuple[object, ...], Filter] = {}
        self.slots: dict[tuple[object, ...], Slot] = {}
        self.merged: dict[tuple[str, Window], str] = {}
        self.collected: dict[tuple[object, ...], str] = {}
        self.names = Names([view.entity.column])

    def plan(self) -> Plan:
        by_name = {
            item.column: self._attribute(item) for item in sorted(self.view.aggregated, key=lambda item: item.column)
        }
        attributes = tuple(by_name[attribute.column] for attribute in self.view.aggregated)
        slots = tuple(dict.fromkeys(slot for attribute in attributes for slot, _ in attribute.states))
        windows = dict.fromkeys(attribute.window for attribute in attributes)
        return Plan(
            view=self.view,
            identifier=self.view.entity.column,
            identifier_property=self.view.entity.source_property,
            patterns=self.relevant,
            columns=tuple(dict.fromkeys(column for slot in slots for column in slot.columns)),
            filters=tuple(dict.fromkeys(slot.filter for slot in slots if slot.filter.name)),
            slots=slots,
            windows=tuple(sorted(windows, key=lambda window: window.reach)),
            attributes=attributes,
            derived=_derived(self.view),
        )

    def _attribute(self, attribute: Attribute) -> PlannedAttribute:
        slot, window = self._slot(attribute), _window(attribute)
        among = None
        if attribute.aggregation == "rate":
            among = self._slot(attribute.model_copy(update={"criteria": None}))
        return PlannedAttribute(
            name=attribute.name,
            column=attribute.column,
            slot=slot,
            window=window,
            aggregation=attribute.aggregation,
            type=attribute.type,
            default=attribute.default_value,
            time_unit=attribute.time_unit,
            ttl=attribute.ttl,
            description=attribute.description,
            merged=self._merged(slot, window),
            collected=self._collected(attribute, slot, window) if slot.is_rows else "",
            q=attribute.q,
            n=attribute.n,
            among=among,
            merged_among="" if among is None else self._merged(among, window),
        )

    def _merged(self, slot: Slot, window: Window) -> str:
        if window.is_lifetime:
            return slot.name
        key = (slot.name, window)
        if key not in self.merged:
            self.merged[key] = self.names.take(slot.name, f"_{window.name}", ENDINGS_OF.get(slot.state, ()))
        return self.merged[key]

    def _collected(self, attribute: Attribute, slot: Slot, window: Window) -> str:
        key = (slot.name, window, attribute.aggregation, attribute.type, attribute.q, attribute.n)
        if key not in self.collected:
            self.collected[key] = self.names.take(attribute.column, "_collected")
        return self.collected[key]

    def _slot(self, attribute: Attribute) -> Slot:
        state, length, element = _state(attribute)
        value = number = None
        if attribute.property is not None and attribute.uses_property:
            prop, kind = attribute.property, _value_kind(attribute)
            reduction = REDUCTION_OF[state] if every_element(prop) else None
            value = self._column(prop, kind, reduction)
            number = self._column(prop, kind, "count") if reduction and state == "mean" else None
        chosen = self._filter(attribute)
        key = (state, chosen, value, length, element)
        if key not in self.slots:
            kept = "_".join(str(part) for part in (state, length, element) if part not in (None, "string"))
            about = (chosen.name or "is_events").removeprefix("is_")
            if value is not None:
                about = value.name.removesuffix(f"_{value.reduction}")
            name = self.names.take(f"{kept if value else state}_{about}", parts=ENDINGS_OF.get(state, ()))
            self.slots[key] = Slot(name, state, chosen, value, number, length, element)
        return self.slots[key]

    def _filter(self, attribute: Attribute) -> Filter:
        chosen = self._group(attribute.criteria or _NO_CRITERIA)
        patterns = _distinct(attribute.events)
        if any(not set_fields(pattern) for pattern in patterns):
            patterns = ()
        every_event = set(patterns) == set(self.relevant) or not patterns
        key = (frozenset(patterns), chosen)
        if key not in self.filters:
            all_of, any_of = chosen.all_of, chosen.any_of
            plain = every_event and not all_of and not any_of
            name = None if plain else self.names.take(filter_stem(patterns, all_of, any_of, attribute.column))
            self.filters[key] = Filter(name, patterns, all_of, any_of, every_event)
        return self.filters[key]

    def _group(self, criteria: Criteria) -> Group:
        return Group(
            tuple(self._condition(one) for one in criteria.all or ()),
            tuple(self._condition(one) for one in criteria.any or ()),
        )

    def _condition(self, one: Criterion | Criteria) -> Condition:
        if isinstance(one, Criteria):
            return self._group(one)
        value, kind = one.value, one.compared_as
        if every_element(one.property):
            column = self._column(one.property, kind, "any", (one.operator, value))
        else:
            column = self._column(one.property, kind)
        other = None if one.other_property is None else self._column(one.other_property, kind)
        return Comparison(column, one.operator, value, other)

    def _column(
        self,
        prop: Property,
        kind: Kind,
        reduction: Reduction | None = None,
        compared: tuple[str, Literals] | None = None,
    ) -> Column:
        key = (prop, kind, reduction, compared)
        if key not in self.columns:
            stem, suffix = property_stem(prop) + ("" if kind == "text" else f"_as_{kind}"), ""
            if compared is not None:
                stem = comparison_stem(prop, *compared)
            elif reduction is not None:
                suffix = f"_{reduction}"
            self.columns[key] = Column(self.names.take(stem, suffix), prop, kind, reduction, compared)
        return self.columns[key]


_NO_CRITERIA = Criteria.model_construct(all=None, any=None)


def _derived(view: View) -> tuple[PlannedDerived, ...]:
    types, level, at_read = (
        {one.column: one.type for one in view.attributes},
        levels(view.attributes),
        view.computed_at_read,
    )
    planned = [
        PlannedDerived(
            name=one.name,
            column=one.column,
            expression=one.expression.renamed({sql_name(name): sql_name(name) for name in one.expression.attributes}),
            kind=_KINDS[kind_of(one.expression, types)],
            type=one.type,
            level=level[one.column],
            is_read=one.column in at_read,
            description=one.description,
        )
        for one in view.derived
    ]
    return tuple(sorted(planned, key=lambda one: one.level))


_KINDS: dict[str, Kind] = {"number": "number", "text": "text", "boolean": "boolean", "time": "time"}


def _window(attribute: Attribute) -> Window:
    period, offset = attribute.period, attribute.offset
    ago = offset.days if isinstance(offset, timedelta) else offset or 0
    return Window(days=period.days, offset=ago) if isinstance(period, timedelta) else Window(unit=period, offset=ago)


def relevant_events(attributes: Iterable[Attribute]) -> tuple[Event, ...]:
    """The patterns of all attributes; empty when some attribute takes every event."""
    patterns: list[Event] = []
    for attribute in attributes:
        if not attribute.events or any(not set_fields(pattern) for pattern in attribute.events):
            return ()
        patterns.extend(attribute.events)
    return _distinct(patterns)


def _distinct(patterns: Iterable[Event]) -> tuple[Event, ...]:
    """The patterns without repeats, kept as plain events in their order."""
    return tuple(dict.fromkeys(patterns))


def _state(attribute: Attribute) -> tuple[State, int | None, str | None]:
    """The state, and of rows per event how many are kept, and of which type their values have to be."""
    if attribute.aggregation not in LISTING:
        return STATE_OF[attribute.aggregation], None, None
    is_first = attribute.aggregation == "first_n"
    if attribute.distinct:
        return "first_values" if is_first else "values", None, None
    element = attribute.type.removesuffix("_list")
    every = "string" if element == "bytes" else element  # any text fits both
    return "first_events" if is_first else "last_events", attribute.n, every


def _value_kind(attribute: Attribute) -> Kind:
    """How the attribute reads its property. All but sums, means, spreads and extremes start from the text form."""
    if attribute.aggregation in ("sum", "mean", "stddev", "variance"):
        return "number"
    if attribute.aggregation in ("min", "max"):
        if attribute.type in NUMERIC_TYPES:
            return "number"
        return "time" if attribute.type in TIME_TYPES else "text"
    return "text"
