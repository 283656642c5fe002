"""How the planner names columns: descriptive, valid on every engine without quotes, and unique."""

from __future__ import annotations

import re
from collections.abc import Iterable

from snowplow_signals.definitions import AtomicProperty, CalculatedProperty, Event, EventProperty, Property
from snowplow_signals.definitions.names import RESERVED
from snowplow_signals.loader_names import snake_field, snake_name
from snowplow_signals.plan.planned import Comparison, Condition, Literals

LONGEST = 54
"""Characters; with the suffixes that some states add these are at most the 63 that PostgreSQL keeps."""

OWN_COLUMNS = frozenset(
    {
        *("event_id", "event_key", "event_tstamp", "load_tstamp", "collector_tstamp", "claimed_tstamp", "day"),
        *("event_vendor", "event_name", "event_version", "app_id", "chunk", "seen_before", "copies", "entity"),
        *("copies_seen_before", "copy_number", "is_winner", "stored_day", "stored_identifier"),
        *("slot", "value", "n", "last_tstamp", "last_event_id", "events", "updated_at", "removed_at", "change"),
        *("fitting", "place", "upto", "collected", "is_left", "is_replaced", "is_recomputed"),
        *("reason", "run_id", "planned_at", "as_of"),
        *("bucket", "bucket_rows", "buckets_left", "buckets_ahead", "rows_in_sight", "rows_gone"),
    }
)
"""Names that the models use for themselves."""


class Names:
    """Names that are still free in one project."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *OWN_COLUMNS}

    def take(self, stem: str, suffix: str = "", parts: tuple[str, ...] = ()) -> str:
        """`stem` and `suffix` as a legal name that nothing else has, and that nothing else will get.

        `parts` are endings that will be added to the name: those names are taken as well.
        """
        stem = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", stem.lower())).strip("_") or "value"
        stem = f"_{stem}" if stem[0].isdigit() else stem
        if stem in RESERVED | OWN_COLUMNS:
            stem = f"{stem}_value"
        number, ending = 1, suffix
        while True:
            name = stem[: LONGEST - len(ending)].rstrip("_") + ending
            names = {name, *(name + part for part in parts)}
            if names.isdisjoint(self._taken):
                self._taken |= names
                return name
            number += 1
            ending = f"{suffix}_{number}"


def property_stem(prop: Property) -> str:
    """What a property is about: its schema, its path, and the part of a date."""
    if isinstance(prop, CalculatedProperty):
        first, *others = (property_stem(one) for one in prop.properties)
        more = f"_and_{others[0]}" if len(others) == 1 else f"_and_{len(others)}_more" if others else ""
        return f"{prop.operation}_of_{first[: LONGEST // 3]}{more}"
    part = f"_{prop.date_part}" if prop.date_part else ""
    if isinstance(prop, AtomicProperty):
        return prop.name + part
    path = "_".join(snake_field(segment) if isinstance(segment, str) else str(segment) for segment in prop.segments)
    if isinstance(prop, EventProperty):
        return f"{snake_name(prop.name)}_{path}{part}"
    index = f"_{prop.index}" if prop.index else ""  # or the word for every element
    return f"{snake_name(prop.name)}{index}_{path}{part}"


_WORDS = {
    "=": "is",
    "!=": "is_not",
    "<": "below",
    ">": "above",
    "<=": "at_most",
    ">=": "at_least",
}


def comparison_stem(prop: Property, operator: str, literal: Literals) -> str:
    """What is asked of any element."""
    value = f"_{literal}" if isinstance(literal, str) else ""
    return f"{property_stem(prop)}_{_WORDS.get(operator, operator)}{value}"


def filter_stem(
    patterns: tuple[Event, ...], all_of: tuple[Condition, ...], any_of: tuple[Condition, ...], attribute: str
) -> str:
    """Which events: their names and the texts that properties must equal; if that says too little, what they feed."""
    names = list(dict.fromkeys(snake_name(pattern.name) for pattern in patterns if pattern.name))
    is_named = 1 <= len(names) <= 2 and all(pattern.name for pattern in patterns)
    events = "_or_".join(names) if is_named else "events"
    equal = (item.value for item in all_of if isinstance(item, Comparison) and item.operator == "=")
    texts = [text for text in equal if isinstance(text, str)]
    says_all = len(texts) == len(all_of) <= 2 and not any_of and (is_named or texts)
    return "_".join(["is", events, *(texts if says_all else ["of", attribute])])
