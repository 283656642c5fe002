"""What the numbers mean, over plain Python rows: the truth that the generated SQL is held to.

A row is a dictionary: atomic columns by name (timestamps naive, UTC), `unstruct_event_<vendor>_<name>_<major>` with a
dictionary or None, `contexts_<vendor>_<name>_<major>` with a list of dictionaries or None; the fields of both are in
snake_case, as a Snowplow data lake has them, or have the keys of the JSON that was tracked. A key that is absent is a
column, field or value that is absent.

Written from the meaning alone. It knows the definitions and no SQL, and it is as slow as it is plain.
"""

import json
import math
import re
import struct
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    CalculatedProperty,
    Criteria,
    Criterion,
    Derived,
    EntityProperty,
    Event,
    EventProperty,
    View,
)

Row = dict[str, Any]
Property = AtomicProperty | EventProperty | EntityProperty | CalculatedProperty

START_DATE = date(2025, 1, 1)
EPOCH = datetime(1970, 1, 1)
CAP = 100
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?",
    re.ASCII,
)
NUMERIC = ("int32", "int64", "float", "double")
TIMES = ("timestamp", "unix_timestamp")


# --- what a value stands for; None when it stands for no such thing


def number(value: Any) -> int | float | None:
    """Numbers, and text that spells one; not booleans, not NaN or infinity. Whole digits are exact, the rest double."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        return None
    try:
        double = float(value)
    except OverflowError:
        return None
    if not math.isfinite(double):
        return None
    exact = isinstance(value, int) or (isinstance(value, str) and WHOLE.fullmatch(value))
    return int(value) if exact else double


def boolean(value: Any) -> bool | None:
    """Booleans, and the words true and false in any case."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def text(value: Any) -> str | None:
    """Text is itself, a whole number its digits, nested data its JSON. That of other kinds is the engine's own."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json_text(value)
    if isinstance(value, float | Decimal):
        number = float(value)
        if not math.isfinite(number):
            return None
        return str(int(value)) if value == int(value) and abs(value) < 2**63 else str(number)
    return None if value is None else str(value)


def json_text(value: Any) -> str:
    """Compact JSON: the shortest keys first, then by code point; without fields that are null."""
    if isinstance(value, list):
        return f"[{','.join(map(json_text, value))}]"
    if isinstance(value, dict):
        present = sorted((len(key), key, inner) for key, inner in value.items() if not is_missing(inner))
        return "{" + ",".join(f"{json_text(key)}:{json_text(inner)}" for _, key, inner in present) + "}"
    if isinstance(value, str | datetime):
        return json.dumps(str(value), ensure_ascii=False)
    return "null" if is_missing(value) else str(text(value))


def is_missing(value: Any) -> bool:
    """Null, and numbers that are none."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def moment(value: Any) -> datetime | None:
    """Timestamps, and text that is an ISO 8601 date or date and time; naive, UTC, microseconds (finer is cut)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if not isinstance(value, str) or not (found := ISO.fullmatch(value)):
        return None
    *clock, fraction, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        local = datetime(*(int(part or 0) for part in clock), int((fraction or "")[:6].ljust(6, "0")))
        return local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError):  # no such date, or a result outside of the years 1 to 9999
        return None


PARTS: dict[str, Callable[[datetime], int | str]] = {
    "hour_of_day": lambda t: t.hour,
    "day_of_week": lambda t: t.isoweekday(),
    "month_of_year": lambda t: t.month,
    "active_day": lambda t: t.date().isoformat(),
    "active_week": lambda t: (t.date() - timedelta(days=t.weekday())).isoformat(),
    "active_month": lambda t: t.date().replace(day=1).isoformat(),
}


# --- properties


def schema_column(prefix: str, schema: EventProperty | EntityProperty) -> str:
    vendor = re.sub(r"[.-]", "_", schema.vendor).lower()
    name = re.sub(r"([^A-Z_])([A-Z])", r"\1_\2", re.sub(r"[.-]", "_", schema.name)).lower()
    return f"{prefix}_{vendor}_{name}_{schema.major_version}"


def field_name(key: str) -> str:
    key = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", key)
    key = re.sub(r"[^a-z0-9_]", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key).lower())
    return f"_{key}" if re.match("[0-9]", key) else key


def step(value: Any, segment: str | int) -> Any:
    if isinstance(segment, int):
        return value[segment] if isinstance(value, list) and segment < len(value) else None
    if not isinstance(value, dict):
        return None
    return value[segment] if segment in value else value.get(field_name(segment))


def read(wanted: Property, row: Row) -> Any:
    """The property's value on a row, None when it is missing. Nested data is its JSON text."""
    if isinstance(wanted, CalculatedProperty):
        return calculated(wanted, [read(operand, row) for operand in wanted.properties])
    if isinstance(wanted, AtomicProperty):
        return as_read(wanted, row.get(wanted.name))
    entity = isinstance(wanted, EntityProperty)
    value = row.get(schema_column("contexts" if entity else "unstruct_event", wanted))
    return as_read(wanted, at(value, ((wanted.index,) if entity else ()) + tuple(wanted.segments)))


def calculated(wanted: CalculatedProperty, operands: list) -> Any:
    """Missing operands are left out, and of a product are missing from it; numbers that no double holds are missing."""
    if wanted.operation == "coalesce":
        return next((value for value in operands if value is not None), None)
    if wanted.operation == "concat":
        texts = [text(value) for value in operands if value is not None]
        return (wanted.separator or "").join(texts) if texts else None
    numbers = [double(value) for value in operands]
    if wanted.operation == "product":
        return None if None in numbers else finite(math.prod(numbers))
    given = [number for number in numbers if number is not None]
    return finite({"sum": sum, "min": min, "max": max}[wanted.operation](given)) if given else None


def read_every(wanted: EntityProperty, row: Row) -> list:
    """The property's value of each element, in their order; None where it is missing. No list: no elements."""
    elements = row.get(schema_column("contexts", wanted))
    return [as_read(wanted, at(one, wanted.segments)) for one in (elements if isinstance(elements, list) else ())]


def at(value: Any, path: Iterable[str | int]) -> Any:
    for segment in path:
        value = step(value, segment)
    return value


def as_read(wanted: Property, value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if wanted.date_part is not None:
        time = moment(value)
        return None if time is None else PARTS[wanted.date_part](time)
    return text(value) if isinstance(value, dict | list) else value


# --- which events feed an attribute


def matches(patterns: Iterable[Event], row: Row) -> bool:
    """No patterns: every event. A field that a pattern does not set is a wildcard."""
    patterns = tuple(patterns)
    return not patterns or any(
        all(
            wanted is None or row.get(f"event_{field}") == wanted
            for field, wanted in (("name", pattern.name), ("vendor", pattern.vendor), ("version", pattern.version))
        )
        for pattern in patterns
    )


def like(value: str, pattern: str) -> bool:
    wild = {"%": ".*", "_": "."}
    return re.fullmatch("".join(wild.get(c) or re.escape(c) for c in pattern), value, re.DOTALL) is not None


def folded(value: str) -> str:
    """Simple case folding: of each code point the full one, or else the lower case, if that is one code point."""
    return "".join(next((form for form in (c.casefold(), c.lower()) if len(form) == 1), c) for c in value)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, literal: value == literal,
    "<": lambda value, literal: value < literal,
    ">": lambda value, literal: value > literal,
    "<=": lambda value, literal: value <= literal,
    ">=": lambda value, literal: value >= literal,
    "like": like,
    "ilike": lambda value, pattern: like(folded(value), folded(pattern)),
    "starts with": lambda value, literal: value.startswith(literal),
    "between": lambda value, literals: literals[0] <= value <= literals[1],
    "in": lambda value, literals: value in literals,
}
NEGATIONS = {"!=": "=", "not like": "like", "not ilike": "ilike", "not in": "in", "is not null": "is null"}


def holds(criterion: Criterion, row: Row) -> bool:
    if criterion.other_property is not None:
        return holds_for_two(criterion, read(criterion.property, row), read(criterion.other_property, row))
    if getattr(criterion.property, "index", None) == "any":
        return any(holds_for(value, criterion) for value in read_every(criterion.property, row))
    return holds_for(read(criterion.property, row), criterion)


COMPARED_AS = {"text": lambda value: text(value), "number": lambda value: double(value)} | {
    "boolean": lambda value: boolean(value),
    "time": lambda value: moment(value),
}


def holds_for_two(criterion: Criterion, *values: Any) -> bool:
    """What one of them is, or what `compare_as` says, decides; only `!=` is true where one is missing."""
    one, other = map(COMPARED_AS[criterion.compared_as], values)
    operator = NEGATIONS.get(criterion.operator, criterion.operator)
    compares = one is not None and other is not None and OPERATORS[operator](one, other)
    return compares == (operator == criterion.operator)


def holds_for(value: Any, criterion: Criterion) -> bool:
    if criterion.operator in NEGATIONS:  # all that a missing value makes true, and nothing else
        return not compares(value, NEGATIONS[criterion.operator], criterion.value)
    return compares(value, criterion.operator, criterion.value)


def compares(value: Any, operator: str, literal: Any) -> bool:
    """The literal decides the type of the comparison; a value that is missing in that type compares as false."""
    if operator == "is null":
        return value is None
    sample = literal[0] if isinstance(literal, tuple) else literal
    reading = boolean if isinstance(sample, bool) else text if isinstance(sample, str) else double
    value = reading(value)
    literal = tuple(map(reading, literal)) if isinstance(literal, tuple) else reading(literal)
    return value is not None and OPERATORS[operator](value, literal)


def double(value: Any) -> float | None:
    value = number(value)
    return None if value is None else float(value)


def accepts(criteria: Criteria | None, row: Row) -> bool:
    def meets(one: Criterion | Criteria) -> bool:
        return accepts(one, row) if isinstance(one, Criteria) else holds(one, row)

    if criteria is None:
        return True
    every, some = criteria.all, criteria.any
    return all(map(meets, every or ())) and (not some or any(map(meets, some)))


# --- events: scope, duplicates


def event_tstamp(row: Row) -> datetime | None:
    happened = row.get("derived_tstamp") or row.get("collector_tstamp")
    return min(happened, row["load_tstamp"]) if happened and row.get("load_tstamp") else None


def identifier(view: View, row: Row) -> str | None:
    return text(read(view.entity.source_property, row))


def scope(view: View, row: Row, *, start_date: date = START_DATE, app_ids: Iterable[str] = ()) -> str | None:
    """Why a row is out of scope, by the first reason that holds; None when it is in scope.

    A row without `load_tstamp` belongs to no load and is never read: its reason is `not_loaded`.
    """
    if row.get("load_tstamp") is None:
        return "not_loaded"
    happened = event_tstamp(row)
    if not row.get("event_id") or happened is None:
        return "incomplete"
    if row["load_tstamp"].date() < start_date or happened.date() < start_date:
        return "before_start"
    if tuple(app_ids) and row.get("app_id") not in app_ids:
        return "other_app"
    if not identifier(view, row):
        return "no_entity"
    if not any(matches(attribute.events, row) for attribute in view.aggregated):
        return "irrelevant"
    return None


def winners(
    view: View, rows: Iterable[Row], *, start_date: date = START_DATE, app_ids: Iterable[str] = ()
) -> dict[str, Row]:
    """One row per event, the first copy that was loaded, with its `event_tstamp`, `day` and `identifier` added."""
    return {
        event["event_id"]: event for event in winners_within(-1, view, rows, start_date=start_date, app_ids=app_ids)
    }


def in_scope(view: View, rows: Iterable[Row], start_date: date, app_ids: Iterable[str]) -> Iterable[Row]:
    for row in rows:
        if scope(view, row, start_date=start_date, app_ids=app_ids) is None:
            happened = event_tstamp(row)
            yield row | {"event_tstamp": happened, "day": happened.date(), "identifier": identifier(view, row)}


def winners_within(
    days: int, view: View, rows: Iterable[Row], *, start_date: date = START_DATE, app_ids: Iterable[str] = ()
) -> list[Row]:
    """The same where a row is a copy only of a winner whose day is at most `days` from its own; -1: always."""
    chosen: dict[str, list[Row]] = {}
    for event in sorted(in_scope(view, rows, start_date, app_ids), key=precedence):
        known = chosen.setdefault(event["event_id"], [])
        if not any(days < 0 or abs((one["day"] - event["day"]).days) <= days for one in known):
            known.append(event)
    return [event for events in chosen.values() for event in events]


def precedence(event: Row) -> tuple:
    collected = event.get("collector_tstamp")
    missing = collected is None  # nulls last; the other three are never missing in scope
    return event["load_tstamp"], missing, collected or EPOCH, event["event_tstamp"], event["identifier"]


def order(event: Row) -> tuple[datetime, str]:
    return event["event_tstamp"], event["event_id"]


# --- windows


UNITS: dict[str, Callable[[date], int]] = {
    "week": lambda day: (day.toordinal() - 1) // 7,  # 1 January of the year 1 was a Monday
    "month": lambda day: day.year * 12 + day.month,
    "quarter": lambda day: day.year * 4 + (day.month - 1) // 3,
    "year": lambda day: day.year,
}
"""The units of the calendar, numbered."""


def in_window(attribute: Attribute, day: date, as_of: date, include_current_day: bool) -> bool:
    period, offset = attribute.period, attribute.offset
    if period is None:
        return day <= as_of
    end = as_of + timedelta(days=1) if include_current_day else as_of
    if isinstance(period, str):
        number = UNITS[period]
        return number(day) == number(as_of) - (offset or 0) and day < end
    end -= offset or timedelta(0)
    return end - period <= day < end


# --- aggregations: over the values of the matching events, in their order; at least one


def tally(values: list) -> dict[Any, tuple[int, int]]:
    """Distinct value -> (number of events, place of the last of them), least recently seen first."""
    counts: dict[Any, tuple[int, int]] = {}
    for place, value in enumerate(values):
        n, _ = counts.pop(value, (0, 0))
        counts[value] = (n + 1, place)
    return counts


def ranked(values: list) -> list[tuple[Any, int]]:
    """Distinct values with their numbers of events, most first, ties by the most recently seen."""
    counts = tally(values)
    return [(value, counts[value][0]) for value in sorted(counts, key=counts.__getitem__, reverse=True)]


def least(values: list) -> Any:
    counts = tally(values)
    return min(counts, key=lambda value: (counts[value][0], -counts[value][1]))


def listed(values: list, attribute: Attribute) -> list:
    """The first or last n that fit the type, in the order of their events; each value once, if they are distinct."""
    is_first = attribute.aggregation == "first_n"
    if attribute.distinct:
        values = list(dict.fromkeys(values)) if is_first else list(tally(values))
    element = attribute.type.removesuffix("_list")
    fitting = [value for value in values if cast(value, element) is not None]
    return fitting[: attribute.n] if is_first else fitting[-attribute.n :]


def variance(values: list[float]) -> float | None:
    """The mean square of the differences from the mean, exactly; None where a square might not fit a double."""
    if max(map(abs, values)) >= 1e150:
        return None
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return float(sum((value - mean) ** 2 for value in exact) / len(exact))


def percentile(values: list[float], q: float) -> float:
    """In a straight line between the two values beside the place."""
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low, high, part = ordered[math.floor(place)], ordered[math.ceil(place)], place - math.floor(place)
    return low if low == high else low * (1 - part) + high * part


AGGREGATIONS: dict[str, Callable[[list], Any]] = {
    "counter": len,
    "sum": math.fsum,
    "min": min,
    "max": max,
    "mean": lambda values: math.fsum(values) / len(values),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "unique_list": lambda values: list(tally(values)),
    "most_frequent": lambda values: ranked(values)[0][0],
    "least_frequent": least,
    "category_count": lambda values: {text(value): n for value, n in ranked(values)[:CAP]},
    "approx_count_distinct": lambda values: len(tally(values)),
    "time_since_first": lambda values: values[0],
    "time_since_last": lambda values: values[-1],
    "count_distinct": lambda values: len(tally(values)),
    "mode_share": lambda values: ranked(values)[0][1] / len(values),
    "exists": bool,
    "rate": lambda values: sum(values) / len(values),
    "days_active": lambda values: len(set(values)),
    "variance": lambda values: variance(values),
    "stddev": lambda values: None if (found := variance(values)) is None else math.sqrt(found),
}
NOTHING_MATCHED = {
    "counter": 0,
    "sum": 0,
    "approx_count_distinct": 0,
    "unique_list": [],
    "category_count": {},
    "count_distinct": 0,
    "exists": False,
    "days_active": 0,
    "first_n": [],
    "last_n": [],
}


def values_of(attribute: Attribute, events: list[Row]) -> list:
    """What is aggregated: the values that are not missing, as the aggregation reads them; numbers as doubles."""
    every = getattr(attribute.property, "index", None) == "all"
    if attribute.aggregation in ("counter", "exists") and not every:
        return events
    if attribute.aggregation == "rate":
        return [accepts(attribute.criteria, event) for event in events]
    if attribute.aggregation == "days_active":
        return [event["day"] for event in events]
    if attribute.aggregation.startswith("time_since"):
        return [event["event_tstamp"] for event in events]
    if every:  # events in their order, and the elements of each in theirs
        values = [value for event in events for value in read_every(attribute.property, event)]
    else:
        values = [read(attribute.property, event) for event in events]
    if attribute.aggregation in ("sum", "mean", "stddev", "variance", "percentile"):
        values = [double(value) for value in values]
    elif attribute.aggregation in ("min", "max"):
        reading = double if attribute.type in NUMERIC else moment if attribute.type in TIMES else text
        values = [reading(value) for value in values]
    return [value for value in values if value is not None]


def feeds(attribute: Attribute, event: Row) -> bool:
    """Whether an event is aggregated; a rate is a share of all events that match its patterns."""
    of_all = attribute.aggregation == "rate"
    return matches(attribute.events, event) and (of_all or accepts(attribute.criteria, event))


def aggregate(attribute: Attribute, events: list[Row]) -> Any:
    """The attribute's value from its matching events, given in their order."""
    values = values_of(attribute, events)
    if attribute.aggregation.startswith("time_since"):  # type and default are those of the value served
        return AGGREGATIONS[attribute.aggregation](values) if values else None
    if values and attribute.aggregation in ("first_n", "last_n"):
        return cast(listed(values, attribute), attribute.type)
    if values and attribute.aggregation == "percentile":
        return cast(percentile(values, attribute.q), attribute.type)
    if values:
        return cast(AGGREGATIONS[attribute.aggregation](values), attribute.type)
    if attribute.default_value is not None:
        return default(attribute.default_value, attribute.type)
    return cast(NOTHING_MATCHED.get(attribute.aggregation), attribute.type)


def default(value: Any, wanted: str) -> Any:
    """A default as declared: text for times and bytes, whole seconds for unix_timestamp."""
    if wanted.startswith("unix_timestamp"):
        return list(value) if isinstance(value, tuple) else value
    return cast(value, wanted)


# --- types


def cast(value: Any, wanted: str) -> Any:
    """The value as the type; what does not fit is None, an element of a list that does not fit is dropped."""
    if value is None:
        return None
    if wanted == "dict":
        return dict(value)
    if wanted.endswith("_list"):
        elements = (cast(element, wanted.removesuffix("_list")) for element in value)
        return [element for element in elements if element is not None][-CAP:]
    return CASTS[wanted](value)


def integer(value: Any, limit: int) -> int | None:
    value = number(value)
    return int(value) if value is not None and value == int(value) and -limit <= value < limit else None


def single(value: Any) -> float | None:
    value = double(value)
    try:
        return None if value is None else struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return None


def unix_timestamp(value: Any) -> int | None:
    """Whole seconds, rounded down. A number is not a time."""
    time = moment(value)
    return None if time is None else (time - EPOCH) // timedelta(seconds=1)


CASTS: dict[str, Callable[[Any], Any]] = {
    "string": text,
    "bytes": lambda value: text(value).encode(),
    "int32": lambda value: integer(value, 2**31),
    "int64": lambda value: integer(value, 2**63),
    "double": double,
    "float": single,
    "bool": boolean,
    "timestamp": moment,
    "unix_timestamp": unix_timestamp,
}


# --- the whole


def compute(
    view: View,
    rows: Iterable[Row],
    *,
    as_of: date,
    start_date: date = START_DATE,
    app_ids: Iterable[str] = (),
    include_current_day: bool = False,
    duplicate_days: int = -1,
) -> dict[str, dict[str, Any]]:
    """Identifier -> attribute -> value, for every entity with an event in scope on or before `as_of`."""
    entities: dict[str, list[Row]] = {}
    chosen = winners_within(duplicate_days, view, rows, start_date=start_date, app_ids=app_ids)
    for event in sorted(chosen, key=order):
        if event["day"] <= as_of:
            entities.setdefault(event["identifier"], []).append(event)

    def value(attribute: Attribute, events: list[Row]) -> Any:
        feeding = [
            event
            for event in events
            if in_window(attribute, event["day"], as_of, include_current_day) and feeds(attribute, event)
        ]
        return aggregate(attribute, feeding)

    return {
        entity: with_derived(view, {a.name: value(a, events) for a in view.aggregated})
        for entity, events in entities.items()
    }


# --- derived attributes: over the values of the others, whatever they were computed from


def with_derived(view: View, row: dict[str, Any], now: datetime | None = None) -> dict[str, Any]:
    """The row with the derived attributes that can be computed: without `now`, none that is over a `time_since_*`.

    With `now` the row is as it is served at that moment: the time that has passed, instead of the time itself.
    """
    found = {}
    for attribute in view.aggregated:
        value = row[attribute.name]
        if attribute.time_unit is not None and now is not None:
            value = time_since(attribute, value, now)
        if attribute.time_unit is None or now is not None:
            found[attribute.name.lower()] = value
    pending = [one for one in view.attributes if isinstance(one, Derived)]
    while ready := [one for one in pending if set(map(str.lower, one.expression.attributes)) <= found.keys()]:
        for one in ready:
            found[one.name.lower()] = cast(evaluated(one.expression.to_json(), found), one.type)
        pending = [one for one in pending if one not in ready]
    # a time is what is stored of a time_since, and what is served is another thing
    return {a.name: found.get(a.name.lower(), row.get(a.name)) for a in view.attributes if a not in pending}


def time_since(attribute: Attribute, value: datetime | None, now: datetime) -> float | None:
    """How long ago, in the attribute's unit, never negative; the default where it never was."""
    if value is None:
        return None if attribute.default_value is None else float(attribute.default_value)
    return max((now - value) / timedelta(seconds=UNIT_SECONDS[attribute.time_unit]), 0.0)


UNIT_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


def evaluated(data: dict[str, Any], row: Row) -> Any:
    """An expression, as its JSON says it, over the values of attributes by lower-case name. Numbers are doubles."""
    operation = data["op"]
    if operation == "attribute":
        value = row[data["name"].lower()]
        return value if isinstance(value, bool | str | datetime | None) else finite(value)
    if operation == "time":
        return datetime.fromisoformat(data["value"])
    if operation in ("number", "text", "boolean"):
        return float(data["value"]) if operation == "number" else data["value"]
    operands = data["operands"]
    if operation == "case":
        for condition, value in zip(operands[:-1:2], operands[1::2], strict=False):
            if evaluated(condition, row) is True:
                return evaluated(value, row)
        return evaluated(operands[-1], row) if len(operands) % 2 else None
    values = [evaluated(one, row) for one in operands]
    if operation in THREE_VALUED:
        return THREE_VALUED[operation](values)
    if any(value is None for value in values):
        return None
    result = OVER_VALUES[operation](values, data)
    return finite(result) if isinstance(result, float) else result


def finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def three_valued_or(values: list[bool | None]) -> bool | None:
    """True if one is, else missing if one is, else false."""
    return True if True in values else None if None in values else False


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def round_half_away(value: float, digits: int) -> float:
    """Half away from zero, of the double that `value` times a power of ten is."""
    shifted = value * 10.0**digits
    if not math.isfinite(shifted):
        return shifted
    rounded = Decimal(abs(shifted)).quantize(Decimal(1), ROUND_HALF_UP, Context(prec=400))
    return math.copysign(float(rounded), shifted) / 10.0**digits


THREE_VALUED: dict[str, Callable[[list], Any]] = {
    "is_null": lambda values: values[0] is None,
    "coalesce": lambda values: next((value for value in values if value is not None), None),
    "not": lambda values: negated(values[0]),
    "or": three_valued_or,
    "and": lambda values: negated(three_valued_or([negated(value) for value in values])),
}
OVER_VALUES: dict[str, Callable[[list, dict[str, Any]], Any]] = {
    "add": lambda values, _: sum(values[1:], start=values[0]),
    "subtract": lambda values, _: values[0] - values[1],
    "multiply": lambda values, _: math.prod(values[1:], start=values[0]),
    "divide": lambda values, _: values[0] / values[1] if values[1] else None,
    "negate": lambda values, _: -values[0],
    "round": lambda values, data: round_half_away(values[0], data["digits"]),
    "log": lambda values, _: math.log(values[0]) if values[0] > 0 else None,
    "time_between": lambda values, data: (
        (values[1] - values[0]) / timedelta(microseconds=1) / (UNIT_SECONDS[data["unit"]] * 1_000_000)
    ),
    "equal": lambda values, _: values[0] == values[1],
    "not_equal": lambda values, _: values[0] != values[1],
    "less": lambda values, _: values[0] < values[1],
    "less_or_equal": lambda values, _: values[0] <= values[1],
    "greater": lambda values, _: values[0] > values[1],
    "greater_or_equal": lambda values, _: values[0] >= values[1],
}


def same(found: Any, expected: Any, tolerance: float = 1e-9) -> bool:
    """Whether two cells are equal: floats to a relative tolerance, everything else exactly, type included."""
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=tolerance, abs_tol=0.0)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(same(a, b, tolerance) for a, b in zip(found, expected, strict=True))
    return type(found) is type(expected) and found == expected
