"""Reading profiles: what an application gets when it asks for one user's attributes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from snowplow_signals.definitions import Attribute, Field, View
from snowplow_signals.stores.base import Store, Stored

SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_EPOCH = datetime(1970, 1, 1)


def read_profiles(
    store: Store, view: View, identifiers: Sequence[str], now: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Identifier -> attribute -> value, for each of `identifiers`, in their order.

    An unknown identifier's values are all None, and so is a value whose time to live is over: the attribute's, else the
    view's, else the entity's, counted from the last change of the profile. `time_since_*` is the time until `now`
    (without a zone: UTC; by default the current time) in its unit, never negative, or its default when there was no
    such event. Raises StoreError when the store cannot be read.
    """
    moment = _utc(now) if now is not None else datetime.now(UTC).replace(tzinfo=None)
    names = [str(one) for one in identifiers]
    stored = store.read(view.full_name, names)
    served = (*view.attributes, *view.fields)
    return {
        name: {one.name: _served(view, one, stored[name], moment) if name in stored else None for one in served}
        for name in names
    }


def _served(view: View, attribute: Attribute | Field, profile: Stored, now: datetime) -> Any:
    time_to_live = getattr(attribute, "ttl", None) or view.ttl or view.entity.ttl
    if time_to_live is not None and now - profile.changed_at >= time_to_live:
        return None
    value = profile.values.get(attribute.name)
    if isinstance(attribute, Attribute) and attribute.time_unit is not None:
        if value is None:
            return attribute.default_value
        return max((now - value) / timedelta(seconds=SECONDS[attribute.time_unit]), 0.0)
    return typed(value, attribute.type)


def typed(value: Any, kind: str) -> Any:
    """A stored value as a value of an attribute type; None when it does not fit, a list element then is dropped.

    Engines differ in what their drivers give for one type (decimals for numbers, JSON text for lists and maps).
    """
    if value is None:
        return None
    if kind == "dict" or kind.endswith("_list"):
        if isinstance(value, str):
            value = json.loads(value)
        if kind == "dict":
            return {str(key): int(count) for key, count in value.items()} if isinstance(value, dict) else None
        scalar = kind.removesuffix("_list")
        items = (typed(item, scalar) for item in value) if isinstance(value, list) else ()
        return [item for item in items if item is not None] if isinstance(value, list) else None
    return _SCALARS[kind](value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        return int(value)
    return None


def _number(value: Any) -> float | None:
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
    "int32": _integer,
    "int64": _integer,
    "double": _number,
    "float": _number,
    "bool": _boolean,
    "timestamp": _time,
    "unix_timestamp": _unix,
}
