"""What numbers mean, as small as it can be: events, the states of their days, and the attributes made of them.

Time is in hours since the start, four of them to a day. A slot is what is kept per entity, day and chunk of load for
one or more attributes; those of the state `values` are rows of their own table, as they are in a project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

HOURS = 4

State = Any
States = dict["Slot", State]


class Raw(NamedTuple):
    """A row of the events table. `claimed` is the event's own time, which may lie in the future."""

    event_id: str | None
    load: int
    claimed: int
    entity: str | None
    kind: str
    v: int | None = None
    w: int | None = None


class Event(NamedTuple):
    """A copy of an event that is in scope, with the properties that are kept."""

    event_id: str
    load: int
    claimed: int
    entity: str
    kind: str
    v: int | None = None
    w: int | None = None

    @property
    def time(self) -> int:
        return min(self.claimed, self.load)

    @property
    def day(self) -> int:
        return self.time // HOURS

    @property
    def days_late(self) -> int:
        """By how many days it was loaded after its own day."""
        return self.load // HOURS - self.day

    @property
    def order(self) -> tuple[int, str]:
        return self.time, self.event_id

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """The smallest of several copies wins."""
        return self.load, self.claimed, self.time, self.entity

    def keeping(self, props: Iterable[str]) -> Event:
        return self._replace(**{prop: None for prop in "vw" if prop not in props})


class Slot(NamedTuple):
    state: str
    kinds: frozenset[str]
    prop: str | None


STATE_OF = {"counter": "n", "sum": "sum", "min": "min", "max": "max", "first": "first", "last": "last"} | dict.fromkeys(
    ("unique_list", "most_frequent"), "values"
)


class Attribute(NamedTuple):
    """`kinds` are the patterns of its events; `period` is in days, None for the lifetime."""

    aggregation: str
    kinds: frozenset[str]
    prop: str | None = None
    period: int | None = None

    @property
    def slot(self) -> Slot:
        return Slot(STATE_OF[self.aggregation], self.kinds, self.prop)


class Definition(NamedTuple):
    """Attributes by their names."""

    attributes: tuple[tuple[str, Attribute], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.attributes)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset().union(*(attribute.kinds for _, attribute in self.attributes))

    @property
    def props(self) -> frozenset[str]:
        return frozenset(attribute.prop for _, attribute in self.attributes if attribute.prop)

    @property
    def slots(self) -> frozenset[Slot]:
        return frozenset(attribute.slot for _, attribute in self.attributes)

    @property
    def longest(self) -> int:
        return max(attribute.period or 0 for _, attribute in self.attributes)


def state_of(slot: Slot, events: Iterable[Event]) -> State:
    """The state of these events; None when nothing matched."""
    matching = [event for event in events if event.kind in slot.kinds]
    if slot.state == "n":
        return len(matching) or None
    pairs = [(event.order, getattr(event, slot.prop)) for event in matching if getattr(event, slot.prop) is not None]
    if not pairs:
        return None
    if slot.state == "values":
        rows: dict[int, tuple[int, tuple[int, str]]] = {}
        for order, value in pairs:
            n, last = rows.get(value, (0, order))
            rows[value] = n + 1, max(last, order)
        return rows
    if slot.state in ("first", "last"):  # with the order of its value: rows of one day meet when they are merged
        return (min if slot.state == "first" else max)(pairs)
    return {"sum": sum, "min": min, "max": max}[slot.state](value for _, value in pairs)


def merged_state(slot: Slot, one: State, other: State) -> State:
    if one is None or other is None:
        return other if one is None else one
    if slot.state in ("n", "sum"):
        return one + other
    if slot.state == "values":
        rows = dict(one)
        for value, (n, last) in other.items():
            n_before, last_before = rows.get(value, (0, last))
            rows[value] = n_before + n, max(last_before, last)
        return rows
    return (min if slot.state in ("min", "first") else max)(one, other)


def merged(rows: Iterable[Mapping[Slot, State]]) -> States:
    found: States = {}
    for row in rows:
        for slot, state in row.items():
            found[slot] = merged_state(slot, found.get(slot), state)
    return found


def final(attribute: Attribute, state: State) -> Any:
    if attribute.aggregation in ("counter", "sum"):
        return state or 0
    if attribute.aggregation == "unique_list":
        return tuple(sorted(state, key=lambda value: state[value][1])) if state else ()
    if state is None:
        return None
    if attribute.aggregation == "most_frequent":
        return max(state, key=lambda value: state[value])
    return state[1] if attribute.aggregation in ("first", "last") else state


def in_window(day: int, period: int | None, as_of: int, shift: int) -> bool:
    """`shift` is 1 when windows include the current day."""
    return day <= as_of if period is None else as_of - period + shift <= day < as_of + shift
