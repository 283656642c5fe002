"""Reading profiles: what an application receives when it asks for one user's attributes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from snowplow_signals.definitions import Attribute, Derived, Field, View
from snowplow_signals.definitions.evaluating import SECONDS, evaluate, fitted
from snowplow_signals.stores.base import Store, Stored

_EPOCH = datetime(1970, 1, 1)
_INT64 = 1 << 63


AtRead = Callable[[Mapping[str, Any], datetime], Any]
"""A value of a profile at a moment, made from what is stored of it."""


@dataclass(frozen=True, slots=True)
class Served:
    """One attribute as it is served: `convert` makes a value that is stored, and not None, one of its type.

    `since` is there for `time_since_*` alone, and makes it from what is stored and the moment of the read; `derived`
    for what is computed from such, and makes it from all that is stored of the profile and that moment.
    """

    name: str
    stored: str
    """Under which name a profile keeps it."""
    convert: Callable[[Any], Any]
    since: Callable[[Any, datetime], Any] | None
    ttl: timedelta | None
    derived: AtRead | None = None


def values_of(attributes: Sequence[Served], profile: Stored | None, now: datetime) -> list[Any]:
    """The values of attributes in a profile, in their order; all None without one. `now` is UTC without a zone."""
    if profile is None:
        return [None] * len(attributes)
    stored, age = profile.values.get, now - profile.changed_at
    found: list[Any] = []
    for one in attributes:
        if one.ttl is not None and age >= one.ttl:
            found.append(None)
            continue
        value = stored(one.stored)
        if one.since is not None:
            found.append(one.since(value, now))
        elif one.derived is not None:
            found.append(one.derived(profile.values, now))
        else:
            found.append(None if value is None else one.convert(value))
    return found


def served_attributes(view: View, names: Iterable[str] | None = None) -> tuple[Served, ...]:
    """What a view serves, in its order, or the attributes of these names: to be made once, and used for many reads."""
    if names is None:
        return tuple(_served(view, one) for one in view.served)
    by_name = {one.name: one for one in view.served}
    return tuple(_served(view, by_name[name]) for name in names)


def read_profiles(
    store: Store, view: View, identifiers: Sequence[str], now: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Identifier -> attribute -> value, for each of `identifiers`, in their order.

    An unknown identifier's values are all None, and so is a value whose time to live has passed: the attribute's, else
    the view's, else the entity's, counted from the last change of the profile. `time_since_*` is the time until `now`
    (without a zone: UTC; by default the current time) in its unit, never negative, or its default when there was no
    such event. A derived attribute over such a one is computed for `now` too. Raises StoreError when the store cannot
    be read.
    """
    moment = _utc(now) if now is not None else datetime.now(UTC).replace(tzinfo=None)
    names = [str(one) for one in identifiers]
    stored = store.read(view.store_name, names)
    served = served_attributes(view)
    keys = [one.name for one in served]
    return {name: dict(zip(keys, values_of(served, stored.get(name), moment), strict=True)) for name in names}


def served_row(view: View, stored: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What a view serves of an entity at a moment, by name, of a row of its table by column; times to live aside."""
    at_read = [one for one in view.derived if one.column in view.computed_at_read]
    return {one.name: _reader(view, one, at_read)(stored, now) for one in view.attributes}


def computed_row(view: View, stored: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What a view serves of an entity at a moment, by name, of the values of its attributes by column; the derived ones
    are computed, whether or not a table would have them."""
    return {one.name: _reader(view, one, view.derived)(stored, now) for one in view.attributes}


def _served(view: View, attribute: Attribute | Derived | Field) -> Served:
    time_to_live = getattr(attribute, "ttl", None) or view.ttl or view.entity.ttl
    since = derived = None
    if isinstance(attribute, Attribute):
        since = _since(attribute)
    elif isinstance(attribute, Derived) and attribute.column in view.computed_at_read:
        derived = _reader(view, attribute, [one for one in view.derived if one.column in view.computed_at_read])
    # computed columns are in lower case; those of a table that is there already come by the names of the fields
    stored = attribute.name if isinstance(attribute, Field) else attribute.column
    return Served(attribute.name, stored, _converter(attribute.type), since, time_to_live, derived)


def _reader(view: View, attribute: Attribute | Derived, evaluated: Sequence[Derived]) -> AtRead:
    """How an attribute's value is made; of the derived ones those are `evaluated` that are not stored."""
    column = attribute.column
    if isinstance(attribute, Derived) and attribute in evaluated:
        by_column = {one.column: one for one in view.attributes}
        read = {name: _reader(view, by_column[name], evaluated) for name in attribute.reads}
        expression, kind = attribute.expression, attribute.type
        return lambda values, now: fitted(
            evaluate(expression, {name: value(values, now) for name, value in read.items()}), kind
        )
    since = _since(attribute) if isinstance(attribute, Attribute) else None
    if since is not None:
        return lambda values, now: since(values.get(column), now)
    kind = attribute.type
    return lambda values, _: typed(values.get(column), kind)


def _since(attribute: Attribute) -> Callable[[Any, datetime], Any] | None:
    if attribute.time_unit is None:
        return None
    return _time_since(SECONDS[attribute.time_unit], attribute.default_value)


def _time_since(unit: int, default: Any) -> Callable[[Any, datetime], Any]:
    length = timedelta(seconds=unit)
    return lambda value, now: default if value is None else max((now - value) / length, 0.0)


def typed(value: Any, kind: str) -> Any:
    """A stored value as a value of an attribute type; None when it does not fit, a list element then is dropped.

    Engines differ in what their drivers give for one type (decimals for numbers, JSON text for lists and maps).
    """
    return None if value is None else _converter(kind)(value)


@cache
def _converter(kind: str) -> Callable[[Any], Any]:
    """What `typed` does for a type, computed once."""
    if kind == "dict":
        return _counts
    if not kind.endswith("_list"):
        return _SCALARS[kind]
    scalar = _SCALARS[kind.removesuffix("_list")]

    def items(value: Any) -> list[Any] | None:
        found = _parsed(value) if isinstance(value, str) else value
        return [item for item in map(scalar, found) if item is not None] if isinstance(found, list) else None

    return items


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _counts(value: Any) -> dict[str, int] | None:
    found = _parsed(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        return None
    return {str(key): whole for key, count in found.items() if (whole := _integer(count)) is not None}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    if type(value) is int and -_INT64 <= value < _INT64:  # the usual case, and a frequent one
        return value
    return _whole(value, 63)


def _integer32(value: Any) -> int | None:
    return _whole(value, 31)


def _whole(value: Any, bits: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if not isinstance(value, int):
        if not math.isfinite(value) or value != int(value):
            return None
        value = int(value)
    return value if -(1 << bits) <= value < 1 << bits else None


def _number(value: Any) -> float | None:
    if type(value) is float:
        return value
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _bytes(value: Any) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return _utc(value)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def _unix(value: Any) -> int | None:
    if isinstance(value, datetime):
        return (_utc(value) - _EPOCH) // timedelta(seconds=1)
    return _integer(value)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


_SCALARS: dict[str, Callable[[Any], Any]] = {
    "bytes": _bytes,
    "string": _text,
    "int32": _integer32,
    "int64": _integer,
    "double": _number,
    "float": _number,
    "bool": _boolean,
    "timestamp": _time,
    "unix_timestamp": _unix,
}
